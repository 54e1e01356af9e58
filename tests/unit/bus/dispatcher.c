/* The dispatcher's promises: order by order, again until it works, and never past what is not
 * done. */
#include "consumer.h"

#include <stdio.h>
#include <string.h>

/* ---- the tests ---- */

static void every_event_is_delivered_once_when_all_goes_well(void **state)
{
    struct consumer *consumer = *state;
    consumer->answer_at_once = true;
    consumer_begin(consumer, 8);
    for (int i = 0; i < 30; i++)
        world_create_order(&consumer->world);
    consumer_expect(consumer, 30);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 30);
    for (size_t i = 1; i < 30; i++)
        assert_true(strcmp(consumer->seen[i - 1].position, consumer->seen[i].position) < 0);
}

static void an_order_waits_for_its_own_earlier_event(void **state)
{
    struct consumer *consumer = *state;
    struct uuid id = world_create_order(&consumer->world);
    world_change_order(&consumer->world, &id, ORDER_CONFIRMED);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 1);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 1);
    consumer_answer(consumer, 0, STATUS_OK);
    consumer_expect(consumer, 2);
    assert_string_equal(consumer->seen[1].topic, "order.status_changed");
    consumer_answer(consumer, 1, STATUS_OK);
}

static void several_orders_are_under_way_at_a_time_up_to_the_window(void **state)
{
    struct consumer *consumer = *state;
    for (int i = 0; i < 6; i++)
        world_create_order(&consumer->world);
    consumer_begin(consumer, 4);
    consumer_expect(consumer, 4);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 4);
    for (size_t i = 0; i < 4; i++)
        consumer_answer(consumer, i, STATUS_OK);
    consumer_expect(consumer, 6);
    assert_int_equal(consumer->most_open, 4);
    consumer_answer(consumer, 4, STATUS_OK);
    consumer_answer(consumer, 5, STATUS_OK);
}

static void on_tick(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    ++*(int *)arg;
}

static void a_consumer_that_takes_long_leaves_turns_of_the_loop_to_others(void **state)
{
    enum { EVENTS = 64 };
    static const struct timeval often = {0, 1000};
    struct consumer *consumer = *state;
    int ticks = 0;
    struct event *timer = event_new(consumer->world.base, -1, EV_PERSIST, on_tick, &ticks);
    for (int i = 0; i < EVENTS; i++)
        world_create_order(&consumer->world);
    consumer->answer_at_once = true;
    consumer->busy_us = 4000;
    event_add(timer, &often);
    consumer_begin(consumer, EVENTS);
    consumer_expect(consumer, EVENTS);
    event_free(timer);
    assert_in_range(ticks, EVENTS / 4, 1000000);
}

static void what_fails_is_tried_again_with_a_higher_attempt(void **state)
{
    struct consumer *consumer = *state;
    consumer->answer_at_once = true;
    consumer->fail_first = 2;
    consumer_begin(consumer, 8);
    world_create_order(&consumer->world);
    consumer_expect(consumer, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(consumer->seen[i].attempt, i + 1);
        assert_string_equal(consumer->seen[i].position, consumer->seen[0].position);
    }
}

static void a_failing_order_holds_back_its_own_events_only(void **state)
{
    struct consumer *consumer = *state;
    consumer->poison = world_create_order(&consumer->world);
    consumer->has_poison = true;
    world_change_order(&consumer->world, &consumer->poison, ORDER_CANCELLED);
    for (int i = 0; i < 5; i++)
        world_create_order(&consumer->world);
    consumer->answer_at_once = true;
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 12);
    size_t others = 0;
    for (size_t i = 0; i < consumer->count; i++) {
        bool poisoned = uuid_equal(&consumer->seen[i].order_id, &consumer->poison);
        others += !poisoned;
        if (poisoned)
            assert_string_equal(consumer->seen[i].topic, "order.created");
    }
    assert_int_equal(others, 5);
}

static void the_cursor_stops_before_the_first_event_that_is_not_done(void **state)
{
    struct consumer *consumer = *state;
    for (int i = 0; i < 4; i++)
        world_create_order(&consumer->world);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 4);
    consumer_answer(consumer, 0, STATUS_OK);
    consumer_answer(consumer, 2, STATUS_OK);
    consumer_answer(consumer, 3, STATUS_OK);
    consumer_answer(consumer, 1, STATUS_UNAVAILABLE);
    consumer_end(consumer);
    assert_string_equal(world_cursor(&consumer->world, "hooks").text, consumer->seen[0].position);
}

