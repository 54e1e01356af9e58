/* binary128 (1 sign, 15 exponent, 112 fraction bits) and binary64 (1, 11, 52). */
#include "cdr/longdouble.h"

#include <string.h>

typedef unsigned __int128 wide;

enum {
    WIDE_BIAS = 16383,
    WIDE_SPECIAL = 0x7fff, /* exponent of infinities and NaNs */
    BIAS = 1023,
    SPECIAL = 0x7ff,
    LOST = 112 - 52, /* fraction bits that a normal double lacks */
};
static const uint64_t FRACTION = (UINT64_C(1) << 52) - 1;
static const uint64_t QUIET = UINT64_C(1) << 51;

static double double_of(uint64_t sign, uint64_t magnitude)
{
    uint64_t bits = sign << 63 | magnitude;
    double value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

/* 1.fraction x 2^exponent. Below the normal doubles more bits must be zero, one for each power. */
static bool narrow_finite(uint64_t sign, int exponent, wide fraction, double *value)
{
    int lost = exponent >= 1 - BIAS ? LOST : LOST + 1 - BIAS - exponent;
    if (exponent > BIAS || lost > 112)
        return false;
    wide significand = (wide)1 << 112 | fraction;
    uint64_t kept = (uint64_t)(significand >> lost);
    if ((wide)kept << lost != significand)
        return false;
    /* A normal one's leading 1 is bit 52, the lowest of the exponent: it stands for 1 there. */
    uint64_t above = lost == LOST ? (uint64_t)(exponent + BIAS - 1) << 52 : 0;
    *value = double_of(sign, above + kept);
    return true;
}

bool longdouble_narrow(uint64_t high, uint64_t low, double *value)
{
    uint64_t sign = high >> 63;
    int exponent = (int)(high >> 48 & WIDE_SPECIAL);
    wide fraction = (wide)(high & ((UINT64_C(1) << 48) - 1)) << 64 | low;
    if (exponent == WIDE_SPECIAL) {
        uint64_t kept = (uint64_t)(fraction >> LOST);
        if (fraction != 0 && kept == 0)
            kept = QUIET;
        *value = double_of(sign, (uint64_t)SPECIAL << 52 | kept);
        return true;
    }
    if (exponent == 0) {
        *value = double_of(sign, 0);
        return fraction == 0;
    }
    return narrow_finite(sign, exponent - WIDE_BIAS, fraction, value);
}

void longdouble_widen(double value, uint64_t *high, uint64_t *low)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    uint64_t fraction = bits & FRACTION;
    int exponent = (int)(bits >> 52 & SPECIAL);
    int wide_exponent = exponent + WIDE_BIAS - BIAS;
    if (exponent == SPECIAL) {
        wide_exponent = WIDE_SPECIAL;
    } else if (exponent == 0 && fraction == 0) {
        wide_exponent = 0;
    } else if (exponent == 0) {
        int shift = __builtin_clzll(fraction) - 11; /* to bring the leading 1 to bit 52 */
        fraction = fraction << shift & FRACTION;
        wide_exponent += 1 - shift;
    }
    *high = bits >> 63 << 63 | (uint64_t)wide_exponent << 48 | fraction >> 4;
    *low = fraction << LOST;
}
