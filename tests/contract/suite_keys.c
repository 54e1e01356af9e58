/* The contract of idempotency keys: stored with their order, seen again until they expire, and
 * claimed while a request is under way. */
#include "suite.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lives until the next call. */
static const struct keyed_answer *keyed(uint8_t user, const char *key, const char *answer)
{
    static struct keyed_answer made;

    made = (struct keyed_answer){
        .user_id = suite_user(user),
        .key = key,
        .answer = answer,
        .answer_length = strlen(answer),
    };
    memset(made.request_hash, answer[0], sizeof(made.request_hash));
    return &made;
}

static struct order *new_order(void)
{
    return suite_order(suite_user(1), SUITE_NOW_MS, 100);
}

/* Saves a new order under a key and frees it. */
static enum status add_keyed(struct suite *suite, const struct keyed_answer *under)
{
    struct order *order = new_order();
    enum status status = suite_save_keyed(suite, order, under);

    order_free(&order);
    return status;
}

static void assert_answer(struct suite *suite, uint8_t user, const char *key, const char *answer)
{
    struct suite_key found = suite_find_key(suite, suite_user(user), key);

    assert_int_equal(found.status, STATUS_OK);
    assert_memory_equal(found.request_hash, keyed(user, key, answer)->request_hash, KEY_HASH_SIZE);
    assert_int_equal(found.answer_length, strlen(answer));
    assert_memory_equal(found.answer, answer, found.answer_length);
}

static void assert_no_key(struct suite *suite, uint8_t user, const char *key)
{
    assert_int_equal(suite_find_key(suite, suite_user(user), key).status, STATUS_NOT_FOUND);
}

/* ---- stored ---- */

static void a_key_is_stored_with_its_order(void **state)
{
    struct suite *suite = *state;
    struct order *order = new_order(), *stored;

    assert_int_equal(suite_save_keyed(suite, order, keyed(1, "k", "first")), STATUS_OK);
    assert_answer(suite, 1, "k", "first");
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    assert_answer(suite, 1, "k", "first");
    stored = suite_get(suite, suite_id(order));
    assert_non_null(stored);
    order_free(&stored);
    order_free(&order);
}

static void an_answer_may_be_any_bytes(void **state)
{
    static const char bytes[] = "\0\xff{\n\0";
    struct suite *suite = *state;
    struct keyed_answer under = *keyed(1, "k", "x");
    struct suite_key found;

    under.answer = bytes;
    under.answer_length = sizeof(bytes);
    assert_int_equal(add_keyed(suite, &under), STATUS_OK);
    found = suite_find_key(suite, suite_user(1), "k");
    assert_int_equal(found.answer_length, sizeof(bytes));
    assert_memory_equal(found.answer, bytes, sizeof(bytes));
    under.key = "empty";
    under.answer = NULL;
    under.answer_length = 0;
    assert_int_equal(add_keyed(suite, &under), STATUS_OK);
    assert_int_equal(suite_find_key(suite, suite_user(1), "empty").status, STATUS_OK);
    assert_int_equal(suite_find_key(suite, suite_user(1), "empty").answer_length, 0);
}

static void a_key_of_any_visible_characters_is_itself_only(void **state)
{
    char longest[KEY_LIMIT + 1];
    struct suite *suite = *state;

    for (size_t i = 0; i < KEY_LIMIT; i++)
        longest[i] = (char)('!' + i % 94);
    longest[KEY_LIMIT] = '\0';
    assert_int_equal(add_keyed(suite, keyed(1, longest, "longest")), STATUS_OK);
    assert_int_equal(add_keyed(suite, keyed(1, "a", "small")), STATUS_OK);
    assert_int_equal(add_keyed(suite, keyed(1, "A", "great")), STATUS_OK);
    assert_int_equal(add_keyed(suite, keyed(1, "'; --%_\\", "quoted")), STATUS_OK);
    assert_answer(suite, 1, longest, "longest");
    assert_answer(suite, 1, "a", "small");
    assert_answer(suite, 1, "A", "great");
    assert_answer(suite, 1, "'; --%_\\", "quoted");
    longest[KEY_LIMIT - 1] = '\0';
    assert_no_key(suite, 1, longest);
}

