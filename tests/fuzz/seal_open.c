/* Any text as a sealed one: with a key of zeros it opens only if it is what sealing makes. The
 * corpus has texts of that key, so that changes of good ones are tried, too. */
#include "seal/seal.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[SEAL_KEY_SIZE];
    static struct seal *seal;
    char bytes[SEAL_BYTES_LIMIT], text[SEAL_TEXT_LIMIT];
    size_t opened = 0, length = 0;
    int64_t expires_at = 0;

    if (!seal)
        seal = seal_new(key);
    if (seal_open(seal, (const char *)data, size, 0, bytes, &opened, &expires_at) != STATUS_OK)
        return 0;
    if (expires_at <= 0 || opened > sizeof(bytes) ||
        seal_close(seal, bytes, opened, expires_at, text, &length) != STATUS_OK || length != size)
        abort();
    return 0;
}
