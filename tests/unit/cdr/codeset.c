/* Code sets: the agreement, and the way to UTF-8 and back. */
#include "cdr/codeset.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* A server whose wchar side agrees, so that only the char side matters. */
static uint32_t agreed_char(uint32_t native, uint32_t conversion)
{
    struct codesets theirs = {
        .chars = {.native = native, .conversions = {conversion}, .count = conversion != 0},
        .wchars = {.native = CODESET_UTF_16},
    };
    uint32_t chars, wchars;
    return codesets_agree(&theirs, &chars, &wchars) ? chars : CODESET_NONE;
}

static uint32_t agreed_wchar(uint32_t native, uint32_t conversion)
{
    struct codesets theirs = {
        .chars = {.native = CODESET_UTF_8},
        .wchars = {.native = native, .conversions = {conversion}, .count = conversion != 0},
    };
    uint32_t chars, wchars;
    return codesets_agree(&theirs, &chars, &wchars) ? wchars : UINT32_MAX;
}

static void the_servers_native_set_is_taken_where_we_speak_it(void **state)
{
    (void)state;
    assert_int_equal(agreed_char(CODESET_UTF_8, 0), CODESET_UTF_8);
    assert_int_equal(agreed_char(CODESET_ISO_8859_1, CODESET_UTF_8), CODESET_ISO_8859_1);
    assert_int_equal(agreed_char(CODESET_ISO_646, 0), CODESET_ISO_646);
    assert_int_equal(agreed_wchar(CODESET_UCS_2, CODESET_UTF_16), CODESET_UCS_2);
}

static void else_ours_where_the_server_converts_it(void **state)
{
    (void)state;
    assert_int_equal(agreed_char(0x10020417 /* EBCDIC */, CODESET_UTF_8), CODESET_UTF_8);
    assert_int_equal(agreed_wchar(0x00010106 /* UCS-4 */, CODESET_UTF_16), CODESET_UTF_16);
}

static void else_one_that_both_convert(void **state)
{
    (void)state;
    assert_int_equal(agreed_char(0x10020417, CODESET_ISO_8859_1), CODESET_ISO_8859_1);
}

static void else_the_fallback_where_the_characters_are_the_same(void **state)
{
    (void)state;
    assert_int_equal(agreed_wchar(0x00010106, 0), CODESET_UTF_16);
    assert_int_equal(agreed_char(0x10020417, 0), CODESET_NONE);
    assert_int_equal(agreed_wchar(0x10020417, 0), UINT32_MAX);
}

static void a_server_that_says_nothing_has_latin_1_and_no_wide_text(void **state)
{
    struct codesets theirs = {0};
    uint32_t chars, wchars;
    (void)state;
    assert_true(codesets_agree(&theirs, &chars, &wchars));
    assert_int_equal(chars, CODESET_ISO_8859_1);
    assert_int_equal(wchars, CODESET_NONE);
}

static void two_of_us_speak_utf8_and_utf16(void **state)
{
    uint32_t chars, wchars;
    (void)state;
    assert_true(codesets_agree(&codesets_ours, &chars, &wchars));
    assert_int_equal(chars, CODESET_UTF_8);
    assert_int_equal(wchars, CODESET_UTF_16);
}

/* ---- conversion ---- */

static void assert_both_ways(uint32_t codeset, const char *bytes, const char *text)
{
    struct buffer scratch = {0};
    const char *to;
    size_t size;
    assert_true(codeset_decode(codeset, bytes, strlen(bytes), &scratch, &to, &size));
    assert_int_equal(size, strlen(text));
    assert_memory_equal(to, text, size);
    assert_true(codeset_encode(codeset, text, strlen(text), &scratch, &to, &size));
    assert_int_equal(size, strlen(bytes));
    assert_memory_equal(to, bytes, size);
    buffer_release(&scratch);
}

static bool encodes(uint32_t codeset, const char *text)
{
    struct buffer scratch = {0};
    const char *to;
    size_t size;
    bool good = codeset_encode(codeset, text, strlen(text), &scratch, &to, &size);
    buffer_release(&scratch);
    return good;
}

static bool decodes(uint32_t codeset, const char *bytes)
{
    struct buffer scratch = {0};
    const char *to;
    size_t size;
    bool good = codeset_decode(codeset, bytes, strlen(bytes), &scratch, &to, &size);
    buffer_release(&scratch);
    return good;
}

static void latin_1_becomes_utf8_and_back(void **state)
{
    (void)state;
    assert_both_ways(CODESET_ISO_8859_1, "caf\xe9 \xff\x80", "caf\xc3\xa9 \xc3\xbf\xc2\x80");
    assert_both_ways(CODESET_NONE, "\xa0", "\xc2\xa0");
}

static void what_is_the_same_is_not_copied(void **state)
{
    struct buffer scratch = {0};
    const char *text = "plain enough";
    const char *to;
    size_t size;
    (void)state;
    assert_true(codeset_decode(CODESET_ISO_8859_1, text, 12, &scratch, &to, &size));
    assert_ptr_equal(to, text);
    assert_true(codeset_encode(CODESET_ISO_8859_1, text, 12, &scratch, &to, &size));
    assert_ptr_equal(to, text);
    assert_null(scratch.data);
}

