/* Private: text that is the same in every char code set and holds no NUL, found fast, for most text
 * is. */
#ifndef CDR_PLAIN_H
#define CDR_PLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Whether one of the eight bytes is 0 or above 0x7f. A borrow can only make a byte look like a
 * zero when a byte below it is one. */
static inline bool plain_word(const char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return (((word - 0x0101010101010101u) | word) & 0x8080808080808080u) == 0;
}

/* Nothing but bytes 0x01 to 0x7f. */
static inline bool plain_text(const char *text, size_t length)
{
    size_t at = 0;
    if (length >= 8) {
        for (; at + 8 <= length; at += 8)
            if (!plain_word(text + at))
                return false;
        return at == length || plain_word(text + length - 8);
    }
    for (; at < length; at++)
        if ((signed char)text[at] <= 0)
            return false;
    return true;
}

#endif
