/* The contract of what came in: a message is taken once, waits until it is handled, and is known
 * for long after that. */
#include "suite.h"

#include "base/clock.h"

#include <event2/event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct inbound message(const char *event_id)
{
    return (struct inbound){.event_id = event_id,
                            .topic = "inventory.stock_release_processed",
                            .about = "an order",
                            .payload = "{\"success\":true}",
                            .payload_length = strlen("{\"success\":true}")};
}

static enum status put(struct suite *suite, const char *event_id)
{
    struct inbound what = message(event_id);

    return suite_put(suite, &what);
}

static enum status handled(struct suite *suite, const char *event_id)
{
    struct answer answer = {0};

    repository_inbound_handled(suite->repository, event_id, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.times, 1);
    return answer.status;
}

/* ---- taking ---- */

static void a_message_waits_as_it_came(void **state)
{
    struct suite *suite = *state;
    struct inbound what = message("event-1");
    int64_t before = clock_wall_ms();
    const struct suite_pending *pending;

    assert_int_equal(suite_put(suite, &what), STATUS_OK);
    for (int round = 0; round < 2; round++) {
        pending = suite_pending(suite, 10);
        assert_int_equal(pending->count, 1);
        assert_string_equal(pending->rows[0].event_id, "event-1");
        assert_string_equal(pending->rows[0].topic, what.topic);
        assert_string_equal(pending->rows[0].about, what.about);
        assert_int_equal(pending->rows[0].payload_length, what.payload_length);
        assert_memory_equal(pending->rows[0].payload, what.payload, what.payload_length);
        assert_in_range(pending->rows[0].received_at, before, clock_wall_ms());
        suite_close(suite);
        suite_open(suite, (struct store_options){0});
    }
}

static void a_message_may_be_about_nothing_and_be_empty(void **state)
{
    struct suite *suite = *state;
    struct inbound what = {.event_id = "e", .topic = "t"};
    const struct suite_pending *pending;

    assert_int_equal(suite_put(suite, &what), STATUS_OK);
    pending = suite_pending(suite, 10);
    assert_int_equal(pending->count, 1);
    assert_false(pending->rows[0].has_about);
    assert_int_equal(pending->rows[0].payload_length, 0);
}

static void a_new_store_has_nothing_that_waits(void **state)
{
    assert_int_equal(suite_pending(*state, 10)->count, 0);
}

static void the_same_message_again_changes_nothing(void **state)
{
    struct suite *suite = *state;
    struct inbound again = message("event-1");

    assert_int_equal(put(suite, "event-1"), STATUS_OK);
    again.payload = "another";
    again.payload_length = strlen("another");
    again.topic = "another.topic";
    assert_int_equal(suite_put(suite, &again), STATUS_DUPLICATE);
    assert_int_equal(suite_pending(suite, 10)->count, 1);
    assert_string_equal(suite_pending(suite, 10)->rows[0].topic,
                        "inventory.stock_release_processed");
}

static void the_same_message_is_known_after_it_was_handled(void **state)
{
    struct suite *suite = *state;

    assert_int_equal(put(suite, "event-1"), STATUS_OK);
    assert_int_equal(handled(suite, "event-1"), STATUS_OK);
    assert_int_equal(put(suite, "event-1"), STATUS_DUPLICATE);
    assert_int_equal(suite_pending(suite, 10)->count, 0);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    assert_int_equal(put(suite, "event-1"), STATUS_DUPLICATE);
    assert_int_equal(suite_pending(suite, 10)->count, 0);
}

/* In one transaction, too. */
static void of_the_same_message_twice_at_once_one_is_taken(void **state)
{
    struct suite *suite = *state;
    struct inbound one = message("event-1"), other = message("event-2");
    struct answer answers[4] = {{0}};

    repository_inbound_put(suite->repository, &one, suite_answer, &answers[0]);
    repository_inbound_put(suite->repository, &one, suite_answer, &answers[1]);
    repository_inbound_put(suite->repository, &other, suite_answer, &answers[2]);
    repository_inbound_put(suite->repository, &one, suite_answer, &answers[3]);
    for (int i = 0; i < 4; i++)
        suite_wait(suite->base, &answers[i].times);
    assert_int_equal(answers[0].status, STATUS_OK);
    assert_int_equal(answers[1].status, STATUS_DUPLICATE);
    assert_int_equal(answers[2].status, STATUS_OK);
    assert_int_equal(answers[3].status, STATUS_DUPLICATE);
    assert_int_equal(suite_pending(suite, 10)->count, 2);
}

