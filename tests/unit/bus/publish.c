/* What a foreign subscriber hears of what is committed. */
#include "world.h"

#include "base/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct site {
    struct world world;
    struct bus *bus;
    void *context, *subscriber;
    struct heard heard;
    size_t wanted;
    bool closed;
};

static void on_committed(void *arg)
{
    bus_wake(((struct site *)arg)->bus);
}

static struct bus_options options(void)
{
    return (struct bus_options){
        .publish = "127.0.0.1:0", .high_water_mark = 1000, .heartbeat_ms = 20, .relay = true};
}

static void bus_begin(struct site *site)
{
    const struct bus_options how = options();
    struct fault fault;
    assert_int_equal(bus_open(site->world.base, site->world.repository,
                              store_epoch(site->world.store), &how, NULL, NULL, &site->bus, &fault),
                     STATUS_OK);
    site->world.committed = on_committed;
    site->world.committed_arg = site;
}

static void on_closed(void *arg)
{
    ((struct site *)arg)->closed = true;
}

static bool is_closed(void *arg)
{
    return ((struct site *)arg)->closed;
}

static void bus_end(struct site *site)
{
    site->world.committed = NULL;
    site->closed = false;
    bus_close(site->bus, on_closed, site);
    world_until(&site->world, is_closed, site);
}

/* ---- hearing ---- */

static bool is_heartbeat(const struct site *site, size_t i)
{
    return strcmp(site->heard.messages[i].text[0], "heartbeat") == 0;
}

/* The place of the n-th message that is no heartbeat, or SIZE_MAX. */
static size_t nth_event(const struct site *site, size_t n)
{
    for (size_t i = 0; i < site->heard.count; i++) {
        if (!is_heartbeat(site, i) && n-- == 0)
            return i;
    }
    return SIZE_MAX;
}

static bool heard_enough(void *arg)
{
    struct site *site = arg;
    foreign_hear(site->subscriber, &site->heard);
    return nth_event(site, site->wanted - 1) != SIZE_MAX;
}

static void hear(struct site *site, size_t events)
{
    site->wanted = events;
    world_until(&site->world, heard_enough, site);
}

static bool heard_heartbeat(void *arg)
{
    struct site *site = arg;
    site->heard.count = 0;
    foreign_hear(site->subscriber, &site->heard);
    return site->heard.count > 0 && is_heartbeat(site, site->heard.count - 1);
}

static const char *frame(const struct site *site, size_t event, size_t frame_number)
{
    return site->heard.messages[nth_event(site, event)].text[frame_number];
}

static void subscribe(struct site *site)
{
    site->context = foreign_context();
    site->subscriber = foreign_subscriber(site->context, bus_address(site->bus));
    world_until(&site->world, heard_heartbeat, site);
    site->heard.count = 0;
}

static int setup(void **state)
{
    static struct site site;
    memset(&site, 0, sizeof(site));
    world_open(&site.world);
    bus_begin(&site);
    subscribe(&site);
    *state = &site;
    return 0;
}

static int teardown(void **state)
{
    struct site *site = *state;
    foreign_close(site->context, site->subscriber);
    if (!site->closed)
        bus_end(site);
    world_close(&site->world);
    return 0;
}

/* ---- the tests ---- */

static void a_committed_event_is_published_with_four_frames(void **state)
{
    struct site *site = *state;
    world_create_order(&site->world);
    hear(site, 1);
    assert_int_equal(site->heard.messages[nth_event(site, 0)].frames, 4);
    assert_string_equal(frame(site, 0, 0), "order.created");
    assert_true(strlen(frame(site, 0, 1)) > 0);
    assert_string_equal(frame(site, 0, 2), "");
    assert_non_null(strstr(frame(site, 0, 3), "\"type\":\"OrderCreatedEvent\""));
    assert_non_null(strstr(frame(site, 0, 3), "\"traceparent\":\"00-0af7651916cd"));
}

static void positions_rise_and_name_the_one_before_on_the_topic(void **state)
{
    struct site *site = *state;
    for (int i = 0; i < 20; i++)
        world_create_order(&site->world);
    hear(site, 20);
    for (size_t i = 1; i < 20; i++) {
        assert_true(strcmp(frame(site, i - 1, 1), frame(site, i, 1)) < 0);
        assert_string_equal(frame(site, i, 2), frame(site, i - 1, 1));
    }
}

static void events_of_an_order_come_in_their_order(void **state)
{
    struct site *site = *state;
    struct uuid id = world_create_order(&site->world);
    world_change_order(&site->world, &id, ORDER_CONFIRMED);
    world_change_order(&site->world, &id, ORDER_COMPLETED);
    hear(site, 4);
    assert_string_equal(frame(site, 0, 0), "order.created");
    assert_string_equal(frame(site, 1, 0), "order.status_changed");
    assert_string_equal(frame(site, 2, 0), "order.status_changed");
    assert_string_equal(frame(site, 3, 0), "order.completed");
    assert_string_equal(frame(site, 1, 2), "");
    assert_string_equal(frame(site, 2, 2), frame(site, 1, 1));
}

