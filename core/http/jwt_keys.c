/* The keys of a JWKS file (RFC 7517), each checked and made ready for OpenSSL once, at load.
 *
 * libjose reads a JWK anew for every verification; we let it do so here only, and keep what it
 * made. It takes keys without "alg" and guesses, and does not ask whether a public key is one that
 * can be relied on (an RSA exponent of 1 makes every signature valid): both are checked here. */
#include "http/jwt_private.h"

#include "base/buffer.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <jose/b64.h>
#include <jose/openssl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_BYTES_LEAST = 32, SECRET_BYTES_LIMIT = 1024, RSA_BITS_LEAST = 2048 };

static const struct {
    const char *name, *kty;
} algs[JWT_ALG_COUNT] = {
    [JWT_HS256] = {"HS256", "oct"},
    [JWT_RS256] = {"RS256", "RSA"},
    [JWT_PS256] = {"PS256", "RSA"},
    [JWT_ES256] = {"ES256", "EC"},
};

enum jwt_alg jwt_alg_find(const char *name)
{
    enum jwt_alg alg = 0;
    while (alg < JWT_ALG_COUNT && strcmp(algs[alg].name, name) != 0)
        alg++;
    return alg;
}

const char *jwt_alg_name(enum jwt_alg alg)
{
    return algs[alg].name;
}

/* ---- the file ---- */

static enum status read_all(int fd, const char *path, struct buffer *text, struct fault *fault)
{
    for (;;) {
        ssize_t got = read(fd, buffer_reserve(text, 4096), 4096);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fault_set(fault, STATUS_INVALID, path, "cannot read it: %s", strerror(errno));
        if (got == 0)
            return STATUS_OK;
        text->size += (size_t)got;
        if (text->size > JWKS_BYTES_LIMIT)
            return fault_set(fault, STATUS_LIMIT, path, "is longer than %d bytes",
                             JWKS_BYTES_LIMIT);
    }
}

static void warn_when_others_may_read(int fd, const char *path)
{
    struct stat file;
    if (fstat(fd, &file) == 0 && (file.st_mode & (S_IRWXG | S_IRWXO)))
        log_warning("others may read the file of keys", LOG_TEXT("path", path));
}

static bool has_secret(const json_t *keys)
{
    for (size_t i = 0; i < json_array_size(keys); i++) {
        const json_t *jwk = json_array_get(keys, i);
        if (json_object_get(jwk, "k") || json_object_get(jwk, "d"))
            return true;
    }
    return false;
}

static enum status parse_set(const char *path, const struct buffer *text, json_t **set,
                             struct fault *fault)
{
    struct fault why;
    if (json_read(text->data, text->size, set, &why) != STATUS_OK)
        return fault_set(fault, STATUS_INVALID, path, "%s", why.text);
    const json_t *keys = json_object_get(*set, "keys");
    if (json_is_array(keys) && json_array_size(keys) > 0 &&
        json_array_size(keys) <= JWKS_KEYS_LIMIT)
        return STATUS_OK;
    size_t count = json_array_size(keys);
    json_decref(*set);
    *set = NULL;
    if (count > JWKS_KEYS_LIMIT)
        return fault_set(fault, STATUS_LIMIT, path, "has more than %d keys", JWKS_KEYS_LIMIT);
    return fault_set(fault, STATUS_INVALID, path,
                     "must be a JSON object with \"keys\", an array of one key or more");
}

enum status jwks_read(const char *path, json_t **set, struct fault *fault)
{
    struct buffer text = {0};
    *set = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fault_set(fault, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_INVALID, path,
                         "cannot open it: %s", strerror(errno));
    enum status status = read_all(fd, path, &text, fault);
    if (status == STATUS_OK)
        status = parse_set(path, &text, set, fault);
    if (status == STATUS_OK && has_secret(json_object_get(*set, "keys")))
        warn_when_others_may_read(fd, path);
    close(fd);
    if (text.data)
        OPENSSL_cleanse(text.data, text.size);
    buffer_release(&text);
    return status;
}

/* ---- one key ---- */