static void an_event_id_is_text_and_nothing_else(void **state)
{
    static const char *const ids[] = {"'); DROP TABLE inbound; --",
                                      "%",
                                      "\"",
                                      "\xc3\xa9\xe2\x82\xac",
                                      "a\nb\t\x01\x7f",
                                      "EVENT",
                                      "event",
                                      " event",
                                      "event "};
    enum { IDS = sizeof(ids) / sizeof(ids[0]) };
    struct suite *suite = *state;
    char longest[INBOUND_ID_LIMIT + 2];

    for (size_t i = 0; i < IDS; i++)
        assert_int_equal(put(suite, ids[i]), STATUS_OK);
    for (size_t i = 0; i < IDS; i++)
        assert_string_equal(suite_pending(suite, IDS)->rows[i].event_id, ids[i]);
    for (size_t i = 0; i < IDS; i++)
        assert_int_equal(handled(suite, ids[i]), STATUS_OK);
    memset(longest, 'n', sizeof(longest));
    longest[INBOUND_ID_LIMIT + 1] = '\0';
    assert_int_equal(put(suite, longest), STATUS_INVALID);
    assert_int_equal(put(suite, ""), STATUS_INVALID);
    longest[INBOUND_ID_LIMIT] = '\0';
    assert_int_equal(put(suite, longest), STATUS_OK);
    assert_string_equal(suite_pending(suite, 10)->rows[0].event_id, longest);
}

/* Every byte there is, in a large message. */
static void a_payload_is_bytes_and_nothing_else(void **state)
{
    enum { LARGE = 256 * 1024 };
    struct suite *suite = *state;
    struct inbound what = message("event-1");
    char *payload = malloc(LARGE);
    const struct suite_pending *pending;

    assert_non_null(payload);
    for (int i = 0; i < LARGE; i++)
        payload[i] = (char)(i ^ i >> 8);
    what.payload = payload;
    what.payload_length = LARGE;
    assert_int_equal(suite_put(suite, &what), STATUS_OK);
    pending = suite_pending(suite, 10);
    assert_int_equal(pending->rows[0].payload_length, LARGE);
    assert_memory_equal(pending->rows[0].payload, payload, LARGE);
    free(payload);
}

/* ---- what waits ---- */

static void what_waits_comes_in_the_order_of_its_coming(void **state)
{
    struct suite *suite = *state;
    const struct suite_pending *pending;
    char event_id[16];

    for (int i = 0; i < 9; i++) {
        snprintf(event_id, sizeof(event_id), "event-%d", 9 - i);
        assert_int_equal(put(suite, event_id), STATUS_OK);
    }
    assert_int_equal(handled(suite, "event-7"), STATUS_OK);
    pending = suite_pending(suite, 10);
    assert_int_equal(pending->count, 8);
    for (size_t i = 0, number = 9; i < 8; i++, number--) {
        if (number == 7)
            number--;
        snprintf(event_id, sizeof(event_id), "event-%zu", number);
        assert_string_equal(pending->rows[i].event_id, event_id);
        assert_true(i == 0 || pending->rows[i - 1].number < pending->rows[i].number);
    }
    pending = suite_pending(suite, 3);
    assert_int_equal(pending->count, 3);
    assert_string_equal(pending->rows[2].event_id, "event-6");
    assert_int_equal(suite_pending(suite, 0)->count, 0);
}

/* ---- handling ---- */

static void a_message_is_handled_once(void **state)
{
    struct suite *suite = *state;

    assert_int_equal(put(suite, "event-1"), STATUS_OK);
    assert_int_equal(put(suite, "event-2"), STATUS_OK);
    assert_int_equal(handled(suite, "event-1"), STATUS_OK);
    assert_int_equal(handled(suite, "event-1"), STATUS_NOT_FOUND);
    assert_int_equal(handled(suite, "event-3"), STATUS_NOT_FOUND);
    assert_int_equal(suite_pending(suite, 10)->count, 1);
    assert_string_equal(suite_pending(suite, 10)->rows[0].event_id, "event-2");
}

static void that_it_came_and_that_it_had_its_effect_are_two_things(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1);
    struct answer answer = {0};

    assert_int_equal(put(suite, "event-1"), STATUS_OK);
    assert_int_equal(suite_save_caused(suite, order, "event-1"), STATUS_OK);
    assert_int_equal(suite_pending(suite, 10)->count, 1);
    assert_int_equal(handled(suite, "event-1"), STATUS_OK);
    repository_inbox_add(suite->repository, "event-1", suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_DUPLICATE);
    order_free(&order);
}

/* ---- the word of them ---- */

static void count_up(void *arg)
{
    ++*(int *)arg;
}

static void a_watcher_hears_of_a_message(void **state)
{
    struct suite *suite = *state;
    struct repository *other = NULL;
    int heard = 0, other_heard = 0;

    assert_int_equal(repository_open(suite->store, suite->base, &other, NULL), STATUS_OK);
    repository_watch(suite->repository, count_up, &heard);
    repository_watch(other, count_up, &other_heard);
    assert_int_equal(put(suite, "event-1"), STATUS_OK);
    suite_wait(suite->base, &heard);
    suite_wait(suite->base, &other_heard);
    heard = 0;
    assert_int_equal(put(suite, "event-2"), STATUS_OK);
    suite_wait(suite->base, &heard);
    repository_close(&other);
    repository_watch(suite->repository, NULL, NULL);
}

