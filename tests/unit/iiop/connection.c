/* One connection over a socket pair: when it reads, when it writes, and whom it calls back. */
#include "iiop/connection.h"

#include "base/clock.h"
#include "server_wire.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { WAIT_LIMIT_US = 20000000 };

/* The owner of a connection, and the other end of it. */
struct pair {
    struct event_base *base;
    struct orb_connection_options options;
    struct giop_budget budget;
    struct orb_connection *connection;
    int other;
    size_t messages, drained, idle, ended;
    enum orb_connection_end end;
    void (*on_message)(struct pair *pair);
    void (*on_drained)(struct pair *pair);
    void (*on_idle)(struct pair *pair);
    void (*on_ended)(struct pair *pair);
};

static void close_it(struct pair *pair)
{
    orb_connection_close(&pair->connection);
}

static void finish_first(struct pair *pair)
{
    if (pair->ended == 1)
        orb_connection_finish(pair->connection);
    else
        close_it(pair);
}

static void message(void *arg, const struct giop_message *message)
{
    struct pair *pair = arg;
    pair->messages++;
    if (pair->on_message)
        pair->on_message(pair);
    assert_memory_equal(message->data, "GIOP", 4); /* there still, though it may be closed */
}

static void ended(void *arg, const char *why)
{
    struct pair *pair = arg;
    assert_true(why[0] != '\0');
    pair->end = orb_connection_end(pair->connection);
    pair->ended++;
    pair->on_ended(pair);
}

static void drained(void *arg)
{
    struct pair *pair = arg;
    pair->drained++;
    if (pair->on_drained)
        pair->on_drained(pair);
}

static void idle(void *arg)
{
    struct pair *pair = arg;
    pair->idle++;
    if (pair->on_idle)
        pair->on_idle(pair);
}

static void pair_open(struct pair *pair)
{
    static const struct orb_connection_calls calls = {message, ended, drained, idle};
    int ends[2];
    *pair = (struct pair){.budget.limit = 1 << 20, .on_ended = close_it};
    pair->options.stream = giop_stream_limits_default();
    pair->base = event_base_new();
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
    pair->other = ends[1];
    pair->connection =
        orb_connection_new(pair->base, ends[0], &pair->options, &pair->budget, &calls, pair);
}

static void pair_close(struct pair *pair)
{
    orb_connection_close(&pair->connection);
    assert_int_equal(pair->budget.used, 0);
    if (pair->other >= 0)
        close(pair->other);
    event_base_free(pair->base);
}

static void turn(struct pair *pair)
{
    for (int i = 0; i < 4; i++)
        (void)event_base_loop(pair->base, EVLOOP_NONBLOCK);
}

static void wait_for(struct pair *pair, const size_t *count)
{
    const struct timeval pause = {0, 1000};
    for (int64_t since_us = clock_monotonic_us(); *count == 0;) {
        assert_true(clock_monotonic_us() < since_us + WAIT_LIMIT_US);
        event_base_loopexit(pair->base, &pause);
        event_base_dispatch(pair->base);
    }
}

/* So many messages that mean nothing to the connection, in one piece. */
static void say(struct pair *pair, int count)
{
    struct wire wire = {.minor = 2};
    for (int i = 0; i < count; i++)
        wire_cancel(&wire, 1);
    assert_int_equal(send(pair->other, wire.bytes.data, wire.bytes.size, 0), wire.bytes.size);
    buffer_release(&wire.bytes);
}

static void write_some(struct pair *pair)
{
    giop_write_cancel(orb_connection_out(pair->connection), 2, 1);
    orb_connection_flush(pair->connection);
}

static size_t received(struct pair *pair)
{
    char bytes[4096];
    size_t size = 0;
    ssize_t count;
    while ((count = recv(pair->other, bytes, sizeof(bytes), 0)) > 0)
        size += (size_t)count;
    return size;
}

/* ---- writing ---- */

