/* Allocation that does not fail: out of memory ends the process, with a line in the log. What was
 * answered is on disk by then, so ending is safe and carrying on half-way is not. Lua states do
 * not use this: they have caps of their own (host/). */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

void *memory_new(size_t size) __attribute__((malloc, returns_nonnull)); /* zeroed */
void *memory_resize(void *old, size_t size) __attribute__((returns_nonnull));
char *memory_text(const char *text, size_t length) __attribute__((malloc)); /* a terminated copy */

#endif
