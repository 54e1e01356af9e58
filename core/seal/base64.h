/* Base64 for URLs (RFC 4648, 5), without padding: for the files of this room. */
#ifndef SEAL_BASE64_H
#define SEAL_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many characters so many bytes become. */
static inline size_t base64_length(size_t size)
{
    return size / 3 * 4 + (size % 3 * 4 + 2) / 3;
}

/* Writes base64_length(size) characters, no terminator. */
void base64_write(char *text, const uint8_t *bytes, size_t size);

/* `bytes` holds length / 4 * 3 + 2. False when the text is not what base64_write makes of any
 * bytes: another character, a length that cannot be, bits that stand for nothing (RFC 4648, 3.5)
 * and are not zero. */
bool base64_read(const char *text, size_t length, uint8_t *bytes, size_t *size);

#endif
