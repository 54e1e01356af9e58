/* Allocation that ends the process rather than fail. */
#include "base/memory.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

/* The log builds its lines on the stack, so it still works here. */
static _Noreturn void memory_exhausted(size_t size)
{
    log_error("out of memory", LOG_INT("bytes", (int64_t)size));
    abort();
}

void *memory_new(size_t size)
{
    void *memory = calloc(1, size ? size : 1);

    if (!memory)
        memory_exhausted(size);
    return memory;
}

void *memory_resize(void *old, size_t size)
{
    void *memory = realloc(old, size ? size : 1);

    if (!memory)
        memory_exhausted(size);
    return memory;
}

char *memory_text(const char *text, size_t length)
{
    char *copy = memory_resize(NULL, length + 1);

    if (length)
        memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}
