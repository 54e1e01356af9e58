/* The coroutine library for scripts. It differs from Lua's in what has to do with tasks: a task's
 * own coroutine is not a script's to yield, resume or close, each coroutine that is made is paid
 * for, and one that was stopped is never closed, because what it has left to run would not be
 * counted (budget.c). */
#include "host/task_private.h"

#include <stdbool.h>

enum {
    COROUTINE_COST = BUDGET_STEP, /* it starts with a step that nobody has looked at */
    CLOSING_LIMIT = 8,            /* Lua counts C calls anew in each coroutine that is closed */
};

static int coroutine_yield(lua_State *L);

static lua_State *check_coroutine(lua_State *L, int argument)
{
    lua_State *co = lua_tothread(L, argument);
    luaL_argexpected(L, co, argument, "coroutine");
    return co;
}

/* ---- status ---- */

/* Did a script suspend it? A task's own coroutine is suspended by what it waits for. */
static bool has_yielded(lua_State *co)
{
    lua_Debug ar;
    if (!lua_checkstack(co, 1) || !lua_getstack(co, 0, &ar) || !lua_getinfo(co, "f", &ar))
        return false;
    bool yielded = lua_tocfunction(co, -1) == coroutine_yield;
    lua_pop(co, 1);
    return yielded;
}

static const char *status_of(lua_State *L, lua_State *co)
{
    lua_Debug ar;
    if (L == co)
        return "running";
    int status = lua_status(co);
    if (status == LUA_YIELD)
        return has_yielded(co) ? "suspended" : "normal";
    if (status != LUA_OK)
        return "dead";
    if (lua_getstack(co, 0, &ar))
        return "normal"; /* it resumed the one that asks */
    return lua_gettop(co) == 0 ? "dead" : "suspended";
}

static int coroutine_status(lua_State *L)
{
    lua_pushstring(L, status_of(L, check_coroutine(L, 1)));
    return 1;
}

static bool is_suspended(lua_State *L, lua_State *co)
{
    return status_of(L, co)[0] == 's';
}

/* ---- making and running ---- */

static int coroutine_create(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    budget_charge(L, COROUTINE_COST);
    lua_State *co = lua_newthread(L);
    lua_pushvalue(L, 1);
    lua_xmove(L, co, 1);
    return 1;
}

/* Moves the results to L and returns how many; -1 with the error value on L. */
static int resume(lua_State *L, lua_State *co, int arguments)
{
    int results;
    if (!is_suspended(L, co)) {
        lua_pushfstring(L, "cannot resume %s coroutine",
                        status_of(L, co)[0] == 'd' ? "dead" : "non-suspended");
        return -1;
    }
    if (!lua_checkstack(co, arguments)) {
        lua_pushliteral(L, "too many arguments to resume");
        return -1;
    }
    lua_xmove(L, co, arguments);
    int status = lua_resume(co, L, arguments, &results);
    budget_check(L); /* when it was stopped, so is the one that resumed it */
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_xmove(co, L, 1);
        return -1;
    }
    if (!lua_checkstack(L, results + 1)) {
        lua_pop(co, results);
        lua_pushliteral(L, "too many results to resume");
        return -1;
    }
    lua_xmove(co, L, results);
    return results;
}

static int coroutine_resume(lua_State *L)
{
    lua_State *co = check_coroutine(L, 1);
    int results = resume(L, co, lua_gettop(L) - 1);
    bool good = results >= 0;
    if (!good)
        results = 1;
    lua_pushboolean(L, good);
    lua_insert(L, -(results + 1));
    return results + 1;
}

/* Runs what the coroutine has left to close, which may close another one, and so on: only so
 * many deep, for the C stack is not endless. */
static bool reset(lua_State *L, lua_State *co)
{
    struct vm *vm = vm_of(L);
    if (vm->closing >= CLOSING_LIMIT)
        luaL_error(L, "too many coroutines are closed inside each other");
    vm->closing++;
    bool good = lua_resetthread(co) == LUA_OK;
    vm->closing--;
    budget_check(L);
    return good;
}

/* What wrap's coroutine raised, with the place of whoever called it. */
static int raise_wrapped(lua_State *L, lua_State *co)
{
    int status = lua_status(co);
    if (status != LUA_OK && status != LUA_YIELD) {
        lua_pop(L, 1);
        if (reset(L, co))
            lua_pushnil(L);
        else
            lua_xmove(co, L, 1);
    }
    if (status != LUA_ERRMEM && lua_type(L, -1) == LUA_TSTRING) {
        luaL_where(L, 1);
        lua_insert(L, -2);
        lua_concat(L, 2);
    }
    return lua_error(L);
}

static int call_wrapped(lua_State *L)
{
    lua_State *co = lua_tothread(L, lua_upvalueindex(1));
    int results = resume(L, co, lua_gettop(L));
    return results < 0 ? raise_wrapped(L, co) : results;
}

static int coroutine_wrap(lua_State *L)
{
    coroutine_create(L);
    lua_pushcclosure(L, call_wrapped, 1);
    return 1;
}

/* ---- from inside ---- */

/* The coroutine that the host runs, or the state itself while scripts are loaded. */
static bool task_is_own(lua_State *L)
{
    const struct vm *vm = vm_of(L);
    return L == vm->L || (vm->current && vm->current->L == L);
}

static int coroutine_yield(lua_State *L)
{
    if (task_is_own(L))
        return luaL_error(L, "attempt to yield from outside a coroutine");
    return lua_yield(L, lua_gettop(L));
}

static int coroutine_isyieldable(lua_State *L)
{
    lua_State *co = lua_isthread(L, 1) ? lua_tothread(L, 1) : L;
    lua_pushboolean(L, !task_is_own(co) && lua_isyieldable(co));
    return 1;
}

static int coroutine_running(lua_State *L)
{
    lua_pushthread(L);
    lua_pushboolean(L, task_is_own(L));
    return 2;
}

static int coroutine_close(lua_State *L)
{
    lua_State *co = check_coroutine(L, 1);
    const char *status = status_of(L, co);
    if (status[0] != 's' && status[0] != 'd')
        return luaL_error(L, "cannot close a %s coroutine", status);
    budget_check(L);
    bool good = reset(L, co);
    lua_pushboolean(L, good);
    if (good)
        return 1;
    lua_xmove(co, L, 1);
    return 2;
}

int open_coroutine(lua_State *L)
{
    static const luaL_Reg functions[] = {{"close", coroutine_close},
                                         {"create", coroutine_create},
                                         {"isyieldable", coroutine_isyieldable},
                                         {"resume", coroutine_resume},
                                         {"running", coroutine_running},
                                         {"status", coroutine_status},
                                         {"wrap", coroutine_wrap},
                                         {"yield", coroutine_yield},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
