/* Sending in: when a sender is told what, and senders that do not play along. */
#include "client.h"
#include "desk.h"

#include "base/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { PENDING = 3, FRAME_LIMIT = 2000 };

static struct client client;
static struct desk desk;

/* ---- life ---- */

static const char *const declared[] = {"stock.released", "stock.counted"};

static struct site *prepare(void **state)
{
    struct site *site = site_new(state);
    site->options.message_bytes = FRAME_LIMIT;
    site->options.ingest = "127.0.0.1:0";
    site->options.ingest_pending = PENDING;
    site->options.topics = declared;
    site->options.topic_count = 2;
    return site;
}

static void begin(struct site *site)
{
    site_begin(site);
    client_open_at(&client, site, bus_ingest_address(site->bus), 0);
}

/* With a real store. */
static int setup(void **state)
{
    begin(prepare(state));
    return 0;
}

/* With one that answers as the test says. */
static int setup_desk(void **state)
{
    struct site *site = prepare(state);
    desk_init(&desk);
    site->repository = &desk.repository;
    begin(site);
    return 0;
}

static int teardown(void **state)
{
    client_close(&client);
    return site_teardown(state);
}

/* The store answers every call. */
static int teardown_desk(void **state)
{
    int code = teardown(state);
    for (size_t i = 0; i < desk.count; i++) {
        if (desk.puts[i].done)
            desk_answer(&desk, i, STATUS_UNAVAILABLE);
    }
    return code;
}

/* ---- sending ---- */

static void send_as(struct client *sender, const char *id, const char *topic, const char *payload)
{
    const char *frames[] = {"PUT", id, topic, payload};
    foreign_send(sender->socket, frames, 4);
}

static void send_in(const char *id, const char *payload)
{
    send_as(&client, id, "stock.released", payload);
}

static void send_number(struct client *sender, int number, const char *about)
{
    char id[16], payload[128];
    snprintf(id, sizeof(id), "%d", number);
    snprintf(payload, sizeof(payload), "{\"event_id\":\"e%d\",\"order_id\":\"%s\"}", number, about);
    send_as(sender, id, "stock.released", payload);
}

static void expect_nack(const char *id, const char *code, const char *detail, bool retry)
{
    char json[512];
    snprintf(json, sizeof(json), "{\"code\":\"%s\",\"detail\":\"%s\",\"retry\":%s}", code, detail,
             retry ? "true" : "false");
    client_expect(&client, "NACK", id, json);
}

/* The process serves on. */
static void expect_service(struct site *site)
{
    static struct client other;
    client_open_at(&other, site, bus_ingest_address(site->bus), 0);
    send_as(&other, "x", "stock.counted", "{\"event_id\":\"of another\"}");
    client_expect(&other, "ACK", "x", "\"event_id\":\"of another\"");
    client_close(&other);
}

struct pending {
    size_t count;
    char event_id[64], topic[64], about[64], payload[128];
};

static void on_pending(void *arg, enum status status, const struct stored_inbound *messages,
                       size_t count, const struct fault *fault)
{
    struct pending *pending = arg;
    (void)fault;
    assert_int_equal(status, STATUS_OK);
    pending->count = count;
    if (count == 0)
        return;
    const struct inbound *message = &messages[0].message;
    snprintf(pending->event_id, sizeof(pending->event_id), "%s", message->event_id);
    snprintf(pending->topic, sizeof(pending->topic), "%s", message->topic);
    snprintf(pending->about, sizeof(pending->about), "%s", message->about ? message->about : "");
    snprintf(pending->payload, sizeof(pending->payload), "%.*s", (int)message->payload_length,
             message->payload);
}

/* SQLite reads at once. */
static struct pending stored(struct site *site)
{
    struct pending pending = {0};
    repository_inbound_pending(site->world.repository, 100, on_pending, &pending);
    return pending;
}

static void wait_puts(struct site *site, size_t count)
{
    desk.wanted = count;
    world_until(&site->world, desk_has_puts, &desk);
}

static uint64_t counted(const char *name, const char *labels)
{
    return counter_value(metrics_counter(name, "", labels));
}

/* ---- what is taken ---- */

