/* Where peers come in: how many at a time, who waits, and what a socket made anew keeps. */
#include "world.h"

#include "base/metrics.h"
#include "bus/entrance.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

enum { LIMIT = 4, CROWD = 20, ROUNDS = 50 };

struct place {
    struct world world;
    void *context;
    struct entrance *entrance;
    size_t received, left;
    int64_t wanted;
};

static void on_message(void *arg, const struct bus_message *message)
{
    struct place *place = arg;
    (void)message;
    place->received++;
}

static void on_left(void *arg, int connection)
{
    struct place *place = arg;
    assert_true(connection >= 0);
    place->left++;
}

static struct place *place_open(void **state, size_t limit)
{
    static struct place place;
    const struct bus_options bus = {.connections = limit};
    const struct entrance_options how = {.name = "place",
                                         .address = "127.0.0.1:0",
                                         .type = ZMQ_ROUTER,
                                         .high_water_mark = 1000,
                                         .message_limit = 1000,
                                         .received = on_message,
                                         .left = on_left,
                                         .arg = &place};
    struct fault fault;
    memset(&place, 0, sizeof(place));
    world_open(&place.world);
    place.context = zmq_ctx_new();
    assert_int_equal(
        entrance_open(place.world.base, place.context, &bus, &how, &place.entrance, &fault),
        STATUS_OK);
    *state = &place;
    return &place;
}

static int setup(void **state)
{
    place_open(state, LIMIT);
    return 0;
}

static int setup_without_limit(void **state)
{
    place_open(state, 0);
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    entrance_close(&place->entrance);
    zmq_ctx_term(place->context);
    world_close(&place->world);
    return 0;
}

/* ---- what is counted ---- */

static int64_t connections(void)
{
    return gauge_value(metrics_gauge("orderd_bus_connections", "", "socket=\"place\""));
}

static uint64_t times_full(void)
{
    return counter_value(metrics_counter("orderd_bus_full_total", "", "socket=\"place\""));
}

static bool as_many_as_wanted(void *arg)
{
    return connections() == ((struct place *)arg)->wanted;
}

static void wait_connections(struct place *place, int64_t count)
{
    place->wanted = count;
    world_until(&place->world, as_many_as_wanted, place);
}

static bool heard_as_many_as_wanted(void *arg)
{
    struct place *place = arg;
    return (int64_t)place->received >= place->wanted;
}

static void wait_received(struct place *place, size_t count)
{
    place->wanted = (int64_t)count;
    world_until(&place->world, heard_as_many_as_wanted, place);
}

/* Turns the loop for a while. */
static void pass(struct place *place, int milliseconds)
{
    const struct timeval while_ = {milliseconds / 1000, (milliseconds % 1000) * 1000L};
    event_base_loopexit(place->world.base, &while_);
    event_base_dispatch(place->world.base);
}

/* ---- who comes ---- */

static struct sockaddr_in address_of(const struct place *place)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    const char *colon = strrchr(entrance_address(place->entrance), ':');
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    return address;
}

/* Does not wait until the connection is there. */
static int knock(const struct place *place)
{
    struct sockaddr_in address = address_of(place);
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(descriptor >= 0);
    if (connect(descriptor, (struct sockaddr *)&address, sizeof(address)) != 0)
        assert_int_equal(errno, EINPROGRESS);
    return descriptor;
}

static void *dealer_open(const struct place *place, void *foreign)
{
    char endpoint[96];
    void *dealer = zmq_socket(foreign, ZMQ_DEALER);
    snprintf(endpoint, sizeof(endpoint), "tcp://%s", entrance_address(place->entrance));
    assert_int_equal(zmq_connect(dealer, endpoint), 0);
    return dealer;
}

static void say(void *dealer, const char *text)
{
    foreign_send(dealer, &text, 1);
}

/* ---- the tests ---- */

static void one_more_than_may_be_waits_until_one_leaves(void **state)
{
    struct place *place = *state;
    int guests[LIMIT];
    uint64_t full = times_full();
    void *foreign = foreign_context();
    for (int i = 0; i < LIMIT; i++)
        guests[i] = knock(place);
    wait_connections(place, LIMIT);
    assert_int_equal(times_full(), full + 1);
    void *dealer = dealer_open(place, foreign);
    say(dealer, "may I?");
    pass(place, 300);
    assert_int_equal(connections(), LIMIT);
    assert_int_equal(place->received, 0);
    close(guests[0]);
    wait_received(place, 1);
    assert_int_equal(place->left, 1);
    assert_int_equal(connections(), LIMIT);
    for (int i = 1; i < LIMIT; i++)
        close(guests[i]);
    wait_connections(place, 1);
    foreign_close(foreign, dealer);
    wait_connections(place, 0);
}

