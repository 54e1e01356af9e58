/* The line to one endpoint of another service: a SUB socket, and a watch over its connection.
 *
 * libzmq connects again by itself when a connection breaks, but not when the peer broke the
 * protocol or sent a frame over the limit (ZMQ_MAXMSGSIZE): then it drops the endpoint for ever.
 * So a link listens to its socket's monitor (zmq_socket_monitor(3)), and when a lost connection is
 * not tried again soon, it joins the endpoint anew. The bus thread's. */
#ifndef BUS_LINK_H
#define BUS_LINK_H

#include "bus/monitor.h"
#include "bus/zmq_socket.h"

struct event_base;
struct link;

struct link_options {
    const char *endpoint; /* copied */
    int high_water_mark;
    int64_t frame_limit;
    int ping_ms, ping_timeout_ms; /* as struct bus_socket_options tells */
    bus_socket_received *received;
    void *arg;
};

/* STATUS_INVALID: not an endpoint. */
MUST_CHECK enum status link_open(struct event_base *base, void *context,
                                 const struct link_options *options, struct link **link,
                                 struct fault *fault);
void link_close(struct link **link); /* NULL inside is fine; not from within `received` */

struct bus_socket *link_socket(const struct link *link); /* the same as long as the link lives */

/* ZeroMQ sockets that a link takes of its context. */
enum { LINK_SOCKETS = 1 + MONITOR_SOCKETS };

#endif
