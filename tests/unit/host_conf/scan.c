/* The search for lines alone, with sources that Lua would refuse: it answers, and reads no further
 * than the source. */
#include "host/conf_lines.h"

#include "desk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The source is copied to a block of its size, so that reading on is seen. */
static size_t line_of(const char *source, const char *key)
{
    size_t length = strlen(source);
    char *copy = malloc(length ? length : 1);
    assert_non_null(copy);
    for (size_t i = 0; i < length; i++)
        copy[i] = source[i];
    struct conf_lines *lines = conf_lines_new(copy, length);
    conf_place place = conf_lines_key(lines, CONF_PLACE_ROOT, key);
    size_t line = place == CONF_PLACE_UNKNOWN ? 0 : conf_lines_line(lines, place);
    conf_lines_free(&lines);
    assert_null(lines);
    free(copy);
    return line;
}

static void a_key_that_is_not_there_is_unknown(void **state)
{
    (void)state;
    assert_int_equal(line_of("return { a = 1 }", "b"), 0);
    assert_int_equal(line_of("return { a = 1 }", ""), 0);
    assert_int_equal(line_of("return {}", "a"), 0);
    assert_int_equal(line_of("", "a"), 0);
    assert_int_equal(line_of("return", "a"), 0);
    assert_int_equal(line_of("{ a = 1 }", "a"), 0);
}

static void what_breaks_off_is_read_to_its_end(void **state)
{
    static const char *const ends[] = {
        "",     "-",      "--", "--[", "--[[", "--[==[ ]=", "[",     "[[",      "[=",   "[==[",
        "[[ ]", "[=[ ]=", "'",  "'\\", "\"x",  "['b'",      "['b']", "['b'] =", "b",    "b =",
        "{",    "(",      ")",  "}",   "=",    "==",        "\r",    "'\\\r",   "[[\n", "return"};
    char source[64];
    (void)state;
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        snprintf(source, sizeof(source), "return {\n a = 1, %s", ends[i]);
        assert_int_equal(line_of(source, "a"), 2);
    }
}

static void brackets_that_do_not_match_do_no_harm(void **state)
{
    (void)state;
    assert_int_equal(line_of(")]} return {\n a = 1 }", "a"), 2);
    assert_int_equal(line_of("return {\n a = 1 }}} b = {", "b"), 0);
    assert_int_equal(line_of("return { a = ) ], \n b = 1", "b"), 2);
}

static void a_hundred_thousand_brackets_need_no_stack(void **state)
{
    enum { COUNT = 100000 };
    static char source[COUNT + 16];
    (void)state;
    strcpy(source, "return {");
    memset(source + strlen(source), '{', COUNT);
    struct conf_lines *lines = conf_lines_new(source, strlen(source));
    conf_place place = CONF_PLACE_ROOT;
    for (int i = 0; i < COUNT; i++)
        place = conf_lines_member(lines, place, 1);
    assert_true(place != CONF_PLACE_UNKNOWN);
    assert_true(conf_lines_member(lines, place, 1) == CONF_PLACE_UNKNOWN);
    conf_lines_free(&lines);
}

static void in_a_table_that_is_unknown_nothing_is_known(void **state)
{
    (void)state;
    struct conf_lines *lines = conf_lines_new("return { a = 1, 2 }", 19);
    assert_true(conf_lines_key(lines, CONF_PLACE_UNKNOWN, "a") == CONF_PLACE_UNKNOWN);
    assert_true(conf_lines_member(lines, CONF_PLACE_UNKNOWN, 1) == CONF_PLACE_UNKNOWN);
    assert_true(conf_lines_member(lines, CONF_PLACE_ROOT, 0) == CONF_PLACE_UNKNOWN);
    assert_true(conf_lines_member(lines, CONF_PLACE_ROOT, 1) != CONF_PLACE_UNKNOWN);
    assert_true(conf_lines_member(lines, CONF_PLACE_ROOT, 2) == CONF_PLACE_UNKNOWN);
    assert_int_equal(conf_lines_line(lines, CONF_PLACE_UNKNOWN), 1);
    conf_lines_free(&lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_that_is_not_there_is_unknown),
        cmocka_unit_test(what_breaks_off_is_read_to_its_end),
        cmocka_unit_test(brackets_that_do_not_match_do_no_harm),
        cmocka_unit_test(a_hundred_thousand_brackets_need_no_stack),
        cmocka_unit_test(in_a_table_that_is_unknown_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
