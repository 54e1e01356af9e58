/* Passing over values: good ones to their end, bad ones refused by all who read them. */
#include "wire.h"

#include "cdr/value.h"

/* Both readers of values see the same. */
static enum exception_kind failure_of(const struct wire *wire, const struct typecode *type)
{
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    struct cdr_reader skipped = wire_reader(wire);
    struct cdr_reader told = skipped;
    value_skip(&skipped, type);
    value_to_json(&told, type, NULL, &json);
    assert_int_equal(skipped.failure, told.failure);
    assert_int_equal(skipped.position, told.position);
    assert_int_equal(skipped.depth, 0);
    if (skipped.failure == EXCEPTION_NONE)
        assert_int_equal(cdr_left(&skipped), 0);
    buffer_release(&out);
    return skipped.failure;
}

/* Ends the wire. */
static void assert_value(struct wire *wire, const struct typecode *type,
                         enum exception_kind expected)
{
    assert_int_equal(failure_of(wire, type), expected);
    wire_end(wire);
}

static void values_are_passed_to_their_end(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    cdr_write_octet(&wire.w, 1);
    cdr_write_ulong(&wire.w, 2); /* BLUE */
    cdr_write_ulong(&wire.w, 3);
    cdr_write_ulonglong(&wire.w, 1);
    cdr_write_ulonglong(&wire.w, 2);
    cdr_write_ulonglong(&wire.w, 3);
    cdr_write_string(&wire.w, 0, "caf\xc3\xa9", 5);
    cdr_write_wstring(&wire.w, 0, "wide", 4);
    cdr_write_longdouble(&wire.w, 0.5);
    assert_value(&wire,
                 struct_of(arena, "", typecode_basic(TK_BOOLEAN), colour_of(arena),
                           vector_of(arena, TK_SEQUENCE, typecode_basic(TK_LONGLONG), 3),
                           typecode_basic(TK_STRING), typecode_basic(TK_WSTRING),
                           typecode_basic(TK_LONGDOUBLE), NULL),
                 EXCEPTION_NONE);
    typecode_arena_release(&arena);
}

static void an_empty_sequence_does_not_align_what_is_not_there(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    cdr_write_ulong(&wire.w, 0);
    assert_value(&wire, vector_of(arena, TK_SEQUENCE, typecode_basic(TK_DOUBLE), 0),
                 EXCEPTION_NONE);
    typecode_arena_release(&arena);
}

static void booleans_and_enumerators_out_of_range_are_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    cdr_write_octet(&wire.w, 2);
    assert_value(&wire, typecode_basic(TK_BOOLEAN), EXCEPTION_MARSHAL);
    wire_begin(&wire);
    cdr_write_ulong(&wire.w, 3);
    assert_value(&wire, colour_of(arena), EXCEPTION_MARSHAL);
    wire_begin(&wire);
    cdr_write_ulong(&wire.w, 0xffffffff);
    assert_value(&wire, union_of(arena, colour_of(arena), true), EXCEPTION_MARSHAL);
    typecode_arena_release(&arena);
}

static void a_label_that_is_no_character_is_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    wire.w.char_set = CODESET_UTF_8;
    cdr_write_octet(&wire.w, 0xe9);
    assert_value(&wire, union_of(arena, typecode_basic(TK_CHAR), false), EXCEPTION_DATA_CONVERSION);
    typecode_arena_release(&arena);
}

static void a_fixed_with_bad_half_octets_is_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = typecode_new(arena, TK_FIXED);
    struct wire wire;
    (void)state;
    type->fixed_digits = 3;
    typecode_finish(type);
    wire_begin(&wire);
    buffer_append(&wire.bytes, "\x12\x3e", 2);
    assert_value(&wire, type, EXCEPTION_MARSHAL);
    typecode_arena_release(&arena);
}

/* ---- lengths ---- */

static void assert_length_refused(const struct typecode *type, uint32_t length)
{
    struct wire wire;
    wire_begin(&wire);
    cdr_write_ulong(&wire.w, length);
    cdr_write_ulonglong(&wire.w, 0);
    assert_value(&wire, type, EXCEPTION_MARSHAL);
}

static void lengths_beyond_the_bytes_are_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    static const enum typecode_kind kinds[] = {TK_OCTET, TK_LONG, TK_DOUBLE, TK_STRING, TK_ANY};
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct typecode *type = vector_of(arena, TK_SEQUENCE, typecode_basic(kinds[i]), 0);
        assert_length_refused(type, 0xffffffff);
        assert_length_refused(type, 0x80000000);
        assert_length_refused(type, 0x20000001);
        assert_length_refused(type, 13);
    }
    assert_length_refused(vector_of(arena, TK_SEQUENCE, typecode_basic(TK_OCTET), 11), 12);
    typecode_arena_release(&arena);
}

