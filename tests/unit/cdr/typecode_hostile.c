/* TypeCodes of somebody who means harm: each is refused, for the right reason and at little cost.
 */
#include "wire.h"

#include "cdr/value.h"

/* Reads what was written, which is no type; ends the wire. */
static void assert_refused(struct wire *wire, enum exception_kind expected)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct cdr_reader r = wire_reader(wire);
    assert_null(typecode_read(&r, arena));
    assert_int_equal(r.failure, expected);
    assert_true(typecode_arena_size(arena) < 4 << 20);
    wire_end(wire);
    typecode_arena_release(&arena);
}

/* What typecode_write writes of a bad type. */
static void assert_type_refused(const struct typecode *type)
{
    struct wire wire;
    wire_begin(&wire);
    typecode_write(&wire.w, type);
    assert_refused(&wire, EXCEPTION_BAD_TYPECODE);
}

static void nested_typecodes_beyond_the_limit_are_refused(void **state)
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
    assert_true(wire.bytes.size >= 320000);
    assert_refused(&wire, EXCEPTION_IMP_LIMIT);
}

static void more_nodes_than_the_limit_are_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = typecode_new(arena, TK_STRUCT);
    struct typecode_member *members = typecode_arena_take(arena, 5000 * sizeof(*members));
    struct wire wire;
    (void)state;
    for (int i = 0; i < 5000; i++)
        members[i] = (struct typecode_member){.name = "", .type = typecode_basic(TK_LONG)};
    type->members = members;
    type->member_count = 5000;
    wire_begin(&wire);
    typecode_write(&wire.w, type);
    assert_refused(&wire, EXCEPTION_IMP_LIMIT);
    typecode_arena_release(&arena);
}

static void nodes_are_counted_over_the_whole_message(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct cdr_limits limits = cdr_limits_default();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    for (int i = 0; i < 3; i++)
        typecode_write(&wire.w, tree_of(arena, "")); /* two nodes, two members */
    struct cdr_reader r = wire_reader(&wire);
    limits.typecode_nodes = 8;
    r.limits = &limits;
    assert_non_null(typecode_read(&r, arena));
    assert_non_null(typecode_read(&r, arena));
    assert_null(typecode_read(&r, arena));
    assert_int_equal(r.failure, EXCEPTION_IMP_LIMIT);
    wire_end(&wire);
    typecode_arena_release(&arena);
}

/* Shares what came before, one level more each time: short in bytes, tall as a tree. */
static void heights_that_sharing_makes_count_too(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *all[40];
    struct typecode *tower = typecode_new(arena, TK_STRUCT);
    struct typecode_member members[40];
    struct wire wire;
    (void)state;
    all[0] = struct_of(arena, "", typecode_basic(TK_LONG), NULL);
    for (int i = 1; i < 40; i++)
        all[i] = struct_of(arena, "", all[i - 1], NULL);
    for (int i = 0; i < 40; i++)
        members[i] = (struct typecode_member){"m", 1, all[i], 0};
    tower->members = members;
    tower->member_count = 40;
    wire_begin(&wire);
    typecode_write(&wire.w, tower);
    assert_refused(&wire, EXCEPTION_IMP_LIMIT);
    typecode_arena_release(&arena);
}

/* ---- kinds and lengths ---- */

static void unknown_kinds_are_refused(void **state)
{
    static const uint32_t kinds[] = {34, 35, 36, 0x7fffffff, 0x80000000, 0xfffffffe};
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct wire wire;
        wire_begin(&wire);
        cdr_write_ulong(&wire.w, kinds[i]);
        cdr_write_ulong(&wire.w, 4);
        cdr_write_ulong(&wire.w, 0);
        assert_refused(&wire, EXCEPTION_BAD_TYPECODE);
    }
}

static void an_empty_message_holds_no_type(void **state)
{
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    assert_refused(&wire, EXCEPTION_MARSHAL);
}

