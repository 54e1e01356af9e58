/* Futures: calls that a script does not wait for, or not yet.
 *
 * Each call is a task of its own, which sends it in the loop's next turn and waits for its end. So
 * whatever bounds tasks bounds such calls, and a state that retires lets them finish. The future
 * is kept alive by the registry until that task has ended; from then on by those who hold it. Its
 * results stand in the registry under its own address, in a place made beforehand, so that nothing
 * needs to be allocated where nothing may be raised. */
#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/orb_call.h"
#include "bindings/orb_except.h"
#include "bindings/orb_intercept.h"
#include "host/task.h"

#include <stdio.h>

enum future_state {
    FUTURE_PENDING,
    FUTURE_RETURNED, /* a table of results is kept */
    FUTURE_RAISED,   /* an error value is kept */
    FUTURE_ENDED,    /* `exception` says how */
};

struct waiter;

struct future {
    struct calling calling; /* first: its address is the future's anchor in the registry */
    enum future_state state;
    int timeout_ms;
    struct wait *wait; /* of the task, while the call is under way */
    const struct orb_outcome *outcome;
    struct system_exception exception;
    const char *why;
    struct waiter *waiters;
};

/* A task that asks for the end. Stands on its stack while it waits. */
struct waiter {
    struct waiter *next, **place;
    struct wait *wait;
    struct future *future;
    bool protected;
};

/* Keys of the registry. */
static const void *anchor_of(const struct future *future)
{
    return &future->calling;
}

static const void *results_of(const struct future *future)
{
    return &future->state;
}

/* Setting what is there already allocates nothing; so does setting to nil. */
static void forget(lua_State *L, const void *key)
{
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

static int release(lua_State *L)
{
    struct future *future = lua_touserdata(L, 1);
    calling_drop(L, &future->calling);
    forget(L, results_of(future));
    return 0;
}

/* ---- its end ---- */

static int push_end(lua_State *L, const struct future *future, bool protected)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    if (future->state == FUTURE_RETURNED) {
        if (protected)
            lua_pushboolean(L, 1);
        lua_rawgetp(L, LUA_REGISTRYINDEX, results_of(future));
        int results = lua_gettop(L);
        lua_getfield(L, results, "n");
        int count = (int)lua_tointeger(L, -1);
        lua_pop(L, 1);
        luaL_checkstack(L, count, NULL);
        for (int i = 1; i <= count; i++)
            lua_rawgeti(L, results, i);
        lua_remove(L, results);
        return count + protected;
    }
    if (protected)
        lua_pushboolean(L, 0);
    if (future->state == FUTURE_RAISED)
        lua_rawgetp(L, LUA_REGISTRYINDEX, results_of(future));
    else
        except_push_system(L, &future->exception, future->why);
    return protected ? 2 : lua_error(L);
}

static int push_waited(lua_State *L, void *arg)
{
    const struct waiter *waiter = arg;
    return push_end(L, waiter->future, waiter->protected);
}

static void leave(struct waiter *waiter)
{
    *waiter->place = waiter->next;
    if (waiter->next)
        waiter->next->place = waiter->place;
}

/* Each that is woken may ask for the same future again: those come after. */
static void wake(struct future *future)
{
    while (future->waiters) {
        struct waiter *waiter = future->waiters;
        leave(waiter);
        wait_finish(waiter->wait, push_waited, waiter);
    }
}

/* ---- the task of a call ---- */

/* Keeps `count` values from the top as results. */
static void keep_results(lua_State *L, struct future *future, int count)
{
    lua_createtable(L, count, 1);
    lua_insert(L, -count - 1);
    for (int i = count; i > 0; i--)
        lua_rawseti(L, -i - 1, i);
    lua_pushinteger(L, count);
    lua_setfield(L, -2, "n");
    lua_rawsetp(L, LUA_REGISTRYINDEX, results_of(future));
    future->state = FUTURE_RETURNED;
}

static int keep_outcome(lua_State *L, void *arg)
{
    struct future *future = arg;
    bool failed;
    int count = calling_push(L, &future->calling, future->outcome, &failed);
    if (!failed) {
        keep_results(L, future, count);
        return 0;
    }
    lua_rawsetp(L, LUA_REGISTRYINDEX, results_of(future));
    future->state = FUTURE_RAISED;
    return 0;
}

static void answered(void *arg, const struct orb_outcome *outcome)
{
    struct future *future = arg;
    struct wait *wait = future->wait;
    future->calling.call = NULL;
    future->wait = NULL;
    future->outcome = outcome;
    wait_finish(wait, keep_outcome, future);
}

static int push_nothing(lua_State *L, void *arg)
{
    (void)L;
    (void)arg;
    return 0;
}

/* The future's task ends before the call does, or is to. */
static void give_up(void *arg)
{
    struct future *future = arg;
    struct wait *wait = future->wait;
    future->wait = NULL;
    calling_drop(vm_state(future->calling.orb->vm), &future->calling);
    wait_finish(wait, push_nothing, NULL);
}

static int run_call(lua_State *L)
{
    struct future *future = lua_touserdata(L, 1);
    if (future->state != FUTURE_PENDING)
        return 0; /* given up meanwhile */
    future->wait = wait_begin(L, give_up, future);
    calling_send(&future->calling, future->timeout_ms, answered, future);
    return wait_yield(L, future->wait);
}

