/* Equivalence of types that may hold themselves.
 *
 * Two nodes that are to be compared are first taken to be equivalent and put into one class; only
 * then their parts are compared. What is in one class already needs no second look, so each
 * comparison makes one class of two, and there are no more of them than nodes, however the cycles
 * run (Hopcroft and Karp's way with automata). */
#include "base/buffer.h"
#include "cdr/typecode.h"
#include "cdr/typecode_map.h"

#include <string.h>

enum verdict { EQUIVALENT, DIFFERENT, PARTS_DECIDE };

struct pair {
    const struct typecode *a, *b;
};

struct comparison {
    struct typecode_map classes;
    struct buffer open; /* of struct pair */
};

/* Without looking at other nodes. */
static enum verdict compare_alone(const struct typecode *a, const struct typecode *b)
{
    if (a == b)
        return EQUIVALENT;
    if (a->kind != b->kind)
        return DIFFERENT;
    if (a->id[0] != '\0' && b->id[0] != '\0')
        return strcmp(a->id, b->id) == 0 ? EQUIVALENT : DIFFERENT;
    if (a->length != b->length || a->member_count != b->member_count ||
        a->default_index != b->default_index || a->fixed_digits != b->fixed_digits ||
        a->fixed_scale != b->fixed_scale || a->modifier != b->modifier ||
        (a->content == NULL) != (b->content == NULL) ||
        (a->discriminator == NULL) != (b->discriminator == NULL))
        return DIFFERENT;
    return a->member_count > 0 || a->content != NULL ? PARTS_DECIDE : EQUIVALENT;
}

static const struct typecode *class_of(struct typecode_map *classes, const struct typecode *node)
{
    struct typecode_entry *entry = typecode_map_find(classes, node);
    if (entry == NULL) {
        typecode_map_add(classes, node)->same = node;
        return node;
    }
    while (entry->same != entry->node) {
        struct typecode_entry *next = typecode_map_find(classes, entry->same);
        entry->same = next->same; /* the way is half as long for those who come later */
        entry = next;
    }
    return entry->node;
}

/* False: they are different. Whether they are equivalent may be left to their parts. */
static bool compare(struct comparison *c, const struct typecode *a, const struct typecode *b)
{
    struct pair pair = {typecode_resolve(a), typecode_resolve(b)};
    enum verdict verdict = compare_alone(pair.a, pair.b);
    if (verdict == PARTS_DECIDE)
        buffer_append(&c->open, &pair, sizeof(pair));
    return verdict != DIFFERENT;
}

static bool compare_members(struct comparison *c, const struct typecode *a,
                            const struct typecode *b)
{
    for (uint32_t i = 0; i < a->member_count; i++) {
        const struct typecode_member *x = &a->members[i];
        const struct typecode_member *y = &b->members[i];
        if (x->label != y->label)
            return false;
        if (x->type != NULL && !compare(c, x->type, y->type))
            return false;
    }
    return true;
}

static bool compare_parts(struct comparison *c, struct pair pair)
{
    const struct typecode *a = class_of(&c->classes, pair.a);
    const struct typecode *b = class_of(&c->classes, pair.b);
    if (a == b)
        return true;
    typecode_map_find(&c->classes, a)->same = b;
    if (pair.a->content != NULL && !compare(c, pair.a->content, pair.b->content))
        return false;
    if (pair.a->discriminator != NULL && !compare(c, pair.a->discriminator, pair.b->discriminator))
        return false;
    return compare_members(c, pair.a, pair.b);
}

bool typecode_equivalent(const struct typecode *a, const struct typecode *b)
{
    struct comparison c = {0};
    bool good = compare(&c, a, b);
    while (good && c.open.size > 0) {
        struct pair pair;
        c.open.size -= sizeof(pair);
        memcpy(&pair, c.open.data + c.open.size, sizeof(pair));
        good = compare_parts(&c, pair);
    }
    typecode_map_release(&c.classes);
    buffer_release(&c.open);
    return good;
}
