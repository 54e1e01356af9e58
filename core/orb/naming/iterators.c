/* Iterators in a small array under a lock. */
#include "naming/iterators.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/memory.h"
#include "base/random.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { REST_US = 5 * 60 * 1000000 }; /* unused for longer than that, it is gone */

struct iterator {
    char key[ITERATOR_KEY_SIZE];
    struct listing *listing; /* NULL: the place is free */
    size_t next;
    int64_t used_us;
};

struct iterators {
    pthread_mutex_t lock;
    size_t limit, bytes;
    struct iterator *list; /* `limit` places */
};

struct iterators *iterators_new(size_t limit, size_t bytes)
{
    struct iterators *iterators = memory_new(sizeof(*iterators));
    pthread_mutex_init(&iterators->lock, NULL);
    iterators->limit = limit;
    iterators->bytes = bytes;
    iterators->list = memory_new(limit * sizeof(*iterators->list));
    return iterators;
}

static void clear(struct iterator *iterator)
{
    if (iterator->listing)
        listing_free(&iterator->listing);
}

void iterators_free(struct iterators **iterators)
{
    for (size_t i = 0; i < (*iterators)->limit; i++)
        clear(&(*iterators)->list[i]);
    pthread_mutex_destroy(&(*iterators)->lock);
    free((*iterators)->list);
    free(*iterators);
    *iterators = NULL;
}

/* A free place, or the one that was used longest ago. Those that have rested too long go. */
static struct iterator *place(struct iterators *iterators, int64_t now_us)
{
    struct iterator *best = &iterators->list[0];
    for (size_t i = 0; i < iterators->limit; i++) {
        struct iterator *each = &iterators->list[i];
        if (each->listing && now_us - each->used_us > REST_US)
            clear(each);
        if (best->listing && (!each->listing || each->used_us < best->used_us))
            best = each;
    }
    return best;
}

/* The one that was used longest ago; NULL: there is none. `bytes`: what all hold. */
static struct iterator *oldest(const struct iterators *iterators, size_t *bytes)
{
    struct iterator *oldest = NULL;
    *bytes = 0;
    for (size_t i = 0; i < iterators->limit; i++) {
        struct iterator *each = &iterators->list[i];
        if (!each->listing)
            continue;
        *bytes += each->listing->bytes;
        if (!oldest || each->used_us < oldest->used_us)
            oldest = each;
    }
    return oldest;
}

static void make_room(struct iterators *iterators, size_t wanted)
{
    size_t held;
    struct iterator *victim;
    while ((victim = oldest(iterators, &held)) != NULL && held + wanted > iterators->bytes)
        clear(victim);
}

static void key_make(char key[ITERATOR_KEY_SIZE])
{
    unsigned char bytes[(ITERATOR_KEY_SIZE - 1) / 2];
    random_bytes(bytes, sizeof(bytes));
    hex_write(key, bytes, sizeof(bytes));
    key[ITERATOR_KEY_SIZE - 1] = '\0';
}

void iterators_add(struct iterators *iterators, struct listing *listing, size_t from,
                   char key[ITERATOR_KEY_SIZE])
{
    int64_t now_us = clock_monotonic_us();
    key_make(key);
    pthread_mutex_lock(&iterators->lock);
    make_room(iterators, listing->bytes);
    struct iterator *iterator = place(iterators, now_us);
    clear(iterator);
    iterator->listing = listing;
    iterator->next = from;
    iterator->used_us = now_us;
    memcpy(iterator->key, key, ITERATOR_KEY_SIZE);
    pthread_mutex_unlock(&iterators->lock);
}

static struct iterator *find(struct iterators *iterators, const char *key, size_t length)
{
    for (size_t i = 0; i < iterators->limit; i++) {
        struct iterator *each = &iterators->list[i];
        if (each->listing && length == ITERATOR_KEY_SIZE - 1 && memcmp(each->key, key, length) == 0)
            return each;
    }
    return NULL;
}

bool iterators_has(struct iterators *iterators, const char *key, size_t length)
{
    pthread_mutex_lock(&iterators->lock);
    bool has = find(iterators, key, length) != NULL;
    pthread_mutex_unlock(&iterators->lock);
    return has;
}

/* Entries are handed over, not copied: none is given out twice. */
static struct listing *take(struct iterator *iterator, size_t most)
{
    struct listing *all = iterator->listing, *part = memory_new(sizeof(*part));
    size_t left = all->count - iterator->next;
    part->count = part->capacity = most < left ? most : left;
    part->entries = memory_new(part->count * sizeof(*part->entries));
    for (size_t i = 0; i < part->count; i++) {
        part->entries[i] = all->entries[iterator->next];
        all->entries[iterator->next++] = (struct listed){0};
    }
    iterator->used_us = clock_monotonic_us();
    return part;
}

struct listing *iterators_next(struct iterators *iterators, const char *key, size_t length,
                               size_t most)
{
    pthread_mutex_lock(&iterators->lock);
    struct iterator *iterator = find(iterators, key, length);
    struct listing *part = iterator ? take(iterator, most) : NULL;
    pthread_mutex_unlock(&iterators->lock);
    return part;
}

bool iterators_remove(struct iterators *iterators, const char *key, size_t length)
{
    pthread_mutex_lock(&iterators->lock);
    struct iterator *iterator = find(iterators, key, length);
    if (iterator)
        clear(iterator);
    pthread_mutex_unlock(&iterators->lock);
    return iterator != NULL;
}
