/* What is taken from other services' publishers, and what is not. */
#include "desk.h"
#include "world.h"

#include "base/clock.h"
#include "base/metrics.h"
#include "bus/rejects.h"
#include "bus/subscriber.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAME_LIMIT = 20000, PENDING = 4 };

struct site {
    struct world world;
    struct desk desk;
    struct bus *bus;
    void *context, *publisher;
    char endpoint[128];
    bool closed;
    const char *const *frames;
    size_t frame_count;
    const char *event_id; /* waited for */
};

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
    desk_init(&site.desk);
    site.desk.at_once = true;
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
        .ingest_pending = PENDING,
    };
    struct fault fault;
    assert_int_equal(bus_open(site.world.base, &site.desk.repository, &options, &site.bus, &fault),
                     STATUS_OK);
    *state = &site;
    return 0;
}

static int teardown(void **state)
{
    struct site *site = *state;
    bus_close(site->bus, on_closed, site);
    world_until(&site->world, is_closed, site);
    for (size_t i = 0; i < site->desk.count; i++) {
        if (site->desk.puts[i].done)
            desk_answer(&site->desk, i, STATUS_UNAVAILABLE);
    }
    foreign_close(site->context, site->publisher);
    world_close(&site->world);
    return 0;
}

/* ---- sending ---- */

static const struct desk_put *put_of(const struct site *site, const char *event_id)
{
    for (size_t i = 0; i < site->desk.count; i++) {
        if (strcmp(site->desk.puts[i].event_id, event_id) == 0)
            return &site->desk.puts[i];
    }
    return NULL;
}

/* A subscription takes its time to arrive, so the message is sent until one came through. */
static bool send_and_look(void *arg)
{
    struct site *site = arg;
    bool taken = put_of(site, site->event_id) != NULL;
    if (!taken)
        foreign_send(site->publisher, site->frames, site->frame_count);
    return taken;
}

static const struct desk_put *send_until_put(struct site *site, const char *const *frames,
                                             size_t count, const char *event_id)
{
    site->frames = frames;
    site->frame_count = count;
    site->event_id = event_id;
    world_until(&site->world, send_and_look, site);
    return put_of(site, event_id);
}

static void settle(struct site *site)
{
    static const char *const before[] = {"stock.released", "{\"event_id\":\"before\"}"};
    send_until_put(site, before, 2, "before");
}

/* What was sent before has been looked at when this one arrives. */
static void barrier(struct site *site)
{
    static const char *const after[] = {"stock.released", "{\"event_id\":\"after\"}"};
    send_until_put(site, after, 2, "after");
}

static void send_payload(struct site *site, const char *payload)
{
    const char *frames[] = {"stock.released", payload};
    foreign_send(site->publisher, frames, 2);
}

static uint64_t counted(const char *name)
{
    return counter_value(metrics_counter(name, "", ""));
}

/* ---- what is taken ---- */

static void a_message_of_a_declared_topic_is_put_into_the_store(void **state)
{
    static const char *const frames[] = {"stock.released",
                                         "{\"event_id\":\"e-1\",\"order_id\":\"17\"}"};
    const struct desk_put *put = send_until_put(*state, frames, 2, "e-1");
    assert_string_equal(put->topic, "stock.released");
    assert_string_equal(put->about, "17");
    assert_string_equal(put->payload, frames[1]);
}

static void of_a_live_feed_the_last_frame_is_the_payload(void **state)
{
    static const char *const frames[] = {
        "stock.released", "0001", "",
        "{\"specversion\":\"1.0\",\"source\":\"/stock\",\"id\":\"1\",\"subject\":\"17\"}"};
    const struct desk_put *put = send_until_put(*state, frames, 4, "/stock 1");
    assert_string_equal(put->payload, frames[3]);
    assert_string_equal(put->about, "17");
}

static void one_that_has_come_before_is_counted(void **state)
{
    struct site *site = *state;
    settle(site);
    uint64_t before = counted("orderd_inbound_duplicates_total");
    site->desk.status = STATUS_DUPLICATE;
    barrier(site);
    assert_true(counted("orderd_inbound_duplicates_total") > before);
    assert_int_equal(site->desk.letter_count, 0);
}

