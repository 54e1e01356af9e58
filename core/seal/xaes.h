/* XAES-256-GCM (C2SP, c2sp.org/XAES-256-GCM): AES-256-GCM under a key of its own for each message,
 * so that a nonce of 192 bits can be drawn at random for as many messages as anybody will send.
 * That key comes from the main key and the nonce's first half by the counter-mode KDF of
 * NIST SP 800-108 with CMAC, which is two AES blocks. */
#ifndef SEAL_XAES_H
#define SEAL_XAES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { XAES_KEY_SIZE = 32, XAES_NONCE_SIZE = 24, XAES_TAG_SIZE = 16 };

struct xaes; /* immutable; any thread */

struct xaes *xaes_new(const uint8_t key[XAES_KEY_SIZE]); /* NULL: libcrypto does not have it */
void xaes_free(struct xaes **xaes);                      /* wipes the key */

/* What both directions work on. `extra` is authenticated, not encrypted. */
struct xaes_message {
    const uint8_t *nonce;
    const uint8_t *extra;
    size_t extra_size;
    const uint8_t *in;
    uint8_t *out; /* as many bytes as `in` */
    size_t size;
};

/* False: libcrypto failed. */
bool xaes_encrypt(const struct xaes *xaes, const struct xaes_message *message,
                  uint8_t tag[XAES_TAG_SIZE]);

/* False: the tag does not belong to it, and `out` holds zeros; or libcrypto failed. */
bool xaes_decrypt(const struct xaes *xaes, const struct xaes_message *message,
                  const uint8_t tag[XAES_TAG_SIZE]);

#endif
