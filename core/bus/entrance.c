/* A listening descriptor that libzmq accepts from, and its monitor, which counts. */
#include "bus/entrance.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/listener.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "bus/guests.h"
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
    /* Connections that the kernel has let in and libzmq has not accepted cannot be kept waiting:
     * the fewer may be the less is the limit exceeded, and the more have to knock twice. */
    BACKLOG_LEAST = 4,
    BACKLOG_MOST = 128,
    BACKLOG_SHARE = 8, /* of the limit */
    /* Those that said nothing: then a ROUTER is made anew when nobody is there, and in any case. */
    SILENT_SOME = 1000,
    SILENT_MANY = 10000,
    TELL_EVERY_US = 60 * 1000000,
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
    bool paused;
    struct event *again; /* a timer: to make both anew */
    int again_ms;        /* how long it waits after the next failure */
    bool failing;

    struct guests guests;
    bool shut;                             /* the kernel drops what comes */
    bool was_shut;                         /* ever */
    int64_t full_told_us, renewed_told_us; /* when that was logged last; 0: never */
    struct gauge *connections;
    struct counter *filled, *renewed;
};

/* ---- who may knock ---- */

static bool filter_set(int descriptor, bool drop)
{
    struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0); /* bytes of a packet to be kept */
    const struct sock_fprog program = {.len = 1, .filter = &nothing};
    const int unused = 0;
    return drop
               ? setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) ==
                     0
               : setsockopt(descriptor, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused)) == 0;
}

/* Whoever can fill it, or renew it, can do so many times a second. */
static bool may_tell(int64_t *told_us)
{
    int64_t now = clock_monotonic_us();
    if (*told_us != 0 && now - *told_us < TELL_EVERY_US)
        return false;
    *told_us = now;
    return true;
}

static void full_tell(struct entrance *entrance)
{
    counter_add(entrance->filled, 1);
    if (!may_tell(&entrance->full_told_us))
        return;
    log_warning("as many connections as may be: others wait until one ends",
                LOG_TEXT("socket", entrance->name), LOG_TEXT("address", entrance->address),
                LOG_INT("connections", (int64_t)entrance->guests.count));
}

/* Shut when it is full, and when nobody is there to accept. */
static void shut_or_open(struct entrance *entrance)
{
    bool full = entrance->limit > 0 && entrance->guests.count >= entrance->limit;
    bool shut = full || !entrance->socket;
    if (shut == entrance->shut)
        return;
    if (full)
        full_tell(entrance);
    if (!filter_set(entrance->listening, shut)) {
        log_error("limit of connections not kept", LOG_TEXT("socket", entrance->name),
                  LOG_TEXT("reason", strerror(errno)));
        return;
    }
    entrance->shut = shut;
    entrance->was_shut = true;
}

/* ---- who comes and goes ---- */

/* Not from here, which the monitor has called. */
static void renew_soon(struct entrance *entrance, const char *why)
{
    static const struct timeval now = {0, 0};
    if (event_pending(entrance->again, EV_TIMEOUT, NULL))
        return;
    if (may_tell(&entrance->renewed_told_us))
        log_warning(why, LOG_TEXT("socket", entrance->name), LOG_TEXT("address", entrance->address),
                    LOG_INT("silent", (int64_t)guests_silent(&entrance->guests)));
    counter_add(entrance->renewed, 1);
    event_add(entrance->again, &now);
}

static void renew_if_many_were_silent(struct entrance *entrance)
{
    const struct guests *guests = &entrance->guests;
    size_t silent = guests_silent(guests);
    if (entrance->socket_options.type != ZMQ_ROUTER || silent < SILENT_SOME)
        return;
    if (guests->count == 0)
        renew_soon(entrance, "many have connected and said nothing: the socket is made anew");
    else if (silent >= SILENT_MANY + guests->count)
        renew_soon(entrance, "very many have connected and said nothing: the socket is made anew, "
                             "and all connect again");
}

/* One that was made while the filter came may have inherited it, and would be deaf. */
static void guest_come(struct entrance *entrance, int connection)
{
    if (entrance->was_shut)
        (void)filter_set(connection, false);
    guests_come(&entrance->guests, connection);
}

static void guest_go(struct entrance *entrance, int connection)
{
    if (!guests_go(&entrance->guests, connection))
        return;
    if (entrance->left)
        entrance->left(entrance->arg, connection);
    renew_if_many_were_silent(entrance);
}

static void on_monitor(void *arg, int event, int value)
{
    struct entrance *entrance = arg;
    if (event == ZMQ_EVENT_ACCEPTED)
        guest_come(entrance, value);
    else if (event == ZMQ_EVENT_DISCONNECTED)
        guest_go(entrance, value);
    else
        entrance->guests.handshakes++;
    gauge_set(entrance->connections, (int64_t)entrance->guests.count);
    shut_or_open(entrance);
}

void entrance_look(struct entrance *entrance)
{
    if (entrance->monitor)
        monitor_look(entrance->monitor);
}

