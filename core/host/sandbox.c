/* What scripts can reach: an allow-list of globals, behind tables that cannot be changed.
 *
 * A script's environment, every library and every built-in module is an empty table whose metatable
 * leads to the real one. The real ones are never handed out, so reading costs one step more and
 * there is nothing to write to; rawset, the one way around a metatable, refuses such views. */
#include "host/vm_private.h"

#include <lualib.h>
#include <math.h>
#include <string.h>

/* Addresses of these are keys of the registry, or of a view's metatable. */
static const char environment_key, pure_environment_key, view_mark, stopped_key;

/* ---- views ---- */

static int view_refuse(lua_State *L)
{
    return luaL_error(L, "%s cannot be changed", lua_tostring(L, lua_upvalueindex(1)));
}

static bool is_view(lua_State *L, int index)
{
    if (!lua_getmetatable(L, index))
        return false;
    bool view = lua_rawgetp(L, -1, &view_mark) != LUA_TNIL;
    lua_pop(L, 2);
    return view;
}

/* Replaces the real table on the top. */
static void push_view(lua_State *L, const char *name, lua_CFunction newindex)
{
    lua_newtable(L);
    lua_createtable(L, 0, 4);
    lua_rotate(L, -3, -1); /* view, metatable, real */
    lua_setfield(L, -2, "__index");
    lua_pushstring(L, name);
    lua_pushcclosure(L, newindex, 1);
    lua_setfield(L, -2, "__newindex");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushboolean(L, 1);
    lua_rawsetp(L, -2, &view_mark);
    lua_setmetatable(L, -2);
}

void sandbox_seal(lua_State *L, const char *name)
{
    push_view(L, name, view_refuse);
}

/* ---- functions that are ours ---- */

static int base_rawset(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_checkany(L, 2);
    luaL_checkany(L, 3);
    luaL_argcheck(L, !is_view(L, 1), 1, "this table cannot be changed");
    lua_settop(L, 3);
    lua_rawset(L, 1);
    return 1;
}

/* Finalizers would run where no budget is counted (budget.c). */
static int base_setmetatable(lua_State *L)
{
    int type = lua_type(L, 2);
    luaL_checktype(L, 1, LUA_TTABLE);
    luaL_argexpected(L, type == LUA_TNIL || type == LUA_TTABLE, 2, "nil or table");
    if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
        return luaL_error(L, "cannot change a protected metatable");
    if (type == LUA_TTABLE) {
        lua_pushliteral(L, "__gc");
        luaL_argcheck(L, lua_rawget(L, 2) == LUA_TNIL, 2, "scripts have no finalizers (__gc)");
    }
    lua_settop(L, 2);
    lua_setmetatable(L, 1);
    return 1;
}

/* Stands before a script's message handler: the handler of code that is being stopped is not
 * called, because it would run inside the hook, uncounted. */
static int handle_message(lua_State *L)
{
    if (vm_of(L)->budget.stop)
        return 1;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_insert(L, 1);
    lua_call(L, 1, 1);
    return 1;
}

static int finish_xpcall(lua_State *L, int status, lua_KContext context)
{
    (void)context;
    bool good = status == LUA_OK || status == LUA_YIELD;
    lua_pushboolean(L, good);
    lua_replace(L, 1);
    lua_remove(L, 2);
    if (good)
        return lua_gettop(L);
    lua_pushboolean(L, 0);
    lua_pushvalue(L, -2);
    return 2;
}

/* xpcall(function, handler, ...): at 1 a place for the result, at 2 the handler. */
static int base_xpcall(lua_State *L)
{
    int arguments = lua_gettop(L) - 2;
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, handle_message, 1);
    lua_replace(L, 2);
    lua_pushvalue(L, 1);
    lua_insert(L, 3);
    int status = lua_pcallk(L, arguments, LUA_MULTRET, 2, 0, finish_xpcall);
    return finish_xpcall(L, status, 0);
}

