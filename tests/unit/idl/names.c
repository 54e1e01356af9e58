/* Scopes: what a name means, and when it is taken (CORBA 3.3, part 1, 7.19 and 7.20). */
#include "world.h"

static void a_name_is_searched_outwards(void **state)
{
    takes(*state,
          "typedef long A; module M { typedef short B; module N { struct S { A x; B y; }; }; };");
    assert_int_equal(typecode_resolve(type_of(*state, "M::N::S")->members[1].type)->kind, TK_SHORT);
}

static void an_inner_name_hides_an_outer_one(void **state)
{
    takes(*state, "typedef long A; module M { typedef string A; struct S { A x; ::A y; }; };");
    assert_int_equal(typecode_resolve(type_of(*state, "M::S")->members[0].type)->kind, TK_STRING);
    assert_int_equal(typecode_resolve(type_of(*state, "M::S")->members[1].type)->kind, TK_LONG);
}

static void a_module_can_be_reopened(void **state)
{
    takes(*state, "module M { typedef long A; }; module M { typedef A B; };");
    assert_string_equal(type_of(*state, "M::B")->id, "IDL:M/B:1.0");
}

static void a_module_has_something_in_it(void **state)
{
    refuses(*state, "module M {};", "1:11",
            "a definition (module, interface, struct, ...) expected, but '}' came");
}

static void an_unknown_name_is_refused(void **state)
{
    refuses(*state, "typedef Bad A;", "1:9", "'Bad' is not declared");
    refuses(*state, "module M { typedef long A; }; typedef M::B C;", "1:42",
            "'B' is not declared in M");
}

static void a_name_is_declared_once(void **state)
{
    refuses(*state, "typedef long A;\ntypedef short A;", "2:15",
            "'A' is declared already, as a type, at t.idl:1:14");
}

static void names_that_differ_in_case_collide(void **state)
{
    refuses(*state, "typedef long Foo; typedef long foo;", "1:32",
            "'foo' is declared already ('Foo', upper and lower case are the same)");
}

static void a_name_is_used_in_its_case(void **state)
{
    refuses(*state, "typedef long Foo;\ntypedef foo B;", "2:9",
            "'Foo' expected, in the case of t.idl:1:14, but 'foo' came");
    refuses(*state, "module M { typedef long T; }; typedef M::t B;", "1:42", "'T' expected");
}

static void a_name_clashes_with_that_of_its_scope(void **state)
{
    refuses(*state, "module M { typedef long m; };", "1:25", "'m' clashes with the name of 'M'");
    refuses(*state, "interface I { void i(); };", "1:20", "clashes with the name of 'I'");
    refuses(*state, "struct S { long s; };", "1:17", "clashes with the name of 'S'");
    takes(*state, "module X { struct S { long X; }; };");
}

static void a_name_that_was_used_is_taken(void **state)
{
    refuses(*state, "typedef long A; module M { const A I = 1;\ntypedef string A; };", "2:16",
            "'A' cannot be declared here any more: 'A' was used at t.idl:1:34");
    refuses(
        *state, "struct T { long x; };\ninterface I { void f(in T t); };", "2:27",
        "'t' cannot be declared here any more: 'T' was used at t.idl:2:25 (upper and lower case "
        "are the same)");
}

static void a_name_that_was_used_stays_taken_when_its_module_is_reopened(void **state)
{
    refuses(*state, "typedef long A; module M { const A I = 1; };\nmodule M { typedef string A; };",
            "2:27", "was used");
}

static void a_name_used_in_a_struct_is_taken_in_its_interface(void **state)
{
    refuses(*state, "typedef long A; interface I { struct S { A x; };\ntypedef string A; };",
            "2:16", "was used at t.idl:1:42");
}

static void a_name_used_in_a_struct_is_free_in_its_module(void **state)
{
    takes(*state, "typedef long A; module M { struct S { A x; }; typedef string A; };");
}

static void the_first_part_of_a_name_alone_is_taken(void **state)
{
    refuses(*state,
            "module N { typedef long T; }; interface I { void f(in N::T x); typedef long N; };",
            "1:77", "was used");
    takes(*state,
          "module N { typedef long T; }; interface I { void f(in N::T x); typedef long T; };");
}

static void an_absolute_name_takes_nothing(void **state)
{
    takes(*state,
          "module N { typedef long T; }; interface I { void f(in ::N::T x); typedef long N; };");
}

static void a_member_cannot_be_called_as_its_type(void **state)
{
    refuses(*state, "typedef long Foo; struct S { Foo foo; };", "1:34", "'Foo' was used");
    refuses(*state, "typedef long Foo; interface S { Foo foo(); };", "1:37", "was used");
    refuses(*state, "typedef long Foo; interface S { void f(in Foo foo); };", "1:47", "was used");
    refuses(*state, "typedef long Foo; interface S { attribute Foo foo; };", "1:47", "was used");
}

static void an_inherited_name_is_found(void **state)
{
    takes(
        *state,
        "interface A { typedef long T; exception E {}; }; interface B : A { T f() raises (E); };");
    assert_int_equal(typecode_resolve(operation_of(*state, "B", "f")->result)->kind, TK_LONG);
}

