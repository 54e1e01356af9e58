/* The relay: takes committed events from the store, in commit order, to the publisher. One lives
 * for as long as this process leads.
 *
 * Its cursor in the store is named "relay" and written lazily: after a crash, or when another
 * process takes over, some events are published again, with the positions that they had, and none
 * is left out. The bus thread's. */
#ifndef BUS_RELAY_H
#define BUS_RELAY_H

#include "bus/publisher.h"
#include "store/repository.h"

#include <stdbool.h>

struct event_base;
struct relay;

/* Publisher, repository and epoch are lent and outlive the relay. */
struct relay *relay_new(struct event_base *base, struct repository *repository,
                        struct publisher *publisher, const char *epoch);

/* There may be new events. */
void relay_wake(struct relay *relay);

/* Publishes what is committed by now, writes the cursor, and calls `stopped`; gives up at the
 * first call that the store does not answer well. */
void relay_stop(struct relay *relay, void (*stopped)(void *arg), void *arg);

/* Any time: from now on nothing is published, and an answer of the store that is still on its way
 * finds nobody. NULL inside is fine. */
void relay_free(struct relay **relay);

/* The last event that was published; empty when none ever was, or nobody knows yet. */
const struct position *relay_position(const struct relay *relay);
bool relay_idle(const struct relay *relay);    /* has nothing to do, as far as it knows */
bool relay_healthy(const struct relay *relay); /* the last read of the store did not fail */

#endif
