/* JSON Web Tokens (RFC 7519) signed with keys of a JWKS file (RFC 7517), through libjose.
 *
 * The key decides the algorithm, never the token: each key names its "alg", one of HS256, RS256,
 * PS256, ES256, and a token with any other is refused, "none" above all. */
#ifndef HTTP_JWT_H
#define HTTP_JWT_H

#include "base/status.h"
#include "base/uuid.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { JWT_BYTES_LIMIT = 8192 };

struct jwt_rules {
    const char *issuer;   /* must equal iss */
    const char *audience; /* must equal or be in aud */
    int leeway_s;         /* for exp and nbf */
};

struct jwt_keys; /* immutable and reference-counted: any thread may verify with it */

/* STATUS_NOT_FOUND: no such file; STATUS_INVALID: not a JWKS, a key without a usable "alg", a
 * symmetric key shorter than 256 bits, an RSA key shorter than 2048, two keys of one kid. */
MUST_CHECK enum status jwt_keys_read(const char *path, const struct jwt_rules *rules,
                                     struct jwt_keys **keys, struct fault *fault);
struct jwt_keys *jwt_keys_hold(struct jwt_keys *keys);
void jwt_keys_release(struct jwt_keys **keys);

enum { JWT_SCOPES_LIMIT = 32, JWT_SCOPE_SIZE = 48 };

/* Who calls. */
struct identity {
    struct uuid user_id; /* sub */
    int64_t expires_at;  /* milliseconds since 1970 */
    char names[JWT_SCOPES_LIMIT][JWT_SCOPE_SIZE]; /* the words of "scope", then of "roles" */
    size_t scope_count, role_count;
};

/* STATUS_REFUSED with a reason that may be told to the caller (it never quotes the token). */
MUST_CHECK enum status jwt_verify(const struct jwt_keys *keys, const char *token, size_t length,
                                  int64_t now_ms, struct identity *identity, struct fault *fault);

/* Signs claims with the first private or symmetric key of a JWKS file. `token` is the caller's
 * (free). For orderctl and tests. */
struct jwt_claims {
    const char *user_id;
    const char *role;  /* or NULL */
    const char *scope; /* or NULL */
    int lifetime_s;
};
MUST_CHECK enum status jwt_sign(const char *jwks_path, const struct jwt_rules *rules,
                                const struct jwt_claims *claims, int64_t now_ms, char **token,
                                struct fault *fault);

/* A new JWKS file with one fresh key for "alg", mode 0600. STATUS_DUPLICATE when the file is
 * there already. */
MUST_CHECK enum status jwt_keys_generate(const char *path, const char *alg, struct fault *fault);

#endif