static void who_is_in_is_heard_while_others_wait(void **state)
{
    struct place *place = *state;
    int guests[LIMIT - 1];
    void *foreign = foreign_context();
    void *dealer = dealer_open(place, foreign);
    wait_connections(place, 1);
    for (int i = 0; i < LIMIT - 1; i++)
        guests[i] = knock(place);
    wait_connections(place, LIMIT);
    for (int i = 0; i < 10; i++)
        say(dealer, "still here");
    wait_received(place, 10);
    for (int i = 0; i < LIMIT - 1; i++)
        close(guests[i]);
    foreign_close(foreign, dealer);
    wait_connections(place, 0);
}

static void whoever_gives_up_waiting_takes_no_place(void **state)
{
    struct place *place = *state;
    int guests[CROWD];
    for (int i = 0; i < LIMIT; i++)
        guests[i] = knock(place);
    wait_connections(place, LIMIT);
    for (int i = LIMIT; i < CROWD; i++)
        guests[i] = knock(place);
    pass(place, 200);
    assert_int_equal(connections(), LIMIT);
    for (int i = 0; i < CROWD; i++)
        close(guests[i]);
    wait_connections(place, 0);
    void *foreign = foreign_context();
    void *dealer = dealer_open(place, foreign);
    say(dealer, "quiet now");
    wait_received(place, 1);
    foreign_close(foreign, dealer);
    wait_connections(place, 0);
}

/* Greetings (RFC 23) whole, broken and wrong, and clients that are what they should be. */
static void however_a_connection_ends_it_is_counted_off(void **state)
{
    static const struct {
        const char *bytes;
        size_t size;
    } beginnings[] = {
        {"", 0},
        {"\xff\0\0\0\0\0\0\0\1\x7f\3", 11},
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
         "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
         64},
        {"\xff\0\0\0\0\0\0\0\1\x7f\3\0PLAIN\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
         "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
         64},
    };
    enum { BEGINNINGS = sizeof(beginnings) / sizeof(beginnings[0]) };
    struct place *place = *state;
    int guests[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++)
        guests[i] = knock(place);
    wait_connections(place, ROUNDS);
    for (size_t i = 0; i < ROUNDS; i++) {
        size_t size = beginnings[i % BEGINNINGS].size;
        assert_int_equal(write(guests[i], beginnings[i % BEGINNINGS].bytes, size), size);
    }
    void *foreign = foreign_context();
    void *dealers[ROUNDS];
    for (size_t i = 0; i < ROUNDS; i++) {
        dealers[i] = dealer_open(place, foreign);
        say(dealers[i], "hello");
    }
    wait_received(place, ROUNDS);
    for (size_t i = 0; i < ROUNDS; i++) {
        close(guests[i]);
        zmq_close(dealers[i]);
    }
    wait_connections(place, 0);
    assert_int_equal(place->left, 2 * ROUNDS);
    zmq_ctx_term(foreign);
}

static void a_socket_made_anew_keeps_its_address_and_its_limit(void **state)
{
    struct place *place = *state;
    int guests[LIMIT], fresh[LIMIT];
    char address[96];
    snprintf(address, sizeof(address), "%s", entrance_address(place->entrance));
    void *foreign = foreign_context();
    void *dealer = dealer_open(place, foreign);
    say(dealer, "before");
    wait_received(place, 1);
    for (int i = 1; i < LIMIT; i++)
        guests[i] = knock(place);
    wait_connections(place, LIMIT);
    entrance_reopen(place->entrance);
    assert_true(entrance_is_open(place->entrance));
    assert_string_equal(entrance_address(place->entrance), address);
    wait_connections(place, 1); /* the dealer comes back */
    say(dealer, "after");
    wait_received(place, 2);
    for (int i = 1; i < LIMIT; i++)
        fresh[i] = knock(place);
    wait_connections(place, LIMIT);
    for (int i = 1; i < LIMIT; i++) {
        close(guests[i]);
        close(fresh[i]);
    }
    foreign_close(foreign, dealer);
    wait_connections(place, 0);
}

static bool is_open(void *arg)
{
    return entrance_is_open(((struct place *)arg)->entrance);
}

static void a_socket_that_cannot_be_made_anew_is_tried_again(void **state)
{
    struct place *place = *state;
    struct rlimit usual, none;
    void *foreign = foreign_context();
    void *dealer = dealer_open(place, foreign);
    say(dealer, "before");
    wait_received(place, 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    none = usual;
    none.rlim_cur = 3; /* the lowest that are in use already */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    entrance_reopen(place->entrance);
    bool made = is_open(place);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &usual), 0);
    assert_false(made);
    world_until(&place->world, is_open, place);
    wait_connections(place, 1);
    say(dealer, "after");
    wait_received(place, 2);
    foreign_close(foreign, dealer);
}

/* ---- those that say nothing ---- */

static uint64_t renewals(void)
{
    return counter_value(metrics_counter("orderd_bus_renewals_total", "", "socket=\"place\""));
}

static bool was_renewed(void *arg)
{
    return (int64_t)renewals() >= ((struct place *)arg)->wanted;
}

