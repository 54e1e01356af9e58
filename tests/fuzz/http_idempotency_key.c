/* Any bytes as an Idempotency-Key: what is taken is visible, within the limit, and is read again in
 * both ways in which it can be written. */
#include "http/idempotency_key.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(const char *value, size_t length, const char *key)
{
    char again[IDEMPOTENCY_KEY_LIMIT + 1];

    if (idempotency_key_read(value, length, again, NULL) != STATUS_OK || strcmp(again, key) != 0)
        abort();
}

static void expect_quoted(const char *key)
{
    char value[2 * IDEMPOTENCY_KEY_LIMIT + 2];
    size_t length = 0;

    value[length++] = '"';
    for (const char *c = key; *c; c++) {
        if (*c == '"' || *c == '\\')
            value[length++] = '\\';
        value[length++] = *c;
    }
    value[length++] = '"';
    expect(value, length, key);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char key[IDEMPOTENCY_KEY_LIMIT + 1];

    if (idempotency_key_read((const char *)data, size, key, NULL) != STATUS_OK)
        return 0;
    if (key[0] == '\0' || strlen(key) > IDEMPOTENCY_KEY_LIMIT)
        abort();
    for (const char *c = key; *c; c++)
        if (*c < 0x21 || *c > 0x7e)
            abort();
    if (key[0] != '"')
        expect(key, strlen(key), key);
    expect_quoted(key);
    return 0;
}
