/* TypeCodes, written and read again. */
#include "wire.h"

#include "cdr/value.h"

/* Read it back from an odd place, and compare; the bytes it took are the result. */
static size_t assert_passes(const struct typecode *type)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    wire_begin(&wire);
    cdr_write_octet(&wire.w, 0);
    typecode_write(&wire.w, type);
    assert_int_equal(wire.w.failure, EXCEPTION_NONE);
    struct cdr_reader r = wire_reader(&wire);
    (void)cdr_read_octet(&r);
    const struct typecode *read = typecode_read(&r, arena);
    assert_non_null(read);
    assert_int_equal(cdr_left(&r), 0);
    assert_true(typecode_equivalent(type, read));
    assert_string_equal(read->id, type->id);
    assert_string_equal(read->name, type->name);
    assert_int_equal(read->least_size, type->least_size);
    assert_int_equal(read->member_count, type->member_count);
    for (uint32_t i = 0; i < type->member_count; i++) {
        assert_string_equal(read->members[i].name, type->members[i].name);
        assert_int_equal(read->members[i].label, type->members[i].label);
    }
    size_t size = wire.bytes.size - 4;
    wire_end(&wire);
    typecode_arena_release(&arena);
    return size;
}

static void every_basic_type_passes(void **state)
{
    (void)state;
    for (int kind = TK_NULL; kind <= TK_WSTRING; kind++)
        if (typecode_basic((enum typecode_kind)kind) != NULL)
            (void)assert_passes(typecode_basic((enum typecode_kind)kind));
}

static void types_made_of_others_pass(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *text = typecode_new(arena, TK_WSTRING);
    struct typecode *fixed = typecode_new(arena, TK_FIXED);
    struct typecode *alias = typecode_new(arena, TK_ALIAS);
    struct typecode *except = typecode_new(arena, TK_EXCEPT);
    (void)state;
    text->length = 12;
    typecode_finish(text);
    fixed->fixed_digits = 8;
    fixed->fixed_scale = -2;
    typecode_finish(fixed);
    alias->id = "IDL:Name:1.0";
    alias->name = "Name";
    alias->content = text;
    typecode_finish(alias);
    except->id = "IDL:Gone:1.0";
    except->name = "Gone";
    typecode_finish(except);
    (void)assert_passes(struct_of(arena, "IDL:Test/S:1.0", text, fixed, alias, NULL));
    (void)assert_passes(vector_of(arena, TK_ARRAY, alias, 4));
    (void)assert_passes(colour_of(arena));
    (void)assert_passes(except);
    (void)assert_passes(struct_of(arena, "", NULL));
    typecode_arena_release(&arena);
}

static void unions_of_every_discriminator_pass(void **state)
{
    static const enum typecode_kind kinds[] = {TK_SHORT, TK_LONG,     TK_USHORT,    TK_ULONG,
                                               TK_CHAR,  TK_LONGLONG, TK_ULONGLONG, TK_ENUM};
    struct typecode_arena *arena = typecode_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct typecode *discriminator =
            kinds[i] == TK_ENUM ? colour_of(arena) : typecode_basic(kinds[i]);
        (void)assert_passes(union_of(arena, discriminator, true));
        (void)assert_passes(union_of(arena, discriminator, false));
    }
    typecode_arena_release(&arena);
}

static void negative_labels_keep_their_sign(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode_member members[] = {{"least", 5, typecode_basic(TK_LONG), INT16_MIN},
                                        {"most", 4, typecode_basic(TK_LONG), INT16_MAX}};
    struct typecode *type = union_of(arena, typecode_basic(TK_SHORT), false);
    (void)state;
    type->members = members;
    typecode_finish(type);
    (void)assert_passes(type);
    members[0].label = INT64_MIN;
    members[1].label = INT64_MAX;
    type->discriminator = typecode_basic(TK_LONGLONG);
    typecode_finish(type);
    (void)assert_passes(type);
    typecode_arena_release(&arena);
}

static void types_that_hold_themselves_pass(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct typecode *own = typecode_new(arena, TK_SEQUENCE);
    (void)state;
    (void)assert_passes(tree_of(arena, "IDL:Tree:1.0"));
    (void)assert_passes(tree_of(arena, ""));
    own->content = own;
    typecode_finish(own);
    (void)assert_passes(own);
    typecode_arena_release(&arena);
}