static void other_topics_can_be_set_while_it_runs(void **state)
{
    static const char *const fresh[] = {"stock.counted", "{\"event_id\":\"new\"}"};
    static const char *const topics[] = {"stock.counted"};
    struct site *site = *state;
    settle(site);
    bus_set_topics(site->bus, topics, 1);
    assert_string_equal(send_until_put(site, fresh, 2, "new")->topic, "stock.counted");
    bus_set_topics(site->bus, NULL, 0);
}

static void a_topic_that_only_begins_alike_is_not_taken(void **state)
{
    static const char *const longer[] = {"stock.released_v2", "{\"event_id\":\"longer\"}"};
    struct site *site = *state;
    settle(site);
    foreign_send(site->publisher, longer, 2);
    barrier(site);
    assert_null(put_of(site, "longer"));
    assert_int_equal(site->desk.letter_count, 0);
}

static void the_topic_is_compared_byte_for_byte(void **state)
{
    char text[] = "a.topic";
    char *texts[] = {text};
    const struct topics topics = {.texts = texts, .count = 1};
    const char *found;
    struct bus_message message = {.count = 2, .frames = {{"a.topic\0x", 9}, {"p", 1}}};
    (void)state;
    assert_int_equal(inbound_topic(&message, &topics, &found), STATUS_OK);
    assert_null(found);
    message.frames[0].size = 7;
    assert_int_equal(inbound_topic(&message, &topics, &found), STATUS_OK);
    assert_ptr_equal(found, text);
}

/* ---- what is not ---- */

static void what_is_malformed_is_a_dead_letter(void **state)
{
    struct site *site = *state;
    settle(site);
    send_payload(site, "{\"event_id\":7}");
    send_payload(site, "");
    barrier(site);
    assert_int_equal(site->desk.letter_count, 2);
    const struct desk_letter *letter = &site->desk.letters[0];
    assert_string_equal(letter->source, "inbound");
    assert_string_equal(letter->topic, "stock.released");
    assert_string_equal(letter->reason, "/event_id: expected a text");
    assert_int_equal(letter->payload_length, strlen("{\"event_id\":7}"));
    assert_int_equal(site->desk.letters[1].payload_length, 0);
}

static void of_a_long_one_the_beginning_is_kept(void **state)
{
    struct site *site = *state;
    static char payload[REJECTS_BYTES + 100];
    memset(payload, 'x', sizeof(payload) - 1);
    settle(site);
    send_payload(site, payload);
    barrier(site);
    assert_int_equal(site->desk.letter_count, 1);
    assert_int_equal(site->desk.letters[0].payload_length, REJECTS_BYTES);
    assert_non_null(
        strstr(site->desk.letters[0].reason, "(of 8291 bytes the first 8192 are kept)"));
}

static void too_many_or_too_few_frames_are_counted_and_dropped(void **state)
{
    static const char *const five[] = {"stock.released", "a", "b", "c", "d"};
    struct site *site = *state;
    settle(site);
    uint64_t before = counted("orderd_inbound_malformed_total");
    foreign_send(site->publisher, five, 5);
    foreign_send(site->publisher, five, 1);
    barrier(site);
    assert_int_equal(counted("orderd_inbound_malformed_total") - before, 2);
    assert_int_equal(site->desk.letter_count, 0);
}

static void what_the_store_will_never_take_is_a_dead_letter(void **state)
{
    struct site *site = *state;
    site->desk.status = STATUS_INTERNAL;
    settle(site);
    site->desk.wanted = 1;
    world_until(&site->world, desk_has_letters, &site->desk);
    assert_string_equal(site->desk.letters[0].reason, "as the test says");
}

static void a_publisher_of_nothing_else_does_not_fill_the_disk(void **state)
{
    enum { MANY = 50 * REJECTS_BURST };
    struct site *site = *state;
    struct rejects rejects;
    struct fault why = {.text = "because"};
    uint64_t before = counted("orderd_inbound_dropped_total");
    int64_t begun = clock_monotonic_us();
    rejects_init(&rejects, &site->desk.repository);
    for (int i = 0; i < MANY; i++)
        rejects_letter(&rejects, "t", "x", 1, &why);
    rejects_frames(&rejects, 1);
    int64_t refilled = (clock_monotonic_us() - begun) / 1000000 / REJECTS_EVERY_SECONDS + 1;
    assert_in_range(site->desk.letter_count, REJECTS_BURST, REJECTS_BURST + refilled);
    assert_int_equal(counted("orderd_inbound_dropped_total") - before,
                     MANY + 1 - site->desk.letter_count);
}

