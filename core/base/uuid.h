/* UUIDs (RFC 9562): version 7 for what we name, parsing and printing for all. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { UUID_TEXT_SIZE = 37 }; /* 36 characters and the terminator */

struct uuid {
    uint8_t bytes[16];
};

/* Version 7: `wall_ms` in the first 48 bits, the rest random but increasing within one thread for
 * one millisecond (RFC 9562, 6.2, method 2). Any thread. */
struct uuid uuid_v7(int64_t wall_ms);

/* The least and the greatest version 7 UUID of a millisecond: bounds for a range of ids. */
struct uuid uuid_v7_floor(int64_t wall_ms);
struct uuid uuid_v7_ceiling(int64_t wall_ms);

/* Lower case, with hyphens. */
void uuid_format(const struct uuid *uuid, char text[UUID_TEXT_SIZE]);

/* Takes exactly 36 characters, hexadecimal in either case, hyphens in their places. */
MUST_CHECK enum status uuid_parse(const char *text, size_t length, struct uuid *uuid);

int uuid_compare(const struct uuid *a, const struct uuid *b); /* bytewise, like memcmp */
bool uuid_equal(const struct uuid *a, const struct uuid *b);

#endif
