/* Making files of keys and tokens by hand. */
#include "jwt_fixture.h"

#include "base/log.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct jwt_rules rules = {.issuer = "issuer", .audience = "audience", .leeway_s = 30};
char jwks_path[128];

int jwt_set_up(void **state)
{
    (void)state;
    char directory[] = "/tmp/orderd-unit-XXXXXX";
    log_configure(LOG_ERROR, LOG_LOGFMT);
    if (!mkdtemp(directory))
        return -1;
    snprintf(jwks_path, sizeof(jwks_path), "%s/jwks.json", directory);
    return 0;
}

int jwt_tear_down(void **state)
{
    (void)state;
    unlink(jwks_path);
    *strrchr(jwks_path, '/') = '\0';
    return rmdir(jwks_path);
}

void write_text(const char *text)
{
    FILE *file = fopen(jwks_path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void write_keys(const char *keys)
{
    char *text;
    assert_true(asprintf(&text, "{\"keys\":[%s]}", keys) > 0);
    write_text(text);
    free(text);
}

struct jwt_keys *read_keys(const char *keys)
{
    struct jwt_keys *read;
    struct fault fault = {0};
    write_keys(keys);
    if (jwt_keys_read(jwks_path, &rules, &read, &fault) != STATUS_OK)
        fail_msg("%s", fault.text);
    return read;
}

/* OpenSSL's base64 made into base64url. */
char *encode(const void *bytes, size_t size)
{
    char *text = calloc(1, size / 3 * 4 + 5);
    int length = EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    while (length > 0 && text[length - 1] == '=')
        text[--length] = '\0';
    for (char *c = text; *c; c++)
        *c = *c == '+' ? '-' : *c == '/' ? '_' : *c;
    return text;
}

char *hs256(const char *header, const char *claims, const void *secret, size_t size)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int mac_size;
    char *signed_part, *token;
    char *first = encode(header, strlen(header)), *second = encode(claims, strlen(claims));
    assert_true(asprintf(&signed_part, "%s.%s", first, second) > 0);
    HMAC(EVP_sha256(), secret, (int)size, (unsigned char *)signed_part, strlen(signed_part), mac,
         &mac_size);
    char *third = encode(mac, mac_size);
    assert_true(asprintf(&token, "%s.%s", signed_part, third) > 0);
    free(third);
    free(signed_part);
    free(second);
    free(first);
    return token;
}

char *claims_token(const char *claims)
{
    return hs256(HS256_HEADER, claims, SECRET, strlen(SECRET));
}

const char *refusal(const struct jwt_keys *keys, const char *token)
{
    static struct fault fault;
    struct identity identity;
    memset(&fault, 0, sizeof(fault));
    enum status status = jwt_verify(keys, token, strlen(token), NOW_MS, &identity, &fault);
    if (status == STATUS_OK)
        return "";
    assert_int_equal(status, STATUS_REFUSED);
    assert_true(fault.text[0]);
    return fault.text;
}
