/* What a terminal would obey becomes '?': a dead letter can hold anything that somebody sent. */
#include "orderctl/plain.h"

#include "base/utf8.h"

void plain_append(struct buffer *out, const char *text, size_t most)
{
    size_t left = text ? strlen(text) : 0, characters = 0, cut = out->size;
    while (left > 0) {
        size_t length = utf8_character(text, left);
        if (length == 0 || !utf8_is_shown(text, length))
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