static bool cursor_is_wanted(void *arg)
{
    struct consumer *consumer = arg;
    return strcmp(world_cursor(&consumer->world, "hooks").text, consumer->seen[0].position) == 0;
}

static void the_cursor_is_written_while_it_runs(void **state)
{
    struct consumer *consumer = *state;
    consumer->answer_at_once = true;
    consumer_begin(consumer, 8);
    world_create_order(&consumer->world);
    consumer_expect(consumer, 1);
    world_until(&consumer->world, cursor_is_wanted, consumer);
}

static void a_new_start_goes_on_after_the_cursor(void **state)
{
    struct consumer *consumer = *state;
    consumer->answer_at_once = true;
    consumer_begin(consumer, 8);
    for (int i = 0; i < 3; i++)
        world_create_order(&consumer->world);
    consumer_expect(consumer, 3);
    consumer_end(consumer);
    world_restart(&consumer->world);
    consumer->count = 0;
    consumer_begin(consumer, 8);
    struct uuid fourth = world_create_order(&consumer->world);
    consumer_expect(consumer, 1);
    assert_true(uuid_equal(&consumer->seen[0].order_id, &fourth));
}

static void a_crash_repeats_what_was_not_written_and_skips_nothing(void **state)
{
    struct consumer *consumer = *state;
    char positions[3][40];
    consumer->answer_at_once = true;
    consumer_begin(consumer, 8);
    for (int i = 0; i < 3; i++)
        world_create_order(&consumer->world);
    consumer_expect(consumer, 3);
    for (int i = 0; i < 3; i++)
        snprintf(positions[i], sizeof(positions[i]), "%s", consumer->seen[i].position);
    consumer_end(consumer);
    /* As if the process had died before the last two were written. */
    world_set_cursor(&consumer->world, "hooks", positions[0]);
    world_restart(&consumer->world);
    consumer->count = 0;
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 2);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 2);
    assert_string_equal(consumer->seen[0].position, positions[1]);
    assert_string_equal(consumer->seen[1].position, positions[2]);
}

static void stopping_waits_for_what_is_under_way(void **state)
{
    struct consumer *consumer = *state;
    world_create_order(&consumer->world);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 1);
    dispatcher_stop(consumer->dispatcher, consumer_on_stopped, consumer);
    consumer_let_it_turn(consumer);
    assert_false(consumer->stopped);
    consumer_answer(consumer, 0, STATUS_OK);
    world_until(&consumer->world, consumer_is_stopped, consumer);
    dispatcher_free(&consumer->dispatcher);
    assert_string_equal(world_cursor(&consumer->world, "hooks").text, consumer->seen[0].position);
}

/* ---- topics, beginnings, and what is given up ---- */

static void events_of_other_topics_take_no_place_and_the_cursor_goes_over_them(void **state)
{
    struct consumer *consumer = *state;
    struct uuid id = {0};
    consumer->topic = "order.cancelled";
    consumer_begin(consumer, 2);
    for (int i = 0; i < 10; i++)
        id = world_create_order(&consumer->world);
    world_change_order(&consumer->world, &id, ORDER_CANCELLED);
    consumer_expect(consumer, 1);
    assert_string_equal(consumer->seen[0].topic, "order.cancelled");
    consumer_answer(consumer, 0, STATUS_OK);
    world_create_order(&consumer->world);
    consumer_let_it_turn(consumer);
    consumer_end(consumer);
    assert_int_equal(consumer->count, 1);
    assert_string_equal(world_cursor(&consumer->world, "hooks").text,
                        world_head(&consumer->world).text);
}

static bool cursor_is_made(void *arg)
{
    struct consumer *consumer = arg;
    return strcmp(world_cursor(&consumer->world, "hooks").text,
                  world_head(&consumer->world).text) == 0;
}

static void a_new_one_may_begin_at_the_head_and_then_skips_nothing(void **state)
{
    struct consumer *consumer = *state;
    consumer->from_head = true;
    for (int i = 0; i < 3; i++)
        world_create_order(&consumer->world);
    consumer_begin(consumer, 8);
    world_until(&consumer->world, cursor_is_made, consumer);
    dispatcher_follow(consumer->dispatcher); /* as if it had been killed right after */
    struct uuid fourth = world_create_order(&consumer->world);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_expect(consumer, 1);
    assert_true(uuid_equal(&consumer->seen[0].order_id, &fourth));
    consumer_answer(consumer, 0, STATUS_OK);
}