static void an_ack_says_that_the_message_is_in_the_store(void **state)
{
    struct site *site = *state;
    static const char payload[] = "{\"event_id\":\"e-1\",\"order_id\":\"17\",\"success\":true}";
    uint64_t acks = counted("orderd_ingest_acks_total", "");
    send_in("one", payload);
    client_expect(&client, "ACK", "one", "{\"event_id\":\"e-1\",\"duplicate\":false}");
    struct pending pending = stored(site);
    assert_int_equal(pending.count, 1);
    assert_string_equal(pending.event_id, "e-1");
    assert_string_equal(pending.topic, "stock.released");
    assert_string_equal(pending.about, "17");
    assert_string_equal(pending.payload, payload);
    assert_int_equal(counted("orderd_ingest_acks_total", "") - acks, 1);
}

static void the_same_again_is_a_duplicate(void **state)
{
    struct site *site = *state;
    uint64_t duplicates = counted("orderd_ingest_duplicates_total", "");
    send_in("1", "{\"event_id\":\"e-1\"}");
    client_expect(&client, "ACK", "1", "\"duplicate\":false");
    send_in("2", "{\"event_id\":\"e-1\",\"other\":1}");
    client_expect(&client, "ACK", "2", "{\"event_id\":\"e-1\",\"duplicate\":true}");
    assert_int_equal(stored(site).count, 1);
    assert_int_equal(counted("orderd_ingest_duplicates_total", "") - duplicates, 1);
}

static void a_req_socket_is_answered(void **state)
{
    struct site *site = *state;
    struct client req = {.site = site};
    char endpoint[160];
    req.socket = zmq_socket(site->foreign, ZMQ_REQ);
    snprintf(endpoint, sizeof(endpoint), "tcp://%s", bus_ingest_address(site->bus));
    assert_int_equal(zmq_connect(req.socket, endpoint), 0);
    send_as(&req, "r", "stock.released", "{\"event_id\":\"e-1\"}");
    client_expect(&req, "ACK", "r", "e-1");
    send_as(&req, "s", "stock.released", "{}");
    client_expect(&req, "NACK", "s", "/event_id: is missing");
    client_close(&req);
}

static void what_is_malformed_is_refused_with_its_place(void **state)
{
    struct site *site = *state;
    uint64_t before = counted("orderd_ingest_nacks_total", "code=\"malformed\"");
    send_in("1", "{\"event_id\":7}");
    expect_nack("1", "malformed", "/event_id: expected a text", false);
    send_in("2", "[]");
    expect_nack("2", "malformed", "expected a JSON object", false);
    send_in("3", "");
    client_expect(&client, "NACK", "3", "\"code\":\"malformed\"");
    client_ask(&client, "PUT", "4", "stock.released");
    client_expect(&client, "NACK", "4", "expected two frames");
    send_as(&client, "5", "stock.released", "{\"event_id\":\"e\",\"order_id\":[]}");
    expect_nack("5", "malformed", "/order_id: expected a text", false);
    client_ask(&client, "GET", "6", "{}");
    client_expect(&client, "NACK", "6", "expected the verb PUT");
    assert_int_equal(counted("orderd_ingest_nacks_total", "code=\"malformed\"") - before, 6);
    assert_int_equal(stored(site).count, 0);
}

static void a_topic_that_no_script_takes_is_refused_until_one_does(void **state)
{
    struct site *site = *state;
    static const char *const others[] = {"stock.lost"};
    send_as(&client, "1", "stock.lost", "{\"event_id\":\"e\"}");
    expect_nack("1", "unknown-topic", "no script takes this topic", false);
    send_as(&client, "2", "stock.released_v2", "{\"event_id\":\"e\"}");
    expect_nack("2", "unknown-topic", "no script takes this topic", false);
    bus_set_topics(site->bus, others, 1);
    send_as(&client, "3", "stock.lost", "{\"event_id\":\"e\"}");
    client_expect(&client, "ACK", "3", "\"duplicate\":false");
    send_in("4", "{\"event_id\":\"f\"}");
    expect_nack("4", "unknown-topic", "no script takes this topic", false);
}

/* ---- who may ---- */

static const char *const may_send[] = {"stock.r"};

static const struct bus_rights *rights_of(void *arg, const char *user)
{
    (void)user;
    return arg;
}

static int setup_rights(void **state)
{
    static const struct bus_rights rights = {.send = may_send, .send_count = 1};
    struct site *site = prepare(state);
    site->options.rights = rights_of;
    site->options.rights_arg = (void *)&rights;
    begin(site);
    return 0;
}

