/* From a request to the method of its servant, and from what that returns to the reply.
 *
 * The arguments are read as the task is prepared, which is before `invoke` returns: the reader is
 * gone after it. The results are marshalled in the task, straight into the reply; should that
 * raise, no code of the script's runs before `serving_done`, which takes the opened reply back.
 * Where an interceptor is to be told, the written reply waits for it (orb_serve_reply.c). */
#include "bindings/orb_serve.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/trace.h"
#include "bindings/orb_intercept.h"
#include "bindings/orb_serve_end.h"
#include "host/task.h"

#include <stdlib.h>
#include <string.h>

enum {
    CONTEXTS_BYTES = 65536, /* of one request: they are kept as long as its task */
    SPARE_BYTES = 4096,     /* of each buffer, with a serving that is not in use */
};

/* ---- made, kept for use ---- */

static struct serving *serving_take(struct orb *orb)
{
    struct serving *serving = orb->idle;
    if (serving)
        orb->idle = serving->next;
    else
        serving = memory_new(sizeof(*serving));
    struct buffer contexts = serving->contexts, kept = serving->kept.bytes;
    buffer_clear(&contexts);
    *serving = (struct serving){.contexts = contexts, .kept.bytes = kept, .told = LUA_NOREF};
    serving->next = orb->serving;
    serving->place = &orb->serving;
    if (serving->next)
        serving->next->place = &serving->next;
    orb->serving = serving;
    return serving;
}

static void shrink(struct buffer *buffer)
{
    if (buffer->capacity > SPARE_BYTES)
        buffer_release(buffer);
}

void serving_give_back(struct serving *serving)
{
    struct orb *orb = serving->servant->orb;
    *serving->place = serving->next;
    if (serving->next)
        serving->next->place = serving->place;
    shrink(&serving->contexts);
    shrink(&serving->kept.bytes);
    serving->next = orb->idle;
    orb->idle = serving;
}

void serving_free_idle(struct orb *orb)
{
    while (orb->idle) {
        struct serving *serving = orb->idle;
        orb->idle = serving->next;
        buffer_release(&serving->contexts);
        buffer_release(&serving->kept.bytes);
        free(serving);
    }
}

/* ---- results ---- */

static bool has_result(const struct idl_operation *operation)
{
    return typecode_resolve(operation->result)->kind != TK_VOID;
}

/* The results at 2 and up. */
static void write_results(struct marshal *m, const struct idl_operation *operation)
{
    int index = 2;
    if (has_result(operation)) {
        struct place at = {.name = "result"};
        marshal_value(m, operation->result, index++, &at);
    }
    for (uint32_t i = 0; i < operation->parameter_count; i++) {
        const struct idl_parameter *parameter = &operation->parameters[i];
        struct place at = {.name = parameter->name};
        if (parameter->mode != IDL_IN)
            marshal_value(m, parameter->type, index++, &at);
    }
    marshal_end(m);
}

/* After the method: itself at 1, its results above it. Where an interceptor is to be told, the
 * reply goes when the task has ended. */
static int reply(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct serving *serving = task_arg(task_of(L));
    serving->returned = true;
    bool told = serving->told != LUA_NOREF;
    if (serving->operation->output_count > 0) {
        struct marshal m = {.L = L, .orb = serving->servant->orb, .function = 1};
        m.out = serving_open(serving, GIOP_NO_EXCEPTION);
        write_results(&m, serving->operation);
        if (told)
            serving_keep(serving);
        else
            orb_reply_send(serving->request);
        serving->open = NULL;
    } else if (!told) {
        orb_reply_nothing(serving->request);
    }
    if (!told)
        serving->request = NULL;
    return 0;
}

/* ---- the task ---- */

/* The method at 1, self and the arguments above it. */
static int serve(lua_State *L)
{
    struct serving *serving = task_arg(task_of(L));
    if (serving->refused)
        return 0;
    serving->entered = true;
    lua_pushvalue(L, 1);
    lua_insert(L, 1);
    lua_callk(L, lua_gettop(L) - 2, (int)serving->operation->output_count, 0, reply);
    return reply(L, LUA_OK, 0);
}

/* Upvalue: the value of an attribute. */
static int get_attribute(lua_State *L)
{
    lua_pushvalue(L, lua_upvalueindex(1));
    return 1;
}

/* Pushes the method of the self on the top; false, with nothing pushed, when there is none. */
static bool push_method(lua_State *L, const struct orb_operation *plan)
{
    int self = lua_gettop(L);
    lua_rawgeti(L, LUA_REGISTRYINDEX, plan->key);
    if (lua_gettable(L, self) == LUA_TFUNCTION)
        return true;
    lua_pop(L, 1);
    if (plan->attribute == LUA_NOREF)
        return false;
    lua_rawgeti(L, LUA_REGISTRYINDEX, plan->attribute);
    if (lua_gettable(L, self) == LUA_TNIL) {
        lua_pop(L, 1);
        return false;
    }
    lua_pushcclosure(L, get_attribute, 1);
    return true;
}

/* Pushes them, however far they can be read. */
static void push_arguments(lua_State *L, struct serving *serving)
{
    const struct idl_operation *operation = serving->operation;
    struct cdr_reader in = orb_request_arguments(serving->request);
    struct unmarshal u = {.L = L, .orb = serving->servant->orb, .in = &in};
    luaL_checkstack(L, (int)operation->input_count + LUA_MINSTACK, "too many arguments");
    for (uint32_t i = 0; i < operation->parameter_count; i++) {
        if (operation->parameters[i].mode != IDL_OUT)
            unmarshal_value(&u, operation->parameters[i].type);
    }
    serving->refused = in.failure;
}

