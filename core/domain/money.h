/* Money: an integer of minor units of one currency (ISO 4217). Nothing here rounds or wraps. */
#ifndef DOMAIN_MONEY_H
#define DOMAIN_MONEY_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum { MONEY_TEXT_SIZE = 24 }; /* "-92233720368547758.08" and the terminator */

/* A currency of ISO 4217 and how many decimals its amounts have. */
struct currency {
    char code[4];
    int decimals; /* 0, 2, 3 or 4 */
};

/* NULL when the code is not one of ISO 4217's. Static memory. */
const struct currency *currency_find(const char *code, size_t length);

/* Reads a decimal amount ("27.97", "27.9", "27"): digits, at most one point with digits on both
 * sides; no sign, exponent, space or grouping. More decimals than the currency has is
 * STATUS_INVALID, never rounded; more than 64 bits hold is STATUS_LIMIT. */
MUST_CHECK enum status money_parse(const struct currency *currency, const char *text, size_t length,
                                   int64_t *minor, struct fault *fault);

/* All decimals of the currency: 2797 is "27.97", 5 is "0.05". */
void money_format(const struct currency *currency, int64_t minor, char text[MONEY_TEXT_SIZE]);

/* STATUS_LIMIT when the result does not fit in 64 bits. */
MUST_CHECK enum status money_multiply(int64_t minor, int64_t quantity, int64_t *product);
MUST_CHECK enum status money_add(int64_t a, int64_t b, int64_t *sum);

#endif
