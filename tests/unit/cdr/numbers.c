/* Numbers, alignment, lengths and encapsulations. */
#include "wire.h"

#include <math.h>

static struct cdr_reader big_endian(const char *bytes, size_t size)
{
    return cdr_reader_of(bytes, size, false, NULL);
}

static void numbers_of_a_big_endian_message_are_read(void **state)
{
    struct cdr_reader r = big_endian("\x01\0\x12\x34\0\0\0\x07\0\0\0\0\0\0\0\x08", 16);
    (void)state;
    assert_int_equal(cdr_read_octet(&r), 1);
    assert_int_equal(cdr_read_ushort(&r), 0x1234);
    assert_int_equal(cdr_read_ulong(&r), 7);
    assert_int_equal(cdr_read_ulonglong(&r), 8);
    assert_true(cdr_ok(&r));
    assert_int_equal(cdr_left(&r), 0);
}

static void what_is_written_is_read(void **state)
{
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    cdr_write_octet(&wire.w, 0xff);
    cdr_write_ulonglong(&wire.w, UINT64_MAX);
    cdr_write_boolean(&wire.w, true);
    cdr_write_float(&wire.w, 1.5f);
    cdr_write_double(&wire.w, -0.1);
    struct cdr_reader r = wire_reader(&wire);
    assert_int_equal(cdr_read_octet(&r), 0xff);
    assert_true(cdr_read_ulonglong(&r) == UINT64_MAX);
    assert_true(cdr_read_boolean(&r));
    assert_true(cdr_read_float(&r) == 1.5f);
    assert_true(cdr_read_double(&r) == -0.1);
    assert_true(cdr_ok(&r));
    wire_end(&wire);
}

static void a_reader_that_failed_gives_zeros_and_keeps_the_first_failure(void **state)
{
    struct cdr_reader r = big_endian("\x02\xff\xff\xff\xff", 5);
    (void)state;
    assert_false(cdr_read_boolean(&r));
    cdr_fail(&r, EXCEPTION_IMP_LIMIT);
    assert_int_equal(r.failure, EXCEPTION_MARSHAL);
    assert_int_equal(cdr_read_octet(&r), 0);
    assert_int_equal(cdr_read_ulong(&r), 0);
    assert_int_equal(cdr_left(&r), 0);
}

static void a_number_that_has_not_all_come_is_refused(void **state)
{
    struct cdr_reader r = big_endian("\0\0\0", 3);
    (void)state;
    assert_int_equal(cdr_read_ulong(&r), 0);
    assert_int_equal(r.failure, EXCEPTION_MARSHAL);
}

static void nothing_at_all_can_be_read_from(void **state)
{
    struct cdr_reader r = cdr_reader_of(NULL, 0, true, NULL);
    (void)state;
    assert_non_null(cdr_take(&r, 0, 8));
    assert_true(cdr_ok(&r));
    assert_int_equal(cdr_read_octet(&r), 0);
    assert_false(cdr_ok(&r));
}

/* ---- long double ---- */

static double read_wide(const char bytes[16], enum exception_kind *failure)
{
    struct cdr_reader r = big_endian(bytes, 16);
    double value = cdr_read_longdouble(&r);
    *failure = r.failure;
    return value;
}

static void assert_wide_is(const char bytes[16], double expected)
{
    enum exception_kind failure;
    double value = read_wide(bytes, &failure);
    assert_int_equal(failure, EXCEPTION_NONE);
    assert_memory_equal(&value, &expected, sizeof(value));
}

