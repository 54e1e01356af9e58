/* orderd.bus: messages to whoever listens now. */
#include "bus/bus.h"

#include "bindings/json.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "host/task.h"

#include <string.h>

/* Order events are published when they are committed, and by nobody else: a script cannot make
 * one up. */
static bool is_reserved(const char *topic)
{
    return strncmp(topic, "order.", strlen("order.")) == 0 || strcmp(topic, "heartbeat") == 0;
}

static int lua_publish(lua_State *L)
{
    struct bus *bus = services_bus(L);
    const char *topic = luaL_checkstring(L, 1);
    luaL_argcheck(L, *topic, 1, "a topic has at least one character");
    luaL_argcheck(L, !is_reserved(topic), 1, "the service itself publishes on this topic");
    luaL_checkany(L, 2);
    if (!task_of(L))
        return luaL_error(L, "bus.publish: not while scripts are being loaded");
    if (lua_type(L, 2) == LUA_TSTRING) {
        size_t length;
        const char *text = lua_tolstring(L, 2, &length);
        bus_post(bus, topic, text, length);
        return 0;
    }
    struct buffer *scratch = scratch_take(L);
    struct json_writer w = {.out = scratch};
    json_encode(L, 2, &w);
    bus_post(bus, topic, scratch->data, scratch->size);
    return 0;
}

/* NULL: that one is not served. */
static void set_address(lua_State *L, const char *name, const char *address)
{
    if (!address)
        return;
    lua_pushstring(L, address);
    lua_setfield(L, -2, name);
}

static int lua_addresses(lua_State *L)
{
    const struct bus *bus = services_bus(L);
    lua_createtable(L, 0, 3);
    set_address(L, "pub", bus_address(bus));
    set_address(L, "replay", bus_replay_address(bus));
    set_address(L, "ingest", bus_ingest_address(bus));
    return 1;
}

/* {{ address =, topics = {...} }, ...} */
static int lua_feeds(lua_State *L)
{
    const struct bus *bus = services_bus(L);
    size_t feeds = bus_feed_count(bus), count;
    lua_createtable(L, (int)feeds, 0);
    for (size_t i = 0; i < feeds; i++) {
        const char *const *topics = bus_feed_topics(bus, i, &count);
        lua_createtable(L, 0, 2);
        set_address(L, "address", bus_feed_address(bus, i));
        lua_createtable(L, (int)count, 0);
        for (size_t t = 0; t < count; t++) {
            lua_pushstring(L, topics[t]);
            lua_rawseti(L, -2, (lua_Integer)t + 1);
        }
        lua_setfield(L, -2, "topics");
        lua_rawseti(L, -2, (lua_Integer)i + 1);
    }
    return 1;
}

static int lua_encrypted(lua_State *L)
{
    lua_pushboolean(L, bus_encrypted(services_bus(L)));
    return 1;
}

int open_bus(lua_State *L)
{
    static const luaL_Reg functions[] = {{"publish", lua_publish},
                                         {"addresses", lua_addresses},
                                         {"feeds", lua_feeds},
                                         {"encrypted", lua_encrypted},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
