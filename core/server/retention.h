/* Making room in the store, a little at a time: old events, what came in and was handled, old dead
 * letters, and idempotency keys that have expired.
 * Of the processes that share a store the leading one does it, on its bus thread. */
#ifndef SERVER_RETENTION_H
#define SERVER_RETENTION_H

#include <stddef.h>
#include <stdint.h>

struct event_base;
struct repository;
struct retention;

struct retention_options {
    /* How old each may become, counted from when it happened, was handled, came; 0: kept for ever.
     */
    int64_t events_ms, inbound_ms, letters_ms;
    size_t limit;    /* the most rows of each kind in one step; 0: 1,000 */
    int pause_ms;    /* before the next step while something is left; 0: 100 ms */
    int interval_ms; /* before it is looked again when nothing is; 0: a minute */
};

/* The thread of the base and of the repository, which must outlive it. Does nothing yet. */
struct retention *retention_new(struct event_base *base, struct repository *repository,
                                const struct retention_options *options);

/* From now on, first after a pause. */
void retention_start(struct retention *retention);
/* No more steps; one that is under way ends by itself. May be started again. NULL is fine. */
void retention_stop(struct retention *retention);

/* Also while a step is under way: its answer finds nobody. NULL inside is fine. */
void retention_free(struct retention **retention);

#endif
