/* Escapes of corbaloc and corbaname. */
#include "giop/url.h"

#include "base/hex.h"

#include <string.h>

bool url_plain(char character)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                ";/?:@&=+$,-_.!~*'()";
    return character != '\0' && strchr(plain, character);
}

void url_escape(struct buffer *text, const void *bytes, size_t size)
{
    const char *at = bytes;
    for (size_t i = 0; i < size; i++) {
        char escape[3] = {'%'};
        hex_write(escape + 1, (const uint8_t *)at + i, 1);
        if (url_plain(at[i]))
            buffer_append(text, &at[i], 1);
        else
            buffer_append(text, escape, sizeof(escape));
    }
}

static int escaped(const char *text, size_t length)
{
    if (length < 3 || text[0] != '%' || hex_value(text[1]) < 0 || hex_value(text[2]) < 0)
        return -1;
    return hex_value(text[1]) * 16 + hex_value(text[2]);
}

bool url_unescape(struct buffer *bytes, const char *text, size_t length, size_t *wrong)
{
    size_t at = 0;
    while (at < length) {
        int value = escaped(text + at, length - at);
        bool plain = url_plain(text[at]);
        if (!plain && value < 0) {
            *wrong = at;
            return false;
        }
        char byte = plain ? text[at] : (char)value;
        buffer_append(bytes, &byte, 1);
        at += plain ? 1 : 3;
    }
    return true;
}