static bool heard_heartbeat_at_event(void *arg)
{
    struct site *site = arg;
    foreign_hear(site->subscriber, &site->heard);
    size_t last = site->heard.count - 1;
    return is_heartbeat(site, last) &&
           strcmp(site->heard.messages[last].text[1], frame(site, 0, 1)) == 0;
}

static void an_idle_stream_says_where_it_stands(void **state)
{
    struct site *site = *state;
    char head[80];
    world_create_order(&site->world);
    hear(site, 1);
    world_until(&site->world, heard_heartbeat_at_event, site);
    size_t last = site->heard.count - 1;
    assert_string_equal(site->heard.messages[last].text[2], "");
    snprintf(head, sizeof(head), "\"order.created\":\"%s\"", frame(site, 0, 1));
    assert_non_null(strstr(site->heard.messages[last].text[3], head));
    assert_non_null(strstr(site->heard.messages[last].text[3], store_epoch(site->world.store)));
}

static void closing_publishes_what_is_committed_and_writes_the_cursor(void **state)
{
    struct site *site = *state;
    site->world.committed = NULL; /* nobody wakes the relay */
    world_create_order(&site->world);
    world_create_order(&site->world);
    bus_end(site);
    hear(site, 2);
    struct position cursor = world_cursor(&site->world, "relay");
    assert_string_equal(cursor.text, frame(site, 1, 1));
}

/* PUB drops what nobody has subscribed to yet, so what a new start publishes is counted here. */
static uint64_t published(void)
{
    return counter_value(
        metrics_counter("orderd_events_published_total", "", "topic=\"order.created\""));
}

static bool published_enough(void *arg)
{
    return published() >= ((struct site *)arg)->wanted;
}

static void what_was_committed_while_nobody_published_is_published_at_the_next_start(void **state)
{
    struct site *site = *state;
    world_create_order(&site->world);
    hear(site, 1);
    bus_end(site);
    world_create_order(&site->world);
    site->wanted = published() + 1;
    world_restart(&site->world);
    bus_begin(site);
    world_until(&site->world, published_enough, site);
    bus_end(site);
    assert_int_equal(published(), site->wanted);
}

static void a_cursor_that_a_crash_left_behind_publishes_again_from_there(void **state)
{
    struct site *site = *state;
    char last[64];
    for (int i = 0; i < 3; i++)
        world_create_order(&site->world);
    hear(site, 3);
    snprintf(last, sizeof(last), "%s", frame(site, 2, 1));
    bus_end(site);
    world_set_cursor(&site->world, "relay", frame(site, 0, 1));
    site->wanted = published() + 2;
    world_restart(&site->world);
    bus_begin(site);
    world_until(&site->world, published_enough, site);
    bus_end(site);
    assert_int_equal(published(), site->wanted);
    assert_string_equal(world_cursor(&site->world, "relay").text, last);
}

static void *post_from_a_thread(void *arg)
{
    bus_post(arg, "demo.topic", "{\"a\":1}", 7);
    return NULL;
}

static void any_thread_may_post(void **state)
{
    struct site *site = *state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, post_from_a_thread, site->bus), 0);
    hear(site, 1);
    pthread_join(thread, NULL);
    assert_int_equal(site->heard.messages[nth_event(site, 0)].frames, 2);
    assert_string_equal(frame(site, 0, 0), "demo.topic");
    assert_string_equal(frame(site, 0, 1), "{\"a\":1}");
}

static void an_address_in_use_is_told(void **state)
{
    struct site *site = *state;
    struct bus_options how = options();
    struct bus *second = NULL;
    struct fault fault;
    char expected[128];
    how.publish = bus_address(site->bus);
    assert_int_equal(
        bus_open(site->world.base, site->world.repository, "e", &how, NULL, NULL, &second, &fault),
        STATUS_UNAVAILABLE);
    assert_null(second);
    snprintf(expected, sizeof(expected), "cannot publish on tcp://%s: Address already in use",
             how.publish);
    assert_string_equal(fault.text, expected);
}

static void a_running_bus_is_healthy(void **state)
{
    struct site *site = *state;
    assert_true(bus_healthy(site->bus));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_committed_event_is_published_with_four_frames, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(positions_rise_and_name_the_one_before_on_the_topic, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(events_of_an_order_come_in_their_order, setup, teardown),
        cmocka_unit_test_setup_teardown(an_idle_stream_says_where_it_stands, setup, teardown),
        cmocka_unit_test_setup_teardown(closing_publishes_what_is_committed_and_writes_the_cursor,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            what_was_committed_while_nobody_published_is_published_at_the_next_start, setup,
            teardown),
        cmocka_unit_test_setup_teardown(
            a_cursor_that_a_crash_left_behind_publishes_again_from_there, setup, teardown),
        cmocka_unit_test_setup_teardown(any_thread_may_post, setup, teardown),
        cmocka_unit_test_setup_teardown(an_address_in_use_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_running_bus_is_healthy, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
