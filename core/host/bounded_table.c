/* The table and utf8 libraries for scripts: Lua's own, each function of which first pays for the
 * elements or bytes that it will go through. Metatables can make a table look as long as an
 * integer goes, and C goes through that without counting. */
#include "host/vm_private.h"

#include <lualib.h>

enum { UNPACK_LIMIT = 10000 }; /* values at a time: as arguments they would be copied uncounted */

/* The elements from first to last, or INT64_MAX when they are more than that. */
static int64_t span(lua_Integer first, lua_Integer last)
{
    int64_t length;
    if (last < first)
        return 0;
    return __builtin_sub_overflow(last, first, &length) ? INT64_MAX : length;
}

/* A __len could say one thing here and another to Lua's own function. */
static lua_Integer length_of(lua_State *L, int index)
{
    if (!lua_istable(L, index))
        return 0;
    if (luaL_getmetafield(L, index, "__len") != LUA_TNIL)
        luaL_argerror(L, index, "a table with __len has no bounds here");
    return (lua_Integer)lua_rawlen(L, index);
}

/* The argument as an integer; what is none, Lua's own function complains of. */
static lua_Integer integer_or(lua_State *L, int index, lua_Integer otherwise)
{
    int whole = 0;
    lua_Integer value = lua_tointegerx(L, index, &whole);
    return whole ? value : otherwise;
}

/* ---- table ---- */

static int table_insert(lua_State *L)
{
    if (lua_gettop(L) == 3)
        budget_charge(L, span(integer_or(L, 2, 1), length_of(L, 1)));
    return bounded_go_on(L);
}

static int table_remove(lua_State *L)
{
    if (lua_gettop(L) > 1)
        budget_charge(L, span(integer_or(L, 2, 1), length_of(L, 1)));
    return bounded_go_on(L);
}

static int table_move(lua_State *L)
{
    budget_charge(L, span(integer_or(L, 2, 1), integer_or(L, 3, 0)));
    return bounded_go_on(L);
}

static int table_concat(lua_State *L)
{
    lua_Integer last = lua_isnoneornil(L, 4) ? length_of(L, 1) : integer_or(L, 4, 0);
    budget_charge(L, span(integer_or(L, 3, 1), last));
    return bounded_go_on(L);
}

static int table_unpack(lua_State *L)
{
    lua_Integer last = lua_isnoneornil(L, 3) ? length_of(L, 1) : integer_or(L, 3, 0);
    int64_t count = span(integer_or(L, 2, 1), last);
    if (count >= UNPACK_LIMIT)
        return luaL_error(L, "too many results to unpack");
    budget_charge(L, count);
    return bounded_go_on(L);
}

/* About as many comparisons as a quicksort takes. */
static int table_sort(lua_State *L)
{
    int64_t length = length_of(L, 1), cost = length;
    for (int64_t rest = length; rest > 1 && cost < INT64_MAX / 4; rest /= 2)
        cost += length;
    budget_charge(L, cost > 0 ? cost : 0);
    return bounded_go_on(L);
}

/* ---- the libraries ---- */

int open_bounded_table(lua_State *L)
{
    static const luaL_Reg functions[] = {{"concat", table_concat},
                                         {"insert", table_insert},
                                         {"move", table_move},
                                         {"remove", table_remove},
                                         {"sort", table_sort},
                                         {"unpack", table_unpack},
                                         {NULL, NULL}};
    luaopen_table(L);
    bounded_wrap(L, functions);
    return 1;
}

int open_bounded_utf8(lua_State *L)
{
    static const luaL_Reg functions[] = {{"codepoint", bounded_by_texts},
                                         {"len", bounded_by_texts},
                                         {"offset", bounded_by_texts},
                                         {NULL, NULL}};
    luaopen_utf8(L);
    bounded_wrap(L, functions);
    return 1;
}
