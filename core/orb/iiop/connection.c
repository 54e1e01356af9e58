/* A connection's life: reading messages, what the loop tells, its beginning and its end.
 *
 * Everything happens in one thread. A handler of the loop holds the connection (`held`) while it
 * runs: closing it within a callback takes the socket away at once and leaves the memory to the
 * handler's end. libevent does not call an event that was deleted in its own thread, so nothing has
 * to outlive the turn of the loop. A send that fails outside of the loop's handlers only notes the
 * error and wakes the timer, which tells the owner: no function of the header calls back. */
#include "iiop/connection.h"

#include "base/clock.h"
#include "base/memory.h"
#include "iiop/connection_private.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- the end ---- */

static void connection_free(struct orb_connection *connection)
{
    giop_stream_free(&connection->stream);
    buffer_release(&connection->out);
    free(connection);
}

void orb_connection_tell_end(struct orb_connection *connection, enum orb_connection_end end,
                             const char *why)
{
    connection->state = CONNECTION_ENDED;
    connection->end = end;
    connection->error = 0;
    event_del(&connection->readable);
    connection->calls->ended(connection->arg, why);
}

void orb_connection_close(struct orb_connection **connection)
{
    struct orb_connection *gone = *connection;
    if (!gone)
        return;
    *connection = NULL;
    event_del(&gone->readable);
    event_del(&gone->writable);
    event_del(&gone->timer);
    close(gone->descriptor);
    gone->state = CONNECTION_CLOSED;
    if (!gone->held)
        connection_free(gone);
}

void orb_connection_finish(struct orb_connection *connection)
{
    connection->state = CONNECTION_FINISHING;
    event_del(&connection->readable);
    orb_connection_wake_now(connection); /* sends, lingers, and tells of failures */
    if (!connection->held)
        giop_stream_free(&connection->stream);
}

static void hold(struct orb_connection *connection)
{
    connection->held = true;
}

/* A handler is through: what its callbacks could not do is done now. */
static void release(struct orb_connection *connection)
{
    connection->held = false;
    if (connection->state == CONNECTION_CLOSED)
        connection_free(connection);
    else if (connection->state == CONNECTION_FINISHING || connection->state == CONNECTION_LINGERING)
        giop_stream_free(&connection->stream);
}

/* ---- reading ---- */

/* Hands over what is there in whole. */
static void deliver(struct orb_connection *connection, int64_t now_us)
{
    struct giop_message message;
    struct fault fault;
    connection->backlog = true;
    while (connection->state == CONNECTION_OPEN && connection->reading) {
        switch (giop_stream_next(connection->stream, &message, &fault)) {
        case GIOP_MESSAGE: connection->calls->message(connection->arg, &message); break;
        case GIOP_WAIT:
            connection->backlog = false;
            orb_connection_watch_message(connection, false, now_us);
            return;
        case GIOP_BROKEN:
            giop_write_bare(&connection->out, 0, GIOP_MESSAGE_ERROR);
            orb_connection_tell_end(connection, ORB_END_BROKEN, fault.text);
            return;
        case GIOP_DROPPED: orb_connection_tell_end(connection, ORB_END_DROPPED, fault.text); return;
        }
    }
}

/* False: nothing came, or it has ended. */
static bool receive(struct orb_connection *connection)
{
    size_t size = 0;
    uint8_t *space = giop_stream_space(connection->stream, &size);
    if (!space) {
        orb_connection_tell_end(connection, ORB_END_DROPPED,
                                "unfinished messages beyond the limit of all connections");
        return false;
    }
    ssize_t count = recv(connection->descriptor, space, size, MSG_DONTWAIT);
    if (count > 0) {
        giop_stream_filled(connection->stream, (size_t)count);
        return true;
    }
    if (count == 0)
        orb_connection_tell_end(connection, ORB_END_CLOSED, "closed");
    else if (!orb_connection_would_block(errno))
        orb_connection_tell_end(connection, ORB_END_FAILED, strerrordesc_np(errno));
    return false;
}

static void read_messages(struct orb_connection *connection, int64_t now_us)
{
    if (connection->backlog)
        deliver(connection, now_us);
    if (connection->state == CONNECTION_OPEN && connection->reading && receive(connection))
        deliver(connection, now_us);
}

void orb_connection_read(struct orb_connection *connection, bool on)
{
    if (on == connection->reading || connection->state != CONNECTION_OPEN)
        return;
    connection->reading = on;
    if (!on) {
        event_del(&connection->readable);
        return;
    }
    event_add(&connection->readable, NULL);
    if (connection->message)
        orb_connection_watch_message(connection, true, clock_monotonic_us());
    if (connection->backlog)
        event_active(&connection->readable, EV_READ, 0);
}

