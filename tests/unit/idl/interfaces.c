/* Interfaces: operations, attributes, inheritance. */
#include "world.h"

#include "base/buffer.h"

static void an_operation_has_parameters_and_a_result(void **state)
{
    takes(*state, "interface I { long f(in long a, out string b, inout any c); };");
    const struct idl_operation *f = operation_of(*state, "I", "f");
    assert_int_equal(f->result->kind, TK_LONG);
    assert_int_equal(f->parameter_count, 3);
    assert_int_equal(f->parameters[1].mode, IDL_OUT);
    assert_string_equal(f->parameters[2].name, "c");
    assert_int_equal(f->input_count, 2);
    assert_int_equal(f->output_count, 3);
    assert_string_equal(f->interface_id, "IDL:I:1.0");
    assert_false(f->oneway || f->attribute);
}

static void an_operation_may_give_nothing(void **state)
{
    takes(*state, "interface I { void f(); };");
    assert_int_equal(operation_of(*state, "I", "f")->output_count, 0);
    assert_int_equal(operation_of(*state, "I", "f")->result->kind, TK_VOID);
}

static void an_operation_raises_exceptions(void **state)
{
    takes(*state, "exception E {}; module M { exception F {}; }; interface I { void f() raises (E, "
                  "M::F, E); };");
    assert_int_equal(operation_of(*state, "I", "f")->exception_count, 2);
    assert_ptr_equal(operation_of(*state, "I", "f")->exceptions[1], type_of(*state, "M::F"));
    refuses(*state, "interface J { void f() raises (I); };", "1:32",
            "an exception expected, but 'I' is an interface");
    refuses(*state, "interface J { void f() raises (); };", "1:32",
            "an identifier expected, but ')' came");
}

static void a_oneway_gives_nothing_back(void **state)
{
    takes(*state, "interface I { oneway void f(in long a); };");
    assert_true(operation_of(*state, "I", "f")->oneway);
    refuses(*state, "interface J { oneway long f(); };", "1:22",
            "'void' behind 'oneway' expected, but 'long' came");
    refuses(*state, "interface J { oneway void f(out long a); };", "1:29",
            "'in' expected: a oneway");
    refuses(*state, "exception E {}; interface J { oneway void f() raises (E); };", "1:47",
            "a oneway operation raises nothing");
}

static void a_parameter_has_a_mode(void **state)
{
    refuses(*state, "interface I { void f(long a); };", "1:22",
            "'in', 'out' or 'inout' expected, but 'long' came");
}

static void a_parameter_has_a_name(void **state)
{
    refuses(*state, "interface I { void f(in long); };", "1:29", "an identifier expected");
    refuses(*state, "interface I { void f(in long a,); };", "1:32",
            "'in', 'out' or 'inout' expected");
}

static void a_parameter_has_a_type_with_a_name(void **state)
{
    takes(*state, "interface I { string<5> f(in wstring<3> x); };");
    refuses(*state, "interface J { void f(in sequence<long> x); };", "1:25",
            "a type with a name expected (typedef), but 'sequence' came");
    refuses(*state, "interface J { fixed<5,2> f(); };", "1:15", "but 'fixed' came");
    refuses(*state, "interface J { void f(in struct S { long a; } x); };", "1:25",
            "a type expected, but 'struct' came");
}

static void context_is_refused(void **state)
{
    refuses(*state, "interface I { void f() context (\"x\"); };", "1:24",
            "'context' is not supported");
}

static void an_attribute_is_a_getter_and_a_setter(void **state)
{
    takes(*state, "interface I { attribute string a; };");
    assert_int_equal(operation_of(*state, "I", "_get_a")->result->kind, TK_STRING);
    assert_int_equal(operation_of(*state, "I", "_get_a")->output_count, 1);
    assert_int_equal(operation_of(*state, "I", "_set_a")->parameters[0].type->kind, TK_STRING);
    assert_int_equal(operation_of(*state, "I", "_set_a")->input_count, 1);
    assert_true(operation_of(*state, "I", "_set_a")->attribute);
}

static void a_readonly_attribute_has_no_setter(void **state)
{
    takes(*state, "interface I { readonly attribute long a, b; attribute long c, d; };");
    assert_non_null(operation_of(*state, "I", "_get_b"));
    assert_null(idl_find_operation(interface_of(*state, "I"), "_set_b", 6));
    assert_non_null(operation_of(*state, "I", "_set_d"));
    assert_int_equal(interface_of(*state, "I")->operation_count, 6);
}

