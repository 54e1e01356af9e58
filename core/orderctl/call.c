/* orderctl call: one operation of one object, as its IDL has it. */
#include "base/log.h"
#include "iiop/client.h"
#include "orderctl/call_values.h"
#include "orderctl/command.h"

#include <event2/event.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct command_option idl_file = {
    .name = "idl",
    .value = "FILE",
    .help = "Where the operation is described. Default: $ORDERD_IDL, or "
            "bindings/idl/pharmacy.idl."};
static const struct command_option interface_name = {
    .name = "interface",
    .value = "NAME",
    .help = "The object's interface, as in Pharmacy::Order. Default: the one that the reference "
            "names, else the only one of the file that has the operation."};
static const struct command_option timeout = {
    .name = "timeout", .value = "SECONDS", .help = "How long it may take. Default: 10."};

/* What a run has, from its command line to its answer. */
struct call {
    const struct invocation *in;
    struct fault fault;
    struct idl *idl;
    struct ior *ior;
    const struct idl_operation *operation;
    struct event_base *base;
    int code;
};

/* ---- which operation ---- */

/* What every object has, whatever its interface. */
static const struct idl_operation *object_operation(const char *name)
{
    static struct idl_parameter id = {.name = "id", .mode = IDL_IN};
    static struct idl_operation operations[] = {
        {.name = "_is_a",
         .name_length = 5,
         .parameters = &id,
         .parameter_count = 1,
         .input_count = 1,
         .output_count = 1},
        {.name = "_non_existent", .name_length = 13, .output_count = 1},
    };
    id.type = typecode_basic(TK_STRING);
    for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
        operations[i].result = typecode_basic(TK_BOOLEAN);
        if (strcmp(operations[i].name, name) == 0)
            return &operations[i];
    }
    return NULL;
}

static const struct idl_operation *find_in(const struct idl_interface *interface, const char *name)
{
    return interface ? idl_find_operation(interface, name, strlen(name)) : NULL;
}

/* The only interface that has it; the one that declares it, where others inherit it. */
static enum status find_anywhere(struct call *call, const char *name)
{
    for (size_t i = 0; idl_interface_at(call->idl, i); i++) {
        const struct idl_operation *found = find_in(idl_interface_at(call->idl, i), name);
        if (!found)
            continue;
        if (call->operation && strcmp(call->operation->interface_id, found->interface_id) != 0)
            return fault_set(&call->fault, STATUS_INVALID, name,
                             "several interfaces have it: say which with --interface");
        call->operation = found;
    }
    return call->operation ? STATUS_OK
                           : fault_set(&call->fault, STATUS_NOT_FOUND, name,
                                       "no interface of the IDL file has this operation");
}

static enum status find_operation(struct call *call)
{
    const char *name = call->in->operands[1];
    const char *named = invocation_value(call->in, &interface_name, NULL);
    const char *id = named ? named : call->ior->type_id;
    const struct idl_interface *interface = *id ? idl_find_interface(call->idl, id) : NULL;
    if (named && !interface)
        return fault_set(&call->fault, STATUS_NOT_FOUND, named,
                         "the IDL file has no interface of this name");
    call->operation = object_operation(name);
    if (!call->operation)
        call->operation = find_in(interface, name);
    if (call->operation)
        return STATUS_OK;
    if (interface)
        return fault_set(&call->fault, STATUS_NOT_FOUND, name, "%s has no such operation",
                         interface->scoped);
    return find_anywhere(call, name);
}

static enum status check_count(struct call *call)
{
    uint32_t given = (uint32_t)call->in->operand_count - 2, wanted = call->operation->input_count;
    if (given == wanted)
        return STATUS_OK;
    return fault_set(&call->fault, STATUS_INVALID, call->operation->name,
                     "it takes %u argument%s, not %u", wanted, wanted == 1 ? "" : "s", given);
}

static const char *idl_path(const struct invocation *in)
{
    const char *set = getenv("ORDERD_IDL");
    return invocation_value(in, &idl_file, set && *set ? set : "bindings/idl/pharmacy.idl");
}

static enum status prepare(struct call *call)
{
    enum status status = call_read_reference(call->in->operands[0], &call->ior, &call->fault);
    if (status == STATUS_OK)
        status = idl_load_file(call->idl, idl_path(call->in), &call->fault);
    if (status == STATUS_OK)
        status = find_operation(call);
    return status == STATUS_OK ? check_count(call) : status;
}

/* ---- the answer ---- */

static int broken_reply(const struct call *call)
{
    fprintf(call->in->err, "orderctl call: the reply is not as the IDL has it\n");
    return ORDERCTL_FAILED;
}

static int print_json(const struct buffer *json, FILE *out)
{
    if (json->size > 0)
        fprintf(out, "%.*s\n", (int)json->size, json->data);
    return ORDERCTL_DONE;
}

static const struct typecode *declared(const struct idl_operation *operation, const char *id,
                                       size_t length)
{
    for (uint32_t i = 0; i < operation->exception_count; i++) {
        const char *known = operation->exceptions[i]->id;
        if (strlen(known) == length && memcmp(known, id, length) == 0)
            return operation->exceptions[i];
    }
    return NULL;
}

