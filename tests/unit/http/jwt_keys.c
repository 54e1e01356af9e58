/* Files of keys: what is taken, what is refused and where the fault is said to be, and new ones. */
#include "jwt_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RFC_N                                                                                      \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-"                        \
    "4qPCJrcS2mJPMEzP1Pt0Bm4d"                                                                     \
    "4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-"                      \
    "bSf63kpaSHSXndS5z5rexM"                                                                       \
    "dbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_"                 \
    "I5IhlJH7aGhyxXFvU"                                                                            \
    "K-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
#define RFC_X "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define RFC_Y "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
#define EC_KEY(alg_, crv_, x_, y_)                                                                 \
    "{\"kty\":\"EC\",\"alg\":\"" alg_ "\",\"crv\":\"" crv_ "\",\"x\":\"" x_ "\",\"y\":\"" y_ "\"}"
#define RSA_KEY(alg_, n_, e_)                                                                      \
    "{\"kty\":\"RSA\",\"alg\":\"" alg_ "\",\"n\":\"" n_ "\",\"e\":\"" e_ "\"}"

/* The text of the fault; "" when the file is taken. */
static const char *fault_of_file(enum status expected)
{
    static struct fault fault;
    struct jwt_keys *keys = NULL;
    memset(&fault, 0, sizeof(fault));
    enum status status = jwt_keys_read(jwks_path, &rules, &keys, &fault);
    assert_int_equal(status, expected);
    assert_true((status == STATUS_OK) == (keys != NULL));
    if (status != STATUS_OK)
        assert_string_equal(fault.where, jwks_path);
    jwt_keys_release(&keys);
    return fault.text;
}

static const char *fault_of_keys(const char *keys, enum status expected)
{
    write_keys(keys);
    return fault_of_file(expected);
}

static void a_good_key_of_each_kind_is_taken(void **state)
{
    (void)state;
    fault_of_keys(HS256_KEY "," RSA_KEY("RS256", RFC_N, "AQAB") "," RSA_KEY(
                      "PS256", RFC_N, "AQAB") "," EC_KEY("ES256", "P-256", RFC_X, RFC_Y),
                  STATUS_OK);
}

static void a_missing_file_is_not_found(void **state)
{
    (void)state;
    fault_of_file(STATUS_NOT_FOUND);
}

static void what_is_no_jwks_is_refused(void **state)
{
    (void)state;
    static const char twice[] = "{\"keys\":[" HS256_KEY "],\"keys\":[" HS256_KEY "]}";
    static const char key_alone[] = HS256_KEY;
    const char *const texts[] = {
        twice,
        key_alone,
        "",
        "{",
        "[]",
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":[]}",
        "{\"keys\":7}",
        "null",
        "{\"keys\":[7]}",
        "{\"keys\":[{}]}",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        write_text(texts[i]);
        assert_true(fault_of_file(STATUS_INVALID)[0]);
    }
}

static void the_faulty_key_is_named(void **state)
{
    (void)state;
    assert_non_null(
        strstr(fault_of_keys(HS256_KEY ",{\"kty\":\"oct\"}", STATUS_INVALID), "/keys/1: "));
}

static void a_key_must_name_an_algorithm_of_its_kind(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "{\"kty\":\"oct\",\"k\":\"" SECRET_K "\"}",
        "{\"kty\":\"oct\",\"alg\":\"none\",\"k\":\"" SECRET_K "\"}",
        "{\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":\"" SECRET_K SECRET_K "\"}",
        "{\"kty\":\"oct\",\"alg\":\"hs256\",\"k\":\"" SECRET_K "\"}",
        "{\"kty\":\"oct\",\"alg\":\"RS256\",\"k\":\"" SECRET_K "\"}",
        "{\"kty\":\"RSA\",\"alg\":\"HS256\",\"k\":\"" SECRET_K "\"}",
        "{\"kty\":\"oct\",\"alg\":7,\"k\":\"" SECRET_K "\"}",
        RSA_KEY("ES256", RFC_N, "AQAB"),
        EC_KEY("RS256", "P-256", RFC_X, RFC_Y),
    };
    for (size_t i = 0; i < COUNT(keys); i++)
        fault_of_keys(keys[i], STATUS_INVALID);
}

static void weak_keys_are_refused(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"\"}",
        "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQ\"}",
        /* RSA of 1,024 bits; exponents 1 and 2. */
        RSA_KEY("RS256",
                "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJP"
                "MEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LO"
                "L-bSf63ko",
                "AQAB"),
        RSA_KEY("RS256", RFC_N, "AQ"),
        RSA_KEY("PS256", RFC_N, "Ag"),
        /* Another curve; a point beside the curve; none at all. */
        EC_KEY("ES256", "P-384", RFC_X, RFC_Y),
        EC_KEY("ES256", "P-256", RFC_Y, RFC_X),
        EC_KEY("ES256", "P-256", "", ""),
    };
    for (size_t i = 0; i < COUNT(keys); i++)
        fault_of_keys(keys[i], STATUS_INVALID);
}