static void characters_that_a_set_does_not_have_are_refused(void **state)
{
    (void)state;
    assert_false(encodes(CODESET_ISO_8859_1, "\xc4\x80")); /* U+0100 */
    assert_false(encodes(CODESET_ISO_8859_1, "\xe2\x82\xac"));
    assert_false(encodes(CODESET_ISO_646, "\xc3\xa9"));
    assert_false(decodes(CODESET_ISO_646, "\xe9"));
    assert_false(decodes(0x10020417, "a"));
}

static void text_that_is_not_utf8_is_refused_in_every_set(void **state)
{
    (void)state;
    assert_false(decodes(CODESET_UTF_8, "\xc0\x80"));
    assert_false(decodes(CODESET_UTF_8, "long enough for words \xed\xa0\x80"));
    assert_false(encodes(CODESET_UTF_8, "\xff"));
    assert_false(encodes(CODESET_ISO_8859_1, "\xc3"));
}

/* ---- UTF-16 ---- */

static void assert_utf16(const char *bytes, size_t size, bool little, const char *text)
{
    struct buffer scratch = {0};
    const char *to = NULL;
    size_t length;
    bool good = utf16_decode((const uint8_t *)bytes, size, little, &scratch, &to, &length);
    assert_int_equal(good, text != NULL);
    if (text != NULL) {
        assert_int_equal(length, strlen(text));
        assert_memory_equal(to, text, length);
    }
    buffer_release(&scratch);
}

static void utf16_is_read_in_either_order(void **state)
{
    (void)state;
    assert_utf16("\0A\0\xe9\x20\xac", 6, false, "A\xc3\xa9\xe2\x82\xac");
    assert_utf16("A\0\xe9\0\xac\x20", 6, true, "A\xc3\xa9\xe2\x82\xac");
    assert_utf16("", 0, false, "");
}

static void a_byte_order_mark_decides_and_is_dropped(void **state)
{
    (void)state;
    assert_utf16("\xff\xfe\x41\0", 4, false, "A");
    assert_utf16("\xfe\xff\0A", 4, true, "A");
    assert_utf16("\xfe\xff\xfe\xff", 4, false, "\xef\xbb\xbf");
}

static void pairs_are_one_character_and_halves_none(void **state)
{
    (void)state;
    assert_utf16("\xd8\x3d\xdc\x8a", 4, false, "\xf0\x9f\x92\x8a");
    assert_utf16("\xdb\xff\xdf\xff", 4, false, "\xf4\x8f\xbf\xbf");
    assert_utf16("\xd8\x3d", 2, false, NULL);
    assert_utf16("\xdc\x8a", 2, false, NULL);
    assert_utf16("\xd8\x3d\0A", 4, false, NULL);
    assert_utf16("\0A\0", 3, false, NULL);
}

static void utf16_is_written_big_endian(void **state)
{
    struct buffer out = {0};
    (void)state;
    assert_true(utf16_encode("A\xc3\xa9\xf0\x9f\x92\x8a", 7, &out));
    assert_int_equal(out.size, 8);
    assert_memory_equal(out.data, "\0A\0\xe9\xd8\x3d\xdc\x8a", 8);
    assert_false(utf16_encode("\x80", 1, &out));
    buffer_release(&out);
}

static void a_text_that_begins_like_a_mark_keeps_it(void **state)
{
    struct buffer out = {0};
    (void)state;
    assert_true(utf16_encode("\xef\xbb\xbfx", 4, &out));
    assert_utf16(out.data, out.size, true, "\xef\xbb\xbfx");
    buffer_clear(&out);
    assert_true(utf16_encode("\xef\xbf\xbe", 3, &out)); /* U+FFFE: a mark turned round */
    assert_utf16(out.data, out.size, false, "\xef\xbf\xbe");
    buffer_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_servers_native_set_is_taken_where_we_speak_it),
        cmocka_unit_test(else_ours_where_the_server_converts_it),
        cmocka_unit_test(else_one_that_both_convert),
        cmocka_unit_test(else_the_fallback_where_the_characters_are_the_same),
        cmocka_unit_test(a_server_that_says_nothing_has_latin_1_and_no_wide_text),
        cmocka_unit_test(two_of_us_speak_utf8_and_utf16),
        cmocka_unit_test(latin_1_becomes_utf8_and_back),
        cmocka_unit_test(what_is_the_same_is_not_copied),
        cmocka_unit_test(characters_that_a_set_does_not_have_are_refused),
        cmocka_unit_test(text_that_is_not_utf8_is_refused_in_every_set),
        cmocka_unit_test(utf16_is_read_in_either_order),
        cmocka_unit_test(a_byte_order_mark_decides_and_is_dropped),
        cmocka_unit_test(pairs_are_one_character_and_halves_none),
        cmocka_unit_test(utf16_is_written_big_endian),
        cmocka_unit_test(a_text_that_begins_like_a_mark_keeps_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