static void push_self(lua_State *L, const struct serving *serving)
{
    size_t size;
    const void *object_id = orb_request_object_id(serving->request, &size);
    servant_push_self(L, serving->servant, object_id, size);
}

static int prepare(lua_State *L, void *arg)
{
    struct serving *serving = arg;
    struct orb *orb = serving->servant->orb;
    lua_pushcfunction(L, serve);
    if (serving->late) {
        serving->refused = EXCEPTION_TRANSIENT;
        return 0;
    }
    intercept_served(L, orb, serving->servant->reference.interface, serving->request,
                     &serving->told);
    push_self(L, serving);
    if (!push_method(L, serving->plan)) {
        serving->refused = EXCEPTION_NO_IMPLEMENT;
        return 1;
    }
    lua_insert(L, -2); /* the method below its self */
    push_arguments(L, serving);
    return (int)serving->operation->input_count + 2;
}

/* ---- a request ---- */

static size_t size_of(const struct service_contexts *contexts)
{
    size_t size = 0;
    for (size_t i = 0; i < contexts->count; i++)
        size += contexts->list[i].size;
    return size;
}

/* They end with `invoke`, and orb:request may be asked later. */
static void keep_contexts(struct serving *serving, const struct service_contexts *contexts)
{
    for (size_t i = 0; i < contexts->count; i++) {
        const struct service_context *context = &contexts->list[i];
        buffer_append(&serving->contexts, &context->id, sizeof(context->id));
        buffer_append(&serving->contexts, &context->size, sizeof(context->size));
        buffer_append(&serving->contexts, context->data, context->size);
    }
}

static void begin_trace(struct trace *trace, const struct service_contexts *contexts)
{
    size_t length = 0;
    const struct service_context *context = giop_context_find(contexts, CONTEXT_TRACEPARENT);
    const char *parent = context ? giop_context_text(context, &length) : NULL;
    trace_begin(trace, parent, length);
}

static void start(struct serving *serving, const struct trace *trace)
{
    struct orb_request *request = serving->request;
    struct task_start start = {.name = serving->plan->task,
                               .trace_id = trace->id,
                               .traceparent = trace->parent,
                               .prepare = prepare,
                               .done = serving_done,
                               .arg = serving};
    bool busy = task_of(vm_state(serving->servant->orb->vm));
    serving->late = busy; /* by the time that the task is prepared the arguments are gone */
    if (task_start(serving->servant->orb->vm, &start) == STATUS_OK)
        return; /* it may have ended already */
    serving_give_back(serving);
    orb_reply_exception(request, EXCEPTION_TRANSIENT, 0, COMPLETED_NO);
}

void serving_invoke(void *arg, struct orb_request *request)
{
    struct servant *servant = arg;
    const struct orb_interface *interface = servant->reference.interface;
    const struct service_contexts *contexts = orb_request_contexts(request);
    size_t length;
    const char *name = orb_request_operation(request, &length);
    const struct idl_operation *operation = idl_find_operation(interface->idl, name, length);
    if (!operation) {
        orb_reply_exception(request, EXCEPTION_BAD_OPERATION, 0, COMPLETED_NO);
        return;
    }
    if (size_of(contexts) > CONTEXTS_BYTES) {
        orb_reply_exception(request, EXCEPTION_IMP_LIMIT, 0, COMPLETED_NO);
        return;
    }
    struct serving *serving = serving_take(servant->orb);
    serving->servant = servant;
    serving->request = request;
    serving->operation = operation;
    serving->plan = &interface->operations[operation - interface->idl->operations];
    serving->began_us = clock_monotonic_us();
    begin_trace(&serving->trace, contexts);
    keep_contexts(serving, contexts);
    start(serving, &serving->trace);
}

/* ---- orb:request() ---- */

/* The request that the running task serves; NULL when it serves none. */
static const struct serving *find_serving(lua_State *L)
{
    const struct task *task = task_of(L);
    const struct serving *serving = task ? orb_of(L)->serving : NULL;
    while (serving && serving != task_arg(task))
        serving = serving->next;
    return serving && serving->request ? serving : NULL;
}

static void push_kept_contexts(lua_State *L, const struct buffer *kept)
{
    lua_newtable(L);
    for (size_t at = 0; at < kept->size;) {
        uint32_t id;
        size_t size;
        memcpy(&id, kept->data + at, sizeof(id));
        memcpy(&size, kept->data + at + sizeof(id), sizeof(size));
        at += sizeof(id) + sizeof(size);
        lua_pushinteger(L, id);
        lua_pushlstring(L, kept->data + at, size);
        lua_rawset(L, -3);
        at += size;
    }
}

int orb_lua_request(lua_State *L)
{
    const struct serving *serving = find_serving(L);
    size_t size;
    if (!serving) {
        lua_pushnil(L);
        return 1;
    }
    lua_createtable(L, 0, 4);
    lua_pushstring(L, serving->operation->name);
    lua_setfield(L, -2, "operation_name");
    const char *key = orb_request_key(serving->request, &size);
    lua_pushlstring(L, key, size);
    lua_setfield(L, -2, "object_key");
    push_kept_contexts(L, &serving->contexts);
    lua_setfield(L, -2, "service_context");
    lua_pushstring(L, orb_request_peer(serving->request));
    lua_setfield(L, -2, "peer");
    return 1;
}
