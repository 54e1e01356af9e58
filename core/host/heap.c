/* A state's memory: counted, capped, and charged to the budget of whoever asks for it, so that C
 * functions which build large values end as soon as Lua code that does the same. */
#include "host/vm_private.h"

#include <stdlib.h>

enum {
    BYTES_AN_INSTRUCTION = 64,
    REFUSAL_COST =
        500000, /* a refused request has Lua collect the whole state before it asks again */
};

static bool fits(const struct heap *heap, size_t used, size_t old_size, size_t new_size)
{
    return new_size <= old_size ||
           (new_size <= heap->limit && used - old_size <= heap->limit - new_size);
}

void *heap_resize(void *arg, void *block, size_t old_size, size_t new_size)
{
    struct vm *vm = arg;
    struct heap *heap = &vm->heap;
    size_t used = atomic_load_explicit(&heap->used, memory_order_relaxed);
    if (!block)
        old_size = 0; /* Lua tells what kind of object it wants */
    if (new_size == 0) {
        free(block);
        atomic_store_explicit(&heap->used, used - old_size, memory_order_relaxed);
        return NULL;
    }
    void *resized = fits(heap, used, old_size, new_size) ? realloc(block, new_size) : NULL;
    if (!resized) {
        vm->budget.left -= REFUSAL_COST;
        return NULL;
    }
    atomic_store_explicit(&heap->used, used - old_size + new_size, memory_order_relaxed);
    if (new_size > old_size)
        vm->budget.left -= (int64_t)(new_size / BYTES_AN_INSTRUCTION);
    return resized;
}
