/* Arenas: memory that many nodes share and that goes as one. */
#include "base/memory.h"
#include "cdr/typecode.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK_FIRST = 1024, CHUNK_MOST = 64 * 1024 };

struct chunk {
    struct chunk *next;
    size_t size, used; /* of `bytes` */
    _Alignas(max_align_t) char bytes[];
};

struct typecode_arena {
    size_t holders;
    struct chunk *chunks; /* the first one is being filled */
    size_t taken;
};

struct typecode_arena *typecode_arena_new(void)
{
    struct typecode_arena *arena = memory_new(sizeof(*arena));
    arena->holders = 1;
    return arena;
}

struct typecode_arena *typecode_arena_hold(struct typecode_arena *arena)
{
    arena->holders++;
    return arena;
}

void typecode_arena_release(struct typecode_arena **arena)
{
    struct typecode_arena *gone = *arena;
    *arena = NULL;
    if (gone == NULL || --gone->holders > 0)
        return;
    for (struct chunk *next; gone->chunks != NULL; gone->chunks = next) {
        next = gone->chunks->next;
        free(gone->chunks);
    }
    free(gone);
}

/* Each twice as large as the one before, up to a point, so that a small arena stays small. */
static struct chunk *add_chunk(struct typecode_arena *arena, size_t least)
{
    size_t size = arena->chunks != NULL ? 2 * arena->chunks->size : CHUNK_FIRST;
    if (size > CHUNK_MOST)
        size = CHUNK_MOST;
    if (size < least)
        size = least;
    struct chunk *chunk = memory_new(sizeof(*chunk) + size);
    chunk->size = size;
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

void *typecode_arena_take(struct typecode_arena *arena, size_t size)
{
    struct chunk *chunk = arena->chunks;
    size = (size + _Alignof(max_align_t) - 1) & ~(_Alignof(max_align_t) - 1);
    if (chunk == NULL || size > chunk->size - chunk->used)
        chunk = add_chunk(arena, size);
    void *place = chunk->bytes + chunk->used;
    chunk->used += size;
    arena->taken += size;
    return place;
}

char *typecode_arena_text(struct typecode_arena *arena, const char *text, size_t length)
{
    char *copy = typecode_arena_take(arena, length + 1);
    if (length > 0)
        memcpy(copy, text, length);
    return copy;
}

size_t typecode_arena_size(const struct typecode_arena *arena)
{
    return arena->taken;
}
