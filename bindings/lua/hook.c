/* orderd.hook: scripts declare who takes which events. */
#include "bindings/hook.h"

#include "base/memory.h"
#include "bindings/hook_give_up.h"
#include "bindings/hooks.h"
#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "domain/order_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TOPIC_LIMIT = 255 };

static void free_hooks(struct hook *hook)
{
    while (hook) {
        struct hook *next = hook->next;
        free(hook->topic);
        free(hook->name);
        free(hook->summary);
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

struct hooks *hooks_find(struct vm *vm)
{
    return kind_find_only(vm_state(vm), &hooks_kind);
}

struct hook *hooks_find_topic(struct hook *hook, const char *topic)
{
    while (hook && strcmp(hook->topic, topic) != 0)
        hook = hook->next;
    return hook;
}

struct hook *hooks_find_name(struct hook *hook, const char *name)
{
    while (hook && strcmp(hook->name, name) != 0)
        hook = hook->next;
    return hook;
}

/* Appends a hook for the function at the index `function`. */
static struct hook *add_hook(lua_State *L, struct hook **list, const char *topic, const char *name,
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
    hook->schema = LUA_NOREF;
    snprintf(hook->where, sizeof(hook->where), "%.*s", (int)strcspn(where, " "), where);
    while (*list)
        list = &(*list)->next;
    *list = hook;
    return hook;
}

static bool is_event_topic(const char *topic)
{
    for (int kind = 0; kind < ORDER_EVENT_KIND_COUNT; kind++) {
        if (strcmp(order_event_topic(kind), topic) == 0)
            return true;
    }
    return false;
}

/* A hook on a topic that there is not would wait for ever, and say nothing. */
static const char *check_event_topic(lua_State *L, int index)
{
    const char *topic = luaL_checkstring(L, index);
    luaL_Buffer known;
    if (is_event_topic(topic))
        return topic;
    luaL_buffinit(L, &known);
    for (int kind = 0; kind < ORDER_EVENT_KIND_COUNT; kind++) {
        luaL_addstring(&known, kind > 0 ? ", " : "");
        luaL_addstring(&known, order_event_topic(kind));
    }
    luaL_pushresult(&known);
    luaL_error(L, "hook.on: no event has the topic '%s'; there are %s", topic, lua_tostring(L, -1));
    return NULL;
}

static int lua_on(lua_State *L)
{
    static const char *const options[] = {"name", "start", "retry", NULL};
    vm_check_loading(L, "hook.on");
    const char *topic = check_event_topic(L, 1);
    luaL_checktype(L, 2, LUA_TTABLE);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    options_check(L, 2, options);
    struct hooks *hooks = hooks_of(L);
    const char *name = hook_check_name(L, 2);
    const struct hook *other = hooks_find_name(hooks->events, name);
    if (other)
        return luaL_error(L, "there is a hook '%s' already, at %s", name, other->where);
    struct retry retry = hook_check_retry(L, 2);
    bool from_head = hook_check_start(L, 2);
    struct hook *hook = add_hook(L, &hooks->events, topic, name, 3);
    hook->retry = retry;
    hook->from_head = from_head;
    return 0;
}

static void add_topic(struct hooks *hooks, const char *topic)
{
    size_t size = (hooks->inbound_count + 2) * sizeof(*hooks->inbound_topics);
    hooks->inbound_topics = memory_resize(hooks->inbound_topics, size);
    hooks->inbound_topics[hooks->inbound_count++] = topic;
    hooks->inbound_topics[hooks->inbound_count] = NULL;
}

/* The schema is any table; it is handed on as it is. */
static int ref_schema(lua_State *L, int options)
{
    lua_pushliteral(L, "schema");
    lua_rawget(L, options);
    luaL_argcheck(L, lua_isnil(L, -1) || lua_istable(L, -1), options, "schema must be a table");
    if (lua_istable(L, -1))
        return luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pop(L, 1);
    return LUA_NOREF;
}

static void describe_inbound(lua_State *L, struct hook *hook, int options)
{
    const char *summary = option_text(L, options, "summary", NULL);
    hook->summary = summary ? memory_text(summary, strlen(summary)) : NULL;
    hook->schema = ref_schema(L, options);
}

/* Other services' topics are theirs to name, but are words, and none of the service's own. */
static const char *check_inbound_topic(lua_State *L, int index)
{
    size_t length;
    const char *topic = luaL_checklstring(L, index, &length);
    bool word = length > 0 && length <= TOPIC_LIMIT;
    for (size_t i = 0; i < length; i++)
        word = word && topic[i] > ' ' && topic[i] != 0x7f;
    luaL_argcheck(L, word, index, "a topic is 1 to 255 bytes without blanks");
    luaL_argcheck(L, !is_event_topic(topic), index,
                  "this topic is the service's own; hook.on takes its events");
    return topic;
}

static int lua_inbound(lua_State *L)
{
    static const char *const names[] = {"retry", "summary", "schema", NULL};
    vm_check_loading(L, "hook.inbound");
    const char *topic = check_inbound_topic(L, 1);
    int options = lua_istable(L, 2) ? 2 : 0, function = options ? 3 : 2;
    luaL_checktype(L, function, LUA_TFUNCTION);
    if (options)
        options_check(L, options, names);
    struct hooks *hooks = hooks_of(L);
    const struct hook *other = hooks_find_topic(hooks->inbound, topic);
    if (other)
        return luaL_error(L, "topic '%s' is taken already, at %s", topic, other->where);
    struct retry retry = hook_check_retry(L, options);
    const char *name = lua_pushfstring(L, "inbound %s", topic);
    struct hook *hook = add_hook(L, &hooks->inbound, topic, name, function);
    hook->retry = retry;
    add_topic(hooks, hook->topic);
    if (options)
        describe_inbound(L, hook, options);
    return 0;
}

const char *const *lua_hook_inbound_topics(struct vm *vm)
{
    static const char *const none[] = {NULL};
    struct hooks *hooks = hooks_find(vm);
    return hooks && hooks->inbound_topics ? hooks->inbound_topics : none;
}

int open_hook(lua_State *L)
{
    static const luaL_Reg functions[] = {{"on", lua_on},
                                         {"inbound", lua_inbound},
                                         {"give_up", hook_give_up},
                                         {"declared", hook_declared},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
