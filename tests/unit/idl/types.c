/* Types: basic ones, strings, sequences, arrays, fixed, typedefs, structs, enums, exceptions. */
#include "world.h"

static void every_basic_type_is_known(void **state)
{
    takes(
        *state,
        "struct S { short m0; unsigned short m1; long m2; unsigned long m3; long long m4; unsigned "
        "long long m5; float m6; double m7; long double m8; char m9; wchar m10; boolean m11; octet "
        "m12; any m13; Object m14; string m15; wstring m16; TypeCode m17; CORBA::TypeCode m18; };");
    static const enum typecode_kind kinds[] = {
        TK_SHORT,  TK_USHORT,     TK_LONG,    TK_ULONG,    TK_LONGLONG, TK_ULONGLONG, TK_FLOAT,
        TK_DOUBLE, TK_LONGDOUBLE, TK_CHAR,    TK_WCHAR,    TK_BOOLEAN,  TK_OCTET,     TK_ANY,
        TK_OBJREF, TK_STRING,     TK_WSTRING, TK_TYPECODE, TK_TYPECODE};
    assert_int_equal(type_of(*state, "S")->member_count, sizeof(kinds) / sizeof(kinds[0]));
    for (uint32_t i = 0; i < type_of(*state, "S")->member_count; i++)
        assert_int_equal(type_of(*state, "S")->members[i].type->kind, kinds[i]);
}

static void basic_types_are_found_by_name(void **state)
{
    assert_ptr_equal(idl_find_type(*state, "unsigned long long"), typecode_basic(TK_ULONGLONG));
    assert_ptr_equal(idl_find_type(*state, "string"), typecode_basic(TK_STRING));
    assert_ptr_equal(idl_find_type(*state, "CORBA::TypeCode"), typecode_basic(TK_TYPECODE));
}

static void a_typedef_keeps_its_name(void **state)
{
    takes(*state, "typedef long A; typedef A B;");
    assert_string_equal(type_of(*state, "B")->id, "IDL:B:1.0");
    assert_int_equal(type_of(*state, "B")->kind, TK_ALIAS);
    assert_ptr_equal(type_of(*state, "B")->content, type_of(*state, "A"));
}

static void a_typedef_can_name_several_types(void **state)
{
    takes(*state, "typedef long A, B[4], C[2][3];");
    assert_int_equal(type_of(*state, "A")->content->kind, TK_LONG);
    assert_int_equal(type_of(*state, "B")->content->length, 4);
    assert_int_equal(type_of(*state, "C")->content->length, 2);
    assert_int_equal(type_of(*state, "C")->content->content->length, 3);
    assert_int_equal(type_of(*state, "C")->content->content->content->kind, TK_LONG);
}

static void strings_and_sequences_can_have_bounds(void **state)
{
    takes(*state, "const long N = 3; typedef string<N + 1> A; typedef wstring<5> B; typedef "
                  "sequence<long, N> C; typedef sequence<sequence<string> > D;");
    assert_int_equal(type_of(*state, "A")->content->length, 4);
    assert_int_equal(type_of(*state, "B")->content->length, 5);
    assert_int_equal(type_of(*state, "C")->content->length, 3);
    assert_int_equal(type_of(*state, "D")->content->content->content->kind, TK_STRING);
}

static void a_bound_is_at_least_1(void **state)
{
    refuses(*state, "typedef string<0> A;", "1:16", "a number of at least 1 expected");
    refuses(*state, "typedef sequence<long, -1> A;", "1:24", "range of unsigned long expected");
    refuses(*state, "typedef long A[0];", "1:16", "at least 1");
    refuses(*state, "typedef string<\"x\"> A;", "1:16", "an integer expected, but a string came");
}

static void a_bound_has_an_end(void **state)
{
    refuses(*state, "typedef string<3 A;", "1:18", "'>' expected, but 'A' came");
    refuses(*state, "typedef sequence<sequence<long>> A;", "1:31", "'>' expected, but '>>' came");
    refuses(*state, "typedef long A[3;", "1:17", "']' expected");
}

static void fixed_has_digits_and_scale(void **state)
{
    takes(*state, "typedef fixed<9,2> F;");
    assert_int_equal(type_of(*state, "F")->content->fixed_digits, 9);
    assert_int_equal(type_of(*state, "F")->content->fixed_scale, 2);
    refuses(*state, "typedef fixed<32,0> G;", "1:14", "fixed<1 to 31, 0 to as many> expected");
    refuses(*state, "typedef fixed<2,3> G;", "1:14", "expected");
    refuses(*state, "typedef fixed G;", "1:15", "'<' expected");
}

static void a_struct_has_members(void **state)
{
    takes(*state, "struct S { long a, b[2]; string c; };");
    assert_int_equal(type_of(*state, "S")->member_count, 3);
    assert_string_equal(type_of(*state, "S")->members[1].name, "b");
    assert_int_equal(type_of(*state, "S")->members[1].type->kind, TK_ARRAY);
    assert_int_equal(type_of(*state, "S")->members[2].type->kind, TK_STRING);
}

static void a_struct_has_at_least_one_member(void **state)
{
    refuses(*state, "struct S {};", "1:11", "a member expected, but '}' came");
}

static void a_member_is_named_once(void **state)
{
    refuses(*state, "struct S { long a; short A; };", "1:26", "'A' is declared already");
}

