/* What the tests of cdr share: a message that is written, then read. */
#ifndef TESTS_CDR_WIRE_H
#define TESTS_CDR_WIRE_H

#include "cdr/cdr.h"
#include "cdr/typecode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { OUR_ORDER_IS_LITTLE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

struct wire {
    struct buffer bytes;
    struct cdr_writer w;
};

/* GIOP 1.2 with ISO-8859-1 and UTF-16. */
static inline void wire_begin(struct wire *wire)
{
    *wire = (struct wire){.w = {.minor = 2, .wchar_set = CODESET_UTF_16}};
    wire->w.out = &wire->bytes;
}

static inline struct cdr_reader wire_reader(const struct wire *wire)
{
    struct cdr_reader r =
        cdr_reader_of(wire->bytes.data, wire->bytes.size, OUR_ORDER_IS_LITTLE, NULL);
    r.minor = wire->w.minor;
    r.char_set = wire->w.char_set;
    r.wchar_set = wire->w.wchar_set;
    return r;
}

static inline void wire_end(struct wire *wire)
{
    buffer_release(&wire->bytes);
}

/* The type of a sequence or array, of which the arena may be left alone. */
static inline struct typecode *vector_of(struct typecode_arena *arena, enum typecode_kind kind,
                                         const struct typecode *content, uint32_t length)
{
    struct typecode *type = typecode_new(arena, kind);
    type->content = content;
    type->length = length;
    typecode_finish(type);
    return type;
}

/* A struct whose members are named "a", "b", ...; NULL types end. At most 8. */
static inline struct typecode *struct_of(struct typecode_arena *arena, const char *id, ...)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    struct typecode *type = typecode_new(arena, TK_STRUCT);
    struct typecode_member *members = typecode_arena_take(arena, 8 * sizeof(*members));
    const struct typecode *member;
    va_list list;
    va_start(list, id);
    while ((member = va_arg(list, const struct typecode *)) != NULL) {
        members[type->member_count] = (struct typecode_member){
            .name = names[type->member_count], .name_length = 1, .type = member};
        type->member_count++;
    }
    va_end(list);
    type->id = id;
    type->name = "S";
    type->members = members;
    typecode_finish(type);
    return type;
}

/* enum Colour { RED, GREEN, BLUE } */
static inline struct typecode *colour_of(struct typecode_arena *arena)
{
    static const struct typecode_member members[] = {
        {.name = "RED", .name_length = 3},
        {.name = "GREEN", .name_length = 5},
        {.name = "BLUE", .name_length = 4},
    };
    struct typecode *type = typecode_new(arena, TK_ENUM);
    type->id = "IDL:orderd.org/Test/Colour:1.0";
    type->name = "Colour";
    type->members = members;
    type->member_count = 3;
    typecode_finish(type);
    return type;
}

/* union U switch (DISCRIMINATOR) { case 1: long n; case 2: string s; default: octet o } */
static inline struct typecode *union_of(struct typecode_arena *arena,
                                        const struct typecode *discriminator, bool with_default)
{
    struct typecode *type = typecode_new(arena, TK_UNION);
    struct typecode_member *members = typecode_arena_take(arena, 3 * sizeof(*members));
    members[0] = (struct typecode_member){"n", 1, typecode_basic(TK_LONG), 1};
    members[1] = (struct typecode_member){"s", 1, typecode_basic(TK_STRING), 2};
    members[2] = (struct typecode_member){"o", 1, typecode_basic(TK_OCTET), 0};
    type->id = "IDL:orderd.org/Test/U:1.0";
    type->name = "U";
    type->discriminator = discriminator;
    type->members = members;
    type->member_count = with_default ? 3 : 2;
    type->default_index = with_default ? 2 : -1;
    typecode_finish(type);
    return type;
}

/* struct Tree { long a; sequence<Tree> b; } */
static inline struct typecode *tree_of(struct typecode_arena *arena, const char *id)
{
    struct typecode *tree = typecode_new(arena, TK_STRUCT);
    struct typecode_member *members = typecode_arena_take(arena, 2 * sizeof(*members));
    members[0] = (struct typecode_member){"a", 1, typecode_basic(TK_LONG), 0};
    members[1] = (struct typecode_member){"b", 1, vector_of(arena, TK_SEQUENCE, tree, 0), 0};
    tree->id = id;
    tree->name = "Tree";
    tree->members = members;
    tree->member_count = 2;
    typecode_finish(tree);
    return tree;
}

#endif
