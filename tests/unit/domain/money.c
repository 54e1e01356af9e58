/* Money: read, written and added up without rounding or wrapping. */
#include "domain/money.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct currency *currency(const char *code)
{
    const struct currency *found = currency_find(code, strlen(code));

    assert_non_null(found);
    return found;
}

static void assert_reads(const char *code, const char *text, int64_t expected)
{
    struct fault fault = {0};
    int64_t minor = -1;

    if (money_parse(currency(code), text, strlen(text), &minor, &fault) != STATUS_OK)
        fail_msg("%s: %s", text, fault.text);
    assert_true(minor == expected);
}

static void assert_refused(const char *code, const char *text, enum status expected)
{
    struct fault fault = {0};
    int64_t minor = 42;

    if (money_parse(currency(code), text, strlen(text), &minor, &fault) != expected)
        fail_msg("%s was not refused as %s", text, status_name(expected));
    assert_true(fault.text[0] != '\0');
    assert_true(minor == 42);
}

static void assert_writes(const char *code, int64_t minor, const char *expected)
{
    char text[MONEY_TEXT_SIZE];

    money_format(currency(code), minor, text);
    assert_string_equal(text, expected);
}

static void amounts_are_read_to_the_currencys_decimals(void **state)
{
    (void)state;
    assert_reads("USD", "27.97", 2797);
    assert_reads("USD", "27.9", 2790);
    assert_reads("USD", "27", 2700);
    assert_reads("USD", "0.05", 5);
    assert_reads("USD", "0", 0);
    assert_reads("USD", "007.50", 750);
    assert_reads("JPY", "1500", 1500);
    assert_reads("KWD", "1.234", 1234);
    assert_reads("KWD", "1.2", 1200);
    assert_reads("CLF", "1.0001", 10001);
}

static void more_decimals_than_the_currency_has_are_refused_never_rounded(void **state)
{
    (void)state;
    assert_refused("USD", "27.975", STATUS_INVALID);
    assert_refused("USD", "27.970", STATUS_INVALID);
    assert_refused("JPY", "1500.0", STATUS_INVALID);
    assert_refused("KWD", "1.2345", STATUS_INVALID);
}

static void what_is_no_plain_decimal_is_refused(void **state)
{
    static const char *const texts[] = {
        "",   ".",     "1.", ".5",   "-1",  "+1",  "1e2",      "1,000", " 1",
        "1 ", "1.2.3", "..", "0x10", "1_0", "NaN", "\xd9\xa1", "1.-5",  "$1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_refused("USD", texts[i], STATUS_INVALID);
}

static void a_nul_is_no_digit(void **state)
{
    int64_t minor = 42;

    (void)state;
    assert_int_equal(money_parse(currency("USD"), "1\0", 2, &minor, NULL), STATUS_INVALID);
    assert_int_equal(minor, 42);
}

static void amounts_are_taken_to_64_bits_and_not_beyond(void **state)
{
    (void)state;
    assert_reads("USD", "92233720368547758.07", INT64_MAX);
    assert_refused("USD", "92233720368547758.08", STATUS_LIMIT);
    assert_refused("USD", "92233720368547759", STATUS_LIMIT);
    assert_refused("USD", "9223372036854775807", STATUS_LIMIT);
    assert_refused("JPY", "9223372036854775808", STATUS_LIMIT);
    assert_refused("USD", "99999999999999999999999999999999999999.99", STATUS_LIMIT);
}

static void amounts_are_written_with_all_decimals(void **state)
{
    (void)state;
    assert_writes("USD", 2797, "27.97");
    assert_writes("USD", 2700, "27.00");
    assert_writes("USD", 5, "0.05");
    assert_writes("USD", 50, "0.50");
    assert_writes("USD", 0, "0.00");
    assert_writes("USD", -5, "-0.05");
    assert_writes("JPY", 0, "0");
    assert_writes("JPY", 1500, "1500");
    assert_writes("KWD", 1, "0.001");
    assert_writes("CLF", 123456, "12.3456");
}

static void the_ends_of_64_bits_are_written(void **state)
{
    (void)state;
    assert_writes("USD", INT64_MAX, "92233720368547758.07");
    assert_writes("USD", INT64_MIN, "-92233720368547758.08");
    assert_writes("JPY", INT64_MIN, "-9223372036854775808");
    assert_writes("CLF", INT64_MIN, "-922337203685477.5808");
}

static void a_product_beyond_64_bits_is_an_error(void **state)
{
    int64_t product = 42;

    (void)state;
    assert_int_equal(money_multiply(INT64_MAX / 1000000, 1000000, &product), STATUS_OK);
    assert_true(product == INT64_MAX / 1000000 * 1000000);
    product = 42;
    assert_int_equal(money_multiply(INT64_MAX / 1000000 + 1, 1000000, &product), STATUS_LIMIT);
    assert_int_equal(money_multiply(INT64_MIN, -1, &product), STATUS_LIMIT);
    assert_int_equal(product, 42);
}

static void a_sum_beyond_64_bits_is_an_error(void **state)
{
    int64_t sum = 42;

    (void)state;
    assert_int_equal(money_add(INT64_MAX - 1, 1, &sum), STATUS_OK);
    assert_true(sum == INT64_MAX);
    sum = 42;
    assert_int_equal(money_add(INT64_MAX, 1, &sum), STATUS_LIMIT);
    assert_int_equal(money_add(INT64_MIN, -1, &sum), STATUS_LIMIT);
    assert_int_equal(sum, 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(amounts_are_read_to_the_currencys_decimals),
        cmocka_unit_test(more_decimals_than_the_currency_has_are_refused_never_rounded),
        cmocka_unit_test(what_is_no_plain_decimal_is_refused),
        cmocka_unit_test(a_nul_is_no_digit),
        cmocka_unit_test(amounts_are_taken_to_64_bits_and_not_beyond),
        cmocka_unit_test(amounts_are_written_with_all_decimals),
        cmocka_unit_test(the_ends_of_64_bits_are_written),
        cmocka_unit_test(a_product_beyond_64_bits_is_an_error),
        cmocka_unit_test(a_sum_beyond_64_bits_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
