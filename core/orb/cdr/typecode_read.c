/* TypeCodes from bytes (CORBA 3.3, part 2, 9.3.5.1), which come from anybody.
 *
 * A node begins, its parts are read, it closes. An indirection names the place where a node of the
 * same outermost TypeCode began. When that one is closed it is simply shared; when it is still open
 * it comes to hold itself, which only makes sense with a sequence (or value) in between. Counted
 * are nodes and members, for memory, and how tall a node is with all that it shares, so that no
 * later walk goes deeper than the limit. What can only be judged of whole types is judged at the
 * end. */
#include "base/memory.h"
#include "cdr/discriminator.h"
#include "cdr/value.h"

#include <stdlib.h>

#define INDIRECTION UINT32_C(0xffffffff)

enum {
    LEAST_ENUMERATOR = 5, /* an empty name */
    LEAST_MEMBER = LEAST_ENUMERATOR + 4,
    FIXED_DIGITS = 31,
};

struct begun {
    const uint8_t *place; /* of its kind; these grow, as nodes are read in order */
    struct typecode *node;
    uint32_t height; /* 1 for one that holds basic types; 0 while it is open */
};

struct reading {
    struct typecode_arena *arena;
    struct buffer begun; /* of struct begun */
    uint32_t depth;      /* open nodes */
    uint32_t tallest;    /* part of the innermost open node so far */
    size_t breaker; /* open nodes that began before this many may be held by what is read now */
};

static const struct typecode *read_node(struct cdr_reader *r, struct reading *s);

static size_t begun_count(const struct reading *s)
{
    return s->begun.size / sizeof(struct begun);
}

static struct begun *begun_at(const struct reading *s, size_t index)
{
    return (struct begun *)(void *)s->begun.data + index;
}

static const struct typecode *refuse(struct cdr_reader *r, enum exception_kind kind)
{
    cdr_fail(r, kind);
    return NULL;
}

static bool count_nodes(struct cdr_reader *r, uint32_t count)
{
    if (r->typecode_nodes > r->limits->typecode_nodes ||
        count > r->limits->typecode_nodes - r->typecode_nodes) {
        cdr_fail(r, EXCEPTION_IMP_LIMIT);
        return false;
    }
    r->typecode_nodes += count;
    return true;
}

/* ---- indirections ---- */

