/* Nodes: the static ones of basic types, what follows from a node's parts, and looking into them.
 */
#include "cdr/typecode.h"

#include <string.h>

#define BASIC(kind_, least_)                                                                       \
    [kind_] = {.kind = (kind_), .least_size = (least_), .default_index = -1, .id = "", .name = ""}

/* Least sizes: a TypeCode is its kind; an any one of null; a wchar two bytes in GIOP 1.1. */
static const struct typecode basics[] = {
    BASIC(TK_NULL, 0),
    BASIC(TK_VOID, 0),
    BASIC(TK_SHORT, 2),
    BASIC(TK_LONG, 4),
    BASIC(TK_USHORT, 2),
    BASIC(TK_ULONG, 4),
    BASIC(TK_FLOAT, 4),
    BASIC(TK_DOUBLE, 8),
    BASIC(TK_BOOLEAN, 1),
    BASIC(TK_CHAR, 1),
    BASIC(TK_OCTET, 1),
    BASIC(TK_ANY, 4),
    BASIC(TK_TYPECODE, 4),
    BASIC(TK_PRINCIPAL, 4),
    BASIC(TK_STRING, 5),
    BASIC(TK_LONGLONG, 8),
    BASIC(TK_ULONGLONG, 8),
    BASIC(TK_LONGDOUBLE, 16),
    BASIC(TK_WCHAR, 2),
    BASIC(TK_WSTRING, 4),
    [TK_OBJREF] = {.kind = TK_OBJREF,
                   .least_size = 8, /* an empty type id's length, no profiles */
                   .default_index = -1,
                   .id = "IDL:omg.org/CORBA/Object:1.0",
                   .name = "Object"},
};

const struct typecode *typecode_basic(enum typecode_kind kind)
{
    if ((unsigned)kind >= sizeof(basics) / sizeof(basics[0]) || basics[kind].id == NULL)
        return NULL;
    return &basics[kind];
}

struct typecode *typecode_new(struct typecode_arena *arena, enum typecode_kind kind)
{
    struct typecode *node = typecode_arena_take(arena, sizeof(*node));
    node->kind = kind;
    node->id = "";
    node->name = "";
    node->default_index = -1;
    return node;
}

/* ---- what follows from the parts ---- */

static uint32_t saturate(uint64_t size)
{
    return size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
}

static uint32_t least_of(const struct typecode *type)
{
    return type != NULL ? type->least_size : 0;
}

static uint32_t least_of_members(const struct typecode *node)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < node->member_count; i++)
        sum = saturate((uint64_t)sum + least_of(node->members[i].type));
    return sum;
}

/* Without a default member a label may stand alone. */
static uint32_t least_of_union(const struct typecode *node)
{
    uint32_t least = node->default_index >= 0 ? UINT32_MAX : 0;
    for (uint32_t i = 0; i < node->member_count; i++)
        if (least_of(node->members[i].type) < least)
            least = least_of(node->members[i].type);
    return saturate((uint64_t)least_of(node->discriminator) + least);
}

void typecode_finish(struct typecode *node)
{
    const struct typecode *basic = typecode_basic(node->kind);
    switch (node->kind) {
    case TK_STRUCT:
    case TK_EXCEPT: node->least_size = least_of_members(node); break;
    case TK_UNION: node->least_size = least_of_union(node); break;
    case TK_ARRAY:
        node->least_size = saturate((uint64_t)least_of(node->content) * node->length);
        break;
    case TK_ALIAS: node->least_size = least_of(node->content); break;
    case TK_FIXED: node->least_size = node->fixed_digits / 2u + 1; break;
    /* An enum, a sequence's length; a value's tag, had we values. */
    default: node->least_size = basic != NULL ? basic->least_size : 4; break;
    }
}

/* ---- looking ---- */

const struct typecode *typecode_resolve(const struct typecode *type)
{
    while (type != NULL && type->kind == TK_ALIAS)
        type = type->content;
    return type;
}

bool typecode_is_element(const struct typecode *type)
{
    type = typecode_resolve(type);
    switch (type->kind) {
    case TK_NULL:
    case TK_VOID:
    case TK_EXCEPT: return false;
    case TK_STRUCT: return type->member_count > 0;
    default: return true;
    }
}

const struct typecode_member *typecode_union_member(const struct typecode *of, int64_t label)
{
    for (uint32_t i = 0; i < of->member_count; i++)
        if (of->members[i].label == label && (int32_t)i != of->default_index)
            return &of->members[i];
    return of->default_index >= 0 ? &of->members[of->default_index] : NULL;
}

int64_t typecode_enumerator(const struct typecode *of, const char *name, size_t length)
{
    for (uint32_t i = 0; i < of->member_count; i++) {
        const struct typecode_member *member = &of->members[i];
        if (member->name_length == length && memcmp(member->name, name, length) == 0)
            return i;
    }
    return -1;
}
