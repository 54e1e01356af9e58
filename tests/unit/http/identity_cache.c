/* Tokens remembered: by their bytes, with their keys, until they end or make room. */
#include "jwt_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct jwt_keys *keys;
static struct identity_cache *cache;

static int set_up(void **state)
{
    if (jwt_set_up(state) != 0)
        return -1;
    keys = read_keys(HS256_KEY);
    cache = identity_cache_new(3);
    return 0;
}

static int tear_down(void **state)
{
    identity_cache_free(&cache);
    jwt_keys_release(&keys);
    return jwt_tear_down(state);
}

static void put(const char *token, int number)
{
    struct identity who = {.expires_at = NOW_MS, .scope_count = (size_t)number};
    identity_cache_put(cache, keys, token, strlen(token), &who);
}

/* The number that was put with it, or -1. */
static int found_at(const char *token, int64_t now_ms)
{
    const struct identity *who = identity_cache_find(cache, keys, token, strlen(token), now_ms);
    return who ? (int)who->scope_count : -1;
}

static int found(const char *token)
{
    return found_at(token, NOW_MS);
}

static void a_token_is_found_after_it_was_put(void **state)
{
    (void)state;
    assert_int_equal(found("one"), -1);
    put("one", 1);
    assert_int_equal(found("one"), 1);
    assert_int_equal(found("on"), -1);
    assert_int_equal(found("onf"), -1);
    assert_int_equal(found(""), -1);
}

static void a_token_put_again_stands_once_with_the_newer_identity(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++)
        put("one", i);
    put("two", 22);
    put("three", 33);
    assert_int_equal(found("one"), 9);
    assert_int_equal(found("two"), 22);
    assert_int_equal(found("three"), 33);
}

static void the_one_unused_for_longest_makes_room(void **state)
{
    (void)state;
    put("one", 1);
    put("two", 2);
    put("three", 3);
    assert_int_equal(found("one"), 1);
    put("four", 4);
    assert_int_equal(found("two"), -1);
    assert_int_equal(found("one"), 1);
    assert_int_equal(found("three"), 3);
    assert_int_equal(found("four"), 4);
}

static void a_token_ends_when_verification_would_refuse_it(void **state)
{
    (void)state;
    put("one", 1);
    assert_int_equal(found_at("one", NOW_MS + 29999), 1);
    assert_int_equal(found_at("one", NOW_MS + 30000), -1);
    assert_int_equal(found("one"), -1); /* and is gone */
    put("two", 2);
    put("three", 3);
    put("four", 4);
    assert_int_equal(found("two"), 2); /* its place is free again */
}

static void other_keys_empty_it(void **state)
{
    (void)state;
    put("one", 1);
    struct jwt_keys *others = read_keys(HS256_KEY);
    assert_null(identity_cache_find(cache, others, "one", 3, NOW_MS));
    assert_int_equal(found("one"), -1);
    jwt_keys_release(&others);
}

/* The old keys are released and new ones may come to lie at their address. */
static void keys_that_are_gone_are_not_taken_for_new_ones(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        put("one", i);
        jwt_keys_release(&keys);
        keys = read_keys(HS256_KEY);
        assert_int_equal(found("one"), -1);
    }
}

static void thousands_come_and_go(void **state)
{
    (void)state;
    enum { TOKENS = 5000, KEPT = 100 };
    char token[32];
    identity_cache_free(&cache);
    cache = identity_cache_new(KEPT);
    for (int i = 0; i < TOKENS; i++) {
        snprintf(token, sizeof(token), "token %d", i);
        put(token, i);
        if (i % 7 == 0)
            assert_int_equal(found_at(token, NOW_MS + 30000), -1);
    }
    int kept = 0;
    for (int i = 0; i < TOKENS; i++) {
        snprintf(token, sizeof(token), "token %d", i);
        int number = found(token);
        assert_true(number == -1 || number == i);
        kept += number == i;
    }
    assert_in_range(kept, KEPT - 1, KEPT); /* the last may have ended */
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_token_is_found_after_it_was_put),
        TEST(a_token_put_again_stands_once_with_the_newer_identity),
        TEST(the_one_unused_for_longest_makes_room),
        TEST(a_token_ends_when_verification_would_refuse_it),
        TEST(other_keys_empty_it),
        TEST(keys_that_are_gone_are_not_taken_for_new_ones),
        TEST(thousands_come_and_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
