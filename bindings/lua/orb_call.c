/* Calls: arguments out, results and exceptions in, and the task that waits between the two. */
#include "bindings/orb_call.h"

#include "bindings/kind.h"
#include "bindings/orb_except.h"
#include "bindings/orb_intercept.h"
#include "host/task.h"

#include <string.h>

/* ---- out ---- */

static void check_arguments(lua_State *L, const struct idl_operation *operation)
{
    int given = lua_gettop(L) - 1, taken = (int)operation->input_count;
    for (int i = given; i > taken; i--) {
        if (!lua_isnil(L, i + 1))
            luaL_error(L, "%s takes %d argument%s, not %d", operation->name, taken,
                       taken == 1 ? "" : "s", i);
    }
    lua_settop(L, taken + 1);
}

struct proxy *calling_begin(lua_State *L, struct calling *calling)
{
    *calling = (struct calling){
        .orb = orb_of(L), .operation = lua_touserdata(L, lua_upvalueindex(1)), .told = LUA_NOREF};
    bool own = lua_getmetatable(L, 1) && lua_rawequal(L, -1, lua_upvalueindex(2));
    if (!own)
        luaL_error(L, "%s is a method: call it with ':' on a proxy of its interface",
                   calling->operation->name);
    lua_pop(L, 1);
    check_arguments(L, calling->operation);
    return lua_touserdata(L, 1);
}

/* A struct calling at 1, the arguments above it. */
static int write_arguments(lua_State *L)
{
    struct calling *calling = lua_touserdata(L, 1);
    const struct idl_operation *operation = calling->operation;
    /* Above this function stands the method, then whoever called that. */
    struct marshal m = {.L = L, .orb = calling->orb, .out = calling->body, .level = 2};
    int index = 2;
    if (calling->told != LUA_NOREF)
        intercept_add_contexts(L, calling->told, calling->call);
    for (uint32_t i = 0; i < operation->parameter_count; i++) {
        const struct idl_parameter *parameter = &operation->parameters[i];
        struct place at = {.name = parameter->name};
        if (parameter->mode != IDL_OUT)
            marshal_value(&m, parameter->type, index++, &at);
    }
    marshal_end(&m);
    return 0;
}

static void add_traceparent(lua_State *L, struct calling *calling)
{
    struct buffer *scratch = &calling->orb->scratch;
    const struct task *task = task_of(L);
    const char *parent = task ? task_traceparent(task) : "";
    if (!*parent)
        return;
    buffer_clear(scratch);
    giop_text_context(scratch, parent, strlen(parent));
    orb_call_add_context(calling->call, CONTEXT_TRACEPARENT, scratch->data, scratch->size);
}

bool calling_open(lua_State *L, struct calling *calling, struct orb_object *object)
{
    const struct idl_operation *operation = calling->operation;
    enum giop_response response = operation->oneway ? GIOP_RESPONSE_NONE : GIOP_RESPONSE_TARGET;
    int arguments = (int)operation->input_count;
    calling->call =
        orb_call_new(object, operation->name, operation->name_length, response, &calling->body);
    add_traceparent(L, calling);
    if (arguments == 0 && calling->told == LUA_NOREF)
        return true;
    lua_pushcfunction(L, write_arguments);
    lua_pushlightuserdata(L, calling);
    for (int i = 0; i < arguments; i++)
        lua_pushvalue(L, 2 + i);
    if (lua_pcall(L, arguments + 1, 0, 0) == LUA_OK)
        return true;
    orb_call_drop(calling->call);
    calling->call = NULL;
    return false;
}

void calling_drop(lua_State *L, struct calling *calling)
{
    luaL_unref(L, LUA_REGISTRYINDEX, calling->told);
    calling->told = LUA_NOREF;
    if (calling->call && calling->sent)
        orb_call_cancel(calling->call);
    else if (calling->call)
        orb_call_drop(calling->call);
    calling->call = NULL;
}

void calling_send(struct calling *calling, int timeout_ms, orb_answered *answered, void *arg)
{
    calling->sent = true;
    orb_call_send(calling->call, timeout_ms, answered, arg);
}

/* ---- in ---- */

static void push_unreadable(lua_State *L, enum exception_kind kind)
{
    struct system_exception exception = {.kind = kind, .completed = COMPLETED_YES};
    except_push_system(L, &exception, "the reply cannot be read");
}

/* Pushes the result, then out and inout values; false when they cannot be read. */
static bool push_results(lua_State *L, const struct calling *calling, struct cdr_reader *body)
{
    const struct idl_operation *operation = calling->operation;
    struct unmarshal u = {.L = L, .orb = calling->orb, .in = body};
    luaL_checkstack(L, (int)operation->output_count + LUA_MINSTACK, "too many results");
    if (typecode_resolve(operation->result)->kind != TK_VOID)
        unmarshal_value(&u, operation->result);
    for (uint32_t i = 0; i < operation->parameter_count; i++) {
        if (operation->parameters[i].mode != IDL_IN)
            unmarshal_value(&u, operation->parameters[i].type);
    }
    return cdr_ok(body);
}

static const struct typecode *declared_exception(const struct idl_operation *operation,
                                                 const struct orb_outcome *outcome)
{
    for (uint32_t i = 0; i < operation->exception_count; i++) {
        const struct typecode *type = operation->exceptions[i];
        if (strlen(type->id) == outcome->exception_id_length &&
            memcmp(type->id, outcome->exception_id, outcome->exception_id_length) == 0)
            return type;
    }
    return NULL;
}

