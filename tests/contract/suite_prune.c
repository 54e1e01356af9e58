/* The contract of making room: what goes, what stays, and that the stream goes on as if nothing had
 * gone. */
#include "suite.h"

#include "base/clock.h"

#include <event2/event.h>
#include <stdio.h>
#include <string.h>

static struct suite_pruned prune(struct suite *suite, int64_t events_before, size_t limit)
{
    return suite_prune(suite, (struct prune){.events_before = events_before, .limit = limit});
}

static size_t removed(struct suite *suite, int64_t events_before, size_t limit)
{
    struct suite_pruned pruned = prune(suite, events_before, limit);

    assert_int_equal(pruned.status, STATUS_OK);
    return pruned.removed;
}

static void add(struct suite *suite, int count, int64_t now_ms)
{
    for (int i = 0; i < count; i++)
        (void)suite_add(suite, suite_user(1), now_ms, 1);
}

/* Lives until the next call. */
static const struct event_list *all_events(struct suite *suite)
{
    return suite_events(suite, "", 1000);
}

/* Where the events stand, of which there are `count`. */
static void positions(struct suite *suite, size_t count, struct position at[])
{
    const struct event_list *list = all_events(suite);

    assert_int_equal(list->count, count);
    for (size_t i = 0; i < count; i++)
        at[i] = list->events[i].position;
}

#define LATER_MS (SUITE_NOW_MS + 1000)

/* ---- events ---- */

static void old_events_go_and_young_ones_stay(void **state)
{
    struct suite *suite = *state;
    const struct event_list *list;

    add(suite, 3, SUITE_NOW_MS);
    add(suite, 2, LATER_MS);
    assert_int_equal(removed(suite, SUITE_NOW_MS, 100), 0);
    assert_int_equal(removed(suite, LATER_MS, 100), 3);
    list = all_events(suite);
    assert_int_equal(list->count, 2);
    for (size_t i = 0; i < list->count; i++)
        assert_int_equal(list->events[i].occurred_at, LATER_MS);
    assert_int_equal(removed(suite, LATER_MS, 100), 0);
}

static void old_events_behind_a_young_one_wait_for_it(void **state)
{
    struct suite *suite = *state;

    add(suite, 1, SUITE_NOW_MS);
    add(suite, 1, LATER_MS); /* a clock was ahead */
    add(suite, 3, SUITE_NOW_MS);
    assert_int_equal(removed(suite, LATER_MS, 100), 1);
    assert_int_equal(all_events(suite)->count, 4);
    assert_int_equal(removed(suite, LATER_MS + 1, 100), 4);
}

static void orders_stay_when_their_events_go(void **state)
{
    struct suite *suite = *state;
    struct uuid id = suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
    struct order *order;

    assert_int_equal(removed(suite, LATER_MS, 100), 1);
    order = suite_get(suite, id);
    assert_non_null(order);
    order_free(&order);
}

static void all_events_are_kept_when_that_is_asked(void **state)
{
    struct suite *suite = *state;

    add(suite, 3, SUITE_NOW_MS);
    assert_int_equal(removed(suite, 0, 100), 0);
    assert_int_equal(all_events(suite)->count, 3);
}

static void nothing_goes_that_a_cursor_has_still_to_read(void **state)
{
    struct suite *suite = *state;
    struct position at[6];

    add(suite, 6, SUITE_NOW_MS);
    positions(suite, 6, at);
    assert_int_equal(suite_write_cursor(suite, "ahead", at[3]), STATUS_OK);
    assert_int_equal(suite_write_cursor(suite, "behind", at[1]), STATUS_OK);
    assert_int_equal(removed(suite, LATER_MS, 100), 2);
    assert_string_equal(all_events(suite)->events[0].position.text, at[2].text);
    assert_int_equal(suite_write_cursor(suite, "behind", at[5]), STATUS_OK);
    assert_int_equal(removed(suite, LATER_MS, 100), 2);
    assert_string_equal(all_events(suite)->events[0].position.text, at[4].text);
}

static void a_cursor_before_the_first_event_keeps_them_all(void **state)
{
    struct suite *suite = *state;

    add(suite, 3, SUITE_NOW_MS);
    assert_int_equal(suite_write_cursor(suite, "new", (struct position){{0}}), STATUS_OK);
    assert_int_equal(removed(suite, LATER_MS, 100), 0);
    assert_int_equal(all_events(suite)->count, 3);
}

