/* Decimal numbers: as on paper, up to 31 digits. */
#include "idl/decimal.h"

#include "world.h"

static struct decimal of(const char *text)
{
    struct decimal value;
    bool negative = *text == '-';
    assert_true(decimal_parse(text + negative, strlen(text) - negative, &value));
    value.negative = negative;
    return value;
}

static void is(const struct decimal *value, const char *expected)
{
    char text[DECIMAL_TEXT_SIZE];
    assert_int_equal(decimal_text(value, text), strlen(expected));
    assert_string_equal(text, expected);
}

static void a_number_loses_its_idle_zeros(void **state)
{
    (void)state;
    struct decimal a = of("00120.4500"), b = of("0.000"), c = of(".5");
    is(&a, "120.45");
    is(&b, "0");
    is(&c, "0.5");
}

static void numbers_add_with_their_signs(void **state)
{
    static const char *const sums[][3] = {
        {"1.5", "2.25", "3.75"},       {"-1.5", "2.25", "0.75"}, {"1.5", "-2.25", "-0.75"},
        {"-1.5", "-2.25", "-3.75"},    {"1.5", "-1.5", "0"},     {"999", "1", "1000"},
        {"1000", "-0.001", "999.999"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        struct decimal a = of(sums[i][0]), b = of(sums[i][1]), sum;
        assert_true(decimal_add(&a, &b, &sum));
        is(&sum, sums[i][2]);
    }
}

static void products_have_the_decimals_of_both(void **state)
{
    struct decimal a = of("-1.05"), b = of("0.02"), product;
    (void)state;
    assert_true(decimal_multiply(&a, &b, &product));
    is(&product, "-0.021");
}

static void what_does_not_fit_behind_the_point_is_cut(void **state)
{
    struct decimal a = of("1.234567890123456789012345678901"), product;
    (void)state;
    assert_true(decimal_multiply(&a, &a, &product));
    is(&product, "1.524157875323883675049535156256");
}

static void what_does_not_fit_before_the_point_is_too_much(void **state)
{
    struct decimal a = of("9999999999999999999999999999999"), one = of("1"), result;
    (void)state;
    assert_false(decimal_add(&a, &one, &result));
    assert_false(decimal_multiply(&a, &a, &result));
    assert_false(decimal_parse("12345678901234567890123456789012", 32, &result));
}

static void quotients_have_31_digits_at_most(void **state)
{
    static const char *const quotients[][3] = {
        {"1", "8", "0.125"},
        {"10", "3", "3.333333333333333333333333333333"},
        {"-1", "3", "-0.3333333333333333333333333333333"},
        {"100", "-0.5", "-200"},
        {"0", "7", "0"},
        {"0.0000000000000000000000000000001", "1000", "0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(quotients) / sizeof(quotients[0]); i++) {
        struct decimal a = of(quotients[i][0]), b = of(quotients[i][1]), quotient;
        assert_true(decimal_divide(&a, &b, &quotient));
        is(&quotient, quotients[i][2]);
    }
}

static void a_quotient_can_be_too_much(void **state)
{
    struct decimal a = of("9999999999999999999999999999999"), b = of("0.1"), quotient;
    (void)state;
    assert_false(decimal_divide(&a, &b, &quotient));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_loses_its_idle_zeros),
        cmocka_unit_test(numbers_add_with_their_signs),
        cmocka_unit_test(products_have_the_decimals_of_both),
        cmocka_unit_test(what_does_not_fit_behind_the_point_is_cut),
        cmocka_unit_test(what_does_not_fit_before_the_point_is_too_much),
        cmocka_unit_test(quotients_have_31_digits_at_most),
        cmocka_unit_test(a_quotient_can_be_too_much),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
