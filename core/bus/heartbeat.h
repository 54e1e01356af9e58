/* What an idle stream says about once a second: [heartbeat][head][][{"epoch","heads"}], so that a
 * subscriber that lost the last event of a burst finds out. The bus thread's. */
#ifndef BUS_HEARTBEAT_H
#define BUS_HEARTBEAT_H

#include "bus/relay.h"

struct heartbeat;

/* All are lent and outlive the heartbeat. */
struct heartbeat *heartbeat_new(struct repository *repository, struct publisher *publisher,
                                struct relay *relay, const char *epoch);

/* Sends one if nothing was published since the last call. */
void heartbeat_tick(struct heartbeat *heartbeat);

/* Any time: an answer of the store that is still on its way finds nobody. NULL inside is fine. */
void heartbeat_free(struct heartbeat **heartbeat);

#endif
