/* Userdata with named fields and methods: the metatables, and the one __index of all kinds. */
#include "bindings/kind.h"

#include <stdbool.h>
#include <string.h>

/* In the registry a kind's metatable stands under the kind's address, and the only object of a
 * kind under that of its member `release`. */
static const void *metatable_key(const struct kind *kind)
{
    return kind;
}

static const void *only_key(const struct kind *kind)
{
    return &kind->release;
}

/* Upvalues: a table from names to methods or to the numbers of fields, and the kind. */
static int kind_index(lua_State *L)
{
    lua_pushvalue(L, 2);
    int type = lua_rawget(L, lua_upvalueindex(1));
    if (type == LUA_TFUNCTION)
        return 1;
    const struct kind *kind = lua_touserdata(L, lua_upvalueindex(2));
    if (type != LUA_TNUMBER)
        return luaL_error(L, "%s has no field '%s'", kind->name,
                          lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2));
    const struct kind_field *field = &kind->fields[lua_tointeger(L, -1)];
    lua_settop(L, 1);
    return field->push(L, lua_touserdata(L, 1));
}

static int kind_newindex(lua_State *L)
{
    const struct kind *kind = lua_touserdata(L, lua_upvalueindex(1));
    return luaL_error(L, "%s cannot be changed by assignment", kind->name);
}

static void push_index(lua_State *L, const struct kind *kind)
{
    lua_newtable(L);
    for (int i = 0; kind->fields && kind->fields[i].name; i++) {
        lua_pushinteger(L, i);
        lua_setfield(L, -2, kind->fields[i].name);
    }
    if (kind->methods)
        luaL_setfuncs(L, kind->methods, 0);
    lua_pushlightuserdata(L, (void *)kind);
    lua_pushcclosure(L, kind_index, 2);
}

static void set_function(lua_State *L, const char *name, lua_CFunction function)
{
    if (!function)
        return;
    lua_pushcfunction(L, function);
    lua_setfield(L, -2, name);
}

static void push_metatable(lua_State *L, const struct kind *kind)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, metatable_key(kind)) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 8);
    lua_pushstring(L, kind->name);
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    push_index(L, kind);
    lua_setfield(L, -2, "__index");
    lua_pushlightuserdata(L, (void *)kind);
    lua_pushcclosure(L, kind_newindex, 1);
    lua_setfield(L, -2, "__newindex");
    set_function(L, "__gc", kind->release);
    set_function(L, "__close", kind->release);
    set_function(L, "__tostring", kind->text);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, metatable_key(kind));
}

void *kind_new(lua_State *L, const struct kind *kind, size_t size, int user_values)
{
    void *object = lua_newuserdatauv(L, size, user_values);
    memset(object, 0, size);
    push_metatable(L, kind);
    lua_setmetatable(L, -2);
    return object;
}

void *kind_test(lua_State *L, int index, const struct kind *kind)
{
    void *object = lua_touserdata(L, index);
    if (!object || !lua_getmetatable(L, index))
        return NULL;
    lua_rawgetp(L, LUA_REGISTRYINDEX, metatable_key(kind));
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same ? object : NULL;
}

void *kind_check(lua_State *L, int argument, const struct kind *kind)
{
    void *object = kind_test(L, argument, kind);
    if (!object)
        luaL_typeerror(L, argument, kind->name);
    return object;
}

void *kind_find_only(lua_State *L, const struct kind *kind)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, only_key(kind));
    void *object = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return object;
}

void *kind_only(lua_State *L, const struct kind *kind, size_t size)
{
    void *object = kind_find_only(L, kind);
    if (!object) {
        object = kind_new(L, kind, size, 0);
        lua_rawsetp(L, LUA_REGISTRYINDEX, only_key(kind));
    }
    return object;
}
