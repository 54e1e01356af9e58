/* Running one hook in a task of its own. */
#include "bindings/hook_run.h"

#include "base/trace.h"
#include "bindings/hook_failure.h"
#include "bindings/hook_give_up.h"
#include "bindings/json.h"
#include "bindings/problem.h"
#include "host/task.h"

#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void set_text(lua_State *L, const char *name, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

static void set_integer(lua_State *L, const char *name, int64_t number)
{
    lua_pushinteger(L, number);
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
    struct fault fault;
    lua_createtable(L, 0, 8);
    set_uuid(L, "id", &event->event_id);
    set_uuid(L, "order_id", &event->order_id);
    set_text(L, "topic", event->topic);
    set_text(L, "type", event->type);
    set_text(L, "position", event->position.text);
    set_integer(L, "time", event->occurred_at);
    set_integer(L, "attempt", run->attempt);
    if (json_decode(L, event->data, event->data_length, &fault))
        luaL_error(L, "the event's data cannot be read: %s", fault.text);
    lua_setfield(L, -2, "data");
}

static void push_message(lua_State *L, const struct run *run)
{
    const struct inbound *message = &run->message->message;
    lua_createtable(L, 0, 5);
    set_text(L, "id", message->event_id);
    set_text(L, "topic", message->topic);
    lua_pushlstring(L, message->payload, message->payload_length);
    lua_setfield(L, -2, "payload");
    set_integer(L, "received_at", run->message->received_at);
    set_integer(L, "attempt", run->attempt);
}

static int prepare(lua_State *L, void *arg)
{
    const struct run *run = arg;
    lua_rawgeti(L, LUA_REGISTRYINDEX, run->hook->handler);
    if (run->event)
        push_event(L, run);
    else
        push_message(L, run);
    return 1;
}

static void run_end(struct run *run, enum status status, const char *reason)
{
    run->answer(run, status, reason);
    cloudevent_release(&run->read);
    free(run);
}

static void on_done(const struct task_result *result, void *arg)
{
    struct run *run = arg;
    char reason[512];
    if (result->end == TASK_RETURNED) {
        run_end(run, STATUS_OK, NULL);
        return;
    }
    problem_describe(result->L, -1, reason, sizeof(reason));
    hook_failed(run->hook->name, result);
    run_end(run, give_up_is(result->L, -1) ? STATUS_REFUSED : result->status, reason);
}

/* An event goes on with the trace of the request that made it. */
static void trace_of(const struct run *run, struct trace *trace)
{
    const char *parent = run->event ? run->event->traceparent : NULL;
    trace_begin(trace, parent, parent ? strlen(parent) : 0);
}

void hook_run(struct vm *vm, struct run *run)
{
    struct trace trace;
    char name[128];
    trace_of(run, &trace);
    snprintf(name, sizeof(name), run->event ? "hook %s" : "%s", run->hook->name);
    const struct task_start start = {.name = name,
                                     .trace_id = trace.id,
                                     .traceparent = trace.parent,
                                     .prepare = prepare,
                                     .done = on_done,
                                     .arg = run};
    if (task_start(vm, &start) != STATUS_OK)
        run_end(run, STATUS_UNAVAILABLE, "too many tasks");
}
