/* A listening descriptor that libzmq accepts from, and its monitor, which counts. */
#include "bus/entrance.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/listener.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "bus/monitor.h"

#include <errno.h>
#include <event2/event.h>
#include <linux/filter.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

enum {
    LINGER_MS = 1000,
    RETRY_FIRST_MS = 10,
    RETRY_LONGEST_MS = 1000,
    BACKLOG = 32, /* few: those that the kernel has let in already cannot be kept waiting */
    TELL_EVERY_US = 60 * 1000000, /* a full entrance may come and go with every connection */
};

struct entrance {
    struct event_base *base;
    void *context;
    struct bus_socket_options socket_options;
    bus_socket_received *received;
    void (*left)(void *arg, int connection);
    void *arg;
    char *name;
    size_t limit;

    int listening; /* -1: none yet */
    char address[LISTENER_ADDRESS_SIZE];
    struct bus_socket *socket; /* NULL: to be made again, as the monitor */
    struct monitor *monitor;
    struct event *retry; /* a timer */
    int retry_ms;

    size_t count;    /* of connections */
    bool shut;       /* the kernel drops what comes */
    int64_t told_us; /* when that was logged last; 0: never */
    struct gauge *connections;
    struct counter *filled;
};

/* ---- who may knock ---- */

/* Connections that have been accepted have the filter that was there when they were made: none. */
static bool filter_set(int listening, bool drop)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0); /* bytes of a packet to be kept */
    const struct sock_fprog program = {.len = 1, .filter = &nothing};
    const int unused = 0;
    return drop
               ? setsockopt(listening, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0
               : setsockopt(listening, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) == 0;
}

static void full_tell(struct entrance *entrance)
{
    int64_t now = clock_monotonic_us();
    counter_add(entrance->filled, 1);
    if (entrance->told_us != 0 && now - entrance->told_us < TELL_EVERY_US)
        return;
    entrance->told_us = now;
    log_warning("as many connections as may be: others wait until one ends",
                LOG_TEXT("socket", entrance->name), LOG_TEXT("address", entrance->address),
                LOG_INT("connections", (int64_t)entrance->count));
}

static void shut_if_full(struct entrance *entrance)
{
    bool full = entrance->limit > 0 && entrance->count >= entrance->limit;
    if (full == entrance->shut)
        return;
    if (full)
        full_tell(entrance);
    if (filter_set(entrance->listening, full))
        entrance->shut = full;
    else
        log_error("limit of connections not kept", LOG_TEXT("socket", entrance->name),
                  LOG_TEXT("reason", strerror(errno)));
}

static void count_set(struct entrance *entrance, size_t count)
{
    gauge_add(entrance->connections, (int64_t)count - (int64_t)entrance->count);
    entrance->count = count;
    shut_if_full(entrance);
}

static void on_monitor(void *arg, int event, int value)
{
    struct entrance *entrance = arg;
    if (event == ZMQ_EVENT_ACCEPTED) {
        count_set(entrance, entrance->count + 1);
    } else if (event == ZMQ_EVENT_DISCONNECTED && entrance->count > 0) {
        count_set(entrance, entrance->count - 1);
        if (entrance->left)
            entrance->left(entrance->arg, value);
    }
}

void entrance_look(struct entrance *entrance)
{
    monitor_look(entrance->monitor);
}

/* ---- what is behind the address ---- */

static void behind_close(struct entrance *entrance)
{
    monitor_close(&entrance->monitor);
    bus_socket_close(&entrance->socket);
    count_set(entrance, 0);
}

/* The monitor first, or it would miss who comes at once. */
static enum status behind_open(struct entrance *entrance, struct fault *fault)
{
    enum { EVENTS = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED };
    enum status status =
        bus_socket_open(entrance->base, entrance->context, &entrance->socket_options,
                        entrance->received, entrance->arg, &entrance->socket, fault);
    if (status == STATUS_OK)
        status = monitor_open(entrance->base, entrance->context, entrance->socket, EVENTS,
                              on_monitor, entrance, &entrance->monitor, fault);
    if (status == STATUS_OK)
        status = bus_socket_listen(entrance->socket, entrance->listening, entrance->address, fault);
    if (status != STATUS_OK)
        behind_close(entrance);
    return status;
}

static void behind_reopen(struct entrance *entrance)
{
    struct fault fault = {0};
    if (behind_open(entrance, &fault) == STATUS_OK)
        return;
    const struct timeval delay = {entrance->retry_ms / 1000, (entrance->retry_ms % 1000) * 1000L};
    log_error("not listening again yet, will be tried again", LOG_TEXT("socket", entrance->name),
              LOG_TEXT("address", entrance->address), LOG_TEXT("reason", fault.text));
    event_add(entrance->retry, &delay);
    entrance->retry_ms =
        entrance->retry_ms < RETRY_LONGEST_MS / 2 ? entrance->retry_ms * 2 : RETRY_LONGEST_MS;
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    behind_reopen(arg);
}

void entrance_reopen(struct entrance *entrance)
{
    if (!entrance->socket)
        return; /* under way */
    entrance->retry_ms = RETRY_FIRST_MS;
    behind_close(entrance);
    behind_reopen(entrance);
}

/* ---- life ---- */

static void metrics_find(struct entrance *entrance)
{
    struct buffer labels = {0};
    metrics_label(&labels, "socket", entrance->name);
    buffer_append(&labels, "", 1);
    entrance->connections =
        metrics_gauge("orderd_bus_connections", "Connections to the ZeroMQ sockets", labels.data);
    entrance->filled = metrics_counter(
        "orderd_bus_full_total",
        "How often a ZeroMQ socket had as many connections as may be, and others had to wait",
        labels.data);
    buffer_release(&labels);
}

static struct bus_socket_options socket_options_of(const struct bus_options *bus,
                                                   const struct entrance_options *options,
                                                   const char *domain)
{
    return (struct bus_socket_options){
        .type = options->type,
        .high_water_mark = options->high_water_mark,
        .receive_mark = options->receive_mark,
        .message_limit = options->message_limit,
        .linger_ms = LINGER_MS,
        .ping_ms = bus->ping_ms,
        .ping_timeout_ms = bus->ping_timeout_ms,
        .keys = bus->keys,
        .domain = domain,
    };
}

enum status entrance_open(struct event_base *base, void *context, const struct bus_options *bus,
                          const struct entrance_options *options, struct entrance **entrance,
                          struct fault *fault)
{
    struct entrance *made = memory_new(sizeof(*made));
    made->base = base;
    made->context = context;
    made->received = options->received;
    made->left = options->left;
    made->arg = options->arg;
    made->name = memory_text(options->name, strlen(options->name));
    made->limit = bus->connections;
    made->socket_options = socket_options_of(bus, options, made->name);
    made->listening = -1;
    made->retry = event_new(base, -1, 0, on_retry, made);
    metrics_find(made);
    enum status status =
        listener_socket_tcp(options->address, BACKLOG, &made->listening, made->address, fault);
    if (status == STATUS_OK)
        status = behind_open(made, fault);
    if (status == STATUS_OK)
        *entrance = made;
    else
        entrance_close(&made);
    return status;
}

void entrance_close(struct entrance **entrance)
{
    struct entrance *closing = *entrance;
    if (!closing)
        return;
    *entrance = NULL;
    behind_close(closing);
    event_free(closing->retry);
    if (closing->listening >= 0)
        close(closing->listening);
    free(closing->name);
    free(closing);
}

const char *entrance_address(const struct entrance *entrance)
{
    return entrance->address;
}

struct bus_socket *entrance_socket(const struct entrance *entrance)
{
    return entrance->socket;
}
