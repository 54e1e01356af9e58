/* A bus with CURVE, and who comes to it: the right key, a wrong one, none, one that is gone. */
#include "client.h"

#include "base/metrics.h"
#include "bus/clients.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

/* ---- keys ---- */

static struct curve_keys service, full, orders, stranger;

static struct curve_keys keys_new(void)
{
    struct curve_keys keys;
    assert_int_equal(zmq_curve_keypair(keys.public_key, keys.secret_key), 0);
    return keys;
}

/* Puts a list in force: of `full` and `orders`, as far as their rights are not NULL. */
static void list_put(struct site *site, const char *full_may, const char *orders_may)
{
    char text[1024] = "[";
    struct bus_clients *clients = NULL;
    struct fault fault;
    if (full_may)
        snprintf(text, sizeof(text), "[{\"name\":\"full\",\"public_key\":\"%s\",%s}",
                 full.public_key, full_may);
    if (orders_may)
        snprintf(text + strlen(text), sizeof(text) - strlen(text),
                 "%s{\"name\":\"orders\",\"public_key\":\"%s\",%s}", full_may ? "," : "",
                 orders.public_key, orders_may);
    strcat(text, "]");
    assert_int_equal(bus_clients_parse(text, strlen(text), &clients, &fault), STATUS_OK);
    bus_set_clients(site->bus, clients);
}

static const char everything[] = "\"read\":[\"\"],\"cursors\":true";
static const char of_orders[] = "\"read\":[\"order.\"]";

/* ---- those who come ---- */

/* NULL for keys: without CURVE. `server` is whom it takes the service for. */
static void *visit(struct site *site, int type, const char *address, const struct curve_keys *keys,
                   const char *server)
{
    char endpoint[160];
    const int none = 0;
    void *socket = zmq_socket(site->foreign, type);
    zmq_setsockopt(socket, ZMQ_LINGER, &none, sizeof(none));
    if (keys) {
        zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, keys->public_key, CURVE_KEY_LENGTH);
        zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, keys->secret_key, CURVE_KEY_LENGTH);
        zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, server, CURVE_KEY_LENGTH);
    }
    if (type == ZMQ_SUB)
        zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
    snprintf(endpoint, sizeof(endpoint), "tcp://%s", address);
    assert_int_equal(zmq_connect(socket, endpoint), 0);
    return socket;
}

struct ear {
    struct site *site;
    void *socket;
    const char *topic; /* waited for */
    struct heard heard;
};

static void ear_open(struct ear *ear, struct site *site, const char *address,
                     const struct curve_keys *keys)
{
    memset(ear, 0, sizeof(*ear));
    ear->site = site;
    ear->socket = visit(site, ZMQ_SUB, address, keys, service.public_key);
}

static size_t heard_of(struct ear *ear, const char *topic)
{
    size_t count = 0;
    foreign_hear(ear->socket, &ear->heard);
    for (size_t i = 0; i < ear->heard.count; i++)
        count += strcmp(ear->heard.messages[i].text[0], topic) == 0;
    return count;
}

/* A subscription takes its time to arrive: says it until it is heard. */
static bool say_and_look(void *arg)
{
    struct ear *ear = arg;
    bus_post(ear->site->bus, ear->topic, "{}", 2);
    return heard_of(ear, ear->topic) > 0;
}

static void hears(struct ear *ear, const char *topic)
{
    ear->topic = topic;
    world_until(&ear->site->world, say_and_look, ear);
}

static void forget(struct ear *ear)
{
    foreign_hear(ear->socket, &ear->heard);
    ear->heard.count = 0;
}

static uint64_t handshakes(const char *result)
{
    char labels[64];
    snprintf(labels, sizeof(labels), "result=\"%s\"", result);
    return counter_value(metrics_counter("orderd_bus_handshakes_total", "", labels));
}

static bool refused_once_more(void *arg)
{
    return handshakes("refused") > *(uint64_t *)arg;
}

/* ---- the bus ---- */

static void keys_make(void)
{
    service = keys_new();
    full = keys_new();
    orders = keys_new();
    stranger = keys_new();
}