static void a_key_for_something_else_is_refused(void **state)
{
    (void)state;
    static const char base[] = "{\"kty\":\"oct\",\"alg\":\"HS256\",\"k\":\"" SECRET_K "\",%s}";
    static const struct {
        const char *member;
        enum status status;
    } cases[] = {
        {"\"use\":\"sig\"", STATUS_OK},
        {"\"use\":\"enc\"", STATUS_INVALID},
        {"\"use\":7", STATUS_INVALID},
        {"\"key_ops\":[\"verify\"]", STATUS_OK},
        {"\"key_ops\":[\"encrypt\"]", STATUS_INVALID},
        {"\"key_ops\":[]", STATUS_INVALID},
        {"\"kid\":7", STATUS_INVALID},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char key[256];
        snprintf(key, sizeof(key), base, cases[i].member);
        fault_of_keys(key, cases[i].status);
    }
}

static void two_keys_of_one_kid_are_refused(void **state)
{
    (void)state;
    assert_non_null(strstr(fault_of_keys(HS256_KEY "," HS256_KEY, STATUS_INVALID), "kid"));
}

static void too_many_keys_are_refused(void **state)
{
    (void)state;
    char keys[JWKS_KEYS_LIMIT * 2 + 2];
    for (size_t i = 0; i < sizeof(keys); i++)
        keys[i] = i % 2 ? ',' : '0';
    keys[sizeof(keys) - 1] = '\0';
    fault_of_keys(keys, STATUS_LIMIT);
}

static void too_many_bytes_are_refused(void **state)
{
    (void)state;
    char *text = calloc(1, JWKS_BYTES_LIMIT + 2);
    memset(text, ' ', JWKS_BYTES_LIMIT + 1);
    write_text(text);
    fault_of_file(STATUS_LIMIT);
    free(text);
}

static void a_fault_never_shows_the_key(void **state)
{
    (void)state;
    const char *text =
        fault_of_keys("{\"kty\":\"oct\",\"alg\":\"X\",\"k\":\"" SECRET_K "\"}", STATUS_INVALID);
    assert_null(strstr(text, SECRET_K));
}

/* ---- new ones ---- */

static void a_new_file_is_good_and_for_its_owner_only(void **state)
{
    (void)state;
    static const char *const algs[] = {"HS256", "ES256", "RS256", "PS256"};
    for (size_t i = 0; i < COUNT(algs); i++) {
        struct stat file;
        struct fault fault;
        assert_int_equal(jwt_keys_generate(jwks_path, algs[i], &fault), STATUS_OK);
        assert_int_equal(stat(jwks_path, &file), 0);
        assert_int_equal(file.st_mode & 07777, 0600);
        fault_of_file(STATUS_OK);
        unlink(jwks_path);
    }
}

static void a_file_that_is_there_is_left_alone(void **state)
{
    (void)state;
    struct fault fault;
    write_text("mine");
    assert_int_equal(jwt_keys_generate(jwks_path, "ES256", &fault), STATUS_DUPLICATE);
    struct stat file;
    assert_int_equal(stat(jwks_path, &file), 0);
    assert_int_equal(file.st_size, 4);
}

static void a_file_is_not_made_for_another_algorithm_or_nowhere(void **state)
{
    (void)state;
    struct fault fault;
    assert_int_equal(jwt_keys_generate(jwks_path, "none", &fault), STATUS_INVALID);
    assert_int_equal(access(jwks_path, F_OK), -1);
    assert_int_equal(jwt_keys_generate("/nowhere/at/all.json", "ES256", &fault), STATUS_NOT_FOUND);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, jwt_set_up, jwt_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_good_key_of_each_kind_is_taken),
        TEST(a_missing_file_is_not_found),
        TEST(what_is_no_jwks_is_refused),
        TEST(the_faulty_key_is_named),
        TEST(a_key_must_name_an_algorithm_of_its_kind),
        TEST(weak_keys_are_refused),
        TEST(a_key_for_something_else_is_refused),
        TEST(two_keys_of_one_kid_are_refused),
        TEST(too_many_keys_are_refused),
        TEST(too_many_bytes_are_refused),
        TEST(a_fault_never_shows_the_key),
        TEST(a_new_file_is_good_and_for_its_owner_only),
        TEST(a_file_that_is_there_is_left_alone),
        TEST(a_file_is_not_made_for_another_algorithm_or_nowhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
