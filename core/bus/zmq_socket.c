/* ZeroMQ sockets as libevent knows them: ZMQ_FD and its edges, and the options that are off by
 * default but should not be. */
#include "bus/zmq_socket.h"

#include "base/log.h"
#include "base/memory.h"
#include "bus/curve_key.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

enum {
    TURN_LIMIT = 128, /* messages taken in one turn of the loop, so that timers keep their time */
    RECONNECT_MS = 100,
    RECONNECT_LONGEST_MS = 5000,
    HANDSHAKE_MS = 5000, /* a peer that says nothing holds a connection no longer than this */
};

struct bus_socket {
    int type;
    void *zmq;
    struct event *wakeup; /* ZMQ_FD */
    struct event *again;  /* a timer of no time: what was left over from the last turn */
    bus_socket_received *received;
    void *arg;
    bool looking;          /* `again` is pending */
    bool paused, resuming; /* resuming: only until `again` fires */
};

/* ---- receiving ---- */

static bool socket_readable(const struct bus_socket *socket)
{
    int events = 0;
    size_t size = sizeof(events);
    int result;
    do {
        result = zmq_getsockopt(socket->zmq, ZMQ_EVENTS, &events, &size);
    } while (result < 0 && errno == EINTR);
    return result == 0 && (events & ZMQ_POLLIN) != 0;
}

static bool part_receive(struct bus_socket *socket, zmq_msg_t *part)
{
    int result;
    zmq_msg_init(part);
    do {
        result = zmq_msg_recv(part, socket->zmq, ZMQ_DONTWAIT);
    } while (result < 0 && errno == EINTR);
    if (result < 0)
        zmq_msg_close(part);
    return result >= 0;
}

/* Only a ROUTER's peers can be answered, so nobody else asks who they are. */
static int socket_connection(const struct bus_socket *socket, const zmq_msg_t *part)
{
    return socket->type == ZMQ_ROUTER ? zmq_msg_get(part, ZMQ_SRCFD) : -1;
}

/* Hands one whole message on; false when there is none. A message of many parts arrives whole or
 * not at all, so its later parts never have to be waited for. */
static bool message_receive(struct bus_socket *socket)
{
    zmq_msg_t parts[BUS_FRAMES_LIMIT];
    struct bus_message message = {.count = 0};
    bool more = true;
    while (more) {
        zmq_msg_t excess;
        bool kept = message.count < BUS_FRAMES_LIMIT;
        zmq_msg_t *part = kept ? &parts[message.count] : &excess;
        if (!part_receive(socket, part))
            break;
        more = zmq_msg_more(part) != 0;
        if (kept)
            message.frames[message.count] =
                (struct bus_frame){.data = zmq_msg_data(part), .size = zmq_msg_size(part)};
        else
            zmq_msg_close(part);
        message.count++;
    }
    if (message.count > 0) {
        size_t kept = message.count < BUS_FRAMES_LIMIT ? message.count : BUS_FRAMES_LIMIT;
        message.user = zmq_msg_gets(&parts[kept - 1], "User-Id");
        message.connection = socket_connection(socket, &parts[kept - 1]);
        socket->received(socket->arg, &message);
    }
    for (size_t i = 0; i < message.count && i < BUS_FRAMES_LIMIT; i++)
        zmq_msg_close(&parts[i]);
    return message.count > 0;
}

static void socket_arm_again(struct bus_socket *socket)
{
    static const struct timeval now = {0, 0};
    if (socket->looking)
        return;
    socket->looking = true;
    event_add(socket->again, &now);
}

/* Reading ZMQ_EVENTS is also what makes a PUB socket take its subscriptions in. */
static void socket_drain(struct bus_socket *socket)
{
    for (int taken = 0; socket_readable(socket) && socket->received && !socket->paused; taken++) {
        if (taken == TURN_LIMIT) {
            socket_arm_again(socket);
            return;
        }
        if (!message_receive(socket))
            return;
    }
}

static void on_wakeup(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    socket_drain(arg);
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
    struct bus_socket *socket = arg;
    (void)fd;
    (void)what;
    socket->looking = false;
    if (socket->resuming)
        socket->paused = socket->resuming = false;
    socket_drain(socket);
}

void bus_socket_take(struct bus_socket *socket)
{
    while (socket_readable(socket) && message_receive(socket)) {
    }
}

void bus_socket_pause(struct bus_socket *socket)
{
    socket->paused = true;
    socket->resuming = false;
}

void bus_socket_resume(struct bus_socket *socket)
{
    socket->resuming = socket->paused;
    socket_arm_again(socket);
}

/* ---- sending ---- */