static int setup(void **state)
{
    static const char *const topics[] = {"order.", "public."};
    static const struct bus_feed feed = {
        .publish = "127.0.0.1:0", .topics = topics, .topic_count = 2};
    struct site *site = site_new(state);
    keys_make();
    site->options.keys = &service;
    site->options.feeds = &feed;
    site->options.feed_count = 1;
    site->options.heartbeat_ms = 20;
    site_begin(site);
    bus_lead(site->bus, store_epoch(site->world.store));
    return 0;
}

/* ---- PUB ---- */

static void a_client_in_the_list_hears_what_is_published(void **state)
{
    struct site *site = *state;
    static struct ear ear;
    list_put(site, everything, NULL);
    ear_open(&ear, site, bus_address(site->bus), &full);
    hears(&ear, "order.created");
    hears(&ear, "anything");
    hears(&ear, "heartbeat");
    zmq_close(ear.socket);
}

/* Each of them is there before the one that hears, and as long. */
static void nobody_else_hears_anything(void **state)
{
    struct site *site = *state;
    static struct ear known, plain, unknown, wrong;
    uint64_t refused = handshakes("refused");
    list_put(site, everything, NULL);
    ear_open(&plain, site, bus_address(site->bus), NULL);
    ear_open(&unknown, site, bus_address(site->bus), &stranger);
    ear_open(&wrong, site, bus_address(site->bus), &full);
    zmq_close(wrong.socket);
    wrong.socket = visit(site, ZMQ_SUB, bus_address(site->bus), &full, stranger.public_key);
    world_until(&site->world, refused_once_more, &refused);
    ear_open(&known, site, bus_address(site->bus), &full);
    hears(&known, "order.created");
    hears(&known, "order.completed");
    struct ear *others[] = {&plain, &unknown, &wrong};
    for (size_t i = 0; i < 3; i++) {
        foreign_hear(others[i]->socket, &others[i]->heard);
        assert_int_equal(others[i]->heard.count, 0);
        zmq_close(others[i]->socket);
    }
    zmq_close(known.socket);
}

static void before_there_is_a_list_nobody_is_let_in(void **state)
{
    struct site *site = *state;
    static struct ear ear;
    uint64_t refused = handshakes("refused");
    ear_open(&ear, site, bus_address(site->bus), &full);
    world_until(&site->world, refused_once_more, &refused);
    assert_int_equal(heard_of(&ear, "heartbeat"), 0);
    zmq_close(ear.socket);
}

/* ---- feeds ---- */

static void a_feed_carries_its_topics_and_no_others(void **state)
{
    struct site *site = *state;
    static struct ear ear, all;
    list_put(site, everything, "\"read\":[\"order.\",\"public\"]");
    ear_open(&all, site, bus_address(site->bus), &full);
    ear_open(&ear, site, bus_feed_address(site->bus, 0), &orders);
    hears(&ear, "order.created");
    hears(&ear, "public.notice");
    hears(&ear, "heartbeat");
    hears(&all, "secret.thing");
    hears(&all, "order");
    hears(&ear, "order.completed"); /* behind those */
    assert_int_equal(heard_of(&ear, "secret.thing"), 0);
    assert_int_equal(heard_of(&ear, "order"), 0);
    zmq_close(ear.socket);
    zmq_close(all.socket);
}

static void stored_events_are_on_the_feed_as_they_are_on_pub(void **state)
{
    struct site *site = *state;
    static struct ear ear;
    list_put(site, NULL, "\"read\":[\"\"]");
    ear_open(&ear, site, bus_feed_address(site->bus, 0), &orders);
    hears(&ear, "public.notice");
    world_create_order(&site->world);
    bus_wake(site->bus);
    hears(&ear, "public.behind");
    while (heard_of(&ear, "order.created") == 0)
        hears(&ear, "order.created");
    zmq_close(ear.socket);
}

