/* hook.declared: what the service publishes and takes, for documents. */
#include "domain/order_event.h"

#include "bindings/hooks.h"
#include "bindings/open.h"
#include "host/vm.h"

#include <lauxlib.h>

static void set(lua_State *L, const char *name, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

/* Pushes one entry; the list is below it, and gets it by append(). */
static void begin(lua_State *L, const char *direction, const char *topic)
{
    lua_createtable(L, 0, 3);
    set(L, "direction", direction);
    set(L, "topic", topic);
}

static void append(lua_State *L)
{
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
}

int hook_declared(lua_State *L)
{
    const struct hooks *hooks = hooks_find(vm_of(L));
    lua_newtable(L);
    for (int kind = 0; kind < ORDER_EVENT_KIND_COUNT; kind++) {
        begin(L, "out", order_event_topic(kind));
        set(L, "type", order_event_type(kind));
        append(L);
    }
    for (const struct hook *hook = hooks ? hooks->inbound : NULL; hook; hook = hook->next) {
        begin(L, "in", hook->topic);
        if (hook->summary)
            set(L, "summary", hook->summary);
        if (hook->schema != LUA_NOREF) {
            lua_rawgeti(L, LUA_REGISTRYINDEX, hook->schema);
            lua_setfield(L, -2, "schema");
        }
        append(L);
    }
    return 1;
}
