/* The growing run of bytes. */
#include "base/buffer.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER_FIRST_CAPACITY = 256 };

static void buffer_grow(struct buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity ? buffer->capacity : BUFFER_FIRST_CAPACITY;

    while (capacity < needed)
        capacity = capacity > SIZE_MAX / 2 ? needed : capacity * 2;
    buffer->data = memory_resize(buffer->data, capacity);
    buffer->capacity = capacity;
}

char *buffer_reserve(struct buffer *buffer, size_t size)
{
    /* A sum that wraps asks for all memory there is, which ends the process in memory.c. */
    size_t needed = size > SIZE_MAX - buffer->size ? SIZE_MAX : buffer->size + size;

    if (needed > buffer->capacity || !buffer->data)
        buffer_grow(buffer, needed);
    return buffer->data + buffer->size;
}

void buffer_append_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_printf(struct buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_list again;
    int length;

    va_start(arguments, format);
    va_copy(again, arguments);
    length = vsnprintf(NULL, 0, format, arguments);
    if (length > 0) {
        char *place = buffer_reserve(buffer, (size_t)length + 1);

        (void)vsnprintf(place, (size_t)length + 1, format, again);
        buffer->size += (size_t)length;
    }
    va_end(again);
    va_end(arguments);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->size = 0;
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct buffer){0};
}