/* It has a right to order., so neither PUB, which carries all, nor a feed of more is for it. */
static void a_client_is_let_in_only_where_it_may_read_all(void **state)
{
    struct site *site = *state;
    static struct ear pub, feed, known;
    uint64_t refused = handshakes("refused");
    list_put(site, everything, of_orders);
    ear_open(&pub, site, bus_address(site->bus), &orders);
    world_until(&site->world, refused_once_more, &refused);
    refused = handshakes("refused");
    ear_open(&feed, site, bus_feed_address(site->bus, 0), &orders);
    world_until(&site->world, refused_once_more, &refused);
    ear_open(&known, site, bus_address(site->bus), &full);
    hears(&known, "order.created");
    assert_int_equal(heard_of(&pub, "order.created") + heard_of(&feed, "order.created"), 0);
    assert_int_equal(heard_of(&pub, "heartbeat") + heard_of(&feed, "heartbeat"), 0);
    zmq_close(pub.socket);
    zmq_close(feed.socket);
    zmq_close(known.socket);
}

/* ---- a new list ---- */

static void whoever_is_taken_off_the_list_hears_no_more(void **state)
{
    struct site *site = *state;
    static struct ear ear, other;
    list_put(site, everything, everything);
    ear_open(&ear, site, bus_address(site->bus), &full);
    ear_open(&other, site, bus_address(site->bus), &orders);
    hears(&ear, "before");
    hears(&other, "before");
    uint64_t refused = handshakes("refused");
    list_put(site, NULL, everything);
    world_until(&site->world, refused_once_more, &refused); /* it came again */
    hears(&other, "after");                                 /* and so did this one */
    assert_int_equal(heard_of(&ear, "after"), 0);
    zmq_close(ear.socket);
    zmq_close(other.socket);
}

static void whoever_may_read_less_is_asked_again(void **state)
{
    struct site *site = *state;
    static struct ear ear, other;
    list_put(site, everything, everything);
    ear_open(&ear, site, bus_address(site->bus), &orders);
    ear_open(&other, site, bus_address(site->bus), &full);
    hears(&ear, "before");
    list_put(site, everything, of_orders);
    hears(&other, "after");
    assert_int_equal(heard_of(&ear, "after"), 0);
    zmq_close(ear.socket);
    zmq_close(other.socket);
}

/* One message, sent at once: a connection that was ended would not have it. */
static void a_list_in_which_nobody_loses_anything_disturbs_nobody(void **state)
{
    struct site *site = *state;
    static struct ear ear;
    list_put(site, everything, NULL);
    ear_open(&ear, site, bus_address(site->bus), &full);
    hears(&ear, "before");
    forget(&ear);
    list_put(site, everything, of_orders);
    bus_post(site->bus, "after", "{}", 2);
    hears(&ear, "later");
    assert_int_equal(heard_of(&ear, "after"), 1);
    zmq_close(ear.socket);
}

static void a_feed_is_left_alone_when_only_pub_lost_somebody(void **state)
{
    struct site *site = *state;
    static struct ear ear;
    list_put(site, everything, "\"read\":[\"order.\",\"public.\"]");
    ear_open(&ear, site, bus_feed_address(site->bus, 0), &orders);
    hears(&ear, "public.before");
    forget(&ear);
    list_put(site, "\"read\":[\"order.\",\"public.\"]", "\"read\":[\"order.\",\"public.\"]");
    bus_post(site->bus, "public.after", "{}", 2);
    hears(&ear, "public.later");
    assert_int_equal(heard_of(&ear, "public.after"), 1);
    zmq_close(ear.socket);
}

static void many_lists_one_after_the_other_leave_the_last_in_force(void **state)
{
    struct site *site = *state;
    static struct ear ear;
    ear_open(&ear, site, bus_address(site->bus), &full);
    for (int i = 0; i < 6; i++) {
        list_put(site, everything, everything);
        list_put(site, everything, NULL);
        list_put(site, NULL, everything);
        event_base_loop(site->world.base, EVLOOP_NONBLOCK);
    }
    list_put(site, everything, NULL);
    zmq_close(ear.socket); /* it was refused, and does not come again by itself */
    ear_open(&ear, site, bus_address(site->bus), &full);
    hears(&ear, "last");
    zmq_close(ear.socket);
}

