/* A ROUTER in the loop: who is answered, and what becomes of an answer that cannot be sent. */
#include "world.h"

#include "bus/entrance.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum { HIGH_WATER_MARK = 10, FRAME_LIMIT = 1000, FLOOD = 2000, FILLING = 100000 };

struct exchange {
    struct world world;
    void *context, *foreign, *dealer;
    struct entrance *entrance;
    bool echo;
    size_t received; /* messages */
    size_t frames;   /* of the last one */
    char id[64];     /* its routing id */
    size_t id_size;
    char last[64]; /* its last kept frame */
    bool has_user;
    enum status sent; /* what became of the last answer */
    size_t wanted;
};

static void on_message(void *arg, const struct bus_message *message)
{
    struct exchange *exchange = arg;
    size_t kept = message->count < BUS_FRAMES_LIMIT ? message->count : BUS_FRAMES_LIMIT;
    const struct bus_frame *id = &message->frames[0], *last = &message->frames[kept - 1];
    exchange->received++;
    exchange->frames = message->count;
    exchange->id_size = id->size;
    memcpy(exchange->id, id->data, id->size);
    snprintf(exchange->last, sizeof(exchange->last), "%.*s", (int)last->size, last->data);
    exchange->has_user = message->user != NULL;
    if (exchange->echo)
        exchange->sent = entrance_send(exchange->entrance, message->frames, kept);
}

static void *dealer_open(struct exchange *exchange, const char *routing_id)
{
    char endpoint[96];
    const int few = HIGH_WATER_MARK;
    void *dealer = zmq_socket(exchange->foreign, ZMQ_DEALER);
    snprintf(endpoint, sizeof(endpoint), "tcp://%s", entrance_address(exchange->entrance));
    zmq_setsockopt(dealer, ZMQ_RCVHWM, &few, sizeof(few));
    if (routing_id)
        zmq_setsockopt(dealer, ZMQ_ROUTING_ID, routing_id, strlen(routing_id));
    assert_int_equal(zmq_connect(dealer, endpoint), 0);
    return dealer;
}

static int setup(void **state)
{
    static struct exchange exchange;
    static const struct bus_options bus = {.ping_ms = 1000, .ping_timeout_ms = 10000};
    const struct entrance_options entrance = {.name = "router",
                                              .address = "127.0.0.1:0",
                                              .type = ZMQ_ROUTER,
                                              .high_water_mark = HIGH_WATER_MARK,
                                              .receive_mark = FLOOD,
                                              .message_limit = FRAME_LIMIT,
                                              .received = on_message,
                                              .arg = &exchange};
    struct fault fault;
    memset(&exchange, 0, sizeof(exchange));
    world_open(&exchange.world);
    exchange.context = foreign_context();
    exchange.foreign = foreign_context();
    assert_int_equal(entrance_open(exchange.world.base, exchange.context, &bus, &entrance,
                                   &exchange.entrance, &fault),
                     STATUS_OK);
    exchange.dealer = dealer_open(&exchange, NULL);
    *state = &exchange;
    return 0;
}

static int teardown(void **state)
{
    struct exchange *exchange = *state;
    foreign_close(exchange->foreign, exchange->dealer);
    entrance_close(&exchange->entrance);
    zmq_ctx_term(exchange->context);
    world_close(&exchange->world);
    return 0;
}

static bool received_enough(void *arg)
{
    struct exchange *exchange = arg;
    return exchange->received >= exchange->wanted;
}

static void wait_received(struct exchange *exchange, size_t count)
{
    exchange->wanted = count;
    world_until(&exchange->world, received_enough, exchange);
}

static void ask(struct exchange *exchange, const char *text)
{
    size_t before = exchange->received;
    foreign_send(exchange->dealer, &text, 1);
    wait_received(exchange, before + 1);
}

static enum status answer(struct exchange *exchange, const char *text)
{
    const struct bus_frame frames[] = {{exchange->id, exchange->id_size}, {text, strlen(text)}};
    return entrance_send(exchange->entrance, frames, 2);
}

/* ---- the tests ---- */

static void an_answer_reaches_the_one_who_asked(void **state)
{
    static const char *const frames[] = {"one", "", "three"};
    static struct heard heard;
    struct exchange *exchange = *state;
    void *other = dealer_open(exchange, NULL);
    memset(&heard, 0, sizeof(heard));
    exchange->echo = true;
    foreign_send(exchange->dealer, frames, 3);
    wait_received(exchange, 1);
    assert_int_equal(exchange->sent, STATUS_OK);
    assert_int_equal(exchange->frames, 4);
    assert_false(exchange->has_user);
    while (heard.count == 0)
        foreign_hear(exchange->dealer, &heard);
    assert_int_equal(heard.messages[0].frames, 3);
    assert_string_equal(heard.messages[0].text[2], "three");
    memset(&heard, 0, sizeof(heard));
    foreign_hear(other, &heard);
    assert_int_equal(heard.count, 0);
    zmq_close(other);
}

static void a_message_of_ten_thousand_frames_is_counted_and_not_kept(void **state)
{
    struct exchange *exchange = *state;
    static const char *tiny[10000];
    for (size_t i = 0; i < 10000; i++)
        tiny[i] = i == BUS_FRAMES_LIMIT - 2 ? "last" : "x";
    foreign_send(exchange->dealer, tiny, 10000);
    wait_received(exchange, 1);
    assert_int_equal(exchange->frames, 10001);
    assert_string_equal(exchange->last, "last");
    ask(exchange, "next");
    assert_string_equal(exchange->last, "next");
}

