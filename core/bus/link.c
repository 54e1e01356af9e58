/* A SUB socket that comes back.
 *
 * When libzmq means to connect again, it says so right behind DISCONNECTED. Silence for a moment
 * means that it does not; then the endpoint is left and joined anew, with the same socket. A
 * connection that libzmq mends itself is never touched, so nothing more is lost with it.
 *
 * The moment doubles with each offence, so that a publisher that keeps offending does not keep us
 * busy, and is short again after a calm time. The loop takes what the monitor says before a timer
 * that is due in the same turn, so a late turn is not mistaken for silence. */
#include "bus/link.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "bus/monitor.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    SILENCE_MS = 1000, /* libzmq's own next try would have been announced long before */
    SILENCE_LONGEST_MS = 30000,
    CALM_US = 60000000, /* more than the longest silence, or that would end the back-off */
    EVENTS = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CONNECT_DELAYED |
             ZMQ_EVENT_DISCONNECTED,
};

struct link {
    struct bus_socket *socket;
    struct monitor *monitor;
    struct event *silence; /* pending: disconnected, and nobody tries to connect */
    struct counter *joined_anew;
    char *endpoint;
    int64_t joined_us; /* when it was last joined anew */
    int silence_ms;    /* how long the next silence has to be */
    bool connected;
};

/* ---- the connection's life ---- */

static void link_tell(struct link *link, bool connected)
{
    if (link->connected == connected)
        return;
    link->connected = connected;
    if (connected)
        log_info("subscribed", LOG_TEXT("endpoint", link->endpoint));
    else
        log_warning("subscription lost", LOG_TEXT("endpoint", link->endpoint));
}

static void silence_begin(struct link *link)
{
    struct timeval wait = {link->silence_ms / 1000, (link->silence_ms % 1000) * 1000L};
    event_add(link->silence, &wait);
}

static void on_disconnected(struct link *link)
{
    link_tell(link, false);
    if (clock_monotonic_us() - link->joined_us > CALM_US)
        link->silence_ms = SILENCE_MS;
    silence_begin(link);
}

static void on_monitor(void *arg, int event, int value)
{
    struct link *link = arg;
    (void)value;
    if (event == ZMQ_EVENT_DISCONNECTED) {
        on_disconnected(link);
        return;
    }
    event_del(link->silence);
    if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
        link_tell(link, true);
}

static void on_silence(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;
    struct fault fault;
    (void)fd;
    (void)what;
    log_warning("publisher broke the protocol or the size limit: subscribing anew",
                LOG_TEXT("endpoint", link->endpoint), LOG_INT("waited_ms", link->silence_ms));
    counter_add(link->joined_anew, 1);
    link->joined_us = clock_monotonic_us();
    link->silence_ms =
        link->silence_ms < SILENCE_LONGEST_MS / 2 ? link->silence_ms * 2 : SILENCE_LONGEST_MS;
    if (bus_socket_reconnect(link->socket, link->endpoint, &fault) != STATUS_OK) {
        log_error("not subscribed, will be tried again", LOG_TEXT("endpoint", link->endpoint),
                  LOG_TEXT("reason", fault.text));
        silence_begin(link);
    }
}

/* ---- life ---- */

static enum status sockets_open(struct link *link, struct event_base *base, void *context,
                                const struct link_options *options, struct fault *fault)
{
    const struct bus_socket_options socket_options = {
        .type = ZMQ_SUB,
        .high_water_mark = options->high_water_mark,
        .message_limit = options->frame_limit,
        .ping_ms = options->ping_ms,
        .ping_timeout_ms = options->ping_timeout_ms,
    };
    enum status status = bus_socket_open(base, context, &socket_options, options->received,
                                         options->arg, &link->socket, fault);
    if (status == STATUS_OK)
        status = monitor_open(base, context, link->socket, EVENTS, on_monitor, link, &link->monitor,
                              fault);
    if (status == STATUS_OK)
        status = bus_socket_connect(link->socket, link->endpoint, fault);
    return status;
}

enum status link_open(struct event_base *base, void *context, const struct link_options *options,
                      struct link **link, struct fault *fault)
{
    struct link *made = memory_new(sizeof(*made));
    made->endpoint = memory_text(options->endpoint, strlen(options->endpoint));
    made->silence_ms = SILENCE_MS;
    made->joined_us = clock_monotonic_us();
    made->silence = event_new(base, -1, 0, on_silence, made);
    made->joined_anew = metrics_counter("orderd_inbound_reconnects_total",
                                        "Endpoints joined anew after libzmq gave them up", "");
    enum status status = sockets_open(made, base, context, options, fault);
    if (status == STATUS_OK)
        *link = made;
    else
        link_close(&made);
    return status;
}

void link_close(struct link **link)
{
    struct link *closing = *link;
    if (!closing)
        return;
    *link = NULL;
    monitor_close(&closing->monitor);
    bus_socket_close(&closing->socket);
    event_free(closing->silence);
    free(closing->endpoint);
    free(closing);
}

struct bus_socket *link_socket(const struct link *link)
{
    return link->socket;
}