bool entrance_has(const struct entrance *entrance, int connection)
{
    return guests_has(&entrance->guests, connection);
}

static void on_message(void *arg, const struct bus_message *message)
{
    struct entrance *entrance = arg;
    guests_speak(&entrance->guests, message->connection);
    entrance->received(entrance->arg, message);
}

/* ---- what is behind the address ---- */

static void behind_close(struct entrance *entrance)
{
    monitor_close(&entrance->monitor);
    bus_socket_close(&entrance->socket);
    for (int connection; (connection = guests_any(&entrance->guests)) >= 0;) {
        guests_go(&entrance->guests, connection);
        if (entrance->left)
            entrance->left(entrance->arg, connection);
    }
    guests_release(&entrance->guests);
    gauge_set(entrance->connections, 0);
}

/* The monitor first, or it would miss who comes at once. */
static enum status behind_open(struct entrance *entrance, struct fault *fault)
{
    enum { EVENTS = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED };
    enum status status =
        bus_socket_open(entrance->base, entrance->context, &entrance->socket_options,
                        entrance->received ? on_message : NULL, entrance, &entrance->socket, fault);
    if (status == STATUS_OK)
        status = monitor_open(entrance->base, entrance->context, entrance->socket, EVENTS,
                              on_monitor, entrance, &entrance->monitor, fault);
    if (status == STATUS_OK)
        status = bus_socket_listen(entrance->socket, entrance->listening, entrance->address, fault);
    if (status == STATUS_OK && entrance->paused)
        bus_socket_pause(entrance->socket);
    if (status != STATUS_OK)
        behind_close(entrance);
    return status;
}

/* Logged once: it is tried again and again. */
static void behind_open_later(struct entrance *entrance, const struct fault *fault)
{
    const struct timeval delay = {entrance->again_ms / 1000, (entrance->again_ms % 1000) * 1000L};
    if (!entrance->failing)
        log_error("not listening again yet, will be tried until it succeeds",
                  LOG_TEXT("socket", entrance->name), LOG_TEXT("address", entrance->address),
                  LOG_TEXT("reason", fault->text));
    entrance->failing = true;
    event_add(entrance->again, &delay);
    entrance->again_ms =
        entrance->again_ms < RETRY_LONGEST_MS / 2 ? entrance->again_ms * 2 : RETRY_LONGEST_MS;
}

static void behind_reopen(struct entrance *entrance)
{
    struct fault fault = {0};
    if (behind_open(entrance, &fault) != STATUS_OK) {
        behind_open_later(entrance, &fault);
    } else if (entrance->failing) {
        entrance->failing = false;
        log_info("listening again", LOG_TEXT("socket", entrance->name),
                 LOG_TEXT("address", entrance->address));
    }
    shut_or_open(entrance);
}

void entrance_reopen(struct entrance *entrance)
{
    if (!entrance->socket)
        return; /* under way */
    entrance->again_ms = RETRY_FIRST_MS;
    behind_close(entrance);
    behind_reopen(entrance);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
    struct entrance *entrance = arg;
    (void)fd;
    (void)what;
    if (entrance->socket)
        entrance_reopen(entrance);
    else
        behind_reopen(entrance);
}

/* ---- what goes through ---- */

bool entrance_is_open(const struct entrance *entrance)
{
    return entrance->socket != NULL;
}

enum status entrance_send(struct entrance *entrance, const struct bus_frame *frames, size_t count)
{
    return entrance->socket ? bus_socket_send(entrance->socket, frames, count) : STATUS_GONE;
}

void entrance_pause(struct entrance *entrance)
{
    entrance->paused = true;
    if (entrance->socket)
        bus_socket_pause(entrance->socket);
}

void entrance_resume(struct entrance *entrance)
{
    entrance->paused = false;
    if (entrance->socket)
        bus_socket_resume(entrance->socket);
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
    entrance->renewed = metrics_counter(
        "orderd_bus_renewals_total",
        "How often a ZeroMQ socket was made anew, for many had connected and said nothing",
        labels.data);
    buffer_release(&labels);
}

/* 0: as many as the kernel allows. */
static int backlog_of(size_t limit)
{
    size_t share = limit / BACKLOG_SHARE;
    if (limit == 0)
        return 0;
    return share < BACKLOG_LEAST ? BACKLOG_LEAST : share > BACKLOG_MOST ? BACKLOG_MOST : (int)share;
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
    made->again = event_new(base, -1, 0, on_again, made);
    metrics_find(made);
    enum status status = listener_socket_tcp(options->address, backlog_of(made->limit),
                                             &made->listening, made->address, fault);
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
    closing->left = NULL;
    behind_close(closing);
    event_free(closing->again);
    if (closing->listening >= 0)
        close(closing->listening);
    free(closing->name);
    free(closing);
}

const char *entrance_address(const struct entrance *entrance)
{
    return entrance->address;
}
