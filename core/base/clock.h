/* Wall-clock time in milliseconds since 1970 (UTC), monotonic time, and RFC 3339 text. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* "2026-01-31T23:59:59.123Z" and its terminator. */
enum { CLOCK_TEXT_SIZE = 25 };

int64_t clock_wall_ms(void);      /* milliseconds since 1970-01-01T00:00:00Z */
int64_t clock_monotonic_us(void); /* microseconds since some start; never goes back */

/* RFC 3339 with milliseconds, UTC, "Z". A time outside the years 0001 to 9999 is written as the
 * nearest one within. */
void clock_format(int64_t wall_ms, char text[CLOCK_TEXT_SIZE]);

/* RFC 3339 date-time (5.6) with any offset; a fraction beyond milliseconds is cut off.
 * A leap second counts as the second after it. STATUS_INVALID for anything else, and for what is
 * outside the years 0001 to 9999 in UTC. */
MUST_CHECK enum status clock_parse(const char *text, size_t length, int64_t *wall_ms);

#endif
