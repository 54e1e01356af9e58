/* Directives: conditions, macros, lines; pragmas are in ids.c, includes in files.c. */
#include "world.h"

static void a_macro_chooses(void **state)
{
    takes(*state, "#define X\n#ifdef X\ntypedef long A;\n#else\ntypedef Bad B;\n#endif\n");
    assert_string_equal(type_of(*state, "A")->id, "IDL:A:1.0");
    assert_null(idl_find_type(*state, "B"));
}

static void an_include_guard_keeps_the_second_copy_out(void **state)
{
    takes(*state,
          "#ifndef G\n#define G\ntypedef long A;\n#endif\n#ifndef G\ntypedef long A;\n#endif\n");
}

static void an_undefined_macro_is_forgotten(void **state)
{
    takes(*state, "#define X\n#undef X\n#undef Y\n#ifndef X\ntypedef long A;\n#endif\n");
    assert_string_equal(type_of(*state, "A")->id, "IDL:A:1.0");
}

static void elif_comes_to_its_turn_once(void **state)
{
    takes(*state, "#if 0\nbad\n#elif 1\ntypedef long A;\n#elif 1\nbad\n#else\nbad\n#endif\n");
    assert_string_equal(type_of(*state, "A")->id, "IDL:A:1.0");
}

static void else_is_read_when_nothing_was(void **state)
{
    takes(*state, "#if 0\nbad\n#elif 0\nbad\n#else\ntypedef long A;\n#endif\n");
    assert_string_equal(type_of(*state, "A")->id, "IDL:A:1.0");
}

static void conditions_nest(void **state)
{
    takes(*state, "#if 0\n#if 1\nbad\n#else\nbad\n#endif\nbad\n#else\n#if 1\ntypedef long "
                  "A;\n#endif\n#endif\n");
    assert_string_equal(type_of(*state, "A")->id, "IDL:A:1.0");
}

static void conditions_are_expressions(void **state)
{
    takes(*state, "#define X\n#define V 2\n#if defined(X) && !defined Y && (0 || V) && !Z\ntypedef "
                  "long A;\n#endif\n");
    assert_string_equal(type_of(*state, "A")->id, "IDL:A:1.0");
}

static void an_operator_that_if_does_not_know_is_refused(void **state)
{
    refuses(*state, "#if 1 + 1\n#endif\n", "1:7", "the end of the line expected, but '+' came");
    refuses(*state, "#if\n#endif\n", "1:4",
            "a number, a name, defined(name), ! or ( expected in #if");
}

static void what_is_not_read_may_be_anything(void **state)
{
    takes(*state,
          "#if 0\n don't \"/*\" \\\n#else \\\n 'x $ \n/* #else */\n#nonsense\n#endif // end\n");
}

static void an_if_has_an_end(void **state)
{
    refuses(*state, "\n#if 1\n", "2:2", "this #if has no #endif");
    refuses(*state, "#ifdef X\n", "1:2", "this #if has no #endif");
}

static void an_else_has_a_begin(void **state)
{
    refuses(*state, "#else\n", "1:2", "there is no #if for this #else");
    refuses(*state, "#endif\n", "1:2", "there is no #if for this #endif");
    refuses(*state, "#if 1\n#else\n#else\n#endif", "3:2", "#endif expected, but #else came");
}

static void a_macro_is_not_expanded(void **state)
{
    refuses(*state, "#define X\ntypedef X A;", "2:9", "'X' is a macro");
    refuses(*state, "#define X long\n", "1:11", "macros are not expanded here");
    refuses(*state, "#define X(a) a\n", "1:10", "macros are not expanded here");
}

static void a_macro_keeps_its_value(void **state)
{
    refuses(*state, "#define X 1\n#define X 2\n", "2:9", "has been defined with another value");
    takes(*state, "#define X 1\n#define X 1\n");
}

static void an_error_directive_is_one(void **state)
{
    refuses(*state, "#if 1\n#error not for this compiler\n#endif", "2:2",
            "#error not for this compiler");
}

static void an_unknown_directive_is_refused(void **state)
{
    refuses(*state, "#assert x\n", "1:2", "there is no directive #assert");
}

static void a_lone_hash_is_nothing(void **state)
{
    takes(*state, "#\n # \ntypedef long A;");
}

static void an_unknown_pragma_is_for_others(void **state)
{
    takes(*state, "#pragma hh #include \"x\"\n#pragma\n#pragma once\ntypedef long A;");
}

static void a_line_marker_names_the_line_that_follows(void **state)
{
    struct fault fault;
    const char text[] = "# 40 \"other.idl\" 2\n\n typedef Bad A;";
    assert_int_equal(idl_load_text(*state, "t.idl", text, strlen(text), &fault), STATUS_INVALID);
    assert_string_equal(fault.where, "other.idl:41:10");
}

static void a_line_directive_keeps_the_file(void **state)
{
    refuses(*state, "#line 7\ntypedef Bad A;", "7:9", "'Bad' is not declared");
    refuses(*state, "# 0 \"t.idl\"\ntypedef Bad A;", "0:9", "'Bad' is not declared");
}

static void a_backslash_joins_lines(void **state)
{
    takes(*state, "type\\\ndef lo\\\015\nng A;");
    assert_string_equal(type_of(*state, "A")->id, "IDL:A:1.0");
    refuses(*state, "typedef \\\n Bad B;", "2:2", "'Bad' is not declared");
}

static void lines_may_end_with_cr_lf(void **state)
{
    takes(*state, "#define X\015\n#ifdef X\015\ntypedef long A;\015\n#endif\015\n");
    assert_string_equal(type_of(*state, "A")->id, "IDL:A:1.0");
}

static void a_directive_stands_at_the_begin_of_a_line(void **state)
{
    refuses(*state, "typedef long A; #if 0", "1:17", "");
}

static void conditions_are_at_most_64_deep(void **state)
{
    exceeds_repeated(*state, "", "#if 1\n", 65, "", "more than 64 levels of #if");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        sentence(a_macro_chooses),
        sentence(an_include_guard_keeps_the_second_copy_out),
        sentence(an_undefined_macro_is_forgotten),
        sentence(elif_comes_to_its_turn_once),
        sentence(else_is_read_when_nothing_was),
        sentence(conditions_nest),
        sentence(conditions_are_expressions),
        sentence(an_operator_that_if_does_not_know_is_refused),
        sentence(what_is_not_read_may_be_anything),
        sentence(an_if_has_an_end),
        sentence(an_else_has_a_begin),
        sentence(a_macro_is_not_expanded),
        sentence(a_macro_keeps_its_value),
        sentence(an_error_directive_is_one),
        sentence(an_unknown_directive_is_refused),
        sentence(a_lone_hash_is_nothing),
        sentence(an_unknown_pragma_is_for_others),
        sentence(a_line_marker_names_the_line_that_follows),
        sentence(a_line_directive_keeps_the_file),
        sentence(a_backslash_joins_lines),
        sentence(lines_may_end_with_cr_lf),
        sentence(a_directive_stands_at_the_begin_of_a_line),
        sentence(conditions_are_at_most_64_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
