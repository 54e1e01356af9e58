/* Reading, writing and adding up money, without rounding and without wrapping. */
#include "domain/money.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Where the point stands, or `length` where there is none; -1 when the text is no amount. */
static ptrdiff_t money_find_point(const char *text, size_t length)
{
    const char *point = memchr(text, '.', length);
    size_t at = point ? (size_t)(point - text) : length;

    for (size_t i = 0; i < length; i++)
        if (i != at && !is_digit(text[i]))
            return -1;
    if (at == 0 || at + 1 == length)
        return -1;
    return (ptrdiff_t)at;
}

static bool money_push_digit(int64_t *minor, int digit)
{
    return !__builtin_mul_overflow(*minor, 10, minor) &&
           !__builtin_add_overflow(*minor, digit, minor);
}

/* The digits without the point, and zeros for the decimals that were not written. */
static bool money_collect(const char *text, size_t length, size_t missing, int64_t *minor)
{
    *minor = 0;
    for (size_t i = 0; i < length; i++)
        if (text[i] != '.' && !money_push_digit(minor, text[i] - '0'))
            return false;
    while (missing--)
        if (!money_push_digit(minor, 0))
            return false;
    return true;
}

enum status money_parse(const struct currency *currency, const char *text, size_t length,
                        int64_t *minor, struct fault *fault)
{
    ptrdiff_t point = length ? money_find_point(text, length) : -1;
    size_t allowed = (size_t)currency->decimals;
    size_t decimals;
    int64_t amount;

    if (point < 0)
        return fault_set(fault, STATUS_INVALID, "", "must be a decimal amount such as 27.97");
    decimals = (size_t)point == length ? 0 : length - (size_t)point - 1;
    if (decimals > allowed)
        return fault_set(fault, STATUS_INVALID, "", "%s has %d decimals, not %zu", currency->code,
                         currency->decimals, decimals);
    if (!money_collect(text, length, allowed - decimals, &amount))
        return fault_set(fault, STATUS_LIMIT, "", "the amount is too large");
    *minor = amount;
    return STATUS_OK;
}

/* Written from the last digit to the first, with at least one digit before the point. */
void money_format(const struct currency *currency, int64_t minor, char text[MONEY_TEXT_SIZE])
{
    uint64_t rest = minor < 0 ? -(uint64_t)minor : (uint64_t)minor;
    char *end = text + MONEY_TEXT_SIZE;
    char *at = end;

    *--at = '\0';
    for (int written = 0; rest || written <= currency->decimals; written++, rest /= 10) {
        if (written && written == currency->decimals)
            *--at = '.';
        *--at = (char)('0' + rest % 10);
    }
    if (minor < 0)
        *--at = '-';
    memmove(text, at, (size_t)(end - at));
}

enum status money_multiply(int64_t minor, int64_t quantity, int64_t *product)
{
    int64_t result;

    if (__builtin_mul_overflow(minor, quantity, &result))
        return STATUS_LIMIT;
    *product = result;
    return STATUS_OK;
}

enum status money_add(int64_t a, int64_t b, int64_t *sum)
{
    int64_t result;

    if (__builtin_add_overflow(a, b, &result))
        return STATUS_LIMIT;
    *sum = result;
    return STATUS_OK;
}
