/* Repository ids: prefixes and where they end, versions, ids that are given (CORBA 3.3, part 1,
 * 14.7). */
#include "world.h"

static void an_id_has_the_names_of_its_scopes(void **state)
{
    takes(*state, "module M { interface I { struct S { long x; }; }; };");
    assert_string_equal(type_of(*state, "M::I::S")->id, "IDL:M/I/S:1.0");
}

static void a_prefix_comes_first(void **state)
{
    takes(*state, "#pragma prefix \"orderd.org\"\nmodule M { typedef long T; };");
    assert_string_equal(type_of(*state, "M::T")->id, "IDL:orderd.org/M/T:1.0");
}

static void a_prefix_inside_replaces_the_names_outside(void **state)
{
    takes(*state,
          "#pragma prefix \"P1\"\nmodule A { typedef long T;\n#pragma prefix \"P2\"\ntypedef long "
          "U; module B { typedef long V; }; };\ntypedef long W;\nmodule A { typedef long X; };");
    assert_string_equal(type_of(*state, "A::T")->id, "IDL:P1/A/T:1.0");
    assert_string_equal(type_of(*state, "A::U")->id, "IDL:P2/U:1.0");
    assert_string_equal(type_of(*state, "A::B::V")->id, "IDL:P2/B/V:1.0");
    assert_string_equal(type_of(*state, "W")->id, "IDL:P1/W:1.0");
    assert_string_equal(type_of(*state, "A::X")->id, "IDL:P1/A/X:1.0");
}

static void an_empty_prefix_ends_one(void **state)
{
    takes(*state, "#pragma prefix \"P\"\ntypedef long A;\n#pragma prefix \"\"\ntypedef long B;");
    assert_string_equal(type_of(*state, "A")->id, "IDL:P/A:1.0");
    assert_string_equal(type_of(*state, "B")->id, "IDL:B:1.0");
}

static void a_prefix_ends_with_its_load(void **state)
{
    takes(*state, "#pragma prefix \"P\"\ntypedef long A;");
    takes(*state, "typedef long B;");
    assert_string_equal(type_of(*state, "B")->id, "IDL:B:1.0");
}

static void a_prefix_has_letters_and_digits(void **state)
{
    refuses(*state, "#pragma prefix \"a b\"\n", "1:16",
            "a prefix of letters, digits and -_./ expected");
    refuses(*state, "#pragma prefix P\n", "1:16", "a string expected");
}

static void a_version_can_be_given(void **state)
{
    takes(*state, "interface I {};\n#pragma version I 2.3\n");
    assert_string_equal(type_of(*state, "I")->id, "IDL:I:2.3");
    assert_string_equal(interface_of(*state, "I")->id, "IDL:I:2.3");
}

static void a_version_has_two_numbers(void **state)
{
    refuses(*state, "interface I {};\n#pragma version I 2\n", "2:19", "a version expected, as 1.0");
    refuses(*state, "interface I {};\n#pragma version I 2.\n", "2:19", "a version expected");
    refuses(*state, "interface I {};\n#pragma version I 70000.1\n", "2:19", "a version expected");
}

static void a_version_is_given_once(void **state)
{
    refuses(*state, "interface I {};\n#pragma version I 1.1\n#pragma version I 1.2\n", "3:19",
            "has been given the version 1.1");
    takes(*state, "interface I {};\n#pragma version I 1.1\n#pragma version I 1.1\n");
}

static void an_id_can_be_given(void **state)
{
    takes(*state, "module M { typedef long T; };\n#pragma ID M::T "
                  "\"DCE:700dc518-0110-11ce-ac8f-0800090b5d3e:1\"\n");
    assert_string_equal(type_of(*state, "M::T")->id, "DCE:700dc518-0110-11ce-ac8f-0800090b5d3e:1");
}

static void an_id_is_found_whatever_it_is(void **state)
{
    takes(*state, "typedef long T;\n#pragma ID T \"X:y\"\n");
    assert_ptr_equal(idl_find_type(*state, "X:y"), type_of(*state, "T"));
    assert_null(idl_find_type(*state, "IDL:T:1.0"));
}

static void an_id_is_given_once(void **state)
{
    refuses(*state, "typedef long T;\n#pragma ID T \"IDL:a:1.0\"\n#pragma ID T \"IDL:b:1.0\"\n",
            "3:14", "has been given the repository id IDL:a:1.0");
    refuses(*state, "typedef long T;\n#pragma ID T \"IDL:a:1.0\"\n#pragma version T 1.0\n", "3:19",
            "has been given the repository id");
}

static void an_id_looks_like_one(void **state)
{
    refuses(*state, "typedef long T;\n#pragma ID T \"no\"\n", "2:14", "a repository id expected");
    refuses(*state, "typedef long T;\n#pragma ID T \"IDL:a b:1.0\"\n", "2:14",
            "a repository id expected");
    refuses(*state, "typedef long T;\n#pragma ID T x\n", "2:14", "a repository id expected");
}

static void a_pragma_is_alone_on_its_line(void **state)
{
    refuses(*state, "#pragma prefix \"a\" typedef\n", "1:20",
            "the end of the line expected behind #pragma prefix");
}

