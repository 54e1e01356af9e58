/* Where events are published: the PUB socket that carries everything, and, where conf asks for
 * them, feeds: PUB sockets that carry some topics only, for clients that may not read the others.
 *
 * A PUB socket cannot be told what each of its peers may hear. libzmq's XPUB could by
 * ZMQ_XPUB_MANUAL, but in 4.3.4 it applies what is granted for one peer to another one when a third
 * sends something that is no subscription, and to memory that is free when the peer has gone in
 * between. So what a client may read is decided when it connects: it gets all of a socket, or is
 * not let in. The bus thread's. */
#ifndef BUS_PUBLISHER_H
#define BUS_PUBLISHER_H

#include "bus/bus.h"
#include "bus/gate.h"
#include "bus/zmq_socket.h"

struct publisher;

/* Binds to options->publish and options->feeds, and adds each as a door to the gate, which may be
 * NULL and outlives the publisher. As bus_open fails. */
MUST_CHECK enum status publisher_open(struct event_base *base, void *context,
                                      const struct bus_options *options, struct gate *gate,
                                      struct publisher **publisher, struct fault *fault);
void publisher_close(struct publisher **publisher); /* NULL inside is fine */

/* Everything's, as bound. */
const char *publisher_address(const struct publisher *publisher);
size_t publisher_feed_count(const struct publisher *publisher);
const char *const *publisher_feed_topics(const struct publisher *publisher, size_t feed,
                                         size_t *count);
const char *publisher_feed_address(const struct publisher *publisher, size_t feed);

/* As bus_socket_send, to everybody whose topics these are; frames[0] is the topic. */
MUST_CHECK enum status publisher_send(struct publisher *publisher, const struct bus_frame *frames,
                                      size_t count);

/* Ends every connection to the socket of this domain, so that all come again, and are asked again
 * who they are. What is published meanwhile they miss, and see that they do. */
void publisher_revoke(void *publisher, const char *domain);

/* False while a socket could not be opened again after that. */
bool publisher_healthy(const struct publisher *publisher);

#endif
