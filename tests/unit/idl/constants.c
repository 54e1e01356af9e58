/* Constant expressions: operators, widths, ranges, kinds (CORBA 3.3, part 1, 7.8). */
#include "world.h"

static void operators_bind_as_in_c(void **state)
{
    takes(*state, "const long a = 1 + 2 * 3; const long b = (1 + 2) * 3; const long c = 1 | 2 ^ 3 "
                  "& 6; const long d = 1 << 2 + 1; const long e = 7 - 2 - 1; const long f = 17 % 5 "
                  "/ 2; const long g = -3 * -2; const long h = 64 >> 2 >> 1;");
    assert_int_equal(integer_of(*state, "a"), 7);
    assert_int_equal(integer_of(*state, "b"), 9);
    assert_int_equal(integer_of(*state, "c"), 1);
    assert_int_equal(integer_of(*state, "d"), 8);
    assert_int_equal(integer_of(*state, "e"), 4);
    assert_int_equal(integer_of(*state, "f"), 1);
    assert_int_equal(integer_of(*state, "g"), 6);
    assert_int_equal(integer_of(*state, "h"), 8);
}

static void not_is_for_the_width_of_its_type(void **state)
{
    takes(*state, "const long a = ~0; const unsigned long b = ~0; const long long c = ~5; const "
                  "unsigned long long d = ~1; const short e = ~1;");
    assert_int_equal(integer_of(*state, "a"), -1);
    assert_int_equal(integer_of(*state, "b"), 4294967295);
    assert_int_equal(integer_of(*state, "c"), -6);
    assert_int_equal(integer_of(*state, "d"), -2);
    assert_int_equal(integer_of(*state, "e"), -2);
}

static void integers_reach_the_ends_of_their_range(void **state)
{
    takes(*state,
          "const short a = -32768; const unsigned short b = 65535; const long c = -2147483648; "
          "const unsigned long d = 4294967295; const long long e = -9223372036854775808; const "
          "unsigned long long f = 18446744073709551615; const octet g = 255;");
    assert_int_equal(integer_of(*state, "a"), -32768);
    assert_int_equal(integer_of(*state, "b"), 65535);
    assert_int_equal(integer_of(*state, "c"), INT32_MIN);
    assert_int_equal(integer_of(*state, "d"), UINT32_MAX);
    assert_int_equal(integer_of(*state, "e"), INT64_MIN);
    assert_int_equal(integer_of(*state, "f"), -1);
    assert_int_equal(integer_of(*state, "g"), 255);
}

static void integers_stay_within_their_range(void **state)
{
    refuses(*state, "const short a = 32768;", "1:17", "range of short");
    refuses(*state, "const unsigned short a = -1;", "1:26", "range of unsigned short");
    refuses(*state, "const long a = 2147483648;", "1:16", "range of long");
    refuses(*state, "const octet a = 256;", "1:17", "range of octet");
    refuses(*state, "const octet a = ~0;", "1:17", "range of octet");
    refuses(*state, "const unsigned long a = 4294967296;", "1:25", "out of the range");
    refuses(*state, "const long long a = 9223372036854775808;", "1:21", "range of long long");
}

static void a_result_within_stays_within_32_bits(void **state)
{
    refuses(*state, "const unsigned long a = 4294967295 + 1 - 1;", "1:36",
            "the result of '+' does not fit into 32 bits");
    takes(*state, "const unsigned long long b = 4294967295 + 1;");
}

static void a_result_within_stays_within_64_bits(void **state)
{
    refuses(*state, "const long long a = 18446744073709551615 * 18446744073709551615;", "1:42",
            "'*' does not fit into 64 bits");
    refuses(*state, "const long long a = 18446744073709551615 << 63;", "1:42",
            "'<<' does not fit into 64 bits");
}

static void a_shift_is_by_0_to_63(void **state)
{
    refuses(*state, "const long a = 1 << 64;", "1:18", "a shift by 0 to 63 expected");
    refuses(*state, "const long a = 1 >> -1;", "1:18", "a shift by 0 to 63 expected");
    refuses(*state, "const unsigned long a = 1 << 32;", "1:27", "does not fit into 32 bits");
}

static void a_division_by_zero_is_refused(void **state)
{
    refuses(*state, "const long a = 1 / 0;", "1:18", "a division by zero");
    refuses(*state, "const long a = 1 % 0;", "1:18", "a division by zero");
    refuses(*state, "const double a = 1.0 / 0.0;", "1:22", "a division by zero");
    refuses(*state, "const fixed a = 1d / 0d;", "1:20", "a division by zero");
}