static void a_pragma_knows_what_is_declared(void **state)
{
    refuses(*state, "#pragma ID T \"IDL:a:1.0\"\ntypedef long T;", "1:12", "'T' is not declared");
    refuses(*state, "#pragma version 5 1.0\n", "1:17", "a name expected behind this #pragma");
    refuses(*state, "const long c = 1;\n#pragma version c 1.0\n", "2:19",
            "'c' is a constant and has no repository id");
}

static void what_was_loaded_before_keeps_its_id(void **state)
{
    takes(*state, "typedef long T;");
    refuses(*state, "#pragma ID T \"IDL:a:1.0\"\n", "1:14", "'T' was loaded before");
    refuses(*state, "typeid CORBA::TypeCode \"IDL:a:1.0\";", "1:24", "was loaded before");
}

static void a_pragma_acts_where_it_stands(void **state)
{
    takes(*state, "typedef long A;\n#pragma prefix \"P\"\ntypedef long B; interface I\n#pragma "
                  "prefix \"Q\"\n{ typedef long C; };");
    assert_string_equal(type_of(*state, "A")->id, "IDL:A:1.0");
    assert_string_equal(type_of(*state, "B")->id, "IDL:P/B:1.0");
    assert_string_equal(type_of(*state, "I::C")->id, "IDL:Q/I/C:1.0");
}

static void typeid_gives_an_id(void **state)
{
    takes(*state, "module M { interface I { void f(); }; typeid I \"IDL:x/y:3.0\"; };");
    assert_string_equal(type_of(*state, "M::I")->id, "IDL:x/y:3.0");
    assert_string_equal(operation_of(*state, "M::I", "f")->interface_id, "IDL:x/y:3.0");
    refuses(*state, "typeid M::I 5;", "1:13", "a string expected, but '5' came");
}

static void typeprefix_keeps_the_names_of_its_scope(void **state)
{
    takes(*state, "module M { module N { typeprefix N \"x.y\"; typedef long T; }; typedef long U; "
                  "};\nmodule M { module N { typedef long V; }; };");
    assert_string_equal(type_of(*state, "M::N::T")->id, "IDL:x.y/M/N/T:1.0");
    assert_string_equal(type_of(*state, "M::U")->id, "IDL:M/U:1.0");
    assert_string_equal(type_of(*state, "M::N::V")->id, "IDL:x.y/M/N/V:1.0");
}

static void typeprefix_of_the_file_ends_with_it(void **state)
{
    takes(*state, "typeprefix :: \"x.y\"; typedef long T;");
    takes(*state, "typedef long U;");
    assert_string_equal(type_of(*state, "T")->id, "IDL:x.y/T:1.0");
    assert_string_equal(type_of(*state, "U")->id, "IDL:U:1.0");
}

static void typeprefix_names_a_scope(void **state)
{
    refuses(*state, "typedef long T; typeprefix T \"x\";", "1:28",
            "a module or another scope expected, but 'T' is a type");
    refuses(*state, "module M { typeprefix M \"x\"; typeprefix M \"y\"; typedef long T; };", "1:43",
            "another typeprefix already");
}

static void a_forward_declaration_has_the_same_prefix(void **state)
{
    refuses(*state, "module M { interface I;\n#pragma prefix \"z\"\ninterface I {}; };", "3:11",
            "the prefix expected that was in force at t.idl:1:22, where 'I' was declared");
}

static void an_id_has_one_owner(void **state)
{
    refuses(*state, "typedef long A; typedef long B;\n#pragma ID A \"IDL:B:1.0\"\n", "1:30",
            "'B' has the repository id of 'A': IDL:B:1.0");
}

static void import_takes_what_is_known(void **state)
{
    takes(*state, "module M { typedef long T; };");
    takes(*state, "import ::M; import ::CORBA; import \"IDL:M/T:1.0\"; typedef M::T U;");
    refuses(*state, "import ::X;", "1:10", "'X' is not declared");
    refuses(*state, "import \"IDL:x:1.0\";", "1:8", "nothing with the repository id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sentence(an_id_has_the_names_of_its_scopes),
        sentence(a_prefix_comes_first),
        sentence(a_prefix_inside_replaces_the_names_outside),
        sentence(an_empty_prefix_ends_one),
        sentence(a_prefix_ends_with_its_load),
        sentence(a_prefix_has_letters_and_digits),
        sentence(a_version_can_be_given),
        sentence(a_version_has_two_numbers),
        sentence(a_version_is_given_once),
        sentence(an_id_can_be_given),
        sentence(an_id_is_found_whatever_it_is),
        sentence(an_id_is_given_once),
        sentence(an_id_looks_like_one),
        sentence(a_pragma_is_alone_on_its_line),
        sentence(a_pragma_knows_what_is_declared),
        sentence(what_was_loaded_before_keeps_its_id),
        sentence(a_pragma_acts_where_it_stands),
        sentence(typeid_gives_an_id),
        sentence(typeprefix_keeps_the_names_of_its_scope),
        sentence(typeprefix_of_the_file_ends_with_it),
        sentence(typeprefix_names_a_scope),
        sentence(a_forward_declaration_has_the_same_prefix),
        sentence(an_id_has_one_owner),
        sentence(import_takes_what_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
