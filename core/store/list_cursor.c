/* List cursors: a version byte and 16 bytes of id in base64url (RFC 4648, section 5), unpadded. */
#include "store/list_cursor.h"

#include <stdint.h>
#include <string.h>

enum { VERSION = 1, BYTES = 17, CHARACTERS = 23 };

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Byte `index`, or zero bits behind the last one. */
static uint32_t byte_at(const uint8_t bytes[BYTES], size_t index)
{
    return index < BYTES ? bytes[index] : 0;
}

void store_cursor_write(const struct uuid *order_id, char text[STORE_CURSOR_SIZE])
{
    uint8_t bytes[BYTES] = {VERSION};

    memcpy(bytes + 1, order_id->bytes, sizeof(order_id->bytes));
    for (size_t i = 0; i < CHARACTERS; i++) {
        size_t at = i * 6 / 8;
        uint32_t pair = byte_at(bytes, at) << 8 | byte_at(bytes, at + 1);
        text[i] = alphabet[pair >> (10 - i * 6 % 8) & 63];
    }
    text[CHARACTERS] = '\0';
}

static enum status decode(const char *text, uint8_t bytes[BYTES])
{
    uint32_t bits = 0;
    size_t count = 0, used = 0;

    for (size_t i = 0; i < CHARACTERS; i++) {
        const char *place = text[i] == '\0' ? NULL : strchr(alphabet, text[i]);
        if (place == NULL)
            return STATUS_INVALID;
        bits = bits << 6 | (uint32_t)(place - alphabet);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[used++] = (uint8_t)(bits >> count);
        }
    }
    return STATUS_OK;
}

enum status store_cursor_read(const char *text, size_t length, struct uuid *order_id)
{
    uint8_t bytes[BYTES];
    char again[STORE_CURSOR_SIZE];

    if (length != CHARACTERS || decode(text, bytes) != STATUS_OK || bytes[0] != VERSION)
        return STATUS_INVALID;
    memcpy(order_id->bytes, bytes + 1, sizeof(order_id->bytes));
    /* The last character has two bits to spare: one cursor, one spelling. */
    store_cursor_write(order_id, again);
    return memcmp(again, text, CHARACTERS) == 0 ? STATUS_OK : STATUS_INVALID;
}