static void a_type_read_holds_itself_and_not_a_copy(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    struct wire wire;
    (void)state;
    wire_begin(&wire);
    typecode_write(&wire.w, tree_of(arena, "IDL:Tree:1.0"));
    struct cdr_reader r = wire_reader(&wire);
    const struct typecode *tree = typecode_read(&r, arena);
    assert_non_null(tree);
    assert_ptr_equal(tree->members[1].type->content, tree);
    wire_end(&wire);
    typecode_arena_release(&arena);
}

static void what_is_shared_is_written_once(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *type = struct_of(arena, "", typecode_basic(TK_LONG), NULL);
    (void)state;
    for (int i = 0; i < 20; i++) /* 2^20 leaves */
        type = struct_of(arena, "", type, type, NULL);
    assert_true(assert_passes(type) < 2000);
    typecode_arena_release(&arena);
}

static void types_whose_values_cannot_be_passed_pass_themselves(void **state)
{
    static const enum typecode_kind kinds[] = {TK_NATIVE, TK_ABSTRACT_INTERFACE, TK_LOCAL_INTERFACE,
                                               TK_VALUE_BOX, TK_VALUE};
    struct typecode_arena *arena = typecode_arena_new();
    (void)state;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct typecode *type = typecode_new(arena, kinds[i]);
        struct typecode_member member = {"self", 4, type, 1};
        type->name = "Odd";
        if (type->kind == TK_VALUE_BOX)
            type->content = typecode_basic(TK_LONG);
        if (type->kind == TK_VALUE) {
            type->modifier = 3;
            type->members = &member;
            type->member_count = 1;
        }
        typecode_finish(type);
        (void)assert_passes(type);
    }
    typecode_arena_release(&arena);
}

/* struct S { long a; } of a big-endian sender, spelt out. */
static void the_bytes_are_those_of_the_specification(void **state)
{
    static const char bytes[] = "\0\0\0\x0f"
                                "\0\0\0\x28"
                                "\0\0\0\0"
                                "\0\0\0\x08IDL:S:1"
                                "\0"
                                "\0\0\0\x02S\0\0\0"
                                "\0\0\0\x01"
                                "\0\0\0\x02"
                                "a\0\0\0"
                                "\0\0\0\x03";
    struct typecode_arena *arena = typecode_arena_new();
    struct cdr_reader r = cdr_reader_of(bytes, 48, false, NULL);
    (void)state;
    const struct typecode *type = typecode_read(&r, arena);
    assert_non_null(type);
    assert_int_equal(cdr_left(&r), 0);
    assert_string_equal(type->id, "IDL:S:1");
    assert_string_equal(type->members[0].name, "a");
    assert_ptr_equal(type->members[0].type, typecode_basic(TK_LONG));
    typecode_arena_release(&arena);
}

static void a_type_that_nests_without_end_is_not_written(void **state)
{
    struct typecode_arena *arena = typecode_arena_new();
    const struct typecode *type = typecode_basic(TK_LONG);
    struct wire wire;
    (void)state;
    for (int i = 0; i < 300; i++)
        type = vector_of(arena, TK_SEQUENCE, type, 0);
    wire_begin(&wire);
    typecode_write(&wire.w, type);
    assert_int_equal(wire.w.failure, EXCEPTION_IMP_LIMIT);
    wire_end(&wire);
    typecode_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_basic_type_passes),
        cmocka_unit_test(types_made_of_others_pass),
        cmocka_unit_test(unions_of_every_discriminator_pass),
        cmocka_unit_test(negative_labels_keep_their_sign),
        cmocka_unit_test(types_that_hold_themselves_pass),
        cmocka_unit_test(a_type_read_holds_itself_and_not_a_copy),
        cmocka_unit_test(what_is_shared_is_written_once),
        cmocka_unit_test(types_whose_values_cannot_be_passed_pass_themselves),
        cmocka_unit_test(the_bytes_are_those_of_the_specification),
        cmocka_unit_test(a_type_that_nests_without_end_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