static void a_key_that_nobody_has_used_is_not_found(void **state)
{
    assert_no_key(*state, 1, "k");
}

static void the_same_key_twice_is_a_duplicate_that_writes_nothing(void **state)
{
    struct suite *suite = *state;
    struct order *second = new_order();
    struct answer answer = {0};

    assert_int_equal(add_keyed(suite, keyed(1, "k", "first")), STATUS_OK);
    repository_save(
        suite->repository,
        &(struct save){.order = second, .inbox_id = "cause", .keyed = keyed(1, "k", "second")},
        suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_DUPLICATE);
    assert_string_equal(answer.fault.where, "/key");
    assert_null(suite_get(suite, suite_id(second)));
    assert_int_equal(suite_events(suite, "", 10)->count, 1);
    assert_answer(suite, 1, "k", "first");
    /* The inbound event was not used up. */
    assert_int_equal(suite_save_caused(suite, second, "cause"), STATUS_OK);
    order_free(&second);
}

static void an_inbound_event_that_was_seen_is_told_from_a_key(void **state)
{
    struct suite *suite = *state;
    struct order *first = new_order(), *second = new_order();
    struct answer answer = {0};

    assert_int_equal(suite_save_caused(suite, first, "cause"), STATUS_OK);
    repository_save(
        suite->repository,
        &(struct save){.order = second, .inbox_id = "cause", .keyed = keyed(1, "k", "x")},
        suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_DUPLICATE);
    assert_string_equal(answer.fault.where, "/inbox_id");
    assert_no_key(suite, 1, "k");
    order_free(&second);
    order_free(&first);
}

static void keys_of_different_users_do_not_meet(void **state)
{
    struct suite *suite = *state;

    assert_int_equal(add_keyed(suite, keyed(1, "k", "of one")), STATUS_OK);
    assert_no_key(suite, 2, "k");
    assert_int_equal(add_keyed(suite, keyed(2, "k", "of two")), STATUS_OK);
    assert_answer(suite, 1, "k", "of one");
    assert_answer(suite, 2, "k", "of two");
}

static void a_save_that_is_refused_does_not_use_up_the_key(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 100);
    struct order *stale = suite_get(suite, id), *fresh = suite_get(suite, id);

    suite_change(fresh, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    assert_int_equal(suite_save(suite, fresh), STATUS_OK);
    suite_change(stale, ORDER_CANCELLED, NULL, SUITE_NOW_MS + 1);
    assert_int_equal(suite_save_keyed(suite, stale, keyed(1, "k", "late")), STATUS_CONFLICT);
    assert_no_key(suite, 1, "k");
    suite_change(fresh, ORDER_COMPLETED, NULL, SUITE_NOW_MS + 2);
    assert_int_equal(suite_save_keyed(suite, fresh, keyed(1, "k", "good")), STATUS_OK);
    assert_answer(suite, 1, "k", "good");
    order_free(&fresh);
    order_free(&stale);
}

static void of_two_saves_with_one_key_in_one_turn_the_first_wins(void **state)
{
    struct suite *suite = *state;
    struct order *orders[2] = {new_order(), new_order()}, *stored;
    struct answer answers[2] = {{0}, {0}};

    for (int i = 0; i < 2; i++)
        repository_save(
            suite->repository,
            &(struct save){.order = orders[i], .keyed = keyed(1, "k", i == 0 ? "first" : "second")},
            suite_answer, &answers[i]);
    for (int i = 0; i < 2; i++)
        suite_wait(suite->base, &answers[i].times);
    assert_int_equal(answers[0].status, STATUS_OK);
    assert_int_equal(answers[1].status, STATUS_DUPLICATE);
    assert_string_equal(answers[1].fault.where, "/key");
    assert_answer(suite, 1, "k", "first");
    stored = suite_get(suite, suite_id(orders[0]));
    assert_non_null(stored);
    assert_null(suite_get(suite, suite_id(orders[1])));
    assert_int_equal(suite_events(suite, "", 10)->count, 1);
    order_free(&stored);
    order_free(&orders[1]);
    order_free(&orders[0]);
}