/* Its greeting has come, and READY; or it was ended. */
static bool has_shaken_hands(void *arg)
{
    int *silent = arg;
    char bytes[128];
    struct pollfd end = {.fd = *silent, .events = POLLRDHUP};
    return recv(*silent, bytes, sizeof(bytes), MSG_PEEK) > 64 || poll(&end, 1, 0) > 0;
}

/* A connection (RFC 23) under a routing id that all of them have. */
static int silent_open(struct place *place)
{
    enum { GREETING = 64 };
    static const char ready[] = "\4\53\5READY\13Socket-Type\0\0\0\6DEALER\10Identity\0\0\0\2me";
    char handshake[GREETING + sizeof(ready) - 1] = {'\xff', [8] = 1, [9] = 0x7f, [10] = 3};
    memcpy(handshake + 12, "NULL", 4);
    memcpy(handshake + GREETING, ready, sizeof(ready) - 1);
    int silent = knock(place);
    while (write(silent, handshake, sizeof(handshake)) != sizeof(handshake))
        event_base_loop(place->world.base, EVLOOP_NONBLOCK);
    return silent;
}

static void come_and_go_silently(struct place *place, int count)
{
    int silent[CROWD];
    for (int i = 0; i < count; i += CROWD) {
        for (int j = 0; j < CROWD; j++)
            silent[j] = silent_open(place);
        for (int j = 0; j < CROWD; j++) {
            world_until(&place->world, has_shaken_hands, &silent[j]);
            close(silent[j]);
        }
    }
}

static void after_many_that_said_nothing_it_is_made_anew_when_nobody_is_there(void **state)
{
    struct place *place = *state;
    uint64_t before = renewals();
    void *foreign = foreign_context();
    void *dealer = dealer_open(place, foreign);
    say(dealer, "here");
    wait_received(place, 1);
    come_and_go_silently(place, 1100);
    wait_connections(place, 1);
    assert_int_equal(renewals(), before);
    zmq_close(dealer);
    place->wanted = (int64_t)before + 1;
    world_until(&place->world, was_renewed, place);
    dealer = dealer_open(place, foreign);
    say(dealer, "here again");
    wait_received(place, 2);
    foreign_close(foreign, dealer);
}

static void after_very_many_it_is_made_anew_under_those_who_are_there(void **state)
{
    struct place *place = *state;
    uint64_t before = renewals();
    void *foreign = foreign_context();
    void *dealer = dealer_open(place, foreign);
    say(dealer, "here");
    wait_received(place, 1);
    come_and_go_silently(place, 10100);
    place->wanted = (int64_t)before + 1;
    world_until(&place->world, was_renewed, place);
    size_t left = place->left;
    while (place->received < 2) { /* what is sent before the end is noticed is lost */
        say(dealer, "here again");
        pass(place, 20);
    }
    assert_true(left > 10000);
    foreign_close(foreign, dealer);
}

static void those_that_speak_are_no_reason(void **state)
{
    struct place *place = *state;
    uint64_t before = renewals();
    void *foreign = foreign_context();
    for (size_t i = 1; i <= 1100; i++) {
        void *dealer = dealer_open(place, foreign);
        say(dealer, "hello");
        wait_received(place, i);
        zmq_close(dealer);
    }
    wait_connections(place, 0);
    pass(place, 20);
    assert_int_equal(renewals(), before);
    zmq_ctx_term(foreign);
}

static void what_is_no_address_is_refused(void **state)
{
    static const char *const wrong[] = {"", "127.0.0.1", "localhost:1", "*:5556", "127.0.0.1:x"};
    static const struct bus_options bus = {.connections = 1};
    struct place *place = *state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const struct entrance_options how = {.name = "wrong", .address = wrong[i], .type = ZMQ_PUB};
        struct entrance *entrance = NULL;
        struct fault fault;
        assert_int_equal(
            entrance_open(place->world.base, place->context, &bus, &how, &entrance, &fault),
            STATUS_INVALID);
        assert_null(entrance);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_more_than_may_be_waits_until_one_leaves, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(who_is_in_is_heard_while_others_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(whoever_gives_up_waiting_takes_no_place, setup, teardown),
        cmocka_unit_test_setup_teardown(however_a_connection_ends_it_is_counted_off,
                                        setup_without_limit, teardown),
        cmocka_unit_test_setup_teardown(a_socket_made_anew_keeps_its_address_and_its_limit, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_socket_that_cannot_be_made_anew_is_tried_again, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            after_many_that_said_nothing_it_is_made_anew_when_nobody_is_there, setup_without_limit,
            teardown),
        cmocka_unit_test_setup_teardown(after_very_many_it_is_made_anew_under_those_who_are_there,
                                        setup_without_limit, teardown),
        cmocka_unit_test_setup_teardown(those_that_speak_are_no_reason, setup_without_limit,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_is_no_address_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
