/* UTF-16 (RFC 2781) to UTF-8 and back. */
#include "base/utf8.h"
#include "cdr/codeset.h"

#include <string.h>

enum { MARK = 0xfeff, MARK_TURNED = 0xfffe };

static uint32_t unit_at(const uint8_t *bytes, bool little)
{
    return little ? (uint32_t)(bytes[1] << 8 | bytes[0]) : (uint32_t)(bytes[0] << 8 | bytes[1]);
}

static bool is_high(uint32_t unit)
{
    return unit >= 0xd800 && unit <= 0xdbff;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xdc00 && unit <= 0xdfff;
}

static char *put_utf8(char *to, uint32_t code)
{
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    if (code < 0x800) {
        *to++ = (char)(0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            *to++ = (char)(0xe0 | code >> 12);
        } else {
            *to++ = (char)(0xf0 | code >> 18);
            *to++ = (char)(0x80 | (code >> 12 & 0x3f));
        }
        *to++ = (char)(0x80 | (code >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (code & 0x3f));
    return to;
}

/* The code point at `at`, which moves on; a lone surrogate gives itself, and is no character. */
static uint32_t next_code(const uint8_t *bytes, size_t size, bool little, size_t *at)
{
    uint32_t unit = unit_at(bytes + *at, little);
    *at += 2;
    if (!is_high(unit) || size - *at < 2)
        return unit;
    uint32_t low = unit_at(bytes + *at, little);
    if (!is_low(low))
        return unit;
    *at += 2;
    return 0x10000 + ((unit & 0x3ff) << 10) + (low & 0x3ff);
}

bool utf16_decode(const uint8_t *bytes, size_t size, bool little, struct buffer *scratch,
                  const char **text, size_t *length)
{
    size_t begin = scratch->size;
    size_t at = 0;
    *text = "";
    *length = 0;
    if (size % 2 != 0)
        return false;
    if (size >= 2 && unit_at(bytes, little) == MARK_TURNED)
        little = !little;
    if (size >= 2 && unit_at(bytes, little) == MARK)
        at = 2;
    char *to = buffer_reserve(scratch, size / 2 * 3);
    while (at < size) {
        uint32_t code = next_code(bytes, size, little, &at);
        if (is_high(code) || is_low(code))
            return false;
        to = put_utf8(to, code);
    }
    scratch->size = (size_t)(to - scratch->data);
    *text = scratch->data + begin;
    *length = scratch->size - begin;
    return true;
}

/* The code point of a character of `size` bytes that is known to be good. */
static uint32_t code_of(const char *text, size_t size)
{
    static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (uint8_t)text[0] & lead_bits[size];
    for (size_t i = 1; i < size; i++)
        code = code << 6 | ((uint8_t)text[i] & 0x3f);
    return code;
}

static char *put_unit(char *to, uint32_t unit)
{
    *to++ = (char)(unit >> 8);
    *to++ = (char)unit;
    return to;
}

/* With U+FEFF or with U+FFFE, which is none but looks like one of the other order. */
static bool begins_like_mark(const char *text, size_t length)
{
    return length >= 3 &&
           (memcmp(text, "\xef\xbb\xbf", 3) == 0 || memcmp(text, "\xef\xbf\xbe", 3) == 0);
}

bool utf16_encode(const char *text, size_t length, struct buffer *out)
{
    char *to = buffer_reserve(out, 2 * length + 2);
    if (begins_like_mark(text, length))
        to = put_unit(to, MARK);
    for (size_t at = 0, size; at < length; at += size) {
        size = utf8_character(text + at, length - at);
        if (size == 0)
            return false;
        uint32_t code = code_of(text + at, size);
        if (code >= 0x10000) {
            to = put_unit(to, 0xd800 + ((code - 0x10000) >> 10));
            code = 0xdc00 + (code & 0x3ff);
        }
        to = put_unit(to, code);
    }
    out->size = (size_t)(to - out->data);
    return true;
}
