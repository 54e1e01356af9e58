/* What other services publish: takes the declared topics from the configured endpoints, a link to
 * each, and puts what comes into the store (intake.h), where it waits to be handled. The bus
 * thread's. */
#ifndef BUS_SUBSCRIBER_H
#define BUS_SUBSCRIBER_H

#include "bus/bus.h"
#include "bus/topics.h"
#include "bus/zmq_socket.h"

struct event_base;
struct subscriber;

/* Frames of a message: [topic][payload], or those of a live feed. */
enum { INBOUND_FRAMES_LEAST = 2, INBOUND_FRAMES_MOST = 4 };

/* Takes `topics`, which outlive it and change only as subscriber_changes is told. `repository`
 * does, too. */
MUST_CHECK enum status subscriber_open(struct event_base *base, void *context,
                                       struct repository *repository,
                                       const struct bus_options *options,
                                       const struct topics *topics, struct subscriber **subscriber,
                                       struct fault *fault);
void subscriber_close(struct subscriber **subscriber); /* NULL inside is fine */

/* Before its topics become others: subscribes to these, and no longer to those that it has. */
void subscriber_changes(struct subscriber *subscriber, const struct topics *to);

/* The topic of `topics` that a message carries, or NULL: SUB matches prefixes, and a topic of ours
 * may be the beginning of one that is not. STATUS_INVALID: not 2 to 4 frames. */
MUST_CHECK enum status inbound_topic(const struct bus_message *message, const struct topics *topics,
                                     const char **topic);

#endif
