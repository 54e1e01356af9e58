/* A connection's life: reading messages, writing what was appended, its deadlines and its end.
 *
 * Everything happens in one thread. A handler of the loop holds the connection (`held`) while it
 * runs: closing it within a callback takes the socket away at once and leaves the memory to the
 * handler's end. libevent does not call an event that was deleted in its own thread, so nothing has
 * to outlive the turn of the loop. A send that fails outside of the loop's handlers only notes the
 * error and wakes the timer, which tells the owner: no function of the header calls back. */
#include "iiop/connection.h"

#include "base/clock.h"
#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    KEPT_OUT_BYTES = 65536, /* what the out buffer may keep of memory when it is empty */
    LINGER_US = 2000000,
    LINGER_BYTES = 4 << 20,
    LINGER_READ = 4096,
    PEER_TEXT_SIZE = INET6_ADDRSTRLEN + sizeof("[]:65535"),
};

enum connection_state {
    CONNECTION_OPEN,
    CONNECTION_ENDED,     /* the owner has been told, and has not decided yet */
    CONNECTION_FINISHING, /* the last bytes are on their way out */
    CONNECTION_LINGERING, /* all are out, and FIN; what comes is thrown away */
    CONNECTION_CLOSED,    /* memory only */
};

struct orb_connection {
    struct event readable, writable, timer;
    const struct orb_connection_options *options;
    const struct orb_connection_calls *calls;
    void *arg;
    struct giop_stream *stream;

    struct buffer out;
    size_t out_begin; /* bytes of `out` that have been sent */
    uint64_t sent;

    int64_t active_us;  /* the last read or write */
    int64_t message_us; /* when the unfinished message began; 0: there is none */
    int64_t write_us;   /* when the socket took something last, or bytes began to wait */
    int64_t tick_us;    /* when the timer wakes up; 0: it is not armed */
    int64_t linger_us;  /* when lingering is over */
    size_t lingered;    /* bytes thrown away */

    int descriptor;
    int error; /* of a send outside of the loop's handlers: to be told */
    enum connection_state state;
    bool held;    /* a handler is on the stack */
    bool waits;   /* for the socket to take more */
    bool reading; /* the owner wants messages */
    bool backlog; /* the stream may hold whole messages that rest */
    bool closed;  /* the peer has sent FIN */
    char peer[PEER_TEXT_SIZE];
};

/* ---- deadlines ---- */

