/* The REPLAY socket: stored events again, from wherever a client wants to begin, as fast as it
 * gives credit; and durable cursors (docs/EVENTS.md). The bus thread's.
 *
 * Every process that has a store serves it, whether it leads or not. What it sends it reads anew
 * from the store, one batch of one read in a turn of the loop, so however many events there are,
 * memory holds one batch and what has been sent and not yet taken: at most `credit` events for a
 * read. */
#ifndef BUS_REPLAY_H
#define BUS_REPLAY_H

#include "bus/bus.h"

struct event_base;
struct replay;

/* Calls that wait for the store at a time; no request is taken in while there are so many. */
enum { REPLAY_CALLS_LIMIT = 64 };

/* Listens at options->replay, and answers from options->store by `repository`, which outlives the
 * replay. As bus_open fails. */
MUST_CHECK enum status replay_open(struct event_base *base, void *context,
                                   struct repository *repository, const struct bus_options *options,
                                   struct replay **replay, struct fault *fault);

/* Any time: tells the clients that their reads have ended, and where, and closes; answers of the
 * store that are still on their way find nobody. NULL inside is fine. */
void replay_close(struct replay **replay);

/* Clients may less, or more, than before: reads that wait and are not allowed any more end. What
 * does not wait finds that out by itself. */
void replay_rights_changed(struct replay *replay);

/* False while its socket could not be opened again. */
bool replay_healthy(const struct replay *replay);

const char *replay_address(const struct replay *replay); /* as bound */

#endif
