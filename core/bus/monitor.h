/* What happens to a socket's connections, as libzmq tells it (zmq_socket_monitor(3)).
 *
 * A connection is named by its descriptor, as bus_message does. The number is given again to a
 * later one, but libzmq tells of the end before it closes the descriptor, so whoever looks before
 * he takes a message of a new connection serious has heard of the end of the old one. A socket has
 * one monitor at a time. The bus thread's. */
#ifndef BUS_MONITOR_H
#define BUS_MONITOR_H

#include "bus/zmq_socket.h"

struct event_base;
struct monitor;

/* `event` is one of ZMQ_EVENT_*, `value` what belongs to it. In the loop, or in monitor_look. The
 * monitor must not be closed from within. */
typedef void monitor_heard(void *arg, int event, int value);

/* Hears the `events` of a socket, which outlives the monitor. */
MUST_CHECK enum status monitor_open(struct event_base *base, void *context,
                                    struct bus_socket *watched, int events, monitor_heard *heard,
                                    void *arg, struct monitor **monitor, struct fault *fault);
void monitor_close(struct monitor **monitor); /* NULL inside is fine */

/* Tells at once of all that libzmq has told of by now. */
void monitor_look(struct monitor *monitor);

/* ZeroMQ sockets that it takes of its context: both ends. */
enum { MONITOR_SOCKETS = 2 };

#endif