static int64_t after_ms(int64_t from_us, int milliseconds)
{
    return milliseconds > 0 ? from_us + milliseconds * INT64_C(1000) : INT64_MAX;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void wake_at(struct orb_connection *connection, int64_t at_us, int64_t now_us)
{
    if (at_us == INT64_MAX || (connection->tick_us && connection->tick_us <= at_us))
        return;
    int64_t wait_us = at_us > now_us ? at_us - now_us : 0;
    struct timeval wait = {wait_us / 1000000, wait_us % 1000000};
    connection->tick_us = at_us;
    evtimer_add(&connection->timer, &wait);
}

/* In the next turn of the loop. event_active would not do: evtimer_add takes it back. */
static void wake_now(struct orb_connection *connection)
{
    const struct timeval none = {0, 0};
    connection->tick_us = 1; /* earlier than every deadline */
    evtimer_add(&connection->timer, &none);
}

static int64_t message_deadline(const struct orb_connection *connection)
{
    if (!connection->message_us || !connection->reading || connection->state != CONNECTION_OPEN)
        return INT64_MAX;
    return after_ms(connection->message_us, connection->options->message_deadline_ms);
}

static int64_t write_deadline(const struct orb_connection *connection)
{
    if (!connection->waits)
        return INT64_MAX;
    return after_ms(connection->write_us, connection->options->write_timeout_ms);
}

static int64_t idle_deadline(const struct orb_connection *connection)
{
    if (orb_connection_unsent(connection) || connection->state != CONNECTION_OPEN)
        return INT64_MAX;
    return after_ms(connection->active_us, connection->options->idle_timeout_ms);
}

static int64_t linger_deadline(const struct orb_connection *connection)
{
    return connection->state == CONNECTION_LINGERING ? connection->linger_us : INT64_MAX;
}

/* Starts or stops the clock of a message that has begun. */
static void watch_message(struct orb_connection *connection, bool restart, int64_t now_us)
{
    if (!giop_stream_waiting(connection->stream)) {
        connection->message_us = 0;
        return;
    }
    if (!restart && connection->message_us)
        return;
    connection->message_us = now_us;
    wake_at(connection, message_deadline(connection), now_us);
}

/* ---- the end ---- */

static void connection_free(struct orb_connection *connection)
{
    giop_stream_free(&connection->stream);
    buffer_release(&connection->out);
    free(connection);
}

static void end(struct orb_connection *connection, const char *why)
{
    connection->state = CONNECTION_ENDED;
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

/* ---- writing ---- */

static void forget_sent(struct orb_connection *connection, size_t size)
{
    struct buffer *out = &connection->out;
    connection->sent += size;
    connection->out_begin += size;
    if (connection->out_begin < out->size)
        return;
    connection->out_begin = 0;
    buffer_clear(out);
    if (out->capacity > KEPT_OUT_BYTES)
        buffer_release(out);
}

/* What has been sent leaves the buffer when it is most of it, so that moving the rest is cheap. */
static void compact(struct orb_connection *connection)
{
    struct buffer *out = &connection->out;
    if (connection->out_begin < out->size / 2 || connection->out_begin < KEPT_OUT_BYTES)
        return;
    out->size -= connection->out_begin;
    memmove(out->data, out->data + connection->out_begin, out->size);
    connection->out_begin = 0;
}

static bool would_block(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static void await_writable(struct orb_connection *connection, int64_t now_us)
{
    compact(connection);
    if (!connection->waits)
        event_add(&connection->writable, NULL);
    connection->waits = true;
    wake_at(connection, write_deadline(connection), now_us);
}

/* False: the socket is broken; errno tells. */
static bool push(struct orb_connection *connection, int64_t now_us)
{
    size_t size = orb_connection_unsent(connection);
    ssize_t sent = send(connection->descriptor, connection->out.data + connection->out_begin, size,
                        MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && !would_block(errno))
        return false;
    connection->write_us = now_us; /* something was taken, or the wait begins */
    if (sent > 0)
        forget_sent(connection, (size_t)sent);
    if (sent < (ssize_t)size)
        await_writable(connection, now_us);
    return true;
}

void orb_connection_flush(struct orb_connection *connection)
{
    if (connection->held || connection->waits || connection->error ||
        connection->state != CONNECTION_OPEN || !orb_connection_unsent(connection))
        return;
    if (push(connection, clock_monotonic_us()))
        return;
    connection->error = errno;
    wake_now(connection);
}

/* All bytes are out. */
static void linger(struct orb_connection *connection, int64_t now_us)
{
    if (connection->closed || shutdown(connection->descriptor, SHUT_WR) != 0) {
        end(connection, "finished");
        return;
    }
    connection->state = CONNECTION_LINGERING;
    connection->linger_us = now_us + LINGER_US;
    event_add(&connection->readable, NULL);
    wake_at(connection, connection->linger_us, now_us);
}

static bool has_to_send(const struct orb_connection *connection)
{
    return (connection->state == CONNECTION_OPEN || connection->state == CONNECTION_FINISHING) &&
           !connection->waits && orb_connection_unsent(connection);
}

/* Within a handler of the loop. */
static void send_out(struct orb_connection *connection, int64_t now_us)
{
    while (has_to_send(connection)) {
        if (!push(connection, now_us)) {
            end(connection, strerrordesc_np(errno));
            return;
        }
        if (connection->state == CONNECTION_OPEN && !connection->waits &&
            connection->calls->drained)
            connection->calls->drained(connection->arg); /* may append more, or close */
    }
    if (connection->state == CONNECTION_FINISHING && !orb_connection_unsent(connection))
        linger(connection, now_us);
}

/* ---- reading ---- */

static void refuse(struct orb_connection *connection, bool answer, const char *why, int64_t now_us)
{
    if (answer)
        giop_write_bare(&connection->out, 0, GIOP_MESSAGE_ERROR);
    if (has_to_send(connection))
        (void)push(connection, now_us); /* it is the end either way */
    end(connection, why);
}

/* Hands over what is there in whole. */
static void deliver(struct orb_connection *connection, int64_t now_us)
{
    struct giop_message message;
    struct fault fault;
    bool any = false;
    connection->backlog = true;
    while (connection->state == CONNECTION_OPEN && connection->reading) {
        enum giop_next next = giop_stream_next(connection->stream, &message, &fault);
        if (next == GIOP_WAIT) {
            connection->backlog = false;
            watch_message(connection, any, now_us);
            return;
        }
        if (next != GIOP_MESSAGE) {
            refuse(connection, next == GIOP_BROKEN, fault.text, now_us);
            return;
        }
        any = true;
        connection->calls->message(connection->arg, &message);
    }
}

/* False: nothing came, or it has ended. */
static bool receive(struct orb_connection *connection)
{
    size_t size = 0;
    uint8_t *space = giop_stream_space(connection->stream, &size);
    if (!space) {
        end(connection, "too much is unfinished on all connections together");
        return false;
    }
    ssize_t count = recv(connection->descriptor, space, size, MSG_DONTWAIT);
    if (count > 0) {
        giop_stream_filled(connection->stream, (size_t)count);
        return true;
    }
    if (count < 0 && would_block(errno))
        return false;
    connection->closed = true;
    end(connection, count == 0 ? "closed" : strerrordesc_np(errno));
    return false;
}

static void read_messages(struct orb_connection *connection, int64_t now_us)
{
    if (connection->backlog)
        deliver(connection, now_us);
    if (connection->state == CONNECTION_OPEN && connection->reading && receive(connection))
        deliver(connection, now_us);
}

static void throw_away(struct orb_connection *connection)
{
    char scratch[LINGER_READ];
    ssize_t count = recv(connection->descriptor, scratch, sizeof(scratch), MSG_DONTWAIT);
    if (count > 0)
        connection->lingered += (size_t)count;
    if (count == 0 || (count < 0 && !would_block(errno)) || connection->lingered > LINGER_BYTES)
        end(connection, "finished");
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
    if (connection->message_us)
        watch_message(connection, true, clock_monotonic_us());
    if (connection->backlog)
        event_active(&connection->readable, EV_READ, 0);
}

void orb_connection_finish(struct orb_connection *connection)
{
    connection->state = CONNECTION_FINISHING;
    event_del(&connection->readable);
    wake_now(connection);
}

/* ---- what libevent tells ---- */

static void release(struct orb_connection *connection)
{
    connection->held = false;
    if (connection->state == CONNECTION_CLOSED)
        connection_free(connection);
}

static void on_readable(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct orb_connection *connection = arg;
    int64_t now_us = clock_monotonic_us();
    connection->held = true;
    connection->active_us = now_us;
    if (connection->state == CONNECTION_LINGERING)
        throw_away(connection);
    else
        read_messages(connection, now_us);
    send_out(connection, now_us);
    release(connection);
}

static void on_writable(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct orb_connection *connection = arg;
    int64_t now_us = clock_monotonic_us();
    connection->held = true;
    connection->waits = false;
    connection->active_us = now_us;
    send_out(connection, now_us);
    release(connection);
}

static bool is_live(const struct orb_connection *connection)
{
    return connection->state != CONNECTION_ENDED && connection->state != CONNECTION_CLOSED;
}

static void check_idle(struct orb_connection *connection, int64_t now_us)
{
    if (idle_deadline(connection) > now_us)
        return;
    connection->active_us = now_us;
    connection->calls->idle(connection->arg);
}

/* A send outside of the loop's handlers has failed. */
static void fail_late(struct orb_connection *connection)
{
    int error = connection->error;
    connection->error = 0;
    end(connection, strerrordesc_np(error));
}

static void check_deadlines(struct orb_connection *connection, int64_t now_us)
{
    if (write_deadline(connection) <= now_us)
        end(connection, "nothing was taken of what waits to be written");
    else if (message_deadline(connection) <= now_us)
        end(connection, "a message did not arrive in time");
    else if (linger_deadline(connection) <= now_us)
        end(connection, "finished");
    else
        check_idle(connection, now_us);
}

static int64_t next_deadline(const struct orb_connection *connection)
{
    return earlier(earlier(write_deadline(connection), message_deadline(connection)),
                   earlier(linger_deadline(connection), idle_deadline(connection)));
}

static void on_timer(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct orb_connection *connection = arg;
    int64_t now_us = clock_monotonic_us();
    connection->held = true;
    connection->tick_us = 0;
    if (connection->error)
        fail_late(connection);
    else if (is_live(connection))
        check_deadlines(connection, now_us);
    send_out(connection, now_us);
    if (is_live(connection))
        wake_at(connection, next_deadline(connection), now_us);
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

static void name_peer(int descriptor, char text[PEER_TEXT_SIZE])
{
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } peer = {.any.sa_family = AF_UNSPEC};
    socklen_t length = sizeof(peer);
    char host[INET6_ADDRSTRLEN] = "";
    (void)getpeername(descriptor, &peer.any, &length);
    if (peer.any.sa_family == AF_INET) {
        (void)inet_ntop(AF_INET, &peer.v4.sin_addr, host, sizeof(host));
        (void)snprintf(text, PEER_TEXT_SIZE, "%s:%u", host, ntohs(peer.v4.sin_port));
    } else if (peer.any.sa_family == AF_INET6) {
        (void)inet_ntop(AF_INET6, &peer.v6.sin6_addr, host, sizeof(host));
        (void)snprintf(text, PEER_TEXT_SIZE, "[%s]:%u", host, ntohs(peer.v6.sin6_port));
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
    connection->active_us = clock_monotonic_us();
    set_socket_options(descriptor);
    name_peer(descriptor, connection->peer);
    event_assign(&connection->readable, base, descriptor, EV_READ | EV_PERSIST, on_readable,
                 connection);
    event_assign(&connection->writable, base, descriptor, EV_WRITE, on_writable, connection);
    evtimer_assign(&connection->timer, base, on_timer, connection);
    event_add(&connection->readable, NULL);
    wake_at(connection, idle_deadline(connection), connection->active_us);
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

const char *orb_connection_peer(const struct orb_connection *connection)
{
    return connection->peer;
}