static void write_and_wait(struct pair *pair)
{
    write_some(pair);
    assert_int_equal(orb_connection_sent(pair->connection), 0);
    assert_int_equal(orb_connection_unsent(pair->connection), 16 * pair->messages);
}

static void what_is_written_during_a_read_leaves_after_its_last_message(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    pair.on_message = write_and_wait;
    say(&pair, 3);
    turn(&pair);
    assert_int_equal(pair.messages, 3);
    assert_int_equal(orb_connection_sent(pair.connection), 48);
    assert_int_equal(pair.drained, 1);
    assert_int_equal(received(&pair), 48);
    pair_close(&pair);
}

static void what_is_written_outside_of_a_read_leaves_at_once(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    write_some(&pair);
    assert_int_equal(received(&pair), 16);
    assert_int_equal(orb_connection_unsent(pair.connection), 0);
    turn(&pair);
    assert_int_equal(pair.drained, 0);
    pair_close(&pair);
}

static void write_once_more(struct pair *pair)
{
    if (pair->drained == 1)
        write_some(pair);
}

static void what_the_socket_does_not_take_leaves_later(void **state)
{
    (void)state;
    enum { SIZE = 4 << 20 };
    struct pair pair;
    size_t size = 0;
    pair_open(&pair);
    pair.on_drained = write_once_more;
    struct buffer *out = orb_connection_out(pair.connection);
    memset(buffer_reserve(out, SIZE), 'x', SIZE);
    out->size += SIZE;
    orb_connection_flush(pair.connection);
    assert_in_range(orb_connection_unsent(pair.connection), 1, SIZE - 1);
    write_some(&pair);
    for (int64_t since_us = clock_monotonic_us(); pair.drained < 2;) {
        assert_true(clock_monotonic_us() < since_us + WAIT_LIMIT_US);
        size += received(&pair);
        turn(&pair);
    }
    size += received(&pair);
    assert_int_equal(size, SIZE + 32);
    assert_int_equal(orb_connection_sent(pair.connection), SIZE + 32);
    pair_close(&pair);
}

static void a_send_that_fails_is_told_from_the_loop(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    close(pair.other);
    pair.other = -1;
    write_some(&pair);
    write_some(&pair);
    assert_int_equal(pair.ended, 0);
    turn(&pair);
    assert_int_equal(pair.ended, 1);
    assert_null(pair.connection);
    pair_close(&pair);
}

/* ---- reading ---- */

static void rest(struct pair *pair)
{
    orb_connection_read(pair->connection, false);
}

static void messages_rest_with_their_connection(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    pair.on_message = rest;
    say(&pair, 2);
    turn(&pair);
    say(&pair, 1);
    turn(&pair);
    assert_int_equal(pair.messages, 1);
    for (size_t seen = 1; seen < 3; seen++) {
        orb_connection_read(pair.connection, true);
        assert_int_equal(pair.messages, seen);
        turn(&pair);
        assert_int_equal(pair.messages, seen + 1);
    }
    pair_close(&pair);
}

static void a_resting_connection_is_not_late(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    pair.options.message_deadline_ms = 20;
    pair.options.idle_timeout_ms = 60;
    pair.on_message = rest;
    say(&pair, 1);
    assert_int_equal(send(pair.other, "GIOP", 4, 0), 4);
    wait_for(&pair, &pair.idle);
    assert_int_equal(pair.ended, 0);
    orb_connection_read(pair.connection, true);
    wait_for(&pair, &pair.ended);
    assert_int_equal(pair.end, ORB_END_LATE);
    pair_close(&pair);
}

static void a_quiet_connection_is_idle_again_and_again(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    pair.options.idle_timeout_ms = 5;
    say(&pair, 1);
    wait_for(&pair, &pair.idle);
    pair.idle = 0;
    wait_for(&pair, &pair.idle);
    assert_int_equal(pair.ended, 0);
    pair_close(&pair);
}

/* ---- ends ---- */

