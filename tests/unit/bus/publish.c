/* What a foreign subscriber hears of what is committed. */
#include "feed.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* ---- the tests ---- */

static void a_committed_event_is_published_with_four_frames(void **state)
{
    struct feed *feed = *state;
    world_create_order(&feed->world);
    feed_hear(feed, 1);
    assert_int_equal(feed->heard.messages[feed_event(feed, 0)].frames, 4);
    assert_string_equal(feed_frame(feed, 0, 0), "order.created");
    assert_true(strlen(feed_frame(feed, 0, 1)) > 0);
    assert_string_equal(feed_frame(feed, 0, 2), "");
    assert_non_null(strstr(feed_frame(feed, 0, 3), "\"type\":\"OrderCreatedEvent\""));
    assert_non_null(strstr(feed_frame(feed, 0, 3), "\"traceparent\":\"00-0af7651916cd"));
}

static void positions_rise_and_name_the_one_before_on_the_topic(void **state)
{
    struct feed *feed = *state;
    for (int i = 0; i < 20; i++)
        world_create_order(&feed->world);
    feed_hear(feed, 20);
    for (size_t i = 1; i < 20; i++) {
        assert_true(strcmp(feed_frame(feed, i - 1, 1), feed_frame(feed, i, 1)) < 0);
        assert_string_equal(feed_frame(feed, i, 2), feed_frame(feed, i - 1, 1));
    }
}

static void events_of_an_order_come_in_their_order(void **state)
{
    struct feed *feed = *state;
    struct uuid id = world_create_order(&feed->world);
    world_change_order(&feed->world, &id, ORDER_CONFIRMED);
    world_change_order(&feed->world, &id, ORDER_COMPLETED);
    feed_hear(feed, 4);
    assert_string_equal(feed_frame(feed, 0, 0), "order.created");
    assert_string_equal(feed_frame(feed, 1, 0), "order.status_changed");
    assert_string_equal(feed_frame(feed, 2, 0), "order.status_changed");
    assert_string_equal(feed_frame(feed, 3, 0), "order.completed");
    assert_string_equal(feed_frame(feed, 1, 2), "");
    assert_string_equal(feed_frame(feed, 2, 2), feed_frame(feed, 1, 1));
}

static bool heard_heartbeat_at_event(void *arg)
{
    struct feed *feed = arg;
    foreign_hear(feed->subscriber, &feed->heard);
    size_t last = feed->heard.count - 1;
    return feed_is_heartbeat(feed, last) &&
           strcmp(feed->heard.messages[last].text[1], feed_frame(feed, 0, 1)) == 0;
}

static void an_idle_stream_says_where_it_stands(void **state)
{
    struct feed *feed = *state;
    char head[80];
    world_create_order(&feed->world);
    feed_hear(feed, 1);
    world_until(&feed->world, heard_heartbeat_at_event, feed);
    size_t last = feed->heard.count - 1;
    assert_string_equal(feed->heard.messages[last].text[2], "");
    snprintf(head, sizeof(head), "\"order.created\":\"%s\"", feed_frame(feed, 0, 1));
    assert_non_null(strstr(feed->heard.messages[last].text[3], head));
    assert_non_null(strstr(feed->heard.messages[last].text[3], store_epoch(feed->world.store)));
}

static void a_stop_publishes_what_is_committed_and_writes_the_cursor(void **state)
{
    struct feed *feed = *state;
    feed->world.committed = NULL; /* nobody wakes the relay */
    world_create_order(&feed->world);
    world_create_order(&feed->world);
    feed_end(feed);
    feed_hear(feed, 2);
    struct position cursor = world_cursor(&feed->world, "relay");
    assert_string_equal(cursor.text, feed_frame(feed, 1, 1));
}

static void what_was_committed_while_nobody_published_is_published_at_the_next_start(void **state)
{
    struct feed *feed = *state;
    world_create_order(&feed->world);
    feed_hear(feed, 1);
    feed_end(feed);
    world_create_order(&feed->world);
    feed->wanted = feed_published() + 1;
    world_restart(&feed->world);
    feed_begin(feed);
    world_until(&feed->world, feed_published_enough, feed);
    feed_end(feed);
    assert_int_equal(feed_published(), feed->wanted);
}

static void a_cursor_that_a_crash_left_behind_publishes_again_from_there(void **state)
{
    struct feed *feed = *state;
    char last[64];
    for (int i = 0; i < 3; i++)
        world_create_order(&feed->world);
    feed_hear(feed, 3);
    snprintf(last, sizeof(last), "%s", feed_frame(feed, 2, 1));
    feed_end(feed);
    world_set_cursor(&feed->world, "relay", feed_frame(feed, 0, 1));
    feed->wanted = feed_published() + 2;
    world_restart(&feed->world);
    feed_begin(feed);
    world_until(&feed->world, feed_published_enough, feed);
    feed_end(feed);
    assert_int_equal(feed_published(), feed->wanted);
    assert_string_equal(world_cursor(&feed->world, "relay").text, last);
}

static void *post_from_a_thread(void *arg)
{
    bus_post(arg, "demo.topic", "{\"a\":1}", 7);
    return NULL;
}

static void any_thread_may_post(void **state)
{
    struct feed *feed = *state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, post_from_a_thread, feed->bus), 0);
    feed_hear(feed, 1);
    pthread_join(thread, NULL);
    assert_int_equal(feed->heard.messages[feed_event(feed, 0)].frames, 2);
    assert_string_equal(feed_frame(feed, 0, 0), "demo.topic");
    assert_string_equal(feed_frame(feed, 0, 1), "{\"a\":1}");
}

static void an_address_in_use_is_told(void **state)
{
    struct feed *feed = *state;
    struct bus_options how = feed_options();
    struct bus *second = NULL;
    struct fault fault;
    how.publish = bus_address(feed->bus);
    assert_int_equal(bus_open(feed->world.base, feed->world.repository, &how, &second, &fault),
                     STATUS_UNAVAILABLE);
    assert_null(second);
    assert_string_equal(fault.where, how.publish);
    assert_string_equal(fault.text, "cannot listen: Address already in use");
}

static void a_running_bus_is_healthy(void **state)
{
    struct feed *feed = *state;
    assert_null(bus_trouble(feed->bus));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_committed_event_is_published_with_four_frames, feed_setup,
                                        feed_teardown),
        cmocka_unit_test_setup_teardown(positions_rise_and_name_the_one_before_on_the_topic,
                                        feed_setup, feed_teardown),
        cmocka_unit_test_setup_teardown(events_of_an_order_come_in_their_order, feed_setup,
                                        feed_teardown),
        cmocka_unit_test_setup_teardown(an_idle_stream_says_where_it_stands, feed_setup,
                                        feed_teardown),
        cmocka_unit_test_setup_teardown(a_stop_publishes_what_is_committed_and_writes_the_cursor,
                                        feed_setup, feed_teardown),
        cmocka_unit_test_setup_teardown(
            what_was_committed_while_nobody_published_is_published_at_the_next_start, feed_setup,
            feed_teardown),
        cmocka_unit_test_setup_teardown(
            a_cursor_that_a_crash_left_behind_publishes_again_from_there, feed_setup,
            feed_teardown),
        cmocka_unit_test_setup_teardown(any_thread_may_post, feed_setup, feed_teardown),
        cmocka_unit_test_setup_teardown(an_address_in_use_is_told, feed_setup, feed_teardown),
        cmocka_unit_test_setup_teardown(a_running_bus_is_healthy, feed_setup, feed_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
