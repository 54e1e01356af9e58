/* Where peers come in: an address, the socket behind it, and the connections that it has.
 *
 * libzmq accepts whatever comes and knows no limit, until the process has no descriptor left for
 * anybody. So the descriptor that listens is ours, and libzmq accepts from it (ZMQ_USE_FD). When
 * there are as many connections as may be, the kernel drops what comes to it, and whoever knocks
 * tries again as TCP does (after 1 s, 2 s, 4 s, ...) and is let in when there is room. libzmq tells
 * of a connection a moment after it has accepted it, so a crowd may exceed the limit by some.
 *
 * The address is kept while the socket behind it is made anew: nobody can take it meanwhile, and
 * who knocks waits. The bus thread's. */
#ifndef BUS_ENTRANCE_H
#define BUS_ENTRANCE_H

#include "bus/bus.h"
#include "bus/zmq_socket.h"

struct event_base;
struct entrance;

/* Names of those that there is one of. */
#define ENTRANCE_PUBLISH "publish"
#define ENTRANCE_REPLAY "replay"
#define ENTRANCE_INGEST "ingest"

struct entrance_options {
    const char *name;    /* in logs and metrics, and the ZAP domain of who comes here; copied */
    const char *address; /* "127.0.0.1:5556"; port 0 takes a free one */
    int type, high_water_mark, receive_mark; /* as of bus_socket_options */
    int64_t message_limit;                   /* likewise */
    bus_socket_received *received;           /* NULL for a socket that only sends */
    void (*left)(void *arg, int connection); /* one has ended (bus/monitor.h); or NULL */
    void *arg;
};

/* Pings, keys (lent for the entrance's life) and the number of connections are the bus's.
 * STATUS_INVALID: not an address; STATUS_UNAVAILABLE: it is in use. */
MUST_CHECK enum status entrance_open(struct event_base *base, void *context,
                                     const struct bus_options *bus,
                                     const struct entrance_options *options,
                                     struct entrance **entrance, struct fault *fault);
void entrance_close(struct entrance **entrance); /* NULL inside is fine */

const char *entrance_address(const struct entrance *entrance); /* as bound: "127.0.0.1:5556" */

/* The same until entrance_reopen. NULL: that has not succeeded yet, and is tried again. */
struct bus_socket *entrance_socket(const struct entrance *entrance);

/* Tells at once of the connections that have ended by now. */
void entrance_look(struct entrance *entrance);

/* Ends all connections, which may come again. What is sent in between, they miss. */
void entrance_reopen(struct entrance *entrance);

/* ZeroMQ sockets that it takes of its context: while it is reopened, those that go and those that
 * come. */
enum { ENTRANCE_SOCKETS = 6 };

#endif