static void counts_beyond_the_bytes_are_refused(void **state)
{
    static const enum typecode_kind kinds[] = {TK_STRUCT, TK_ENUM, TK_EXCEPT};
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct wire wire;
        wire_begin(&wire);
        cdr_write_ulong(&wire.w, kinds[i]);
        struct cdr_writer inner = cdr_open_encapsulation(&wire.w);
        cdr_write_identifier(&inner, "", 0);
        cdr_write_identifier(&inner, "", 0);
        cdr_write_ulong(&inner, 0xffffffff);
        cdr_write_ulong(&inner, 0);
        cdr_close_encapsulation(&wire.w, &inner);
        assert_refused(&wire, EXCEPTION_MARSHAL);
    }
}

static void what_a_node_says_stays_within_its_encapsulation(void **state)
{
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    cdr_write_ulong(&wire.w, TK_SEQUENCE);
    cdr_write_ulong(&wire.w, 8); /* byte order and kind: the bound stands outside */
    cdr_write_ulong(&wire.w, OUR_ORDER_IS_LITTLE);
    cdr_write_ulong(&wire.w, TK_LONG);
    cdr_write_ulong(&wire.w, 0);
    assert_refused(&wire, EXCEPTION_MARSHAL);
}

static void arrays_of_none_are_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    (void)state;
    assert_type_refused(vector_of(arena, TK_ARRAY, typecode_basic(TK_LONG), 0));
    typecode_arena_release(&arena);
}

static void what_takes_no_bytes_is_no_part_of_another(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *empty = struct_of(arena, "", NULL);
    struct typecode *except = typecode_new(arena, TK_EXCEPT);
    (void)state;
    assert_type_refused(vector_of(arena, TK_SEQUENCE, typecode_basic(TK_VOID), 0));
    assert_type_refused(vector_of(arena, TK_SEQUENCE, typecode_basic(TK_NULL), 0));
    assert_type_refused(vector_of(arena, TK_SEQUENCE, empty, 0));
    assert_type_refused(vector_of(arena, TK_ARRAY, empty, UINT32_MAX));
    assert_type_refused(struct_of(arena, "", typecode_basic(TK_LONG), empty, NULL));
    assert_type_refused(struct_of(arena, "", except, NULL));
    typecode_arena_release(&arena);
}

static void a_fixed_of_impossible_digits_is_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = typecode_new(arena, TK_FIXED);
    (void)state;
    assert_type_refused(type);
    type->fixed_digits = 32;
    assert_type_refused(type);
    type->fixed_digits = 5;
    type->fixed_scale = 32;
    assert_type_refused(type);
    type->fixed_scale = INT16_MIN;
    assert_type_refused(type);
    typecode_arena_release(&arena);
}

static void an_enum_of_none_is_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    (void)state;
    assert_type_refused(typecode_new(arena, TK_ENUM));
    typecode_arena_release(&arena);
}

/* ---- unions ---- */

static void equal_labels_are_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = union_of(arena, typecode_basic(TK_LONG), false);
    struct typecode_member *members = typecode_arena_take(arena, 3 * sizeof(*members));
    (void)state;
    members[0] = type->members[1];
    members[1] = type->members[0];
    members[2] = type->members[1];
    type->members = members;
    type->member_count = 3;
    assert_type_refused(type);
    typecode_arena_release(&arena);
}

static void a_discriminator_that_is_none_is_refused(void **state)
{
    static const enum typecode_kind kinds[] = {TK_FLOAT, TK_OCTET, TK_WCHAR, TK_STRING, TK_ANY};
    (void)state;
    for (size_t i = 0; i <= sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct typecode_arena *arena = typecode_arena_new();
        struct wire wire;
        wire_begin(&wire);
        cdr_write_ulong(&wire.w, TK_UNION);
        struct cdr_writer inner = cdr_open_encapsulation(&wire.w);
        cdr_write_identifier(&inner, "", 0);
        cdr_write_identifier(&inner, "", 0);
        if (i == 0)
            typecode_write(&inner, struct_of(arena, "", typecode_basic(TK_LONG), NULL));
        else
            typecode_write(&inner, typecode_basic(kinds[i - 1]));
        cdr_write_ulong(&inner, UINT32_MAX);
        cdr_write_ulong(&inner, 0);
        cdr_close_encapsulation(&wire.w, &inner);
        assert_refused(&wire, EXCEPTION_BAD_TYPECODE);
        typecode_arena_release(&arena);
    }
}

