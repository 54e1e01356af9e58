/* What is taken from other services, and what is not. */
#include "world.h"

#include "base/metrics.h"
#include "bus/subscriber.h"

#include <stdio.h>
#include <string.h>

enum { FRAME_LIMIT = 2000 };

struct site {
    struct world world;
    struct bus *bus;
    void *context, *publisher;
    char endpoint[128];
    bool closed;
    char topic[64], payload[64];
    const char *const *frames;
    size_t frame_count;
};

static void on_inbound(void *arg, const char *topic, const char *payload, size_t length)
{
    struct site *site = arg;
    snprintf(site->topic, sizeof(site->topic), "%s", topic);
    snprintf(site->payload, sizeof(site->payload), "%.*s", (int)length, payload);
}

static void on_closed(void *arg)
{
    ((struct site *)arg)->closed = true;
}

static bool is_closed(void *arg)
{
    return ((struct site *)arg)->closed;
}

static int setup(void **state)
{
    static struct site site;
    static const char *const topics[] = {"stock.released"};
    memset(&site, 0, sizeof(site));
    world_open(&site.world);
    site.context = foreign_context();
    site.publisher = foreign_publisher(site.context, site.endpoint, sizeof(site.endpoint));
    const char *endpoints[] = {site.endpoint};
    const struct bus_options options = {
        .publish = "127.0.0.1:0",
        .subscribe = endpoints,
        .subscribe_count = 1,
        .topics = topics,
        .topic_count = 1,
        .high_water_mark = 1000,
        .heartbeat_ms = 1000,
        .message_bytes = FRAME_LIMIT,
    };
    struct fault fault;
    assert_int_equal(
        bus_open(site.world.base, NULL, &options, on_inbound, &site, &site.bus, &fault), STATUS_OK);
    *state = &site;
    return 0;
}

static int teardown(void **state)
{
    struct site *site = *state;
    bus_close(site->bus, on_closed, site);
    world_until(&site->world, is_closed, site);
    foreign_close(site->context, site->publisher);
    world_close(&site->world);
    return 0;
}

/* A subscription takes its time to arrive, so the message is sent until one came through. Of the
 * ones sent before, some may still come: the payload tells which one it is. */
static bool send_and_look(void *arg)
{
    struct site *site = arg;
    bool taken = strcmp(site->payload, site->frames[site->frame_count - 1]) == 0;
    if (!taken)
        foreign_send(site->publisher, site->frames, site->frame_count);
    return taken;
}

static void send_until_taken(struct site *site, const char *const *frames, size_t count)
{
    site->frames = frames;
    site->frame_count = count;
    world_until(&site->world, send_and_look, site);
}

static uint64_t malformed(void)
{
    return counter_value(metrics_counter("orderd_inbound_malformed_total", "", ""));
}

static void a_message_of_a_declared_topic_is_handed_on(void **state)
{
    static const char *const frames[] = {"stock.released", "{\"ok\":true}"};
    struct site *site = *state;
    send_until_taken(site, frames, 2);
    assert_string_equal(site->topic, "stock.released");
    assert_string_equal(site->payload, "{\"ok\":true}");
}

/* That it says nothing is for the hook to judge, and for the dead letters to keep. */
static void an_empty_payload_is_handed_on(void **state)
{
    static const char *const before[] = {"stock.released", "before"};
    static const char *const frames[] = {"stock.released", ""};
    struct site *site = *state;
    send_until_taken(site, before, 2);
    send_until_taken(site, frames, 2);
    assert_string_equal(site->payload, "");
}

static void of_a_live_feed_the_last_frame_is_the_payload(void **state)
{
    static const char *const frames[] = {"stock.released", "0001", "", "{\"n\":2}"};
    struct site *site = *state;
    send_until_taken(site, frames, 4);
    assert_string_equal(site->payload, "{\"n\":2}");
}

/* What is sent before a good message has been looked at when that one arrives. */
static void send_bad_then_good(struct site *site, const char *const *bad, size_t count)
{
    static const char *const before[] = {"stock.released", "before"};
    static const char *const after[] = {"stock.released", "after"};
    send_until_taken(site, before, 2);
    foreign_send(site->publisher, bad, count);
    send_until_taken(site, after, 2);
}

static void too_many_or_too_few_frames_are_counted_and_dropped(void **state)
{
    static const char *const five[] = {"stock.released", "a", "b", "c", "d"};
    static const char *const one[] = {"stock.released"};
    struct site *site = *state;
    uint64_t before = malformed();
    send_bad_then_good(site, five, 5);
    send_bad_then_good(site, one, 1);
    assert_int_equal(malformed() - before, 2);
}

static void a_topic_that_only_begins_alike_is_not_taken(void **state)
{
    static const char *const longer[] = {"stock.released_v2", "bad"};
    struct site *site = *state;
    uint64_t before = malformed();
    send_bad_then_good(site, longer, 2);
    assert_int_equal(malformed(), before);
}

static void other_topics_can_be_set_while_it_runs(void **state)
{
    static const char *const old[] = {"stock.released", "old"};
    static const char *const fresh[] = {"stock.counted", "new"};
    static const char *const topics[] = {"stock.counted"};
    struct site *site = *state;
    send_until_taken(site, old, 2);
    bus_set_topics(site->bus, topics, 1);
    send_until_taken(site, fresh, 2);
    assert_string_equal(site->topic, "stock.counted");
    bus_set_topics(site->bus, NULL, 0);
}

/* It costs the connection, which libzmq would not make again. */
static void after_a_frame_over_the_limit_the_line_comes_back(void **state)
{
    static const char *const before[] = {"stock.released", "before"};
    static const char *const after[] = {"stock.released", "after"};
    static char huge[FRAME_LIMIT + 2];
    const char *const bad[] = {"stock.released", huge};
    struct site *site = *state;
    memset(huge, 'x', sizeof(huge) - 1);
    send_until_taken(site, before, 2);
    foreign_send(site->publisher, bad, 2);
    send_until_taken(site, after, 2);
}

static void the_topic_is_compared_byte_for_byte(void **state)
{
    char topic[] = "a.topic";
    char *topics[] = {topic};
    const char *found;
    struct bus_message message = {.count = 2, .frames = {{"a.topic\0x", 9}, {"p", 1}}};
    (void)state;
    assert_int_equal(inbound_topic(&message, topics, 1, &found), STATUS_OK);
    assert_null(found);
    message.frames[0].size = 7;
    assert_int_equal(inbound_topic(&message, topics, 1, &found), STATUS_OK);
    assert_ptr_equal(found, topic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_message_of_a_declared_topic_is_handed_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_empty_payload_is_handed_on, setup, teardown),
        cmocka_unit_test_setup_teardown(of_a_live_feed_the_last_frame_is_the_payload, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(too_many_or_too_few_frames_are_counted_and_dropped, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_topic_that_only_begins_alike_is_not_taken, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(other_topics_can_be_set_while_it_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(after_a_frame_over_the_limit_the_line_comes_back, setup,
                                        teardown),
        cmocka_unit_test(the_topic_is_compared_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
