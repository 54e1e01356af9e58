/* The table of pending calls: linear probing, and no graves: what follows a removed entry moves
 * up. */
#include "iiop/call_table.h"

#include "base/memory.h"
#include "iiop/client_private.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

static size_t next_slot(const struct call_table *table, size_t slot)
{
    return (slot + 1) & (table->capacity - 1);
}

/* The slot of this id, or the free one where it would go. */
static size_t slot_of(const struct call_table *table, uint32_t id)
{
    size_t slot = id & (table->capacity - 1);
    while (table->slots[slot] && table->slots[slot]->id != id)
        slot = next_slot(table, slot);
    return slot;
}

static void grow(struct call_table *table)
{
    struct call_table old = *table;
    table->capacity = old.capacity ? old.capacity * 2 : FIRST_CAPACITY;
    table->slots = memory_new(table->capacity * sizeof(struct orb_call *));
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i])
            table->slots[slot_of(table, old.slots[i]->id)] = old.slots[i];
    free((void *)old.slots);
}

void call_table_add(struct call_table *table, struct orb_call *call)
{
    if (2 * table->count >= table->capacity)
        grow(table);
    table->slots[slot_of(table, call->id)] = call;
    table->count++;
}

/* How far an entry's slot is from the one where its id belongs. */
static size_t distance(const struct call_table *table, size_t slot)
{
    return (slot - table->slots[slot]->id) & (table->capacity - 1);
}

void call_table_remove(struct call_table *table, const struct orb_call *call)
{
    size_t hole = slot_of(table, call->id);
    for (size_t slot = next_slot(table, hole); table->slots[slot]; slot = next_slot(table, slot)) {
        if (distance(table, slot) < ((slot - hole) & (table->capacity - 1)))
            continue; /* before the hole it would not be found */
        table->slots[hole] = table->slots[slot];
        hole = slot;
    }
    table->slots[hole] = NULL;
    table->count--;
}

struct orb_call *call_table_find(const struct call_table *table, uint32_t id)
{
    return table->count ? table->slots[slot_of(table, id)] : NULL;
}

void call_table_release(struct call_table *table)
{
    free((void *)table->slots);
    *table = (struct call_table){0};
}