/* ---- globals ---- */

static int unknown_global(lua_State *L)
{
    return luaL_error(L, "there is no global '%s'", luaL_tolstring(L, 2, NULL));
}

static int new_global(lua_State *L)
{
    return luaL_error(L, "'%s' is not declared: write local before it", luaL_tolstring(L, 2, NULL));
}

/* The functions of Lua's base library that are not ours; tonumber is paid for. */
static const char *const base_names[] = {"assert",   "error",  "ipairs",   "next",     "pairs",
                                         "pcall",    "select", "tonumber", "tostring", "type",
                                         "rawequal", "rawlen", "rawget",   NULL};

static void copy_names(lua_State *L, int from, const char *const *names)
{
    for (; *names; names++) {
        lua_getfield(L, from, *names);
        lua_setfield(L, -2, *names);
    }
}

/* Adds a library, sealed, to the globals on the top. */
static void add_library(lua_State *L, const char *name, lua_CFunction open)
{
    lua_pushcfunction(L, open);
    lua_call(L, 0, 1);
    sandbox_seal(L, name);
    lua_setfield(L, -2, name);
}

static void remove_names(lua_State *L, const char *const *names)
{
    for (; *names; names++) {
        lua_pushnil(L);
        lua_setfield(L, -2, *names);
    }
}

/* math without what is not a function of its arguments. */
static int open_pure_math(lua_State *L)
{
    static const char *const names[] = {"random", "randomseed", NULL};
    luaopen_math(L);
    remove_names(L, names);
    return 1;
}

/* math.randomseed would make one script's numbers another's to foretell. */
static int open_math(lua_State *L)
{
    static const char *const names[] = {"randomseed", NULL};
    luaopen_math(L);
    remove_names(L, names);
    return 1;
}

/* The functions that nothing shared can be changed with, and that need nothing but arguments. */
static void add_pure(lua_State *L, int base)
{
    copy_names(L, base, base_names);
    lua_pushliteral(L, LUA_VERSION);
    lua_setfield(L, -2, "_VERSION");
    add_library(L, "string", open_bounded_string);
    add_library(L, "table", open_bounded_table);
    add_library(L, "utf8", open_bounded_utf8);
}

static void add_rest(lua_State *L, int base)
{
    static const luaL_Reg functions[] = {{"rawset", base_rawset},
                                         {"setmetatable", base_setmetatable},
                                         {"xpcall", base_xpcall},
                                         {"require", load_require},
                                         {NULL, NULL}};
    lua_getfield(L, base, "getmetatable");
    lua_setfield(L, -2, "getmetatable");
    luaL_setfuncs(L, functions, 0);
    add_library(L, "math", open_math);
    add_library(L, "coroutine", open_coroutine);
}

/* The globals on the top become an environment in the registry. */
static void keep_environment(lua_State *L, const void *key)
{
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, unknown_global);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
    push_view(L, "", new_global);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void sandbox_open(lua_State *L)
{
    static const luaL_Reg paid[] = {{"tonumber", bounded_by_texts}, {NULL, NULL}};
    int base = lua_gettop(L) + 1;
    lua_pushcfunction(L, luaopen_base); /* leaves the state's own globals, which no script sees */
    lua_call(L, 0, 1);
    bounded_wrap(L, paid);
    lua_newtable(L);
    add_pure(L, base);
    add_rest(L, base);
    keep_environment(L, &environment_key);
    lua_newtable(L);
    add_pure(L, base);
    add_library(L, "math", open_pure_math);
    keep_environment(L, &pure_environment_key);
    lua_pushliteral(L, "stopped: its state is being closed");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &stopped_key);
    lua_settop(L, base - 1);
}

void sandbox_push_environment(lua_State *L, bool pure)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, pure ? &pure_environment_key : &environment_key);
}

void sandbox_push_stopped(lua_State *L)
{
    lua_rawgetp(L, LUA_REGISTRYINDEX, &stopped_key);
}
