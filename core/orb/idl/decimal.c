/* Decimal arithmetic by digits, as on paper. */
#include "idl/decimal.h"

#include <string.h>

/* Intermediate results: two numbers of 31 digits, multiplied or aligned. */
enum { LONG_DIGITS = 2 * DECIMAL_DIGITS + 2 };

struct number {
    bool negative;
    int count, scale;
    uint8_t digits[LONG_DIGITS]; /* the last one first */
};

/* Without zeros at either end, and without decimals that do not fit. */
static bool shorten(const struct number *from, struct decimal *to)
{
    int first = 0, count = from->count, scale = from->scale;
    while (count > scale && from->digits[count - 1] == 0)
        count--;
    while (scale > 0 && (count - first > DECIMAL_DIGITS || from->digits[first] == 0)) {
        first++;
        scale--;
    }
    if (count - first > DECIMAL_DIGITS)
        return false;
    *to = (struct decimal){.negative = from->negative};
    to->count = (uint8_t)(count - first);
    to->scale = (uint8_t)scale;
    memcpy(to->digits, from->digits + first, to->count);
    if (decimal_is_zero(to))
        to->negative = false;
    return true;
}

bool decimal_is_zero(const struct decimal *value)
{
    for (int i = 0; i < value->count; i++)
        if (value->digits[i])
            return false;
    return true;
}

static int scale_of(const char *text, size_t length)
{
    const char *point = memchr(text, '.', length);
    return point ? (int)(text + length - point) - 1 : 0;
}

bool decimal_parse(const char *text, size_t length, struct decimal *value)
{
    struct number number = {.scale = scale_of(text, length)};
    while (length > 1 && *text == '0') {
        text++;
        length--;
    }
    if (length > DECIMAL_DIGITS + 1 || number.scale > DECIMAL_DIGITS)
        return false;
    for (size_t i = length; i > 0; i--)
        if (text[i - 1] != '.')
            number.digits[number.count++] = (uint8_t)(text[i - 1] - '0');
    return number.count <= DECIMAL_DIGITS && shorten(&number, value);
}

/* With `scale` decimals; there is room for one digit more. */
static struct number aligned(const struct decimal *value, int scale)
{
    struct number number = {.negative = value->negative, .scale = scale};
    int zeros = scale - value->scale;
    memcpy(number.digits + zeros, value->digits, value->count);
    number.count = value->count + zeros;
    return number;
}

static int compare(const struct number *a, const struct number *b)
{
    for (int i = LONG_DIGITS - 1; i >= 0; i--)
        if (a->digits[i] != b->digits[i])
            return a->digits[i] < b->digits[i] ? -1 : 1;
    return 0;
}

/* a + factor * b, where factor is 1 or -1 and the result is not negative. */
static void combine(struct number *a, const struct number *b, int factor)
{
    int carry = 0;
    for (int i = 0; i < LONG_DIGITS; i++) {
        int digit = a->digits[i] + factor * b->digits[i] + carry;
        carry = digit < 0 ? -1 : digit / 10;
        a->digits[i] = (uint8_t)(digit - 10 * carry);
    }
}

bool decimal_add(const struct decimal *a, const struct decimal *b, struct decimal *sum)
{
    int scale = a->scale > b->scale ? a->scale : b->scale;
    struct number x = aligned(a, scale), y = aligned(b, scale);
    bool swapped = x.negative != y.negative && compare(&x, &y) < 0;
    struct number result = swapped ? y : x;
    combine(&result, swapped ? &x : &y, x.negative == y.negative ? 1 : -1);
    result.count = LONG_DIGITS;
    return shorten(&result, sum);
}

bool decimal_multiply(const struct decimal *a, const struct decimal *b, struct decimal *product)
{
    struct number result = {.negative = a->negative != b->negative,
                            .count = a->count + b->count,
                            .scale = a->scale + b->scale};
    for (int i = 0; i < a->count; i++) {
        int carry = 0;
        for (int k = 0; k < b->count || carry; k++) {
            int digit = result.digits[i + k] + carry;
            if (k < b->count)
                digit += a->digits[i] * b->digits[k];
            result.digits[i + k] = (uint8_t)(digit % 10);
            carry = digit / 10;
        }
    }
    return shorten(&result, product);
}

/* A whole number of up to 31 digits fits with a factor of 10 to spare. */
__extension__ typedef unsigned __int128 whole;

static whole whole_of(const struct decimal *value)
{
    whole result = 0;
    for (int i = value->count; i > 0; i--)
        result = result * 10 + value->digits[i - 1];
    return result;
}

/* The first digits of the quotient first: those of `a`, then zeros as long as something is left and
 * fewer than 31 digits count. */
bool decimal_divide(const struct decimal *a, const struct decimal *b, struct decimal *quotient)
{
    whole divisor = whole_of(b), rest = 0;
    uint8_t digits[LONG_DIGITS];
    if (!divisor)
        return false;
    int count = 0, taken = 0, scale = a->scale - b->scale - a->count;
    while (count < LONG_DIGITS &&
           (taken < a->count || scale < 0 || (rest && count < DECIMAL_DIGITS))) {
        rest = rest * 10 + (taken < a->count ? a->digits[a->count - 1 - taken] : 0);
        uint8_t digit = (uint8_t)(rest / divisor);
        rest %= divisor;
        taken++;
        scale++;
        if (digit || count)
            digits[count++] = digit;
        else if (scale >= DECIMAL_DIGITS)
            break;
    }
    if (scale < 0)
        return false;
    struct number result = {.negative = a->negative != b->negative, .count = count, .scale = scale};
    for (int i = 0; i < count; i++)
        result.digits[i] = digits[count - 1 - i];
    if (result.count < result.scale)
        result.count = result.scale;
    return result.scale <= LONG_DIGITS && shorten(&result, quotient);
}

size_t decimal_text(const struct decimal *value, char text[DECIMAL_TEXT_SIZE])
{
    size_t length = 0;
    if (value->negative)
        text[length++] = '-';
    if (value->count == value->scale)
        text[length++] = '0';
    for (int i = value->count; i > 0; i--) {
        if (i == value->scale)
            text[length++] = '.';
        text[length++] = (char)('0' + value->digits[i - 1]);
    }
    text[length] = '\0';
    return length;
}