enum { GROUP = 20 };

static void a_used_key_does_not_harm_its_neighbours(void **state)
{
    struct suite *suite = *state;
    struct answer answers[GROUP] = {{0}};

    assert_int_equal(add_keyed(suite, keyed(1, "used", "x")), STATUS_OK);
    for (int i = 0; i < GROUP; i++) {
        char key[8] = {'k', (char)('a' + i)};
        struct order *order = new_order();
        repository_save(
            suite->repository,
            &(struct save){.order = order, .keyed = keyed(1, i == 7 ? "used" : key, "y")},
            suite_answer, &answers[i]);
        order_free(&order); /* and the key's text goes, too */
    }
    for (int i = 0; i < GROUP; i++) {
        suite_wait(suite->base, &answers[i].times);
        assert_int_equal(answers[i].status, i == 7 ? STATUS_DUPLICATE : STATUS_OK);
    }
    assert_int_equal(suite_events(suite, "", 100)->count, GROUP);
    assert_answer(suite, 1, "kt", "y");
}

/* With keys that last a millisecond, until the clock has passed over this one. */
static void await_expiry(struct suite *suite, const char *key)
{
    while (suite_find_key(suite, suite_user(1), key).status == STATUS_OK)
        ;
}

static void an_expired_key_has_not_been_seen_and_is_replaced(void **state)
{
    struct suite *suite = *state;

    suite_close(suite);
    suite_open(suite, (struct store_options){.key_ms = 1});
    assert_int_equal(add_keyed(suite, keyed(1, "k", "first")), STATUS_OK);
    await_expiry(suite, "k");
    assert_int_equal(add_keyed(suite, keyed(1, "k", "second")), STATUS_OK);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    assert_answer(suite, 1, "k", "second");
    assert_int_equal(add_keyed(suite, keyed(1, "k", "third")), STATUS_DUPLICATE);
    assert_int_equal(suite_events(suite, "", 10)->count, 2);
}

/* ---- claimed ---- */

static bool claim(struct repository *repository, uint8_t user, const char *key)
{
    struct uuid id = suite_user(user);

    return repository_key_claim(repository, &id, key);
}

static void release(struct repository *repository, uint8_t user, const char *key)
{
    struct uuid id = suite_user(user);

    repository_key_release(repository, &id, key);
}

static void a_key_is_claimed_by_one_until_it_is_released(void **state)
{
    struct suite *suite = *state;

    assert_true(claim(suite->repository, 1, "k"));
    assert_false(claim(suite->repository, 1, "k"));
    assert_true(claim(suite->repository, 2, "k"));
    assert_true(claim(suite->repository, 1, "K"));
    release(suite->repository, 1, "k");
    assert_true(claim(suite->repository, 1, "k"));
    assert_false(claim(suite->repository, 2, "k"));
    assert_false(claim(suite->repository, 1, "K"));
    release(suite->repository, 1, "k");
    release(suite->repository, 1, "K");
    release(suite->repository, 2, "k");
}

static void a_claim_copies_the_key(void **state)
{
    struct suite *suite = *state;
    char key[] = "k";

    assert_true(claim(suite->repository, 1, key));
    key[0] = 'x';
    assert_true(claim(suite->repository, 1, key));
    assert_false(claim(suite->repository, 1, "k"));
    release(suite->repository, 1, "k");
    release(suite->repository, 1, "x");
}

static void a_release_of_what_is_not_claimed_does_nothing(void **state)
{
    struct suite *suite = *state;

    release(suite->repository, 1, "k");
    assert_true(claim(suite->repository, 1, "k"));
    release(suite->repository, 1, "k");
}

