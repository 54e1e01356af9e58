/* What the claims of a token say (RFC 7519, 4.1; scope: RFC 8693, 4.2), and whether they hold now.
 */
#include "http/jwt_private.h"

#include <string.h>

/* The end of the year 9999: what lies beyond is a mistake, and milliseconds could overflow. */
#define LATEST_SECONDS 253402300799.0

/* A NumericDate, fractions allowed (RFC 7519, 2), in milliseconds. */
static bool read_date(const json_t *value, int64_t *wall_ms)
{
    double seconds = json_number_value(value);
    if (!json_is_number(value) || !(seconds >= 0 && seconds <= LATEST_SECONDS))
        return false;
    *wall_ms = (int64_t)(seconds * 1000);
    return true;
}

static enum status read_dates(const json_t *claims, int64_t now_ms, int64_t leeway_ms,
                              int64_t *expires_at, struct fault *fault)
{
    int64_t not_before = 0;
    const json_t *nbf = json_object_get(claims, "nbf");
    if (!read_date(json_object_get(claims, "exp"), expires_at))
        return fault_set(fault, STATUS_REFUSED, NULL, "the token has no valid time of expiry");
    if (nbf && !read_date(nbf, &not_before))
        return fault_set(fault, STATUS_REFUSED, NULL, "the token has an invalid nbf");
    if (now_ms >= *expires_at + leeway_ms)
        return fault_set(fault, STATUS_REFUSED, NULL, "the token has expired");
    if (now_ms < not_before - leeway_ms)
        return fault_set(fault, STATUS_REFUSED, NULL, "the token is not valid yet");
    return STATUS_OK;
}

static bool is_text(const json_t *value, const char *wanted)
{
    return json_is_string(value) && strcmp(json_string_value(value), wanted) == 0;
}

/* "aud" is one text or an array of texts (RFC 7519, 4.1.3). */
static bool is_for(const json_t *aud, const char *audience)
{
    if (is_text(aud, audience))
        return true;
    for (size_t i = 0; i < json_array_size(aud); i++)
        if (is_text(json_array_get(aud, i), audience))
            return true;
    return false;
}

static enum status read_parties(const struct jwt_keys *keys, const json_t *claims,
                                struct uuid *user_id, struct fault *fault)
{
    const json_t *sub = json_object_get(claims, "sub");
    if (!is_text(json_object_get(claims, "iss"), keys->issuer))
        return fault_set(fault, STATUS_REFUSED, NULL, "the token is of another issuer");
    if (!is_for(json_object_get(claims, "aud"), keys->audience))
        return fault_set(fault, STATUS_REFUSED, NULL, "the token is for another audience");
    if (!json_is_string(sub) ||
        uuid_parse(json_string_value(sub), json_string_length(sub), user_id) != STATUS_OK)
        return fault_set(fault, STATUS_REFUSED, NULL, "the token's subject is not a UUID");
    return STATUS_OK;
}

/* ---- scope and roles ---- */

/* scope-token (RFC 6749, 3.3). */
static bool is_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\')
            return false;
    return length > 0 && length < JWT_SCOPE_SIZE;
}

static bool add_name(struct identity *identity, const char *text, size_t length, size_t *count)
{
    size_t used = identity->scope_count + identity->role_count;
    if (used == JWT_SCOPES_LIMIT || !is_name(text, length))
        return false;
    memcpy(identity->names[used], text, length);
    identity->names[used][length] = '\0';
    (*count)++;
    return true;
}

static bool read_scope(const json_t *scope, struct identity *identity)
{
    if (!scope)
        return true;
    if (!json_is_string(scope))
        return false;
    const char *text = json_string_value(scope);
    while (*(text += strspn(text, " "))) {
        size_t length = strcspn(text, " ");
        if (!add_name(identity, text, length, &identity->scope_count))
            return false;
        text += length;
    }
    return true;
}

static bool add_role(struct identity *identity, const json_t *role)
{
    return json_is_string(role) && add_name(identity, json_string_value(role),
                                            json_string_length(role), &identity->role_count);
}

static bool read_roles(const json_t *roles, struct identity *identity)
{
    if (!roles)
        return true;
    if (!json_is_array(roles))
        return add_role(identity, roles);
    for (size_t i = 0; i < json_array_size(roles); i++)
        if (!add_role(identity, json_array_get(roles, i)))
            return false;
    return true;
}

enum status jwt_claims_read(const struct jwt_keys *keys, const json_t *claims, int64_t now_ms,
                            struct identity *identity, struct fault *fault)
{
    memset(identity, 0, sizeof(*identity));
    enum status status = read_parties(keys, claims, &identity->user_id, fault);
    if (status == STATUS_OK)
        status = read_dates(claims, now_ms, (int64_t)keys->leeway_s * 1000, &identity->expires_at,
                            fault);
    if (status != STATUS_OK)
        return status;
    if (!read_scope(json_object_get(claims, "scope"), identity))
        return fault_set(fault, STATUS_REFUSED, NULL, "the token's scope is not valid");
    if (!read_roles(json_object_get(claims, "roles"), identity))
        return fault_set(fault, STATUS_REFUSED, NULL, "the token's roles are not valid");
    return STATUS_OK;
}
