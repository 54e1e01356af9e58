/* Tokens: numbers, characters, strings, identifiers, comments. */
#include "world.h"

static void integers_are_decimal_octal_or_hexadecimal(void **state)
{
    takes(*state, "const long a = 10; const long b = 017; const long c = 0x1F; const long d = 0;");
    assert_int_equal(integer_of(*state, "a"), 10);
    assert_int_equal(integer_of(*state, "b"), 15);
    assert_int_equal(integer_of(*state, "c"), 31);
    assert_int_equal(integer_of(*state, "d"), 0);
}

static void a_digit_of_another_base_is_refused(void **state)
{
    refuses(*state, "const long a = 019;", "1:16", "'9' is no octal digit");
}

static void a_hexadecimal_number_needs_digits(void **state)
{
    refuses(*state, "const long a = 0x;", "1:18", "hexadecimal digits expected");
}

static void a_number_of_more_than_64_bits_is_refused(void **state)
{
    refuses(*state, "const unsigned long long a = 18446744073709551616;", "1:30",
            "more than 64 bits hold");
}

static void a_letter_at_a_number_is_refused(void **state)
{
    refuses(*state, "const long a = 12x;", "1:18", "'x' does not belong to the number");
}

static void floats_have_points_and_exponents(void **state)
{
    takes(*state, "const double a = 1.5; const double b = .5; const double c = 1.; const double d "
                  "= 2e3; const double e = 25E-1;");
    assert_true(idl_find_constant(*state, "a")->real == 1.5);
    assert_true(idl_find_constant(*state, "b")->real == 0.5);
    assert_true(idl_find_constant(*state, "c")->real == 1.0);
    assert_true(idl_find_constant(*state, "d")->real == 2000.0);
    assert_true(idl_find_constant(*state, "e")->real == 2.5);
}

static void an_exponent_needs_digits(void **state)
{
    refuses(*state, "const double a = 1e;", "1:20", "digits of the exponent expected");
}

static void a_float_beyond_double_is_refused(void **state)
{
    refuses(*state, "const double a = 1e999;", "1:18", "more than a double holds");
}

static void characters_know_every_escape(void **state)
{
    takes(*state, "const char a = '\\n'; const char b = '\\''; const char c = '\\x41'; const char "
                  "d = '\\101'; const char e = '\\\\';");
    text_is(*state, "a", "\n");
    text_is(*state, "b", "'");
    text_is(*state, "c", "A");
    text_is(*state, "d", "A");
    text_is(*state, "e", "\\");
}

static void a_narrow_escape_names_a_character_of_iso_8859_1(void **state)
{
    takes(*state, "const char a = '\\xe4'; const string b = \"\\344\";");
    text_is(*state, "a", "\303\244");
    text_is(*state, "b", "\303\244");
}

static void a_char_can_be_nul(void **state)
{
    takes(*state, "const char a = '\\0';");
    assert_int_equal(idl_find_constant(*state, "a")->text_length, 1);
    assert_int_equal(idl_find_constant(*state, "a")->text[0], 0);
}

static void a_char_is_one_character(void **state)
{
    refuses(*state, "const char a = 'ab';", "1:16",
            "one character expected between the quotes, not 2");
    refuses(*state, "const char a = '';", "1:16", "not 0");
}

static void a_char_holds_iso_8859_1_alone(void **state)
{
    takes(*state, "const char a = '\303\244';");
    refuses(*state, "const char b = '\342\202\254';", "1:16", "a character of ISO-8859-1 expected");
}

static void an_unknown_escape_is_refused(void **state)
{
    refuses(*state, "const char a = '\\q';", "1:17", "expected");
}

static void an_octal_escape_ends_at_377(void **state)
{
    refuses(*state, "const char a = '\\400';", "1:17", "at most \\377");
}

static void a_wide_escape_stands_in_wide_literals_alone(void **state)
{
    refuses(*state, "const char a = '\\u0041';", "1:17", "\\u expected in a wide literal");
}

static void wide_characters_know_all_of_unicode(void **state)
{
    takes(*state, "const wchar a = L'\\u20ac'; const wchar b = L'\342\202\254';");
    text_is(*state, "a", "\342\202\254");
    text_is(*state, "b", "\342\202\254");
}

static void surrogates_come_in_pairs(void **state)
{
    takes(*state, "const wstring a = L\"\\ud83d\\ude00\";");
    text_is(*state, "a", "\360\237\230\200");
    refuses(*state, "const wstring b = L\"\\ud83dx\";", "1:27", "half of a surrogate pair");
    refuses(*state, "const wstring b = L\"\\ude00\";", "1:21", "half of a surrogate pair");
    refuses(*state, "const wstring b = L\"\\ud83d\";", "1:21", "half of a surrogate pair");
}

