/* Unions: what switches, labels, defaults. */
#include "world.h"

static void a_member_stands_for_each_of_its_labels(void **state)
{
    takes(*state, "union U switch (long) { case 1: case -2: long a; case 3: string b; };");
    assert_int_equal(type_of(*state, "U")->member_count, 3);
    assert_int_equal(type_of(*state, "U")->members[0].label, 1);
    assert_int_equal(type_of(*state, "U")->members[1].label, -2);
    assert_string_equal(type_of(*state, "U")->members[1].name, "a");
    assert_int_equal(type_of(*state, "U")->default_index, -1);
}

static void a_default_can_stand_anywhere(void **state)
{
    takes(*state, "union U switch (long) { case 1: long a; default: string b; case 3: any c; };");
    assert_int_equal(type_of(*state, "U")->default_index, 1);
    assert_int_equal(type_of(*state, "U")->members[1].label, 0);
    assert_string_equal(typecode_union_member(type_of(*state, "U"), 7)->name, "b");
}

static void a_default_can_share_its_case(void **state)
{
    takes(*state, "union U switch (short) { case 1: default: case 2: long a; };");
    assert_int_equal(type_of(*state, "U")->default_index, 1);
    assert_int_equal(type_of(*state, "U")->member_count, 3);
}

static void every_integer_switches(void **state)
{
    takes(*state, "union U0 switch (short) { case 1: long a; };");
    takes(*state, "union U1 switch (unsigned short) { case 1: long a; };");
    takes(*state, "union U2 switch (long) { case 1: long a; };");
    takes(*state, "union U3 switch (unsigned long) { case 1: long a; };");
    takes(*state, "union U4 switch (long long) { case 1: long a; };");
    takes(*state, "union U5 switch (unsigned long long) { case 1: long a; };");
}

static void labels_use_all_64_bits(void **state)
{
    takes(*state, "union U switch (unsigned long long) { case 18446744073709551615: long a; case "
                  "0x7fffffffffffffff: long b; };");
    assert_int_equal(type_of(*state, "U")->members[0].label, -1);
    assert_int_equal(type_of(*state, "U")->members[1].label, INT64_MAX);
}

static void a_char_switches_by_its_byte(void **state)
{
    takes(*state, "union U switch (char) { case 'a': long x; case '\\xff': long y; };");
    assert_int_equal(type_of(*state, "U")->members[0].label, 97);
    assert_int_equal(type_of(*state, "U")->members[1].label, 255);
}

static void a_boolean_switches(void **state)
{
    takes(*state, "union U switch (boolean) { case TRUE: long a; };");
    assert_int_equal(type_of(*state, "U")->members[0].label, 1);
    assert_int_equal(type_of(*state, "U")->default_index, -1);
}

static void an_enum_switches(void **state)
{
    takes(*state, "module M { enum E { x, y }; }; union U switch (M::E) { case M::y: long a; };");
    assert_int_equal(type_of(*state, "U")->members[0].label, 1);
}

static void an_enum_can_be_declared_in_the_switch(void **state)
{
    takes(*state, "union U switch (enum E { x, y }) { case y: long a; default: string b; };");
    assert_string_equal(type_of(*state, "U::E")->id, "IDL:U/E:1.0");
    assert_int_equal(type_of(*state, "U")->members[0].label, 1);
}

static void a_typedef_switches(void **state)
{
    takes(*state, "typedef long L; union U switch (L) { case 1: long a; };");
    assert_int_equal(type_of(*state, "U")->discriminator->kind, TK_ALIAS);
}

static void nothing_else_switches(void **state)
{
    refuses(*state, "union U switch (octet) { case 1: long a; };", "1:17",
            "an integer, char, boolean or enum type expected");
    refuses(*state, "union U switch (wchar) { case 1: long a; };", "1:17",
            "an integer, char, boolean or enum type expected");
    refuses(*state, "union U switch (float) { case 1: long a; };", "1:17",
            "an integer, char, boolean or enum type expected");
    refuses(*state, "union U switch (string) { case 1: long a; };", "1:17",
            "an integer, char, boolean or enum type expected");
    refuses(*state, "union U switch (any) { case 1: long a; };", "1:17",
            "an integer, char, boolean or enum type expected");
    refuses(*state, "union U switch (Bad) { case 1: long a; };", "1:17", "'Bad' is not declared");
}

