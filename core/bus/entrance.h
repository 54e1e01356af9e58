/* Where peers come in: an address, the socket behind it, and the connections that it has.
 *
 * libzmq accepts whatever comes and knows no limit, until the process has no descriptor left for
 * anybody. So the descriptor that listens is ours, and libzmq accepts from it (ZMQ_USE_FD). When
 * there are as many connections as may be, the kernel drops what comes to it, and whoever knocks
 * tries again as TCP does (after 1 s, 2 s, 4 s, ...) and is let in when there is room. libzmq tells
 * of a connection when it has accepted it, so the limit is soft: whoever comes before that is heard
 * of here is let in, too.
 *
 * The address is kept while the socket behind it is made anew: nobody can take it meanwhile, and
 * who knocks waits. That is done when a client has lost a right (entrance_reopen), and when too
 * many have connected to a ROUTER and said nothing: libzmq 4.3.4 keeps some 10 KB of each
 * connection under a routing id that another one has, until the socket is closed. The bus thread's.
 */
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
    void (*left)(void *arg, int connection); /* one has ended; or NULL */
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

/* False: it could not be opened again, which is tried further. Nobody is heard meanwhile, and what
 * is sent is dropped (STATUS_GONE). */
bool entrance_is_open(const struct entrance *entrance);

/* As bus_socket_send, bus_socket_pause and bus_socket_resume. */
MUST_CHECK enum status entrance_send(struct entrance *entrance, const struct bus_frame *frames,
                                     size_t count);
void entrance_pause(struct entrance *entrance);
void entrance_resume(struct entrance *entrance);

/* Is a message's connection still there, as far as libzmq has told and entrance_look has heard? A
 * message may be read when it is not; a later connection may have the same descriptor then. */
bool entrance_has(const struct entrance *entrance, int connection);

/* Tells at once of the connections that have ended by now. */
void entrance_look(struct entrance *entrance);

/* Ends all connections, which may come again. What is sent in between, they miss. Not from within
 * `received` and `left`. */
void entrance_reopen(struct entrance *entrance);

/* ZeroMQ sockets that it takes of its context: while it is reopened, those that go and those that
 * come. */
enum { ENTRANCE_SOCKETS = 6 };

#endif
