/* Committed events on their way through the hooks of their topic. */
#include "bindings/hook.h"

#include "base/memory.h"
#include "base/trace.h"
#include "bindings/hook_failure.h"
#include "bindings/hooks.h"
#include "bindings/json.h"
#include "host/task.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One event on its way through its hooks. */
struct run {
    struct delivery *delivery;
    const struct stored_event *event;
    int attempt;
    struct hook *hook; /* that runs now */
};

static void set_text(lua_State *L, const char *name, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

static void set_uuid(lua_State *L, const char *name, const struct uuid *uuid)
{
    char text[UUID_TEXT_SIZE];
    uuid_format(uuid, text);
    set_text(L, name, text);
}

static void push_event(lua_State *L, const struct run *run)
{
    const struct stored_event *event = run->event;
    lua_createtable(L, 0, 8);
    set_uuid(L, "id", &event->event_id);
    set_uuid(L, "order_id", &event->order_id);
    set_text(L, "topic", event->topic);
    set_text(L, "type", event->type);
    set_text(L, "position", event->position.text);
    lua_pushinteger(L, event->occurred_at);
    lua_setfield(L, -2, "time");
    lua_pushinteger(L, run->attempt);
    lua_setfield(L, -2, "attempt");
    struct fault fault;
    if (json_decode(L, event->data, event->data_length, &fault))
        luaL_error(L, "the event's data cannot be read: %s", fault.text);
    lua_setfield(L, -2, "data");
}

/* Calls the hooks from run->hook on, each with an event of its own. */
static int run_hooks(lua_State *L, int status, lua_KContext context)
{
    struct run *run = task_arg(task_of(L));
    if (status == LUA_YIELD)
        run->hook = hooks_find_topic(run->hook->next, run->event->topic);
    (void)context;
    for (; run->hook; run->hook = hooks_find_topic(run->hook->next, run->event->topic)) {
        lua_settop(L, 0);
        lua_rawgeti(L, LUA_REGISTRYINDEX, run->hook->handler);
        push_event(L, run);
        lua_callk(L, 1, 0, 0, run_hooks);
    }
    return 0;
}

static int begin_hooks(lua_State *L)
{
    return run_hooks(L, LUA_OK, 0);
}

static int prepare_hooks(lua_State *L, void *arg)
{
    (void)arg;
    lua_pushcfunction(L, begin_hooks);
    return 0;
}

static void hooks_done(const struct task_result *result, void *arg)
{
    struct run *run = arg;
    if (result->end != TASK_RETURNED)
        hook_failed(run->hook->name, result);
    struct delivery *delivery = run->delivery;
    free(run);
    delivery_done(delivery, result->status);
}

static void trace_event(struct trace *trace, const struct stored_event *event)
{
    const char *parent = event->traceparent;
    trace_begin(trace, parent, parent ? strlen(parent) : 0);
}

void lua_hook_deliver(struct vm *vm, struct delivery *delivery, const struct stored_event *event,
                      int attempt)
{
    struct hooks *hooks = hooks_find(vm);
    struct hook *first = hooks ? hooks_find_topic(hooks->events, event->topic) : NULL;
    if (!first) {
        delivery_done(delivery, STATUS_OK);
        return;
    }
    struct run *run = memory_new(sizeof(*run));
    *run = (struct run){.delivery = delivery, .event = event, .attempt = attempt, .hook = first};
    struct trace trace;
    trace_event(&trace, event);
    char name[128];
    snprintf(name, sizeof(name), "hook %s", first->name);
    struct task_start start = {.name = name,
                               .trace_id = trace.id,
                               .traceparent = trace.parent,
                               .prepare = prepare_hooks,
                               .done = hooks_done,
                               .arg = run};
    if (task_start(vm, &start)) {
        hook_refused(first->name);
        free(run);
        delivery_done(delivery, STATUS_LIMIT);
    }
}
