/* The contract of the stream as a whole: its floor and its head, what is gone, and where a time
 * begins. */
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MINUTE_MS = 60000, MOST = 80 };

static void add(struct suite *suite, int count, int64_t now_ms)
{
    for (int i = 0; i < count; i++)
        (void)suite_add(suite, suite_user(1), now_ms, 1);
}

/* Where the events stand, of which there are `count`. */
static void positions(struct suite *suite, size_t count, struct position at[])
{
    const struct event_list *list = suite_events(suite, "", 1000);

    assert_int_equal(list->count, count);
    for (size_t i = 0; i < count; i++)
        at[i] = list->events[i].position;
}

/* Removes events that happened before. */
static void remove_before(struct suite *suite, int64_t events_before, size_t expected)
{
    struct prune what = {.events_before = events_before, .limit = 1000};
    struct suite_pruned pruned = suite_prune(suite, what);

    assert_int_equal(pruned.status, STATUS_OK);
    assert_int_equal(pruned.removed, expected);
}

/* ---- the ends ---- */

static void a_new_stream_has_neither_floor_nor_head(void **state)
{
    struct suite_heads ends = suite_heads(*state);

    assert_string_equal(ends.floor.text, "");
    assert_string_equal(ends.head.text, "");
    assert_int_equal(ends.count, 0);
}

static void there_is_no_floor_while_nothing_was_removed(void **state)
{
    struct suite *suite = *state;
    struct position at[2];

    add(suite, 2, SUITE_NOW_MS);
    remove_before(suite, SUITE_NOW_MS, 0);
    positions(suite, 2, at);
    assert_string_equal(suite_heads(suite).floor.text, "");
    assert_string_equal(suite_heads(suite).head.text, at[1].text);
}

static void the_floor_is_the_last_event_that_was_removed(void **state)
{
    struct suite *suite = *state;
    struct position at[4];

    add(suite, 2, SUITE_NOW_MS);
    add(suite, 2, SUITE_NOW_MS + 1);
    positions(suite, 4, at);
    remove_before(suite, SUITE_NOW_MS + 1, 2);
    assert_string_equal(suite_heads(suite).floor.text, at[1].text);
    assert_string_equal(suite_heads(suite).head.text, at[3].text);
}

static void the_floor_is_the_head_when_all_were_removed(void **state)
{
    struct suite *suite = *state;
    struct position at[3];

    add(suite, 3, SUITE_NOW_MS);
    positions(suite, 3, at);
    remove_before(suite, SUITE_NOW_MS + 1, 3);
    for (int round = 0; round < 2; round++) {
        assert_string_equal(suite_heads(suite).floor.text, at[2].text);
        assert_string_equal(suite_heads(suite).head.text, at[2].text);
        suite_close(suite);
        suite_open(suite, (struct store_options){0});
    }
    add(suite, 1, SUITE_NOW_MS);
    assert_string_equal(suite_heads(suite).floor.text, at[2].text);
    assert_true(strcmp(suite_heads(suite).head.text, at[2].text) > 0);
}

/* Created, confirmed, then cancelled with two events: the last removed is of another topic than the
 * last of the others. */
static void the_floor_is_of_all_topics(void **state)
{
    struct suite *suite = *state;
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1);
    struct position at[4];

    assert_int_equal(suite_save(suite, order), STATUS_OK);
    suite_change(order, ORDER_CONFIRMED, NULL, SUITE_NOW_MS + 1);
    assert_int_equal(suite_save(suite, order), STATUS_OK);
    suite_change(order, ORDER_CANCELLED, "why", SUITE_NOW_MS + 2);
    assert_int_equal(suite_save(suite, order), STATUS_OK);
    order_free(&order);
    positions(suite, 4, at);
    for (size_t i = 0; i < 3; i++) {
        struct suite_pruned pruned = suite_prune(
            suite, (struct prune){.events_before = SUITE_NOW_MS + MINUTE_MS, .limit = 1});
        assert_int_equal(pruned.removed, 1);
        assert_string_equal(suite_heads(suite).floor.text, at[i].text);
        assert_string_equal(suite_heads(suite).head.text, at[3].text);
    }
}

/* ---- what is gone ---- */

static void a_read_from_below_the_floor_is_told_so(void **state)
{
    struct suite *suite = *state;
    struct position at[5];
    const struct event_list *list;

    add(suite, 3, SUITE_NOW_MS);
    add(suite, 2, SUITE_NOW_MS + 1);
    positions(suite, 5, at);
    remove_before(suite, SUITE_NOW_MS + 1, 3);
    for (size_t i = 0; i < 2; i++) {
        list = suite_events(suite, at[i].text, 100);
        assert_int_equal(list->status, STATUS_GONE);
        assert_int_equal(list->count, 0);
    }
    list = suite_events(suite, at[2].text, 100);
    assert_int_equal(list->status, STATUS_OK);
    assert_int_equal(list->count, 2);
    assert_int_equal(suite_events(suite, at[3].text, 100)->count, 1);
    list = suite_events(suite, "", 100);
    assert_int_equal(list->status, STATUS_OK);
    assert_int_equal(list->count, 2);
}

static void when_nothing_is_left_only_the_head_is_not_below_the_floor(void **state)
{
    struct suite *suite = *state;
    struct position at[2];

    add(suite, 2, SUITE_NOW_MS);
    positions(suite, 2, at);
    remove_before(suite, SUITE_NOW_MS + 1, 2);
    assert_int_equal(suite_events(suite, at[0].text, 100)->status, STATUS_GONE);
    assert_int_equal(suite_events(suite, at[1].text, 100)->status, STATUS_OK);
    assert_int_equal(suite_events(suite, at[1].text, 100)->count, 0);
    assert_int_equal(suite_events(suite, "", 100)->status, STATUS_OK);
    assert_int_equal(suite_events(suite, "", 100)->count, 0);
}

