/* What test cases check with: equality of plain values, and problems that must be raised. */
#include "bindings/test_check.h"

#include "bindings/json.h"
#include "bindings/module.h"
#include "bindings/problem.h"

#include <string.h>

static bool same(lua_State *L, int a, int b, int depth);

/* Does b hold everything that a holds? */
static bool covers(lua_State *L, int a, int b, int depth)
{
    for (lua_pushnil(L); lua_next(L, a); lua_pop(L, 2)) {
        lua_pushvalue(L, -2);
        lua_rawget(L, b);
        if (!same(L, lua_gettop(L) - 1, lua_gettop(L), depth + 1))
            return false;
    }
    return true;
}

/* Tables are the same when they hold the same; leaves whatever on the stack. */
static bool same(lua_State *L, int a, int b, int depth)
{
    if (lua_rawequal(L, a, b))
        return true;
    if (lua_type(L, a) != LUA_TTABLE || lua_type(L, b) != LUA_TTABLE)
        return false;
    if (depth > 32)
        luaL_error(L, "the tables are nested too deeply to compare");
    luaL_checkstack(L, 8, NULL);
    return covers(L, a, b, depth) && covers(L, b, a, depth);
}

/* Pushes the value as JSON where it has one. */
static int write_value(lua_State *L)
{
    struct buffer *scratch = scratch_take(L);
    struct json_writer w = {.out = scratch};
    json_encode(L, 1, &w);
    scratch_push(L, scratch);
    return 1;
}

static const char *push_written(lua_State *L, int index)
{
    lua_pushcfunction(L, write_value);
    lua_pushvalue(L, index);
    return lua_pcall(L, 1, 1, 0) == LUA_OK ? lua_tostring(L, -1) : luaL_tolstring(L, index, NULL);
}

int test_equal(lua_State *L)
{
    luaL_checkany(L, 2);
    const char *what = luaL_optstring(L, 3, "the values");
    lua_settop(L, 3);
    if (same(L, 1, 2, 0))
        return 0;
    lua_settop(L, 3);
    const char *actual = push_written(L, 1);
    const char *expected = push_written(L, 2);
    return luaL_error(L, "%s differ: %s, expected %s", what, actual, expected);
}

/* After the call: its status and results. */
static int check_raised(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    const char *code = lua_tostring(L, 1);
    if (status == LUA_OK || status == LUA_YIELD)
        return luaL_error(L, "problem '%s' was expected, but nothing was raised", code);
    char text[256];
    problem_describe(L, -1, text, sizeof(text));
    if (problem_is(L, -1) && lua_getfield(L, -1, "code") == LUA_TSTRING &&
        strcmp(lua_tostring(L, -1), code) == 0) {
        lua_pop(L, 1);
        return 1;
    }
    return luaL_error(L, "problem '%s' was expected, but this was raised: %s", code, text);
}

int test_problem(lua_State *L)
{
    luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    int status = lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, check_raised);
    return check_raised(L, status, 0);
}