/* ---- REPLAY ---- */

static void dealer_open(struct client *client, struct site *site, const struct curve_keys *keys)
{
    memset(client, 0, sizeof(*client));
    client->site = site;
    client->socket =
        visit(site, ZMQ_DEALER, bus_replay_address(site->bus), keys, service.public_key);
}

static void replay_gives_what_the_list_allows(void **state)
{
    struct site *site = *state;
    static struct client client;
    list_put(site, NULL, of_orders);
    world_create_order(&site->world);
    dealer_open(&client, site, &orders);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"topics\":[\"order.created\"]}");
    client_expect_events(&client, "x", 1);
    client_expect(&client, "END", "x", "\"count\":1");
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"topics\":[\"inventory.\"]}");
    client_expect(&client, "ERROR", "x", "\"forbidden\"");
    client_ask(&client, "CURSOR-LIST", "x", "{}");
    client_expect(&client, "ERROR", "x", "\"forbidden\"");
    client_close(&client);
}

static void replay_refuses_on_the_same_connection_what_a_new_list_takes_away(void **state)
{
    struct site *site = *state;
    static struct client client;
    list_put(site, everything, NULL);
    dealer_open(&client, site, &full);
    client_ask(&client, "HEAD", "x", "{}");
    client_expect(&client, "OK", "x", "head");
    list_put(site, NULL, everything);
    client_ask(&client, "HEAD", "y", "{}");
    client_expect(&client, "ERROR", "y", "\"forbidden\"");
    client_ask(&client, "READ", "y", "{\"after\":\"\"}");
    client_expect(&client, "ERROR", "y", "\"forbidden\"");
    client_close(&client);
}

/* The name stays, and the connection of the old key has lost it. */
static void a_read_that_waits_for_credit_ends_with_its_right(void **state)
{
    struct site *site = *state;
    static struct client client;
    list_put(site, everything, NULL);
    world_create_order(&site->world);
    world_create_order(&site->world);
    dealer_open(&client, site, &full);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":1}");
    client_expect_events(&client, "x", 1);
    list_put(site, everything, of_orders); /* somebody else's right is no matter */
    client_ask(&client, "CREDIT", "x", "{\"credit\":0}");
    list_put(site, NULL, of_orders);
    client_expect(&client, "ERROR", "x", "\"forbidden\"");
    client_close(&client);
}

static void a_key_that_is_replaced_is_worth_nothing_any_more(void **state)
{
    struct site *site = *state;
    static struct client old, now;
    struct curve_keys before = full;
    list_put(site, everything, NULL);
    dealer_open(&old, site, &before);
    client_ask(&old, "HEAD", "x", "{}");
    client_expect(&old, "OK", "x", "head");
    full = keys_new();
    list_put(site, everything, NULL);
    client_ask(&old, "HEAD", "y", "{}");
    client_expect(&old, "ERROR", "y", "\"forbidden\"");
    dealer_open(&now, site, &full);
    client_ask(&now, "HEAD", "x", "{}");
    client_expect(&now, "OK", "x", "head");
    client_close(&old);
    client_close(&now);
}

static void replay_hears_nobody_else(void **state)
{
    struct site *site = *state;
    static struct client client, plain, unknown;
    uint64_t refused = handshakes("refused");
    list_put(site, everything, NULL);
    dealer_open(&plain, site, NULL);
    dealer_open(&unknown, site, &stranger);
    client_ask(&plain, "HEAD", "x", "{}");
    client_ask(&unknown, "HEAD", "x", "{}");
    world_until(&site->world, refused_once_more, &refused);
    dealer_open(&client, site, &full);
    for (int i = 0; i < 3; i++) {
        client_ask(&client, "HEAD", "x", "{}");
        client_expect(&client, "OK", "x", "head");
    }
    client_listen(&plain);
    client_listen(&unknown);
    assert_int_equal(plain.heard.count + unknown.heard.count, 0);
    client_close(&client);
    client_close(&plain);
    client_close(&unknown);
}