static void a_letter_that_cannot_be_kept_is_counted(void **state)
{
    struct site *site = *state;
    struct rejects rejects;
    struct fault why = {.text = "because"};
    uint64_t before = counted("orderd_inbound_dropped_total");
    rejects_init(&rejects, &site->desk.repository);
    site->desk.letter_status = STATUS_UNAVAILABLE;
    rejects_letter(&rejects, "t", "x", 1, &why);
    assert_int_equal(counted("orderd_inbound_dropped_total") - before, 1);
}

/* It costs the connection, which libzmq would not make again. */
static void after_a_frame_over_the_limit_the_line_comes_back(void **state)
{
    static char huge[FRAME_LIMIT + 2];
    struct site *site = *state;
    memset(huge, 'x', sizeof(huge) - 1);
    settle(site);
    send_payload(site, huge);
    barrier(site);
}

/* ---- an outage ---- */

static void send_numbers(struct site *site, int from, int to)
{
    for (int i = from; i < to; i++) {
        char payload[64];
        snprintf(payload, sizeof(payload), "{\"event_id\":\"n%d\"}", i);
        send_payload(site, payload);
    }
}

/* Beyond what may be held they wait in libzmq, and nothing is lost. */
static void while_the_store_is_away_messages_are_held_and_then_put_in_their_order(void **state)
{
    enum { MANY = 10 * PENDING };
    struct site *site = *state;
    settle(site);
    barrier(site); /* nothing is on its way any more, but repeats of this one */
    site->desk.at_once = false;
    size_t since = site->desk.count;
    send_numbers(site, 0, MANY);
    site->desk.wanted = since + PENDING;
    world_until(&site->world, desk_has_puts, &site->desk);
    for (size_t i = since; i < since + PENDING; i++)
        desk_answer(&site->desk, i, STATUS_UNAVAILABLE);
    site->desk.wanted = since + PENDING + 1; /* one is tried */
    world_until(&site->world, desk_has_puts, &site->desk);
    assert_int_equal(desk_open(&site->desk), 1);
    since = site->desk.count - 1;
    site->desk.at_once = true;
    desk_answer(&site->desk, since, STATUS_OK);
    static const char *const last[] = {"stock.released", "{\"event_id\":\"last\"}"};
    send_until_put(site, last, 2, "last");
    int next = 0;
    for (size_t i = since; i < site->desk.count; i++) {
        char expected[16];
        snprintf(expected, sizeof(expected), "n%d", next);
        next += strcmp(site->desk.puts[i].event_id, expected) == 0;
    }
    assert_int_equal(next, MANY);
}

static void a_bus_without_a_store_takes_nothing_in(void **state)
{
    struct site *site = *state;
    const char *endpoints[] = {site->endpoint};
    static const char *const topics[] = {"stock.released"};
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
    struct bus *bus = NULL;
    struct fault fault;
    assert_int_equal(bus_open(site->world.base, NULL, &options, &bus, &fault), STATUS_OK);
    bus_set_topics(bus, topics, 1);
    bus_stop_taking(bus);
    bus_close(bus, on_closed, site);
    world_until(&site->world, is_closed, site);
    site->closed = false;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_of_a_declared_topic_is_put_into_the_store),
        TEST(of_a_live_feed_the_last_frame_is_the_payload),
        TEST(one_that_has_come_before_is_counted),
        TEST(other_topics_can_be_set_while_it_runs),
        TEST(a_topic_that_only_begins_alike_is_not_taken),
        cmocka_unit_test(the_topic_is_compared_byte_for_byte),
        TEST(what_is_malformed_is_a_dead_letter),
        TEST(of_a_long_one_the_beginning_is_kept),
        TEST(too_many_or_too_few_frames_are_counted_and_dropped),
        TEST(what_the_store_will_never_take_is_a_dead_letter),
        TEST(a_publisher_of_nothing_else_does_not_fill_the_disk),
        TEST(a_letter_that_cannot_be_kept_is_counted),
        TEST(after_a_frame_over_the_limit_the_line_comes_back),
        TEST(while_the_store_is_away_messages_are_held_and_then_put_in_their_order),
        TEST(a_bus_without_a_store_takes_nothing_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
