/* orderd.json: JSON for scripts, and the marks of arrays and of null. */
#include "bindings/json.h"

#include "bindings/module.h"
#include "bindings/open.h"

/* Its address is the registry key of the metatable that marks arrays. */
static const char array_mark;

static void push_array_mark(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &array_mark) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, "array");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &array_mark);
}

void json_mark_array(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    push_array_mark(L);
    lua_setmetatable(L, index);
}

bool json_is_marked_array(lua_State *L, int index)
{
    if (!lua_getmetatable(L, index))
        return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &array_mark);
    bool marked = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return marked;
}

void json_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}

bool json_null_at(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TLIGHTUSERDATA && !lua_touserdata(L, index);
}

static int lua_decode(lua_State *L)
{
    size_t length;
    const char *text = luaL_checklstring(L, 1, &length);
    struct fault fault;
    if (json_decode(L, text, length, &fault) == STATUS_OK)
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, fault.text);
    return 2;
}

static int lua_encode(lua_State *L)
{
    luaL_checkany(L, 1);
    struct buffer *scratch = scratch_take(L);
    struct json_writer w = {.out = scratch};
    json_encode(L, 1, &w);
    scratch_push(L, scratch);
    return 1;
}

static int lua_array(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    if (lua_getmetatable(L, 1)) {
        lua_pop(L, 1);
        if (!json_is_marked_array(L, 1))
            return luaL_argerror(L, 1, "the table has a metatable of its own");
    }
    json_mark_array(L, 1);
    return 1;
}

static int lua_is_array(lua_State *L)
{
    bool array =
        lua_type(L, 1) == LUA_TTABLE && (lua_rawlen(L, 1) > 0 || json_is_marked_array(L, 1));
    lua_pushboolean(L, array);
    return 1;
}

int open_json(lua_State *L)
{
    static const luaL_Reg functions[] = {{"decode", lua_decode},
                                         {"encode", lua_encode},
                                         {"array", lua_array},
                                         {"is_array", lua_is_array},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    json_push_null(L);
    lua_setfield(L, -2, "null");
    return 1;
}