static const char *member(const json_t *jwk, const char *name)
{
    return json_string_value(json_object_get(jwk, name));
}

/* "use" and "key_ops" (RFC 7517, 4.2 and 4.3): absent, or for signatures. */
static bool is_for_signatures(const json_t *jwk)
{
    const json_t *use = json_object_get(jwk, "use");
    if (use && (!json_is_string(use) || strcmp(json_string_value(use), "sig") != 0))
        return false;
    const json_t *operations = json_object_get(jwk, "key_ops");
    if (!operations)
        return true;
    for (size_t i = 0; i < json_array_size(operations); i++) {
        const char *operation = json_string_value(json_array_get(operations, i));
        if (operation && (strcmp(operation, "verify") == 0 || strcmp(operation, "sign") == 0))
            return true;
    }
    return false;
}

static enum status read_secret(const json_t *jwk, struct jwt_key *key, struct fault *fault)
{
    const json_t *k = json_object_get(jwk, "k");
    size_t size = jose_b64_dec(k, NULL, 0);
    if (size == SIZE_MAX || size > SECRET_BYTES_LIMIT)
        return fault_set(fault, STATUS_INVALID, NULL, "\"k\" must be base64url of at most %d bytes",
                         SECRET_BYTES_LIMIT);
    if (size < SECRET_BYTES_LEAST)
        return fault_set(fault, STATUS_INVALID, NULL,
                         "a key for HS256 must have 256 bits or more (RFC 7518, 3.2)");
    key->secret = memory_new(size);
    key->secret_size = size;
    if (jose_b64_dec(k, key->secret, size) != size)
        return fault_set(fault, STATUS_INVALID, NULL, "\"k\" must be base64url");
    return STATUS_OK;
}

/* Whether the numbers make a public key: a point on the curve, an odd exponent above 1. */
static bool is_sound(EVP_PKEY *public_key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, public_key, NULL);
    bool sound = context && EVP_PKEY_public_check(context) == 1;
    EVP_PKEY_CTX_free(context);
    return sound;
}

/* Keeps the public members only: what verifies needs no private key in memory. */
static EVP_PKEY *public_half(const json_t *jwk)
{
    static const char *const members[] = {"kty", "crv", "x", "y", "n", "e"};
    json_t *half = json_object();
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_t *value = json_object_get(jwk, members[i]);
        if (value)
            json_object_set(half, members[i], value);
    }
    EVP_PKEY *public_key = jose_openssl_jwk_to_EVP_PKEY(NULL, half);
    json_decref(half);
    return public_key;
}

static enum status read_public_key(const json_t *jwk, struct jwt_key *key, struct fault *fault)
{
    const char *curve = member(jwk, "crv");
    if (key->alg == JWT_ES256 && (!curve || strcmp(curve, "P-256") != 0))
        return fault_set(fault, STATUS_INVALID, NULL, "\"crv\" must be P-256 for ES256");
    key->public_key = public_half(jwk);
    if (!key->public_key)
        return fault_set(fault, STATUS_INVALID, NULL, "is no %s key", algs[key->alg].kty);
    if (key->alg != JWT_ES256 && EVP_PKEY_get_bits(key->public_key) < RSA_BITS_LEAST)
        return fault_set(fault, STATUS_INVALID, NULL,
                         "an RSA key must have %d bits or more (RFC 7518, 3.3)", RSA_BITS_LEAST);
    if (!is_sound(key->public_key))
        return fault_set(fault, STATUS_INVALID, NULL, "is no sound %s key", algs[key->alg].kty);
    return STATUS_OK;
}

static enum status read_alg(const json_t *jwk, struct jwt_key *key, struct fault *fault)
{
    const char *alg = member(jwk, "alg");
    const char *kty = member(jwk, "kty");
    key->alg = alg ? jwt_alg_find(alg) : JWT_ALG_COUNT;
    if (key->alg == JWT_ALG_COUNT)
        return fault_set(fault, STATUS_INVALID, NULL,
                         "\"alg\" must be HS256, RS256, PS256 or ES256");
    if (!kty || strcmp(kty, algs[key->alg].kty) != 0)
        return fault_set(fault, STATUS_INVALID, NULL, "\"kty\" must be %s for %s",
                         algs[key->alg].kty, alg);
    return STATUS_OK;
}

