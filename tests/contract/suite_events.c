/* The contract of the event stream: order, positions, heads, the word of commits, cursors. What a
 * position looks like is the implementation's: here it is compared, and nothing else. */
#include "suite.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

static void an_event_carries_what_the_order_recorded(void **state)
{
    static const char trace[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1234);
    struct uuid id = suite_id(order);
    struct answer answer = {0};
    const struct suite_event *event;
    const struct order_event *recorded;
    size_t count;

    repository_save(suite->repository, &(struct save){.order = order, .traceparent = trace},
                    suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(suite_events(suite, "", 10)->count, 1);
    event = &suite_events(suite, "", 10)->events[0];
    recorded = order_events(order, &count);
    assert_string_equal(event->topic, "order.created");
    assert_string_equal(event->type, "OrderCreatedEvent");
    assert_string_equal(event->traceparent, trace);
    assert_true(uuid_equal(&event->event_id, &recorded->event_id));
    assert_true(uuid_equal(&event->order_id, &id));
    assert_int_equal(event->occurred_at, recorded->occurred_at);
    assert_int_equal(strlen(event->data), recorded->data_length);
    assert_memory_equal(event->data, recorded->data, recorded->data_length);
    order_free(&order);
}

static void an_event_without_a_trace_has_none(void **state)
{
    struct suite *suite = *state;

    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    assert_false(suite_events(suite, "", 10)->events[0].has_traceparent);
}

/* Makes 1 + 2 + 2 events on four topics. */
static void add_events(struct suite *suite)
{
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1);

    assert_int_equal(suite_save(suite, order), STATUS_OK);
    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    assert_int_equal(suite_save(suite, order), STATUS_OK);
    suite_change(order, ORDER_CANCELLED, "why", SUITE_NOW_MS + 2);
    assert_int_equal(suite_save(suite, order), STATUS_OK);
    order_free(&order);
}

static void events_come_in_the_order_of_their_commits(void **state)
{
    static const char *const topics[] = {"order.created", "order.status_changed",
                                         "order.status_changed", "order.cancelled"};
    struct suite *suite = *state;
    const struct event_list *list;

    add_events(suite);
    list = suite_events(suite, "", 100);
    assert_int_equal(list->status, STATUS_OK);
    assert_int_equal(list->count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(list->events[i].topic, topics[i]);
    for (size_t i = 1; i < 4; i++)
        assert_true(strcmp(list->events[i - 1].position.text, list->events[i].position.text) < 0);
}

static void an_event_names_the_one_before_it_on_its_topic(void **state)
{
    struct suite *suite = *state;
    const struct event_list *list;

    add_events(suite);
    add_events(suite);
    list = suite_events(suite, "", 100);
    assert_int_equal(list->count, 8);
    assert_string_equal(list->events[0].previous.text, "");
    assert_string_equal(list->events[1].previous.text, "");
    assert_string_equal(list->events[2].previous.text, list->events[1].position.text);
    assert_string_equal(list->events[3].previous.text, "");
    assert_string_equal(list->events[4].previous.text, list->events[0].position.text);
    assert_string_equal(list->events[5].previous.text, list->events[2].position.text);
    assert_string_equal(list->events[7].previous.text, list->events[3].position.text);
}

static void an_event_names_the_one_that_it_follows(void **state)
{
    struct suite *suite = *state;
    struct event_list all;
    const struct event_list *some;

    add_events(suite);
    add_events(suite);
    all = *suite_events(suite, "", 100);
    assert_string_equal(all.events[0].follows.text, "");
    for (size_t i = 1; i < all.count; i++)
        assert_string_equal(all.events[i].follows.text, all.events[i - 1].position.text);
    some = suite_events(suite, all.events[4].position.text, 2);
    assert_string_equal(some->events[0].follows.text, all.events[4].position.text);
    assert_string_equal(some->events[1].follows.text, all.events[5].position.text);
}

static void previous_positions_hold_when_the_store_is_opened_again(void **state)
{
    struct suite *suite = *state;
    const struct event_list *list;

    add_events(suite);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    add_events(suite);
    list = suite_events(suite, "", 100);
    assert_string_equal(list->events[4].previous.text, list->events[0].position.text);
    assert_string_equal(list->events[7].previous.text, list->events[3].position.text);
}

static void a_read_begins_after_its_position_and_ends_at_its_limit(void **state)
{
    struct suite *suite = *state;
    struct event_list all;
    const struct event_list *some;

    add_events(suite);
    add_events(suite);
    all = *suite_events(suite, "", 100);
    some = suite_events(suite, all.events[2].position.text, 3);
    assert_int_equal(some->count, 3);
    assert_string_equal(some->events[0].position.text, all.events[3].position.text);
    /* What is before the batch counts for the previous position, too. */
    assert_string_equal(some->events[1].previous.text, all.events[0].position.text);
    some = suite_events(suite, all.events[7].position.text, 3);
    assert_int_equal(some->status, STATUS_OK);
    assert_int_equal(some->count, 0);
}

static void a_position_that_is_none_of_ours_is_refused(void **state)
{
    static const char *const hostile[] = {
        "1",
        "-000000000000001",
        "00000000000000zz",
        "0x00000000000001",
        "0000000000000000",
        " 000000000000001",
        "0000000000000001-",
        "0000000000000001-000000000000000",
        "0000000000000001-000000000000000z",
        "0000000000000001 0000000000000001",
        "000000000000000A-000000000000000B",
        "0000000000000001-0000000000000001-",
        "' OR 1",
        "000000000000000000000000000000000000001",
    };
    struct suite *suite = *state;

    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++)
        assert_int_equal(suite_events(suite, hostile[i], 10)->status, STATUS_INVALID);
}

