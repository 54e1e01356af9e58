/* orderd.hook: scripts declare who takes which events; the bus thread has them run here. */
#include "bindings/hook.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/trace.h"
#include "bindings/hook_failure.h"
#include "bindings/json.h"
#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/problem.h"
#include "host/task.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- what is declared ---- */

struct hook {
    struct hook *next;
    char *topic;
    char *name;      /* of an inbound hook: "inbound TOPIC" */
    char where[192]; /* "scripts/hooks/stock.lua:12" */
    int handler;     /* its place in the registry */
};

struct hooks {
    struct hook *events;  /* in the order of their declaration */
    struct hook *inbound; /* one for each topic */
    const char **inbound_topics;
    size_t inbound_count;
};

static void free_hooks(struct hook *hook)
{
    while (hook) {
        struct hook *next = hook->next;
        free(hook->topic);
        free(hook->name);
        free(hook);
        hook = next;
    }
}

static int release(lua_State *L)
{
    struct hooks *hooks = lua_touserdata(L, 1);
    free_hooks(hooks->events);
    free_hooks(hooks->inbound);
    free(hooks->inbound_topics);
    *hooks = (struct hooks){0};
    return 0;
}

static const struct kind hooks_kind = {.name = "hooks", .release = release};

static struct hooks *hooks_of(lua_State *L)
{
    return kind_only(L, &hooks_kind, sizeof(struct hooks));
}

static struct hooks *hooks_find(struct vm *vm)
{
    return kind_find_only(vm_state(vm), &hooks_kind);
}

/* The first from here on that listens to the topic. */
static struct hook *find_topic(struct hook *hook, const char *topic)
{
    while (hook && strcmp(hook->topic, topic) != 0)
        hook = hook->next;
    return hook;
}

/* Appends a hook for the function at the index `function`. */
static void add_hook(lua_State *L, struct hook **list, const char *topic, const char *name,
                     int function)
{
    luaL_where(L, 1);
    const char *where = lua_tostring(L, -1);
    lua_pushvalue(L, function);
    int handler = luaL_ref(L, LUA_REGISTRYINDEX);
    struct hook *hook = memory_new(sizeof(*hook));
    hook->topic = memory_text(topic, strlen(topic));
    hook->name = memory_text(name, strlen(name));
    hook->handler = handler;
    snprintf(hook->where, sizeof(hook->where), "%.*s", (int)strcspn(where, " "), where);
    while (*list)
        list = &(*list)->next;
    *list = hook;
}

static int lua_on(lua_State *L)
{
    static const char *const options[] = {"name", NULL};
    vm_check_loading(L, "hook.on");
    const char *topic = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    options_check(L, 2, options);
    const char *name = option_text(L, 2, "name", NULL);
    luaL_argcheck(L, name && *name, 2, "a hook needs a name");
    add_hook(L, &hooks_of(L)->events, topic, name, 3);
    return 0;
}

static void add_topic(struct hooks *hooks, const char *topic)
{
    size_t size = (hooks->inbound_count + 2) * sizeof(*hooks->inbound_topics);
    hooks->inbound_topics = memory_resize(hooks->inbound_topics, size);
    hooks->inbound_topics[hooks->inbound_count++] = topic;
    hooks->inbound_topics[hooks->inbound_count] = NULL;
}

static int lua_inbound(lua_State *L)
{
    vm_check_loading(L, "hook.inbound");
    const char *topic = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    struct hooks *hooks = hooks_of(L);
    const struct hook *other = find_topic(hooks->inbound, topic);
    if (other)
        return luaL_error(L, "topic '%s' is taken already, at %s", topic, other->where);
    add_hook(L, &hooks->inbound, topic, lua_pushfstring(L, "inbound %s", topic), 2);
    add_topic(hooks, find_topic(hooks->inbound, topic)->topic);
    return 0;
}