static void repositories_see_each_others_claims(void **state)
{
    struct suite *suite = *state;
    struct repository *other = NULL;

    assert_int_equal(repository_open(suite->store, suite->base, &other, NULL), STATUS_OK);
    assert_true(claim(suite->repository, 1, "k"));
    assert_false(claim(other, 1, "k"));
    release(suite->repository, 1, "k");
    assert_true(claim(other, 1, "k"));
    /* What is held when a repository closes stays held: only whoever claimed releases. */
    repository_close(&other);
    assert_false(claim(suite->repository, 1, "k"));
    release(suite->repository, 1, "k");
    assert_true(claim(suite->repository, 1, "k"));
    release(suite->repository, 1, "k");
}

static void many_keys_can_be_claimed_at_a_time(void **state)
{
    enum { KEYS = 5000 };
    struct suite *suite = *state;
    char key[16];

    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < KEYS; i++) {
            snprintf(key, sizeof(key), "key %d", i);
            assert_true(claim(suite->repository, 1, key));
        }
        for (int i = 0; i < KEYS; i++) {
            snprintf(key, sizeof(key), "key %d", i);
            assert_false(claim(suite->repository, 1, key));
            release(suite->repository, 1, key);
        }
    }
}

enum { THREADS = 4, ROUNDS = 200 };

struct claimant {
    pthread_t thread;
    struct store *store;
    pthread_barrier_t *start;
    bool won[ROUNDS];
};

static void *run_claimant(void *arg)
{
    struct claimant *claimant = arg;
    struct event_base *base = event_base_new();
    struct repository *repository = NULL;
    char key[16];

    if (repository_open(claimant->store, base, &repository, NULL) != STATUS_OK)
        abort();
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(key, sizeof(key), "round %d", i);
        pthread_barrier_wait(claimant->start);
        claimant->won[i] = claim(repository, 1, key);
    }
    pthread_barrier_wait(claimant->start);
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(key, sizeof(key), "round %d", i);
        if (claimant->won[i])
            release(repository, 1, key);
    }
    repository_close(&repository);
    event_base_free(base);
    return NULL;
}

static void of_threads_that_claim_one_key_exactly_one_gets_it(void **state)
{
    struct suite *suite = *state;
    struct claimant claimants[THREADS];
    pthread_barrier_t start;

    memset(claimants, 0, sizeof(claimants));
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        claimants[i].store = suite->store;
        claimants[i].start = &start;
        assert_int_equal(pthread_create(&claimants[i].thread, NULL, run_claimant, &claimants[i]),
                         0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(claimants[i].thread, NULL), 0);
    for (int round = 0; round < ROUNDS; round++) {
        int winners = 0;
        for (int i = 0; i < THREADS; i++)
            winners += claimants[i].won[round];
        assert_int_equal(winners, 1);
    }
    assert_true(claim(suite->repository, 1, "round 0"));
    release(suite->repository, 1, "round 0");
    pthread_barrier_destroy(&start);
}

int suite_run_keys(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(a_key_is_stored_with_its_order),
        SUITE_TEST(an_answer_may_be_any_bytes),
        SUITE_TEST(a_key_of_any_visible_characters_is_itself_only),
        SUITE_TEST(a_key_that_nobody_has_used_is_not_found),
        SUITE_TEST(the_same_key_twice_is_a_duplicate_that_writes_nothing),
        SUITE_TEST(an_inbound_event_that_was_seen_is_told_from_a_key),
        SUITE_TEST(keys_of_different_users_do_not_meet),
        SUITE_TEST(a_save_that_is_refused_does_not_use_up_the_key),
        SUITE_TEST(of_two_saves_with_one_key_in_one_turn_the_first_wins),
        SUITE_TEST(a_used_key_does_not_harm_its_neighbours),
        SUITE_TEST(an_expired_key_has_not_been_seen_and_is_replaced),
        SUITE_TEST(a_key_is_claimed_by_one_until_it_is_released),
        SUITE_TEST(a_claim_copies_the_key),
        SUITE_TEST(a_release_of_what_is_not_claimed_does_nothing),
        SUITE_TEST(repositories_see_each_others_claims),
        SUITE_TEST(many_keys_can_be_claimed_at_a_time),
        SUITE_TEST(of_threads_that_claim_one_key_exactly_one_gets_it),
    };

    return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
