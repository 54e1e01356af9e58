/* The server as a whole: made, stopped, freed; its sweeper of deadlines and its reaper.
 *
 * Deadlines: every state of a connection has one fixed time, so a list for each state, filled at
 * the end, is sorted by itself. Entering a state costs a few pointers and no heap operation; one
 * timer looks at the heads of the lists. */
#include "http/server.h"

#include "base/clock.h"
#include "base/memory.h"
#include "http/server_private.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINGER_US = 2000000 }; /* the client has its answer after a round trip */

struct http_server_options http_server_defaults(void)
{
    return (struct http_server_options){
        .header_bytes_limit = 16384,
        .header_count_limit = 100,
        .body_bytes_limit = 1 << 20,
        .bodies_bytes_limit = 64 << 20,
        .connection_limit = 10000,
        .header_deadline_ms = 10000,
        .body_deadline_ms = 30000,
        .idle_timeout_ms = 60000,
        .write_timeout_ms = 30000,
    };
}

void server_count_rejected(const char *reason)
{
    char labels[64];
    snprintf(labels, sizeof(labels), "reason=\"%s\"", reason);
    counter_add(metrics_counter("orderd_http_rejected_total",
                                "Requests and connections refused before any handler saw them",
                                labels),
                1);
}

/* ---- deadlines ---- */

static void arm_sweeper(struct http_server *server, int64_t at_us)
{
    int64_t wait_us = at_us - clock_monotonic_us();
    if (wait_us < 1000)
        wait_us = 1000;
    struct timeval wait = {wait_us / 1000000, wait_us % 1000000};
    server->sweep_at_us = at_us;
    evtimer_add(server->sweeper, &wait);
}

void server_sweep_at(struct http_server *server, int64_t deadline_us)
{
    if (server->sweep_at_us == 0 || deadline_us < server->sweep_at_us)
        arm_sweeper(server, deadline_us);
}

/* Lets every connection of the list that is due expire; each leaves its place in it. The deadline
 * of the first that is not due, or 0. */
static int64_t sweep_list(const struct connection_list *list, int64_t now_us)
{
    struct connection *first;
    while ((first = TAILQ_FIRST(list)) != NULL) {
        if (first->deadline_us > now_us)
            return first->deadline_us;
        connection_expire(first);
    }
    return 0;
}

static void on_sweep(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct http_server *server = arg;
    int64_t now_us = clock_monotonic_us();
    server->sweep_at_us = 0;
    for (int state = 0; state < CONNECTION_STATES; state++) {
        if (server->time_us[state] == 0)
            continue;
        int64_t next_us = sweep_list(&server->connections[state], now_us);
        if (next_us > 0)
            server_sweep_at(server, next_us);
    }
}

/* ---- the end of connections and of the server ---- */

void server_reap(struct http_server *server)
{
    event_active(server->reaper, EV_TIMEOUT, 0);
}

static bool has_stopped(const struct http_server *server)
{
    return server->stopping && server->connection_count == 0 && TAILQ_EMPTY(&server->in_flight);
}

void server_check_stopped(struct http_server *server)
{
    if (has_stopped(server))
        server_reap(server);
}

static void free_closed(struct http_server *server)
{
    struct connection_list *closed = &server->connections[CONNECTION_CLOSED];
    struct connection *connection;
    while ((connection = TAILQ_FIRST(closed)) != NULL) {
        TAILQ_REMOVE(closed, connection, links);
        free(connection);
    }
}

static void on_reap(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct http_server *server = arg;
    free_closed(server);
    if (!has_stopped(server) || server->stopped == NULL)
        return;
    void (*stopped)(void *) = server->stopped;
    server->stopped = NULL;
    stopped(server->stopped_arg); /* may free the server */
}

static void close_unused(struct http_server *server, enum connection_state state)
{
    struct connection *connection = TAILQ_FIRST(&server->connections[state]);
    while (connection != NULL) {
        struct connection *next = TAILQ_NEXT(connection, links);
        if (connection_is_unused(connection))
            connection_close(connection);
        connection = next;
    }
}

void http_server_stop(struct http_server *server, void (*stopped)(void *arg), void *arg)
{
    server->stopping = true;
    server->stopped = stopped;
    server->stopped_arg = arg;
    listeners_drain(server);
    listeners_close(server);
    close_unused(server, CONNECTION_IDLE);
    close_unused(server, CONNECTION_HEADER);
    server_check_stopped(server);
}

static void close_all(struct http_server *server)
{
    for (int state = 0; state < CONNECTION_CLOSED; state++) {
        struct connection *connection;
        while ((connection = TAILQ_FIRST(&server->connections[state])) != NULL)
            connection_close(connection);
    }
}

static void orphan_requests(struct http_server *server)
{
    struct http_request *request;
    while ((request = TAILQ_FIRST(&server->in_flight)) != NULL) {
        TAILQ_REMOVE(&server->in_flight, request, links);
        request->server = NULL;
    }
}

static void free_spare(struct http_server *server)
{
    struct http_request *request;
    while ((request = TAILQ_FIRST(&server->spare)) != NULL) {
        TAILQ_REMOVE(&server->spare, request, links);
        request_free(request);
    }
}

void http_server_free(struct http_server **server)
{
    struct http_server *gone = *server;
    if (gone == NULL)
        return;
    *server = NULL;
    listeners_close(gone);
    close_all(gone);
    free_closed(gone);
    orphan_requests(gone);
    free_spare(gone);
    event_free(gone->sweeper);
    event_free(gone->reaper);
    buffer_release(&gone->answer_head);
    free(gone);
}

/* ---- the beginning ---- */

static void ignore_sigpipe(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        sigaction(SIGPIPE, &action, NULL);
    }
}

static void set_times(struct http_server *server)
{
    const struct http_server_options *options = &server->options;
    server->time_us[CONNECTION_HEADER] = options->header_deadline_ms * INT64_C(1000);
    server->time_us[CONNECTION_BODY] = options->body_deadline_ms * INT64_C(1000);
    server->time_us[CONNECTION_WRITING] = options->write_timeout_ms * INT64_C(1000);
    server->time_us[CONNECTION_IDLE] = options->idle_timeout_ms * INT64_C(1000);
    server->time_us[CONNECTION_LINGERING] = LINGER_US;
}

static struct event *new_event(struct http_server *server, event_callback_fn callback)
{
    struct event *event = event_new(server->base, -1, 0, callback, server);
    if (event == NULL)
        abort(); /* libevent is out of memory: as memory.h */
    return event;
}

struct http_server *http_server_new(struct event_base *base,
                                    const struct http_server_options *options,
                                    http_handler *handler, void *arg)
{
    struct http_server *server = memory_new(sizeof(*server));
    server->base = base;
    server->options = *options;
    server->handler = handler;
    server->arg = arg;
    for (int state = 0; state < CONNECTION_STATES; state++)
        TAILQ_INIT(&server->connections[state]);
    TAILQ_INIT(&server->in_flight);
    TAILQ_INIT(&server->spare);
    server->sweeper = new_event(server, on_sweep);
    server->reaper = new_event(server, on_reap);
    server->connection_gauge = metrics_gauge("orderd_http_connections", "Open connections", "");
    set_times(server);
    ignore_sigpipe();
    return server;
}
