/* The Idempotency-Key header field (draft-ietf-httpapi-idempotency-key-header-07, 2.1). */
#ifndef HTTP_IDEMPOTENCY_KEY_H
#define HTTP_IDEMPOTENCY_KEY_H

#include "base/status.h"

#include <stddef.h>

enum { IDEMPOTENCY_KEY_LIMIT = 255 };

/* The key that the field's value names, terminated: 1 to IDEMPOTENCY_KEY_LIMIT visible characters
 * (0x21 to 0x7e), either as they are or as a string of RFC 8941, 3.3.3, in double quotes and with
 * its escapes. Both ways name the same key. STATUS_INVALID for anything else, with no parameters
 * nor a second value excepted; the fault does not repeat it. */
MUST_CHECK enum status idempotency_key_read(const char *value, size_t length,
                                            char key[IDEMPOTENCY_KEY_LIMIT + 1],
                                            struct fault *fault);

#endif
