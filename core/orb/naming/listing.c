/* Copies of names. */
#include "naming/listing.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { ALLOCATION_BYTES = 32 }; /* what an allocator adds to two texts, or so */

static void add(void *arg, uint64_t context, const struct binding *binding)
{
    struct listing *listing = arg;
    size_t id_length = strlen(binding->id), kind_length = strlen(binding->kind);
    (void)context;
    if (listing->count == listing->capacity) {
        listing->capacity = 2 * listing->capacity + 16;
        listing->entries =
            memory_resize(listing->entries, listing->capacity * sizeof(*listing->entries));
    }
    listing->entries[listing->count++] = (struct listed){
        .id = memory_text(binding->id, id_length),
        .kind = memory_text(binding->kind, kind_length),
        .is_context = binding->is_context,
    };
    listing->bytes += sizeof(struct listed) + id_length + kind_length + ALLOCATION_BYTES;
}

struct listing *listing_new(const struct tree *tree, uint64_t context)
{
    struct listing *listing = memory_new(sizeof(*listing));
    tree_each(tree, context, add, listing);
    return listing;
}

void listing_free(struct listing **listing)
{
    for (size_t i = 0; i < (*listing)->count; i++) {
        free((*listing)->entries[i].id);
        free((*listing)->entries[i].kind);
    }
    free((*listing)->entries);
    free(*listing);
    *listing = NULL;
}
