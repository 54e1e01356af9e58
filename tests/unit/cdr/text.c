/* Characters and strings in the code sets and versions of GIOP. */
#include "wire.h"

static enum exception_kind string_failure(const char *bytes, size_t size, uint32_t bound,
                                          uint32_t char_set)
{
    struct cdr_reader r = cdr_reader_of(bytes, size, false, NULL);
    struct buffer scratch = {0};
    size_t length;
    r.char_set = char_set;
    assert_non_null(cdr_read_string(&r, bound, &scratch, &length));
    if (!cdr_ok(&r))
        assert_int_equal(length, 0);
    buffer_release(&scratch);
    return r.failure;
}

static void a_plain_string_is_lent_from_the_message(void **state)
{
    static const char bytes[] = "\0\0\0\x06hello";
    struct cdr_reader r = cdr_reader_of(bytes, 10, false, NULL);
    size_t length;
    (void)state;
    assert_ptr_equal(cdr_read_string(&r, 5, NULL, &length), bytes + 4);
    assert_int_equal(length, 5);
    assert_int_equal(cdr_left(&r), 0);
}

static void strings_with_a_wrong_length_or_nul_are_refused(void **state)
{
    (void)state;
    assert_int_equal(string_failure("\0\0\0\0", 4, 0, 0), EXCEPTION_MARSHAL);
    assert_int_equal(string_failure("\x7f\xff\xff\xff"
                                    "abc",
                                    8, 0, 0),
                     EXCEPTION_MARSHAL);
    assert_int_equal(string_failure("\xff\xff\xff\xff"
                                    "abc",
                                    8, 0, 0),
                     EXCEPTION_MARSHAL);
    assert_int_equal(string_failure("\0\0\0\x03"
                                    "abc",
                                    7, 0, 0),
                     EXCEPTION_MARSHAL);
    assert_int_equal(string_failure("\0\0\0\x04"
                                    "a\0c",
                                    8, 0, 0),
                     EXCEPTION_MARSHAL);
    assert_int_equal(string_failure("\0\0\0\x0b"
                                    "0123456\xe9\0\x39",
                                    15, 0, 0),
                     EXCEPTION_MARSHAL);
    assert_int_equal(string_failure("\0\0\0\x04"
                                    "abc",
                                    8, 2, 0),
                     EXCEPTION_MARSHAL);
    assert_int_equal(string_failure("\0\0\0\x04"
                                    "abc",
                                    8, 3, 0),
                     EXCEPTION_NONE);
    assert_int_equal(string_failure("\0\0\0\x01", 5, 1, 0), EXCEPTION_NONE);
}

static void a_string_above_the_limit_is_refused(void **state)
{
    struct cdr_limits limits = cdr_limits_default();
    limits.string_bytes = 2;
    struct cdr_reader r = cdr_reader_of("\0\0\0\x04"
                                        "abc",
                                        8, false, &limits);
    size_t length;
    (void)state;
    (void)cdr_read_string(&r, 0, NULL, &length);
    assert_int_equal(r.failure, EXCEPTION_IMP_LIMIT);
}

static void bytes_that_are_not_in_the_code_set_are_refused(void **state)
{
    (void)state;
    assert_int_equal(string_failure("\0\0\0\x02\xe9", 6, 0, CODESET_UTF_8),
                     EXCEPTION_DATA_CONVERSION);
    assert_int_equal(string_failure("\0\0\0\x02\xe9", 6, 0, CODESET_ISO_646),
                     EXCEPTION_DATA_CONVERSION);
    assert_int_equal(string_failure("\0\0\0\x02\xe9", 6, 0, CODESET_NONE), EXCEPTION_NONE);
}

/* ---- both ways ---- */

static void assert_string_passes(uint32_t char_set, const char *text, size_t transmitted)
{
    struct wire wire;
    struct buffer scratch = {0};
    size_t length;
    wire_begin(&wire);
    wire.w.char_set = char_set;
    cdr_write_string(&wire.w, (uint32_t)transmitted, text, strlen(text));
    assert_int_equal(wire.w.failure, EXCEPTION_NONE);
    assert_int_equal(wire.bytes.size, 4 + transmitted + 1);
    struct cdr_reader r = wire_reader(&wire);
    const char *read = cdr_read_string(&r, (uint32_t)transmitted, &scratch, &length);
    assert_true(cdr_ok(&r));
    assert_int_equal(length, strlen(text));
    assert_memory_equal(read, text, length);
    buffer_release(&scratch);
    wire_end(&wire);
}

