/* One event on its way through the dispatcher: what is kept of it, and its place among the others.
 * Private to this room; dispatcher.c has the essay. */
#ifndef BUS_DELIVERY_H
#define BUS_DELIVERY_H

#include "store/repository.h"

#include <sys/queue.h>

struct dispatcher;
struct event;

enum delivery_state {
    DELIVERY_BEHIND,
    DELIVERY_READY,
    DELIVERY_UNDER_WAY,
    DELIVERY_FAILED,
    DELIVERY_ORPHANED,
};

struct delivery {
    struct dispatcher *dispatcher;
    enum delivery_state state;
    int attempt;
    struct delivery *follower;   /* the next event of the same order, or NULL */
    struct event *retry;         /* made by the first failure */
    struct position before;      /* of the event before this one in the stream */
    struct stored_event event;   /* its texts stand in `texts` */
    TAILQ_ENTRY(delivery) among; /* the window's, or the orphans */
    TAILQ_ENTRY(delivery) in_ready;
    char texts[];
};
TAILQ_HEAD(deliveries, delivery);

/* A copy of the event, BEHIND and in no list. */
struct delivery *delivery_new(struct dispatcher *dispatcher, const struct stored_event *event);
void delivery_free(struct delivery *delivery); /* in no list any more */

/* The last one of an order in the window or among the orphans, or NULL. */
struct delivery *deliveries_last_of(const struct deliveries *deliveries,
                                    const struct uuid *order_id);

#endif