/* ---- what libevent tells ---- */

/* Nothing but the time is noted, mostly; the timer's own is later than the rest's only when that
 * has been given already. */
static void note_activity(struct orb_connection *connection, int64_t now_us)
{
    connection->active_us = now_us;
    connection->resting = false;
    orb_connection_wake_at(connection, orb_connection_rest_time(connection), now_us);
}

static void on_readable(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct orb_connection *connection = arg;
    int64_t now_us = clock_monotonic_us();
    hold(connection);
    note_activity(connection, now_us);
    if (connection->state == CONNECTION_LINGERING)
        orb_connection_throw_away(connection);
    else
        read_messages(connection, now_us);
    orb_connection_send_out(connection, now_us);
    release(connection);
}

static void on_writable(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct orb_connection *connection = arg;
    int64_t now_us = clock_monotonic_us();
    hold(connection);
    note_activity(connection, now_us);
    connection->waits = false;
    orb_connection_send_out(connection, now_us);
    release(connection);
}

static bool is_live(const struct orb_connection *connection)
{
    return connection->state != CONNECTION_ENDED && connection->state != CONNECTION_CLOSED;
}

static void on_timer(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct orb_connection *connection = arg;
    int64_t now_us = clock_monotonic_us();
    hold(connection);
    connection->tick_us = 0;
    if (connection->error)
        orb_connection_tell_end(connection, ORB_END_FAILED, strerrordesc_np(connection->error));
    else if (is_live(connection))
        orb_connection_check_deadlines(connection, now_us);
    orb_connection_send_out(connection, now_us);
    if (is_live(connection))
        orb_connection_wake_at(connection, orb_connection_next_deadline(connection), now_us);
    release(connection);
}

/* ---- the beginning, and what the owner asks ---- */

static void set_socket_options(int descriptor)
{
    int on = 1;
    /* Both fail on what is no TCP socket, which needs neither. */
    (void)setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    (void)setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

static void name_peer(int descriptor, char text[ORB_PEER_SIZE])
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_storage storage;
    } peer = {.any.sa_family = AF_UNSPEC};
    socklen_t length = sizeof(peer);
    char host[INET6_ADDRSTRLEN] = "";
    (void)getpeername(descriptor, &peer.any, &length); /* unnamed, if it is gone already */
    if (peer.any.sa_family == AF_INET) {
        (void)inet_ntop(AF_INET, &peer.v4.sin_addr, host, sizeof(host));
        (void)snprintf(text, ORB_PEER_SIZE, "%s:%u", host, ntohs(peer.v4.sin_port));
    } else if (peer.any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &peer.v6.sin6_addr, host, sizeof(host));
        (void)snprintf(text, ORB_PEER_SIZE, "[%s]:%u", host, ntohs(peer.v6.sin6_port));
    }
}

struct orb_connection *orb_connection_new(struct event_base *base, int descriptor,
                                          const struct orb_connection_options *options,
                                          struct giop_budget *budget,
                                          const struct orb_connection_calls *calls, void *arg)
{
    struct orb_connection *connection = memory_new(sizeof(*connection));
    connection->options = options;
    connection->calls = calls;
    connection->arg = arg;
    connection->stream = giop_stream_new(&options->stream, budget);
    connection->descriptor = descriptor;
    connection->reading = true;
    connection->resting = true;
    connection->active_us = clock_monotonic_us();
    set_socket_options(descriptor);
    name_peer(descriptor, connection->peer);
    event_assign(&connection->readable, base, descriptor, EV_READ | EV_PERSIST, on_readable,
                 connection);
    event_assign(&connection->writable, base, descriptor, EV_WRITE, on_writable, connection);
    evtimer_assign(&connection->timer, base, on_timer, connection);
    event_add(&connection->readable, NULL);
    orb_connection_wake_at(connection, orb_connection_next_deadline(connection),
                           connection->active_us);
    return connection;
}

struct buffer *orb_connection_out(struct orb_connection *connection)
{
    return &connection->out;
}

size_t orb_connection_unsent(const struct orb_connection *connection)
{
    return connection->out.size - connection->out_begin;
}

uint64_t orb_connection_sent(const struct orb_connection *connection)
{
    return connection->sent;
}

int64_t orb_connection_time_us(const struct orb_connection *connection)
{
    return connection->active_us;
}

enum orb_connection_end orb_connection_end(const struct orb_connection *connection)
{
    return connection->end;
}

const char *orb_connection_peer(const struct orb_connection *connection)
{
    return connection->peer;
}