static void a_default_member_that_is_not_there_is_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = union_of(arena, typecode_basic(TK_LONG), false);
    (void)state;
    type->default_index = 2;
    assert_type_refused(type);
    typecode_arena_release(&arena);
}

static void a_label_that_its_enum_does_not_have_is_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = union_of(arena, colour_of(arena), false);
    struct typecode_member members[] = {{"n", 1, typecode_basic(TK_LONG), 3}};
    struct wire wire;
    (void)state;
    type->members = members;
    type->member_count = 1;
    wire_begin(&wire);
    typecode_write(&wire.w, type);
    assert_refused(&wire, EXCEPTION_MARSHAL);
    typecode_arena_release(&arena);
}

/* ---- indirections ---- */

/* A struct with two members: the first long, the second an indirection whose offset counts from the
 * struct's own place. */
static void assert_indirection(enum typecode_kind outer, int32_t to, enum exception_kind expected)
{
    struct wire wire;
    wire_begin(&wire);
    cdr_write_ulonglong(&wire.w, 0); /* in front, to point at */
    size_t place = wire.bytes.size;
    cdr_write_ulong(&wire.w, outer);
    struct cdr_writer inner = cdr_open_encapsulation(&wire.w);
    if (outer == TK_STRUCT) {
        cdr_write_identifier(&inner, "", 0);
        cdr_write_identifier(&inner, "", 0);
        cdr_write_ulong(&inner, 1);
        cdr_write_identifier(&inner, "m", 1);
    }
    cdr_write_ulong(&inner, UINT32_MAX);
    cdr_write_ulong(&inner, (uint32_t)((int64_t)place + to - (int64_t)wire.bytes.size));
    if (outer != TK_STRUCT)
        cdr_write_ulong(&inner, 0);
    cdr_close_encapsulation(&wire.w, &inner);
    struct typecode_arena *arena = typecode_arena_new();
    struct cdr_reader r = wire_reader(&wire);
    (void)cdr_read_ulonglong(&r);
    assert_int_equal(typecode_read(&r, arena) != NULL, expected == EXCEPTION_NONE);
    assert_int_equal(r.failure, expected);
    wire_end(&wire);
    typecode_arena_release(&arena);
}

static void indirections_lead_to_where_a_type_began_or_nowhere(void **state)
{
    (void)state;
    assert_indirection(TK_SEQUENCE, 0, EXCEPTION_NONE);         /* a sequence of itself */
    assert_indirection(TK_SEQUENCE, 4, EXCEPTION_BAD_TYPECODE); /* into the middle */
    assert_indirection(TK_SEQUENCE, 1, EXCEPTION_BAD_TYPECODE);
    assert_indirection(TK_SEQUENCE, -8, EXCEPTION_BAD_TYPECODE); /* before its TypeCode */
    assert_indirection(TK_SEQUENCE, -4000, EXCEPTION_BAD_TYPECODE);
    assert_indirection(TK_SEQUENCE, INT32_MIN, EXCEPTION_BAD_TYPECODE);
    assert_indirection(TK_SEQUENCE, 24, EXCEPTION_BAD_TYPECODE); /* forward */
    assert_indirection(TK_SEQUENCE, INT32_MAX, EXCEPTION_BAD_TYPECODE);
    assert_indirection(TK_SEQUENCE, 12, EXCEPTION_BAD_TYPECODE); /* to itself */
    assert_indirection(TK_SEQUENCE, 16, EXCEPTION_BAD_TYPECODE); /* to its offset */
}