/* ---- heads ---- */

static void a_new_stream_has_no_heads(void **state)
{
    struct suite_heads heads = suite_heads(*state);

    assert_string_equal(heads.head.text, "");
    assert_int_equal(heads.count, 0);
}

static void heads_are_the_last_positions(void **state)
{
    struct suite *suite = *state;
    const struct event_list *list;
    struct suite_heads heads;

    add_events(suite);
    add_events(suite);
    heads = suite_heads(suite);
    list = suite_events(suite, "", 100);
    assert_string_equal(heads.head.text, list->events[7].position.text);
    assert_int_equal(heads.count, 3);
    for (size_t topic = 0; topic < heads.count; topic++)
        for (size_t i = 0; i < list->count; i++)
            if (strcmp(list->events[i].topic, heads.topics[topic]) == 0)
                assert_true(strcmp(list->events[i].position.text, heads.positions[topic].text) <=
                            0);
}

static void the_epoch_stays_with_the_store(void **state)
{
    struct suite *suite = *state;
    char epoch[64];
    struct uuid uuid;

    snprintf(epoch, sizeof(epoch), "%s", store_epoch(suite->store));
    assert_int_equal(uuid_parse(epoch, strlen(epoch), &uuid), STATUS_OK);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    assert_string_equal(store_epoch(suite->store), epoch);
}

static void the_name_of_a_store_says_what_it_is(void **state)
{
    struct suite *suite = *state;

    assert_int_equal(
        strncmp(store_name(suite->store), suite_factory->name, strlen(suite_factory->name)), 0);
}

static void another_store_has_another_epoch(void **state)
{
    struct suite *suite = *state, other = {.base = suite->base};

    other.place = suite_factory->create();
    suite_open(&other, (struct store_options){0});
    assert_string_not_equal(store_epoch(suite->store), store_epoch(other.store));
    suite_close(&other);
    suite_factory->destroy(other.place);
}

/* ---- the word of commits ---- */

static void count_up(void *arg)
{
    ++*(int *)arg;
}

static void a_watcher_hears_of_a_commit(void **state)
{
    struct suite *suite = *state;
    int heard = 0;

    repository_watch(suite->repository, count_up, &heard);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    suite_wait(suite->base, &heard);
    heard = 0;
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    suite_wait(suite->base, &heard);
    repository_watch(suite->repository, NULL, NULL);
}

