/* A SUB socket that comes back. */
#include "bus/link.h"

#include "base/log.h"
#include "base/memory.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { LOST_MS = 1000 }; /* libzmq's own next try would have begun long before */

struct link {
    struct event_base *base;
    void *context;
    struct link_options options;
    char *endpoint;
    struct bus_socket *socket;
    struct bus_socket *monitor; /* hears what happens to the socket's connection */
    struct event *lost;         /* armed while nobody tries to connect */
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

static void link_arm(struct link *link)
{
    static const struct timeval delay = {LOST_MS / 1000, (LOST_MS % 1000) * 1000L};
    event_add(link->lost, &delay);
}

static void on_connection(struct link *link, unsigned event)
{
    switch (event) {
    case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
        event_del(link->lost);
        link_tell(link, true);
        break;
    case ZMQ_EVENT_CONNECT_RETRIED:
    case ZMQ_EVENT_CONNECT_DELAYED: event_del(link->lost); break;
    case ZMQ_EVENT_DISCONNECTED:
        link_tell(link, false);
        link_arm(link);
        break;
    default: /* the handshake failed */ link_arm(link); break;
    }
}

/* [event number, 16 bits, and a value, 32 bits][endpoint] (zmq_socket_monitor(3)). */
static void on_monitor(void *arg, const struct bus_message *message)
{
    uint16_t event;
    if (message->frames[0].size < sizeof(event))
        return;
    memcpy(&event, message->frames[0].data, sizeof(event));
    on_connection(arg, event);
}

/* ---- sockets ---- */

static enum status monitor_open(struct link *link, struct fault *fault)
{
    static const struct bus_socket_options options = {
        .type = ZMQ_PAIR, .high_water_mark = 1000, .message_limit = -1};
    static const int events = ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_CONNECT_RETRIED |
                              ZMQ_EVENT_CONNECT_DELAYED | ZMQ_EVENT_DISCONNECTED |
                              ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |
                              ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
    char name[64];
    snprintf(name, sizeof(name), "inproc://monitor-%p", (void *)link);
    enum status status = bus_socket_monitor(link->socket, name, events, fault);
    if (status == STATUS_OK)
        status = bus_socket_open(link->base, link->context, &options, on_monitor, link,
                                 &link->monitor, fault);
    if (status == STATUS_OK)
        status = bus_socket_connect(link->monitor, name, fault);
    return status;
}

static void sockets_close(struct link *link)
{
    if (link->socket)
        bus_socket_monitor_end(link->socket);
    bus_socket_close(&link->monitor);
    bus_socket_close(&link->socket);
}

static enum status sockets_open(struct link *link, struct fault *fault)
{
    const struct bus_socket_options options = {
        .type = ZMQ_SUB,
        .high_water_mark = link->options.high_water_mark,
        .message_limit = link->options.frame_limit,
    };
    enum status status =
        bus_socket_open(link->base, link->context, &options, link->options.received,
                        link->options.arg, &link->socket, fault);
    if (status == STATUS_OK)
        status = monitor_open(link, fault);
    if (status == STATUS_OK) {
        link->options.made(link->options.arg, link->socket);
        status = bus_socket_connect(link->socket, link->endpoint, fault);
    }
    if (status != STATUS_OK)
        sockets_close(link);
    return status;
}

static void on_lost(evutil_socket_t fd, short what, void *arg)
{
    struct link *link = arg;
    struct fault fault = {0};
    (void)fd;
    (void)what;
    sockets_close(link);
    if (sockets_open(link, &fault) != STATUS_OK) {
        log_warning("not subscribed, will be tried again", LOG_TEXT("endpoint", link->endpoint),
                    LOG_TEXT("reason", fault.text));
        link_arm(link);
    }
}

/* ---- life ---- */

enum status link_open(struct event_base *base, void *context, const struct link_options *options,
                      struct link **link, struct fault *fault)
{
    struct link *made = memory_new(sizeof(*made));
    made->base = base;
    made->context = context;
    made->options = *options;
    made->endpoint = memory_text(options->endpoint, strlen(options->endpoint));
    made->lost = event_new(base, -1, 0, on_lost, made);
    enum status status = sockets_open(made, fault);
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
    sockets_close(closing);
    event_free(closing->lost);
    free(closing->endpoint);
    free(closing);
}

struct bus_socket *link_socket(const struct link *link)
{
    return link->socket;
}
