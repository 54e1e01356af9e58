/* The heap of deadlines. */
#include "iiop/deadlines.h"

#include "base/memory.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

static void put(struct deadlines *deadlines, size_t slot, struct deadline *deadline)
{
    deadlines->heap[slot] = deadline;
    deadline->slot = slot;
}

/* Finds the place of a deadline from `slot` on towards the top. */
static void rise(struct deadlines *deadlines, size_t slot, struct deadline *deadline)
{
    while (slot > 1 && deadlines->heap[slot / 2]->at_us > deadline->at_us) {
        put(deadlines, slot, deadlines->heap[slot / 2]);
        slot /= 2;
    }
    put(deadlines, slot, deadline);
}

static size_t earlier_child(const struct deadlines *deadlines, size_t slot)
{
    size_t child = 2 * slot;
    if (child < deadlines->count &&
        deadlines->heap[child + 1]->at_us < deadlines->heap[child]->at_us)
        child++;
    return child;
}

static void sink(struct deadlines *deadlines, size_t slot, struct deadline *deadline)
{
    while (2 * slot <= deadlines->count) {
        size_t child = earlier_child(deadlines, slot);
        if (deadlines->heap[child]->at_us >= deadline->at_us)
            break;
        put(deadlines, slot, deadlines->heap[child]);
        slot = child;
    }
    put(deadlines, slot, deadline);
}

void deadlines_add(struct deadlines *deadlines, struct deadline *deadline, int64_t at_us)
{
    if (deadlines->count + 1 >= deadlines->capacity) {
        size_t capacity = deadlines->capacity ? deadlines->capacity * 2 : FIRST_CAPACITY;
        deadlines->heap =
            memory_resize((void *)deadlines->heap, capacity * sizeof(struct deadline *));
        deadlines->capacity = capacity;
    }
    deadline->at_us = at_us;
    rise(deadlines, ++deadlines->count, deadline);
}

void deadlines_remove(struct deadlines *deadlines, struct deadline *deadline)
{
    size_t slot = deadline->slot;
    if (!slot)
        return;
    deadline->slot = 0;
    struct deadline *last = deadlines->heap[deadlines->count--];
    if (last == deadline)
        return;
    if (slot > 1 && deadlines->heap[slot / 2]->at_us > last->at_us)
        rise(deadlines, slot, last);
    else
        sink(deadlines, slot, last);
}

struct deadline *deadlines_first(const struct deadlines *deadlines)
{
    return deadlines->count ? deadlines->heap[1] : NULL;
}

void deadlines_release(struct deadlines *deadlines)
{
    free((void *)deadlines->heap);
    *deadlines = (struct deadlines){0};
}