static void a_step_takes_no_more_than_its_limit_and_the_oldest_first(void **state)
{
    struct suite *suite = *state;
    struct position at[5];

    add(suite, 5, SUITE_NOW_MS);
    positions(suite, 5, at);
    assert_int_equal(removed(suite, LATER_MS, 2), 2);
    assert_string_equal(all_events(suite)->events[0].position.text, at[2].text);
    assert_int_equal(removed(suite, LATER_MS, 2), 2);
    assert_string_equal(all_events(suite)->events[0].position.text, at[4].text);
    assert_int_equal(removed(suite, LATER_MS, 2), 1);
    assert_int_equal(all_events(suite)->count, 0);
    assert_int_equal(removed(suite, LATER_MS, 2), 0);
}

static void the_stream_goes_on_behind_what_went(void **state)
{
    struct suite *suite = *state;
    struct position at[3];
    const struct event_list *after;
    struct suite_heads heads, same;

    add(suite, 3, SUITE_NOW_MS);
    positions(suite, 3, at);
    heads = suite_heads(suite);
    assert_int_equal(removed(suite, LATER_MS, 100), 3);
    same = suite_heads(suite);
    assert_string_equal(same.head.text, heads.head.text);
    assert_int_equal(same.count, 1);
    assert_string_equal(same.positions[0].text, heads.positions[0].text);
    add(suite, 1, LATER_MS);
    after = all_events(suite);
    assert_int_equal(after->count, 1);
    assert_string_equal(after->events[0].previous.text, at[2].text);
    assert_true(strcmp(after->events[0].position.text, at[2].text) > 0);
    /* A reader that stands at the last of what has gone reads on. */
    assert_int_equal(suite_events(suite, at[2].text, 10)->count, 1);
}

static void a_reader_finds_the_previous_position_of_what_is_left(void **state)
{
    struct suite *suite = *state;
    struct position at[3];
    const struct event_list *after;

    add(suite, 2, SUITE_NOW_MS);
    add(suite, 1, LATER_MS);
    positions(suite, 3, at);
    assert_int_equal(removed(suite, LATER_MS, 100), 2);
    after = all_events(suite);
    assert_int_equal(after->count, 1);
    assert_string_equal(after->events[0].previous.text, at[1].text);
}

static void no_position_is_given_out_again_after_the_store_is_opened_again(void **state)
{
    struct suite *suite = *state;
    struct suite_heads heads;
    const struct event_list *list;

    add(suite, 3, SUITE_NOW_MS);
    heads = suite_heads(suite);
    assert_int_equal(removed(suite, LATER_MS, 100), 3);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    assert_string_equal(suite_heads(suite).head.text, heads.head.text);
    add(suite, 1, LATER_MS);
    list = all_events(suite);
    assert_int_equal(list->count, 1);
    assert_true(strcmp(list->events[0].position.text, heads.head.text) > 0);
    assert_string_equal(list->events[0].previous.text, heads.head.text);
}

/* ---- keys ---- */

static void add_key(struct suite *suite, const char *key)
{
    struct keyed_answer keyed = {.user_id = suite_user(1), .key = key, .answer = ""};
    struct order *order = suite_order(suite_user(1), SUITE_NOW_MS, 1);

    assert_int_equal(suite_save_keyed(suite, order, &keyed), STATUS_OK);
    order_free(&order);
}

static void expired_keys_go_in_steps_and_others_stay(void **state)
{
    struct suite *suite = *state;
    static const char *const keys[] = {"a", "b", "c"};

    suite_close(suite);
    suite_open(suite, (struct store_options){.key_ms = 1});
    for (size_t i = 0; i < 3; i++)
        add_key(suite, keys[i]);
    while (suite_find_key(suite, suite_user(1), "c").status == STATUS_OK)
        ;
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    assert_int_equal(removed(suite, 0, 100), 0); /* by these options they have not expired */
    suite_close(suite);
    suite_open(suite, (struct store_options){.key_ms = 1});
    assert_int_equal(removed(suite, 0, 2), 2);
    assert_int_equal(removed(suite, 0, 2), 1);
    assert_int_equal(removed(suite, 0, 2), 0);
    suite_close(suite);
    suite_open(suite, (struct store_options){0});
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(suite_find_key(suite, suite_user(1), keys[i]).status, STATUS_NOT_FOUND);
    add_key(suite, "a");
    assert_int_equal(all_events(suite)->count, 4);
}