static void strings_pass_in_every_code_set(void **state)
{
    (void)state;
    assert_string_passes(CODESET_NONE, "caf\xc3\xa9", 4);
    assert_string_passes(CODESET_ISO_8859_1, "\xc3\xbf", 1);
    assert_string_passes(CODESET_ISO_646, "ascii", 5);
    assert_string_passes(CODESET_UTF_8, "\xe2\x82\xac\xf0\x9f\x92\x8a", 7);
}

static enum exception_kind write_failure(uint32_t char_set, uint32_t bound, const char *text,
                                         size_t length)
{
    struct wire wire;
    wire_begin(&wire);
    wire.w.char_set = char_set;
    cdr_write_string(&wire.w, bound, text, length);
    enum exception_kind failure = wire.w.failure;
    wire_end(&wire);
    return failure;
}

static void strings_that_cannot_be_written_are_refused(void **state)
{
    (void)state;
    assert_int_equal(write_failure(0, 0, "a\0b", 3), EXCEPTION_BAD_PARAM);
    assert_int_equal(write_failure(0, 2, "abc", 3), EXCEPTION_BAD_PARAM);
    assert_int_equal(write_failure(0, 0, "\xe2\x82\xac", 3), EXCEPTION_DATA_CONVERSION);
    assert_int_equal(write_failure(CODESET_UTF_8, 0, "\xe2\x82", 2), EXCEPTION_DATA_CONVERSION);
    assert_int_equal(write_failure(CODESET_UTF_8, 2, "\xe2\x82\xac", 3), EXCEPTION_BAD_PARAM);
    assert_int_equal(write_failure(CODESET_ISO_8859_1, 1, "\xc3\xa9", 2), EXCEPTION_NONE);
}

static size_t pass_char(uint32_t char_set, const char *text, size_t length, char read[4],
                        enum exception_kind *failure)
{
    struct wire wire;
    wire_begin(&wire);
    wire.w.char_set = char_set;
    cdr_write_char(&wire.w, text, length);
    struct cdr_reader r = wire_reader(&wire);
    size_t size = wire.w.failure == EXCEPTION_NONE ? cdr_read_char(&r, read) : 0;
    *failure = wire.w.failure != EXCEPTION_NONE ? wire.w.failure : r.failure;
    wire_end(&wire);
    return size;
}

static void a_char_is_one_octet(void **state)
{
    enum exception_kind failure;
    char read[4] = "";
    (void)state;
    assert_int_equal(pass_char(CODESET_UTF_8, "x", 1, read, &failure), 1);
    assert_int_equal(read[0], 'x');
    assert_int_equal(pass_char(CODESET_NONE, "\xc3\xa9", 2, read, &failure), 2);
    assert_memory_equal(read, "\xc3\xa9", 2);
    assert_int_equal(pass_char(CODESET_NONE, "", 1, read, &failure), 1);
    assert_int_equal(failure, EXCEPTION_NONE);
    (void)pass_char(CODESET_UTF_8, "\xc3\xa9", 2, read, &failure);
    assert_int_equal(failure, EXCEPTION_DATA_CONVERSION);
    (void)pass_char(CODESET_UTF_8, "xy", 2, read, &failure);
    assert_int_equal(failure, EXCEPTION_BAD_PARAM);
    (void)pass_char(CODESET_UTF_8, "", 0, read, &failure);
    assert_int_equal(failure, EXCEPTION_BAD_PARAM);
}

static void an_octet_that_is_no_character_of_utf8_is_refused(void **state)
{
    struct cdr_reader r = cdr_reader_of("\xe9", 1, true, NULL);
    char text[4];
    (void)state;
    r.char_set = CODESET_UTF_8;
    assert_int_equal(cdr_read_char(&r, text), 0);
    assert_int_equal(r.failure, EXCEPTION_DATA_CONVERSION);
}

/* ---- wide ---- */

static void assert_wstring_passes(uint8_t minor, const char *text, const char *bytes, size_t size)
{
    struct wire wire;
    struct buffer scratch = {0};
    size_t length;
    wire_begin(&wire);
    wire.w.minor = minor;
    cdr_write_wstring(&wire.w, 0, text, strlen(text));
    assert_int_equal(wire.w.failure, EXCEPTION_NONE);
    assert_int_equal(wire.bytes.size, size);
    if (bytes != NULL)
        assert_memory_equal(wire.bytes.data + 4, bytes, size - 4);
    struct cdr_reader r = wire_reader(&wire);
    const char *read = cdr_read_wstring(&r, 0, &scratch, &length);
    assert_true(cdr_ok(&r));
    assert_int_equal(length, strlen(text));
    assert_memory_equal(read, text, length);
    buffer_release(&scratch);
    wire_end(&wire);
}

