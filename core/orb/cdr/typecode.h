/* TypeCodes: what IDL types are at run time (CORBA 3.3, part 1, 8.11), and the plan by which values
 * are marshalled. The IDL compiler makes them, and so does the reader of an `any`.
 *
 * Nodes and their texts live in an arena and never change once it is built, so a type that holds
 * itself (through a sequence) is simply a pointer back. An arena is counted: whoever keeps a node
 * keeps its arena. Arenas belong to one thread at a time; the nodes of basic types are static, and
 * everybody's. */
#ifndef CDR_TYPECODE_H
#define CDR_TYPECODE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The values are those on the wire (CORBA 3.3, part 2, table 9.2 "TypeCode enum values"). */
enum typecode_kind {
    TK_NULL = 0,
    TK_VOID = 1,
    TK_SHORT = 2,
    TK_LONG = 3,
    TK_USHORT = 4,
    TK_ULONG = 5,
    TK_FLOAT = 6,
    TK_DOUBLE = 7,
    TK_BOOLEAN = 8,
    TK_CHAR = 9,
    TK_OCTET = 10,
    TK_ANY = 11,
    TK_TYPECODE = 12,
    TK_PRINCIPAL = 13,
    TK_OBJREF = 14,
    TK_STRUCT = 15,
    TK_UNION = 16,
    TK_ENUM = 17,
    TK_STRING = 18,
    TK_SEQUENCE = 19,
    TK_ARRAY = 20,
    TK_ALIAS = 21,
    TK_EXCEPT = 22,
    TK_LONGLONG = 23,
    TK_ULONGLONG = 24,
    TK_LONGDOUBLE = 25,
    TK_WCHAR = 26,
    TK_WSTRING = 27,
    TK_FIXED = 28,
    /* Of these only the TypeCode itself can be passed; values of them are refused. */
    TK_VALUE = 29,
    TK_VALUE_BOX = 30,
    TK_NATIVE = 31,
    TK_ABSTRACT_INTERFACE = 32,
    TK_LOCAL_INTERFACE = 33,
};

struct typecode_member {
    const char *name; /* terminated; of an enum: the enumerator */
    size_t name_length;
    const struct typecode *type; /* NULL for enumerators */
    /* Of a union: the label's value as the discriminator's type has it (boolean 0 or 1, enum the
     * ordinal, char the byte, unsigned long long the bits). Of the default member: 0. A member with
     * several labels stands once for each. Of a value: its Visibility. */
    int64_t label;
};

struct typecode {
    enum typecode_kind kind;
    /* Fewest bytes that a value takes in CDR without padding, at least 1 but for void, null and
     * structs without members; saturates. What a sequence's length is held against before anything
     * is read or made. Of an exception: its members, without the repository id before them. */
    uint32_t least_size;
    const char *id;                        /* repository id; "" where the kind has none */
    const char *name;                      /* simple name; "" likewise */
    const struct typecode_member *members; /* struct, exception, union, enum */
    uint32_t member_count;
    uint32_t length; /* of an array; the bound of a string, wstring or sequence, 0 for none */
    const struct typecode *content; /* of a sequence, array, alias, value box; a value's base */
    const struct typecode *discriminator; /* of a union */
    int32_t default_index;                /* of a union's default member, or -1 */
    uint16_t fixed_digits;
    int16_t fixed_scale;
    int16_t modifier; /* of a value: custom, abstract, truncatable */
    void *user;       /* for whoever owns the arena: what a binding keeps with a type */
};

/* ---- arenas ---- */

struct typecode_arena;

struct typecode_arena *typecode_arena_new(void);
struct typecode_arena *typecode_arena_hold(struct typecode_arena *arena);
void typecode_arena_release(struct typecode_arena **arena); /* NULLs it; frees with the last one */
/* Zeroed, as long-lived as the arena, aligned for any object. */
void *typecode_arena_take(struct typecode_arena *arena, size_t size);
char *typecode_arena_text(struct typecode_arena *arena, const char *text, size_t length);
size_t typecode_arena_size(const struct typecode_arena *arena); /* bytes taken so far */

/* ---- nodes ---- */

/* Static nodes: null to octet, any, TypeCode, Principal, longlong to wchar, unbounded string and
 * wstring, and Object (id "IDL:omg.org/CORBA/Object:1.0"). NULL for a kind that needs more to say.
 */
const struct typecode *typecode_basic(enum typecode_kind kind);

/* An empty node of a kind, for the maker to fill; then typecode_finish. */
struct typecode *typecode_new(struct typecode_arena *arena, enum typecode_kind kind);
/* Works out what follows from the rest (least_size), children first; a pointer back to a node that
 * is not finished counts as nothing. Once for each node made. */
void typecode_finish(struct typecode *node);

/* Without aliases. NULL for one that is being made and has no content yet. */
const struct typecode *typecode_resolve(const struct typecode *type);
/* CORBA's equivalent() (part 1, 8.11.2.1): aliases stripped, repository ids decide where both have
 * one, else the structure. Cyclic types are fine. */
bool typecode_equivalent(const struct typecode *a, const struct typecode *b);
/* The member of a union for this label, the default one when none has it; NULL: no member. */
const struct typecode_member *typecode_union_member(const struct typecode *of, int64_t label);
/* The ordinal of an enumerator, or -1. */
int64_t typecode_enumerator(const struct typecode *of, const char *name, size_t length);
/* Whether a value of it can stand within another: not null, void, an exception, nor a struct
 * without members. As each such value takes at least a byte, the bytes of a message bound the work
 * on it. */
bool typecode_is_element(const struct typecode *type);
/* "sequence<Pharmacy::Line,10>": for messages; cut to fit, where a character begins. The names of
 * basic types are IDL's ("unsigned long long"). */
void typecode_describe(const struct typecode *type, char *text, size_t size);
/* The basic type that typecode_describe gives this name, or NULL. */
const struct typecode *typecode_of_name(const char *name, size_t length);

#endif
