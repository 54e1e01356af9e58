/* Values as JSON, and back. */
#include "wire.h"

#include "cdr/value.h"

#include <math.h>

/* A reference is its repository id here, and has no profiles. */
static void reference_read(struct cdr_reader *r, struct buffer *text)
{
    size_t length;
    const char *id = cdr_read_identifier(r, &length);
    (void)cdr_read_ulong(r);
    buffer_append(text, id, length);
}

static enum status reference_write(struct cdr_writer *w, const char *text, size_t length,
                                   struct fault *fault)
{
    if (length > 0 && strncmp(text, "IDL:", 4) != 0)
        return fault_set(fault, STATUS_INVALID, NULL, "is no reference");
    cdr_write_identifier(w, text, length);
    cdr_write_ulong(w, 0);
    return STATUS_OK;
}

static const struct value_references references = {reference_read, reference_write};

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    return value;
}

/* ---- both ways ---- */

static void assert_json(const struct wire *wire, const struct typecode *type, const char *expected)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    struct cdr_reader r = wire_reader(wire);
    value_to_json(&r, type, &references, &json);
    assert_int_equal(r.failure, EXCEPTION_NONE);
    assert_int_equal(cdr_left(&r), 0);
    buffer_append(&out, "", 1);
    assert_string_equal(out.data, expected);
    buffer_release(&out);
}

/* The JSON is written as a value, which is told again. */
static void assert_passes_as(const struct typecode *type, const char *text, const char *told)
{
    struct wire wire;
    struct fault fault = {0};
    json_t *value = parse(text);
    wire_begin(&wire);
    enum status status = value_from_json(&wire.w, type, &references, value, "", &fault);
    assert_string_equal(fault.text, "");
    assert_int_equal(status, STATUS_OK);
    assert_int_equal(wire.w.failure, EXCEPTION_NONE);
    assert_json(&wire, type, told);
    json_decref(value);
    wire_end(&wire);
}

static void assert_passes(const struct typecode *type, const char *text)
{
    assert_passes_as(type, text, text);
}

static void assert_basic(enum typecode_kind kind, const char *text)
{
    assert_passes(typecode_basic(kind), text);
}

static void integers_pass_to_both_ends(void **state)
{
    (void)state;
    assert_basic(TK_OCTET, "0");
    assert_basic(TK_OCTET, "255");
    assert_basic(TK_SHORT, "-32768");
    assert_basic(TK_SHORT, "32767");
    assert_basic(TK_USHORT, "65535");
    assert_basic(TK_LONG, "-2147483648");
    assert_basic(TK_ULONG, "4294967295");
    assert_basic(TK_LONGLONG, "-9223372036854775808");
    assert_basic(TK_LONGLONG, "9223372036854775807");
    assert_basic(TK_ULONGLONG, "9223372036854775807");
    assert_basic(TK_ULONGLONG, "\"9223372036854775808\"");
    assert_basic(TK_ULONGLONG, "\"18446744073709551615\"");
}

static void floats_pass_as_the_shortest_number(void **state)
{
    (void)state;
    assert_basic(TK_FLOAT, "0.1");
    assert_basic(TK_FLOAT, "3.4028235e38");
    assert_basic(TK_FLOAT, "1e-45");
    assert_basic(TK_FLOAT, "1073741824"); /* 1.0737418e9 would do, but is no integer of a float */
    assert_basic(TK_FLOAT, "1.1529215e18");
    assert_basic(TK_DOUBLE, "0.1");
    assert_basic(TK_DOUBLE, "-2.5");
    assert_basic(TK_LONGDOUBLE, "1e300");
    assert_basic(TK_DOUBLE, "3");
}

static void what_json_has_no_number_for_is_text(void **state)
{
    static const enum typecode_kind kinds[] = {TK_FLOAT, TK_DOUBLE, TK_LONGDOUBLE};
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_basic(kinds[i], "-0.0");
        assert_basic(kinds[i], "\"NaN\"");
        assert_basic(kinds[i], "\"Infinity\"");
        assert_basic(kinds[i], "\"-Infinity\"");
    }
}

static void texts_pass(void **state)
{
    (void)state;
    assert_basic(TK_BOOLEAN, "true");
    assert_basic(TK_BOOLEAN, "false");
    assert_basic(TK_CHAR, "\"\xc3\xa9\"");
    assert_basic(TK_CHAR, "\"\\u0000\"");
    assert_basic(TK_WCHAR, "\"\xf0\x9f\x92\x8a\"");
    assert_basic(TK_STRING, "\"caf\xc3\xa9 \\\"x\\\"\"");
    assert_basic(TK_WSTRING, "\"\xe2\x82\xac\"");
    assert_basic(TK_VOID, "null");
}

