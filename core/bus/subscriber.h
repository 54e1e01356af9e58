/* What other services publish: takes the declared topics from the configured endpoints, a link to
 * each, checks the frames, and hands the last one on. The bus thread's. */
#ifndef BUS_SUBSCRIBER_H
#define BUS_SUBSCRIBER_H

#include "bus/bus.h"
#include "bus/zmq_socket.h"

struct event_base;
struct subscriber;

/* Frames of a message: [topic][payload], or those of a live feed. */
enum { INBOUND_FRAMES_LEAST = 2, INBOUND_FRAMES_MOST = 4 };

MUST_CHECK enum status subscriber_open(struct event_base *base, void *context,
                                       const struct bus_options *options, bus_inbound *inbound,
                                       void *arg, struct subscriber **subscriber,
                                       struct fault *fault);
void subscriber_close(struct subscriber **subscriber); /* NULL inside is fine */

/* Replaces what it takes. */
void subscriber_set_topics(struct subscriber *subscriber, const char *const *topics, size_t count);

/* The topic of `topics` that a message carries, or NULL: SUB matches prefixes, and a topic of ours
 * may be the beginning of one that is not. STATUS_INVALID: not 2 to 4 frames. A payload may be
 * empty: whether that is an event is for the hook to say. */
MUST_CHECK enum status inbound_topic(const struct bus_message *message, char *const *topics,
                                     size_t count, const char **topic);

#endif
