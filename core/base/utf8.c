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
