/* Whose signature counts: every algorithm, and everything that pretends to be one. */
#include "jwt_fixture.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GOOD_CLAIMS                                                                                \
    "{\"iss\":\"issuer\",\"aud\":\"audience\",\"sub\":\"" USER "\",\"exp\":1700000600}"

#define MISMATCH "the token's signature does not match"
#define UNKNOWN_KEY "the token's key is not known here"
#define OTHER_ALG "the token's algorithm is not taken here"
#define NOT_ITS_KEYS "the token's algorithm is not its key's"
#define NO_TOKEN "this is not a signed token"
#define NO_HEADER "the token's header cannot be read"

static const char *refusal_of(const struct jwt_keys *keys, char *token)
{
    const char *reason = refusal(keys, token);
    free(token);
    return reason;
}

static const char *refusal_of_header(const struct jwt_keys *keys, const char *header)
{
    return refusal_of(keys, hs256(header, GOOD_CLAIMS, SECRET, strlen(SECRET)));
}

/* ---- good ones ---- */

static void a_token_signed_by_any_kind_of_key_is_taken(void **state)
{
    (void)state;
    static const char *const algs[] = {"HS256", "ES256", "RS256", "PS256"};
    const struct jwt_claims claims = {
        .user_id = USER, .role = "admin", .scope = "a b", .lifetime_s = 60};
    for (size_t i = 0; i < COUNT(algs); i++) {
        struct jwt_keys *keys;
        struct identity who;
        struct fault fault;
        char *token;
        assert_int_equal(jwt_keys_generate(jwks_path, algs[i], &fault), STATUS_OK);
        assert_int_equal(jwt_sign(jwks_path, &rules, &claims, NOW_MS, &token, &fault), STATUS_OK);
        assert_int_equal(jwt_keys_read(jwks_path, &rules, &keys, &fault), STATUS_OK);
        assert_int_equal(jwt_verify(keys, token, strlen(token), NOW_MS, &who, &fault), STATUS_OK);
        assert_int_equal(who.expires_at, NOW_MS + 60000);
        assert_int_equal(who.scope_count, 2);
        assert_int_equal(who.role_count, 1);
        assert_string_equal(who.names[2], "admin");
        jwt_keys_release(&keys);
        free(token);
        unlink(jwks_path);
    }
}