static void types_can_be_declared_within_a_struct(void **state)
{
    takes(*state, "struct S { struct T { long a; } b; enum E { x } c; union U switch (long) { case "
                  "1: long d; } f; };");
    assert_string_equal(type_of(*state, "S::T")->id, "IDL:S/T:1.0");
    assert_string_equal(type_of(*state, "S::E")->id, "IDL:S/E:1.0");
    assert_string_equal(type_of(*state, "S::U")->id, "IDL:S/U:1.0");
    assert_int_equal(type_of(*state, "S")->members[0].type->kind, TK_STRUCT);
    assert_int_equal(type_of(*state, "S")->members[2].type->kind, TK_UNION);
}

static void a_struct_can_hold_sequences_of_itself(void **state)
{
    takes(*state, "struct S { long a; sequence<S> more; };");
    assert_ptr_equal(type_of(*state, "S")->members[1].type->content, type_of(*state, "S"));
}

static void a_struct_cannot_hold_itself(void **state)
{
    refuses(*state, "struct S { S a; };", "1:12",
            "a complete type expected, but 'S' is not defined yet");
    refuses(*state, "struct S { sequence<long> a; S b[2]; };", "1:30", "complete type expected");
}

static void a_struct_can_be_declared_forward(void **state)
{
    takes(*state, "struct S; typedef sequence<S> List; struct S { List below; };");
    assert_ptr_equal(type_of(*state, "List")->content->content, type_of(*state, "S"));
    assert_int_equal(type_of(*state, "S")->member_count, 1);
}

static void a_struct_that_is_declared_is_defined(void **state)
{
    refuses(*state, "struct S;", "1:8", "a definition expected of 'S', which is only declared");
}

static void a_type_that_is_not_known_yet_is_used_by_nobody_else(void **state)
{
    refuses(*state, "struct F; typedef sequence<F> L; struct B { L x; }; struct F { B b; };",
            "1:45", "a complete type expected, but 'F' is not defined yet");
    refuses(
        *state,
        "struct F; typedef sequence<F> L; interface I { void f(in L x); }; struct F { long b; };",
        "1:58", "complete type expected");
    refuses(*state, "struct F; typedef F G; struct F { long a; };", "1:19",
            "complete type expected");
    refuses(*state, "struct F; typedef F G[2]; struct F { long a; };", "1:19",
            "complete type expected");
}

static void a_struct_is_defined_once(void **state)
{
    refuses(*state, "struct S { long a; }; struct S { long a; };", "1:30",
            "'S' is declared already");
    refuses(*state, "struct S; union S switch (long) { case 1: long a; };", "1:17",
            "declared already");
}

static void a_member_ends_with_a_semicolon(void **state)
{
    refuses(*state, "struct S { long a }", "1:19", "';' expected, but '}' came");
    refuses(*state, "struct S { long; };", "1:16", "an identifier expected, but ';' came");
    refuses(*state, "struct S long", "1:10", "'{' expected, but 'long' came");
}

static void an_enum_has_enumerators(void **state)
{
    takes(*state, "enum E { a, b, c };");
    assert_int_equal(type_of(*state, "E")->member_count, 3);
    assert_int_equal(typecode_enumerator(type_of(*state, "E"), "c", 1), 2);
    assert_null(type_of(*state, "E")->members[0].type);
    assert_null(idl_find_type(*state, "a"));
    refuses(*state, "enum F {};", "1:9", "an identifier expected, but '}' came");
    refuses(*state, "enum F { x y };", "1:12", "'}' expected, but 'y' came");
}

static void an_exception_may_be_empty(void **state)
{
    takes(*state, "exception E {}; exception F { string why; };");
    assert_int_equal(type_of(*state, "E")->kind, TK_EXCEPT);
    assert_int_equal(type_of(*state, "F")->member_count, 1);
}

static void a_type_is_expected(void **state)
{
    refuses(*state, "typedef ;", "1:9", "a type expected, but ';' came");
    refuses(*state, "typedef unsigned float A;", "1:18", "long expected, but 'float' came");
    refuses(*state, "struct S { void a; };", "1:12", "a type expected, but 'void' came");
}

static void a_sequence_nests_64_deep(void **state)
{
    exceeds_repeated(*state, "typedef ", "sequence<", 65, "", "nested more than 64 levels deep");
}

static void a_declared_typecode_hides_the_old_one(void **state)
{
    takes(*state, "struct TypeCode { long a; }; typedef TypeCode T;");
    assert_int_equal(type_of(*state, "T")->content->kind, TK_STRUCT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sentence(every_basic_type_is_known),
        sentence(basic_types_are_found_by_name),
        sentence(a_typedef_keeps_its_name),
        sentence(a_typedef_can_name_several_types),
        sentence(strings_and_sequences_can_have_bounds),
        sentence(a_bound_is_at_least_1),
        sentence(a_bound_has_an_end),
        sentence(fixed_has_digits_and_scale),
        sentence(a_struct_has_members),
        sentence(a_struct_has_at_least_one_member),
        sentence(a_member_is_named_once),
        sentence(types_can_be_declared_within_a_struct),
        sentence(a_struct_can_hold_sequences_of_itself),
        sentence(a_struct_cannot_hold_itself),
        sentence(a_struct_can_be_declared_forward),
        sentence(a_struct_that_is_declared_is_defined),
        sentence(a_type_that_is_not_known_yet_is_used_by_nobody_else),
        sentence(a_struct_is_defined_once),
        sentence(a_member_ends_with_a_semicolon),
        sentence(an_enum_has_enumerators),
        sentence(an_exception_may_be_empty),
        sentence(a_type_is_expected),
        sentence(a_sequence_nests_64_deep),
        sentence(a_declared_typecode_hides_the_old_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