static int prepare(lua_State *L, void *arg)
{
    lua_pushcfunction(L, run_call);
    lua_rawgetp(L, LUA_REGISTRYINDEX, anchor_of(arg));
    return 1;
}

static void end(struct future *future, enum exception_kind kind, enum exception_completed completed,
                const char *why)
{
    future->state = FUTURE_ENDED;
    future->exception = (struct system_exception){.kind = kind, .completed = completed};
    future->why = why;
}

/* The task has ended without an end of the call: it was stopped, or an interceptor raised. */
static void end_by_task(struct future *future, const struct task_result *result)
{
    if (result->end == TASK_RAISED) {
        lua_xmove(result->L, vm_state(future->calling.orb->vm), 1);
        lua_rawsetp(vm_state(future->calling.orb->vm), LUA_REGISTRYINDEX, results_of(future));
        future->state = FUTURE_RAISED;
    } else if (result->status == STATUS_TIMEOUT) {
        end(future, EXCEPTION_TIMEOUT, COMPLETED_MAYBE, "the call took longer than a task may");
    } else {
        end(future, EXCEPTION_NO_RESOURCES, COMPLETED_MAYBE, "no memory for the reply");
    }
}

static void done(const struct task_result *result, void *arg)
{
    struct future *future = arg;
    if (future->state == FUTURE_PENDING)
        end_by_task(future, result);
    lua_State *main = vm_state(future->calling.orb->vm);
    calling_drop(main, &future->calling);
    if (result->status != STATUS_UNAVAILABLE) /* else their tasks are being ended, too */
        wake(future);
    forget(main, anchor_of(future));
}

/* ---- methods ---- */

static struct future *check_future(lua_State *L);

static int future_ready(lua_State *L)
{
    lua_pushboolean(L, check_future(L)->state != FUTURE_PENDING);
    return 1;
}

static void stop_waiting(void *arg)
{
    struct waiter *waiter = arg;
    leave(waiter);
    wait_finish(waiter->wait, push_nothing, NULL);
}

static int wait_for(lua_State *L, bool protected)
{
    struct future *future = check_future(L);
    if (future->state != FUTURE_PENDING)
        return push_end(L, future, protected);
    struct waiter *waiter = lua_newuserdatauv(L, sizeof(*waiter), 0);
    *waiter = (struct waiter){.future = future, .protected = protected};
    waiter->wait = wait_begin(L, stop_waiting, waiter);
    waiter->next = future->waiters;
    waiter->place = &future->waiters;
    if (waiter->next)
        waiter->next->place = &waiter->next;
    future->waiters = waiter;
    return wait_yield(L, waiter->wait);
}

static int future_evaluate(lua_State *L)
{
    return wait_for(L, false);
}

static int future_results(lua_State *L)
{
    return wait_for(L, true);
}

static int future_cancel(lua_State *L)
{
    struct future *future = check_future(L);
    if (future->state != FUTURE_PENDING)
        return 0;
    end(future, EXCEPTION_NO_RESPONSE, future->wait ? COMPLETED_MAYBE : COMPLETED_NO,
        "the call was given up");
    if (future->wait)
        give_up(future); /* its task goes on, and ends, in the next turn */
    return 0;
}

static const luaL_Reg future_methods[] = {{"ready", future_ready},
                                          {"evaluate", future_evaluate},
                                          {"results", future_results},
                                          {"cancel", future_cancel},
                                          {NULL, NULL}};
static const struct kind future_kind = {
    .name = "future", .methods = future_methods, .release = release};

static struct future *check_future(lua_State *L)
{
    return kind_check(L, 1, &future_kind);
}

/* ---- the call ---- */

static void refuse(lua_State *L, const char *why)
{
    struct system_exception refused = {.kind = EXCEPTION_NO_RESOURCES, .completed = COMPLETED_NO};
    except_push_system(L, &refused, why);
    lua_error(L);
}

static void start(lua_State *L, struct future *future)
{
    char name[128];
    const struct task *task = task_of(L);
    snprintf(name, sizeof(name), "orb call %s", future->calling.operation->name);
    struct task_start start = {.name = name,
                               .trace_id = task_trace_id(task),
                               .traceparent = task_traceparent(task),
                               .prepare = prepare,
                               .done = done,
                               .arg = future};
    if (task_start(future->calling.orb->vm, &start) == STATUS_OK)
        return;
    calling_drop(L, &future->calling);
    forget(L, anchor_of(future));
    refuse(L, "too many tasks");
}

int call_future(lua_State *L)
{
    struct calling calling;
    struct proxy *proxy = calling_begin(L, &calling);
    if (!task_of(L))
        return luaL_error(L, vm_loading(calling.orb->vm)
                                 ? "nothing can be called while the scripts are being loaded"
                                 : "nothing can be called here: this function must answer at once");
    struct orb_object *object = proxy_object(L, proxy);
    struct future *future = kind_new(L, &future_kind, sizeof(*future), 0);
    *future = (struct future){.calling = calling, .timeout_ms = proxy->timeout_ms};
    lua_pushboolean(L, 0);
    lua_rawsetp(L, LUA_REGISTRYINDEX, results_of(future));
    future->calling.told = intercept_request(L, calling.orb, proxy, calling.operation);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, anchor_of(future));
    if (!calling_open(L, &future->calling, object)) {
        forget(L, anchor_of(future));
        return lua_error(L);
    }
    start(L, future);
    return 1;
}