static void sequences_of_what_takes_no_bytes_count_a_byte_each(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    (void)state;
    assert_length_refused(vector_of(arena, TK_SEQUENCE, typecode_basic(TK_VOID), 0), 0xffffffff);
    assert_length_refused(vector_of(arena, TK_SEQUENCE, typecode_basic(TK_NULL), 0), 0xffffffff);
    assert_length_refused(vector_of(arena, TK_SEQUENCE, struct_of(arena, "", NULL), 0), 0xffffffff);
    assert_length_refused(vector_of(arena, TK_ARRAY, struct_of(arena, "", NULL), UINT32_MAX), 0);
    typecode_arena_release(&arena);
}

static void enormous_arrays_are_refused_before_anything_is_done(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *type =
        vector_of(arena, TK_ARRAY, typecode_basic(TK_BOOLEAN), UINT32_MAX);
    (void)state;
    assert_length_refused(type, 0);
    for (int i = 0; i < 20; i++) {
        type = vector_of(arena, TK_ARRAY, type, UINT32_MAX);
        assert_length_refused(type, 0);
    }
    assert_length_refused(struct_of(arena, "", typecode_basic(TK_LONG), type, NULL), 0);
    typecode_arena_release(&arena);
}

/* ---- depth ---- */

static void write_tree(struct cdr_writer *w, int depth)
{
    for (int i = 0; i < depth; i++) {
        cdr_write_ulong(w, (uint32_t)i);
        cdr_write_ulong(w, i < depth - 1);
    }
}

static void values_within_values_end_at_the_limit(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    write_tree(&wire.w, 32); /* a struct and a sequence each: 64 */
    assert_value(&wire, tree_of(arena, ""), EXCEPTION_NONE);
    wire_begin(&wire);
    write_tree(&wire.w, 33);
    assert_value(&wire, tree_of(arena, ""), EXCEPTION_IMP_LIMIT);
    wire_begin(&wire);
    write_tree(&wire.w, 50000);
    assert_value(&wire, tree_of(arena, ""), EXCEPTION_IMP_LIMIT);
    typecode_arena_release(&arena);
}

static void anys_within_anys_end_at_the_limit(void **state)
{
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    for (int i = 0; i < 20000; i++)
        cdr_write_ulong(&wire.w, TK_ANY);
    cdr_write_ulong(&wire.w, TK_NULL);
    assert_value(&wire, typecode_basic(TK_ANY), EXCEPTION_IMP_LIMIT);
    wire_begin(&wire);
    for (int i = 0; i < 63; i++)
        cdr_write_ulong(&wire.w, TK_ANY);
    cdr_write_ulong(&wire.w, TK_NULL);
    assert_value(&wire, typecode_basic(TK_ANY), EXCEPTION_NONE);
}

static void an_any_of_320_kb_of_nested_typecodes_is_refused(void **state)
{
    enum { LEVELS = 20000, LEVEL_BYTES = 16 };
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    for (uint32_t i = 0; i < LEVELS; i++) {
        cdr_write_ulong(&wire.w, TK_SEQUENCE);
        cdr_write_ulong(&wire.w, (LEVELS - i) * LEVEL_BYTES - 8);
        cdr_write_ulong(&wire.w, OUR_ORDER_IS_LITTLE);
    }
    cdr_write_ulong(&wire.w, TK_LONG);
    for (uint32_t i = 0; i < LEVELS; i++)
        cdr_write_ulong(&wire.w, 0);
    cdr_write_ulong(&wire.w, 0);
    assert_value(&wire, typecode_basic(TK_ANY), EXCEPTION_IMP_LIMIT);
}

/* 2^30 leaves in some hundred bytes of TypeCode: refused for lack of a value to hold them. */
static void types_that_unfold_without_end_need_bytes_to_do_so(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *type = typecode_basic(TK_OCTET);
    struct wire wire;
    (void)state;
    for (int i = 0; i < 30; i++)
        type = struct_of(arena, "", type, type, NULL);
    wire_begin(&wire);
    typecode_write(&wire.w, type);
    for (int i = 0; i < 1000; i++)
        cdr_write_octet(&wire.w, 0);
    assert_value(&wire, typecode_basic(TK_ANY), EXCEPTION_MARSHAL);
    typecode_arena_release(&arena);
}

/* ---- anys, references, exceptions ---- */

static void an_any_has_its_type_before_it(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    typecode_write(&wire.w, tree_of(arena, "IDL:Tree:1.0"));
    write_tree(&wire.w, 5);
    assert_value(&wire, typecode_basic(TK_ANY), EXCEPTION_NONE);
    wire_begin(&wire);
    typecode_write(&wire.w, colour_of(arena));
    cdr_write_ulong(&wire.w, 3);
    assert_value(&wire, typecode_basic(TK_ANY), EXCEPTION_MARSHAL);
    typecode_arena_release(&arena);
}

