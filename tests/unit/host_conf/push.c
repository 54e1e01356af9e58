/* Configuration as Lua data: what comes out is what the file said. */
#include "desk.h"

#include <lauxlib.h>
#include <lualib.h>

/* The check is a chunk that gets the configuration as its argument, and must return true. */
static void holds(struct desk *desk, const char *text, const char *check)
{
    desk_take(desk, text);
    lua_State *L = luaL_newstate();
    assert_non_null(L);
    luaL_openlibs(L);
    int loaded = luaL_loadstring(L, check);
    conf_push(L, desk->root);
    int result = loaded == LUA_OK ? lua_pcall(L, 1, 1, 0) : loaded;
    if (result != LUA_OK || !lua_toboolean(L, -1))
        fail_msg("%s: %s", check, lua_isstring(L, -1) ? lua_tostring(L, -1) : "is not so");
    assert_int_equal(lua_gettop(L), 1);
    lua_close(L);
}

static void each_kind_of_value_comes_out_as_it_went_in(void **state)
{
    holds(*state, "return { yes = true, no = false, whole = 3, even = 2.0, text = 'x' }",
          "local c = ... return c.yes == true and c.no == false and c.whole == 3 and\n"
          "  math.type(c.whole) == 'integer' and math.type(c.even) == 'float' and c.text == 'x'");
}

static void lists_and_tables_nest(void **state)
{
    holds(*state, "return { list = { 'a', { b = { 1, 2 } } }, none = {} }",
          "local c = ... return #c.list == 2 and c.list[1] == 'a' and #c.list[2].b == 2 and\n"
          "  c.list[2].b[2] == 2 and next(c.none) == nil and c.other == nil");
}

static void sixteen_levels_come_out(void **state)
{
    holds(*state, "local t = { deep = true } for i = 2, 16 do t = { t } end return t",
          "local t = ... for i = 2, 16 do t = t[1] end return t.deep == true");
}

static void each_push_is_a_copy(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return { a = { 1 } }");
    lua_State *L = luaL_newstate();
    assert_non_null(L);
    conf_push(L, desk->root);
    conf_push(L, desk->root);
    assert_false(lua_rawequal(L, -1, -2));
    lua_close(L);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(each_kind_of_value_comes_out_as_it_went_in),
        DESK_TEST(lists_and_tables_nest),
        DESK_TEST(sixteen_levels_come_out),
        DESK_TEST(each_push_is_a_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