static void attributes_raise_when_they_are_read_or_written(void **state)
{
    takes(*state,
          "exception E {}; exception F {}; interface I { readonly attribute long a raises (E); "
          "attribute long b getraises (E, F) setraises (F); attribute long c setraises (E); };");
    assert_int_equal(operation_of(*state, "I", "_get_a")->exception_count, 1);
    assert_int_equal(operation_of(*state, "I", "_get_b")->exception_count, 2);
    assert_ptr_equal(operation_of(*state, "I", "_set_b")->exceptions[0], type_of(*state, "F"));
    assert_int_equal(operation_of(*state, "I", "_get_c")->exception_count, 0);
    refuses(*state, "interface J { attribute long a raises (E); };", "1:32",
            "';' expected, but 'raises' came");
    refuses(*state, "interface J { attribute long a, b getraises (E); };", "1:35",
            "';' expected, but 'getraises' came");
    refuses(*state, "interface J { readonly long a; };", "1:24",
            "attribute expected, but 'long' came");
}

static void operations_are_inherited(void **state)
{
    takes(*state, "interface A { void a1(); attribute long a2; }; interface B : A { void b1(); };");
    assert_int_equal(interface_of(*state, "B")->operation_count, 4);
    assert_string_equal(operation_of(*state, "B", "a1")->interface_id, "IDL:A:1.0");
    assert_ptr_equal(interface_of(*state, "B")->bases[0], interface_of(*state, "A"));
}

