/* The currencies of ISO 4217. */
#include "domain/money.h"

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void assert_decimals(const char *code, int decimals)
{
    const struct currency *currency = currency_find(code, 3);

    if (!currency) {
        fail_msg("%s is missing", code);
        return;
    }
    assert_string_equal(currency->code, code);
    assert_int_equal(currency->decimals, decimals);
}

static void most_have_two_decimals(void **state)
{
    static const char *const codes[] = {"AED", "EUR", "GBP", "USD", "CHF", "MGA", "MRU", "ZWG"};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        assert_decimals(codes[i], 2);
}

static void these_have_none(void **state)
{
    static const char *const codes[] = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                        "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                        "VND", "VUV", "XAF", "XOF", "XPF"};

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        assert_decimals(codes[i], 0);
}

static void these_have_three_or_four(void **state)
{
    static const char *const three[] = {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};

    (void)state;
    for (size_t i = 0; i < sizeof(three) / sizeof(three[0]); i++)
        assert_decimals(three[i], 3);
    assert_decimals("CLF", 4);
    assert_decimals("UYW", 4);
}

/* Tries every code that three letters can form. */
static void there_are_165_and_each_is_found_under_its_own_code(void **state)
{
    int count = 0;

    (void)state;
    for (int n = 0; n < 26 * 26 * 26; n++) {
        char code[4] = {(char)('A' + n / 676), (char)('A' + n / 26 % 26), (char)('A' + n % 26)};
        const struct currency *currency = currency_find(code, 3);

        if (!currency)
            continue;
        assert_string_equal(currency->code, code);
        count++;
    }
    assert_int_equal(count, 165);
}

static void what_is_not_a_currency_is_not_found(void **state)
{
    (void)state;
    assert_null(currency_find("usd", 3));
    assert_null(currency_find("US", 2));
    assert_null(currency_find("USDX", 4));
    assert_null(currency_find("", 0));
    assert_null(currency_find("XAU", 3)); /* gold has no minor unit */
    assert_null(currency_find("XXX", 3));
    assert_null(currency_find("HRK", 3)); /* withdrawn in 2023 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(most_have_two_decimals),
        cmocka_unit_test(these_have_none),
        cmocka_unit_test(these_have_three_or_four),
        cmocka_unit_test(there_are_165_and_each_is_found_under_its_own_code),
        cmocka_unit_test(what_is_not_a_currency_is_not_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