static bool is_gone(void *arg)
{
    return answer(arg, "too late") == STATUS_GONE;
}

static void a_peer_that_is_gone_is_told(void **state)
{
    struct exchange *exchange = *state;
    ask(exchange, "hello");
    zmq_close(exchange->dealer);
    world_until(&exchange->world, is_gone, exchange);
    exchange->dealer = dealer_open(exchange, NULL);
    ask(exchange, "another");
    assert_int_equal(answer(exchange, "welcome"), STATUS_OK);
}

static void a_routing_id_that_nobody_has_is_gone(void **state)
{
    struct exchange *exchange = *state;
    memcpy(exchange->id, "nobody", 6);
    exchange->id_size = 6;
    assert_int_equal(answer(exchange, "x"), STATUS_GONE);
}

/* Fills the peer's queue, and what of the network is in front of it, with numbered answers; how
 * many have been taken. The peer reads none of them, so that ends. */
static size_t fill(struct exchange *exchange)
{
    char text[900];
    size_t sent = 0, before;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    do {
        before = sent;
        do {
            snprintf(text, sizeof(text), "%08zu", sent);
            text[8] = 'x';
        } while (answer(exchange, text) == STATUS_OK && ++sent < FILLING);
        usleep(20000); /* for libzmq's thread to send on what it can */
    } while (sent > before && sent < FILLING);
    return sent;
}

static bool room_again(void *arg)
{
    return answer(arg, "after") == STATUS_OK;
}

static void a_full_peer_loses_nothing_that_was_taken_and_can_be_tried_again(void **state)
{
    struct exchange *exchange = *state;
    char text[1000];
    ask(exchange, "hello");
    size_t sent = fill(exchange);
    assert_true(sent >= HIGH_WATER_MARK && sent < FILLING);
    for (size_t i = 0; i < sent; i++) {
        assert_true(zmq_recv(exchange->dealer, text, sizeof(text), 0) > 8);
        assert_int_equal(strtoul(text, NULL, 10), i);
    }
    world_until(&exchange->world, room_again, exchange);
    assert_int_equal(zmq_recv(exchange->dealer, text, sizeof(text), 0), strlen("after"));
}

static void a_full_peer_delays_no_other(void **state)
{
    struct exchange *exchange = *state;
    static struct heard heard;
    memset(&heard, 0, sizeof(heard));
    ask(exchange, "hello");
    assert_true(fill(exchange) < FILLING);
    void *other = dealer_open(exchange, NULL);
    const char *hello = "hello from another";
    exchange->echo = true;
    foreign_send(other, &hello, 1);
    wait_received(exchange, exchange->received + 1);
    assert_int_equal(exchange->sent, STATUS_OK);
    while (heard.count == 0)
        foreign_hear(other, &heard);
    assert_string_equal(heard.messages[0].text[0], hello);
    zmq_close(other);
}

static void what_comes_while_it_pauses_is_taken_later(void **state)
{
    struct exchange *exchange = *state;
    const char *text = "flood";
    ask(exchange, "hello");
    entrance_pause(exchange->entrance);
    for (int i = 0; i < FLOOD; i++)
        foreign_send(exchange->dealer, &text, 1);
    const struct timeval soon = {0, 50000};
    event_base_loopexit(exchange->world.base, &soon);
    event_base_dispatch(exchange->world.base);
    assert_int_equal(exchange->received, 1);
    entrance_resume(exchange->entrance);
    wait_received(exchange, 1 + FLOOD);
}

static void a_frame_over_the_limit_costs_its_sender_the_connection_only(void **state)
{
    struct exchange *exchange = *state;
    static char huge[FRAME_LIMIT + 2];
    const char *text = huge;
    memset(huge, 'x', FRAME_LIMIT + 1);
    void *other = dealer_open(exchange, NULL);
    foreign_send(other, &text, 1);
    ask(exchange, "still here");
    assert_int_equal(answer(exchange, "yes"), STATUS_OK);
    assert_int_equal(exchange->received, 1);
    const int none = 0;
    zmq_setsockopt(other, ZMQ_LINGER, &none, sizeof(none));
    zmq_close(other);
}

/* Nobody takes the answers of another by giving himself that one's name. */
static void a_routing_id_in_use_is_not_taken_over(void **state)
{
    struct exchange *exchange = *state;
    const char *mine = "mine", *theirs = "theirs";
    void *first = dealer_open(exchange, "name");
    foreign_send(first, &mine, 1);
    wait_received(exchange, 1);
    void *second = dealer_open(exchange, "name");
    foreign_send(second, &theirs, 1);
    ask(exchange, "other");
    memcpy(exchange->id, "name", 4);
    exchange->id_size = 4;
    assert_int_equal(answer(exchange, "for the first"), STATUS_OK);
    char text[64] = "";
    assert_int_equal(zmq_recv(first, text, sizeof(text), 0), strlen("for the first"));
    assert_int_equal(zmq_recv(second, text, sizeof(text), ZMQ_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    const int none = 0;
    zmq_setsockopt(second, ZMQ_LINGER, &none, sizeof(none));
    zmq_close(first);
    zmq_close(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_answer_reaches_the_one_who_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(a_message_of_ten_thousand_frames_is_counted_and_not_kept,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_peer_that_is_gone_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_routing_id_that_nobody_has_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_full_peer_loses_nothing_that_was_taken_and_can_be_tried_again, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_peer_delays_no_other, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_while_it_pauses_is_taken_later, setup, teardown),
        cmocka_unit_test_setup_teardown(a_frame_over_the_limit_costs_its_sender_the_connection_only,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_routing_id_in_use_is_not_taken_over, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