static void long_doubles_are_ieee_binary128(void **state)
{
    (void)state;
    assert_wide_is("\x3f\xff\0\0\0\0\0\0\0\0\0\0\0\0\0", 1.0);
    assert_wide_is("\xc0\x00\x80\0\0\0\0\0\0\0\0\0\0\0\0", -3.0);
    assert_wide_is("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 0.0);
    assert_wide_is("\x80\0\0\0\0\0\0\0\0\0\0\0\0\0\0", -0.0);
    assert_wide_is("\x7f\xff\0\0\0\0\0\0\0\0\0\0\0\0\0", INFINITY);
    assert_wide_is("\x43\xfe\xff\xff\xff\xff\xff\xff\xf0\0\0\0\0\0\0", 0x1.fffffffffffffp1023);
    assert_wide_is("\x3b\xcd\0\0\0\0\0\0\0\0\0\0\0\0\0", 0x1p-1074);
    assert_wide_is("\x3c\x00\xff\xff\xff\xff\xff\xff\xe0\0\0\0\0\0\0", 0x1.ffffffffffffep-1023);
}

static void assert_wide_is_refused(const char bytes[16])
{
    enum exception_kind failure;
    double value = read_wide(bytes, &failure);
    assert_true(value == 0);
    assert_int_equal(failure, EXCEPTION_DATA_CONVERSION);
}

static void a_long_double_that_no_double_holds_is_refused(void **state)
{
    (void)state;
    assert_wide_is_refused("\x3f\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\x01"); /* 1 and a bit */
    assert_wide_is_refused("\x3f\xff\0\0\0\0\0\0\x08\0\0\0\0\0\0");   /* the first bit lost */
    assert_wide_is_refused("\x43\xff\0\0\0\0\0\0\0\0\0\0\0\0\0");     /* 2^1024 */
    assert_wide_is_refused("\x3b\xcc\0\0\0\0\0\0\0\0\0\0\0\0\0");     /* 2^-1075 */
    assert_wide_is_refused("\x3c\x00\xff\xff\xff\xff\xff\xff\xf0\0\0\0\0\0\0"); /* too fine */
    assert_wide_is_refused("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01");               /* denormal */
}

static void a_nan_stays_one(void **state)
{
    enum exception_kind failure;
    (void)state;
    assert_true(isnan(read_wide("\x7f\xff\x80\0\0\0\0\0\0\0\0\0\0\0\0", &failure)));
    assert_int_equal(failure, EXCEPTION_NONE);
    assert_true(isnan(read_wide("\x7f\xff\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", &failure)));
}

static void every_double_survives_as_a_long_double(void **state)
{
    static const double edges[] = {
        0.0,      -0.0,      1.0, 0x1p-1074, -0x1.8p-1060, 0x1p-1022, 0x1.fffffffffffffp1023,
        INFINITY, -INFINITY, 0.1};
    uint64_t bits = 88172645463325252u;
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    for (int i = 0; i < 5000; i++) {
        double in = edges[i % 10];
        bits ^= bits << 13; /* xorshift: the same doubles in every run */
        bits ^= bits >> 7;
        bits ^= bits << 17;
        if (i >= 10)
            memcpy(&in, &bits, sizeof(in));
        buffer_clear(&wire.bytes);
        cdr_write_longdouble(&wire.w, in);
        struct cdr_reader r = wire_reader(&wire);
        double out = cdr_read_longdouble(&r);
        assert_true(cdr_ok(&r));
        assert_memory_equal(&in, &out, sizeof(in));
    }
    wire_end(&wire);
}

/* ---- lengths ---- */

static void a_length_is_held_against_what_is_left(void **state)
{
    struct cdr_reader r = big_endian("\0\0\0\x02\1\2\3\4\5\6\7\x08", 12);
    struct cdr_reader again = r;
    (void)state;
    assert_int_equal(cdr_read_length(&r, 0, 4), 2);
    assert_true(cdr_ok(&r));
    r = again;
    assert_int_equal(cdr_read_length(&r, 0, 5), 0);
    assert_int_equal(r.failure, EXCEPTION_MARSHAL);
    r = again;
    assert_int_equal(cdr_read_length(&r, 1, 4), 0);
    assert_int_equal(r.failure, EXCEPTION_MARSHAL);
}

static void the_greatest_length_of_nothing_is_refused(void **state)
{
    struct cdr_reader r = big_endian("\xff\xff\xff\xff", 4);
    size_t size;
    (void)state;
    assert_int_equal(cdr_read_length(&r, 0, 0), 0);
    assert_int_equal(r.failure, EXCEPTION_MARSHAL);
    r = big_endian("\xff\xff\xff\xff", 4);
    assert_non_null(cdr_read_octets(&r, 0, &size));
    assert_int_equal(size, 0);
    assert_int_equal(r.failure, EXCEPTION_MARSHAL);
}

/* ---- encapsulations ---- */

static void an_encapsulation_has_its_own_alignment(void **state)
{
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    cdr_write_octet(&wire.w, 9);
    struct cdr_writer inner = cdr_open_encapsulation(&wire.w);
    cdr_write_ulonglong(&inner, 77);
    cdr_close_encapsulation(&wire.w, &inner);
    cdr_write_octet(&wire.w, 8);
    assert_int_equal(wire.bytes.size, 4 + 4 + 16 + 1);
    struct cdr_reader r = wire_reader(&wire);
    assert_int_equal(cdr_read_octet(&r), 9);
    struct cdr_reader in = cdr_read_encapsulation(&r);
    assert_int_equal(cdr_read_ulonglong(&in), 77);
    cdr_close_inner(&r, &in);
    assert_int_equal(cdr_read_octet(&r), 8);
    assert_true(cdr_ok(&r));
    wire_end(&wire);
}

static void an_encapsulation_has_its_own_byte_order(void **state)
{
    struct cdr_reader r = big_endian("\0\0\0\x08\x01\0\0\0\x07\0\0\0\0\0\0\x05", 16);
    struct cdr_reader in = cdr_read_encapsulation(&r);
    (void)state;
    assert_int_equal(cdr_read_ulong(&in), 7);
    cdr_close_inner(&r, &in);
    assert_int_equal(cdr_read_ulong(&r), 5);
    assert_true(cdr_ok(&r));
}

static void assert_no_encapsulation(const char *bytes, size_t size)
{
    struct cdr_reader r = big_endian(bytes, size);
    struct cdr_reader in = cdr_read_encapsulation(&r);
    assert_int_equal(cdr_read_octet(&in), 0);
    cdr_close_inner(&r, &in);
    assert_int_equal(r.failure, EXCEPTION_MARSHAL);
}

static void an_encapsulation_without_a_byte_order_is_refused(void **state)
{
    (void)state;
    assert_no_encapsulation("\0\0\0\0\1\1\1\1", 8);
    assert_no_encapsulation("\0\0\0\x02\x02\1", 6);
    assert_no_encapsulation("\0\0\0\x03\0\1", 6);
}

static void values_within_values_are_counted(void **state)
{
    struct cdr_limits limits = cdr_limits_default();
    limits.value_depth = 2;
    struct cdr_reader r = cdr_reader_of("abc", 3, true, &limits);
    (void)state;
    assert_true(cdr_enter(&r));
    assert_true(cdr_enter(&r));
    assert_false(cdr_enter(&r));
    assert_int_equal(r.failure, EXCEPTION_IMP_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_of_a_big_endian_message_are_read),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_reader_that_failed_gives_zeros_and_keeps_the_first_failure),
        cmocka_unit_test(a_number_that_has_not_all_come_is_refused),
        cmocka_unit_test(nothing_at_all_can_be_read_from),
        cmocka_unit_test(long_doubles_are_ieee_binary128),
        cmocka_unit_test(a_long_double_that_no_double_holds_is_refused),
        cmocka_unit_test(a_nan_stays_one),
        cmocka_unit_test(every_double_survives_as_a_long_double),
        cmocka_unit_test(a_length_is_held_against_what_is_left),
        cmocka_unit_test(the_greatest_length_of_nothing_is_refused),
        cmocka_unit_test(an_encapsulation_has_its_own_alignment),
        cmocka_unit_test(an_encapsulation_has_its_own_byte_order),
        cmocka_unit_test(an_encapsulation_without_a_byte_order_is_refused),
        cmocka_unit_test(values_within_values_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
