/* Query strings: whatever comes gives a table of texts or one problem. */
#include "bindings/problem.h"
#include "bindings/query.h"

#include <lauxlib.h>
#include <stdint.h>
#include <stdlib.h>

static int push(lua_State *L)
{
    query_push(L, *(const struct text *)lua_touserdata(L, 1));
    return 1;
}

static void check_texts(lua_State *L)
{
    for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1)) {
        if (lua_type(L, -1) != LUA_TSTRING || lua_type(L, -2) != LUA_TSTRING)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static lua_State *L;
    if (!L)
        L = luaL_newstate();
    struct text query = {.data = (const char *)data, .length = size};
    lua_pushcfunction(L, push);
    lua_pushlightuserdata(L, &query);
    if (lua_pcall(L, 1, 1, 0) == LUA_OK)
        check_texts(L);
    else if (!problem_is(L, -1))
        abort();
    lua_settop(L, 0);
    return 0;
}
