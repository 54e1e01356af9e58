/* JSON in: what is taken, and what is refused with its place. */
#include "base/json.h"

#include "base/buffer.h"

#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static json_t *read_good(const char *text)
{
    struct fault fault = {0};
    json_t *value = NULL;

    if (json_read(text, strlen(text), &value, &fault) != STATUS_OK)
        fail_msg("%s: %s", text, fault.text);
    return value;
}

static void assert_refused_n(const char *text, size_t length, const char *why)
{
    struct fault fault = {0};
    json_t *value = NULL;

    assert_int_equal(json_read(text, length, &value, &fault), STATUS_INVALID);
    assert_null(value);
    if (!strstr(fault.text, why))
        fail_msg("%s: \"%s\" does not say \"%s\"", text, fault.text, why);
}

static void assert_refused(const char *text, const char *why)
{
    assert_refused_n(text, strlen(text), why);
}

static void any_value_may_stand_at_the_top(void **state)
{
    static const char *const texts[] = {"{}", "[]", "\"a\"", "1", "-0.5", "true", "null", " 1 "};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        json_decref(read_good(texts[i]));
}

static void members_are_read(void **state)
{
    json_t *value = read_good("{\"a\":[1,2.5,\"\\u00e9\"]}");
    json_t *list = json_object_get(value, "a");

    (void)state;
    assert_int_equal(json_integer_value(json_array_get(list, 0)), 1);
    assert_true(json_real_value(json_array_get(list, 1)) == 2.5);
    assert_string_equal(json_string_value(json_array_get(list, 2)), "\xc3\xa9");
    json_decref(value);
}

static void broken_syntax_is_refused_with_line_and_column(void **state)
{
    (void)state;
    assert_refused("{\n  \"a\": ]", "line 2, column 8");
    assert_refused("", "line 1");
    assert_refused("[1,]", "unexpected token");
    assert_refused("{} {}", "end of file expected");
    assert_refused("[01]", "line 1");
    assert_refused("[+1]", "line 1");
    assert_refused("[1.]", "line 1");
    assert_refused("[0x10]", "line 1");
    assert_refused("[NaN]", "line 1");
    assert_refused("[Infinity]", "line 1");
    assert_refused("['a']", "line 1");
    assert_refused("\"abc", "line 1");
    assert_refused("\"abc\\", "line 1");
}

static void what_was_sent_is_not_quoted_in_the_fault(void **state)
{
    struct fault fault = {0};
    json_t *value = NULL;

    (void)state;
    assert_int_equal(json_read("{\"notes\" \"secret\"}", 18, &value, &fault), STATUS_INVALID);
    assert_null(strstr(fault.text, "secret"));
    assert_non_null(strstr(fault.text, "':' expected"));
}

static void a_duplicate_name_is_refused(void **state)
{
    (void)state;
    assert_refused("{\"a\":1,\"a\":2}", "duplicate");
    assert_refused("{\"a\":1,\"\\u0061\":2}", "duplicate");
}

static void invalid_utf8_is_refused(void **state)
{
    (void)state;
    assert_refused("\"\xff\"", "line 1");
    assert_refused("\"\xc0\x80\"", "line 1");
    assert_refused("\"\xed\xa0\x80\"", "line 1");
    assert_refused("\"\\ud800\"", "line 1");
}

static void nul_is_refused_raw_and_escaped(void **state)
{
    (void)state;
    assert_refused("\"\\u0000\"", ": NUL is not allowed");
    assert_refused("{\"a\\u0000b\":1}", "line 1");
    assert_refused_n("[1]\0", 4, "line 1");
    assert_refused_n("\"a\0b\"", 5, "line 1");
}

/* `depth` brackets, with the same number of closing ones behind. */
static char *nested(int depth, char open, char close)
{
    char *text = calloc(1, (size_t)depth * 2 + 1);

    assert_non_null(text);
    memset(text, open, (size_t)depth);
    memset(text + depth, close, (size_t)depth);
    return text;
}

static void nesting_is_taken_to_the_limit_and_refused_beyond(void **state)
{
    char *good = nested(JSON_DEPTH_LIMIT, '[', ']');
    char *deep = nested(JSON_DEPTH_LIMIT + 1, '[', ']');
    char *objects = nested(JSON_DEPTH_LIMIT + 1, '{', '}');
    char *abyss = nested(100000, '[', ']');

    (void)state;
    json_decref(read_good(good));
    assert_refused(deep, "column 65: arrays and objects are nested too deep");
    assert_refused(objects, "nested too deep");
    assert_refused(abyss, "nested too deep");
    free(good);
    free(deep);
    free(objects);
    free(abyss);
}