/* RFC 7515, A.1 to A.3: signed by others. Their issuer is not ours, and that is the only fault. */
static void the_tokens_of_the_rfc_are_signed(void **state)
{
    (void)state;
#define CLAIMS_PART                                                                                \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ"
    static const struct {
        const char *key, *token;
    } cases[] = {
        {"{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-"
         "1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow\"}",
         "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." CLAIMS_PART
         ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"},
        {"{\"kty\":\"RSA\",\"alg\":\"RS256\",\"e\":\"AQAB\",\"n\":\"ofgWCuLjybRlzo0tZWJjNiuSfb4p4f"
         "Akd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W"
         "_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo"
         "7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h"
         "9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ\"}",
         "eyJhbGciOiJSUzI1NiJ9." CLAIMS_PART
         ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8"
         "W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvk"
         "SjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCn"
         "vWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"},
        {"{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV7"
         "6e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}",
         "eyJhbGciOiJFUzI1NiJ9." CLAIMS_PART
         ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1"
         "Q"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct jwt_keys *keys = read_keys(cases[i].key);
        assert_string_equal(refusal(keys, cases[i].token), "the token is of another issuer");
        jwt_keys_release(&keys);
    }
}

static void a_token_without_kid_needs_exactly_one_key_of_its_alg(void **state)
{
    (void)state;
    struct jwt_keys *keys = read_keys(HS256_KEY);
    assert_string_equal(refusal_of_header(keys, "{\"alg\":\"HS256\"}"), "");
    jwt_keys_release(&keys);
    keys = read_keys(HS256_KEY ",{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" SECRET_K "\"}");
    assert_string_equal(refusal_of_header(keys, "{\"alg\":\"HS256\"}"), UNKNOWN_KEY);
    assert_string_equal(refusal_of_header(keys, HS256_HEADER), "");
    jwt_keys_release(&keys);
}

/* ---- pretenders ---- */

static void other_algorithms_are_refused_none_above_all(void **state)
{
    (void)state;
    struct jwt_keys *keys = read_keys(HS256_KEY);
    static const char *const headers[] = {
        "{\"alg\":\"none\"}",
        "{\"alg\":\"None\"}",
        "{\"alg\":\"\"}",
        "{\"alg\":\"HS512\"}",
        "{\"alg\":\"hs256\"}",
        "{\"alg\":7}",
        "{}",
        "{\"alg\":null}",
    };
    for (size_t i = 0; i < COUNT(headers); i++)
        assert_string_equal(refusal_of_header(keys, headers[i]), OTHER_ALG);
    assert_string_equal(refusal_of_header(keys, "{\"alg\":\"RS256\",\"kid\":\"test\"}"),
                        NOT_ITS_KEYS);
    jwt_keys_release(&keys);
}

/* "none" with an empty signature, as RFC 7519, 6.1 writes it. */
static void an_unsecured_token_is_refused(void **state)
{
    (void)state;
    struct jwt_keys *keys = read_keys(HS256_KEY);
    char *header = encode("{\"alg\":\"none\"}", 14),
         *claims = encode(GOOD_CLAIMS, strlen(GOOD_CLAIMS));
    char *token;
    assert_true(asprintf(&token, "%s.%s.", header, claims) > 0);
    assert_string_equal(refusal_of(keys, token), NO_TOKEN);
    free(claims);
    free(header);
    jwt_keys_release(&keys);
}

/* Whoever knows a public key signs with its bytes as if it were an HMAC secret. */
static void a_public_key_is_no_secret(void **state)
{
    (void)state;
    struct fault fault;
    struct jwt_keys *keys;
    char public_key[4096] = {0};
    assert_int_equal(jwt_keys_generate(jwks_path, "RS256", &fault), STATUS_OK);
    assert_int_equal(jwt_keys_read(jwks_path, &rules, &keys, &fault), STATUS_OK);
    FILE *file = fopen(jwks_path, "r");
    size_t size = fread(public_key, 1, sizeof(public_key) - 1, file);
    fclose(file);
    char *kid = strstr(public_key, "\"kid\": \"") + 8;
    char header[128];
    snprintf(header, sizeof(header), "{\"alg\":\"HS256\",\"kid\":\"%.36s\"}", kid);
    assert_string_equal(refusal_of(keys, hs256(header, GOOD_CLAIMS, public_key, size)),
                        NOT_ITS_KEYS);
    assert_string_equal(
        refusal_of(keys, hs256("{\"alg\":\"HS256\"}", GOOD_CLAIMS, public_key, size)), UNKNOWN_KEY);
    snprintf(header, sizeof(header), "{\"alg\":\"RS256\",\"kid\":\"%.36s\"}", kid);
    assert_string_equal(refusal_of(keys, hs256(header, GOOD_CLAIMS, public_key, size)), MISMATCH);
    jwt_keys_release(&keys);
}

static void the_wrong_key_is_refused(void **state)
{
    (void)state;
    struct jwt_keys *keys = read_keys(HS256_KEY);
    assert_string_equal(refusal_of_header(keys, "{\"alg\":\"HS256\",\"kid\":\"other\"}"),
                        UNKNOWN_KEY);
    assert_string_equal(refusal_of_header(keys, "{\"alg\":\"HS256\",\"kid\":\"\"}"), UNKNOWN_KEY);
    assert_string_equal(refusal_of_header(keys, "{\"alg\":\"HS256\",\"kid\":7}"),
                        "the token's kid is not a string");
    assert_string_equal(refusal_of(keys, hs256(HS256_HEADER, GOOD_CLAIMS, "other", 5)), MISMATCH);
    /* A key that the token brings along is not looked at. */
    assert_string_equal(refusal_of(keys, hs256("{\"alg\":\"HS256\",\"kid\":\"test\",\"jwk\":"
                                               "{\"kty\":\"oct\",\"k\":\"b3RoZXI\"}}",
                                               GOOD_CLAIMS, "other", 5)),
                        MISMATCH);
    jwt_keys_release(&keys);
}

static void extensions_are_refused(void **state)
{
    (void)state;
    struct jwt_keys *keys = read_keys(HS256_KEY);
    static const char *const headers[] = {
        "{\"alg\":\"HS256\",\"kid\":\"test\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"HS256\",\"kid\":\"test\",\"crit\":[]}",
        "{\"alg\":\"HS256\",\"kid\":\"test\",\"b64\":false}",
        "{\"alg\":\"HS256\",\"kid\":\"test\",\"b64\":true}",
    };
    for (size_t i = 0; i < COUNT(headers); i++)
        assert_string_equal(refusal_of_header(keys, headers[i]), "the token asks for an extension");
    jwt_keys_release(&keys);
}

/* ---- form ---- */

static void a_token_has_three_parts(void **state)
{
    (void)state;
    struct jwt_keys *keys = read_keys(HS256_KEY);
    static const char *const tokens[] = {"",        ".",    "..",   "...",  "a",        "a.b",
                                         "a.b.c.d", ".b.c", "a..c", "a.b.", "let me in"};
    for (size_t i = 0; i < COUNT(tokens); i++)
        assert_string_equal(refusal(keys, tokens[i]), NO_TOKEN);
    jwt_keys_release(&keys);
}

static void a_header_is_one_object(void **state)
{
    (void)state;
    struct jwt_keys *keys = read_keys(HS256_KEY);
    static const char *const headers[] = {
        "{",
        "[]",
        "7",
        "null",
        "{}{}",
        "{\"alg\":\"HS256\",\"alg\":\"HS256\",\"kid\":\"test\"}",
        "{\"alg\":\"HS256\",\"kid\":\"te\\u0000st\"}",
    };
    for (size_t i = 0; i < COUNT(headers); i++)
        assert_string_equal(refusal_of_header(keys, headers[i]), NO_HEADER);
    char deep[3000];
    memset(deep, '[', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = '\0';
    assert_string_equal(refusal_of_header(keys, deep), NO_HEADER);
    jwt_keys_release(&keys);
}

/* Any other character at any place makes it another token, or none: also in the last characters of
 * a part, where some bits of base64 are spare. */
static void a_change_anywhere_is_refused(void **state)
{
    (void)state;
    static const char characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n";
    struct jwt_keys *keys = read_keys(HS256_KEY);
    char *token = claims_token(GOOD_CLAIMS);
    assert_string_equal(refusal(keys, token), "");
    for (size_t at = 0; token[at]; at++) {
        char original = token[at];
        for (const char *c = characters; *c; c++) {
            token[at] = *c;
            assert_true(*c == original || refusal(keys, token)[0]);
        }
        token[at] = original;
    }
    free(token);
    jwt_keys_release(&keys);
}

static void nothing_may_stand_before_or_after(void **state)
{
    (void)state;
    struct jwt_keys *keys = read_keys(HS256_KEY);
    char *good = claims_token(GOOD_CLAIMS);
    static const char *const forms[] = {" %s", "%s ", "%s=", "%sA", "%s\n", "Bearer %s"};
    for (size_t i = 0; i < COUNT(forms); i++) {
        char text[1024];
        char *token = text;
        const char *percent = strstr(forms[i], "%s");
        snprintf(text, sizeof(text), "%.*s%s%s", (int)(percent - forms[i]), forms[i], good,
                 percent + 2);
        assert_true(refusal(keys, token)[0]);
    }
    free(good);
    jwt_keys_release(&keys);
}

static void a_token_of_the_greatest_length_is_taken_and_a_longer_one_refused(void **state)
{
    (void)state;
    struct jwt_keys *keys = read_keys(HS256_KEY);
    char claims[8192];
    size_t lengths[] = {0, 0};
    for (int pad = 5800; pad < 6100; pad++) {
        snprintf(claims, sizeof(claims), "%.*s,\"pad\":\"%0*d\"}", (int)strlen(GOOD_CLAIMS) - 1,
                 GOOD_CLAIMS, pad, 0);
        char *token = claims_token(claims);
        size_t length = strlen(token);
        lengths[length > JWT_BYTES_LIMIT] = length;
        assert_string_equal(refusal_of(keys, token),
                            length > JWT_BYTES_LIMIT ? "the token is longer than 8192 bytes" : "");
    }
    assert_true(lengths[0] > JWT_BYTES_LIMIT - 4 && lengths[1] > JWT_BYTES_LIMIT);
    jwt_keys_release(&keys);
}

/* ES256 signatures are 64 bytes; zero and more than the order of the curve are none. */
static void an_ecdsa_signature_has_its_size_and_range(void **state)
{
    (void)state;
    struct jwt_keys *keys = read_keys(
        "{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tL"
        "e1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}");
    unsigned char bytes[65];
    for (int fill = 0; fill <= 0xff; fill += 0xff)
        for (size_t size = 63; size <= 65; size++) {
            memset(bytes, fill, sizeof(bytes));
            char *signature = encode(bytes, size);
            char token[512];
            snprintf(token, sizeof(token), "eyJhbGciOiJFUzI1NiJ9.e30.%s", signature);
            assert_string_equal(refusal(keys, token), MISMATCH);
            free(signature);
        }
    jwt_keys_release(&keys);
}

/* ---- signing ---- */

static void tokens_that_would_be_refused_are_not_made(void **state)
{
    (void)state;
    static const struct jwt_claims bad[] = {
        {.user_id = "me", .role = "admin", .lifetime_s = 60},
        {.user_id = USER, .role = "two words", .lifetime_s = 60},
        {.user_id = USER, .role = "", .lifetime_s = 60},
        {.user_id = USER, .role = "admin", .lifetime_s = 0},
        {.user_id = USER, .scope = "\"", .lifetime_s = 60},
        {.user_id = USER, .scope = "\xff", .lifetime_s = 60},
    };
    write_keys(HS256_KEY);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct fault fault;
        char *token;
        assert_int_equal(jwt_sign(jwks_path, &rules, &bad[i], NOW_MS, &token, &fault),
                         STATUS_INVALID);
        assert_null(token);
    }
}

static void a_public_key_cannot_sign(void **state)
{
    (void)state;
    struct fault fault;
    char *token;
    const struct jwt_claims claims = {.user_id = USER, .role = "admin", .lifetime_s = 60};
    write_keys("{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"a\",\"y\":\"b\"}");
    assert_int_equal(jwt_sign(jwks_path, &rules, &claims, NOW_MS, &token, &fault),
                     STATUS_NOT_FOUND);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, jwt_set_up, jwt_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_signed_by_any_kind_of_key_is_taken),
        TEST(the_tokens_of_the_rfc_are_signed),
        TEST(a_token_without_kid_needs_exactly_one_key_of_its_alg),
        TEST(other_algorithms_are_refused_none_above_all),
        TEST(an_unsecured_token_is_refused),
        TEST(a_public_key_is_no_secret),
        TEST(the_wrong_key_is_refused),
        TEST(extensions_are_refused),
        TEST(a_token_has_three_parts),
        TEST(a_header_is_one_object),
        TEST(a_change_anywhere_is_refused),
        TEST(nothing_may_stand_before_or_after),
        TEST(a_token_of_the_greatest_length_is_taken_and_a_longer_one_refused),
        TEST(an_ecdsa_signature_has_its_size_and_range),
        TEST(tokens_that_would_be_refused_are_not_made),
        TEST(a_public_key_cannot_sign),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