static void floats_compute(void **state)
{
    takes(*state, "const double a = 1.5 * 2.0 + 1.0 / 4.0 - 1.0; const float b = -2.5; const long "
                  "double c = +1.0;");
    assert_true(idl_find_constant(*state, "a")->real == 2.25);
    assert_true(idl_find_constant(*state, "b")->real == -2.5);
}

static void floats_know_no_bits(void **state)
{
    refuses(*state, "const double a = 1.0 % 2.0;", "1:22",
            "'%' is not for a floating-point number");
    refuses(*state, "const double a = ~1.0;", "1:18", "'~' is not for a floating-point number");
}

static void floats_stay_within_their_range(void **state)
{
    refuses(*state, "const float a = 1e39;", "1:17", "range of float expected");
    refuses(*state, "const double a = 1e308 * 10.0;", "1:24", "does not fit into a double");
}

static void kinds_do_not_mix(void **state)
{
    refuses(*state, "const double a = 2 * 3.5;", "1:20",
            "'*' does not combine an integer and a floating-point number");
    refuses(*state, "const double a = 1;", "1:18",
            "a floating-point number expected, but an integer came");
    refuses(*state, "const long a = 1.0;", "1:16",
            "an integer expected, but a floating-point number came");
    refuses(*state, "const fixed a = 1.5d * 2;", "1:22", "does not combine");
    refuses(*state, "const string a = 'a';", "1:18", "a string expected, but a character came");
    refuses(*state, "const string a = L\"a\";", "1:18",
            "a string expected, but a wide string came");
    refuses(*state, "const boolean a = 1;", "1:19", "a boolean expected, but an integer came");
}

static void booleans_are_true_or_false(void **state)
{
    takes(*state, "const boolean a = TRUE; const boolean b = (FALSE);");
    assert_int_equal(integer_of(*state, "a"), 1);
    assert_int_equal(integer_of(*state, "b"), 0);
    refuses(*state, "const boolean c = TRUE | FALSE;", "1:24", "'|' is not for a boolean");
}

static void strings_have_no_operators(void **state)
{
    refuses(*state, "const string a = \"a\" + \"b\";", "1:22", "'+' is not for a string");
    refuses(*state, "const string a = -\"a\";", "1:18", "'-' is not for a string");
}

static void a_string_stays_within_its_bound(void **state)
{
    takes(*state, "const string<3> a = \"\303\244\303\266\303\274\";");
    refuses(*state, "const string<2> b = \"abc\";", "1:21",
            "a string of at most 2 characters expected");
}

static void enumerators_are_constants(void **state)
{
    takes(*state, "enum E { x, y }; const E a = y; const E b = a;");
    assert_int_equal(integer_of(*state, "b"), 1);
    refuses(*state, "enum F { z }; const E c = z;", "1:27",
            "an enumerator of E expected, not of F");
    refuses(*state, "const long c = y;", "1:16", "an integer expected, but an enumerator came");
    refuses(*state, "const E c = 1;", "1:13", "an enumerator expected, but an integer came");
}

static void a_constant_can_be_used_in_others(void **state)
{
    takes(*state,
          "const long a = 3; module M { const long b = ::a * 2; }; const octet c = M::b + a; const "
          "string d = \"x\"; const string e = d; const char f = 'c'; const char g = f; const "
          "double h = 0.5; const double i = h + h; const unsigned long long j = ~0; const unsigned "
          "long long k = j; const fixed l = -1.5d; const fixed o = l + l;");
    assert_int_equal(integer_of(*state, "c"), 9);
    text_is(*state, "e", "x");
    text_is(*state, "g", "c");
    assert_int_equal(integer_of(*state, "k"), -1);
    text_is(*state, "o", "-3");
}

static void a_constant_of_another_width_must_fit(void **state)
{
    takes(*state, "const long long a = 4294967296;");
    refuses(*state, "const long b = a;", "1:16", "'a' is out of the range");
    refuses(*state, "const octet b = a >> 32;", "1:17", "out of the range");
}

static void a_type_is_no_constant(void **state)
{
    refuses(*state, "typedef long T; const long a = T;", "1:32",
            "a constant or an enumerator expected, but 'T' is a type");
}

static void a_constant_has_a_simple_type(void **state)
{
    refuses(*state, "struct S { long x; }; const S a = 1;", "1:29", "type expected for a constant");
    refuses(*state, "const any a = 1;", "1:7", "type expected for a constant");
    refuses(*state, "const Object a = 1;", "1:7", "type expected for a constant");
}