static void a_fixed_passes_as_decimal_text(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = typecode_new(arena, TK_FIXED);
    (void)state;
    type->fixed_digits = 5;
    type->fixed_scale = 2;
    assert_passes(type, "\"-123.45\"");
    assert_passes_as(type, "\"1\"", "\"1.00\"");
    typecode_arena_release(&arena);
}

static void types_made_of_others_pass(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *wide = typecode_basic(TK_LONG);
    (void)state;
    assert_passes(struct_of(arena, "", wide, typecode_basic(TK_STRING), colour_of(arena), NULL),
                  "{\"a\":1,\"b\":\"two\",\"c\":\"BLUE\"}");
    assert_passes(vector_of(arena, TK_SEQUENCE, wide, 3), "[1,2,3]");
    assert_passes(vector_of(arena, TK_SEQUENCE, wide, 0), "[]");
    assert_passes(vector_of(arena, TK_ARRAY, vector_of(arena, TK_ARRAY, wide, 2), 2),
                  "[[1,2],[3,4]]");
    assert_passes(tree_of(arena, ""), "{\"a\":1,\"b\":[{\"a\":2,\"b\":[]},{\"a\":3,\"b\":[]}]}");
    typecode_arena_release(&arena);
}

static void octets_pass_as_hexadecimal_digits(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *octet = typecode_basic(TK_OCTET);
    (void)state;
    assert_passes(vector_of(arena, TK_SEQUENCE, octet, 0), "\"00ff7e\"");
    assert_passes(vector_of(arena, TK_SEQUENCE, octet, 0), "\"\"");
    assert_passes_as(vector_of(arena, TK_ARRAY, octet, 2), "\"AbCd\"", "\"abcd\"");
    typecode_arena_release(&arena);
}

static void unions_pass_with_their_label(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *full = union_of(arena, typecode_basic(TK_SHORT), true);
    const struct typecode *open = union_of(arena, typecode_basic(TK_ULONGLONG), false);
    struct typecode *lettered = union_of(arena, typecode_basic(TK_CHAR), false);
    struct typecode_member letter = {"e", 1, typecode_basic(TK_LONG), 0xe9};
    (void)state;
    lettered->members = &letter;
    lettered->member_count = 1;
    assert_passes(full, "{\"_switch\":1,\"_value\":-5}");
    assert_passes(full, "{\"_switch\":-7,\"_value\":255}");
    assert_passes(open, "{\"_switch\":2,\"_value\":\"text\"}");
    assert_passes(open, "{\"_switch\":\"18446744073709551615\"}");
    assert_passes(union_of(arena, colour_of(arena), false),
                  "{\"_switch\":\"BLUE\",\"_value\":\"b\"}");
    assert_passes(union_of(arena, typecode_basic(TK_BOOLEAN), true),
                  "{\"_switch\":true,\"_value\":4}");
    assert_passes(lettered, "{\"_switch\":\"\xc3\xa9\",\"_value\":9}");
    assert_passes(lettered, "{\"_switch\":\"e\"}");
    typecode_arena_release(&arena);
}

static void anys_and_types_pass_where_they_are_basic(void **state)
{
    (void)state;
    assert_basic(TK_ANY, "{\"_type\":\"unsigned long\",\"_value\":7}");
    assert_basic(TK_ANY, "{\"_type\":\"any\",\"_value\":{\"_type\":\"null\",\"_value\":null}}");
    assert_basic(TK_TYPECODE, "\"long double\"");
}

static void an_any_tells_any_type(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    typecode_write(&wire.w, vector_of(arena, TK_SEQUENCE, colour_of(arena), 0));
    cdr_write_ulong(&wire.w, 1);
    cdr_write_ulong(&wire.w, 0);
    assert_json(&wire, typecode_basic(TK_ANY),
                "{\"_type\":\"sequence<Test::Colour>\",\"_value\":[\"RED\"]}");
    wire_end(&wire);
    typecode_arena_release(&arena);
}

static void references_pass_as_text_and_nil_as_null(void **state)
{
    (void)state;
    assert_basic(TK_OBJREF, "\"IDL:A:1.0\"");
    assert_basic(TK_OBJREF, "null");
}

static void members_without_names_go_by_their_place(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = typecode_new(arena, TK_STRUCT);
    const struct typecode_member members[] = {{"", 0, typecode_basic(TK_OCTET), 0},
                                              {"", 0, typecode_basic(TK_OCTET), 0}};
    (void)state;
    type->members = members;
    type->member_count = 2;
    assert_passes(type, "{\"_1\":1,\"_2\":2}");
    typecode_arena_release(&arena);
}