static void a_read_of_no_events_tells_what_is_gone_too(void **state)
{
    struct suite *suite = *state;
    struct position at[2];

    add(suite, 2, SUITE_NOW_MS);
    positions(suite, 2, at);
    assert_int_equal(suite_events(suite, at[0].text, 0)->status, STATUS_OK);
    remove_before(suite, SUITE_NOW_MS + 1, 2);
    assert_int_equal(suite_events(suite, at[0].text, 0)->status, STATUS_GONE);
}

/* ---- times ---- */

static struct position find(struct suite *suite, int64_t time)
{
    struct suite_position found = {0};

    repository_events_find_time(suite->repository, time, suite_on_position, &found);
    suite_wait(suite->base, &found.times);
    assert_int_equal(found.times, 1);
    assert_int_equal(found.status, STATUS_OK);
    return found.position;
}

static void an_empty_stream_begins_at_the_beginning(void **state)
{
    struct suite *suite = *state;

    assert_string_equal(find(suite, SUITE_NOW_MS).text, "");
    add(suite, 2, SUITE_NOW_MS);
    remove_before(suite, SUITE_NOW_MS + 1, 2);
    assert_string_equal(find(suite, SUITE_NOW_MS + MINUTE_MS).text, "");
}

/* Ten minutes from one to the next, so the longest delay moves none past another. */
static void a_time_is_found_between_its_events(void **state)
{
    struct suite *suite = *state;
    struct position at[MOST];
    const int64_t step = 10 * (int64_t)MINUTE_MS;
    static const size_t counts[] = {1, 2, 3, 8, 17};

    for (size_t round = 0, count = 0; round < sizeof(counts) / sizeof(counts[0]); round++) {
        for (; count < counts[round]; count++)
            add(suite, 1, SUITE_NOW_MS + (int64_t)count * step);
        positions(suite, count, at);
        assert_string_equal(find(suite, SUITE_NOW_MS).text, "");
        for (size_t i = 1; i < count; i++) {
            int64_t time = SUITE_NOW_MS + (int64_t)i * step;
            assert_string_equal(find(suite, time).text, at[i - 1].text);
            assert_string_equal(find(suite, time - step / 2).text, at[i - 1].text);
        }
        assert_string_equal(find(suite, SUITE_NOW_MS + (int64_t)count * step).text,
                            at[count - 1].text);
    }
}

static void times_of_long_ago_and_to_come_have_their_place(void **state)
{
    struct suite *suite = *state;
    struct position at[3];

    add(suite, 3, SUITE_NOW_MS);
    positions(suite, 3, at);
    assert_string_equal(find(suite, INT64_C(-62135596800000)).text, ""); /* the year 1 */
    assert_string_equal(find(suite, 0).text, "");
    assert_string_equal(find(suite, INT64_C(253402300799999)).text, at[2].text); /* 9999 */
}

/* Whoever begins at the position gets everything that happened then or later. */
static void assert_none_missed(struct suite *suite, const struct event_list *all, int64_t time)
{
    struct position found = find(suite, time);

    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->events[i].position.text, found.text) <= 0)
            assert_true(all->events[i].occurred_at < time);
}

/* Each was committed two seconds after the one before, and up to EVENT_DELAY_MS after it happened.
 */
static void events_that_were_committed_late_are_not_missed(void **state)
{
    struct suite *suite = *state;
    static struct event_list all;
    unsigned int seed = 5;

    for (int i = 0; i < MOST; i++) {
        seed = seed * 1103515245U + 12345U;
        add(suite, 1, SUITE_NOW_MS + i * INT64_C(2000) - (int64_t)(seed >> 8) % EVENT_DELAY_MS);
    }
    all = *suite_events(suite, "", 1000);
    assert_int_equal(all.count, MOST);
    for (int64_t time = -2 * MINUTE_MS; time < 4 * MINUTE_MS; time += 1500)
        assert_none_missed(suite, &all, SUITE_NOW_MS + time);
}

static void a_time_is_found_above_the_floor(void **state)
{
    struct suite *suite = *state;
    struct position at[6];
    const int64_t step = 10 * (int64_t)MINUTE_MS;

    for (int i = 0; i < 6; i++)
        add(suite, 1, SUITE_NOW_MS + i * step);
    positions(suite, 6, at);
    remove_before(suite, SUITE_NOW_MS + 3 * step, 3);
    for (int i = 0; i < 6; i++) {
        struct position found = find(suite, SUITE_NOW_MS + i * step);
        assert_int_equal(suite_events(suite, found.text, 100)->status, STATUS_OK);
        assert_int_equal(suite_events(suite, found.text, 100)->count, i < 3 ? 3 : 6 - i);
    }
}

int suite_run_stream(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(a_new_stream_has_neither_floor_nor_head),
        SUITE_TEST(there_is_no_floor_while_nothing_was_removed),
        SUITE_TEST(the_floor_is_the_last_event_that_was_removed),
        SUITE_TEST(the_floor_is_the_head_when_all_were_removed),
        SUITE_TEST(the_floor_is_of_all_topics),
        SUITE_TEST(a_read_from_below_the_floor_is_told_so),
        SUITE_TEST(when_nothing_is_left_only_the_head_is_not_below_the_floor),
        SUITE_TEST(a_read_of_no_events_tells_what_is_gone_too),
        SUITE_TEST(an_empty_stream_begins_at_the_beginning),
        SUITE_TEST(a_time_is_found_between_its_events),
        SUITE_TEST(times_of_long_ago_and_to_come_have_their_place),
        SUITE_TEST(events_that_were_committed_late_are_not_missed),
        SUITE_TEST(a_time_is_found_above_the_floor),
    };

    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
