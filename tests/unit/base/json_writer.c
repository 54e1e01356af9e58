/* JSON out: commas, escapes and numbers. */
#include "base/json_writer.h"

#include "base/json.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_wrote(struct buffer *out, const char *expected)
{
    buffer_append(out, "", 1);
    assert_string_equal(out->data, expected);
    buffer_release(out);
}

static void assert_text(const char *text, size_t length, const char *expected)
{
    struct buffer out = {0};
    struct json_writer w = {.out = &out};

    json_text(&w, text, length);
    assert_wrote(&out, expected);
}

static void assert_double(double number, const char *expected)
{
    struct buffer out = {0};
    struct json_writer w = {.out = &out};

    json_double(&w, number);
    assert_wrote(&out, expected);
}

static void commas_stand_between_and_nowhere_else(void **state)
{
    struct buffer out = {0};
    struct json_writer w = {.out = &out};

    (void)state;
    json_open_object(&w);
    json_key(&w, "a");
    json_open_array(&w);
    json_number(&w, 1);
    json_open_array(&w);
    json_close_array(&w);
    json_open_object(&w);
    json_close_object(&w);
    json_nothing(&w);
    json_close_array(&w);
    json_key(&w, "b");
    json_truth(&w, true);
    json_key_text(&w, "cd", 1);
    json_truth(&w, false);
    json_key(&w, "d");
    json_raw(&w, "{\"x\":1}", 7);
    json_key(&w, "e");
    json_string_of(&w, NULL);
    json_key(&w, "f");
    json_string_of(&w, "");
    json_close_object(&w);
    assert_wrote(&out, "{\"a\":[1,[],{},null],\"b\":true,\"c\":false,\"d\":{\"x\":1},"
                       "\"e\":null,\"f\":\"\"}");
}

static void integers_are_written_to_both_ends(void **state)
{
    struct buffer out = {0};
    struct json_writer w = {.out = &out};

    (void)state;
    json_number(&w, INT64_MIN);
    json_number(&w, -1);
    json_number(&w, 0);
    json_number(&w, INT64_MAX);
    assert_wrote(&out, "-9223372036854775808,-1,0,9223372036854775807");
}

static void what_json_forbids_in_strings_is_escaped(void **state)
{
    (void)state;
    assert_text("a\"b\\c/d", 7, "\"a\\\"b\\\\c/d\"");
    assert_text("\b\t\n\f\r", 5, "\"\\b\\t\\n\\f\\r\"");
    assert_text("\0\x01\x0b\x1f", 4, "\"\\u0000\\u0001\\u000b\\u001f\"");
    assert_text("\x7f", 1, "\"\x7f\"");
}

static void names_are_escaped_too(void **state)
{
    struct buffer out = {0};
    struct json_writer w = {.out = &out};

    (void)state;
    json_open_object(&w);
    json_key(&w, "a\"\xff");
    json_number(&w, 1);
    json_close_object(&w);
    assert_wrote(&out, "{\"a\\\"\xef\xbf\xbd\":1}");
}

static void utf8_passes_and_what_is_not_becomes_the_replacement_character(void **state)
{
    (void)state;
    assert_text("\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\x8a", 9,
                "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\x8a\"");
    assert_text("a\xff"
                "b",
                3,
                "\"a\xef\xbf\xbd"
                "b\"");
    assert_text("\xc3", 1, "\"\xef\xbf\xbd\"");
    assert_text("\xed\xa0\x80", 3, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void every_string_of_one_byte_reads_back(void **state)
{
    (void)state;
    for (int byte = 1; byte < 0x80; byte++) {
        struct buffer out = {0};
        struct json_writer w = {.out = &out};
        char text[2] = {(char)byte};
        json_t *value = NULL;

        json_text(&w, text, 1);
        assert_int_equal(json_read(out.data, out.size, &value, NULL), STATUS_OK);
        assert_string_equal(json_string_value(value), text);
        json_decref(value);
        buffer_release(&out);
    }
}

static void doubles_are_as_short_as_can_be(void **state)
{
    (void)state;
    assert_double(0.0, "0");
    assert_double(-0.0, "-0.0");
    assert_double(3.0, "3");
    assert_double(-2.5, "-2.5");
    assert_double(0.1, "0.1");
    assert_double(0.1 + 0.2, "0.30000000000000004");
    assert_double(1e20, "1e20");
    assert_double(1e-7, "1e-7");
    assert_double(1e100, "1e100");
    assert_double(5e-324, "5e-324");
    assert_double(DBL_MAX, "1.7976931348623157e308");
    assert_double(DBL_MIN, "2.2250738585072014e-308");
}

static void doubles_read_back_as_they_were(void **state)
{
    uint64_t bits = 88172645463325252u;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct buffer out = {0};
        struct json_writer w = {.out = &out};
        double number;

        bits ^= bits << 13; /* xorshift: the same doubles in every run */
        bits ^= bits >> 7;
        bits ^= bits << 17;
        memcpy(&number, &bits, sizeof(number));
        if (!isfinite(number))
            continue;
        json_double(&w, number);
        buffer_append(&out, "", 1);
        assert_true(strtod(out.data, NULL) == number);
        buffer_release(&out);
    }
}

static void what_is_no_number_becomes_null(void **state)
{
    (void)state;
    assert_double(NAN, "null");
    assert_double(INFINITY, "null");
    assert_double(-INFINITY, "null");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_stand_between_and_nowhere_else),
        cmocka_unit_test(integers_are_written_to_both_ends),
        cmocka_unit_test(what_json_forbids_in_strings_is_escaped),
        cmocka_unit_test(names_are_escaped_too),
        cmocka_unit_test(utf8_passes_and_what_is_not_becomes_the_replacement_character),
        cmocka_unit_test(every_string_of_one_byte_reads_back),
        cmocka_unit_test(doubles_are_as_short_as_can_be),
        cmocka_unit_test(doubles_read_back_as_they_were),
        cmocka_unit_test(what_is_no_number_becomes_null),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