static void a_wstring_of_1_2_is_big_endian_octets(void **state)
{
    (void)state;
    assert_wstring_passes(2, "A\xe2\x82\xac", "\0A\x20\xac", 8);
    assert_wstring_passes(2, "\xf0\x9f\x92\x8a", "\xd8\x3d\xdc\x8a", 8);
    assert_wstring_passes(2, "", "", 4);
    assert_wstring_passes(2, "\xef\xbb\xbf", "\xfe\xff\xfe\xff", 8);
}

static void a_wstring_of_1_1_is_units_and_a_nul(void **state)
{
    (void)state;
    assert_wstring_passes(1, "A\xe2\x82\xac", OUR_ORDER_IS_LITTLE ? "A\0\xac\x20\0" : NULL, 10);
    assert_wstring_passes(1, "", "\0", 6);
}

static void a_wstring_of_1_1_is_read_in_the_messages_order(void **state)
{
    struct cdr_reader r = cdr_reader_of("\0\0\0\x02\0A\0", 8, false, NULL);
    struct buffer scratch = {0};
    size_t length;
    (void)state;
    r.minor = 1;
    r.wchar_set = CODESET_UTF_16;
    const char *text = cdr_read_wstring(&r, 0, &scratch, &length);
    assert_true(cdr_ok(&r));
    assert_int_equal(length, 1);
    assert_int_equal(text[0], 'A');
    buffer_release(&scratch);
}

static enum exception_kind wstring_failure(uint8_t minor, uint32_t wchar_set, uint32_t bound,
                                           const char *bytes, size_t size)
{
    struct cdr_reader r = cdr_reader_of(bytes, size, false, NULL);
    struct buffer scratch = {0};
    size_t length;
    r.minor = minor;
    r.wchar_set = wchar_set;
    (void)cdr_read_wstring(&r, bound, &scratch, &length);
    buffer_release(&scratch);
    return r.failure;
}

static void broken_wstrings_are_refused(void **state)
{
    const char *pill = "\0\0\0\x04\xd8\x3d\xdc\x8a";
    (void)state;
    assert_int_equal(wstring_failure(2, CODESET_UTF_16, 2, pill, 8), EXCEPTION_NONE);
    assert_int_equal(wstring_failure(2, CODESET_UTF_16, 1, pill, 8), EXCEPTION_MARSHAL);
    assert_int_equal(wstring_failure(2, CODESET_UCS_2, 0, pill, 8), EXCEPTION_DATA_CONVERSION);
    assert_int_equal(wstring_failure(2, CODESET_NONE, 0, pill, 8), EXCEPTION_MARSHAL);
    assert_int_equal(wstring_failure(0, CODESET_UTF_16, 0, pill, 8), EXCEPTION_MARSHAL);
    assert_int_equal(wstring_failure(2, CODESET_UTF_16, 0, "\0\0\0\x03\0A\0", 7),
                     EXCEPTION_DATA_CONVERSION);
    assert_int_equal(wstring_failure(2, CODESET_UTF_16, 0, "\0\0\0\x02\0\0", 6), EXCEPTION_MARSHAL);
    assert_int_equal(wstring_failure(2, CODESET_UTF_16, 0, "\xff\xff\xff\xff\0A", 6),
                     EXCEPTION_MARSHAL);
    assert_int_equal(wstring_failure(1, CODESET_UTF_16, 0, "\0\0\0\x01\0A", 6), EXCEPTION_MARSHAL);
    assert_int_equal(wstring_failure(1, CODESET_UTF_16, 0, "\0\0\0\0", 4), EXCEPTION_MARSHAL);
    assert_int_equal(wstring_failure(1, CODESET_UTF_16, 0, "\x80\0\0\x01\0\0", 6),
                     EXCEPTION_MARSHAL);
}

static void wide_text_needs_a_code_set_and_a_version(void **state)
{
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    wire.w.wchar_set = CODESET_NONE;
    cdr_write_wstring(&wire.w, 0, "a", 1);
    assert_int_equal(wire.w.failure, EXCEPTION_BAD_PARAM);
    wire_begin(&wire);
    wire.w.minor = 0;
    cdr_write_wchar(&wire.w, "a", 1);
    assert_int_equal(wire.w.failure, EXCEPTION_BAD_PARAM);
    wire_end(&wire);
}

static enum exception_kind pass_wchar(uint8_t minor, uint32_t wchar_set, const char *text,
                                      const char *bytes, size_t size)
{
    struct wire wire;
    char read[4];
    wire_begin(&wire);
    wire.w.minor = minor;
    wire.w.wchar_set = wchar_set;
    cdr_write_wchar(&wire.w, text, strlen(text));
    struct cdr_reader r = wire_reader(&wire);
    if (wire.w.failure == EXCEPTION_NONE) {
        assert_int_equal(cdr_read_wchar(&r, read), strlen(text));
        assert_memory_equal(read, text, strlen(text));
        assert_int_equal(wire.bytes.size, size);
        assert_memory_equal(wire.bytes.data, bytes, size);
    }
    enum exception_kind failure = wire.w.failure;
    wire_end(&wire);
    return failure;
}