static void brackets_within_strings_do_not_count(void **state)
{
    struct buffer text = {0};

    (void)state;
    buffer_append_text(&text, "[\"\\\"");
    for (int i = 0; i < 200; i++)
        buffer_append_text(&text, "[{");
    buffer_append(&text, "\\\\\"]", sizeof("\\\\\"]"));
    json_decref(read_good(text.data));
    buffer_release(&text);
}

static void siblings_are_not_depth(void **state)
{
    struct buffer text = {0};

    (void)state;
    buffer_append_text(&text, "[");
    for (int i = 0; i < 200; i++)
        buffer_append_text(&text, i ? ",[]" : "[]");
    buffer_append(&text, "]", sizeof("]"));
    json_decref(read_good(text.data));
    buffer_release(&text);
}

static void integers_are_taken_to_64_bits(void **state)
{
    json_t *least = read_good("-9223372036854775808");
    json_t *most = read_good("9223372036854775807");

    (void)state;
    assert_true(json_integer_value(least) == INT64_MIN);
    assert_true(json_integer_value(most) == INT64_MAX);
    json_decref(least);
    json_decref(most);
    assert_refused("9223372036854775808", "too big");
    assert_refused("-9223372036854775809", "too big");
    assert_refused("123456789012345678901234567890", "too big");
}

static void zeros_at_the_end_of_a_number_are_nothing_that_could_be_rounded(void **state)
{
    json_t *value = NULL;

    (void)state;
    assert_int_equal(json_read("523372036854000.0", 17, &value, NULL), STATUS_OK);
    assert_true(json_real_value(value) == 523372036854000.0);
    json_decref(value);
    assert_refused("523372036854000.01", "15 significant digits");
}

static void a_real_number_of_15_digits_is_taken_and_of_16_refused(void **state)
{
    (void)state;
    json_decref(read_good("1.23456789012345"));
    json_decref(read_good("[-0.000123456789012345]"));
    json_decref(read_good("123456789012345e10"));
    assert_refused("1.234567890123456", "15 significant digits");
    assert_refused("0.1234567890123456", "15 significant digits");
    assert_refused("1234567890123456e1", "15 significant digits");
    assert_refused("{\"a\":\n 9007199254740993.0}", "line 2, column 2");
    assert_refused("[\"\xc3\xa9\", 1.234567890123456]", "line 1, column 7");
}

static void digits_within_strings_do_not_count(void **state)
{
    (void)state;
    json_decref(read_good("[\"1.2345678901234567890\"]"));
}

static void numbers_beyond_a_double_are_refused(void **state)
{
    (void)state;
    json_decref(read_good("1e308"));
    json_decref(read_good("1e-307"));
    json_decref(read_good("0e-999"));
    json_decref(read_good("0.0"));
    assert_refused("1e309", "line 1");
    assert_refused("-1e999999999999999999999", "line 1");
    assert_refused("1e-308", "too close to zero");
    assert_refused("0.1e-307", "too close to zero");
    assert_refused("1e-99999999999999999999", "too close to zero");
}

static void a_fault_need_not_be_asked_for(void **state)
{
    json_t *value = NULL;

    (void)state;
    assert_int_equal(json_read("[", 1, &value, NULL), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zeros_at_the_end_of_a_number_are_nothing_that_could_be_rounded),
        cmocka_unit_test(any_value_may_stand_at_the_top),
        cmocka_unit_test(members_are_read),
        cmocka_unit_test(broken_syntax_is_refused_with_line_and_column),
        cmocka_unit_test(what_was_sent_is_not_quoted_in_the_fault),
        cmocka_unit_test(a_duplicate_name_is_refused),
        cmocka_unit_test(invalid_utf8_is_refused),
        cmocka_unit_test(nul_is_refused_raw_and_escaped),
        cmocka_unit_test(nesting_is_taken_to_the_limit_and_refused_beyond),
        cmocka_unit_test(brackets_within_strings_do_not_count),
        cmocka_unit_test(siblings_are_not_depth),
        cmocka_unit_test(integers_are_taken_to_64_bits),
        cmocka_unit_test(a_real_number_of_15_digits_is_taken_and_of_16_refused),
        cmocka_unit_test(digits_within_strings_do_not_count),
        cmocka_unit_test(numbers_beyond_a_double_are_refused),
        cmocka_unit_test(a_fault_need_not_be_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
