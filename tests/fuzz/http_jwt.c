/* Tokens from outside. A mutated token never gets past its signature, so each input is tried twice:
 * as a token as it is, and, cut at its first line break into header and claims, signed with the key
 * that the verifier has. What is taken must then keep the promises of http/jwt.h. */
#include "http/jwt.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET "0123456789abcdef0123456789abcdef"
#define NOW_MS INT64_C(1700000000000)

static const char jwks[] =
    "{\"keys\":[{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"h\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMj"
    "M0NTY3ODlhYmNkZWY\"},{\"kty\":\"EC\",\"alg\":\"ES256\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg"
    "8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}";

static struct jwt_keys *keys;

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const struct jwt_rules rules = {.issuer = "i", .audience = "a", .leeway_s = 30};
    struct fault fault;
    char path[] = "/tmp/orderd-fuzz-XXXXXX";
    int fd = mkstemp(path);
    (void)argc, (void)argv;
    if (fd < 0 || write(fd, jwks, strlen(jwks)) != (ssize_t)strlen(jwks))
        abort();
    close(fd);
    if (jwt_keys_read(path, &rules, &keys, &fault) != STATUS_OK)
        abort();
    unlink(path);
    return 0;
}

static void check(const struct identity *who)
{
    if (who->scope_count + who->role_count > JWT_SCOPES_LIMIT || who->expires_at + 30000 <= NOW_MS)
        abort();
    for (size_t i = 0; i < who->scope_count + who->role_count; i++)
        if (!who->names[i][0] || !memchr(who->names[i], '\0', JWT_SCOPE_SIZE))
            abort();
}

static void verify(const char *token, size_t length)
{
    struct identity who;
    struct fault fault = {.status = STATUS_OK};
    enum status status = jwt_verify(keys, token, length, NOW_MS, &who, &fault);
    if (status == STATUS_OK)
        check(&who);
    else if (status != STATUS_REFUSED || !fault.text[0])
        abort();
}

static size_t encode(const void *bytes, size_t size, char *text)
{
    int length = EVP_EncodeBlock((unsigned char *)text, bytes, (int)size);
    while (length > 0 && text[length - 1] == '=')
        length--;
    for (int i = 0; i < length; i++)
        text[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
    return (size_t)length;
}

static void sign_and_verify(const char *header, size_t header_size, const char *claims,
                            size_t claims_size)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int mac_size;
    char *token = malloc((header_size + claims_size) * 2 + 100);
    size_t length = encode(header, header_size, token);
    token[length++] = '.';
    length += encode(claims, claims_size, token + length);
    HMAC(EVP_sha256(), SECRET, strlen(SECRET), (unsigned char *)token, length, mac, &mac_size);
    token[length++] = '.';
    length += encode(mac, mac_size, token + length);
    verify(token, length);
    free(token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    const char *line_end = size > 0 ? memchr(text, '\n', size) : NULL;
    verify(text, size);
    if (line_end)
        sign_and_verify(text, (size_t)(line_end - text), line_end + 1,
                        size - (size_t)(line_end + 1 - text));
    return 0;
}
