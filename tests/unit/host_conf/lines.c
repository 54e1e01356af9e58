/* Every value knows the line on which its key stands. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

static void at(struct desk *desk, const char *name, size_t line)
{
    char where[sizeof(desk->path) + 24];
    snprintf(where, sizeof(where), "%s:%zu", desk->path, line);
    assert_string_equal(desk_value(desk, name)->where, where);
}

static void keys_stand_where_they_are_written(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "-- comment\n"
                    "return {\n"
                    "  http = {\n"
                    "    listen = '127.0.0.1:80',\n"
                    "    body_bytes = 1,\n"
                    "  },\n"
                    "  bus = { publish = 'x' },\n"
                    "}\n");
    at(desk, "", 2);
    at(desk, "http", 3);
    at(desk, "http.listen", 4);
    at(desk, "http.body_bytes", 5);
    at(desk, "bus", 7);
    at(desk, "bus.publish", 7);
}

static void the_same_key_in_two_tables_has_two_lines(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return {\n a = {\n url = 1 },\n b = {\n url = 2 },\n url = 3 }");
    at(desk, "a.url", 3);
    at(desk, "b.url", 5);
    at(desk, "url", 6);
}

static void of_a_key_written_twice_the_last_counts(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return {\n a = 1,\n b = 1,\n a = 2 }");
    assert_int_equal(desk_value(desk, "a")->integer, 2);
    at(desk, "a", 4);
}

static void keys_in_brackets_are_found(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return {\n ['a b'] = {\n [\"c-d\"] = 1,\n [ [[e]] ] = 2,\n"
                    " [ [==[f]]]==] ] = 3,\n [ -- why\n 'g'] = 4 } }");
    at(desk, "a b.c-d", 3);
    at(desk, "a b.e", 4);
    at(desk, "a b.f]]", 5);
    at(desk, "a b.g", 7);
}

static void members_of_a_list_have_their_own_lines(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return {\n list = {\n 'a',\n { name = 1,\n more = 2 }, 'c';\n 'd' } }");
    at(desk, "list", 2);
    at(desk, "list.1", 3);
    at(desk, "list.2", 4);
    at(desk, "list.2.more", 5);
    at(desk, "list.3", 5);
    at(desk, "list.4", 6);
}

static void members_that_were_made_have_the_line_of_their_list(void **state)
{
    struct desk *desk = *state;
    desk_take(desk,
              "local function two() return 'b', 'c' end\nreturn {\n list = { 'a',\n two() } }");
    at(desk, "list.1", 3);
    at(desk, "list.2", 4);
    at(desk, "list.3", 3);
}

static void text_and_comments_hold_no_keys(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return { -- a = {\n"
                    " --[[ b = {\n"
                    " ]] --[==[ ]] c = {\n"
                    " ]==]\n"
                    " d = 'e = { \\' f = {', g = \"h = {\\\n"
                    " i = {\", j = [[\n"
                    " k = {\n"
                    " ]], l = [=[ ]] m = { ]=],\n"
                    " n = 'x\\z\n"
                    "   o = {',\n"
                    " p = 1 }");
    assert_int_equal(desk->root->count, 6);
    at(desk, "d", 5);
    at(desk, "g", 5);
    at(desk, "j", 6);
    at(desk, "l", 8);
    at(desk, "n", 9);
    at(desk, "p", 11);
}

static void each_end_of_a_line_that_lua_knows_counts_once(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return {\r\n a = 1,\r b = 2,\n\r c = 3,\n\n d = 'x\\\r\ny',\r\n e = 5 }");
    at(desk, "a", 2);
    at(desk, "b", 3);
    at(desk, "c", 4);
    at(desk, "d", 6);
    at(desk, "e", 8);
}

static void expressions_are_passed_over(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "local t, f = { x = { 7 } }, function(t) return t.r end\n"
                    "return {\n"
                    " a = t['x'][1] + (2 * ({ 3 })[1] or 0),\n"
                    " b = f{ r = 4, s = { 5 } },\n"
                    " c = (function() local r = 1; return { r, r }, 2 end)(),\n"
                    " d = t == nil,\n"
                    " t == nil and 1 or nil,\n"
                    " e = #{ 1, 2 } }");
    at(desk, "a", 3);
    at(desk, "b", 4);
    at(desk, "c", 5);
    at(desk, "d", 6);
    at(desk, "e", 8);
}

static void the_last_return_outside_brackets_is_the_files(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "local function f() return { a = 1 } end\n"
                    "return {\n"
                    " a = 2,\n"
                    " b = (function() return { a = 3 } end)() }");
    at(desk, "", 2);
    at(desk, "a", 3);
    at(desk, "b", 4);
}

static void what_is_made_elsewhere_has_the_first_line(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "local conf = {}\nconf.http = {\n listen = 'x' }\nreturn conf");
    at(desk, "", 1);
    at(desk, "http", 1);
    at(desk, "http.listen", 1);
    desk_take(desk, "local http = {\n listen = 'x' }\nreturn {\n http = http,\n ['a\\x62'] = 1 }");
    at(desk, "http", 4);
    at(desk, "http.listen", 1);
    at(desk, "ab", 1);
    desk_take(desk, "return {\n [''] = 1,\n ['a' .. 'b'] = 2 }");
    at(desk, "ab", 1);
    assert_non_null(strstr(conf_member(desk->root, "")->where, "c.lua:2"));
}

static void the_shipped_ways_of_separating_are_alike(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return {\n a = {};\n b\n=\n{ c = 1; },\n d = { { } , { e = 1 } } }");
    at(desk, "a", 2);
    at(desk, "b", 3);
    at(desk, "b.c", 5);
    at(desk, "d.2.e", 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(keys_stand_where_they_are_written),
        DESK_TEST(the_same_key_in_two_tables_has_two_lines),
        DESK_TEST(of_a_key_written_twice_the_last_counts),
        DESK_TEST(keys_in_brackets_are_found),
        DESK_TEST(members_of_a_list_have_their_own_lines),
        DESK_TEST(members_that_were_made_have_the_line_of_their_list),
        DESK_TEST(text_and_comments_hold_no_keys),
        DESK_TEST(each_end_of_a_line_that_lua_knows_counts_once),
        DESK_TEST(expressions_are_passed_over),
        DESK_TEST(the_last_return_outside_brackets_is_the_files),
        DESK_TEST(what_is_made_elsewhere_has_the_first_line),
        DESK_TEST(the_shipped_ways_of_separating_are_alike),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