static void a_label_stands_once(void **state)
{
    refuses(*state, "union U switch (long) { case 1: long a;\ncase 2: long b; case 1: long c; };",
            "2:22", "this label has a member already, at t.idl:1:30");
    refuses(*state, "union U switch (char) { case 'a': long a; case '\\x61': long b; };", "1:48",
            "has a member already");
}

static void a_label_is_of_its_type(void **state)
{
    refuses(*state, "union U switch (boolean) { case 1: long a; };", "1:33",
            "a boolean expected, but an integer came");
    refuses(*state, "union U switch (short) { case 40000: long a; };", "1:31", "range of short");
    refuses(*state, "enum E { x }; enum F { y }; union U switch (E) { case y: long a; };", "1:55",
            "an enumerator of E expected, not of F");
}

static void there_is_one_default(void **state)
{
    refuses(*state, "union U switch (long) { default: long a; default: long b; };", "1:42",
            "this union has a default already, at t.idl:1:25");
}

static void a_default_must_be_possible(void **state)
{
    refuses(*state,
            "union U switch (boolean) { case TRUE: long a; case FALSE: long b; default: long c; };",
            "1:67", "a default can never be");
    refuses(*state, "enum E { x }; union U switch (E) { case x: long a; default: long b; };",
            "1:52", "a default can never be");
}

static void a_union_has_a_case(void **state)
{
    refuses(*state, "union U switch (long) {};", "1:24",
            "'case' or 'default' expected, but '}' came");
    refuses(*state, "union U switch (long) { long a; };", "1:25", "'case' or 'default' expected");
}

static void a_case_has_one_member(void **state)
{
    refuses(*state, "union U switch (long) { case 1: long a, b; };", "1:39",
            "';' expected, but ',' came");
    refuses(*state, "union U switch (long) { case 1: };", "1:33", "a type expected");
    refuses(*state, "union U switch (long) { case 1 long a; };", "1:32", "':' expected");
}

static void a_union_can_hold_sequences_of_itself(void **state)
{
    takes(*state, "union U switch (long) { case 1: sequence<U> a; };");
    assert_ptr_equal(type_of(*state, "U")->members[0].type->content, type_of(*state, "U"));
    refuses(*state, "union V switch (long) { case 1: V a; };", "1:33", "complete type expected");
}

static void a_union_can_be_declared_forward(void **state)
{
    takes(*state, "union U; typedef sequence<U> List; union U switch (long) { case 1: List a; };");
    refuses(*state, "union V;", "1:7", "only declared");
}

static void a_member_can_be_an_array_or_declared_on_the_spot(void **state)
{
    takes(*state, "union U switch (long) { case 1: long a[3]; case 2: struct S { long x; } b; };");
    assert_int_equal(type_of(*state, "U")->members[0].type->kind, TK_ARRAY);
    assert_string_equal(type_of(*state, "U::S")->id, "IDL:U/S:1.0");
}

static void a_member_cannot_be_called_as_a_label(void **state)
{
    refuses(*state, "enum E { a }; union U switch (E) { case a: long a; };", "1:49",
            "'a' was used");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sentence(a_member_stands_for_each_of_its_labels),
        sentence(a_default_can_stand_anywhere),
        sentence(a_default_can_share_its_case),
        sentence(every_integer_switches),
        sentence(labels_use_all_64_bits),
        sentence(a_char_switches_by_its_byte),
        sentence(a_boolean_switches),
        sentence(an_enum_switches),
        sentence(an_enum_can_be_declared_in_the_switch),
        sentence(a_typedef_switches),
        sentence(nothing_else_switches),
        sentence(a_label_stands_once),
        sentence(a_label_is_of_its_type),
        sentence(there_is_one_default),
        sentence(a_default_must_be_possible),
        sentence(a_union_has_a_case),
        sentence(a_case_has_one_member),
        sentence(a_union_can_hold_sequences_of_itself),
        sentence(a_union_can_be_declared_forward),
        sentence(a_member_can_be_an_array_or_declared_on_the_spot),
        sentence(a_member_cannot_be_called_as_a_label),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