static void an_inherited_name_can_be_redefined_before_it_is_used(void **state)
{
    takes(*state, "interface A { typedef long T; }; interface B : A { typedef short T; T f(); };");
    assert_int_equal(typecode_resolve(operation_of(*state, "B", "f")->result)->kind, TK_SHORT);
    refuses(*state, "interface C : A { T f(); typedef short T; };", "1:40", "was used");
}

static void an_inherited_name_can_be_ambiguous(void **state)
{
    refuses(*state,
            "interface A { typedef long T; }; interface B { typedef long T; };\ninterface C : A, B "
            "{ T f(); };",
            "2:22", "'T' is ambiguous: A has it, and B has it");
    takes(*state, "interface A { typedef long T; }; interface B { typedef long T; }; interface C : "
                  "A, B { A::T f(); };");
}

static void a_name_that_comes_twice_from_one_place_is_not_ambiguous(void **state)
{
    takes(*state, "interface A { typedef long T; }; interface B : A {}; interface C : A {}; "
                  "interface D : B, C { T f(); };");
}

static void a_redefined_name_in_one_branch_is_ambiguous(void **state)
{
    refuses(*state,
            "interface A { typedef long T; }; interface B : A { typedef long T; }; interface C : "
            "A, B { T f(); };",
            "1:92", "ambiguous");
}

static void an_inherited_name_can_be_qualified(void **state)
{
    takes(*state, "interface A { typedef long T; }; interface B : A {}; typedef B::T U;");
}

static void enumerators_stand_around_their_enum(void **state)
{
    refuses(*state, "enum E { a, b }; enum F { b };", "1:27",
            "'b' is declared already, as an enumerator");
    takes(*state, "module M { enum E { x }; const E c = x; }; const M::E d = M::x;");
    refuses(*state, "enum E { e };", "1:10", "declared already");
}

static void what_is_no_type_is_refused_as_one(void **state)
{
    refuses(*state, "exception E {}; struct S { E x; };", "1:28",
            "a type expected, but 'E' is an exception");
    refuses(*state, "const long A = 1; typedef A B;", "1:27",
            "a type expected, but 'A' is a constant");
    refuses(*state, "module M { typedef long T; }; typedef M B;", "1:39", "'M' is a module");
}

static void a_parameter_is_named_once(void **state)
{
    refuses(*state, "interface I { void f(in long a, in long A); };", "1:41", "declared already");
}

static void parameters_of_two_operations_do_not_meet(void **state)
{
    takes(*state, "interface I { void f(in long x); void g(in long x); };");
}

static void scopes_nest_64_deep(void **state)
{
    exceeds_repeated(*state, "", "module M%d { ", 65, "", "nested more than 64 levels deep");
}

static void a_scoped_name_has_at_most_1024_bytes(void **state)
{
    char part[280];
    (void)snprintf(part, sizeof(part), "module %0*d%%d { ", 250, 0);
    part[7] = 'M';
    exceeds_repeated(*state, "", part, 5, "", "a scoped name of more than 1024 bytes");
}

static void unsupported_parts_are_refused_by_name(void **state)
{
    refuses(*state, "\n abstract X {};", "2:2", "'abstract' is not supported");
    refuses(*state, "\n component X {};", "2:2", "'component' is not supported");
    refuses(*state, "\n custom X {};", "2:2", "'custom' is not supported");
    refuses(*state, "\n eventtype X {};", "2:2", "'eventtype' is not supported");
    refuses(*state, "\n home X {};", "2:2", "'home' is not supported");
    refuses(*state, "\n local X {};", "2:2", "'local' is not supported");
    refuses(*state, "\n native X {};", "2:2", "'native' is not supported");
    refuses(*state, "\n valuetype X {};", "2:2", "'valuetype' is not supported");
    refuses(*state, "typedef ValueBase A;", "1:9", "ValueBase is not supported");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sentence(a_name_is_searched_outwards),
        sentence(an_inner_name_hides_an_outer_one),
        sentence(a_module_can_be_reopened),
        sentence(a_module_has_something_in_it),
        sentence(an_unknown_name_is_refused),
        sentence(a_name_is_declared_once),
        sentence(names_that_differ_in_case_collide),
        sentence(a_name_is_used_in_its_case),
        sentence(a_name_clashes_with_that_of_its_scope),
        sentence(a_name_that_was_used_is_taken),
        sentence(a_name_that_was_used_stays_taken_when_its_module_is_reopened),
        sentence(a_name_used_in_a_struct_is_taken_in_its_interface),
        sentence(a_name_used_in_a_struct_is_free_in_its_module),
        sentence(the_first_part_of_a_name_alone_is_taken),
        sentence(an_absolute_name_takes_nothing),
        sentence(a_member_cannot_be_called_as_its_type),
        sentence(an_inherited_name_is_found),
        sentence(an_inherited_name_can_be_redefined_before_it_is_used),
        sentence(an_inherited_name_can_be_ambiguous),
        sentence(a_name_that_comes_twice_from_one_place_is_not_ambiguous),
        sentence(a_redefined_name_in_one_branch_is_ambiguous),
        sentence(an_inherited_name_can_be_qualified),
        sentence(enumerators_stand_around_their_enum),
        sentence(what_is_no_type_is_refused_as_one),
        sentence(a_parameter_is_named_once),
        sentence(parameters_of_two_operations_do_not_meet),
        sentence(scopes_nest_64_deep),
        sentence(a_scoped_name_has_at_most_1024_bytes),
        sentence(unsupported_parts_are_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