/* ---- INGEST ---- */

static int setup_ingest(void **state)
{
    static const char *const topics[] = {"stock.released", "stock.counted"};
    struct site *site = site_new(state);
    keys_make();
    site->options.keys = &service;
    site->options.ingest = "127.0.0.1:0";
    site->options.ingest_pending = 10;
    site->options.topics = topics;
    site->options.topic_count = 2;
    site_begin(site);
    return 0;
}

static void sender_open(struct client *client, struct site *site, const struct curve_keys *keys)
{
    memset(client, 0, sizeof(*client));
    client->site = site;
    client->socket =
        visit(site, ZMQ_DEALER, bus_ingest_address(site->bus), keys, service.public_key);
}

static void send_in(struct client *client, const char *topic)
{
    const char *frames[] = {"PUT", "x", topic, "{\"event_id\":\"e\"}"};
    foreign_send(client->socket, frames, 4);
}

static void ingest_takes_what_the_list_allows_to_be_sent(void **state)
{
    struct site *site = *state;
    static struct client client;
    list_put(site, NULL, "\"send\":[\"stock.r\"]");
    sender_open(&client, site, &orders);
    send_in(&client, "stock.counted");
    client_expect(&client, "NACK", "x", "\"code\":\"forbidden\"");
    send_in(&client, "stock.released");
    client_expect(&client, "ACK", "x", "\"duplicate\":false");
    list_put(site, NULL, everything);
    send_in(&client, "stock.released");
    client_expect(&client, "NACK", "x", "\"code\":\"forbidden\"");
    client_close(&client);
}

static void ingest_hears_nobody_else(void **state)
{
    struct site *site = *state;
    static struct client client, plain, unknown;
    uint64_t refused = handshakes("refused");
    list_put(site, "\"send\":[\"\"]", NULL);
    sender_open(&plain, site, NULL);
    sender_open(&unknown, site, &stranger);
    send_in(&plain, "stock.released");
    send_in(&unknown, "stock.released");
    world_until(&site->world, refused_once_more, &refused);
    sender_open(&client, site, &full);
    send_in(&client, "stock.released");
    client_expect(&client, "ACK", "x", "\"duplicate\":false");
    client_listen(&plain);
    client_listen(&unknown);
    assert_int_equal(plain.heard.count + unknown.heard.count, 0);
    client_close(&client);
    client_close(&plain);
    client_close(&unknown);
}

int main(void)
{
#define CURVE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, site_teardown)
    const struct CMUnitTest tests[] = {
        CURVE_TEST(a_client_in_the_list_hears_what_is_published),
        CURVE_TEST(nobody_else_hears_anything),
        CURVE_TEST(before_there_is_a_list_nobody_is_let_in),
        CURVE_TEST(a_feed_carries_its_topics_and_no_others),
        CURVE_TEST(stored_events_are_on_the_feed_as_they_are_on_pub),
        CURVE_TEST(a_client_is_let_in_only_where_it_may_read_all),
        CURVE_TEST(whoever_is_taken_off_the_list_hears_no_more),
        CURVE_TEST(whoever_may_read_less_is_asked_again),
        CURVE_TEST(a_list_in_which_nobody_loses_anything_disturbs_nobody),
        CURVE_TEST(a_feed_is_left_alone_when_only_pub_lost_somebody),
        CURVE_TEST(many_lists_one_after_the_other_leave_the_last_in_force),
        CURVE_TEST(replay_gives_what_the_list_allows),
        CURVE_TEST(replay_refuses_on_the_same_connection_what_a_new_list_takes_away),
        CURVE_TEST(a_read_that_waits_for_credit_ends_with_its_right),
        CURVE_TEST(a_key_that_is_replaced_is_worth_nothing_any_more),
        CURVE_TEST(replay_hears_nobody_else),
        cmocka_unit_test_setup_teardown(ingest_takes_what_the_list_allows_to_be_sent, setup_ingest,
                                        site_teardown),
        cmocka_unit_test_setup_teardown(ingest_hears_nobody_else, setup_ingest, site_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
