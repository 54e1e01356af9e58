/* JSON Web Tokens (RFC 7519) signed with keys of a JWKS file (RFC 7517), through libjose.
 *
 * The key decides the algorithm, never the token: each key names its "alg", one of HS256, RS256,
 * PS256, ES256, and a token with any other is refused, "none" above all. A token that names a key
 * ("kid") is checked with that one; a token that names none only if exactly one key has its alg.
 * Key material in a token (jwk, jku, x5c, x5u) is never looked at, "crit" and "b64" are refused.
 *
 * A worker meets the same token again and again, so it asks its identity cache first:
 *
 *     const struct identity *who = identity_cache_find(cache, keys, token, length, now_ms);
 *     if (!who && jwt_verify(keys, token, length, now_ms, &found, &fault) == STATUS_OK) {
 *         identity_cache_put(cache, keys, token, length, &found);
 *         who = &found;
 *     }
 */
#ifndef HTTP_JWT_H
#define HTTP_JWT_H

#include "base/status.h"
#include "base/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JWT_BYTES_LIMIT = 8192, JWKS_KEYS_LIMIT = 64, JWKS_BYTES_LIMIT = 256 * 1024 };

struct jwt_rules {
    const char *issuer;   /* must equal iss */
    const char *audience; /* must equal or be in aud */
    int leeway_s;         /* for exp and nbf */
};

struct jwt_keys; /* immutable and reference-counted: any thread may verify with it */

/* Copies the rules. The fault's place is the file, its text says where in it.
 * STATUS_NOT_FOUND: no such file; STATUS_INVALID: cannot be read, not a JWKS, a key without a
 * usable "alg" or of another type than its alg needs (ES256 needs P-256), a symmetric key shorter
 * than 256 bits, an RSA key shorter than 2048, a key for something else ("use", "key_ops"), two
 * keys of one kid; STATUS_LIMIT: too many bytes or keys. */
MUST_CHECK enum status jwt_keys_read(const char *path, const struct jwt_rules *rules,
                                     struct jwt_keys **keys, struct fault *fault);
struct jwt_keys *jwt_keys_hold(struct jwt_keys *keys);
void jwt_keys_release(struct jwt_keys **keys); /* sets *keys to NULL; *keys may be NULL */

enum { JWT_SCOPES_LIMIT = 32, JWT_SCOPE_SIZE = 48 };

/* Who calls. */
struct identity {
    struct uuid user_id; /* sub */
    int64_t expires_at;  /* exp, in milliseconds since 1970; taken for leeway_s longer */
    char names[JWT_SCOPES_LIMIT][JWT_SCOPE_SIZE]; /* the words of "scope", then of "roles" */
    size_t scope_count, role_count;
};

/* STATUS_REFUSED with a reason that may be told to the caller (it never quotes the token). "exp" is
 * required; "scope" is a text of words, "roles" an array of texts or one text; a name that is too
 * long, or too many of them, refuse the token: dropping some would change what it says. */
MUST_CHECK enum status jwt_verify(const struct jwt_keys *keys, const char *token, size_t length,
                                  int64_t now_ms, struct identity *identity, struct fault *fault);

/* ---- tokens that were verified before ---- */

struct identity_cache; /* one thread's; bounded: the one unused for longest makes room */

struct identity_cache *identity_cache_new(size_t capacity); /* entries, 1 to 1,000,000 */
void identity_cache_free(struct identity_cache **cache);

/* The identity that this token was verified to carry, by these keys, if it still holds; or NULL.
 * Other keys than last time empty the cache. Lent, until the next call with the cache. */
const struct identity *identity_cache_find(struct identity_cache *cache, struct jwt_keys *keys,
                                           const char *token, size_t length, int64_t now_ms);

/* Remembers what jwt_verify found with these keys. Copies; holds the keys. */
void identity_cache_put(struct identity_cache *cache, struct jwt_keys *keys, const char *token,
                        size_t length, const struct identity *identity);

/* ---- for orderctl and tests ---- */

struct jwt_claims {
    const char *user_id; /* a UUID */
    const char *role;    /* or NULL */
    const char *scope;   /* or NULL */
    int lifetime_s;      /* 1 and up */
};

/* Signs claims with the first private or symmetric key of a JWKS file; rules->leeway_s does not
 * matter. `token` is the caller's (free). Errors as of jwt_keys_read, and STATUS_NOT_FOUND when no
 * key of the file can sign, STATUS_INVALID for claims that jwt_verify would refuse. */
MUST_CHECK enum status jwt_sign(const char *jwks_path, const struct jwt_rules *rules,
                                const struct jwt_claims *claims, int64_t now_ms, char **token,
                                struct fault *fault);

/* A new JWKS file with one fresh key for "alg", mode 0600, its kid a UUID of version 7.
 * STATUS_DUPLICATE when the file is there already, STATUS_INVALID for another alg, STATUS_NOT_FOUND
 * when its directory is not there. */
MUST_CHECK enum status jwt_keys_generate(const char *path, const char *alg, struct fault *fault);

#endif
