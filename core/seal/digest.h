/* SHA-256 (FIPS 180-4). Any thread. */
#ifndef SEAL_DIGEST_H
#define SEAL_DIGEST_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_SIZE = 32 };

/* STATUS_INTERNAL: libcrypto failed. */
MUST_CHECK enum status digest_make(const void *bytes, size_t size, uint8_t digest[DIGEST_SIZE]);

#endif