static void a_wchar_of_1_2_says_its_length(void **state)
{
    (void)state;
    assert_int_equal(pass_wchar(2, CODESET_UTF_16, "\xe2\x82\xac", "\x02\x20\xac", 3), 0);
    assert_int_equal(pass_wchar(2, CODESET_UTF_16, "\xf0\x9f\x92\x8a", "\x04\xd8\x3d\xdc\x8a", 5),
                     0);
    assert_int_equal(pass_wchar(2, CODESET_UCS_2, "\xf0\x9f\x92\x8a", "", 0),
                     EXCEPTION_DATA_CONVERSION);
    assert_int_equal(pass_wchar(2, CODESET_UTF_16, "ab", "", 0), EXCEPTION_BAD_PARAM);
}

static void a_wchar_of_1_1_is_one_unit(void **state)
{
    (void)state;
    assert_int_equal(pass_wchar(1, CODESET_UTF_16, "A", OUR_ORDER_IS_LITTLE ? "A" : "\0A", 2), 0);
    assert_int_equal(pass_wchar(1, CODESET_UTF_16, "\xf0\x9f\x92\x8a", "", 0),
                     EXCEPTION_DATA_CONVERSION);
}

static enum exception_kind wchar_failure(const char *bytes, size_t size)
{
    struct cdr_reader r = cdr_reader_of(bytes, size, false, NULL);
    char text[4];
    r.wchar_set = CODESET_UTF_16;
    size_t length = cdr_read_wchar(&r, text);
    assert_int_equal(length > 0, cdr_ok(&r));
    return r.failure;
}

static void broken_wchars_are_refused(void **state)
{
    (void)state;
    assert_int_equal(wchar_failure("\x04\xff\xfe\x41\0", 5), EXCEPTION_NONE);
    assert_int_equal(wchar_failure("\0", 1), EXCEPTION_DATA_CONVERSION);
    assert_int_equal(wchar_failure("\x04\0A\0B", 5), EXCEPTION_DATA_CONVERSION);
    assert_int_equal(wchar_failure("\x02\xd8\0", 3), EXCEPTION_DATA_CONVERSION);
    assert_int_equal(wchar_failure("\x01\x41", 2), EXCEPTION_DATA_CONVERSION);
    assert_int_equal(wchar_failure("\x02\0", 2), EXCEPTION_MARSHAL);
    assert_int_equal(wchar_failure("\x08\0A\0B\0C\0D", 9), EXCEPTION_MARSHAL);
}

static void an_identifier_is_bytes(void **state)
{
    struct cdr_reader r = cdr_reader_of("\0\0\0\x03\xe9z", 7, false, NULL);
    size_t length;
    (void)state;
    assert_memory_equal(cdr_read_identifier(&r, &length), "\xe9z", 2);
    assert_int_equal(length, 2);
    r = cdr_reader_of("\0\0\0\x03\0z", 7, false, NULL);
    assert_string_equal(cdr_read_identifier(&r, &length), "");
    assert_int_equal(r.failure, EXCEPTION_MARSHAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_string_is_lent_from_the_message),
        cmocka_unit_test(strings_with_a_wrong_length_or_nul_are_refused),
        cmocka_unit_test(a_string_above_the_limit_is_refused),
        cmocka_unit_test(bytes_that_are_not_in_the_code_set_are_refused),
        cmocka_unit_test(strings_pass_in_every_code_set),
        cmocka_unit_test(strings_that_cannot_be_written_are_refused),
        cmocka_unit_test(a_char_is_one_octet),
        cmocka_unit_test(an_octet_that_is_no_character_of_utf8_is_refused),
        cmocka_unit_test(a_wstring_of_1_2_is_big_endian_octets),
        cmocka_unit_test(a_wstring_of_1_1_is_units_and_a_nul),
        cmocka_unit_test(a_wstring_of_1_1_is_read_in_the_messages_order),
        cmocka_unit_test(broken_wstrings_are_refused),
        cmocka_unit_test(wide_text_needs_a_code_set_and_a_version),
        cmocka_unit_test(a_wchar_of_1_2_says_its_length),
        cmocka_unit_test(a_wchar_of_1_1_is_one_unit),
        cmocka_unit_test(broken_wchars_are_refused),
        cmocka_unit_test(an_identifier_is_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