static void who_may_not_send_on_a_topic_is_refused(void **state)
{
    struct site *site = *state;
    send_as(&client, "1", "stock.counted", "{\"event_id\":\"e\"}");
    expect_nack("1", "forbidden", "this client may not send on this topic", false);
    send_as(&client, "2", "stock", "{\"event_id\":\"e\"}");
    expect_nack("2", "forbidden", "this client may not send on this topic", false);
    assert_int_equal(stored(site).count, 0);
    send_as(&client, "3", "stock.released", "{\"event_id\":\"e\"}");
    client_expect(&client, "ACK", "3", "\"duplicate\":false");
    send_as(&client, "4", "stock.rest", "{\"event_id\":\"e\"}");
    expect_nack("4", "unknown-topic", "no script takes this topic", false);
}

/* ---- the store's answers ---- */

static void nobody_is_answered_before_the_store_has_answered(void **state)
{
    struct site *site = *state;
    send_number(&client, 1, "a");
    wait_puts(site, 1);
    client_expect_silence(&client);
    desk_answer(&desk, 0, STATUS_OK);
    client_expect(&client, "ACK", "1", "{\"event_id\":\"e1\",\"duplicate\":false}");
}

static void a_store_that_does_not_answer_well_is_told_as_such(void **state)
{
    static const enum status statuses[] = {STATUS_UNAVAILABLE, STATUS_TIMEOUT, STATUS_INTERNAL};
    static const char detail[] = "the store does not answer now; send it again";
    struct site *site = *state;
    for (int i = 0; i < 3; i++) {
        char id[16];
        send_number(&client, i, "a");
        wait_puts(site, (size_t)i + 1);
        desk_answer(&desk, (size_t)i, statuses[i]);
        snprintf(id, sizeof(id), "%d", i);
        expect_nack(id, "unavailable", detail, true);
    }
}

static void answer_all(struct site *site, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        wait_puts(site, i + 1);
        assert_true(desk_open(&desk) <= PENDING);
        desk_answer(&desk, i, STATUS_OK);
    }
}

static void beyond_the_limit_senders_wait_and_nothing_is_dropped(void **state)
{
    enum { MANY = 200 };
    struct site *site = *state;
    for (int i = 0; i < MANY; i++) {
        char about[16];
        snprintf(about, sizeof(about), "%d", i);
        send_number(&client, i, about);
    }
    wait_puts(site, PENDING);
    client_expect_silence(&client);
    assert_int_equal(desk.count, PENDING);
    answer_all(site, MANY);
    for (int i = 0; i < MANY; i++) {
        char id[16];
        snprintf(id, sizeof(id), "%d", i);
        client_expect(&client, "ACK", id, "\"duplicate\":false");
    }
}

static void messages_about_one_order_are_put_in_the_order_of_their_coming(void **state)
{
    struct site *site = *state;
    send_number(&client, 1, "a");
    send_number(&client, 2, "a");
    send_number(&client, 3, "b");
    wait_puts(site, 2);
    assert_string_equal(desk.puts[0].event_id, "e1");
    assert_string_equal(desk.puts[1].event_id, "e3");
    desk_answer(&desk, 0, STATUS_OK);
    assert_string_equal(desk.puts[2].event_id, "e2");
}

static void who_sends_to_a_process_that_stops_is_told_to_try_again(void **state)
{
    struct site *site = *state;
    bus_stop_taking(site->bus);
    send_in("1", "{\"event_id\":\"e\"}");
    expect_nack("1", "unavailable", "this process is being stopped", true);
}

static void it_closes_with_messages_under_way(void **state)
{
    struct site *site = *state;
    send_number(&client, 1, "a");
    send_number(&client, 2, "a");
    send_number(&client, 3, "b");
    wait_puts(site, 2);
    site_end(site);
    desk_answer(&desk, 0, STATUS_OK);
    desk_answer(&desk, 1, STATUS_UNAVAILABLE);
    assert_int_equal(desk.count, 2);
}

/* ---- senders that do not play along ---- */

static void garbage_is_refused_and_the_others_are_served(void **state)
{
    static const char *const frames[] = {"\xff\xfe", "",  "PUT", "\x01", "",
                                         "{",        "a", "b",   "c",    "d"};
    struct site *site = *state;
    static char long_id[300];
    memset(long_id, 'i', sizeof(long_id) - 1);
    for (size_t count = 1; count <= sizeof(frames) / sizeof(frames[0]); count++) {
        for (size_t from = 0; from + count <= sizeof(frames) / sizeof(frames[0]); from++)
            foreign_send(client.socket, frames + from, count);
    }
    send_in(long_id, "{\"event_id\":\"e\"}");
    send_in("", "{\"event_id\":\"e\"}");
    expect_service(site);
    assert_int_equal(stored(site).count, 1);
}