static void operations_are_sorted_by_name(void **state)
{
    takes(*state, "interface I { void z(); attribute long m; void B(); void aa(); void a(); };");
    static const char *const names[] = {"B", "_get_m", "_set_m", "a", "aa", "z"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_string_equal(interface_of(*state, "I")->operations[i].name, names[i]);
    assert_null(idl_find_operation(interface_of(*state, "I"), "aaa", 3));
}

static void a_diamond_inherits_once(void **state)
{
    takes(*state, "interface A { void f(); }; interface B : A {}; interface C : A { void g(); }; "
                  "interface D : B, C {};");
    assert_int_equal(interface_of(*state, "D")->operation_count, 2);
    assert_int_equal(interface_of(*state, "D")->base_count, 2);
}

static void an_interface_is_what_it_inherits_from(void **state)
{
    takes(*state, "interface A {}; interface B : A {}; interface C : B {}; interface X {};");
    const struct idl_interface *c = interface_of(*state, "C");
    assert_true(idl_is_a(c, "IDL:C:1.0", 9));
    assert_true(idl_is_a(c, "IDL:A:1.0", 9));
    assert_true(idl_is_a(c, "IDL:omg.org/CORBA/Object:1.0", 28));
    assert_false(idl_is_a(c, "IDL:X:1.0", 9));
    assert_false(idl_is_a(c, "IDL:A:1.0", 8));
}

static void an_inherited_operation_is_not_redefined(void **state)
{
    refuses(*state, "interface A { void f(); }; interface B : A { void F(); };", "1:51",
            "'F' clashes with the operation or attribute A::f");
    refuses(*state,
            "interface A { attribute long f; }; interface B : A {}; interface C : B { void f(); };",
            "1:79", "clashes with the operation or attribute A::f");
}

static void two_bases_have_no_operation_in_common(void **state)
{
    refuses(*state,
            "interface A { attribute long f; }; interface B { void F(); };\ninterface C : A, B {};",
            "2:11", "'C' inherits two operations or attributes: A::f and B::F");
}

static void a_base_is_inherited_once(void **state)
{
    refuses(*state, "interface A {}; interface B : A, A {};", "1:34",
            "'A' is a base of it already");
}

static void a_base_is_a_defined_interface(void **state)
{
    refuses(*state, "interface A; interface B : A {};", "1:28",
            "'A' must be defined before it is inherited from");
    refuses(*state, "struct S { long a; }; interface B : S {};", "1:37",
            "an interface expected, but 'S' is a type");
    refuses(*state, "interface B : B {};", "1:15", "must be defined before");
}

static void an_interface_can_be_declared_forward(void **state)
{
    takes(*state, "interface A; interface B { A f(); }; interface A { B g(); };");
    assert_ptr_equal(operation_of(*state, "B", "f")->result, interface_of(*state, "A")->type);
}

static void an_interface_that_is_only_declared_is_a_type(void **state)
{
    takes(*state, "interface A; interface B { void f(in A x); };");
    assert_null(idl_find_interface(*state, "A"));
    assert_int_equal(type_of(*state, "A")->kind, TK_OBJREF);
}

static void an_interface_is_defined_once(void **state)
{
    refuses(*state, "interface A {};\ninterface A {};", "2:11",
            "'A' is defined already, at t.idl:1:11");
}

static void an_interface_declares_types(void **state)
{
    takes(*state, "interface I { typedef long T; enum E { x }; const long c = 1; exception Y {}; "
                  "struct S { T a; }; union U switch (E) { case x: T b; }; S f() raises (Y); };");
    assert_string_equal(type_of(*state, "I::S")->id, "IDL:I/S:1.0");
    assert_int_equal(integer_of(*state, "I::c"), 1);
}

static void an_interface_holds_no_module_nor_interface(void **state)
{
    refuses(*state, "interface I { interface J; };", "1:15",
            "a type expected, but 'interface' came");
    refuses(*state, "interface I { module M { typedef long T; }; };", "1:15", "a type expected");
}

static void an_interface_is_found_by_every_name(void **state)
{
    takes(*state, "#pragma prefix \"p\"\nmodule M { interface I {}; };");
    const struct idl_interface *i = interface_of(*state, "M::I");
    assert_ptr_equal(interface_of(*state, "::M::I"), i);
    assert_ptr_equal(interface_of(*state, "IDL:p/M/I:1.0"), i);
    assert_ptr_equal(idl_interface_at(*state, 0), i);
    assert_string_equal(i->scoped, "M::I");
    assert_string_equal(i->name, "I");
    assert_null(idl_find_interface(*state, "M::i"));
    assert_null(idl_find_interface(*state, "M"));
    assert_null(idl_find_interface(*state, "M::I::X"));
    assert_null(idl_find_interface(*state, ""));
}

static void an_interface_has_at_most_256_ancestors(void **state)
{
    struct buffer text = {0};
    buffer_append_text(&text, "interface I0 {};\n");
    for (int i = 1; i < 260; i++)
        buffer_printf(&text, "interface I%d : I%d {};\n", i, i - 1);
    buffer_append(&text, "", 1);
    exceeds(*state, text.data, "an interface of more than 256 ancestors");
    buffer_release(&text);
}

static void all_interfaces_have_at_most_65536_operations(void **state)
{
    struct buffer text = {0};
    buffer_append_text(&text, "interface A { ");
    for (int i = 0; i < 2000; i++)
        buffer_printf(&text, "void f%d(); ", i);
    buffer_append_text(&text, "};\n");
    for (int i = 0; i < 40; i++)
        buffer_printf(&text, "interface B%d : A {};\n", i);
    buffer_append(&text, "", 1);
    exceeds(*state, text.data, "more than 65536 operations");
    buffer_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sentence(an_operation_has_parameters_and_a_result),
        sentence(an_operation_may_give_nothing),
        sentence(an_operation_raises_exceptions),
        sentence(a_oneway_gives_nothing_back),
        sentence(a_parameter_has_a_mode),
        sentence(a_parameter_has_a_name),
        sentence(a_parameter_has_a_type_with_a_name),
        sentence(context_is_refused),
        sentence(an_attribute_is_a_getter_and_a_setter),
        sentence(a_readonly_attribute_has_no_setter),
        sentence(attributes_raise_when_they_are_read_or_written),
        sentence(operations_are_inherited),
        sentence(operations_are_sorted_by_name),
        sentence(a_diamond_inherits_once),
        sentence(an_interface_is_what_it_inherits_from),
        sentence(an_inherited_operation_is_not_redefined),
        sentence(two_bases_have_no_operation_in_common),
        sentence(a_base_is_inherited_once),
        sentence(a_base_is_a_defined_interface),
        sentence(an_interface_can_be_declared_forward),
        sentence(an_interface_that_is_only_declared_is_a_type),
        sentence(an_interface_is_defined_once),
        sentence(an_interface_declares_types),
        sentence(an_interface_holds_no_module_nor_interface),
        sentence(an_interface_is_found_by_every_name),
        sentence(an_interface_has_at_most_256_ancestors),
        sentence(all_interfaces_have_at_most_65536_operations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
