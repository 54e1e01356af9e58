/* A chained hash table of names. */
#include "idl/index.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* FNV-1a over the owner and the text in lower case. IDL identifiers are ASCII. */
static uint32_t hash_of(const void *owner, const char *text, size_t length)
{
    uint64_t hash = 14695981039346656037u ^ (uint64_t)(uintptr_t)owner;
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)text[i];
        if (c >= 'A' && c <= 'Z')
            c |= 0x20;
        hash = (hash ^ c) * 1099511628211u;
    }
    return (uint32_t)(hash ^ hash >> 32);
}

static struct index_entry **bucket_of(const struct index *index, uint32_t hash)
{
    return &index->buckets[hash & (index->capacity - 1)];
}

/* Chains keep their order, newest first. */
static void move_chain(struct index *index, struct index_entry *entry)
{
    if (!entry)
        return;
    struct index_entry *reversed = NULL;
    while (entry) {
        struct index_entry *next = entry->next;
        entry->next = reversed;
        reversed = entry;
        entry = next;
    }
    while (reversed) {
        struct index_entry *next = reversed->next;
        struct index_entry **bucket = bucket_of(index, reversed->hash);
        reversed->next = *bucket;
        *bucket = reversed;
        reversed = next;
    }
}

static void grow(struct index *index)
{
    struct index old = *index;
    index->capacity = old.capacity ? 2 * old.capacity : 64;
    index->buckets = memory_new(index->capacity * sizeof(struct index_entry *));
    for (size_t i = 0; i < old.capacity; i++)
        move_chain(index, old.buckets[i]);
    free(old.buckets);
}

void index_add(struct index *index, struct index_entry *entry)
{
    if (index->count >= index->capacity)
        grow(index);
    entry->hash = hash_of(entry->owner, entry->text, entry->length);
    struct index_entry **bucket = bucket_of(index, entry->hash);
    entry->next = *bucket;
    *bucket = entry;
    index->count++;
}

void index_remove(struct index *index, const struct index_entry *entry)
{
    if (!index->capacity)
        return;
    struct index_entry **at = bucket_of(index, entry->hash);
    while (*at && *at != entry)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = entry->next;
    index->count--;
}

static bool equal(const struct index_entry *entry, const char *text, bool exact)
{
    return exact ? memcmp(entry->text, text, entry->length) == 0
                 : strncasecmp(entry->text, text, entry->length) == 0;
}

struct index_entry *index_find(const struct index *index, const void *owner, const char *text,
                               size_t length, bool exact)
{
    if (!index->capacity)
        return NULL;
    uint32_t hash = hash_of(owner, text, length);
    for (struct index_entry *entry = *bucket_of(index, hash); entry; entry = entry->next)
        if (entry->hash == hash && entry->owner == owner && entry->length == length &&
            equal(entry, text, exact))
            return entry;
    return NULL;
}

void index_release(struct index *index)
{
    free(index->buckets);
    *index = (struct index){0};
}