static void an_exception_in_an_any_begins_with_its_id(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = struct_of(arena, "IDL:Gone:1.0", typecode_basic(TK_LONG), NULL);
    struct wire wire;
    (void)state;
    type->kind = TK_EXCEPT;
    wire_begin(&wire);
    typecode_write(&wire.w, type);
    cdr_write_identifier(&wire.w, "IDL:Gone:1.0", 12);
    cdr_write_ulong(&wire.w, 7);
    assert_value(&wire, typecode_basic(TK_ANY), EXCEPTION_NONE);
    wire_begin(&wire);
    typecode_write(&wire.w, type);
    cdr_write_identifier(&wire.w, "IDL:Here:1.0", 12);
    cdr_write_ulong(&wire.w, 7);
    assert_value(&wire, typecode_basic(TK_ANY), EXCEPTION_MARSHAL);
    wire_begin(&wire);
    cdr_write_ulong(&wire.w, 7); /* by itself it is its members */
    assert_value(&wire, type, EXCEPTION_NONE);
    typecode_arena_release(&arena);
}

static void write_reference(struct cdr_writer *w, uint32_t profiles)
{
    cdr_write_identifier(w, "IDL:A:1.0", 9);
    cdr_write_ulong(w, profiles);
    for (uint32_t i = 0; i < profiles; i++) {
        cdr_write_ulong(w, 0);
        cdr_write_octets(w, "abc", 3);
    }
}

static enum exception_kind reference_failure(uint32_t profiles, size_t cut)
{
    struct wire wire;
    wire_begin(&wire);
    write_reference(&wire.w, profiles);
    wire.bytes.size -= cut;
    struct cdr_reader r = wire_reader(&wire);
    value_skip(&r, typecode_basic(TK_OBJREF));
    enum exception_kind failure = r.failure;
    wire_end(&wire);
    return failure;
}

static void references_are_passed_and_their_profiles_counted(void **state)
{
    (void)state;
    assert_int_equal(reference_failure(0, 0), EXCEPTION_NONE);
    assert_int_equal(reference_failure(16, 0), EXCEPTION_NONE);
    assert_int_equal(reference_failure(17, 0), EXCEPTION_IMP_LIMIT);
    assert_int_equal(reference_failure(3, 1), EXCEPTION_MARSHAL);
}

static void values_that_we_do_not_know_are_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    cdr_write_ulong(&wire.w, 0);
    assert_value(&wire, typecode_basic(TK_PRINCIPAL), EXCEPTION_NO_IMPLEMENT);
    wire_begin(&wire);
    cdr_write_ulong(&wire.w, 0);
    assert_value(&wire, typecode_new(arena, TK_VALUE), EXCEPTION_NO_IMPLEMENT);
    typecode_arena_release(&arena);
}

/* A name of 64 KiB for each octet: 320 KB of message would be 16 GB of JSON. */
static void what_is_told_has_an_end(void **state)
{
    enum { NAME = 65536, ELEMENTS = 250000 };
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = struct_of(arena, "", typecode_basic(TK_OCTET), NULL);
    char *name = typecode_arena_take(arena, NAME + 1);
    struct typecode_member member = {name, NAME, typecode_basic(TK_OCTET), 0};
    struct buffer out = {0};
    struct json_writer json = {.out = &out};
    struct wire wire;
    (void)state;
    memset(name, 'n', NAME);
    type->members = &member;
    wire_begin(&wire);
    typecode_write(&wire.w, vector_of(arena, TK_SEQUENCE, type, 0));
    cdr_write_ulong(&wire.w, ELEMENTS);
    for (int i = 0; i < ELEMENTS; i++)
        cdr_write_octet(&wire.w, 0);
    struct cdr_reader r = wire_reader(&wire);
    value_to_json(&r, typecode_basic(TK_ANY), NULL, &json);
    assert_int_equal(r.failure, EXCEPTION_IMP_LIMIT);
    assert_true(out.size < VALUE_JSON_BYTES + 2 * NAME);
    buffer_release(&out);
    wire_end(&wire);
    typecode_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_passed_to_their_end),
        cmocka_unit_test(an_empty_sequence_does_not_align_what_is_not_there),
        cmocka_unit_test(booleans_and_enumerators_out_of_range_are_refused),
        cmocka_unit_test(a_label_that_is_no_character_is_refused),
        cmocka_unit_test(a_fixed_with_bad_half_octets_is_refused),
        cmocka_unit_test(lengths_beyond_the_bytes_are_refused),
        cmocka_unit_test(sequences_of_what_takes_no_bytes_count_a_byte_each),
        cmocka_unit_test(enormous_arrays_are_refused_before_anything_is_done),
        cmocka_unit_test(values_within_values_end_at_the_limit),
        cmocka_unit_test(anys_within_anys_end_at_the_limit),
        cmocka_unit_test(an_any_of_320_kb_of_nested_typecodes_is_refused),
        cmocka_unit_test(types_that_unfold_without_end_need_bytes_to_do_so),
        cmocka_unit_test(an_any_has_its_type_before_it),
        cmocka_unit_test(an_exception_in_an_any_begins_with_its_id),
        cmocka_unit_test(references_are_passed_and_their_profiles_counted),
        cmocka_unit_test(values_that_we_do_not_know_are_refused),
        cmocka_unit_test(what_is_told_has_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
