/* The server as a whole: made, listening, stopped, freed; what it counts and what it logs. */
#include "iiop/server.h"

#include "base/clock.h"
#include "base/listener.h"
#include "base/log.h"
#include "base/memory.h"
#include "iiop/server_private.h"

#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

enum { NOTE_EVERY_US = 1000000 };

struct orb_server_options orb_server_defaults(void)
{
    return (struct orb_server_options){
        .stream = giop_stream_limits_default(),
        .cdr = cdr_limits_default(),
        .reassembly_total_bytes = 64 << 20,
        .fragment_bytes = 65536,
        .connections = 1000,
        .pipelined = 128,
        .requests = 4096,
        .unsent_bytes = 4 << 20,
        .message_deadline_ms = 30000,
        .idle_timeout_ms = 300000,
        .write_timeout_ms = 30000,
    };
}

/* ---- the log ---- */

void orb_server_note(struct orb_server *server, enum orb_note note, const char *peer,
                     const char *why)
{
    static const char *const texts[NOTES] = {
        [NOTE_REFUSED] = "rpc peer refused",
        [NOTE_CROWDED] = "rpc connection refused",
        [NOTE_BUSY] = "rpc request refused",
    };
    struct orb_note_times *times = &server->notes[note];
    int64_t now_us = clock_monotonic_us();
    if (now_us < times->quiet_until_us) {
        times->untold++;
        return;
    }
    log_warning(texts[note], LOG_TEXT("peer", peer), LOG_TEXT("reason", why),
                LOG_INT("untold", times->untold));
    *times = (struct orb_note_times){.quiet_until_us = now_us + NOTE_EVERY_US};
}

/* ---- listening ---- */

static void on_accepted(void *arg, int descriptor)
{
    struct orb_server *server = arg;
    if (server->caller_count < server->options.connections) {
        orb_caller_open(server, descriptor);
        return;
    }
    orb_server_note(server, NOTE_CROWDED, "", "the connection limit is reached");
    close(descriptor);
}

enum status orb_server_listen(struct orb_server *server, const char *address, bool shared,
                              struct fault *fault)
{
    static const struct listener_calls calls = {.accepted = on_accepted};
    struct listener *listener = NULL;
    enum status status =
        listener_open_tcp(server->base, address, shared, &calls, server, &listener, fault);
    if (status != STATUS_OK)
        return status;
    server->listeners =
        memory_resize(server->listeners, (server->listener_count + 1) * sizeof(struct listener *));
    server->listeners[server->listener_count++] = listener;
    return STATUS_OK;
}

const char *orb_server_address(const struct orb_server *server)
{
    size_t count = server->listener_count;
    return count > 0 ? listener_address(server->listeners[count - 1]) : "";
}

static void close_listeners(struct orb_server *server)
{
    for (size_t i = 0; i < server->listener_count; i++)
        listener_close(&server->listeners[i]);
    free(server->listeners);
    server->listeners = NULL;
    server->listener_count = 0;
}

/* ---- the end ---- */

static bool has_stopped(const struct orb_server *server)
{
    return server->stopping && server->caller_count == 0 && server->kept_count == 0;
}

void orb_server_check_stopped(struct orb_server *server)
{
    if (has_stopped(server))
        event_active(server->stopper, EV_TIMEOUT, 0);
}

static void on_stopped(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct orb_server *server = arg;
    void (*stopped)(void *) = server->stopped;
    if (!stopped)
        return;
    server->stopped = NULL;
    stopped(server->stopped_arg); /* may free the server */
}

void orb_server_stop(struct orb_server *server, void (*stopped)(void *arg), void *arg)
{
    struct orb_caller *caller;
    server->stopped = stopped;
    server->stopped_arg = arg;
    for (size_t i = 0; i < server->listener_count; i++)
        listener_drain(server->listeners[i]); /* what the kernel has accepted would be reset */
    close_listeners(server);
    server->stopping = true;
    TAILQ_FOREACH(caller, &server->callers, links)
    orb_caller_close_unused(caller);
    orb_server_check_stopped(server);
}

static void orphan_requests(struct orb_server *server)
{
    struct orb_request *request;
    while ((request = TAILQ_FIRST(&server->kept))) {
        TAILQ_REMOVE(&server->kept, request, links);
        request->server = NULL;
    }
}

static void free_spare(struct orb_server *server)
{
    struct orb_request *request;
    while ((request = TAILQ_FIRST(&server->spare))) {
        TAILQ_REMOVE(&server->spare, request, links);
        orb_request_free(request);
    }
}

void orb_server_free(struct orb_server **server)
{
    struct orb_server *gone = *server;
    struct orb_caller *caller;
    if (!gone)
        return;
    *server = NULL;
    close_listeners(gone);
    while ((caller = TAILQ_FIRST(&gone->callers)))
        orb_caller_close(caller);
    orphan_requests(gone);
    free_spare(gone);
    event_free(gone->stopper);
    free(gone);
}

/* ---- the beginning ---- */

static struct counter *requests_counter(const char *labels)
{
    return metrics_counter("orderd_orb_requests_total", "Requests over IIOP that were answered",
                           labels);
}

static void find_metrics(struct orb_server *server)
{
    server->requests[RESULT_OK] = requests_counter("outcome=\"ok\"");
    server->requests[RESULT_USER_EXCEPTION] = requests_counter("outcome=\"user_exception\"");
    server->requests[RESULT_SYSTEM_EXCEPTION] = requests_counter("outcome=\"system_exception\"");
    server->refused = metrics_counter("orderd_orb_messages_refused_total",
                                      "Messages over IIOP that were no good", "");
    server->connections =
        metrics_gauge("orderd_orb_connections", "Open connections of IIOP clients", "");
    server->seconds = metrics_histogram("orderd_orb_request_seconds",
                                        "From a request over IIOP to its answer", "");
}

static void set_connection_options(struct orb_server *server)
{
    const struct orb_server_options *options = &server->options;
    server->connection_options = (struct orb_connection_options){
        .stream = options->stream,
        .message_deadline_ms = options->message_deadline_ms,
        .write_timeout_ms = options->write_timeout_ms,
        .idle_timeout_ms = options->idle_timeout_ms,
    };
    server->budget.limit = options->reassembly_total_bytes;
}

struct orb_server *orb_server_new(struct event_base *base, const struct orb_server_options *options,
                                  const struct orb_adapter *adapter)
{
    struct orb_server *server = memory_new(sizeof(*server));
    server->base = base;
    server->options = *options;
    server->adapter = adapter;
    TAILQ_INIT(&server->callers);
    TAILQ_INIT(&server->kept);
    TAILQ_INIT(&server->spare);
    server->stopper = event_new(base, -1, 0, on_stopped, server);
    if (!server->stopper)
        abort(); /* libevent is out of memory: as memory.h */
    set_connection_options(server);
    find_metrics(server);
    return server;
}

void orb_server_use(struct orb_server *server, const struct orb_adapter *adapter)
{
    server->adapter = adapter;
}
