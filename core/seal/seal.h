/* Sealed texts: a few bytes that travel through hands that are not trusted, and come back as they
 * were or not at all. References to sessions are such texts, so that a service needs no memory of
 * who is logged in: any worker, of this process or of one started later, opens what another sealed.
 *
 * A sealed text is base64 for URLs (RFC 4648, 5, without padding) of
 *
 *     1 byte version, 24 bytes nonce, encrypted {8 bytes expiry, what was sealed}, 16 bytes tag
 *
 * encrypted with XAES-256-GCM (xaes.h). It says nothing of what is in it but its length, and cannot
 * be changed, in not one bit: a text has one spelling. Nobody can take it back before it expires.
 *
 * Threads: a seal is immutable, any thread may use one at any time. Limits: SEAL_BYTES_LIMIT, so
 * that both directions work in memory of a fixed size and hostile text costs little; 2^80 texts of
 * one key (random nonces of 96 bits, as plain AES-GCM has them, would be used up after 2^32: in
 * days, at the rate at which orders can be made). */
#ifndef SEAL_SEAL_H
#define SEAL_SEAL_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

enum {
    SEAL_KEY_SIZE = 32,
    SEAL_BYTES_LIMIT = 4096,                                          /* what can be sealed */
    SEAL_OVERHEAD = 1 + 24 + 8 + 16,                                  /* what sealing adds to it */
    SEAL_TEXT_LIMIT = (SEAL_BYTES_LIMIT + SEAL_OVERHEAD + 2) / 3 * 4, /* the longest sealed text */
};

struct seal;

/* With the key in this file: 32 bytes that nobody but the owner can read. Where there is no such
 * file, one is made with a fresh key (mode 0600); it appears whole or not at all, and of processes
 * that start together all take the one that came first. The fault's place is the file.
 * STATUS_NOT_FOUND: its directory is not there; STATUS_INVALID: it is no file, others than its
 * owner can get at it, or it is of another size; STATUS_UNAVAILABLE: it cannot be read or made. */
MUST_CHECK enum status seal_open_file(const char *path, struct seal **seal, struct fault *fault);

/* With this key, which is copied. NULL: this libcrypto does not have AES-256-GCM. */
struct seal *seal_new(const uint8_t key[SEAL_KEY_SIZE]);

void seal_free(struct seal **seal); /* wipes the key; sets *seal to NULL; *seal may be NULL */

/* `expires_at_ms`: milliseconds since 1970, the first at which the text does not open any more.
 * `text` holds SEAL_TEXT_LIMIT bytes and is not terminated. STATUS_LIMIT: more than
 * SEAL_BYTES_LIMIT; STATUS_INTERNAL: libcrypto failed. */
MUST_CHECK enum status seal_close(const struct seal *seal, const void *bytes, size_t size,
                                  int64_t expires_at_ms, char *text, size_t *length);

/* `bytes` holds SEAL_BYTES_LIMIT; what was not sealed with this key leaves nothing in it.
 * STATUS_REFUSED: the text was not sealed with this key, or has expired. */
MUST_CHECK enum status seal_open(const struct seal *seal, const char *text, size_t length,
                                 int64_t now_ms, void *bytes, size_t *size, int64_t *expires_at_ms);

#endif
