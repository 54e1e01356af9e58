/* orderd.clock: the time, and RFC 3339 text. */
#include "base/clock.h"

#include "bindings/open.h"

#include <lauxlib.h>

/* 0001-01-01T00:00:00.000Z and 9999-12-31T23:59:59.999Z: what RFC 3339 can say. */
#define EARLIEST_MS (-62135596800000LL)
#define LATEST_MS 253402300799999LL

static int lua_now(lua_State *L)
{
    lua_pushinteger(L, clock_wall_ms());
    return 1;
}

static int lua_format(lua_State *L)
{
    lua_Integer ms = luaL_checkinteger(L, 1);
    luaL_argcheck(L, ms >= EARLIEST_MS && ms <= LATEST_MS, 1, "the year must be 1 to 9999");
    char text[CLOCK_TEXT_SIZE];
    clock_format(ms, text);
    lua_pushlstring(L, text, CLOCK_TEXT_SIZE - 1);
    return 1;
}

static int lua_parse(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    int64_t ms;
    if (clock_parse(text, length, &ms))
        lua_pushnil(L);
    else
        lua_pushinteger(L, ms);
    return 1;
}

int open_clock(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"now", lua_now}, {"format", lua_format}, {"parse", lua_parse}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
