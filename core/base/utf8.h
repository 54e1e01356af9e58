/* UTF-8 (RFC 3629): what is a character and what is not. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of the character that `text` begins with, 1 to 4; 0 when it begins with none: an
 * overlong form, a surrogate, above U+10FFFF, a stray or missing continuation, or no text. */
size_t utf8_character(const char *text, size_t length);

/* How many characters the whole text holds; -1 when any part of it is not UTF-8. */
ptrdiff_t utf8_count(const char *text, size_t length);

/* Is the character one that a terminal shows and does not obey? Controls are not (C0, DEL, C1), nor
 * separators of lines (U+2028, U+2029), nor what turns the direction of the text around it
 * (Unicode's Bidi_Control). `length` is what utf8_character said. */
bool utf8_is_shown(const char *character, size_t length);

#endif
