/* A ZeroMQ socket in a libevent loop.
 *
 * ZMQ_FD is edge-triggered (zmq_getsockopt(3)): it becomes readable once for many messages, and any
 * call on the socket may swallow the edge. So ZMQ_EVENTS is read after every wake-up and after
 * every send on a socket that also receives, a socket is drained until nothing is left, and one
 * that still has messages after its share of a turn wakes itself up again.
 *
 * A socket belongs to one thread: it may be made in another, but not used there afterwards. */
#ifndef BUS_ZMQ_SOCKET_H
#define BUS_ZMQ_SOCKET_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct curve_keys;
struct event_base;
struct bus_socket;

struct bus_frame {
    const char *data; /* not terminated */
    size_t size;
};

enum { BUS_FRAMES_LIMIT = 8 };

/* `count` says how many frames came; those beyond the limit are not kept. The first frame that a
 * ROUTER hands on is the peer's routing id, which libzmq has put there: what is sent back begins
 * with it. */
struct bus_message {
    struct bus_frame frames[BUS_FRAMES_LIMIT];
    size_t count;
    /* Who the peer is, as ZAP found out (zmq_msg_gets(3), "User-Id"): its public key, or NULL. */
    const char *user;
    int connection; /* of a ROUTER: the peer's descriptor, as long as it is connected; or -1 */
};

/* The message is lent. The socket must not be closed from within. */
typedef void bus_socket_received(void *arg, const struct bus_message *message);

struct bus_socket_options {
    int type;              /* ZMQ_PUB, ZMQ_SUB, ZMQ_PAIR, ZMQ_ROUTER */
    int high_water_mark;   /* messages queued for one peer; 0: any number */
    int receive_mark;      /* the same for what comes from one peer; 0: the one above */
    int64_t message_limit; /* bytes of one frame from outside; a peer that sends more is cut off */
    int linger_ms;         /* how long what is queued may outlive the socket */
    int ping_ms;           /* how often a silent peer is asked for a sign of life; 0: never */
    int ping_timeout_ms;   /* without one for this long a peer is gone */

    /* CURVE: takes connections of known clients only, as a zap (bus/zap.h) of the context knows
     * them for this domain, and encrypts. NULL: plain. Both are lent for the call. */
    const struct curve_keys *keys;
    const char *domain;
};

/* `received` is NULL for a socket that only sends. The one place where options are set. */
MUST_CHECK enum status bus_socket_open(struct event_base *base, void *context,
                                       const struct bus_socket_options *options,
                                       bus_socket_received *received, void *arg,
                                       struct bus_socket **socket, struct fault *fault);
void bus_socket_close(struct bus_socket **socket); /* NULL inside is fine */

/* `endpoint` is "tcp://127.0.0.1:5556", or "inproc://NAME" for bus_socket_bind. STATUS_UNAVAILABLE:
 * somebody else is bound there; STATUS_INVALID: not an endpoint. */
MUST_CHECK enum status bus_socket_bind(struct bus_socket *socket, const char *endpoint,
                                       struct fault *fault);
MUST_CHECK enum status bus_socket_connect(struct bus_socket *socket, const char *endpoint,
                                          struct fault *fault);
/* Joins anew an endpoint that libzmq has given up; what still waits from there is dropped. */
MUST_CHECK enum status bus_socket_reconnect(struct bus_socket *socket, const char *endpoint,
                                            struct fault *fault);
/* Accepts from a TCP socket that listens at `address`, and does not block. The descriptor stays the
 * caller's: the socket has one of its own. */
MUST_CHECK enum status bus_socket_listen(struct bus_socket *socket, int listening,
                                         const char *address, struct fault *fault);

/* Reports what happens to the socket's connections on a PAIR socket bound to `name` ("inproc://x"),
 * which the caller connects to; `events` are ZMQ_EVENT_* (zmq_socket_monitor(3)). */
MUST_CHECK enum status bus_socket_monitor(struct bus_socket *socket, const char *name, int events,
                                          struct fault *fault);
/* Before that PAIR is closed. */
void bus_socket_monitor_end(struct bus_socket *socket);

/* For SUB: a prefix of the first frame. */
void bus_socket_subscribe(struct bus_socket *socket, const char *topic);
void bus_socket_unsubscribe(struct bus_socket *socket, const char *topic);

/* Takes all that has come already, now and not in a later turn of the loop. Not from within its own
 * `received`. */
void bus_socket_take(struct bus_socket *socket);

/* Takes nothing more in until a turn of the loop after it was told to go on; what comes meanwhile
 * waits in the peers' queues, and then at the peers. May be called from within `received`, twice,
 * and one right after the other: then it takes no more in this turn. */
void bus_socket_pause(struct bus_socket *socket);
void bus_socket_resume(struct bus_socket *socket);

/* Copies; never waits. Sends all frames, or STATUS_UNAVAILABLE: nothing, there is no room now. PUB
 * always takes a message, and drops it for each peer that lags by the high-water mark. ROUTER sends
 * to the peer whose routing id is the first frame; STATUS_UNAVAILABLE: that one lags by the
 * high-water mark, STATUS_GONE: there is no such peer any more. What a ROUTER has taken is lost
 * when the peer goes before it has it. */
MUST_CHECK enum status bus_socket_send(struct bus_socket *socket, const struct bus_frame *frames,
                                       size_t count);

#endif
