/* Laying copies out behind one another in one allocation, for what must outlive its caller's
 * memory. What needs alignment is placed before any text. Private to this room. */
#ifndef STORE_SPACE_H
#define STORE_SPACE_H

#include <stddef.h>

/* The free part; its memory is zeroed. Whoever made it has counted how much is needed. */
struct space {
    char *next;
};

void *space_place(struct space *space, const void *bytes, size_t size);

/* Texts get a terminator, which needs a byte. NULL stays NULL, and needs none. */
const char *space_text(struct space *space, const char *text, size_t length);
const char *space_string(struct space *space, const char *text);
size_t space_string_size(const char *text); /* what space_string needs */

#endif
