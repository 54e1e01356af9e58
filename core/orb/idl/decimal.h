/* Private: decimal numbers of at most 31 digits, with the arithmetic of fixed-point constants
 * (CORBA 3.3, part 1, 7.8.2): results beyond 31 digits lose their last decimals, nothing is
 * rounded. */
#ifndef IDL_DECIMAL_H
#define IDL_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DECIMAL_DIGITS = 31, DECIMAL_TEXT_SIZE = 36 };

struct decimal {
    bool negative;
    uint8_t count;                  /* of digits, at least as many as the scale */
    uint8_t scale;                  /* of them behind the point */
    uint8_t digits[DECIMAL_DIGITS]; /* the last one first */
};

/* Digits with or without a point. False: more than 31 digits are needed, as in all of these. */
bool decimal_parse(const char *text, size_t length, struct decimal *value);
bool decimal_add(const struct decimal *a, const struct decimal *b, struct decimal *sum);
bool decimal_multiply(const struct decimal *a, const struct decimal *b, struct decimal *product);
/* False also for a `b` of zero. */
bool decimal_divide(const struct decimal *a, const struct decimal *b, struct decimal *quotient);
bool decimal_is_zero(const struct decimal *value);
/* "-12.34"; its length. */
size_t decimal_text(const struct decimal *value, char text[DECIMAL_TEXT_SIZE]);

#endif
