/* A directory with a file of keys, and tokens made by hand: any header, any claims. */
#ifndef TEST_HTTP_JWT_FIXTURE_H
#define TEST_HTTP_JWT_FIXTURE_H

#include "http/jwt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define USER "0190b000-0000-7000-8000-000000000001"
#define SECRET "0123456789abcdef0123456789abcdef"              /* 256 bits */
#define SECRET_K "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY" /* the same in base64url */
#define HS256_KEY "{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"test\",\"k\":\"" SECRET_K "\"}"
#define HS256_HEADER "{\"alg\":\"HS256\",\"kid\":\"test\"}"
#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

enum { NOW_S = 1700000000 };
#define NOW_MS (NOW_S * INT64_C(1000))

extern const struct jwt_rules rules; /* issuer "issuer", audience "audience", leeway 30 s */
extern char jwks_path[128];

int jwt_set_up(void **state); /* for each test: an empty directory for jwks_path */
int jwt_tear_down(void **state);

/* Writes {"keys":[...]} and reads it. */
void write_text(const char *text);
void write_keys(const char *keys);
struct jwt_keys *read_keys(const char *keys); /* must be good */

/* Tokens are the caller's (free). */
char *encode(const void *bytes, size_t size); /* base64url */
char *hs256(const char *header, const char *claims, const void *secret, size_t size);
char *claims_token(const char *claims); /* HS256_HEADER, SECRET */

/* The reason for which the token is refused; "" when it is taken. */
const char *refusal(const struct jwt_keys *keys, const char *token);

#endif