static void ten_thousand_tiny_frames_are_no_message(void **state)
{
    enum { MANY = 10000 };
    struct site *site = *state;
    for (int i = 0; i < MANY; i++)
        assert_int_equal(zmq_send(client.socket, "x", 1, i + 1 < MANY ? ZMQ_SNDMORE : 0), 1);
    client_expect(&client, "NACK", "x", "there are 10001 frames");
    for (int i = 0; i < MANY; i++)
        assert_int_equal(zmq_send(client.socket, "", 0, 0), 0);
    expect_service(site);
}

static void who_sends_more_than_the_limit_loses_the_line_and_nobody_else(void **state)
{
    struct site *site = *state;
    static char payload[FRAME_LIMIT + 2];
    memset(payload, ' ', FRAME_LIMIT + 1);
    memcpy(payload, "{\"event_id\":\"long\"}", strlen("{\"event_id\":\"long\"}"));
    payload[FRAME_LIMIT] = '\0';
    send_in("most", payload);
    client_expect(&client, "ACK", "most", "long");
    payload[FRAME_LIMIT] = ' ';
    send_in("more", payload);
    expect_service(site);
    assert_int_equal(stored(site).count, 2);
    send_in("after", "{\"event_id\":\"after\"}"); /* its DEALER connects again by itself */
    client_expect(&client, "ACK", "after", "after");
}

static void nuls_and_bombs_are_malformed(void **state)
{
    struct site *site = *state;
    static char bomb[FRAME_LIMIT];
    const char *names[] = {"PUT", "nul", "stock.released"};
    for (size_t i = 0; i < 3; i++)
        zmq_send(client.socket, names[i], strlen(names[i]), ZMQ_SNDMORE);
    zmq_send(client.socket, "{\"event_id\":\"e\0\"}", 17, 0);
    client_expect(&client, "NACK", "nul", "malformed");
    memset(bomb, '[', sizeof(bomb) - 1);
    send_in("bomb", bomb);
    client_expect(&client, "NACK", "bomb", "malformed");
    expect_service(site);
}

enum { FLOOD = 20000 };

static bool flood_is_taken(void *arg)
{
    (void)arg;
    return desk.answered_at_once >= FLOOD;
}

/* It gets no answers beyond what fits between the two; its messages are taken all the same. */
static void a_flood_without_reading_the_answers_harms_nobody(void **state)
{
    struct site *site = *state;
    static struct client flooder;
    const int few = 1;
    desk.at_once = true;
    client_open_at(&flooder, site, bus_ingest_address(site->bus), few);
    for (int i = 0; i < FLOOD; i++) {
        send_number(&flooder, i, "a");
        if (i % 100 == 0)
            event_base_loop(site->world.base, EVLOOP_NONBLOCK);
    }
    expect_service(site);
    world_until(&site->world, flood_is_taken, NULL);
    client_close(&flooder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TEST_DESK(name) cmocka_unit_test_setup_teardown(name, setup_desk, teardown_desk)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_ack_says_that_the_message_is_in_the_store),
        TEST(the_same_again_is_a_duplicate),
        TEST(a_req_socket_is_answered),
        TEST(what_is_malformed_is_refused_with_its_place),
        TEST(a_topic_that_no_script_takes_is_refused_until_one_does),
        cmocka_unit_test_setup_teardown(who_may_not_send_on_a_topic_is_refused, setup_rights,
                                        teardown),
        TEST_DESK(nobody_is_answered_before_the_store_has_answered),
        TEST_DESK(a_store_that_does_not_answer_well_is_told_as_such),
        TEST_DESK(beyond_the_limit_senders_wait_and_nothing_is_dropped),
        TEST_DESK(messages_about_one_order_are_put_in_the_order_of_their_coming),
        TEST_DESK(who_sends_to_a_process_that_stops_is_told_to_try_again),
        TEST_DESK(it_closes_with_messages_under_way),
        TEST(garbage_is_refused_and_the_others_are_served),
        TEST(ten_thousand_tiny_frames_are_no_message),
        TEST(who_sends_more_than_the_limit_loses_the_line_and_nobody_else),
        TEST(nuls_and_bombs_are_malformed),
        TEST_DESK(a_flood_without_reading_the_answers_harms_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
