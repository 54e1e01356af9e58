/* The map from nodes: open addressing, at most half full. */
#include "cdr/typecode_map.h"

#include "base/memory.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 32 };

/* The node's slot, or the free one where it belongs. Nodes are some 100 bytes apart, so their low
 * bits say nothing; the multiplication spreads the others. */
static struct typecode_entry *slot_of(const struct typecode_map *map, const struct typecode *node)
{
    size_t at = (size_t)((uint64_t)(uintptr_t)node * 0x9e3779b97f4a7c15u >> 32);
    while (map->slots[at & (map->capacity - 1)].node != NULL &&
           map->slots[at & (map->capacity - 1)].node != node)
        at++;
    return &map->slots[at & (map->capacity - 1)];
}

struct typecode_entry *typecode_map_find(const struct typecode_map *map,
                                         const struct typecode *node)
{
    if (map->count == 0)
        return NULL;
    struct typecode_entry *slot = slot_of(map, node);
    return slot->node != NULL ? slot : NULL;
}

static void grow(struct typecode_map *map)
{
    struct typecode_map larger = {
        .capacity = map->capacity > 0 ? 2 * map->capacity : FIRST_CAPACITY,
        .count = map->count,
    };
    larger.slots = memory_new(larger.capacity * sizeof(*larger.slots));
    for (size_t i = 0; i < map->capacity; i++)
        if (map->slots[i].node != NULL)
            *slot_of(&larger, map->slots[i].node) = map->slots[i];
    free(map->slots);
    *map = larger;
}

struct typecode_entry *typecode_map_add(struct typecode_map *map, const struct typecode *node)
{
    if (2 * map->count >= map->capacity)
        grow(map);
    struct typecode_entry *slot = slot_of(map, node);
    slot->node = node;
    map->count++;
    return slot;
}

void typecode_map_release(struct typecode_map *map)
{
    free(map->slots);
    *map = (struct typecode_map){0};
}
