/* A connection's life: reading requests one after the other, writing answers, and its end.
 *
 * Everything happens in the server's one thread. connection_advance is the engine: it reads
 * requests from the input and hands them over while the connection is ready for the next one. A
 * handler may answer before it returns, so connection_answered can run inside connection_advance;
 * the loop there then goes on, and nothing nests. A connection that is closed stays in memory
 * until the reaper runs, so every function may look at `state` after it called another one. */
#include "http/connection.h"

#include "base/clock.h"
#include "base/memory.h"
#include "http/problem.h"
#include "http/server_private.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    WAITING_INPUT_LIMIT = 16384, /* while a request is under way; then reading stops */
    WRITE_PROGRESS = 16384,      /* what a client must take in one write time-out */
    LINGER_BYTES_LIMIT = 4 << 20,
};

void connection_enter(struct connection *connection, enum connection_state state)
{
    struct http_server *server = connection->server;
    TAILQ_REMOVE(&server->connections[connection->state], connection, links);
    TAILQ_INSERT_TAIL(&server->connections[state], connection, links);
    connection->state = state;
    if (server->time_us[state] > 0) {
        connection->deadline_us = clock_monotonic_us() + server->time_us[state];
        server_sweep_at(server, connection->deadline_us);
    }
}

static struct evbuffer *input_of(const struct connection *connection)
{
    return bufferevent_get_input(connection->stream);
}

static struct evbuffer *output_of(const struct connection *connection)
{
    return bufferevent_get_output(connection->stream);
}

void connection_close(struct connection *connection)
{
    struct http_server *server = connection->server;
    struct http_request *request = connection->request;
    if (connection->state == CONNECTION_CLOSED)
        return;
    if (request != NULL && connection->state == CONNECTION_BUSY)
        request->connection = NULL;
    else if (request != NULL)
        request_give_back(request);
    connection->request = NULL;
    connection_enter(connection, CONNECTION_CLOSED);
    bufferevent_free(connection->stream);
    connection->stream = NULL;
    server->connection_count--;
    gauge_add(server->connection_gauge, -1);
    server_reap(server);
}

