/* The contract of the other writes (inbox, dead letters, ping) and of calls that end early. */
#include "suite.h"

#include <event2/event.h>
#include <string.h>

static enum status add_inbox(struct suite *suite, const char *inbox_id)
{
    struct answer answer = {0};

    repository_inbox_add(suite->repository, inbox_id, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    return answer.status;
}

static void an_inbound_event_is_remembered_once(void **state)
{
    assert_int_equal(add_inbox(*state, "a"), STATUS_OK);
    assert_int_equal(add_inbox(*state, "a"), STATUS_DUPLICATE);
    assert_int_equal(add_inbox(*state, "A"), STATUS_OK);
    suite_close(*state);
    suite_open(*state, (struct store_options){0});
    assert_int_equal(add_inbox(*state, "a"), STATUS_DUPLICATE);
}

static void of_two_in_one_turn_the_second_is_the_duplicate(void **state)
{
    struct suite *suite = *state;
    struct answer answers[2] = {{0}, {0}};

    for (int i = 0; i < 2; i++)
        repository_inbox_add(suite->repository, "same", suite_answer, &answers[i]);
    for (int i = 0; i < 2; i++)
        suite_wait(suite->base, &answers[i].times);
    assert_int_equal(answers[0].status, STATUS_OK);
    assert_int_equal(answers[1].status, STATUS_DUPLICATE);
}

static void an_inbound_event_that_changed_no_order_changes_none_later(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1);

    assert_int_equal(add_inbox(suite, "seen"), STATUS_OK);
    assert_int_equal(suite_save_caused(suite, order, "seen"), STATUS_DUPLICATE);
    assert_null(suite_get(suite, suite_id(order)));
    order_free(&order);
}

static void a_dead_letter_of_any_bytes_is_kept(void **state)
{
    struct suite *suite = *state;
    struct answer answers[2] = {{0}, {0}};
    struct dead_letter letter = {.source = "inbound",
                                 .topic = "inventory.stock_release_processed",
                                 .reason = "not JSON: \xff, na\xc3\xafve, \xe2\x82",
                                 .payload = "\0\xff{",
                                 .payload_length = 3};

    repository_dead_letter_add(suite->repository, &letter, suite_answer, &answers[0]);
    letter.payload = NULL;
    letter.payload_length = 0;
    repository_dead_letter_add(suite->repository, &letter, suite_answer, &answers[1]);
    for (int i = 0; i < 2; i++)
        suite_wait(suite->base, &answers[i].times);
    assert_int_equal(answers[0].status, STATUS_OK);
    assert_int_equal(answers[1].status, STATUS_OK);
}

static void a_healthy_store_answers_a_ping(void **state)
{
    struct suite *suite = *state;
    struct answer answers[3] = {{0}};

    for (int i = 0; i < 3; i++)
        repository_ping(suite->repository, suite_answer, &answers[i]);
    for (int i = 0; i < 3; i++) {
        suite_wait(suite->base, &answers[i].times);
        assert_int_equal(answers[i].status, STATUS_OK);
    }
}

static void what_is_beyond_the_queue_is_refused_at_once(void **state)
{
    struct suite *suite = *state;
    struct answer answers[10] = {{0}};

    suite_close(suite);
    suite_open(suite, (struct store_options){.queue_limit = 3});
    for (int i = 0; i < 10; i++)
        repository_ping(suite->repository, suite_answer, &answers[i]);
    for (int i = 3; i < 10; i++) {
        assert_int_equal(answers[i].times, 1);
        assert_int_equal(answers[i].status, STATUS_UNAVAILABLE);
    }
    for (int i = 0; i < 3; i++) {
        suite_wait(suite->base, &answers[i].times);
        assert_int_equal(answers[i].status, STATUS_OK);
    }
    memset(answers, 0, sizeof(answers));
    repository_ping(suite->repository, suite_answer, &answers[0]);
    suite_wait(suite->base, &answers[0].times);
    assert_int_equal(answers[0].status, STATUS_OK);
}

static void a_small_group_limit_only_makes_more_groups(void **state)
{
    struct suite *suite = *state;
    struct answer answers[20] = {{0}};

    suite_close(suite);
    suite_open(suite, (struct store_options){.group_limit = 3});
    for (int i = 0; i < 20; i++)
        repository_ping(suite->repository, suite_answer, &answers[i]);
    for (int i = 0; i < 20; i++) {
        suite_wait(suite->base, &answers[i].times);
        assert_int_equal(answers[i].status, STATUS_OK);
    }
}

enum { UNDER_WAY = 200 };

/* Half of the saves are sent to the writer before the repository closes, half never leave it. */
static void closing_answers_every_save_truly(void **state)
{
    struct suite *suite = *state;
    struct answer answers[UNDER_WAY] = {{0}};
    struct uuid ids[UNDER_WAY];
    size_t stored = 0;

    for (int i = 0; i < UNDER_WAY; i++) {
        struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, i);
        ids[i] = suite_id(order);
        repository_save(suite->repository, &(struct save){.order = order}, suite_answer,
                        &answers[i]);
        order_free(&order);
        if (i == UNDER_WAY / 2)
            (void)event_base_loop(suite->base, EVLOOP_NONBLOCK);
    }
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    for (int i = 0; i < UNDER_WAY; i++) {
        struct order *order = suite_get(suite, ids[i]);
        assert_int_equal(answers[i].times, 1);
        assert_true(answers[i].status == STATUS_OK || answers[i].status == STATUS_UNAVAILABLE);
        assert_true((order != NULL) == (answers[i].status == STATUS_OK));
        stored += order != NULL;
        order_free(&order);
    }
    assert_int_equal(suite_events(suite, "", 1000)->count, stored);
}

struct insistent {
    struct repository *repository;
    struct answer again;
};

static void ask_again(void *arg, enum status status, const struct fault *fault)
{
    struct insistent *insistent = arg;

    (void)status, (void)fault;
    repository_ping(insistent->repository, suite_answer, &insistent->again);
}

static void a_call_made_while_closing_is_answered_too(void **state)
{
    struct suite *suite = *state;
    struct insistent insistent = {.repository = suite->repository};

    repository_ping(suite->repository, ask_again, &insistent);
    suite_close(suite);
    assert_int_equal(insistent.again.times, 1);
    assert_int_equal(insistent.again.status, STATUS_UNAVAILABLE);
}

static void a_call_can_be_made_from_an_answer(void **state)
{
    struct suite *suite = *state;
    struct insistent insistent = {.repository = suite->repository};

    repository_ping(suite->repository, ask_again, &insistent);
    suite_wait(suite->base, &insistent.again.times);
    assert_int_equal(insistent.again.status, STATUS_OK);
}

int suite_run_writes(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(an_inbound_event_is_remembered_once),
        SUITE_TEST(of_two_in_one_turn_the_second_is_the_duplicate),
        SUITE_TEST(an_inbound_event_that_changed_no_order_changes_none_later),
        SUITE_TEST(a_dead_letter_of_any_bytes_is_kept),
        SUITE_TEST(a_healthy_store_answers_a_ping),
        SUITE_TEST(what_is_beyond_the_queue_is_refused_at_once),
        SUITE_TEST(a_small_group_limit_only_makes_more_groups),
        SUITE_TEST(closing_answers_every_save_truly),
        SUITE_TEST(a_call_made_while_closing_is_answered_too),
        SUITE_TEST(a_call_can_be_made_from_an_answer),
    };

    return cmocka_run_group_tests_name("writes", tests, NULL, NULL);
}
