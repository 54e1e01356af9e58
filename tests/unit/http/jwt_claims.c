/* What the claims of a signed token may say, and when. */
#include "jwt_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE "\"iss\":\"issuer\",\"aud\":\"audience\",\"sub\":\"" USER "\""
#define EXP ",\"exp\":1700000600"
#define UNREADABLE "the token's claims cannot be read"

static struct jwt_keys *keys;

static int set_up(void **state)
{
    if (jwt_set_up(state) != 0)
        return -1;
    keys = read_keys(HS256_KEY);
    return 0;
}

static int tear_down(void **state)
{
    jwt_keys_release(&keys);
    return jwt_tear_down(state);
}

static const char *refusal_of(const char *claims)
{
    char *token = claims_token(claims);
    const char *reason = refusal(keys, token);
    free(token);
    return reason;
}

static struct identity identity_of(const char *claims)
{
    struct identity who;
    struct fault fault;
    char *token = claims_token(claims);
    assert_int_equal(jwt_verify(keys, token, strlen(token), NOW_MS, &who, &fault), STATUS_OK);
    free(token);
    return who;
}

static void the_identity_is_what_the_claims_say(void **state)
{
    (void)state;
    struct identity who = identity_of("{" BASE EXP ",\"scope\":\"orders:read  orders:read:any\","
                                      "\"roles\":[\"admin\",\"night-shift\"],\"name\":\"x\"}");
    struct uuid user;
    assert_int_equal(uuid_parse(USER, 36, &user), STATUS_OK);
    assert_true(uuid_equal(&who.user_id, &user));
    assert_int_equal(who.expires_at, INT64_C(1700000600000));
    assert_int_equal(who.scope_count, 2);
    assert_int_equal(who.role_count, 2);
    assert_string_equal(who.names[0], "orders:read");
    assert_string_equal(who.names[1], "orders:read:any");
    assert_string_equal(who.names[2], "admin");
    assert_string_equal(who.names[3], "night-shift");
}

static void scope_and_roles_may_be_absent_empty_or_a_single_text(void **state)
{
    (void)state;
    struct identity who = identity_of("{" BASE EXP "}");
    assert_int_equal(who.scope_count + who.role_count, 0);
    who = identity_of("{" BASE EXP ",\"scope\":\"\",\"roles\":[]}");
    assert_int_equal(who.scope_count + who.role_count, 0);
    who = identity_of("{" BASE EXP ",\"roles\":\"customer\"}");
    assert_int_equal(who.role_count, 1);
    assert_string_equal(who.names[0], "customer");
}

static void scope_and_roles_of_other_kinds_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        ",\"scope\":7",        ",\"scope\":[\"a\"]",       ",\"scope\":null",
        ",\"roles\":7",        ",\"roles\":null",          ",\"roles\":[7]",
        ",\"roles\":[\"\"]",   ",\"roles\":[\"a b\"]",     ",\"roles\":[[\"a\"]]",
        ",\"roles\":\"\"",     ",\"roles\":{\"a\":\"b\"}", ",\"scope\":\"a\\tb\"",
        ",\"scope\":\"\\\"\"", ",\"roles\":[\"\u00e9\"]",
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        char claims[512];
        snprintf(claims, sizeof(claims), "{" BASE EXP "%s}", bad[i]);
        assert_true(refusal_of(claims)[0]);
    }
}

static const char *refusal_of_scope(size_t words, size_t length)
{
    char claims[4096], word[JWT_SCOPE_SIZE + 1];
    memset(word, 'a', length);
    word[length] = '\0';
    int used = snprintf(claims, sizeof(claims), "{" BASE EXP ",\"scope\":\"");
    for (size_t i = 0; i < words; i++)
        used += snprintf(claims + used, sizeof(claims) - (size_t)used, "%s ", word);
    snprintf(claims + used, sizeof(claims) - (size_t)used, "\"}");
    return refusal_of(claims);
}

static void names_have_limits_and_none_is_dropped(void **state)
{
    (void)state;
    assert_string_equal(refusal_of_scope(JWT_SCOPES_LIMIT, JWT_SCOPE_SIZE - 1), "");
    assert_string_equal(refusal_of_scope(JWT_SCOPES_LIMIT + 1, 1),
                        "the token's scope is not valid");
    assert_string_equal(refusal_of_scope(1, JWT_SCOPE_SIZE), "the token's scope is not valid");
}

