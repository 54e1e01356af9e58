/* Private: a map from nodes to what is known of them, for walks that must not go round in circles.
 */
#ifndef CDR_TYPECODE_MAP_H
#define CDR_TYPECODE_MAP_H

#include "cdr/typecode.h"

struct typecode_entry {
    const struct typecode *node; /* NULL: a free slot */
    union {
        size_t position;             /* where it was written */
        const struct typecode *same; /* one that it was found equivalent to; itself to begin with */
    };
};

/* All zero is empty. */
struct typecode_map {
    struct typecode_entry *slots;
    size_t capacity, count;
};

/* NULL: not in it. Good until the next typecode_map_add. */
struct typecode_entry *typecode_map_find(const struct typecode_map *map,
                                         const struct typecode *node);
/* One that is not in it yet. */
struct typecode_entry *typecode_map_add(struct typecode_map *map, const struct typecode *node);
void typecode_map_release(struct typecode_map *map);

#endif