struct found {
    size_t count;
    int attempts;
    char topic[32], reason[64];
};

static void on_letters(void *arg, enum status status, const struct stored_dead_letter *letters,
                       size_t count, const struct fault *fault)
{
    struct found *found = arg;
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    found->count = count;
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(letters[i].letter.source, "hooks");
        found->attempts = letters[i].letter.attempts;
        snprintf(found->topic, sizeof(found->topic), "%s", letters[i].letter.topic);
        snprintf(found->reason, sizeof(found->reason), "%s", letters[i].letter.reason);
    }
}

static struct found letters(struct consumer *consumer)
{
    const struct dead_letter_query query = {.limit = 10};
    struct found found = {0};
    repository_dead_letters_list(consumer->world.repository, &query, on_letters, &found);
    return found;
}

static void what_keeps_failing_is_given_up_and_its_order_goes_on(void **state)
{
    struct consumer *consumer = *state;
    struct uuid id = world_create_order(&consumer->world);
    world_change_order(&consumer->world, &id, ORDER_CONFIRMED);
    consumer->attempts = 3;
    consumer_begin(consumer, 8);
    for (size_t i = 0; i < 3; i++) {
        consumer_expect(consumer, i + 1);
        assert_int_equal(letters(consumer).count, 0);
        consumer_answer(consumer, i, STATUS_INTERNAL);
    }
    consumer_expect(consumer, 4); /* once the dead letter is there */
    struct found found = letters(consumer);
    assert_int_equal(found.count, 1);
    assert_int_equal(found.attempts, 3);
    assert_string_equal(found.topic, "order.created");
    assert_string_equal(found.reason, "the test says so");
    assert_string_equal(consumer->seen[3].topic, "order.status_changed");
    assert_int_equal(consumer->seen[3].attempt, 1);
    consumer_answer(consumer, 3, STATUS_OK);
    consumer_end(consumer);
    assert_string_equal(world_cursor(&consumer->world, "hooks").text, consumer->seen[3].position);
}

/* The store goes away under it: everything is answered, nothing is used after it is freed. */
static void a_closed_store_ends_it_without_a_trace(void **state)
{
    struct consumer *consumer = *state;
    world_create_order(&consumer->world);
    consumer_begin(consumer, 8);
    consumer->world.committed = NULL;
    repository_close(&consumer->world.repository);
    dispatcher_free(&consumer->dispatcher);
    struct fault fault;
    assert_int_equal(repository_open(consumer->world.store, consumer->world.base,
                                     &consumer->world.repository, &fault),
                     STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_event_is_delivered_once_when_all_goes_well,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(an_order_waits_for_its_own_earlier_event, consumer_setup,
                                        consumer_teardown),
        cmocka_unit_test_setup_teardown(several_orders_are_under_way_at_a_time_up_to_the_window,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(
            a_consumer_that_takes_long_leaves_turns_of_the_loop_to_others, consumer_setup,
            consumer_teardown),
        cmocka_unit_test_setup_teardown(what_fails_is_tried_again_with_a_higher_attempt,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(a_failing_order_holds_back_its_own_events_only,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(the_cursor_stops_before_the_first_event_that_is_not_done,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(the_cursor_is_written_while_it_runs, consumer_setup,
                                        consumer_teardown),
        cmocka_unit_test_setup_teardown(a_new_start_goes_on_after_the_cursor, consumer_setup,
                                        consumer_teardown),
        cmocka_unit_test_setup_teardown(a_crash_repeats_what_was_not_written_and_skips_nothing,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(stopping_waits_for_what_is_under_way, consumer_setup,
                                        consumer_teardown),
        cmocka_unit_test_setup_teardown(
            events_of_other_topics_take_no_place_and_the_cursor_goes_over_them, consumer_setup,
            consumer_teardown),
        cmocka_unit_test_setup_teardown(a_new_one_may_begin_at_the_head_and_then_skips_nothing,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(what_keeps_failing_is_given_up_and_its_order_goes_on,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(a_closed_store_ends_it_without_a_trace, consumer_setup,
                                        consumer_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
