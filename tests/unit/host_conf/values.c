/* What a configuration file may say, and what comes out. */
#include "desk.h"

#include <stdio.h>
#include <string.h>

static void an_empty_table_has_no_members(void **state)
{
    const struct conf_value *root = desk_take(*state, "return {}");
    assert_int_equal(root->type, CONF_TABLE);
    assert_int_equal(root->count, 0);
    assert_null(root->key);
    assert_null(conf_member(root, "http"));
}

static void each_kind_of_value_is_told_apart(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return { yes = true, no = false, whole = 3, part = 0.5, even = 2.0,\n"
                    " text = 'x', list = { 1 }, table = { a = 1 } }");
    assert_int_equal(desk_value(desk, "yes")->type, CONF_BOOLEAN);
    assert_true(desk_value(desk, "yes")->boolean);
    assert_false(desk_value(desk, "no")->boolean);
    assert_int_equal(desk_value(desk, "whole")->type, CONF_INTEGER);
    assert_int_equal(desk_value(desk, "whole")->integer, 3);
    assert_int_equal(desk_value(desk, "part")->type, CONF_NUMBER);
    assert_true(desk_value(desk, "part")->number == 0.5);
    assert_int_equal(desk_value(desk, "even")->type, CONF_NUMBER);
    assert_int_equal(desk_value(desk, "text")->type, CONF_TEXT);
    assert_string_equal(desk_value(desk, "text")->text, "x");
    assert_int_equal(desk_value(desk, "list")->type, CONF_LIST);
    assert_int_equal(desk_value(desk, "table")->type, CONF_TABLE);
}

static void the_ends_of_the_integers_are_whole(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return { most = 0x7fffffffffffffff, least = -0x7fffffffffffffff - 1 }");
    assert_true(desk_value(desk, "most")->integer == INT64_MAX);
    assert_true(desk_value(desk, "least")->integer == INT64_MIN);
}

static void members_of_a_table_are_sorted(void **state)
{
    const struct conf_value *root = desk_take(*state, "return { b = 1, a = 2, aa = 3, B = 4 }");
    static const char *const sorted[] = {"B", "a", "aa", "b"};
    assert_int_equal(root->count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(root->members[i].key, sorted[i]);
}

static void each_of_many_members_is_found(void **state)
{
    struct desk *desk = *state;
    char name[16];
    desk_take(desk, "local t = {} for i = 1, 500 do t['k' .. i] = i end return t");
    for (int i = 1; i <= 500; i++) {
        snprintf(name, sizeof(name), "k%d", i);
        assert_int_equal(desk_value(desk, name)->integer, i);
    }
    assert_null(conf_member(desk->root, "k0"));
    assert_null(conf_member(desk->root, ""));
    assert_null(conf_member(desk->root, "k501"));
}

static void a_list_has_no_member_by_name(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return { list = { 'a', 'b' } }");
    assert_null(conf_member(desk_value(desk, "list"), "a"));
    assert_null(desk_value(desk, "list.2")->key);
}

static void members_of_a_list_keep_their_order(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "return { 'one', 'two', { 'three' } }");
    assert_int_equal(desk->root->type, CONF_LIST);
    assert_int_equal(desk->root->count, 3);
    assert_string_equal(desk_value(desk, "1")->text, "one");
    assert_string_equal(desk_value(desk, "2")->text, "two");
    assert_string_equal(desk_value(desk, "3.1")->text, "three");
}

static void a_file_may_compute(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "local host, port = '127.0.0.1', 8000 + 80\n"
                    "local function peers(n)\n"
                    "  local list = {}\n"
                    "  for i = 1, n do list[i] = 'tcp://' .. host .. ':' .. port + i end\n"
                    "  return list\n"
                    "end\n"
                    "return { listen = host .. ':' .. port, peers = peers(2) }");
    assert_string_equal(desk_value(desk, "listen")->text, "127.0.0.1:8080");
    assert_int_equal(desk_value(desk, "peers")->count, 2);
    assert_string_equal(desk_value(desk, "peers.2")->text, "tcp://127.0.0.1:8082");
}

static void a_table_may_stand_in_two_places(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "local peer = { url = 'http://x' } return { a = peer, b = peer }");
    assert_string_equal(desk_value(desk, "a.url")->text, "http://x");
    assert_string_equal(desk_value(desk, "b.url")->text, "http://x");
}

static void sixteen_tables_may_stand_in_each_other(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "local t = { deep = true } for i = 2, 16 do t = { t } end return t");
    assert_true(desk_value(desk, "1.1.1.1.1.1.1.1.1.1.1.1.1.1.1.deep")->boolean);
}

static void a_long_text_and_a_long_key_are_whole(void **state)
{
    struct desk *desk = *state;
    desk_take(desk, "local t = 'x' for i = 1, 16 do t = t .. t end return { [t] = t }");
    assert_int_equal(strlen(desk->root->members[0].key), 65536);
    assert_int_equal(strlen(desk->root->members[0].text), 65536);
}

static void types_have_names_for_humans(void **state)
{
    (void)state;
    assert_string_equal(conf_type_name(CONF_BOOLEAN), "a boolean");
    assert_string_equal(conf_type_name(CONF_INTEGER), "an integer");
    assert_string_equal(conf_type_name(CONF_NUMBER), "a number");
    assert_string_equal(conf_type_name(CONF_TEXT), "a text");
    assert_string_equal(conf_type_name(CONF_LIST), "a list");
    assert_string_equal(conf_type_name(CONF_TABLE), "a table");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DESK_TEST(an_empty_table_has_no_members),
        DESK_TEST(each_kind_of_value_is_told_apart),
        DESK_TEST(the_ends_of_the_integers_are_whole),
        DESK_TEST(members_of_a_table_are_sorted),
        DESK_TEST(each_of_many_members_is_found),
        DESK_TEST(a_list_has_no_member_by_name),
        DESK_TEST(members_of_a_list_keep_their_order),
        DESK_TEST(a_file_may_compute),
        DESK_TEST(a_table_may_stand_in_two_places),
        DESK_TEST(sixteen_tables_may_stand_in_each_other),
        DESK_TEST(a_long_text_and_a_long_key_are_whole),
        DESK_TEST(types_have_names_for_humans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
