/* Base64 for URLs, in its one spelling. */
#include "seal/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64_write(char *text, const uint8_t *bytes, size_t size)
{
    uint32_t bits = 0;
    int held = 0; /* how many of the low bits of `bits` are not written yet */

    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | bytes[i];
        for (held += 8; held >= 6; held -= 6)
            *text++ = alphabet[bits >> (held - 6) & 63];
    }
    if (held > 0)
        *text = alphabet[bits << (6 - held) & 63];
}

/* The value of a character, or -1. */
static int base64_value(char character)
{
    if (character >= 'A' && character <= 'Z')
        return character - 'A';
    if (character >= 'a' && character <= 'z')
        return character - 'a' + 26;
    if (character >= '0' && character <= '9')
        return character - '0' + 52;
    if (character == '-')
        return 62;
    return character == '_' ? 63 : -1;
}

bool base64_read(const char *text, size_t length, uint8_t *bytes, size_t *size)
{
    uint32_t bits = 0;
    int held = 0;
    size_t put = 0;

    for (size_t i = 0; i < length; i++) {
        int value = base64_value(text[i]);
        if (value < 0)
            return false;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            bytes[put++] = (uint8_t)(bits >> held);
        }
    }
    *size = put;
    return held < 6 && (bits & ((1U << held) - 1)) == 0;
}