static void a_type_does_not_hold_itself_but_through_a_sequence(void **state)
{
    (void)state;
    assert_indirection(TK_STRUCT, 0, EXCEPTION_BAD_TYPECODE);
    assert_indirection(TK_ARRAY, 0, EXCEPTION_BAD_TYPECODE);
}

static void an_indirection_by_itself_leads_nowhere(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    typecode_write(&wire.w, colour_of(arena));
    size_t second = wire.bytes.size;
    cdr_write_ulong(&wire.w, UINT32_MAX);
    cdr_write_ulong(&wire.w, (uint32_t)(0 - wire.bytes.size));
    struct cdr_reader r = wire_reader(&wire);
    assert_non_null(typecode_read(&r, arena));
    assert_true(r.position <= second);
    assert_null(typecode_read(&r, arena)); /* the other TypeCode is another one's */
    assert_int_equal(r.failure, EXCEPTION_BAD_TYPECODE);
    wire_end(&wire);
    typecode_arena_release(&arena);
}

/* typedef sequence<Alias> Alias: the alias is open, and without content, when it is met. */
static void an_alias_of_a_sequence_of_itself_is_a_type(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *alias = typecode_new(arena, TK_ALIAS);
    struct wire wire;
    (void)state;
    alias->content = vector_of(arena, TK_SEQUENCE, alias, 0);
    wire_begin(&wire);
    typecode_write(&wire.w, alias);
    struct cdr_reader r = wire_reader(&wire);
    const struct typecode *read = typecode_read(&r, arena);
    assert_non_null(read);
    assert_ptr_equal(read->content->content, read);
    wire_end(&wire);
    typecode_arena_release(&arena);
}

/* Every prefix of a good TypeCode is none. */
static void a_typecode_that_is_cut_off_is_refused(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    typecode_write(&wire.w, union_of(arena, colour_of(arena), true));
    for (size_t size = 0; size < wire.bytes.size; size++) {
        struct typecode_arena *other = typecode_arena_new();
        struct cdr_reader r = cdr_reader_of(wire.bytes.data, size, OUR_ORDER_IS_LITTLE, NULL);
        assert_null(typecode_read(&r, other));
        assert_int_equal(r.failure, EXCEPTION_MARSHAL);
        typecode_arena_release(&other);
    }
    wire_end(&wire);
    typecode_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nested_typecodes_beyond_the_limit_are_refused),
        cmocka_unit_test(more_nodes_than_the_limit_are_refused),
        cmocka_unit_test(nodes_are_counted_over_the_whole_message),
        cmocka_unit_test(heights_that_sharing_makes_count_too),
        cmocka_unit_test(unknown_kinds_are_refused),
        cmocka_unit_test(an_empty_message_holds_no_type),
        cmocka_unit_test(counts_beyond_the_bytes_are_refused),
        cmocka_unit_test(what_a_node_says_stays_within_its_encapsulation),
        cmocka_unit_test(arrays_of_none_are_refused),
        cmocka_unit_test(what_takes_no_bytes_is_no_part_of_another),
        cmocka_unit_test(a_fixed_of_impossible_digits_is_refused),
        cmocka_unit_test(an_enum_of_none_is_refused),
        cmocka_unit_test(equal_labels_are_refused),
        cmocka_unit_test(a_discriminator_that_is_none_is_refused),
        cmocka_unit_test(a_default_member_that_is_not_there_is_refused),
        cmocka_unit_test(a_label_that_its_enum_does_not_have_is_refused),
        cmocka_unit_test(indirections_lead_to_where_a_type_began_or_nowhere),
        cmocka_unit_test(a_type_does_not_hold_itself_but_through_a_sequence),
        cmocka_unit_test(an_indirection_by_itself_leads_nowhere),
        cmocka_unit_test(an_alias_of_a_sequence_of_itself_is_a_type),
        cmocka_unit_test(a_typecode_that_is_cut_off_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
