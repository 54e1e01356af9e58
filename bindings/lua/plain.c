/* Deep copies of plain data. */
#include "bindings/plain.h"

#include "base/json.h"
#include "bindings/json.h"

#include <lauxlib.h>

static void copy_value(lua_State *L, int index, int depth);

static void copy_table(lua_State *L, int index, int depth)
{
    if (depth >= JSON_DEPTH_LIMIT)
        luaL_error(L, "a table is nested deeper than %d, or holds itself", JSON_DEPTH_LIMIT);
    luaL_checkstack(L, 6, "a table is nested too deeply");
    lua_createtable(L, (int)lua_rawlen(L, index), 0);
    int copy = lua_gettop(L);
    for (lua_pushnil(L); lua_next(L, index); lua_pop(L, 1)) {
        copy_value(L, copy + 1, depth + 1);
        copy_value(L, copy + 2, depth + 1);
        lua_rawset(L, copy);
    }
    if (json_is_marked_array(L, index))
        json_mark_array(L, copy);
}

static void copy_value(lua_State *L, int index, int depth)
{
    switch (lua_type(L, index)) {
    case LUA_TNIL:
    case LUA_TBOOLEAN:
    case LUA_TNUMBER:
    case LUA_TSTRING: lua_pushvalue(L, index); return;
    case LUA_TTABLE: copy_table(L, index, depth); return;
    default:
        if (!json_null_at(L, index))
            luaL_error(L, "%s is no plain data", luaL_typename(L, index));
        lua_pushvalue(L, index);
    }
}

void plain_copy(lua_State *L, int index)
{
    luaL_checkstack(L, 6, NULL);
    copy_value(L, lua_absindex(L, index), 0);
}