static int print_user_exception(const struct call *call, const struct orb_outcome *outcome)
{
    struct cdr_reader body = outcome->body;
    struct buffer json = {0};
    const struct typecode *type =
        declared(call->operation, outcome->exception_id, outcome->exception_id_length);
    fprintf(call->in->err, "orderctl call: it raised %.*s", (int)outcome->exception_id_length,
            outcome->exception_id);
    if (type && call_read_exception(&body, type, &json))
        fprintf(call->in->err, " %.*s", (int)json.size, json.data);
    fputc('\n', call->in->err);
    buffer_release(&json);
    return ORDERCTL_FAILED;
}

static int print_system_exception(const struct call *call, const struct orb_outcome *outcome)
{
    const struct system_exception *raised = &outcome->system;
    fprintf(call->in->err, "orderctl call: %s (minor 0x%x, %s): %s\n", exception_name(raised->kind),
            raised->minor, completed_name(raised->completed),
            outcome->local ? outcome->why : "the other side raised it");
    return ORDERCTL_FAILED;
}

static int print_results(const struct call *call, const struct orb_outcome *outcome)
{
    struct cdr_reader body = outcome->body;
    struct buffer json = {0};
    bool fits = call->operation->oneway || call_read_results(&body, call->operation, &json);
    int code = fits ? print_json(&json, call->in->out) : broken_reply(call);
    buffer_release(&json);
    return code;
}

static void answered(void *arg, const struct orb_outcome *outcome)
{
    struct call *call = arg;
    event_base_loopbreak(call->base);
    if (outcome->end == ORB_RETURNED)
        call->code = print_results(call, outcome);
    else if (outcome->end == ORB_USER_EXCEPTION)
        call->code = print_user_exception(call, outcome);
    else
        call->code = print_system_exception(call, outcome);
}

/* ---- the call ---- */

static int call_send(struct call *call, struct orb_object *object, int timeout_ms)
{
    struct cdr_writer *body = NULL;
    enum giop_response response =
        call->operation->oneway ? GIOP_RESPONSE_NONE : GIOP_RESPONSE_TARGET;
    struct orb_call *request =
        orb_call_new(object, call->operation->name, call->operation->name_length, response, &body);
    if (call_write_arguments(body, call->operation, call->in->operands + 2, &call->fault) !=
        STATUS_OK) {
        orb_call_drop(request);
        return invocation_fail(call->in, &call->fault);
    }
    orb_call_send(request, timeout_ms, answered, call);
    event_base_dispatch(call->base);
    return call->code;
}

static int call_run(struct call *call, int timeout_ms)
{
    const struct orb_client_options options = orb_client_defaults();
    call->base = event_base_new();
    if (!call->base) {
        (void)fault_set(&call->fault, STATUS_INTERNAL, NULL, "there is no event loop");
        return invocation_fail(call->in, &call->fault);
    }
    struct orb_client *client = orb_client_new(call->base, &options);
    struct orb_object *object = orb_object_new(client, call->ior);
    int code = call_send(call, object, timeout_ms);
    orb_object_release(&object);
    orb_client_free(&client);
    event_base_free(call->base);
    return code;
}

/* Milliseconds; 0 when it is no good. */
static int parse_timeout(const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    bool good = end != text && *end == '\0' && seconds >= 0.001 && seconds <= 3600;
    return good ? (int)lround(seconds * 1000) : 0;
}

static int run(const struct invocation *in)
{
    struct call call = {.in = in, .code = ORDERCTL_FAILED, .idl = idl_new(NULL)};
    log_configure(LOG_ERROR, LOG_AUTO); /* what goes wrong is told as the call's end */
    int timeout_ms = parse_timeout(invocation_value(in, &timeout, "10"));
    int code;
    if (timeout_ms == 0)
        code = invocation_misused(in, "--timeout must be 0.001 to 3600 seconds");
    else if (prepare(&call) != STATUS_OK)
        code = invocation_fail(in, &call.fault);
    else
        code = call_run(&call, timeout_ms);
    ior_release(&call.ior);
    idl_free(&call.idl);
    return code;
}

const struct command command_call = {
    .name = "call",
    .summary = "call an operation of an object",
    .description =
        "Calls an object by its reference (IOR:..., corbaloc:..., corbaname:...) with one argument "
        "for each in and inout parameter, and prints what comes back: one value alone, several as "
        "an object of result and names. An attribute is _get_NAME or _set_NAME. An exception is "
        "printed on standard error.\n\n"
        "Values are JSON. A struct is an object, a sequence or array an array, of octets a text of "
        "hexadecimal digits; an enum its name; an object its reference, or null; fixed a text "
        "(\"12.34\"), as is an unsigned long long above 2^63-1; a union {\"_switch\": label, "
        "\"_value\": value}; an any {\"_type\": \"long\", \"_value\": 5}. Where a text would "
        "stand alone it may also be given bare, without quotes.",
    .operands = "REF OPERATION [ARGUMENT]...",
    .least = 2,
    .most = COMMAND_OPERANDS_LIMIT,
    .options = {&idl_file, &interface_name, &timeout},
    .run = run,
};