static void a_callback_may_close(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    pair.on_message = close_it;
    say(&pair, 3);
    turn(&pair);
    assert_int_equal(pair.messages, 1);
    pair_close(&pair);

    pair_open(&pair);
    pair.on_message = write_some;
    pair.on_drained = close_it;
    say(&pair, 1);
    turn(&pair);
    assert_int_equal(pair.drained, 1);
    assert_null(pair.connection);
    pair_close(&pair);

    pair_open(&pair);
    pair.options.idle_timeout_ms = 1;
    pair.on_idle = close_it;
    say(&pair, 1);
    wait_for(&pair, &pair.idle);
    assert_null(pair.connection);
    pair_close(&pair);
}

static void a_peer_that_goes_ends_it(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    say(&pair, 1);
    shutdown(pair.other, SHUT_WR);
    turn(&pair);
    assert_int_equal(pair.messages, 1);
    assert_int_equal(pair.ended, 1);
    assert_int_equal(pair.end, ORB_END_CLOSED);
    pair_close(&pair);
}

static void broken_giop_ends_it_with_message_error(void **state)
{
    (void)state;
    struct pair pair;
    struct reading reading;
    char bytes[64];
    pair_open(&pair);
    pair.on_ended = finish_first;
    assert_int_equal(send(pair.other, "GIOP\1\2\0\x63\0\0\0\0", 12, 0), 12);
    turn(&pair);
    assert_int_equal(pair.end, ORB_END_BROKEN);
    assert_int_equal(recv(pair.other, bytes, sizeof(bytes), 0), 12);
    assert_true(reading_begin(&reading, bytes, 12));
    assert_int_equal(reading.type, MESSAGE_BROKEN);
    assert_int_equal(recv(pair.other, bytes, sizeof(bytes), 0), 0); /* FIN */
    close(pair.other);
    pair.other = -1;
    turn(&pair);
    assert_int_equal(pair.end, ORB_END_FINISHED);
    pair_close(&pair);
}

static void say_farewell(struct pair *pair)
{
    giop_write_bare(orb_connection_out(pair->connection), 2, GIOP_CLOSE_CONNECTION);
    orb_connection_finish(pair->connection);
}

static void the_last_words_are_sent_and_what_comes_is_thrown_away(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    pair.on_message = say_farewell;
    say(&pair, 3);
    turn(&pair);
    assert_int_equal(pair.messages, 1);
    assert_int_equal(received(&pair), 12);
    say(&pair, 100);
    turn(&pair);
    assert_int_equal(pair.messages, 1);
    assert_int_equal(pair.ended, 0);
    shutdown(pair.other, SHUT_WR);
    turn(&pair);
    assert_int_equal(pair.ended, 1);
    assert_int_equal(pair.end, ORB_END_FINISHED);
    pair_close(&pair);
}

static void nobody_waits_for_a_peer_that_has_gone_already(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair);
    pair.on_ended = finish_first;
    shutdown(pair.other, SHUT_WR);
    turn(&pair);
    assert_int_equal(pair.ended, 2);
    assert_int_equal(pair.end, ORB_END_FINISHED);
    pair_close(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_during_a_read_leaves_after_its_last_message),
        cmocka_unit_test(what_is_written_outside_of_a_read_leaves_at_once),
        cmocka_unit_test(what_the_socket_does_not_take_leaves_later),
        cmocka_unit_test(a_send_that_fails_is_told_from_the_loop),
        cmocka_unit_test(messages_rest_with_their_connection),
        cmocka_unit_test(a_resting_connection_is_not_late),
        cmocka_unit_test(a_quiet_connection_is_idle_again_and_again),
        cmocka_unit_test(a_callback_may_close),
        cmocka_unit_test(a_peer_that_goes_ends_it),
        cmocka_unit_test(broken_giop_ends_it_with_message_error),
        cmocka_unit_test(the_last_words_are_sent_and_what_comes_is_thrown_away),
        cmocka_unit_test(nobody_waits_for_a_peer_that_has_gone_already),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
