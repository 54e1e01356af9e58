/* Random bytes from the kernel: for keys, identifiers and jitter. Any thread; cannot fail. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void random_bytes(void *bytes, size_t size);

/* Uniform in [0, bound); 0 when bound is 0. */
uint32_t random_below(uint32_t bound);

#endif
