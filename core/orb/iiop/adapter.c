/* Keys to servants: an open hash table of exact keys, and a few prefixes, the longest first.
 *
 * Entries stand alone in memory, so that a servant that was found stays where it is while the table
 * grows. Only keys of our own are put into the table; what comes from outside is only looked up. */
#include "iiop/adapter.h"

#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 16 }; /* a power of 2, as all of them */

struct entry {
    struct orb_servant servant;
    uint64_t hash;
    size_t size;
    uint8_t key[];
};

struct orb_adapter {
    const struct orb_adapter *behind;
    struct entry **slots; /* NULL: free; at most half of them are taken */
    size_t slot_count;
    size_t entry_count;
    struct entry **defaults; /* the longest prefix first */
    size_t default_count;
};

/* FNV-1a. */
static uint64_t hash_of(const uint8_t *key, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ key[i]) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 32;
}

static struct entry *entry_new(const void *key, size_t size, const struct orb_servant *servant)
{
    struct entry *entry = memory_new(sizeof(*entry) + size);
    entry->servant = *servant;
    entry->hash = hash_of(key, size);
    entry->size = size;
    if (size)
        memcpy(entry->key, key, size);
    return entry;
}

static void entry_free(struct entry *entry)
{
    if (entry->servant.released)
        entry->servant.released(entry->servant.arg);
    free(entry);
}

static bool is_same(const struct entry *entry, const void *key, size_t size)
{
    return entry->size == size && (size == 0 || memcmp(entry->key, key, size) == 0);
}

/* ---- exact keys ---- */

/* The slot that holds the key, or the free one where it belongs. There is always a free one. */
static size_t slot_of(const struct orb_adapter *adapter, const void *key, size_t size,
                      uint64_t hash)
{
    size_t mask = adapter->slot_count - 1;
    size_t slot = hash & mask;
    while (adapter->slots[slot] &&
           !(adapter->slots[slot]->hash == hash && is_same(adapter->slots[slot], key, size)))
        slot = (slot + 1) & mask;
    return slot;
}

static void put(struct orb_adapter *adapter, struct entry *entry)
{
    adapter->slots[slot_of(adapter, entry->key, entry->size, entry->hash)] = entry;
}

static void grow(struct orb_adapter *adapter)
{
    struct entry **old = adapter->slots;
    size_t old_count = adapter->slot_count;
    adapter->slot_count = old_count ? old_count * 2 : FIRST_SLOTS;
    adapter->slots = memory_new(adapter->slot_count * sizeof(struct entry *));
    for (size_t i = 0; i < old_count; i++)
        if (old[i])
            put(adapter, old[i]);
    free(old);
}

static struct entry *find_exact(const struct orb_adapter *adapter, const void *key, size_t size,
                                uint64_t hash)
{
    if (!adapter->entry_count)
        return NULL;
    return adapter->slots[slot_of(adapter, key, size, hash)];
}

enum status orb_adapter_add(struct orb_adapter *adapter, const void *key, size_t size,
                            const struct orb_servant *servant)
{
    if (find_exact(adapter, key, size, hash_of(key, size)))
        return STATUS_DUPLICATE;
    if (adapter->entry_count * 2 >= adapter->slot_count)
        grow(adapter);
    put(adapter, entry_new(key, size, servant));
    adapter->entry_count++;
    return STATUS_OK;
}

/* Whoever stands behind a slot that was freed may have been pushed there by what stood in it. */
static void close_gap(struct orb_adapter *adapter, size_t slot)
{
    size_t mask = adapter->slot_count - 1;
    for (size_t next = (slot + 1) & mask; adapter->slots[next]; next = (next + 1) & mask) {
        struct entry *entry = adapter->slots[next];
        adapter->slots[next] = NULL;
        put(adapter, entry);
    }
}

enum status orb_adapter_remove(struct orb_adapter *adapter, const void *key, size_t size)
{
    uint64_t hash = hash_of(key, size);
    if (!find_exact(adapter, key, size, hash))
        return STATUS_NOT_FOUND;
    size_t slot = slot_of(adapter, key, size, hash);
    struct entry *entry = adapter->slots[slot];
    adapter->slots[slot] = NULL;
    adapter->entry_count--;
    close_gap(adapter, slot);
    entry_free(entry);
    return STATUS_OK;
}

/* ---- prefixes ---- */

/* Where a prefix of this size goes, behind those that are longer or as long. */
static size_t place_of(const struct orb_adapter *adapter, size_t size)
{
    size_t place = 0;
    while (place < adapter->default_count && adapter->defaults[place]->size >= size)
        place++;
    return place;
}

enum status orb_adapter_add_default(struct orb_adapter *adapter, const void *prefix, size_t size,
                                    const struct orb_servant *servant)
{
    for (size_t i = 0; i < adapter->default_count; i++)
        if (is_same(adapter->defaults[i], prefix, size))
            return STATUS_DUPLICATE;
    size_t place = place_of(adapter, size);
    adapter->defaults =
        memory_resize(adapter->defaults, (adapter->default_count + 1) * sizeof(struct entry *));
    memmove(adapter->defaults + place + 1, adapter->defaults + place,
            (adapter->default_count - place) * sizeof(struct entry *));
    adapter->defaults[place] = entry_new(prefix, size, servant);
    adapter->default_count++;
    return STATUS_OK;
}

static const struct entry *find_default(const struct orb_adapter *adapter, const void *key,
                                        size_t size)
{
    for (size_t i = 0; i < adapter->default_count; i++) {
        const struct entry *entry = adapter->defaults[i];
        if (entry->size <= size && is_same(entry, key, entry->size))
            return entry;
    }
    return NULL;
}

/* ---- both ---- */

const struct orb_servant *orb_adapter_find(const struct orb_adapter *adapter, const void *key,
                                           size_t size, size_t *prefix_size)
{
    uint64_t hash = hash_of(key, size);
    for (; adapter; adapter = adapter->behind) {
        const struct entry *entry = find_exact(adapter, key, size, hash);
        if (!entry)
            entry = find_default(adapter, key, size);
        if (entry) {
            *prefix_size = entry->size;
            return &entry->servant;
        }
    }
    return NULL;
}

struct orb_adapter *orb_adapter_new(const struct orb_adapter *behind)
{
    struct orb_adapter *adapter = memory_new(sizeof(*adapter));
    adapter->behind = behind;
    return adapter;
}

void orb_adapter_free(struct orb_adapter **adapter)
{
    struct orb_adapter *gone = *adapter;
    if (!gone)
        return;
    *adapter = NULL;
    for (size_t i = 0; i < gone->slot_count; i++)
        if (gone->slots[i])
            entry_free(gone->slots[i]);
    for (size_t i = 0; i < gone->default_count; i++)
        entry_free(gone->defaults[i]);
    free(gone->slots);
    free(gone->defaults);
    free(gone);
}