/* ---- committed events ---- */

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
        run->hook = find_topic(run->hook->next, run->event->topic);
    (void)context;
    for (; run->hook; run->hook = find_topic(run->hook->next, run->event->topic)) {
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
    struct hook *first = hooks ? find_topic(hooks->events, event->topic) : NULL;
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

/* ---- what other services publish ---- */

struct arrival {
    const struct hook *hook; /* NULL: nobody takes the topic */
    struct repository *repository;
    char *topic;
    char *payload;
    size_t length;
};

static void arrival_free(struct arrival *arrival)
{
    free(arrival->topic);
    free(arrival->payload);
    free(arrival);
}

static void letter_done(void *arg, enum status status, const struct fault *fault)
{
    struct arrival *arrival = arg;
    if (status)
        log_error("a message is lost: it could not be put to the dead letters",
                  LOG_TEXT("topic", arrival->topic), LOG_TEXT("error", fault->text));
    arrival_free(arrival);
}

/* Takes the arrival over. */
static void bury(struct arrival *arrival, const char *reason)
{
    log_error("a message goes to the dead letters", LOG_TEXT("topic", arrival->topic),
              LOG_TEXT("error", reason));
    if (!arrival->repository) {
        arrival_free(arrival);
        return;
    }
    struct dead_letter letter = {.source = "inbound",
                                 .topic = arrival->topic,
                                 .reason = reason,
                                 .payload = arrival->payload,
                                 .payload_length = arrival->length};
    repository_dead_letter_add(arrival->repository, &letter, letter_done, arrival);
}

static int prepare_inbound(lua_State *L, void *arg)
{
    const struct arrival *arrival = arg;
    lua_rawgeti(L, LUA_REGISTRYINDEX, arrival->hook->handler);
    lua_pushlstring(L, arrival->payload, arrival->length);
    lua_pushstring(L, arrival->topic);
    return 2;
}

static void inbound_done(const struct task_result *result, void *arg)
{
    struct arrival *arrival = arg;
    if (result->end == TASK_RETURNED) {
        arrival_free(arrival);
        return;
    }
    char reason[512];
    problem_describe(result->L, -1, reason, sizeof(reason));
    hook_failed(arrival->hook->name, result);
    bury(arrival, reason);
}

static struct arrival *arrival_new(struct vm *vm, const char *topic, const char *payload,
                                   size_t length)
{
    const struct services *services = vm_context(vm);
    struct hooks *hooks = hooks_find(vm);
    struct arrival *arrival = memory_new(sizeof(*arrival));
    arrival->hook = hooks ? find_topic(hooks->inbound, topic) : NULL;
    arrival->repository = services->repository;
    arrival->topic = memory_text(topic, strlen(topic));
    arrival->payload = memory_text(payload, length);
    arrival->length = length;
    return arrival;
}

void lua_hook_inbound(struct vm *vm, const char *topic, const char *payload, size_t length)
{
    struct arrival *arrival = arrival_new(vm, topic, payload, length);
    if (!arrival->hook) {
        bury(arrival, "no hook takes this topic");
        return;
    }
    struct trace trace;
    trace_begin(&trace, NULL, 0);
    struct task_start start = {.name = arrival->hook->name,
                               .trace_id = trace.id,
                               .traceparent = trace.parent,
                               .prepare = prepare_inbound,
                               .done = inbound_done,
                               .arg = arrival};
    if (task_start(vm, &start)) {
        hook_refused(arrival->hook->name);
        bury(arrival, "too many tasks");
    }
}

const char *const *lua_hook_inbound_topics(struct vm *vm)
{
    static const char *const none[] = {NULL};
    struct hooks *hooks = hooks_find(vm);
    return hooks && hooks->inbound_topics ? hooks->inbound_topics : none;
}

int open_hook(lua_State *L)
{
    static const luaL_Reg functions[] = {{"on", lua_on}, {"inbound", lua_inbound}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
