/* Signing tokens, for orderctl and tests: the service itself only verifies. */
#include "http/jwt_private.h"

#include "base/json.h"
#include "base/memory.h"

#include <jose/b64.h>
#include <jose/jws.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool can_sign(const json_t *jwk)
{
    return json_object_get(jwk, "k") || json_object_get(jwk, "d");
}

static const json_t *first_signing_key(const json_t *set)
{
    const json_t *keys = json_object_get(set, "keys");
    for (size_t i = 0; i < json_array_size(keys); i++)
        if (can_sign(json_array_get(keys, i)))
            return json_array_get(keys, i);
    return NULL;
}

/* The first signing key, checked as jwt_keys_read would; the set it stands in is the caller's. */
static enum status read_signing_key(const char *path, json_t **set, const json_t **jwk,
                                    struct fault *fault)
{
    struct jwt_key key = {0};
    struct fault why;
    enum status status = jwks_read(path, set, fault);
    if (status != STATUS_OK)
        return status;
    *jwk = first_signing_key(*set);
    if (!*jwk)
        return fault_set(fault, STATUS_NOT_FOUND, path, "none of its keys can sign");
    status = jwt_key_read(*jwk, &key, &why);
    jwt_key_release(&key);
    return status == STATUS_OK ? STATUS_OK : fault_set(fault, status, path, "%s", why.text);
}

static json_t *claims_tree(const struct jwt_rules *rules, const struct jwt_claims *claims,
                           int64_t now_ms)
{
    char id[UUID_TEXT_SIZE];
    struct uuid uuid = uuid_v7(now_ms);
    uuid_format(&uuid, id);
    json_int_t now = now_ms / 1000;
    json_t *tree = json_pack("{s:s,s:s,s:s,s:I,s:I,s:s,s:s*}", "iss", rules->issuer, "aud",
                             rules->audience, "sub", claims->user_id, "iat", now, "exp",
                             now + claims->lifetime_s, "jti", id, "scope", claims->scope);
    if (tree && claims->role)
        json_object_set_new(tree, "roles", json_pack("[s]", claims->role));
    return tree;
}

/* Holds the claims to what jwt_verify will ask, so that no token is made that it then refuses. */
static enum status check_claims(const struct jwt_rules *rules, const json_t *tree, int64_t now_ms,
                                struct fault *fault)
{
    struct jwt_keys keys = {.issuer = (char *)rules->issuer, .audience = (char *)rules->audience};
    struct identity identity;
    struct fault why;
    if (!tree)
        return fault_set(fault, STATUS_INVALID, NULL, "the claims are not UTF-8");
    if (jwt_claims_read(&keys, tree, now_ms, &identity, &why) != STATUS_OK)
        return fault_set(fault, STATUS_INVALID, NULL, "%s", why.text);
    return STATUS_OK;
}

static json_t *header_for(const json_t *jwk)
{
    const json_t *kid = json_object_get(jwk, "kid");
    return json_pack("{s:{s:s,s:s,s:s*}}", "protected", "alg",
                     json_string_value(json_object_get(jwk, "alg")), "typ", "JWT", "kid",
                     json_string_value(kid));
}

/* The compact serialization of a flattened JWS (RFC 7515, 7.1). */
static char *compact(const json_t *jws)
{
    char *token = NULL;
    const char *header = json_string_value(json_object_get(jws, "protected"));
    const char *payload = json_string_value(json_object_get(jws, "payload"));
    const char *signature = json_string_value(json_object_get(jws, "signature"));
    if (!header || !payload || !signature ||
        asprintf(&token, "%s.%s.%s", header, payload, signature) < 0)
        return NULL;
    return token;
}

static char *sign(const json_t *jwk, const json_t *tree)
{
    char *token = NULL;
    json_t *jws = json_pack("{s:o}", "payload", jose_b64_enc_dump(tree));
    json_t *header = header_for(jwk);
    if (jws && header && jose_jws_sig(NULL, jws, header, jwk))
        token = compact(jws);
    ERR_clear_error();
    json_decref(header);
    json_decref(jws);
    return token;
}

enum status jwt_sign(const char *jwks_path, const struct jwt_rules *rules,
                     const struct jwt_claims *claims, int64_t now_ms, char **token,
                     struct fault *fault)
{
    json_t *set = NULL, *tree = NULL;
    const json_t *jwk;
    *token = NULL;
    enum status status = read_signing_key(jwks_path, &set, &jwk, fault);
    if (status != STATUS_OK)
        goto done;
    tree = claims_tree(rules, claims, now_ms);
    status = check_claims(rules, tree, now_ms, fault);
    if (status != STATUS_OK)
        goto done;
    *token = sign(jwk, tree);
    if (!*token)
        status = fault_set(fault, STATUS_INVALID, jwks_path, "the key does not sign");
    else if (strlen(*token) > JWT_BYTES_LIMIT) {
        free(*token);
        *token = NULL;
        status = fault_set(fault, STATUS_LIMIT, NULL, "the token would be longer than %d bytes",
                           JWT_BYTES_LIMIT);
    }
done:
    json_decref(tree);
    json_decref(set);
    return status;
}