enum status jwt_key_read(const json_t *jwk, struct jwt_key *key, struct fault *fault)
{
    const json_t *kid = json_object_get(jwk, "kid");
    if (kid && !json_is_string(kid))
        return fault_set(fault, STATUS_INVALID, NULL, "\"kid\" must be a string");
    if (!is_for_signatures(jwk))
        return fault_set(fault, STATUS_INVALID, NULL,
                         "\"use\" and \"key_ops\" say that it is not for signatures");
    enum status status = read_alg(jwk, key, fault);
    if (status != STATUS_OK)
        return status;
    if (kid)
        key->kid = memory_text(json_string_value(kid), json_string_length(kid));
    status =
        key->alg == JWT_HS256 ? read_secret(jwk, key, fault) : read_public_key(jwk, key, fault);
    ERR_clear_error(); /* a left-over would be taken for its own by a TLS call of this thread */
    return status;
}

void jwt_key_release(struct jwt_key *key)
{
    if (key->secret)
        OPENSSL_cleanse(key->secret, key->secret_size);
    free(key->secret);
    free(key->kid);
    EVP_PKEY_free(key->public_key);
    memset(key, 0, sizeof(*key));
}

/* ---- all of them ---- */

static bool has_kid(const struct jwt_keys *keys, const char *kid)
{
    for (size_t i = 0; kid && i < keys->count; i++)
        if (keys->list[i].kid && strcmp(keys->list[i].kid, kid) == 0)
            return true;
    return false;
}

static enum status add_key(struct jwt_keys *keys, const json_t *jwk, const char *path,
                           struct fault *fault)
{
    struct jwt_key key = {0};
    struct fault why;
    enum status status = jwt_key_read(jwk, &key, &why);
    if (status == STATUS_OK && has_kid(keys, key.kid))
        status = fault_set(&why, STATUS_INVALID, NULL, "another key has its \"kid\"");
    if (status == STATUS_OK) {
        keys->list[keys->count++] = key;
        return STATUS_OK;
    }
    jwt_key_release(&key);
    return fault_set(fault, status, path, "/keys/%zu: %s", keys->count, why.text);
}

static struct jwt_keys *keys_new(const struct jwt_rules *rules)
{
    struct jwt_keys *keys = memory_new(sizeof(*keys));
    atomic_init(&keys->holders, 1);
    keys->issuer = memory_text(rules->issuer, strlen(rules->issuer));
    keys->audience = memory_text(rules->audience, strlen(rules->audience));
    keys->leeway_s = rules->leeway_s;
    return keys;
}

enum status jwt_keys_read(const char *path, const struct jwt_rules *rules, struct jwt_keys **keys,
                          struct fault *fault)
{
    json_t *set;
    *keys = NULL;
    enum status status = jwks_read(path, &set, fault);
    if (status != STATUS_OK)
        return status;
    const json_t *list = json_object_get(set, "keys");
    struct jwt_keys *read = keys_new(rules);
    for (size_t i = 0; i < json_array_size(list) && status == STATUS_OK; i++)
        status = add_key(read, json_array_get(list, i), path, fault);
    if (status == STATUS_OK)
        *keys = read;
    else
        jwt_keys_release(&read);
    json_decref(set);
    return status;
}

struct jwt_keys *jwt_keys_hold(struct jwt_keys *keys)
{
    atomic_fetch_add_explicit(&keys->holders, 1, memory_order_relaxed);
    return keys;
}

void jwt_keys_release(struct jwt_keys **keys)
{
    struct jwt_keys *released = *keys;
    *keys = NULL;
    if (!released || atomic_fetch_sub_explicit(&released->holders, 1, memory_order_acq_rel) > 1)
        return;
    for (size_t i = 0; i < released->count; i++)
        jwt_key_release(&released->list[i]);
    free(released->issuer);
    free(released->audience);
    free(released);
}
