/* Types at run time: arenas, sizes, equivalence, members, words. */
#include "wire.h"

static void an_arena_lives_as_long_as_its_last_holder(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode_arena *held = typecode_arena_hold(arena);
    char *text = typecode_arena_text(arena, "text\0more", 6);
    (void)state;
    typecode_arena_release(&arena);
    assert_null(arena);
    assert_memory_equal(text, "text\0m", 7);
    assert_true(typecode_arena_size(held) >= 7);
    typecode_arena_release(&held);
    typecode_arena_release(&held);
}

static void an_arena_takes_great_and_small(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    (void)state;
    for (size_t size = 0; size < 300000; size = size * 2 + 1) {
        char *place = typecode_arena_take(arena, size);
        assert_int_equal((uintptr_t)place % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(place[i], 0);
        memset(place, 1, size);
    }
    typecode_arena_release(&arena);
}

static void basic_types_are_everybodys(void **state)
{
    (void)state;
    assert_int_equal(typecode_basic(TK_LONGDOUBLE)->least_size, 16);
    assert_string_equal(typecode_basic(TK_OBJREF)->id, "IDL:omg.org/CORBA/Object:1.0");
    assert_int_equal(typecode_basic(TK_STRING)->length, 0);
    assert_null(typecode_basic(TK_STRUCT));
    assert_null(typecode_basic(TK_FIXED));
    assert_null(typecode_basic((enum typecode_kind)34));
    assert_null(typecode_basic((enum typecode_kind) - 1));
}

/* ---- least sizes ---- */

static void the_least_size_adds_up(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *octet = typecode_basic(TK_OCTET);
    (void)state;
    assert_int_equal(
        struct_of(arena, "", octet, typecode_basic(TK_LONG), colour_of(arena), NULL)->least_size,
        9);
    assert_int_equal(struct_of(arena, "", NULL)->least_size, 0);
    assert_int_equal(vector_of(arena, TK_SEQUENCE, octet, 0)->least_size, 4);
    assert_int_equal(vector_of(arena, TK_ARRAY, octet, 10)->least_size, 10);
    assert_int_equal(tree_of(arena, "")->least_size, 8);
    assert_int_equal(union_of(arena, typecode_basic(TK_LONG), true)->least_size, 5);
    assert_int_equal(union_of(arena, typecode_basic(TK_SHORT), false)->least_size, 2);
    typecode_arena_release(&arena);
}

static void the_least_size_does_not_wrap(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *type =
        vector_of(arena, TK_ARRAY, typecode_basic(TK_LONGDOUBLE), UINT32_MAX);
    (void)state;
    assert_int_equal(type->least_size, UINT32_MAX);
    assert_int_equal(vector_of(arena, TK_ARRAY, type, UINT32_MAX)->least_size, UINT32_MAX);
    assert_int_equal(struct_of(arena, "", type, type, NULL)->least_size, UINT32_MAX);
    typecode_arena_release(&arena);
}

/* ---- looking ---- */

static void a_union_finds_its_member(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *open = union_of(arena, typecode_basic(TK_LONG), false);
    const struct typecode *full = union_of(arena, typecode_basic(TK_LONG), true);
    (void)state;
    assert_ptr_equal(typecode_union_member(open, 2), &open->members[1]);
    assert_null(typecode_union_member(open, 0));
    assert_ptr_equal(typecode_union_member(full, 1), &full->members[0]);
    assert_ptr_equal(typecode_union_member(full, 0), &full->members[2]);
    assert_ptr_equal(typecode_union_member(full, -9), &full->members[2]);
    typecode_arena_release(&arena);
}

static void an_enumerator_has_its_ordinal(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *colour = colour_of(arena);
    (void)state;
    assert_int_equal(typecode_enumerator(colour, "BLUE", 4), 2);
    assert_int_equal(typecode_enumerator(colour, "BLU", 3), -1);
    assert_int_equal(typecode_enumerator(colour, "", 0), -1);
    typecode_arena_release(&arena);
}

static struct typecode *alias_of(struct typecode_arena *arena, const struct typecode *content)
{
    struct typecode *type = typecode_new(arena, TK_ALIAS);
    type->id = "IDL:orderd.org/Test/Alias:1.0";
    type->name = "Alias";
    type->content = content;
    typecode_finish(type);
    return type;
}

static void what_may_stand_within_others_takes_a_byte(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *exception = typecode_new(arena, TK_EXCEPT);
    (void)state;
    assert_true(typecode_is_element(typecode_basic(TK_OCTET)));
    assert_false(typecode_is_element(typecode_basic(TK_VOID)));
    assert_false(typecode_is_element(typecode_basic(TK_NULL)));
    assert_false(typecode_is_element(exception));
    assert_false(typecode_is_element(struct_of(arena, "", NULL)));
    assert_false(typecode_is_element(alias_of(arena, alias_of(arena, exception))));
    typecode_arena_release(&arena);
}

/* ---- equivalence ---- */

static void repository_ids_decide_where_both_have_one(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *octet = typecode_basic(TK_OCTET);
    const struct typecode *wide = typecode_basic(TK_LONG);
    (void)state;
    assert_true(typecode_equivalent(struct_of(arena, "IDL:A:1.0", octet, NULL),
                                    struct_of(arena, "IDL:A:1.0", wide, NULL)));
    assert_false(typecode_equivalent(struct_of(arena, "IDL:A:1.0", octet, NULL),
                                     struct_of(arena, "IDL:B:1.0", octet, NULL)));
    assert_true(typecode_equivalent(struct_of(arena, "IDL:A:1.0", octet, NULL),
                                    struct_of(arena, "", octet, NULL)));
    typecode_arena_release(&arena);
}

static void else_the_structure_decides(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *octet = typecode_basic(TK_OCTET);
    const struct typecode *one = vector_of(arena, TK_SEQUENCE, octet, 0);
    (void)state;
    assert_true(typecode_equivalent(one, vector_of(arena, TK_SEQUENCE, octet, 0)));
    assert_true(typecode_equivalent(alias_of(arena, one), vector_of(arena, TK_SEQUENCE, octet, 0)));
    assert_false(typecode_equivalent(one, vector_of(arena, TK_SEQUENCE, octet, 5)));
    assert_false(typecode_equivalent(one, vector_of(arena, TK_ARRAY, octet, 0)));
    assert_false(
        typecode_equivalent(one, vector_of(arena, TK_SEQUENCE, typecode_basic(TK_BOOLEAN), 0)));
    assert_false(typecode_equivalent(struct_of(arena, "", octet, NULL),
                                     struct_of(arena, "", octet, octet, NULL)));
    typecode_arena_release(&arena);
}

static void types_that_hold_themselves_are_compared(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *tree = tree_of(arena, "");
    struct typecode *sequence = typecode_new(arena, TK_SEQUENCE);
    /* The same infinite type, its circle twice as long. */
    const struct typecode *unrolled = struct_of(arena, "", typecode_basic(TK_LONG), sequence, NULL);
    const struct typecode *inner = struct_of(arena, "", typecode_basic(TK_LONG),
                                             vector_of(arena, TK_SEQUENCE, unrolled, 0), NULL);
    (void)state;
    sequence->content = inner;
    assert_true(typecode_equivalent(tree, tree_of(arena, "")));
    assert_true(typecode_equivalent(tree, unrolled));
    assert_true(typecode_equivalent(unrolled, inner));
    assert_false(typecode_equivalent(
        tree,
        struct_of(
            arena, "", typecode_basic(TK_LONG),
            vector_of(arena, TK_SEQUENCE,
                      struct_of(arena, "", typecode_basic(TK_LONG),
                                vector_of(arena, TK_SEQUENCE, typecode_basic(TK_LONG), 0), NULL),
                      0),
            NULL)));
    typecode_arena_release(&arena);
}

/* A circle of `size` structs, each holding a sequence of the next. */
static const struct typecode *circle_of(struct typecode_arena *arena, int size)
{
    struct typecode *last = typecode_new(arena, TK_SEQUENCE);
    struct typecode *type = NULL;
    const struct typecode *next = last;
    for (int i = 0; i < size; i++) {
        type = struct_of(arena, "", next, NULL);
        next = vector_of(arena, TK_SEQUENCE, type, 0);
    }
    last->content = type;
    return type;
}

static void circles_of_different_lengths_take_no_longer_than_both(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    (void)state;
    /* Going round both until they meet would be 4 million steps and as many pairs. */
    assert_true(typecode_equivalent(circle_of(arena, 2000), circle_of(arena, 2001)));
    typecode_arena_release(&arena);
}

static void what_is_shared_again_and_again_is_compared_once(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *a = typecode_basic(TK_LONG);
    const struct typecode *b = a;
    (void)state;
    for (int i = 0; i < 200; i++) { /* 2^200 leaves */
        a = struct_of(arena, "", a, a, NULL);
        b = struct_of(arena, "", b, b, NULL);
    }
    assert_true(typecode_equivalent(a, b));
    typecode_arena_release(&arena);
}

/* ---- words ---- */

static void assert_described(const struct typecode *type, const char *expected)
{
    char text[128];
    typecode_describe(type, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void a_type_is_described_as_idl_writes_it(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *wide = typecode_basic(TK_LONG);
    struct typecode *text = typecode_new(arena, TK_STRING);
    struct typecode *fixed = typecode_new(arena, TK_FIXED);
    (void)state;
    text->length = 7;
    fixed->fixed_digits = 9;
    fixed->fixed_scale = 2;
    assert_described(typecode_basic(TK_ULONGLONG), "unsigned long long");
    assert_described(typecode_basic(TK_OBJREF), "Object");
    assert_described(text, "string<7>");
    assert_described(fixed, "fixed<9,2>");
    assert_described(colour_of(arena), "Test::Colour");
    assert_described(struct_of(arena, "IDL:Pharmacy/Line:1.0", NULL), "Pharmacy::Line");
    assert_described(struct_of(arena, "", NULL), "S");
    assert_described(struct_of(arena, "DCE:x:1", NULL), "S");
    assert_described(vector_of(arena, TK_SEQUENCE, colour_of(arena), 10),
                     "sequence<Test::Colour,10>");
    assert_described(vector_of(arena, TK_ARRAY, vector_of(arena, TK_ARRAY, wide, 3), 2),
                     "long[2][3]");
    typecode_arena_release(&arena);
}

static void a_description_is_cut_where_a_character_begins(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = typecode_new(arena, TK_NATIVE);
    char text[6];
    (void)state;
    type->name = "abcd\xe2\x82\xac";
    typecode_describe(type, text, sizeof(text));
    assert_string_equal(text, "abcd");
    typecode_describe(vector_of(arena, TK_SEQUENCE, type, 0), text, sizeof(text));
    assert_string_equal(text, "seque");
    typecode_describe(type, text, 1);
    assert_string_equal(text, "");
    typecode_arena_release(&arena);
}

static void a_sequence_of_itself_is_described_all_the_same(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *type = typecode_new(arena, TK_SEQUENCE);
    char text[20];
    (void)state;
    type->content = type;
    typecode_describe(type, text, sizeof(text));
    assert_string_equal(text, "sequence<sequence<s");
    typecode_arena_release(&arena);
}

static void a_basic_type_is_found_by_its_name(void **state)
{
    (void)state;
    for (int kind = TK_NULL; kind <= TK_WSTRING; kind++) {
        const struct typecode *type = typecode_basic((enum typecode_kind)kind);
        char text[32];
        if (type == NULL)
            continue;
        typecode_describe(type, text, sizeof(text));
        assert_ptr_equal(typecode_of_name(text, strlen(text)), type);
    }
    assert_null(typecode_of_name("longer", 6));
    assert_null(typecode_of_name("", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_arena_lives_as_long_as_its_last_holder),
        cmocka_unit_test(an_arena_takes_great_and_small),
        cmocka_unit_test(basic_types_are_everybodys),
        cmocka_unit_test(the_least_size_adds_up),
        cmocka_unit_test(the_least_size_does_not_wrap),
        cmocka_unit_test(a_union_finds_its_member),
        cmocka_unit_test(an_enumerator_has_its_ordinal),
        cmocka_unit_test(what_may_stand_within_others_takes_a_byte),
        cmocka_unit_test(repository_ids_decide_where_both_have_one),
        cmocka_unit_test(else_the_structure_decides),
        cmocka_unit_test(types_that_hold_themselves_are_compared),
        cmocka_unit_test(circles_of_different_lengths_take_no_longer_than_both),
        cmocka_unit_test(what_is_shared_again_and_again_is_compared_once),
        cmocka_unit_test(a_type_is_described_as_idl_writes_it),
        cmocka_unit_test(a_description_is_cut_where_a_character_begins),
        cmocka_unit_test(a_sequence_of_itself_is_described_all_the_same),
        cmocka_unit_test(a_basic_type_is_found_by_its_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
