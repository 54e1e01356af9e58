/* Private: lists that are handed out in parts (CosNaming::BindingIterator). Shared by all threads;
 * few, and forgotten after a while. */
#ifndef NAMING_ITERATORS_H
#define NAMING_ITERATORS_H

#include "naming/listing.h"

#include <stdbool.h>
#include <stddef.h>

struct iterators;

enum { ITERATOR_KEY_SIZE = 33 }; /* 32 hexadecimal digits that nobody can guess, terminated */

/* `limit` iterators at most; `bytes` are those of their listings. */
struct iterators *iterators_new(size_t limit, size_t bytes);
void iterators_free(struct iterators **iterators);

/* Keeps a listing from `from` on, and takes it over; those that were not used for longest make
 * room. The newest is kept, however long. Any thread, as all below. */
void iterators_add(struct iterators *iterators, struct listing *listing, size_t from,
                   char key[ITERATOR_KEY_SIZE]);
bool iterators_has(struct iterators *iterators, const char *key, size_t length);
/* The next ones, `most` at most, the caller's; NULL: there is no such iterator. */
struct listing *iterators_next(struct iterators *iterators, const char *key, size_t length,
                               size_t most);
bool iterators_remove(struct iterators *iterators, const char *key, size_t length);

#endif
