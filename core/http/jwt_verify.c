/* Whether a token in the compact serialization (RFC 7515, 7.1) was signed by one of our keys.
 *
 * The signature is checked with OpenSSL and not with jose_jws_ver: libjose takes a JSON tree, reads
 * the key from its JWK again for each token, and reports "no" without a reason. (Its comparison of
 * HMACs is in constant time, as ours is.) Nothing of the payload is read before the signature
 * matches; of the header only alg, kid, crit and b64. */
#include "http/jwt_private.h"

#include "base/json.h"

#include <jose/b64.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <string.h>

enum { HMAC_SIZE = 32, ES256_SIZE = 64, DER_LIMIT = 80 };

/* ---- signatures ---- */

static bool hmac_matches(const struct jwt_key *key, const char *text, size_t length,
                         const unsigned char *signature, size_t size)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int mac_size = 0;
    return size == HMAC_SIZE &&
           HMAC(EVP_sha256(), key->secret, (int)key->secret_size, (const unsigned char *)text,
                length, mac, &mac_size) &&
           mac_size == HMAC_SIZE && CRYPTO_memcmp(mac, signature, HMAC_SIZE) == 0;
}

static bool use_pss(EVP_PKEY_CTX *context)
{
    /* The salt is as long as the hash, not as long as it happens to be (RFC 7518, 3.5). */
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool digest_matches(const struct jwt_key *key, const char *text, size_t length,
                           const unsigned char *signature, size_t size)
{
    EVP_PKEY_CTX *context;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    bool matches =
        digest &&
        EVP_DigestVerifyInit(digest, &context, EVP_sha256(), NULL, key->public_key) == 1 &&
        (key->alg != JWT_PS256 || use_pss(context)) &&
        EVP_DigestVerify(digest, signature, size, (const unsigned char *)text, length) == 1;
    EVP_MD_CTX_free(digest);
    return matches;
}

/* JWS writes r and s one after the other (RFC 7518, 3.4), OpenSSL wants them in DER. */
static int es256_to_der(const unsigned char *signature, unsigned char der[DER_LIMIT])
{
    int size = -1;
    BIGNUM *r = BN_bin2bn(signature, ES256_SIZE / 2, NULL);
    BIGNUM *s = BN_bin2bn(signature + ES256_SIZE / 2, ES256_SIZE / 2, NULL);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    if (!r || !s || !pair || ECDSA_SIG_set0(pair, r, s) != 1)
        goto done;
    r = s = NULL; /* the pair's now */
    size = i2d_ECDSA_SIG(pair, &der);
done:
    ECDSA_SIG_free(pair);
    BN_free(s);
    BN_free(r);
    return size;
}

static bool es256_matches(const struct jwt_key *key, const char *text, size_t length,
                          const unsigned char *signature, size_t size)
{
    unsigned char der[DER_LIMIT];
    int der_size = size == ES256_SIZE ? es256_to_der(signature, der) : -1;
    return der_size > 0 && digest_matches(key, text, length, der, (size_t)der_size);
}

bool jwt_signature_matches(const struct jwt_key *key, const char *text, size_t length,
                           const unsigned char *signature, size_t size)
{
    bool matches = false;
    switch (key->alg) {
    case JWT_HS256: matches = hmac_matches(key, text, length, signature, size); break;
    case JWT_RS256:
    case JWT_PS256: matches = digest_matches(key, text, length, signature, size); break;
    case JWT_ES256: matches = es256_matches(key, text, length, signature, size); break;
    case JWT_ALG_COUNT: break;
    }
    if (!matches)
        ERR_clear_error(); /* or a TLS call of this thread takes the left-over for its own */
    return matches;
}

/* ---- the three parts ---- */

struct part {
    const char *text;
    size_t length;
};

struct parts {
    struct part header, payload, signature;
    size_t signed_length; /* of the header, the dot and the payload */
};

static bool split(const char *token, size_t length, struct parts *parts)
{
    const char *end = token + length;
    const char *first = length > 0 ? memchr(token, '.', length) : NULL;
    const char *second = first ? memchr(first + 1, '.', (size_t)(end - first - 1)) : NULL;
    if (!second || memchr(second + 1, '.', (size_t)(end - second - 1)))
        return false;
    parts->header = (struct part){token, (size_t)(first - token)};
    parts->payload = (struct part){first + 1, (size_t)(second - first - 1)};
    parts->signature = (struct part){second + 1, (size_t)(end - second - 1)};
    parts->signed_length = (size_t)(second - token);
    return parts->header.length > 0 && parts->payload.length > 0 && parts->signature.length > 0;
}

/* libjose takes canonical base64url only: no padding, no blanks, no stray bits in the last
 * character. A test holds it to that. */
static bool decode(struct part part, unsigned char *bytes, size_t capacity, size_t *size)
{
    *size = jose_b64_dec_buf(part.text, part.length, bytes, capacity);
    return *size != SIZE_MAX;
}

static enum status decode_object(struct part part, json_t **object)
{
    unsigned char bytes[JWT_BYTES_LIMIT];
    size_t size;
    *object = NULL;
    if (!decode(part, bytes, sizeof(bytes), &size) ||
        json_read((const char *)bytes, size, object, NULL) != STATUS_OK)
        return STATUS_INVALID;
    if (json_is_object(*object))
        return STATUS_OK;
    json_decref(*object);
    *object = NULL;
    return STATUS_INVALID;
}

/* ---- which key ---- */

static const struct jwt_key *find_by_kid(const struct jwt_keys *keys, const char *kid)
{
    for (size_t i = 0; i < keys->count; i++)
        if (keys->list[i].kid && strcmp(keys->list[i].kid, kid) == 0)
            return &keys->list[i];
    return NULL;
}

static const struct jwt_key *find_by_alg(const struct jwt_keys *keys, enum jwt_alg alg)
{
    const struct jwt_key *found = NULL;
    for (size_t i = 0; i < keys->count; i++) {
        if (keys->list[i].alg == alg && found)
            return NULL;
        if (keys->list[i].alg == alg)
            found = &keys->list[i];
    }
    return found;
}

static enum status find_key(const struct jwt_keys *keys, const json_t *header,
                            const struct jwt_key **key, struct fault *fault)
{
    const json_t *kid = json_object_get(header, "kid");
    const char *name = json_string_value(json_object_get(header, "alg"));
    enum jwt_alg alg = name ? jwt_alg_find(name) : JWT_ALG_COUNT;
    if (alg == JWT_ALG_COUNT)
        return fault_set(fault, STATUS_REFUSED, NULL, "the token's algorithm is not taken here");
    if (json_object_get(header, "crit") || json_object_get(header, "b64"))
        return fault_set(fault, STATUS_REFUSED, NULL, "the token asks for an extension");
    if (kid && !json_is_string(kid))
        return fault_set(fault, STATUS_REFUSED, NULL, "the token's kid is not a string");
    *key = kid ? find_by_kid(keys, json_string_value(kid)) : find_by_alg(keys, alg);
    if (!*key)
        return fault_set(fault, STATUS_REFUSED, NULL, "the token's key is not known here");
    if ((*key)->alg != alg)
        return fault_set(fault, STATUS_REFUSED, NULL, "the token's algorithm is not its key's");
    return STATUS_OK;
}

static enum status check_signature(const struct jwt_keys *keys, const char *token,
                                   const struct parts *parts, struct fault *fault)
{
    unsigned char signature[JWT_BYTES_LIMIT];
    const struct jwt_key *key = NULL;
    json_t *header;
    size_t size;
    if (decode_object(parts->header, &header) != STATUS_OK)
        return fault_set(fault, STATUS_REFUSED, NULL, "the token's header cannot be read");
    enum status status = find_key(keys, header, &key, fault);
    json_decref(header);
    if (status != STATUS_OK)
        return status;
    if (!decode(parts->signature, signature, sizeof(signature), &size) ||
        !jwt_signature_matches(key, token, parts->signed_length, signature, size))
        return fault_set(fault, STATUS_REFUSED, NULL, "the token's signature does not match");
    return STATUS_OK;
}

enum status jwt_verify(const struct jwt_keys *keys, const char *token, size_t length,
                       int64_t now_ms, struct identity *identity, struct fault *fault)
{
    struct parts parts;
    json_t *claims;
    if (length > JWT_BYTES_LIMIT)
        return fault_set(fault, STATUS_REFUSED, NULL, "the token is longer than %d bytes",
                         JWT_BYTES_LIMIT);
    if (!split(token, length, &parts))
        return fault_set(fault, STATUS_REFUSED, NULL, "this is not a signed token");
    enum status status = check_signature(keys, token, &parts, fault);
    if (status != STATUS_OK)
        return status;
    if (decode_object(parts.payload, &claims) != STATUS_OK)
        return fault_set(fault, STATUS_REFUSED, NULL, "the token's claims cannot be read");
    status = jwt_claims_read(keys, claims, now_ms, identity, fault);
    json_decref(claims);
    return status;
}
