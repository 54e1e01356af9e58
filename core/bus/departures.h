/* Word of connections that have ended: libzmq knows, but tells a ROUTER only when it sends to one.
 *
 * A connection is named by its descriptor, as bus_message does. The number is given again to a
 * later one, but libzmq tells of the end before it closes the descriptor, so whoever looks before
 * he takes a message of a new connection serious has heard of the end of the old one. The bus
 * thread's. */
#ifndef BUS_DEPARTURES_H
#define BUS_DEPARTURES_H

#include "bus/zmq_socket.h"

struct event_base;
struct departures;

typedef void departures_left(void *arg, int connection);

/* Watches a socket that listens; it outlives the watch. `left` runs in the loop, or in
 * departures_look. */
MUST_CHECK enum status departures_open(struct event_base *base, void *context,
                                       struct bus_socket *socket, departures_left *left, void *arg,
                                       struct departures **departures, struct fault *fault);
void departures_close(struct departures **departures); /* NULL inside is fine */

/* Tells at once of all connections whose end libzmq has told of by now. */
void departures_look(struct departures *departures);

/* ZeroMQ sockets that it takes of its context: both ends of the monitor. */
enum { DEPARTURES_SOCKETS = 2 };

#endif
