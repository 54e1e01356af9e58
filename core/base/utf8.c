/* UTF-8 by the table of well-formed sequences (RFC 3629, 4; Unicode, table 3-7). */
#include "base/utf8.h"

#include <stdint.h>

/* What may follow a lead byte: how long the character is, and the range of the second byte, which
 * is where overlong forms, surrogates and numbers beyond U+10FFFF show. */
struct utf8_lead {
    uint8_t size;
    uint8_t low;
    uint8_t high;
};

static struct utf8_lead utf8_lead(uint8_t byte)
{
    if (byte < 0xc2 || byte > 0xf4)
        return (struct utf8_lead){0};
    if (byte < 0xe0)
        return (struct utf8_lead){2, 0x80, 0xbf};
    if (byte < 0xf0)
        return (struct utf8_lead){3, byte == 0xe0 ? 0xa0 : 0x80, byte == 0xed ? 0x9f : 0xbf};
    return (struct utf8_lead){4, byte == 0xf0 ? 0x90 : 0x80, byte == 0xf4 ? 0x8f : 0xbf};
}

size_t utf8_character(const char *text, size_t length)
{
    const uint8_t *bytes = (const uint8_t *)text;
    struct utf8_lead lead;

    if (!length)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    lead = utf8_lead(bytes[0]);
    if (!lead.size || lead.size > length || bytes[1] < lead.low || bytes[1] > lead.high)
        return 0;
    for (size_t i = 2; i < lead.size; i++)
        if ((bytes[i] & 0xc0) != 0x80)
            return 0;
    return lead.size;
}

ptrdiff_t utf8_count(const char *text, size_t length)
{
    ptrdiff_t count = 0;
    size_t size;

    for (size_t at = 0; at < length; at += size, count++) {
        size = utf8_character(text + at, length - at);
        if (!size)
            return -1;
    }
    return count;
}

static uint32_t utf8_code(const char *character, size_t length)
{
    static const uint8_t masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const uint8_t *bytes = (const uint8_t *)character;
    uint32_t code = bytes[0] & masks[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | (bytes[i] & 0x3f);
    return code;
}

bool utf8_is_shown(const char *character, size_t length)
{
    static const struct {
        uint32_t first, last;
    } hidden[] = {
        {0x0000, 0x001f}, {0x007f, 0x009f}, {0x061c, 0x061c},
        {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2066, 0x2069},
    };
    uint32_t code = utf8_code(character, length);
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (code >= hidden[i].first && code <= hidden[i].last)
            return false;
    }
    return true;
}
