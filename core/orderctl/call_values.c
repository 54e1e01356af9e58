/* Arguments and results of `call`. */
#include "orderctl/call_values.h"

#include "cdr/value.h"

#include <stdio.h>
#include <string.h>

/* ---- in ---- */

enum status call_read_reference(const char *text, struct ior **ior, struct fault *fault)
{
    size_t length = strlen(text);
    if (length >= 2 && text[0] == '"' && text[length - 1] == '"') {
        text++;
        length -= 2;
    }
    return ior_parse(text, length, ior, fault);
}

/* Whether a bare word stands for a value of this type. */
static bool takes_text(const struct typecode *type)
{
    switch (typecode_resolve(type)->kind) {
    case TK_STRING:
    case TK_WSTRING:
    case TK_CHAR:
    case TK_WCHAR:
    case TK_FIXED:
    case TK_ENUM:
    case TK_OBJREF:
    case TK_ULONGLONG: return true; /* its upper half is text in JSON, too */
    case TK_SEQUENCE:
    case TK_ARRAY: return typecode_resolve(typecode_resolve(type)->content)->kind == TK_OCTET;
    default: return false;
    }
}

/* Numbers look the same, bare or not. */
static bool is_number(const char *argument)
{
    return *argument && strlen(argument) < 19 && argument[strspn(argument, "0123456789")] == '\0';
}

static enum status not_json(const char *argument, const struct typecode *type, struct fault *fault)
{
    char expected[128];
    const struct fault why = *fault;
    typecode_describe(type, expected, sizeof(expected));
    return fault_set(fault, STATUS_INVALID, NULL, "expected %s as JSON, not '%.60s' (%.200s)",
                     expected, argument, why.text);
}

static enum status argument_read(const char *argument, const struct typecode *type, json_t **value,
                                 struct fault *fault)
{
    bool integer = typecode_resolve(type)->kind == TK_ULONGLONG && is_number(argument);
    if (!integer && takes_text(type) && argument[0] != '"' && strcmp(argument, "null") != 0) {
        *value = json_string(argument);
        return *value ? STATUS_OK : fault_set(fault, STATUS_INVALID, NULL, "it is not UTF-8");
    }
    return json_read(argument, strlen(argument), value, fault) == STATUS_OK
               ? STATUS_OK
               : not_json(argument, type, fault);
}

static enum status argument_write(struct cdr_writer *w, const struct idl_parameter *parameter,
                                  const char *argument, struct fault *fault)
{
    json_t *value = NULL;
    char where[64];
    snprintf(where, sizeof(where), "%s", parameter->name);
    enum status status = argument_read(argument, parameter->type, &value, fault);
    if (status != STATUS_OK)
        snprintf(fault->where, sizeof(fault->where), "%s", where);
    else
        status = value_from_json(w, parameter->type, &ior_references, value, where, fault);
    json_decref(value);
    return status;
}

enum status call_write_arguments(struct cdr_writer *w, const struct idl_operation *operation,
                                 const char *const *arguments, struct fault *fault)
{
    size_t next = 0;
    for (uint32_t i = 0; i < operation->parameter_count; i++) {
        const struct idl_parameter *parameter = &operation->parameters[i];
        if (parameter->mode == IDL_OUT)
            continue;
        enum status status = argument_write(w, parameter, arguments[next++], fault);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

/* ---- out ---- */

static void named_value(struct cdr_reader *r, const struct typecode *type, const char *name,
                        struct json_writer *out)
{
    json_key(out, name);
    value_to_json(r, type, &ior_references, out);
}

static void results_named(struct cdr_reader *r, const struct idl_operation *operation,
                          struct json_writer *out)
{
    json_open_object(out);
    if (operation->result->kind != TK_VOID)
        named_value(r, operation->result, "result", out);
    for (uint32_t i = 0; i < operation->parameter_count; i++) {
        const struct idl_parameter *parameter = &operation->parameters[i];
        if (parameter->mode != IDL_IN)
            named_value(r, parameter->type, parameter->name, out);
    }
    json_close_object(out);
}

bool call_read_results(struct cdr_reader *r, const struct idl_operation *operation,
                       struct buffer *json)
{
    struct json_writer out = {.out = json};
    if (operation->output_count == 1 && operation->result->kind != TK_VOID)
        value_to_json(r, operation->result, &ior_references, &out);
    else if (operation->output_count > 0)
        results_named(r, operation, &out);
    return cdr_ok(r);
}

bool call_read_exception(struct cdr_reader *r, const struct typecode *type, struct buffer *json)
{
    struct json_writer out = {.out = json};
    json_open_object(&out);
    for (uint32_t i = 0; i < type->member_count; i++)
        named_value(r, type->members[i].type, type->members[i].name, &out);
    json_close_object(&out);
    return cdr_ok(r);
}