static void strings_that_follow_each_other_are_one(void **state)
{
    takes(*state, "const string a = \"one\" \" and \"\n\"two\"; const wstring b = L\"x\" L\"y\";");
    text_is(*state, "a", "one and two");
    text_is(*state, "b", "xy");
}

static void an_escape_ends_with_its_string(void **state)
{
    takes(*state, "const string a = \"\\x4\" \"1\";");
    text_is(*state, "a", "\0041");
}

static void a_string_holds_no_nul(void **state)
{
    refuses(*state, "const string a = \"a\\0b\";", "1:18", "a string cannot hold a NUL");
}

static void a_string_ends_on_its_line(void **state)
{
    refuses(*state, "const string a = \"abc\n\";", "1:18", "this literal has no end");
}

static void a_string_is_utf_8(void **state)
{
    refuses(*state, "const string a = \"\377\";", "1:19", "this text is not UTF-8");
}

static void an_identifier_can_be_escaped(void **state)
{
    takes(*state, "typedef long _interface; typedef _interface Other;");
    assert_string_equal(type_of(*state, "interface")->name, "interface");
}

static void an_escaped_identifier_begins_with_a_letter(void **state)
{
    refuses(*state, "typedef long __x;", "1:14", "a letter expected behind the '_'");
}

static void a_keyword_in_another_case_is_refused(void **state)
{
    refuses(*state, "typedef long Struct;", "1:14",
            "too like the keyword 'struct' (write _Struct)");
}

static void a_young_keyword_in_another_case_is_a_name(void **state)
{
    takes(*state, "typedef Object Factory; typedef string EventType;");
    refuses(*state, "typedef long factory;", "1:14", "an identifier expected, but 'factory' came");
}

static void comments_are_blanks(void **state)
{
    takes(*state, "/* one\ntwo */ typedef /**/ long // rest\n A;");
    assert_string_equal(type_of(*state, "A")->id, "IDL:A:1.0");
}

static void a_comment_has_an_end(void **state)
{
    refuses(*state, "typedef long A;\n  /* never", "2:3", "this comment has no end");
}

static void a_byte_that_begins_no_token_is_refused(void **state)
{
    refuses(*state, "typedef long $;", "1:14", "no token begins with '$'");
    refuses(*state, "typedef long \001;", "1:14", "no token begins with the byte 0x01");
}

static void an_identifier_has_at_most_255_bytes(void **state)
{
    exceeds_repeated(*state, "typedef long ", "x", 256, ";",
                     "an identifier of more than 255 bytes");
}

static void what_came_is_told(void **state)
{
    refuses(*state, "struct S { long 5; };", "1:17", "an identifier expected, but '5' came");
    refuses(*state, "struct S { long \"a\"; };", "1:17", "but a string came");
    refuses(*state, "typedef long A", "1:15", "';' expected, but the end of the file came");
    refuses(*state, "typedef long A :", "1:16", "';' expected, but ':' came");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sentence(integers_are_decimal_octal_or_hexadecimal),
        sentence(a_digit_of_another_base_is_refused),
        sentence(a_hexadecimal_number_needs_digits),
        sentence(a_number_of_more_than_64_bits_is_refused),
        sentence(a_letter_at_a_number_is_refused),
        sentence(floats_have_points_and_exponents),
        sentence(an_exponent_needs_digits),
        sentence(a_float_beyond_double_is_refused),
        sentence(characters_know_every_escape),
        sentence(a_narrow_escape_names_a_character_of_iso_8859_1),
        sentence(a_char_can_be_nul),
        sentence(a_char_is_one_character),
        sentence(a_char_holds_iso_8859_1_alone),
        sentence(an_unknown_escape_is_refused),
        sentence(an_octal_escape_ends_at_377),
        sentence(a_wide_escape_stands_in_wide_literals_alone),
        sentence(wide_characters_know_all_of_unicode),
        sentence(surrogates_come_in_pairs),
        sentence(strings_that_follow_each_other_are_one),
        sentence(an_escape_ends_with_its_string),
        sentence(a_string_holds_no_nul),
        sentence(a_string_ends_on_its_line),
        sentence(a_string_is_utf_8),
        sentence(an_identifier_can_be_escaped),
        sentence(an_escaped_identifier_begins_with_a_letter),
        sentence(a_keyword_in_another_case_is_refused),
        sentence(a_young_keyword_in_another_case_is_a_name),
        sentence(comments_are_blanks),
        sentence(a_comment_has_an_end),
        sentence(a_byte_that_begins_no_token_is_refused),
        sentence(an_identifier_has_at_most_255_bytes),
        sentence(what_came_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
