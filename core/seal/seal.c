/* The envelope of sealed texts: what is in one, and in which order its parts are believed. */
#include "seal/seal.h"

#include "base/memory.h"
#include "base/random.h"
#include "seal/base64.h"
#include "seal/xaes.h"

#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>

enum {
    VERSION = 1,
    EXPIRY_SIZE = 8,
    NONCE_AT = 1,
    INSIDE_AT = NONCE_AT + XAES_NONCE_SIZE, /* what is encrypted: expiry, then the bytes */
    ENVELOPE_LIMIT = SEAL_BYTES_LIMIT + SEAL_OVERHEAD,
};

_Static_assert(SEAL_OVERHEAD == INSIDE_AT + EXPIRY_SIZE + XAES_TAG_SIZE, "the envelope's parts");
_Static_assert((int)SEAL_KEY_SIZE == (int)XAES_KEY_SIZE, "one key");

struct seal {
    struct xaes *xaes;
};

struct seal *seal_new(const uint8_t key[SEAL_KEY_SIZE])
{
    struct xaes *xaes = xaes_new(key);

    if (!xaes)
        return NULL;
    struct seal *seal = memory_new(sizeof(*seal));
    seal->xaes = xaes;
    return seal;
}

void seal_free(struct seal **seal)
{
    if (!*seal)
        return;
    xaes_free(&(*seal)->xaes);
    free(*seal);
    *seal = NULL;
}

static void expiry_write(uint8_t *bytes, int64_t expires_at_ms)
{
    for (int i = 0; i < EXPIRY_SIZE; i++)
        bytes[i] = (uint8_t)((uint64_t)expires_at_ms >> (56 - 8 * i));
}

static int64_t expiry_read(const uint8_t *bytes)
{
    uint64_t value = 0;

    for (int i = 0; i < EXPIRY_SIZE; i++)
        value = value << 8 | bytes[i];
    return (int64_t)value;
}

enum status seal_close(const struct seal *seal, const void *bytes, size_t size,
                       int64_t expires_at_ms, char *text, size_t *length)
{
    uint8_t inside[EXPIRY_SIZE + SEAL_BYTES_LIMIT];
    uint8_t envelope[ENVELOPE_LIMIT] = {VERSION};

    if (size > SEAL_BYTES_LIMIT)
        return STATUS_LIMIT;
    random_bytes(envelope + NONCE_AT, XAES_NONCE_SIZE);
    expiry_write(inside, expires_at_ms);
    if (size > 0)
        memcpy(inside + EXPIRY_SIZE, bytes, size);
    const struct xaes_message message = {
        .nonce = envelope + NONCE_AT,
        .extra = envelope,
        .extra_size = NONCE_AT, /* the version */
        .in = inside,
        .out = envelope + INSIDE_AT,
        .size = EXPIRY_SIZE + size,
    };
    if (!xaes_encrypt(seal->xaes, &message, envelope + INSIDE_AT + EXPIRY_SIZE + size))
        return STATUS_INTERNAL;
    base64_write(text, envelope, SEAL_OVERHEAD + size);
    *length = base64_length(SEAL_OVERHEAD + size);
    OPENSSL_cleanse(inside, EXPIRY_SIZE + size);
    return STATUS_OK;
}

/* False: it was not made by seal_close with this key. `inside` holds what the envelope may. */
static bool envelope_open(const struct seal *seal, const uint8_t *envelope, size_t size,
                          uint8_t *inside)
{
    if (size < SEAL_OVERHEAD || size > ENVELOPE_LIMIT || envelope[0] != VERSION)
        return false;
    const struct xaes_message message = {
        .nonce = envelope + NONCE_AT,
        .extra = envelope,
        .extra_size = NONCE_AT,
        .in = envelope + INSIDE_AT,
        .out = inside,
        .size = size - INSIDE_AT - XAES_TAG_SIZE,
    };
    return xaes_decrypt(seal->xaes, &message, envelope + size - XAES_TAG_SIZE);
}

enum status seal_open(const struct seal *seal, const char *text, size_t length, int64_t now_ms,
                      void *bytes, size_t *size, int64_t *expires_at_ms)
{
    uint8_t envelope[SEAL_TEXT_LIMIT / 4 * 3 + 2];
    uint8_t inside[EXPIRY_SIZE + SEAL_BYTES_LIMIT];
    size_t sealed = 0;

    if (length > SEAL_TEXT_LIMIT || !base64_read(text, length, envelope, &sealed) ||
        !envelope_open(seal, envelope, sealed, inside))
        return STATUS_REFUSED;
    int64_t expiry = expiry_read(inside);
    bool good = now_ms < expiry;
    if (good) {
        *size = sealed - SEAL_OVERHEAD;
        *expires_at_ms = expiry;
        memcpy(bytes, inside + EXPIRY_SIZE, *size);
    }
    OPENSSL_cleanse(inside, sealed - INSIDE_AT - XAES_TAG_SIZE);
    return good ? STATUS_OK : STATUS_REFUSED;
}
