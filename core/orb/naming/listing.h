/* Private: the names of one context at one moment. */
#ifndef NAMING_LISTING_H
#define NAMING_LISTING_H

#include "naming/tree.h"

struct listed {
    char *id, *kind;
    bool is_context;
};

struct listing {
    struct listed *entries;
    size_t count, capacity;
    size_t bytes; /* of memory, roughly */
};

struct listing *listing_new(const struct tree *tree, uint64_t context);
void listing_free(struct listing **listing);

#endif