/* ---- many hands ---- */

enum { THREADS = 3, EACH = 100 };

struct sender {
    pthread_t thread;
    struct store *store;
    int begun, answered, taken, known, wrong;
    struct event_base *base;
    struct repository *repository;
};

static void put_next(struct sender *sender);

static void on_put(void *arg, enum status status, const struct fault *fault)
{
    struct sender *sender = arg;

    (void)fault;
    sender->taken += status == STATUS_OK;
    sender->known += status == STATUS_DUPLICATE;
    if (++sender->answered == EACH)
        event_base_loopbreak(sender->base);
    if (sender->begun < EACH)
        put_next(sender);
}

static void put_next(struct sender *sender)
{
    char event_id[32];
    struct inbound what;

    snprintf(event_id, sizeof(event_id), "event-%d", sender->begun++);
    what = message(event_id);
    repository_inbound_put(sender->repository, &what, on_put, sender);
}

static void *run_sender(void *arg)
{
    struct sender *sender = arg;

    sender->base = event_base_new();
    if (repository_open(sender->store, sender->base, &sender->repository, NULL) != STATUS_OK) {
        sender->wrong++;
    } else {
        for (int i = 0; i < 16; i++)
            put_next(sender);
        event_base_dispatch(sender->base);
        repository_close(&sender->repository);
    }
    event_base_free(sender->base);
    return NULL;
}

static void of_many_that_send_the_same_each_message_is_taken_once(void **state)
{
    struct suite *suite = *state;
    struct sender senders[THREADS];
    int taken = 0;

    memset(senders, 0, sizeof(senders));
    for (int i = 0; i < THREADS; i++) {
        senders[i].store = suite->store;
        assert_int_equal(pthread_create(&senders[i].thread, NULL, run_sender, &senders[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(senders[i].thread, NULL), 0);
        assert_int_equal(senders[i].wrong, 0);
        assert_int_equal(senders[i].taken + senders[i].known, EACH);
        taken += senders[i].taken;
    }
    assert_int_equal(taken, EACH);
    assert_int_equal(suite_pending(suite, 1000)->count, EACH);
}

/* ---- closing ---- */

static void on_pending(void *arg, enum status status, const struct stored_inbound *messages,
                       size_t count, const struct fault *fault)
{
    (void)status, (void)messages, (void)count, (void)fault;
    ++*(int *)arg;
}

static void a_put_under_way_is_answered_truly_when_the_repository_closes(void **state)
{
    struct suite *suite = *state;
    struct inbound what = message("event-1");
    struct answer put_answer = {0}, handled_answer = {0};
    int read = 0;

    repository_inbound_put(suite->repository, &what, suite_answer, &put_answer);
    repository_inbound_handled(suite->repository, "event-2", suite_answer, &handled_answer);
    repository_inbound_pending(suite->repository, 10, on_pending, &read);
    suite_close(suite);
    assert_int_equal(put_answer.times, 1);
    assert_int_equal(handled_answer.times, 1);
    assert_int_equal(read, 1);
    suite_open(suite, (struct store_options){0});
    if (put_answer.status == STATUS_OK)
        assert_int_equal(suite_pending(suite, 10)->count, 1);
    else if (put_answer.status == STATUS_UNAVAILABLE)
        assert_int_equal(suite_pending(suite, 10)->count, 0);
    else
        assert_int_equal(put_answer.status, STATUS_TIMEOUT);
}

int suite_run_inbound(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(a_message_waits_as_it_came),
        SUITE_TEST(a_message_may_be_about_nothing_and_be_empty),
        SUITE_TEST(a_new_store_has_nothing_that_waits),
        SUITE_TEST(the_same_message_again_changes_nothing),
        SUITE_TEST(the_same_message_is_known_after_it_was_handled),
        SUITE_TEST(of_the_same_message_twice_at_once_one_is_taken),
        SUITE_TEST(an_event_id_is_text_and_nothing_else),
        SUITE_TEST(a_payload_is_bytes_and_nothing_else),
        SUITE_TEST(what_waits_comes_in_the_order_of_its_coming),
        SUITE_TEST(a_message_is_handled_once),
        SUITE_TEST(that_it_came_and_that_it_had_its_effect_are_two_things),
        SUITE_TEST(a_watcher_hears_of_a_message),
        SUITE_TEST(of_many_that_send_the_same_each_message_is_taken_once),
        SUITE_TEST(a_put_under_way_is_answered_truly_when_the_repository_closes),
    };

    return cmocka_run_group_tests_name("inbound", tests, NULL, NULL);
}
