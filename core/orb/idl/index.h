/* Private: names found by hash. Identifiers that differ in case only share a place, so that they
 * are found together, for they collide (CORBA 3.3, part 1, 7.2.3). */
#ifndef IDL_INDEX_H
#define IDL_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in what is found; the texts are lent and outlive it. */
struct index_entry {
    struct index_entry *next; /* of the same bucket, newest first */
    const void *owner;        /* names of different owners are different names */
    const char *text;
    size_t length;
    uint32_t hash;
};

/* All zero is an empty one. */
struct index {
    struct index_entry **buckets;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
};

void index_add(struct index *index, struct index_entry *entry);
/* Takes it out, if it is in. */
void index_remove(struct index *index, const struct index_entry *entry);
/* The newest of this owner, in any case (`exact`: in this case only), or NULL. */
struct index_entry *index_find(const struct index *index, const void *owner, const char *text,
                               size_t length, bool exact);
void index_release(struct index *index);

/* What an entry is embedded in. */
#define index_item(entry_, type_, member_)                                                         \
    ((type_ *)(void *)((char *)(entry_)-offsetof(type_, member_)))

#endif