static void the_limit_is_of_each_kind(void **state)
{
    struct suite *suite = *state;

    suite_close(suite);
    suite_open(suite, (struct store_options){.key_ms = 1});
    for (size_t i = 0; i < 3; i++)
        add_key(suite, (const char *[]){"a", "b", "c"}[i]);
    while (suite_find_key(suite, suite_user(1), "c").status == STATUS_OK)
        ;
    assert_int_equal(removed(suite, LATER_MS, 2), 4);
    assert_int_equal(removed(suite, LATER_MS, 2), 2);
    assert_int_equal(all_events(suite)->count, 0);
}

/* ---- what came in ---- */

static const int64_t hour_ms = 60 * 60 * 1000;

static size_t removed_inbound(struct suite *suite, int64_t inbound_before, size_t limit)
{
    struct suite_pruned pruned =
        suite_prune(suite, (struct prune){.inbound_before = inbound_before, .limit = limit});

    assert_int_equal(pruned.status, STATUS_OK);
    return pruned.removed;
}

static enum status put(struct suite *suite, const char *event_id)
{
    return suite_put(suite,
                     &(struct inbound){
                         .event_id = event_id, .topic = "t", .payload = "{}", .payload_length = 2});
}

static void handle(struct suite *suite, const char *event_id)
{
    struct answer answer = {0};

    repository_inbound_handled(suite->repository, event_id, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
}

static enum status add_inbox(struct suite *suite, const char *inbox_id)
{
    struct answer answer = {0};

    repository_inbox_add(suite->repository, inbox_id, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    return answer.status;
}

static void what_was_handled_goes_and_what_waits_stays(void **state)
{
    struct suite *suite = *state;

    assert_int_equal(put(suite, "waits"), STATUS_OK);
    assert_int_equal(put(suite, "handled"), STATUS_OK);
    handle(suite, "handled");
    assert_int_equal(removed_inbound(suite, 0, 10), 0);
    assert_int_equal(removed_inbound(suite, clock_wall_ms() - hour_ms, 10), 0);
    assert_int_equal(put(suite, "handled"), STATUS_DUPLICATE);
    assert_int_equal(removed_inbound(suite, clock_wall_ms() + hour_ms, 10), 1);
    assert_int_equal(removed_inbound(suite, clock_wall_ms() + hour_ms, 10), 0);
    assert_int_equal(put(suite, "waits"), STATUS_DUPLICATE);
    assert_int_equal(put(suite, "handled"), STATUS_OK); /* a new one */
    assert_int_equal(suite_pending(suite, 10)->count, 2);
}

static void what_had_its_effect_is_forgotten_with_age(void **state)
{
    struct suite *suite = *state;

    assert_int_equal(add_inbox(suite, "event-1"), STATUS_OK);
    assert_int_equal(removed_inbound(suite, clock_wall_ms() - hour_ms, 10), 0);
    assert_int_equal(add_inbox(suite, "event-1"), STATUS_DUPLICATE);
    assert_int_equal(removed_inbound(suite, clock_wall_ms() + hour_ms, 10), 1);
    assert_int_equal(add_inbox(suite, "event-1"), STATUS_OK);
}

/* A crash may have come between the effect and the word that the message is handled. */
static void the_effect_of_what_still_waits_is_remembered(void **state)
{
    struct suite *suite = *state;

    assert_int_equal(put(suite, "event-1"), STATUS_OK);
    assert_int_equal(add_inbox(suite, "event-1"), STATUS_OK);
    assert_int_equal(removed_inbound(suite, clock_wall_ms() + hour_ms, 10), 0);
    assert_int_equal(add_inbox(suite, "event-1"), STATUS_DUPLICATE);
    handle(suite, "event-1");
    assert_int_equal(removed_inbound(suite, clock_wall_ms() + hour_ms, 10), 2);
}

static void what_came_in_goes_in_steps(void **state)
{
    struct suite *suite = *state;
    static const char *const ids[] = {"a", "b", "c"};

    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(put(suite, ids[i]), STATUS_OK);
        assert_int_equal(add_inbox(suite, ids[i]), STATUS_OK);
        handle(suite, ids[i]);
    }
    assert_int_equal(removed_inbound(suite, clock_wall_ms() + hour_ms, 2), 4);
    assert_int_equal(removed_inbound(suite, clock_wall_ms() + hour_ms, 2), 2);
    assert_int_equal(removed_inbound(suite, clock_wall_ms() + hour_ms, 2), 0);
}

/* ---- dead letters ---- */

static size_t removed_letters(struct suite *suite, int64_t letters_before, size_t limit)
{
    struct suite_pruned pruned =
        suite_prune(suite, (struct prune){.letters_before = letters_before, .limit = limit});

    assert_int_equal(pruned.status, STATUS_OK);
    return pruned.removed;
}

static void add_letter(struct suite *suite)
{
    struct dead_letter letter = {.source = "inbound", .topic = "t", .reason = "why"};
    struct answer answer = {0};

    repository_dead_letter_add(suite->repository, &letter, suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
}

static void change_letter(struct suite *suite, int64_t id, bool retry)
{
    struct answer answer = {0};

    if (retry)
        repository_dead_letter_retry(suite->repository, id, suite_answer, &answer);
    else
        repository_dead_letter_failed(suite->repository, id, "again", suite_answer, &answer);
    suite_wait(suite->base, &answer.times);
    assert_int_equal(answer.status, STATUS_OK);
}

static void old_letters_go_unless_they_are_to_be_tried_again(void **state)
{
    struct suite *suite = *state;

    for (int i = 0; i < 4; i++)
        add_letter(suite);
    change_letter(suite, 2, true);
    assert_int_equal(removed_letters(suite, 0, 10), 0);
    assert_int_equal(removed_letters(suite, clock_wall_ms() - hour_ms, 10), 0);
    assert_int_equal(removed_letters(suite, clock_wall_ms() + hour_ms, 2), 2);
    assert_int_equal(removed_letters(suite, clock_wall_ms() + hour_ms, 2), 1);
    assert_int_equal(removed_letters(suite, clock_wall_ms() + hour_ms, 2), 0);
    change_letter(suite, 2, false);
    assert_int_equal(removed_letters(suite, clock_wall_ms() + hour_ms, 2), 1);
}

/* ---- asking ---- */

static void a_limit_out_of_range_is_refused(void **state)
{
    struct suite *suite = *state;
    static const size_t limits[] = {0, 10001};

    add(suite, 1, SUITE_NOW_MS);
    for (size_t i = 0; i < 2; i++) {
        struct suite_pruned pruned = prune(suite, LATER_MS, limits[i]);
        assert_int_equal(pruned.status, STATUS_INVALID);
        assert_int_equal(pruned.removed, 0);
        assert_string_equal(pruned.fault.where, "/limit");
    }
    assert_int_equal(all_events(suite)->count, 1);
    assert_int_equal(removed(suite, LATER_MS, 10000), 1);
}

static void a_prune_under_way_is_answered_when_the_repository_closes(void **state)
{
    struct suite *suite = *state;
    struct prune what = {.events_before = LATER_MS, .limit = 1};
    struct suite_pruned pruned = {0};
    size_t left;

    add(suite, 1, SUITE_NOW_MS);
    repository_prune(suite->repository, &what, suite_on_pruned, &pruned);
    suite_close(suite);
    assert_int_equal(pruned.times, 1);
    assert_true(pruned.status == STATUS_OK || pruned.status == STATUS_UNAVAILABLE);
    suite_open(suite, (struct store_options){0});
    left = all_events(suite)->count;
    assert_int_equal(left + pruned.removed, 1);
}

int suite_run_prune(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(old_events_go_and_young_ones_stay),
        SUITE_TEST(old_events_behind_a_young_one_wait_for_it),
        SUITE_TEST(orders_stay_when_their_events_go),
        SUITE_TEST(all_events_are_kept_when_that_is_asked),
        SUITE_TEST(nothing_goes_that_a_cursor_has_still_to_read),
        SUITE_TEST(a_cursor_before_the_first_event_keeps_them_all),
        SUITE_TEST(a_step_takes_no_more_than_its_limit_and_the_oldest_first),
        SUITE_TEST(the_stream_goes_on_behind_what_went),
        SUITE_TEST(a_reader_finds_the_previous_position_of_what_is_left),
        SUITE_TEST(no_position_is_given_out_again_after_the_store_is_opened_again),
        SUITE_TEST(expired_keys_go_in_steps_and_others_stay),
        SUITE_TEST(the_limit_is_of_each_kind),
        SUITE_TEST(what_was_handled_goes_and_what_waits_stays),
        SUITE_TEST(what_had_its_effect_is_forgotten_with_age),
        SUITE_TEST(the_effect_of_what_still_waits_is_remembered),
        SUITE_TEST(what_came_in_goes_in_steps),
        SUITE_TEST(old_letters_go_unless_they_are_to_be_tried_again),
        SUITE_TEST(a_limit_out_of_range_is_refused),
        SUITE_TEST(a_prune_under_way_is_answered_when_the_repository_closes),
    };

    return cmocka_run_group_tests_name("prune", tests, NULL, NULL);
}
