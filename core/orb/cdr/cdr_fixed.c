/* fixed<digits,scale>: packed decimals (CORBA 3.3, part 2, 9.3.2.8), two digits an octet, the most
 * significant first, the sign in the last half octet. A digit's place is its power of ten. */
#include "cdr/cdr.h"

enum { FIXED_DIGITS = 31, PLUS = 0xc, MINUS = 0xd };

static bool is_fixed(uint16_t digits, int16_t scale)
{
    return digits >= 1 && digits <= FIXED_DIGITS && scale >= -FIXED_DIGITS && scale <= FIXED_DIGITS;
}

/* ---- reading ---- */

/* Digits into `values`, by place above -scale; false: a half octet is no digit or no sign. */
static bool unpack(const uint8_t *bytes, size_t size, uint8_t *values, bool *negative)
{
    uint8_t sign = bytes[size - 1] & 15;
    for (size_t i = 0; i < 2 * size - 1; i++) {
        uint8_t value = i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15;
        if (value > 9)
            return false;
        values[2 * size - 2 - i] = value;
    }
    *negative = sign == MINUS;
    return sign == PLUS || sign == MINUS;
}

/* The digit at a place, where there is one; the others are 0. */
static uint8_t digit_at(const uint8_t *values, size_t count, int place, int16_t scale)
{
    int index = place + scale;
    return index >= 0 && (size_t)index < count ? values[index] : 0;
}

static void format(const uint8_t *values, size_t count, int16_t scale, bool negative, char *text)
{
    int top = (int)count - 1 - scale;
    bool zero = true;
    for (size_t i = 0; i < count; i++)
        zero = zero && values[i] == 0;
    if (negative && !zero) /* a decimal has no negative zero */
        *text++ = '-';
    while (top > 0 && digit_at(values, count, top, scale) == 0)
        top--;
    for (int place = top > 0 ? top : 0; place >= 0 || place >= -scale; place--) {
        if (place == -1)
            *text++ = '.';
        *text++ = (char)('0' + digit_at(values, count, place, scale));
    }
    *text = '\0';
}

void cdr_read_fixed(struct cdr_reader *r, uint16_t digits, int16_t scale,
                    char text[FIXED_TEXT_SIZE])
{
    uint8_t values[FIXED_DIGITS + 1] = {0};
    size_t size = digits / 2u + 1;
    bool negative;
    text[0] = '\0';
    const uint8_t *bytes = is_fixed(digits, scale) ? cdr_take(r, size, 1) : NULL;
    /* An even number of digits leaves a half octet in front, which must be 0. */
    if (bytes == NULL || !cdr_ok(r) || !unpack(bytes, size, values, &negative) ||
        (digits % 2 == 0 && values[digits] != 0)) {
        cdr_fail(r, EXCEPTION_MARSHAL);
        return;
    }
    format(values, digits, scale, negative, text);
}

/* ---- writing ---- */

struct decimal {
    const char *whole, *decimals;
    size_t whole_count, decimal_count;
    bool negative;
};

static size_t count_digits(const char *text, const char *end)
{
    size_t count = 0;
    while (text + count < end && text[count] >= '0' && text[count] <= '9')
        count++;
    return count;
}

/* "-12.34", "7"; digits on both sides of the point. */
static bool parse(const char *text, size_t length, struct decimal *decimal)
{
    const char *end = text + length;
    decimal->negative = length > 0 && text[0] == '-';
    decimal->whole = text + decimal->negative;
    decimal->whole_count = count_digits(decimal->whole, end);
    decimal->decimals = decimal->whole + decimal->whole_count;
    decimal->decimal_count = 0;
    if (decimal->decimals < end && *decimal->decimals == '.') {
        decimal->decimals++;
        decimal->decimal_count = count_digits(decimal->decimals, end);
        if (decimal->decimal_count == 0)
            return false;
    }
    return decimal->whole_count > 0 && decimal->decimals + decimal->decimal_count == end;
}

/* Puts every digit in its place; false: one other than 0 has none. */
static bool fill(const struct decimal *decimal, uint16_t digits, int16_t scale, uint8_t *values)
{
    ptrdiff_t top = (ptrdiff_t)decimal->whole_count - 1;
    ptrdiff_t bottom = -(ptrdiff_t)decimal->decimal_count;
    if (decimal->decimal_count > (size_t)(scale > 0 ? scale : 0))
        return false;
    for (ptrdiff_t place = top; place >= bottom; place--) {
        const char *at =
            place >= 0 ? decimal->whole + (top - place) : decimal->decimals - place - 1;
        ptrdiff_t index = place + scale;
        if (index >= 0 && index < digits)
            values[index] = (uint8_t)(*at - '0');
        else if (*at != '0')
            return false;
    }
    return true;
}

void cdr_write_fixed(struct cdr_writer *w, uint16_t digits, int16_t scale, const char *text,
                     size_t length)
{
    uint8_t values[FIXED_DIGITS + 1] = {0};
    uint8_t bytes[FIXED_DIGITS / 2 + 1] = {0};
    struct decimal decimal;
    if (!is_fixed(digits, scale) || !parse(text, length, &decimal) ||
        !fill(&decimal, digits, scale, values)) {
        cdr_refuse(w, EXCEPTION_BAD_PARAM);
        return;
    }
    size_t size = digits / 2u + 1;
    for (size_t i = 0; i < 2 * size - 1; i++)
        bytes[i / 2] |= (uint8_t)(values[2 * size - 2 - i] << (i % 2 == 0 ? 4 : 0));
    bytes[size - 1] |= decimal.negative ? MINUS : PLUS;
    buffer_append(w->out, bytes, size);
}
