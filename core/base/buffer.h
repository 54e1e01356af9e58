/* A growing run of bytes. Grows by doubling; ends the process when memory ends (memory.h). */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include <stddef.h>
#include <string.h>

/* All zero is an empty buffer. `data` is not terminated. */
struct buffer {
    char *data;
    size_t size;
    size_t capacity;
};

void buffer_append_text(struct buffer *buffer, const char *text);
void buffer_printf(struct buffer *buffer, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Room for `size` more bytes; the caller adds what it wrote to buffer->size. */
char *buffer_reserve(struct buffer *buffer, size_t size);

/* Inline, for most calls append a few bytes where there is room already. `bytes` may be NULL when
 * `size` is 0. */
static inline void buffer_append(struct buffer *buffer, const void *bytes, size_t size)
{
    if (!size)
        return;
    if (size > buffer->capacity - buffer->size)
        (void)buffer_reserve(buffer, size);
    memcpy(buffer->data + buffer->size, bytes, size);
    buffer->size += size;
}

void buffer_clear(struct buffer *buffer);   /* forgets the bytes, keeps the memory */
void buffer_release(struct buffer *buffer); /* gives the memory back; the buffer is empty again */

#endif
