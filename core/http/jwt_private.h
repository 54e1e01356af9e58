/* Private: what the files of JSON Web Tokens share: keys as OpenSSL wants them, and base64url. */
#ifndef HTTP_JWT_PRIVATE_H
#define HTTP_JWT_PRIVATE_H

#include "http/jwt.h"

#include <jansson.h>
#include <openssl/evp.h>
#include <stdatomic.h>

enum jwt_alg { JWT_HS256, JWT_RS256, JWT_PS256, JWT_ES256, JWT_ALG_COUNT };

struct jwt_key {
    enum jwt_alg alg;
    char *kid;             /* or NULL */
    EVP_PKEY *public_key;  /* RSA and EC; parsed once, OpenSSL's own locks make it shareable */
    unsigned char *secret; /* HMAC */
    size_t secret_size;
};

struct jwt_keys {
    atomic_uint holders;
    char *issuer, *audience;
    int leeway_s;
    size_t count;
    struct jwt_key list[JWKS_KEYS_LIMIT];
};

/* JWT_ALG_COUNT when there is none of that name. */
enum jwt_alg jwt_alg_find(const char *name);
const char *jwt_alg_name(enum jwt_alg alg);

/* Reads the file, and gives the set whose "keys" is an array. The caller's: json_decref. */
MUST_CHECK enum status jwks_read(const char *path, json_t **set, struct fault *fault);

/* One JWK (RFC 7517, 4), checked, into a clean `key`, which is to be released in any case. */
MUST_CHECK enum status jwt_key_read(const json_t *jwk, struct jwt_key *key, struct fault *fault);
void jwt_key_release(struct jwt_key *key);

bool jwt_signature_matches(const struct jwt_key *key, const char *text, size_t length,
                           const unsigned char *signature, size_t size);

/* What the claims of a token whose signature matched say. */
MUST_CHECK enum status jwt_claims_read(const struct jwt_keys *keys, const json_t *claims,
                                       int64_t now_ms, struct identity *identity,
                                       struct fault *fault);

#endif