/* Only the first frame can be refused: libzmq has found the peer and its room with it, and drops
 * the others itself when the peer goes in between. The next turn looks for what a send may have
 * hidden: one look for all sends of a turn. */
enum status bus_socket_send(struct bus_socket *socket, const struct bus_frame *frames, size_t count)
{
    if (socket->received)
        socket_arm_again(socket);
    for (size_t i = 0; i < count; i++) {
        int flags = ZMQ_DONTWAIT | (i + 1 < count ? ZMQ_SNDMORE : 0);
        int result;
        do {
            result = zmq_send(socket->zmq, frames[i].data, frames[i].size, flags);
        } while (result < 0 && errno == EINTR);
        if (result < 0)
            return errno == EHOSTUNREACH ? STATUS_GONE : STATUS_UNAVAILABLE;
    }
    return STATUS_OK;
}

/* ---- life ---- */

/* Only a wrong name or type can fail here, and that is our own mistake. */
static void socket_set(struct bus_socket *socket, int option, int value)
{
    if (zmq_setsockopt(socket->zmq, option, &value, sizeof(value)) != 0)
        log_error("zmq option not taken", LOG_INT("option", option),
                  LOG_TEXT("reason", zmq_strerror(errno)));
}

static void socket_set_text(struct bus_socket *socket, int option, const char *text)
{
    if (zmq_setsockopt(socket->zmq, option, text, strlen(text)) != 0)
        log_error("zmq option not taken", LOG_INT("option", option),
                  LOG_TEXT("reason", zmq_strerror(errno)));
}

/* libzmq keeps a copy of the key, and asks nobody where no domain is set. */
static enum status socket_encrypt(struct bus_socket *socket,
                                  const struct bus_socket_options *options, struct fault *fault)
{
    if (!options->keys)
        return STATUS_OK;
    socket_set(socket, ZMQ_CURVE_SERVER, 1);
    socket_set_text(socket, ZMQ_ZAP_DOMAIN, options->domain);
    socket_set_text(socket, ZMQ_CURVE_SECRETKEY, options->keys->secret_key);
    int mechanism = ZMQ_NULL;
    size_t size = sizeof(mechanism);
    if (zmq_getsockopt(socket->zmq, ZMQ_MECHANISM, &mechanism, &size) != 0 ||
        mechanism != ZMQ_CURVE)
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "this ZeroMQ has no CURVE");
    return STATUS_OK;
}

static void socket_configure(struct bus_socket *socket, const struct bus_socket_options *options)
{
    socket_set(socket, ZMQ_SNDHWM, options->high_water_mark);
    socket_set(socket, ZMQ_RCVHWM,
               options->receive_mark ? options->receive_mark : options->high_water_mark);
    socket_set(socket, ZMQ_LINGER, options->linger_ms);
    socket_set(socket, ZMQ_HEARTBEAT_IVL, options->ping_ms);
    if (options->ping_ms > 0) {
        socket_set(socket, ZMQ_HEARTBEAT_TIMEOUT, options->ping_timeout_ms);
        socket_set(socket, ZMQ_HEARTBEAT_TTL, options->ping_timeout_ms);
    }
    if (options->type == ZMQ_ROUTER)
        socket_set(socket, ZMQ_ROUTER_MANDATORY, 1); /* else what cannot be sent vanishes */
    socket_set(socket, ZMQ_HANDSHAKE_IVL, HANDSHAKE_MS);
    socket_set(socket, ZMQ_RECONNECT_IVL, RECONNECT_MS);
    socket_set(socket, ZMQ_RECONNECT_IVL_MAX, RECONNECT_LONGEST_MS);
    if (zmq_setsockopt(socket->zmq, ZMQ_MAXMSGSIZE, &options->message_limit,
                       sizeof(options->message_limit)) != 0)
        log_error("zmq message limit not taken", LOG_TEXT("reason", zmq_strerror(errno)));
}

static int socket_descriptor(const struct bus_socket *socket)
{
    int fd = -1;
    size_t size = sizeof(fd);
    return zmq_getsockopt(socket->zmq, ZMQ_FD, &fd, &size) == 0 ? fd : -1;
}

static enum status socket_make(struct bus_socket *socket, struct event_base *base, void *context,
                               const struct bus_socket_options *options, struct fault *fault)
{
    socket->zmq = zmq_socket(context, options->type);
    if (!socket->zmq)
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "cannot make a ZeroMQ socket: %s",
                         zmq_strerror(errno));
    socket_configure(socket, options);
    enum status status = socket_encrypt(socket, options, fault);
    if (status != STATUS_OK)
        return status;
    socket->wakeup =
        event_new(base, socket_descriptor(socket), EV_READ | EV_PERSIST, on_wakeup, socket);
    event_add(socket->wakeup, NULL);
    socket_arm_again(socket); /* the first edge may have come before anybody looked */
    return STATUS_OK;
}