static void push_user_exception(lua_State *L, const struct calling *calling,
                                const struct orb_outcome *outcome)
{
    const struct typecode *type = declared_exception(calling->operation, outcome);
    struct cdr_reader body = outcome->body;
    struct unmarshal u = {.L = L, .orb = calling->orb, .in = &body};
    if (!type) {
        struct system_exception unknown = {.kind = EXCEPTION_UNKNOWN, .completed = COMPLETED_YES};
        except_push_system(L, &unknown, "an exception that the IDL does not declare");
        return;
    }
    unmarshal_members(&u, type);
    if (cdr_ok(&body)) {
        except_mark(L, type->id, strlen(type->id));
        return;
    }
    lua_pop(L, 1);
    push_unreadable(L, body.failure);
}

/* That the object is gone is an answer, to this one question. */
static bool answers_existence(const struct calling *calling, const struct orb_outcome *outcome)
{
    return calling->operation == &calling->orb->non_existent &&
           outcome->end == ORB_SYSTEM_EXCEPTION &&
           outcome->system.kind == EXCEPTION_OBJECT_NOT_EXIST;
}

static int push_end(lua_State *L, struct calling *calling, const struct orb_outcome *outcome,
                    bool *failed)
{
    int top = lua_gettop(L);
    struct cdr_reader body = outcome->body;
    *failed = false;
    if (outcome->end == ORB_RETURNED) {
        if (push_results(L, calling, &body))
            return lua_gettop(L) - top;
        lua_settop(L, top);
        push_unreadable(L, body.failure);
    } else if (outcome->end == ORB_USER_EXCEPTION) {
        push_user_exception(L, calling, outcome);
    } else if (answers_existence(calling, outcome)) {
        lua_pushboolean(L, 1);
        return 1;
    } else {
        except_push_system(L, &outcome->system, outcome->local ? outcome->why : NULL);
    }
    *failed = true;
    return 1;
}

int calling_push(lua_State *L, struct calling *calling, const struct orb_outcome *outcome,
                 bool *failed)
{
    int told = calling->told;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    int count = push_end(L, calling, outcome, failed);
    if (told == LUA_NOREF)
        return count;
    calling->told = LUA_NOREF;
    intercept_reply(L, calling->orb, told, outcome, *failed ? lua_gettop(L) : 0);
    return count;
}

/* ---- a task that waits ---- */

/* Stands on the task's stack while the call is under way. */
struct outgoing {
    struct calling calling;
    struct wait *wait;
    enum proxy_kind kind;
    const struct orb_outcome *outcome;
};

/* Only those that interceptors were told of have something to give back when an error comes before
 * the call. */
static int release(lua_State *L)
{
    struct outgoing *outgoing = lua_touserdata(L, 1);
    luaL_unref(L, LUA_REGISTRYINDEX, outgoing->calling.told);
    outgoing->calling.told = LUA_NOREF;
    return 0;
}

static const struct kind outgoing_kind = {.name = "call", .release = release};

static struct outgoing *push_outgoing(lua_State *L, const struct calling *calling,
                                      const struct proxy *proxy)
{
    struct outgoing *outgoing;
    if (intercept_wanted(calling->orb))
        outgoing = kind_new(L, &outgoing_kind, sizeof(*outgoing), 0);
    else
        outgoing = lua_newuserdatauv(L, sizeof(*outgoing), 0);
    *outgoing = (struct outgoing){.calling = *calling, .kind = proxy->kind};
    outgoing->calling.told = intercept_request(L, calling->orb, proxy, calling->operation);
    return outgoing;
}

static int push_outcome(lua_State *L, void *arg)
{
    struct outgoing *outgoing = arg;
    bool failed;
    bool protected = outgoing->kind == PROXY_PROTECTED;
    if (protected)
        lua_pushboolean(L, outgoing->outcome->end == ORB_RETURNED);
    int count = calling_push(L, &outgoing->calling, outgoing->outcome, &failed);
    if (!protected)
        return failed ? lua_error(L) : count;
    lua_pushboolean(L, !failed); /* a result that cannot be read has failed, too */
    lua_replace(L, -count - 2);
    return count + 1;
}

static void answered(void *arg, const struct orb_outcome *outcome)
{
    struct outgoing *outgoing = arg;
    outgoing->calling.call = NULL;
    outgoing->outcome = outcome;
    wait_finish(outgoing->wait, push_outcome, outgoing);
}

static int push_nothing(lua_State *L, void *arg)
{
    (void)L;
    (void)arg;
    return 0;
}

static void give_up(void *arg)
{
    struct outgoing *outgoing = arg;
    calling_drop(vm_state(outgoing->calling.orb->vm), &outgoing->calling);
    wait_finish(outgoing->wait, push_nothing, NULL);
}

int call_wait(lua_State *L)
{
    struct calling calling;
    struct proxy *proxy = calling_begin(L, &calling);
    struct orb_object *object = proxy_object(L, proxy);
    struct outgoing *outgoing = push_outgoing(L, &calling, proxy);
    outgoing->wait = wait_begin(L, give_up, outgoing);
    if (!calling_open(L, &outgoing->calling, object)) {
        /* The wait is over before it began, and the error value on the top is raised. */
        calling_drop(L, &outgoing->calling);
        wait_finish(outgoing->wait, push_nothing, NULL);
        (void)wait_yield(L, outgoing->wait);
        return lua_error(L);
    }
    calling_send(&outgoing->calling, proxy->timeout_ms, answered, outgoing);
    return wait_yield(L, outgoing->wait);
}