static void a_typedef_serves_for_its_type(void **state)
{
    takes(*state, "typedef unsigned short T; const T a = 65535;");
    assert_int_equal(idl_find_constant(*state, "a")->type->kind, TK_ALIAS);
    refuses(*state, "const T b = 65536;", "1:13", "range of");
}

static void a_value_is_expected(void **state)
{
    refuses(*state, "const long a = ;", "1:16", "a constant value expected, but ';' came");
    refuses(*state, "const long a 1;", "1:14", "'=' expected, but '1' came");
    refuses(*state, "const long a = (1;", "1:18", "')' expected, but ';' came");
}

static void a_fixed_has_the_digits_that_it_needs(void **state)
{
    takes(*state, "const fixed a = 0012.500d; const fixed b = 12d; const fixed c = -0.05d; const "
                  "fixed d = 0d;");
    text_is(*state, "a", "12.5");
    text_is(*state, "b", "12");
    text_is(*state, "c", "-0.05");
    text_is(*state, "d", "0");
    const struct typecode *type = idl_find_constant(*state, "a")->type;
    assert_int_equal(type->fixed_digits, 3);
    assert_int_equal(type->fixed_scale, 1);
}

static void a_fixed_computes_without_rounding(void **state)
{
    takes(*state, "const fixed a = 1.5d * 2.25D; const fixed b = 10.0d / 3.0d; const fixed c = 1d "
                  "- 2.5d; const fixed d = 1d / 8d;");
    text_is(*state, "a", "3.375");
    text_is(*state, "b", "3.333333333333333333333333333333");
    text_is(*state, "c", "-1.5");
    text_is(*state, "d", "0.125");
}

static void a_fixed_has_at_most_31_digits(void **state)
{
    refuses(*state, "const fixed a = 12345678901234567890123456789012d;", "1:17",
            "has more than 31 digits");
    refuses(*state, "const fixed a = 9999999999999999999999999999999d + 1d;", "1:50",
            "the result of '+' has more than 31 digits");
    refuses(*state, "const fixed a = 9999999999999999999999999999999d * 10d;", "1:50",
            "'*' has more than 31 digits");
}

static void a_fixed_fits_its_type_exactly(void **state)
{
    takes(*state, "typedef fixed<5,2> F; const F a = 123.45d; const F b = 0d;");
    refuses(*state, "const F c = 1.555d;", "1:13",
            "a value of at most 5 digits, 2 of them behind the point");
    refuses(*state, "const F c = 1234d;", "1:13", "at most 5 digits");
}

static void a_constant_has_its_scoped_name(void **state)
{
    takes(*state, "module M { interface I { const long c = 4; }; };");
    assert_string_equal(idl_constant_at(*state, 0)->scoped, "M::I::c");
    assert_int_equal(integer_of(*state, "M::I::c"), 4);
}

static void parentheses_nest_64_deep(void **state)
{
    exceeds_repeated(*state, "const long a = ", "(", 65, "", "nested more than 64 levels deep");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sentence(operators_bind_as_in_c),
        sentence(not_is_for_the_width_of_its_type),
        sentence(integers_reach_the_ends_of_their_range),
        sentence(integers_stay_within_their_range),
        sentence(a_result_within_stays_within_32_bits),
        sentence(a_result_within_stays_within_64_bits),
        sentence(a_shift_is_by_0_to_63),
        sentence(a_division_by_zero_is_refused),
        sentence(floats_compute),
        sentence(floats_know_no_bits),
        sentence(floats_stay_within_their_range),
        sentence(kinds_do_not_mix),
        sentence(booleans_are_true_or_false),
        sentence(strings_have_no_operators),
        sentence(a_string_stays_within_its_bound),
        sentence(enumerators_are_constants),
        sentence(a_constant_can_be_used_in_others),
        sentence(a_constant_of_another_width_must_fit),
        sentence(a_type_is_no_constant),
        sentence(a_constant_has_a_simple_type),
        sentence(a_typedef_serves_for_its_type),
        sentence(a_value_is_expected),
        sentence(a_fixed_has_the_digits_that_it_needs),
        sentence(a_fixed_computes_without_rounding),
        sentence(a_fixed_has_at_most_31_digits),
        sentence(a_fixed_fits_its_type_exactly),
        sentence(a_constant_has_its_scoped_name),
        sentence(parentheses_nest_64_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