static void a_watcher_hears_of_other_repositories(void **state)
{
    struct suite *suite = *state;
    struct repository *other = NULL;
    int heard = 0;

    assert_int_equal(repository_open(suite->store, suite->base, &other, NULL), STATUS_OK);
    repository_watch(other, count_up, &heard);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    suite_wait(suite->base, &heard);
    repository_close(&other);
}

static void who_does_not_watch_any_more_hears_nothing(void **state)
{
    struct suite *suite = *state;
    struct repository *other = NULL;
    int heard = 0, other_heard = 0;

    assert_int_equal(repository_open(suite->store, suite->base, &other, NULL), STATUS_OK);
    repository_watch(suite->repository, count_up, &heard);
    repository_watch(other, count_up, &other_heard);
    repository_watch(suite->repository, NULL, NULL);
    (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    suite_wait(suite->base, &other_heard);
    assert_int_equal(heard, 0);
    repository_close(&other);
}

/* ---- cursors ---- */

static void a_cursor_is_what_was_written_last(void **state)
{
    struct suite *suite = *state;
    struct event_list list;

    add_events(suite);
    list = *suite_events(suite, "", 100);
    assert_int_equal(suite_write_cursor(suite, "relay", list.events[0].position), STATUS_OK);
    assert_string_equal(suite_read_cursor(suite, "relay").position.text,
                        list.events[0].position.text);
    assert_int_equal(suite_write_cursor(suite, "relay", list.events[3].position), STATUS_OK);
    assert_int_equal(suite_write_cursor(suite, "hooks", list.events[1].position), STATUS_OK);
    assert_string_equal(suite_read_cursor(suite, "relay").position.text,
                        list.events[3].position.text);
    assert_string_equal(suite_read_cursor(suite, "hooks").position.text,
                        list.events[1].position.text);
}

static void a_cursor_can_stand_before_the_first_event(void **state)
{
    assert_int_equal(suite_write_cursor(*state, "relay", (struct position){{0}}), STATUS_OK);
    assert_int_equal(suite_read_cursor(*state, "relay").status, STATUS_OK);
    assert_string_equal(suite_read_cursor(*state, "relay").position.text, "");
}

static void a_cursor_without_a_name_written_is_not_found(void **state)
{
    assert_int_equal(suite_read_cursor(*state, "relay").status, STATUS_NOT_FOUND);
}

static void a_cursor_at_no_position_is_refused(void **state)
{
    assert_int_equal(suite_write_cursor(*state, "relay", (struct position){"nowhere"}),
                     STATUS_INVALID);
    assert_int_equal(suite_read_cursor(*state, "relay").status, STATUS_NOT_FOUND);
}

int suite_run_events(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(an_event_carries_what_the_order_recorded),
        SUITE_TEST(an_event_without_a_trace_has_none),
        SUITE_TEST(events_come_in_the_order_of_their_commits),
        SUITE_TEST(an_event_names_the_one_before_it_on_its_topic),
        SUITE_TEST(an_event_names_the_one_that_it_follows),
        SUITE_TEST(previous_positions_hold_when_the_store_is_opened_again),
        SUITE_TEST(a_read_begins_after_its_position_and_ends_at_its_limit),
        SUITE_TEST(a_position_that_is_none_of_ours_is_refused),
        SUITE_TEST(a_new_stream_has_no_heads),
        SUITE_TEST(heads_are_the_last_positions),
        SUITE_TEST(the_epoch_stays_with_the_store),
        SUITE_TEST(the_name_of_a_store_says_what_it_is),
        SUITE_TEST(another_store_has_another_epoch),
        SUITE_TEST(a_watcher_hears_of_a_commit),
        SUITE_TEST(a_watcher_hears_of_other_repositories),
        SUITE_TEST(who_does_not_watch_any_more_hears_nothing),
        SUITE_TEST(a_cursor_is_what_was_written_last),
        SUITE_TEST(a_cursor_can_stand_before_the_first_event),
        SUITE_TEST(a_cursor_without_a_name_written_is_not_found),
        SUITE_TEST(a_cursor_at_no_position_is_refused),
    };

    return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
