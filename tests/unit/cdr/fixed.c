/* fixed: packed decimals as text. */
#include "wire.h"

static void assert_fixed(uint16_t digits, int16_t scale, const char *in, const char *bytes,
                         const char *out)
{
    struct wire wire;
    char text[FIXED_TEXT_SIZE];
    wire_begin(&wire);
    cdr_write_fixed(&wire.w, digits, scale, in, strlen(in));
    assert_int_equal(wire.w.failure, EXCEPTION_NONE);
    assert_int_equal(wire.bytes.size, digits / 2 + 1);
    if (bytes != NULL)
        assert_memory_equal(wire.bytes.data, bytes, wire.bytes.size);
    struct cdr_reader r = wire_reader(&wire);
    cdr_read_fixed(&r, digits, scale, text);
    assert_true(cdr_ok(&r));
    assert_string_equal(text, out);
    wire_end(&wire);
}

static void decimals_are_packed_two_digits_an_octet(void **state)
{
    (void)state;
    assert_fixed(5, 2, "123.45", "\x12\x34\x5c", "123.45");
    assert_fixed(5, 2, "-123.45", "\x12\x34\x5d", "-123.45");
    assert_fixed(4, 2, "-12.34", "\x01\x23\x4d", "-12.34");
    assert_fixed(1, 0, "7", "\x7c", "7");
    assert_fixed(1, 1, "0.7", "\x7c", "0.7");
}

static void the_text_has_exactly_the_decimals_of_its_type(void **state)
{
    (void)state;
    assert_fixed(5, 2, "1", NULL, "1.00");
    assert_fixed(5, 2, "0.5", NULL, "0.50");
    assert_fixed(5, 2, "0001.5", NULL, "1.50");
    assert_fixed(5, 0, "0", NULL, "0");
    assert_fixed(2, 4, "0.0012", "\x01\x2c", "0.0012");
    assert_fixed(3, -2, "12300", "\x12\x3c", "12300");
    assert_fixed(3, -2, "0", NULL, "0");
}

static void negative_zero_is_zero(void **state)
{
    (void)state;
    assert_fixed(3, 2, "-0.00", "\x00\x0d", "0.00");
}

static void the_widest_fit_their_text(void **state)
{
    (void)state;
    assert_fixed(31, 31, "-0.9999999999999999999999999999999", NULL,
                 "-0.9999999999999999999999999999999");
    assert_fixed(31, -31, "-99999999999999999999999999999990000000000000000000000000000000", NULL,
                 "-99999999999999999999999999999990000000000000000000000000000000");
}

static void assert_not_written(uint16_t digits, int16_t scale, const char *text)
{
    struct wire wire;
    wire_begin(&wire);
    cdr_write_fixed(&wire.w, digits, scale, text, strlen(text));
    assert_int_equal(wire.w.failure, EXCEPTION_BAD_PARAM);
    assert_int_equal(wire.bytes.size, 0);
    wire_end(&wire);
}

static void nothing_is_rounded_and_nothing_else_is_a_decimal(void **state)
{
    (void)state;
    assert_not_written(5, 2, "1.234");
    assert_not_written(5, 2, "1234.00");
    assert_not_written(3, -2, "12301");
    assert_not_written(2, 4, "0.1");
    assert_not_written(5, 2, "");
    assert_not_written(5, 2, "-");
    assert_not_written(5, 2, "+1");
    assert_not_written(5, 2, "1.");
    assert_not_written(5, 2, ".5");
    assert_not_written(5, 2, "1e2");
    assert_not_written(5, 2, " 1");
    assert_not_written(0, 0, "0");
    assert_not_written(32, 0, "0");
    assert_not_written(5, 32, "0");
}

static void assert_not_read(uint16_t digits, int16_t scale, const char *bytes, size_t size)
{
    struct cdr_reader r = cdr_reader_of(bytes, size, true, NULL);
    char text[FIXED_TEXT_SIZE] = "?";
    cdr_read_fixed(&r, digits, scale, text);
    assert_int_equal(r.failure, EXCEPTION_MARSHAL);
    assert_string_equal(text, "");
}

static void bad_half_octets_are_refused(void **state)
{
    (void)state;
    assert_not_read(3, 0, "\x1a\x3c", 2);
    assert_not_read(3, 0, "\xa1\x3c", 2);
    assert_not_read(3, 0, "\x12\x3f", 2);
    assert_not_read(3, 0, "\x12\x30", 2);
    assert_not_read(2, 0, "\x11\x2c", 2); /* a third digit */
    assert_not_read(3, 0, "\x12", 1);
    assert_not_read(0, 0, "\x0c", 1);
    assert_not_read(40, 0, "aaaaaaaaaaaaaaaaaaaaaaaaa", 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decimals_are_packed_two_digits_an_octet),
        cmocka_unit_test(the_text_has_exactly_the_decimals_of_its_type),
        cmocka_unit_test(negative_zero_is_zero),
        cmocka_unit_test(the_widest_fit_their_text),
        cmocka_unit_test(nothing_is_rounded_and_nothing_else_is_a_decimal),
        cmocka_unit_test(bad_half_octets_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