static void issuer_audience_and_subject_must_be_right(void **state)
{
    (void)state;
    static const struct {
        const char *claims, *reason;
    } cases[] = {
        {"{\"aud\":\"audience\",\"sub\":\"" USER "\"" EXP "}", "the token is of another issuer"},
        {"{\"iss\":\"issuer2\",\"aud\":\"audience\",\"sub\":\"" USER "\"" EXP "}",
         "the token is of another issuer"},
        {"{\"iss\":[\"issuer\"],\"aud\":\"audience\",\"sub\":\"" USER "\"" EXP "}",
         "the token is of another issuer"},
        {"{\"iss\":\"issuer\",\"sub\":\"" USER "\"" EXP "}", "the token is for another audience"},
        {"{\"iss\":\"issuer\",\"aud\":[],\"sub\":\"" USER "\"" EXP "}",
         "the token is for another audience"},
        {"{\"iss\":\"issuer\",\"aud\":[\"a\",7],\"sub\":\"" USER "\"" EXP "}",
         "the token is for another audience"},
        {"{\"iss\":\"issuer\",\"aud\":[\"a\",\"audience\"],\"sub\":\"" USER "\"" EXP "}", ""},
        {"{\"iss\":\"issuer\",\"aud\":\"audience\"" EXP "}", "the token's subject is not a UUID"},
        {"{\"iss\":\"issuer\",\"aud\":\"audience\",\"sub\":\"root\"" EXP "}",
         "the token's subject is not a UUID"},
        {"{\"iss\":\"issuer\",\"aud\":\"audience\",\"sub\":7" EXP "}",
         "the token's subject is not a UUID"},
    };
    for (size_t i = 0; i < COUNT(cases); i++)
        assert_string_equal(refusal_of(cases[i].claims), cases[i].reason);
}

static void a_token_holds_from_nbf_to_exp_give_or_take_the_leeway(void **state)
{
    (void)state;
    static const struct {
        const char *dates, *reason;
    } cases[] = {
        {",\"exp\":1700000001", ""},
        {",\"exp\":1699999971", ""},
        {",\"exp\":1699999970.5", ""},
        {",\"exp\":1699999970", "the token has expired"},
        {",\"exp\":0", "the token has expired"},
        {EXP ",\"nbf\":1700000030", ""},
        {EXP ",\"nbf\":1700000031", "the token is not valid yet"},
        {"", "the token has no valid time of expiry"},
        {",\"exp\":\"1700000600\"", "the token has no valid time of expiry"},
        {",\"exp\":null", "the token has no valid time of expiry"},
        {",\"exp\":-1", "the token has no valid time of expiry"},
        {",\"exp\":253402300800", "the token has no valid time of expiry"},
        {",\"exp\":1e15", "the token has no valid time of expiry"},
        {",\"exp\":9223372036854775807", "the token has no valid time of expiry"},
        {",\"exp\":99999999999999999999999999", UNREADABLE},
        {",\"exp\":1e999", UNREADABLE},
        {EXP ",\"nbf\":\"soon\"", "the token has an invalid nbf"},
        {EXP ",\"nbf\":-1", "the token has an invalid nbf"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char claims[512];
        snprintf(claims, sizeof(claims), "{" BASE "%s}", cases[i].dates);
        assert_string_equal(refusal_of(claims), cases[i].reason);
    }
}

static void claims_are_one_object_each_name_once(void **state)
{
    (void)state;
    char deep[3000];
    memset(deep, '[', sizeof(deep) - 1);
    deep[sizeof(deep) - 1] = '\0';
    assert_string_equal(refusal_of(deep), UNREADABLE);
    assert_string_equal(refusal_of("[]"), UNREADABLE);
    assert_string_equal(refusal_of("{" BASE EXP), UNREADABLE);
    assert_string_equal(refusal_of("{" BASE EXP EXP "}"), UNREADABLE);
    assert_string_equal(refusal_of("{" BASE EXP ",\"sub\":\"" USER "\"}"), UNREADABLE);
    assert_string_equal(refusal_of("{" BASE EXP ",\"x\":\"\xff\"}"), UNREADABLE);
    assert_string_equal(refusal_of("{" BASE EXP ",\"x\":\"\\u0000\"}"), UNREADABLE);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_identity_is_what_the_claims_say),
        TEST(scope_and_roles_may_be_absent_empty_or_a_single_text),
        TEST(scope_and_roles_of_other_kinds_are_refused),
        TEST(names_have_limits_and_none_is_dropped),
        TEST(issuer_audience_and_subject_must_be_right),
        TEST(a_token_holds_from_nbf_to_exp_give_or_take_the_leeway),
        TEST(claims_are_one_object_each_name_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