/* Index of the node that began at this place, or the count of all. */
static size_t find_begun(const struct reading *s, const uint8_t *place)
{
    size_t low = 0;
    size_t high = begun_count(s);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (begun_at(s, middle)->place < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low < begun_count(s) && begun_at(s, low)->place == place ? low : begun_count(s);
}

static const struct typecode *read_indirection(struct cdr_reader *r, struct reading *s)
{
    int32_t offset = (int32_t)cdr_read_ulong(r);
    if (!cdr_ok(r))
        return NULL;
    /* As numbers: there may be nothing at that distance to point to. */
    uintptr_t place = (uintptr_t)(r->data + r->position - sizeof(offset)) + (uintptr_t)offset;
    size_t index = find_begun(s, (const uint8_t *)place); /* NOLINT(performance-no-int-to-ptr) */
    if (index == begun_count(s))
        return refuse(r, EXCEPTION_BAD_TYPECODE);
    const struct begun *target = begun_at(s, index);
    if (target->height == 0 && index >= s->breaker)
        return refuse(r, EXCEPTION_BAD_TYPECODE);
    if (target->height > r->limits->typecode_depth - s->depth)
        return refuse(r, EXCEPTION_IMP_LIMIT);
    if (target->height > s->tallest)
        s->tallest = target->height;
    return target->node;
}

/* ---- parts ---- */

static const char *read_name(struct cdr_reader *r, struct reading *s, size_t *length)
{
    const char *text = cdr_read_identifier(r, length);
    return *length > 0 ? typecode_arena_text(s->arena, text, *length) : "";
}

static void read_names(struct cdr_reader *r, struct reading *s, struct typecode *node)
{
    size_t length;
    node->id = read_name(r, s, &length);
    node->name = read_name(r, s, &length);
}

static void read_content(struct cdr_reader *r, struct reading *s, struct typecode *node)
{
    node->content = read_node(r, s);
}

static void read_vector(struct cdr_reader *r, struct reading *s, struct typecode *node)
{
    read_content(r, s, node);
    node->length = cdr_read_ulong(r);
    if (node->kind == TK_ARRAY && node->length == 0)
        cdr_fail(r, EXCEPTION_BAD_TYPECODE);
}

static void read_enumerators(struct cdr_reader *r, struct reading *s, struct typecode *node)
{
    uint32_t count = cdr_read_length(r, 0, LEAST_ENUMERATOR);
    if (count == 0) {
        cdr_fail(r, EXCEPTION_BAD_TYPECODE);
        return;
    }
    struct typecode_member *members = typecode_arena_take(s->arena, count * sizeof(*members));
    for (uint32_t i = 0; i < count && cdr_ok(r); i++)
        members[i].name = read_name(r, s, &members[i].name_length);
    node->members = members;
    node->member_count = count;
}

/* `discriminator` is a resolved one, or NULL. */
static void read_member(struct cdr_reader *r, struct reading *s, const struct typecode *node,
                        const struct typecode *discriminator, struct typecode_member *member)
{
    if (discriminator != NULL)
        member->label = discriminator_read(r, discriminator);
    member->name = read_name(r, s, &member->name_length);
    member->type = read_node(r, s);
    if (node->kind == TK_VALUE)
        member->label = (int16_t)cdr_read_ushort(r);
}

/* Members are only there when all of them are: nobody else sees a type in parts. NULL: there are
 * none, or a failure. */
static struct typecode_member *read_members(struct cdr_reader *r, struct reading *s,
                                            struct typecode *node,
                                            const struct typecode *discriminator)
{
    uint32_t count = cdr_read_length(r, 0, LEAST_MEMBER);
    if (count == 0 || !count_nodes(r, count))
        return NULL;
    struct typecode_member *members = typecode_arena_take(s->arena, count * sizeof(*members));
    for (uint32_t i = 0; i < count && cdr_ok(r); i++)
        read_member(r, s, node, discriminator, &members[i]);
    node->members = members;
    node->member_count = count;
    return members;
}

static int compare_labels(const void *a, const void *b)
{
    const int64_t *x = a;
    const int64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static bool labels_differ(const struct typecode *node)
{
    int64_t *labels = memory_new((node->member_count + (size_t)1) * sizeof(*labels));
    size_t count = 0;
    bool differ = true;
    for (uint32_t i = 0; i < node->member_count; i++)
        if ((int32_t)i != node->default_index)
            labels[count++] = node->members[i].label;
    qsort(labels, count, sizeof(*labels), compare_labels);
    for (size_t i = 1; i < count && differ; i++)
        differ = labels[i - 1] != labels[i];
    free(labels);
    return differ;
}

static void read_union(struct cdr_reader *r, struct reading *s, struct typecode *node)
{
    node->discriminator = read_node(r, s);
    if (!cdr_ok(r))
        return;
    /* An open node is held here by an alias without a type yet, at most: resolving stops there. */
    const struct typecode *discriminator = typecode_resolve(node->discriminator);
    if (discriminator == NULL || !discriminator_is(discriminator)) {
        cdr_fail(r, EXCEPTION_BAD_TYPECODE);
        return;
    }
    node->default_index = (int32_t)cdr_read_ulong(r);
    struct typecode_member *members = read_members(r, s, node, discriminator);
    if (!cdr_ok(r))
        return;
    if (node->default_index < 0) /* none: omniORB says -2 where the labels leave room for none */
        node->default_index = -1;
    if (members == NULL || node->default_index >= (int64_t)node->member_count ||
        !labels_differ(node)) {
        cdr_fail(r, EXCEPTION_BAD_TYPECODE);
        return;
    }
    if (node->default_index >= 0) /* whatever stood there means nothing */
        members[node->default_index].label = 0;
}

static void read_value(struct cdr_reader *r, struct reading *s, struct typecode *node)
{
    node->modifier = (int16_t)cdr_read_ushort(r);
    node->content = read_node(r, s);
    if (!cdr_ok(r))
        return;
    if (node->content->kind == TK_NULL)
        node->content = NULL;
    else if (node->content->kind != TK_VALUE || node->content == node)
        cdr_fail(r, EXCEPTION_BAD_TYPECODE);
    read_members(r, s, node, NULL);
}

static void read_parts(struct cdr_reader *r, struct reading *s, struct typecode *node)
{
    switch (node->kind) {
    case TK_SEQUENCE:
    case TK_ARRAY: read_vector(r, s, node); return;
    default: read_names(r, s, node); break;
    }
    switch (node->kind) {
    case TK_STRUCT:
    case TK_EXCEPT: read_members(r, s, node, NULL); break;
    case TK_UNION: read_union(r, s, node); break;
    case TK_ENUM: read_enumerators(r, s, node); break;
    case TK_ALIAS:
    case TK_VALUE_BOX: read_content(r, s, node); break;
    case TK_VALUE: read_value(r, s, node); break;
    default: break; /* interfaces and native types are their names */
    }
}

/* ---- nodes ---- */

static bool is_complex(uint32_t kind)
{
    return (kind >= TK_OBJREF && kind <= TK_ENUM) || (kind >= TK_SEQUENCE && kind <= TK_EXCEPT) ||
           (kind >= TK_VALUE && kind <= TK_LOCAL_INTERFACE);
}

/* Whether a node may hold itself through one of this kind. */
static bool breaks_cycles(enum typecode_kind kind)
{
    return kind == TK_SEQUENCE || kind == TK_VALUE;
}

/* Reads what is in the encapsulation of a node that has begun; its height. */
static uint32_t read_inside(struct cdr_reader *r, struct reading *s, struct typecode *node)
{
    uint32_t outer_tallest = s->tallest;
    size_t outer_breaker = s->breaker;
    s->tallest = 0;
    s->depth++;
    if (breaks_cycles(node->kind))
        s->breaker = begun_count(s);
    struct cdr_reader inner = cdr_read_encapsulation(r);
    read_parts(&inner, s, node);
    cdr_close_inner(r, &inner);
    uint32_t height = s->tallest + 1;
    s->depth--;
    s->breaker = outer_breaker;
    s->tallest = height > outer_tallest ? height : outer_tallest;
    return height;
}

static const struct typecode *read_complex(struct cdr_reader *r, struct reading *s,
                                           enum typecode_kind kind)
{
    if (s->depth >= r->limits->typecode_depth)
        return refuse(r, EXCEPTION_IMP_LIMIT);
    if (!count_nodes(r, 1))
        return NULL;
    size_t index = begun_count(s);
    struct begun begun = {
        .place = r->data + r->position - sizeof(uint32_t),
        .node = typecode_new(s->arena, kind),
    };
    buffer_append(&s->begun, &begun, sizeof(begun));
    uint32_t height = read_inside(r, s, begun.node);
    if (!cdr_ok(r))
        return NULL;
    typecode_finish(begun.node);
    begun_at(s, index)->height = height;
    return begun.node;
}

static const struct typecode *read_bounded(struct cdr_reader *r, struct reading *s,
                                           enum typecode_kind kind)
{
    uint32_t bound = cdr_read_ulong(r);
    if (bound == 0)
        return typecode_basic(kind);
    if (!count_nodes(r, 1))
        return NULL;
    struct typecode *node = typecode_new(s->arena, kind);
    node->length = bound;
    typecode_finish(node);
    return node;
}

static const struct typecode *read_fixed(struct cdr_reader *r, struct reading *s)
{
    uint16_t digits = cdr_read_ushort(r);
    int16_t scale = (int16_t)cdr_read_ushort(r);
    if (digits < 1 || digits > FIXED_DIGITS || scale < -FIXED_DIGITS || scale > FIXED_DIGITS)
        return refuse(r, EXCEPTION_BAD_TYPECODE);
    if (!count_nodes(r, 1))
        return NULL;
    struct typecode *node = typecode_new(s->arena, TK_FIXED);
    node->fixed_digits = digits;
    node->fixed_scale = scale;
    typecode_finish(node);
    return node;
}

/* NULL exactly after a failure. */
static const struct typecode *read_node(struct cdr_reader *r, struct reading *s)
{
    const struct typecode *type = NULL;
    uint32_t kind = cdr_read_ulong(r);
    if (!cdr_ok(r))
        return NULL;
    if (kind == INDIRECTION)
        type = read_indirection(r, s);
    else if (is_complex(kind))
        type = read_complex(r, s, (enum typecode_kind)kind);
    else if (kind == TK_STRING || kind == TK_WSTRING)
        type = read_bounded(r, s, (enum typecode_kind)kind);
    else if (kind == TK_FIXED)
        type = read_fixed(r, s);
    else
        type = typecode_basic((enum typecode_kind)kind);
    return type != NULL && cdr_ok(r) ? type : refuse(r, EXCEPTION_BAD_TYPECODE);
}

/* ---- judging whole types ---- */

static bool holds_elements_only(const struct typecode *node)
{
    if (node->content != NULL && !typecode_is_element(node->content))
        return false;
    for (uint32_t i = 0; i < node->member_count; i++)
        if (node->members[i].type != NULL && !typecode_is_element(node->members[i].type))
            return false;
    return true;
}

static bool all_are_good(const struct reading *s)
{
    for (size_t i = 0; i < begun_count(s); i++)
        if (!holds_elements_only(begun_at(s, i)->node))
            return false;
    return true;
}

const struct typecode *typecode_read(struct cdr_reader *r, struct typecode_arena *arena)
{
    struct reading s = {.arena = arena};
    const struct typecode *type = read_node(r, &s);
    if (type != NULL && !all_are_good(&s))
        type = refuse(r, EXCEPTION_BAD_TYPECODE);
    buffer_release(&s.begun);
    return type;
}