/* ---- refusals ---- */

static void assert_fault(const struct typecode *type, const char *text, const char *where,
                         const char *why)
{
    struct wire wire;
    struct fault fault = {0};
    json_t *value = parse(text);
    wire_begin(&wire);
    assert_int_equal(value_from_json(&wire.w, type, &references, value, "arg", &fault),
                     STATUS_INVALID);
    assert_string_equal(fault.where, where);
    assert_non_null(strstr(fault.text, why));
    json_decref(value);
    wire_end(&wire);
}

static void numbers_are_not_converted(void **state)
{
    (void)state;
    assert_fault(typecode_basic(TK_OCTET), "256", "arg", "from 0 to 255");
    assert_fault(typecode_basic(TK_SHORT), "-32769", "arg", "from -32768 to 32767");
    assert_fault(typecode_basic(TK_LONG), "1.0", "arg", "integer");
    assert_fault(typecode_basic(TK_LONG), "\"1\"", "arg", "integer");
    assert_fault(typecode_basic(TK_LONG), "true", "arg", "integer");
    assert_fault(typecode_basic(TK_ULONGLONG), "-1", "arg", "integer");
    assert_fault(typecode_basic(TK_ULONGLONG), "\"5\"", "arg", "integer");
    assert_fault(typecode_basic(TK_ULONGLONG), "\"18446744073709551616\"", "arg", "integer");
    assert_fault(typecode_basic(TK_ULONGLONG), "\"9223372036854775807\"", "arg", "integer");
    assert_fault(typecode_basic(TK_FLOAT), "1e39", "arg", "too great");
    assert_fault(typecode_basic(TK_FLOAT), "16777217", "arg", "exactly");
    assert_fault(typecode_basic(TK_DOUBLE), "9007199254740993", "arg", "exactly");
    assert_fault(typecode_basic(TK_DOUBLE), "9223372036854775807", "arg", "exactly");
    assert_fault(typecode_basic(TK_DOUBLE), "\"1\"", "arg", "number");
    assert_fault(typecode_basic(TK_BOOLEAN), "1", "arg", "true or false");
    assert_fault(typecode_basic(TK_VOID), "0", "arg", "null");
}

static void texts_must_fit(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *bounded = typecode_new(arena, TK_STRING);
    (void)state;
    bounded->length = 2;
    assert_fault(bounded, "\"abc\"", "arg", "at most 2 characters");
    assert_fault(typecode_basic(TK_STRING), "\"a\\u0000b\"", "arg", "NUL");
    assert_fault(typecode_basic(TK_STRING), "\"\xe2\x82\xac\"", "arg", "code set");
    assert_fault(typecode_basic(TK_STRING), "1", "arg", "text");
    assert_fault(typecode_basic(TK_CHAR), "\"ab\"", "arg", "one character");
    assert_fault(typecode_basic(TK_WCHAR), "\"\"", "arg", "one character");
    assert_fault(colour_of(arena), "\"PINK\"", "arg", "Test::Colour");
    assert_fault(colour_of(arena), "1", "arg", "Test::Colour");
    assert_fault(typecode_basic(TK_OBJREF), "\"\"", "arg", "reference");
    assert_fault(typecode_basic(TK_OBJREF), "\"x\"", "arg", "is no reference");
    typecode_arena_release(&arena);
}

static void wide_text_without_a_code_set_says_so(void **state)
{
    struct wire wire;
    struct fault fault = {0};
    json_t *value = parse("\"w\"");
    (void)state;
    wire_begin(&wire);
    wire.w.wchar_set = CODESET_NONE;
    assert_int_equal(
        value_from_json(&wire.w, typecode_basic(TK_WSTRING), NULL, value, NULL, &fault),
        STATUS_INVALID);
    assert_non_null(strstr(fault.text, "wide"));
    json_decref(value);
    wire_end(&wire);
}