bool connection_is_unused(const struct connection *connection)
{
    char byte;
    return connection->request == NULL && evbuffer_get_length(input_of(connection)) == 0 &&
           recv(bufferevent_getfd(connection->stream), &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

/* ---- writing ---- */

/* What the socket takes right now; -1 when it is broken. */
static ssize_t send_now(const struct connection *connection, struct text head, struct text body)
{
    struct iovec parts[] = {
        {(void *)head.data, head.length},
        {(void *)body.data, body.length},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = body.length > 0 ? 2 : 1};
    ssize_t sent =
        sendmsg(bufferevent_getfd(connection->stream), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0)
        return sent;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? 0 : -1;
}

/* Leaves to the bufferevent what is behind the first `sent` bytes. */
static bool send_later(struct connection *connection, struct text part, size_t *sent)
{
    size_t skip = *sent < part.length ? *sent : part.length;
    *sent -= skip;
    return skip == part.length ||
           evbuffer_add(output_of(connection), part.data + skip, part.length - skip) == 0;
}

bool connection_send(struct connection *connection, struct text head, struct text body)
{
    size_t sent = 0;
    if (evbuffer_get_length(output_of(connection)) == 0) {
        ssize_t now = send_now(connection, head, body);
        if (now < 0) {
            connection_close(connection);
            return false;
        }
        sent = (size_t)now;
    }
    if (sent == head.length + body.length)
        return true;
    if (send_later(connection, head, &sent) && send_later(connection, body, &sent))
        return true;
    connection_close(connection);
    return false;
}

/* ---- reading ---- */

static bool is_reading(const struct connection *connection)
{
    return connection->state == CONNECTION_HEADER || connection->state == CONNECTION_BODY ||
           connection->state == CONNECTION_IDLE;
}

static void hand_over(struct connection *connection)
{
    struct http_server *server = connection->server;
    struct http_request *request = connection->request;
    connection_enter(connection, CONNECTION_BUSY);
    TAILQ_INSERT_TAIL(&server->in_flight, request, links);
    server->handler(request, server->arg);
}

/* Answers with a problem of the transport; it is the last answer. Nothing of what the client sent
 * is in it. */
static void refuse(struct connection *connection, const char *code, const char *detail)
{
    struct http_server *server = connection->server;
    if (connection->request == NULL)
        connection->request = request_take(server, connection);
    struct http_request *request = connection->request;
    request->keep_alive = false;
    connection_enter(connection, CONNECTION_BUSY);
    TAILQ_INSERT_TAIL(&server->in_flight, request, links);
    server_count_rejected(code);
    struct problem problem = {
        .kind = problem_find(code, strlen(code)),
        .detail = detail,
        .trace_id = http_request_trace(request)->id,
    };
    problem_respond(request, &problem, NULL, 0);
}

/* The header is good and the client waits for a word before it sends the body. */
static void send_continue(struct connection *connection)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    connection->request->wants_continue = false;
    if (evbuffer_get_length(input_of(connection)) == 0)
        (void)connection_send(connection, (struct text){line, sizeof(line) - 1},
                              (struct text){NULL, 0});
}

static void await_more(struct connection *connection)
{
    struct http_request *request = connection->request;
    enum connection_state state =
        request->phase == REQUEST_HEAD ? CONNECTION_HEADER : CONNECTION_BODY;
    if (connection->state != state)
        connection_enter(connection, state);
    if (state == CONNECTION_BODY && request->wants_continue)
        send_continue(connection);
}

static void read_request(struct connection *connection)
{
    if (connection->request == NULL)
        connection->request = request_take(connection->server, connection);
    switch (request_read(connection->request, input_of(connection))) {
    case REQUEST_NEEDS_MORE: await_more(connection); break;
    case REQUEST_IS_WHOLE: hand_over(connection); break;
    case REQUEST_IS_REFUSED:
        refuse(connection, connection->request->refusal, connection->request->refusal_detail);
        break;
    }
}

/* Reading stops while enough waits behind the request that is under way, and goes on after it. */
static void throttle(struct connection *connection)
{
    bool full = !is_reading(connection) && connection->state != CONNECTION_LINGERING &&
                evbuffer_get_length(input_of(connection)) >= WAITING_INPUT_LIMIT;
    if (full == connection->throttled)
        return;
    connection->throttled = full;
    if (full)
        bufferevent_disable(connection->stream, EV_READ);
    else
        bufferevent_enable(connection->stream, EV_READ);
}

static void connection_advance(struct connection *connection)
{
    if (connection->advancing)
        return;
    connection->advancing = true;
    while (is_reading(connection) && evbuffer_get_length(input_of(connection)) > 0)
        read_request(connection);
    connection->advancing = false;
    if (connection->state == CONNECTION_CLOSED)
        return;
    if (connection->ended && is_reading(connection))
        connection_close(connection); /* no more requests can come, or none in whole */
    else
        throttle(connection);
}

/* ---- after an answer ---- */

static void linger_input(struct connection *connection)
{
    struct evbuffer *input = input_of(connection);
    size_t length = evbuffer_get_length(input);
    evbuffer_drain(input, length);
    connection->waiting += length;
    if (connection->ended || connection->waiting > LINGER_BYTES_LIMIT)
        connection_close(connection);
}

static void linger(struct connection *connection)
{
    connection_enter(connection, CONNECTION_LINGERING);
    connection->waiting = 0;
    shutdown(bufferevent_getfd(connection->stream), SHUT_WR);
    throttle(connection);
    linger_input(connection);
}

/* The whole answer has left. */
static void go_on(struct connection *connection)
{
    bool nothing_waits = evbuffer_get_length(input_of(connection)) == 0;
    if (connection->last || (connection->server->stopping && nothing_waits)) {
        linger(connection);
        return;
    }
    connection_enter(connection, CONNECTION_IDLE);
    connection_advance(connection);
}

static void await_writing(struct connection *connection, size_t left)
{
    connection->waiting = left;
    connection_enter(connection, CONNECTION_WRITING);
    throttle(connection);
}

void connection_answered(struct connection *connection)
{
    if (connection->state == CONNECTION_CLOSED)
        return;
    size_t left = evbuffer_get_length(output_of(connection));
    if (left > 0)
        await_writing(connection, left);
    else
        go_on(connection);
}

void connection_expire(struct connection *connection)
{
    size_t left;
    switch (connection->state) {
    case CONNECTION_HEADER:
        if (connection->request == NULL)
            break;
        refuse(connection, "request-timeout", "The header did not arrive in time.");
        return;
    case CONNECTION_BODY:
        refuse(connection, "request-timeout", "The body did not arrive in time.");
        return;
    case CONNECTION_WRITING:
        left = evbuffer_get_length(output_of(connection));
        if (left + WRITE_PROGRESS > connection->waiting)
            break;
        await_writing(connection, left);
        return;
    default: break;
    }
    connection_close(connection);
}

/* ---- what libevent tells ---- */

static void on_readable(struct bufferevent *stream, void *arg)
{
    (void)stream;
    struct connection *connection = arg;
    if (connection->state == CONNECTION_LINGERING)
        linger_input(connection);
    else
        connection_advance(connection);
}

static void on_written(struct bufferevent *stream, void *arg)
{
    (void)stream;
    struct connection *connection = arg;
    if (connection->state == CONNECTION_WRITING)
        go_on(connection);
}

static void on_event(struct bufferevent *stream, short what, void *arg)
{
    (void)stream;
    struct connection *connection = arg;
    connection->ended = true;
    bool waits_for_us =
        connection->state == CONNECTION_BUSY || connection->state == CONNECTION_WRITING;
    if ((what & BEV_EVENT_ERROR) || !waits_for_us)
        connection_close(connection);
}

void connection_open(struct http_server *server, int descriptor, bool crowded)
{
    struct bufferevent *stream =
        bufferevent_socket_new(server->base, descriptor, BEV_OPT_CLOSE_ON_FREE);
    if (stream == NULL) {
        close(descriptor);
        return;
    }
    struct connection *connection = memory_new(sizeof(*connection));
    connection->server = server;
    connection->stream = stream;
    connection->state = CONNECTION_HEADER;
    TAILQ_INSERT_TAIL(&server->connections[CONNECTION_HEADER], connection, links);
    server->connection_count++;
    gauge_add(server->connection_gauge, 1);
    connection_enter(connection, CONNECTION_HEADER);
    bufferevent_setcb(stream, on_readable, on_written, on_event, connection);
    bufferevent_enable(stream, EV_READ | EV_WRITE);
    if (crowded)
        refuse(connection, "overloaded", "Too many connections are open.");
}
