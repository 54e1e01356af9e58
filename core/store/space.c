/* Laying copies out behind one another. */
#include "store/space.h"

#include <string.h>

void *space_place(struct space *space, const void *bytes, size_t size)
{
    void *at = space->next;

    if (size > 0)
        memcpy(at, bytes, size);
    space->next += size;
    return at;
}

const char *space_text(struct space *space, const char *text, size_t length)
{
    const char *at = NULL;

    if (text != NULL) {
        at = space_place(space, text, length);
        space->next++; /* zeroed already */
    }
    return at;
}

const char *space_string(struct space *space, const char *text)
{
    return space_text(space, text, text == NULL ? 0 : strlen(text));
}

size_t space_string_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}
