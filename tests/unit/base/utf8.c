/* What is UTF-8 and what is not. */
#include "base/utf8.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void characters_of_every_length_are_counted(void **state)
{
    static const char text[] = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x92\x8a"; /* a, e acute, euro, pill */

    (void)state;
    assert_int_equal(utf8_count(text, strlen(text)), 4);
    assert_int_equal(utf8_character(text, strlen(text)), 1);
    assert_int_equal(utf8_character(text + 1, strlen(text) - 1), 2);
    assert_int_equal(utf8_character(text + 3, strlen(text) - 3), 3);
    assert_int_equal(utf8_character(text + 6, strlen(text) - 6), 4);
}

static void the_empty_text_has_no_character(void **state)
{
    (void)state;
    assert_int_equal(utf8_count("", 0), 0);
    assert_int_equal(utf8_character("", 0), 0);
}

/* Writes a code point the long way round, to compare with. Surrogates too. */
static size_t encode(char *text, unsigned code)
{
    if (code < 0x80) {
        text[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        text[0] = (char)(0xc0 | code >> 6);
        text[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        text[0] = (char)(0xe0 | code >> 12);
        text[1] = (char)(0x80 | (code >> 6 & 0x3f));
        text[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    text[0] = (char)(0xf0 | code >> 18);
    text[1] = (char)(0x80 | (code >> 12 & 0x3f));
    text[2] = (char)(0x80 | (code >> 6 & 0x3f));
    text[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

static void every_code_point_but_the_surrogates_is_a_character(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 0x120000; code++) {
        char text[4];
        size_t size = encode(text, code);
        int surrogate = code >= 0xd800 && code <= 0xdfff;
        size_t expected = surrogate || code > 0x10ffff ? 0 : size;

        if (utf8_character(text, size) != expected)
            fail_msg("U+%04X", code);
        if (size > 1 && utf8_character(text, size - 1) != 0)
            fail_msg("U+%04X, cut short", code);
    }
}

static void overlong_and_stray_bytes_are_none(void **state)
{
    static const char *const texts[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x80\x80",
        "\xe0\x9f\xbf",
        "\xf0\x80\x80\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf5\x80\x80\x80",
        "\xfe",
        "\xff",
        "\xc3(",
        "\xe2\x82(",
        "\xe2(\xac",
        "\xf0\x9f\x92(",
        "\xed\xa0\x80",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(utf8_character(texts[i], strlen(texts[i])), 0);
        assert_int_equal(utf8_count(texts[i], strlen(texts[i])), -1);
    }
}

static void one_bad_byte_spoils_the_whole_text(void **state)
{
    (void)state;
    assert_int_equal(utf8_count("abc\xff", 4), -1);
    assert_int_equal(utf8_count("abc\xe2\x82", 5), -1);
}

static void what_a_terminal_would_obey_is_not_shown(void **state)
{
    static const char *const hidden[] = {
        "\x01",         "\t",           "\n",           "\x1b",         "\x7f",
        "\xc2\x80",     "\xc2\x9b",     "\xc2\x9f",     "\xd8\x9c",     "\xe2\x80\x8e",
        "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaa", "\xe2\x80\xae",
        "\xe2\x81\xa6", "\xe2\x81\xa9",
    };
    static const char *const shown[] = {
        " ",
        "~",
        "\xc2\xa0",
        "\xc3\xa4",
        "\xd8\xa7",
        "\xe2\x80\x8d",
        "\xe2\x80\xaf",
        "\xe2\x82\xac",
        "\xf0\x9f\x92\x8a",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
        assert_false(utf8_is_shown(hidden[i], strlen(hidden[i])));
    for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
        assert_true(utf8_is_shown(shown[i], strlen(shown[i])));
    assert_false(utf8_is_shown("", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(characters_of_every_length_are_counted),
        cmocka_unit_test(the_empty_text_has_no_character),
        cmocka_unit_test(every_code_point_but_the_surrogates_is_a_character),
        cmocka_unit_test(overlong_and_stray_bytes_are_none),
        cmocka_unit_test(one_bad_byte_spoils_the_whole_text),
        cmocka_unit_test(what_a_terminal_would_obey_is_not_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