enum status bus_socket_open(struct event_base *base, void *context,
                            const struct bus_socket_options *options, bus_socket_received *received,
                            void *arg, struct bus_socket **socket, struct fault *fault)
{
    struct bus_socket *made = memory_new(sizeof(*made));
    made->type = options->type;
    made->received = received;
    made->arg = arg;
    made->again = event_new(base, -1, 0, on_again, made);
    enum status status = socket_make(made, base, context, options, fault);
    if (status == STATUS_OK)
        *socket = made;
    else
        bus_socket_close(&made);
    return status;
}

void bus_socket_close(struct bus_socket **socket)
{
    struct bus_socket *closing = *socket;
    if (!closing)
        return;
    *socket = NULL;
    if (closing->wakeup)
        event_free(closing->wakeup);
    if (closing->zmq)
        zmq_close(closing->zmq);
    event_free(closing->again);
    free(closing);
}

static enum status endpoint_fault(struct fault *fault, const char *what, const char *endpoint)
{
    int reason = errno;
    enum status status = reason == EINVAL || reason == EPROTONOSUPPORT || reason == ENODEV
                             ? STATUS_INVALID
                             : STATUS_UNAVAILABLE;
    return fault_set(fault, status, endpoint, "cannot %s %s: %s", what, endpoint,
                     zmq_strerror(reason));
}

enum status bus_socket_bind(struct bus_socket *socket, const char *endpoint, struct fault *fault)
{
    if (zmq_bind(socket->zmq, endpoint) != 0)
        return endpoint_fault(fault, "listen on", endpoint);
    return STATUS_OK;
}

enum status bus_socket_connect(struct bus_socket *socket, const char *endpoint, struct fault *fault)
{
    socket_set(socket, ZMQ_IPV6, 1); /* a name may have either */
    if (zmq_connect(socket->zmq, endpoint) != 0)
        return endpoint_fault(fault, "subscribe to", endpoint);
    socket_arm_again(socket); /* connecting, like sending, may swallow an edge */
    return STATUS_OK;
}

/* libzmq remembers an endpoint whose session has ended, and ignores a second connect to it. */
enum status bus_socket_reconnect(struct bus_socket *socket, const char *endpoint,
                                 struct fault *fault)
{
    if (zmq_disconnect(socket->zmq, endpoint) != 0 && errno != ENOENT)
        return endpoint_fault(fault, "leave", endpoint);
    return bus_socket_connect(socket, endpoint, fault);
}

enum status bus_socket_listen(struct bus_socket *socket, int listening, const char *address,
                              struct fault *fault)
{
    char endpoint[128];
    int own = fcntl(listening, F_DUPFD_CLOEXEC, 0);
    if (own < 0)
        return fault_set(fault, STATUS_UNAVAILABLE, address, "cannot listen: %s", strerror(errno));
    snprintf(endpoint, sizeof(endpoint), "tcp://%s", address);
    socket_set(socket, ZMQ_USE_FD, own);
    enum status status = bus_socket_bind(socket, endpoint, fault);
    if (status != STATUS_OK)
        close(own); /* libzmq takes it only behind everything that can fail */
    return status;
}

enum status bus_socket_monitor(struct bus_socket *socket, const char *name, int events,
                               struct fault *fault)
{
    if (zmq_socket_monitor(socket->zmq, name, events) != 0)
        return fault_set(fault, STATUS_UNAVAILABLE, name, "cannot watch a ZeroMQ socket: %s",
                         zmq_strerror(errno));
    return STATUS_OK;
}

void bus_socket_monitor_end(struct bus_socket *socket)
{
    if (zmq_socket_monitor(socket->zmq, NULL, 0) != 0)
        log_error("zmq monitor not ended", LOG_TEXT("reason", zmq_strerror(errno)));
}

void bus_socket_subscribe(struct bus_socket *socket, const char *topic)
{
    if (zmq_setsockopt(socket->zmq, ZMQ_SUBSCRIBE, topic, strlen(topic)) != 0)
        log_error("topic not subscribed", LOG_TEXT("topic", topic),
                  LOG_TEXT("reason", zmq_strerror(errno)));
}

void bus_socket_unsubscribe(struct bus_socket *socket, const char *topic)
{
    if (zmq_setsockopt(socket->zmq, ZMQ_UNSUBSCRIBE, topic, strlen(topic)) != 0)
        log_error("topic not unsubscribed", LOG_TEXT("topic", topic),
                  LOG_TEXT("reason", zmq_strerror(errno)));
}
