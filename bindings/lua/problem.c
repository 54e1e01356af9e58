/* orderd.problem: errors that callers are meant to see, raised as tables. */
#include "bindings/problem.h"

#include "bindings/hook_give_up.h"
#include "bindings/json.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/orb_except.h"
#include "http/problem.h"

#include <stdio.h>
#include <string.h>

/* Its address is the registry key of the problems' metatable. */
static const char problem_mark;

/* A member of a problem, raw; NULL unless it is a text. */
static const char *problem_text(lua_State *L, int index, const char *name)
{
    lua_pushstring(L, name);
    lua_rawget(L, index);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 1); /* the problem keeps it */
    return text;
}

static int problem_tostring(lua_State *L)
{
    const char *code = problem_text(L, 1, "code");
    const char *detail = problem_text(L, 1, "detail");
    if (detail)
        lua_pushfstring(L, "%s: %s", code ? code : "?", detail);
    else
        lua_pushstring(L, code ? code : "?");
    return 1;
}

static void push_mark(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &problem_mark) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 3);
    lua_pushliteral(L, "problem");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushcfunction(L, problem_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &problem_mark);
}

void problem_push(lua_State *L, const char *code, const char *detail)
{
    lua_createtable(L, 0, 4);
    push_mark(L);
    lua_setmetatable(L, -2);
    lua_pushstring(L, code);
    lua_setfield(L, -2, "code");
    if (detail) {
        lua_pushstring(L, detail);
        lua_setfield(L, -2, "detail");
    }
}

int problem_raise(lua_State *L, const char *code, const char *detail)
{
    problem_push(L, code, detail);
    return lua_error(L);
}

int problem_raise_invalid_at(lua_State *L, const char *pointer, const char *text)
{
    problem_push(L, "validation-failed", text);
    lua_createtable(L, 1, 0);
    lua_createtable(L, 0, 2);
    lua_pushstring(L, pointer);
    lua_setfield(L, -2, "pointer");
    lua_pushstring(L, text);
    lua_setfield(L, -2, "detail");
    lua_rawseti(L, -2, 1);
    lua_setfield(L, -2, "errors");
    return lua_error(L);
}

int problem_raise_invalid(lua_State *L, const struct fault *fault)
{
    return problem_raise_invalid_at(L, fault->where, fault->text);
}

bool problem_is(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index))
        return false;
    lua_rawgetp(L, LUA_REGISTRYINDEX, &problem_mark);
    bool same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same;
}

void problem_describe(lua_State *L, int index, char *text, size_t size)
{
    index = lua_absindex(L, index);
    if (lua_type(L, index) == LUA_TSTRING) {
        snprintf(text, size, "%s", lua_tostring(L, index));
        return;
    }
    if (except_is(L, index)) {
        except_describe(L, index, text, size);
        return;
    }
    if (give_up_is(L, index)) {
        give_up_describe(L, index, text, size);
        return;
    }
    if (!problem_is(L, index)) {
        snprintf(text, size, "an error value that is %s", luaL_typename(L, index));
        return;
    }
    const char *code = problem_text(L, index, "code");
    const char *detail = problem_text(L, index, "detail");
    snprintf(text, size, "%s%s%s", code ? code : "?", detail ? ": " : "", detail ? detail : "");
}

bool problem_reserves(const char *name)
{
    static const char *const reserved[] = {"code",   "type",     "title",
                                           "status", "instance", "trace_id"};
    for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
        if (strcmp(name, reserved[i]) == 0)
            return true;
    }
    return false;
}

/* Copies the members of the table at 2 into the problem on the top. */
static void copy_members(lua_State *L)
{
    for (lua_pushnil(L); lua_next(L, 2);) {
        if (lua_type(L, -2) != LUA_TSTRING)
            luaL_error(L, "a problem's members have texts as names, not %s", luaL_typename(L, -2));
        if (problem_reserves(lua_tostring(L, -2)))
            luaL_error(L, "a problem's member '%s' is written by the service", lua_tostring(L, -2));
        struct json_writer trial = {.out = scratch_take(L)};
        json_encode(L, -1, &trial);
        lua_pushvalue(L, -2);
        lua_insert(L, -2);
        lua_rawset(L, -4);
    }
}

static int lua_raise(lua_State *L)
{
    size_t length;
    const char *code = luaL_checklstring(L, 1, &length);
    if (!problem_find(code, length))
        return luaL_error(L, "no problem has the code '%s'", code);
    lua_settop(L, 2);
    if (!lua_isnil(L, 2))
        luaL_checktype(L, 2, LUA_TTABLE);
    problem_push(L, code, NULL);
    if (lua_istable(L, 2))
        copy_members(L);
    return lua_error(L);
}

static int lua_is(lua_State *L)
{
    const char *code = luaL_optstring(L, 2, NULL);
    bool is = problem_is(L, 1);
    if (is && code) {
        const char *own = problem_text(L, 1, "code");
        is = own && strcmp(own, code) == 0;
    }
    lua_pushboolean(L, is);
    return 1;
}

int open_problem(lua_State *L)
{
    static const luaL_Reg functions[] = {{"raise", lua_raise}, {"is", lua_is}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
