/* What a terminal would obey becomes '?': a dead letter can hold anything that somebody sent. */
#include "orderctl/plain.h"

#include "base/utf8.h"

#include <stdbool.h>

/* C0, DEL, and C1, which UTF-8 writes as C2 80 to C2 9F. */
static bool is_control(const unsigned char *character, size_t length)
{
    return (length == 1 && (character[0] < 0x20 || character[0] == 0x7f)) ||
           (length == 2 && character[0] == 0xc2 && character[1] < 0xa0);
}

void plain_append(struct buffer *out, const char *text, size_t most)
{
    size_t left = text ? strlen(text) : 0, characters = 0, cut = out->size;
    while (left > 0) {
        size_t length = utf8_character(text, left);
        if (length == 0 || is_control((const unsigned char *)text, length))
            buffer_append(out, "?", 1);
        else
            buffer_append(out, text, length);
        length += length == 0;
        text += length;
        left -= length;
        characters++;
        if (characters + 3 == most)
            cut = out->size;
        if (most && characters > most) {
            out->size = cut;
            buffer_append(out, "...", 3);
            return;
        }
    }
}