static void a_fault_names_its_place(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *wide = typecode_basic(TK_LONG);
    const struct typecode *pair = struct_of(arena, "", wide, wide, NULL);
    const struct typecode *pairs =
        struct_of(arena, "", vector_of(arena, TK_SEQUENCE, pair, 2), typecode_basic(TK_ANY), NULL);
    const char *any = ",\"b\":{\"_type\":\"long\",\"_value\":1}}";
    char text[256];
    (void)state;
    assert_fault(pair, "{\"a\":1}", "arg/b", "missing");
    assert_fault(pair, "{\"a\":1,\"b\":2,\"c~/\":3}", "arg/c~0~1", "not known");
    assert_fault(pair, "[1,2]", "arg", "object");
    (void)snprintf(text, sizeof(text), "{\"a\":[{\"a\":1,\"b\":2},{\"a\":1,\"b\":null}]%s", any);
    assert_fault(pairs, text, "arg/a/1/b", "integer");
    (void)snprintf(text, sizeof(text), "{\"a\":[1,2,3]%s", any);
    assert_fault(pairs, text, "arg/a", "at most 2 elements");
    assert_fault(pairs, "{\"a\":[],\"b\":{\"_type\":\"Pair\",\"_value\":1}}", "arg/b/_type",
                 "basic type");
    assert_fault(pairs, "{\"a\":[],\"b\":{\"_type\":\"long\"}}", "arg/b", "_value");
    assert_fault(pairs, "{\"a\":[],\"b\":{\"_type\":\"long\",\"_value\":1,\"x\":1}}", "arg/b/x",
                 "not known");
    typecode_arena_release(&arena);
}

static void lengths_must_be_right(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *octet = typecode_basic(TK_OCTET);
    (void)state;
    assert_fault(vector_of(arena, TK_ARRAY, typecode_basic(TK_LONG), 2), "[1]", "arg", "exactly 2");
    assert_fault(vector_of(arena, TK_ARRAY, octet, 2), "\"00\"", "arg", "exactly 2");
    assert_fault(vector_of(arena, TK_SEQUENCE, octet, 1), "\"0000\"", "arg", "at most 1");
    assert_fault(vector_of(arena, TK_SEQUENCE, octet, 0), "\"000\"", "arg", "hexadecimal");
    assert_fault(vector_of(arena, TK_SEQUENCE, octet, 0), "\"0g\"", "arg", "hexadecimal");
    assert_fault(vector_of(arena, TK_SEQUENCE, octet, 0), "[1]", "arg", "hexadecimal");
    assert_fault(vector_of(arena, TK_SEQUENCE, typecode_basic(TK_LONG), 0), "{}", "arg", "array");
    typecode_arena_release(&arena);
}

static void a_union_needs_what_its_label_needs(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *type = union_of(arena, typecode_basic(TK_SHORT), false);
    (void)state;
    assert_fault(type, "{\"_switch\":1}", "arg/_value", "missing");
    assert_fault(type, "{\"_switch\":9,\"_value\":1}", "arg/_value", "no member");
    assert_fault(type, "{\"_switch\":99999,\"_value\":1}", "arg/_switch", "integer");
    assert_fault(type, "{\"_switch\":1,\"_value\":1,\"n\":1}", "arg/n", "not known");
    assert_fault(type, "{\"n\":1}", "arg", "_switch");
    assert_fault(type, "1", "arg", "_switch");
    typecode_arena_release(&arena);
}

static void json_that_nests_too_deep_is_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *own = typecode_new(arena, TK_SEQUENCE);
    struct wire wire;
    struct fault fault;
    json_t *value = json_array();
    (void)state;
    own->content = own;
    for (int i = 0; i < 1000; i++) {
        json_t *outer = json_array();
        json_array_append_new(outer, value);
        value = outer;
    }
    wire_begin(&wire);
    assert_int_equal(value_from_json(&wire.w, own, NULL, value, "", &fault), STATUS_INVALID);
    assert_non_null(strstr(fault.text, "deeper"));
    json_decref(value);
    wire_end(&wire);
    typecode_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_pass_to_both_ends),
        cmocka_unit_test(floats_pass_as_the_shortest_number),
        cmocka_unit_test(what_json_has_no_number_for_is_text),
        cmocka_unit_test(texts_pass),
        cmocka_unit_test(a_fixed_passes_as_decimal_text),
        cmocka_unit_test(types_made_of_others_pass),
        cmocka_unit_test(octets_pass_as_hexadecimal_digits),
        cmocka_unit_test(unions_pass_with_their_label),
        cmocka_unit_test(anys_and_types_pass_where_they_are_basic),
        cmocka_unit_test(an_any_tells_any_type),
        cmocka_unit_test(references_pass_as_text_and_nil_as_null),
        cmocka_unit_test(members_without_names_go_by_their_place),
        cmocka_unit_test(numbers_are_not_converted),
        cmocka_unit_test(texts_must_fit),
        cmocka_unit_test(wide_text_without_a_code_set_says_so),
        cmocka_unit_test(a_fault_names_its_place),
        cmocka_unit_test(lengths_must_be_right),
        cmocka_unit_test(a_union_needs_what_its_label_needs),
        cmocka_unit_test(json_that_nests_too_deep_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
