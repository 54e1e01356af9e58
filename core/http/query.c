/* Query strings taken apart, decoded and written. */
#include "http/query.h"

#include "base/utf8.h"

#include <ctype.h>
#include <string.h>

bool query_next(struct text *query, struct text *name, struct text *value)
{
    while (query->length > 0) {
        const char *end = memchr(query->data, '&', query->length);
        struct text pair = {query->data, end ? (size_t)(end - query->data) : query->length};
        size_t used = end ? pair.length + 1 : pair.length;
        query->data += used;
        query->length -= used;
        if (pair.length == 0)
            continue;
        const char *equals = memchr(pair.data, '=', pair.length);
        *name = pair;
        *value = (struct text){.data = ""};
        if (equals) {
            name->length = (size_t)(equals - pair.data);
            *value = (struct text){equals + 1, pair.length - name->length - 1};
        }
        return true;
    }
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%41" at text[0] stands for; -1 when it is broken or a NUL. */
static int escaped_byte(const char *text, size_t left)
{
    if (left < 3)
        return -1;
    int high = hex_digit(text[1]);
    int low = hex_digit(text[2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0))
        return -1;
    return high * 16 + low;
}

bool query_decode(struct text text, struct buffer *out)
{
    buffer_clear(out);
    for (size_t i = 0; i < text.length; i++) {
        int byte = text.data[i] == '+' ? ' ' : (unsigned char)text.data[i];
        if (text.data[i] == '%') {
            byte = escaped_byte(text.data + i, text.length - i);
            i += 2;
        }
        if (byte <= 0)
            return false;
        char c = (char)byte;
        buffer_append(out, &c, 1);
    }
    return utf8_count(out->data, out->size) >= 0;
}

void query_encode(const char *text, struct buffer *out)
{
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x80 && (isalnum(c) || strchr("-._~", c)))
            buffer_append(out, text, 1);
        else
            buffer_printf(out, "%%%02X", c);
    }
}
