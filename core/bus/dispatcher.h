/* Feeds committed events to a durable consumer inside the process: at least once, in order for
 * each order, several orders at a time, again after a pause when the consumer fails, and to the
 * dead letters when that has been enough.
 *
 * A named cursor in the store says how far it has come: it moves over an event only when that and
 * every event before it are done (or among the dead letters), so that a crash repeats some but
 * skips none. An event that keeps failing holds back its order and the cursor, not the other
 * orders. The bus thread's.
 *
 * Of all processes that share a store, only the one that leads delivers. A delivery that is with
 * the consumer when the lead is lost is an orphan: it cannot be taken back, nobody waits for what
 * becomes of it, and the process that leads next delivers the same event again. Should that be this
 * one, the orphan's order waits until it is answered. */
#ifndef BUS_DISPATCHER_H
#define BUS_DISPATCHER_H

#include "bus/delivery.h"
#include "store/repository.h"

#include <stdbool.h>

struct event_base;
struct dispatcher;

struct dispatcher_options {
    const char *cursor; /* its name in the store, and the source of its dead letters; copied */
    const char *topic;  /* whose events are delivered; NULL: all; copied */
    bool from_head;     /* without a cursor in the store: begin at the head, not at the beginning */
    size_t window;      /* events read and not yet done, at most; 1 and up */
};

/* The consumer answers each delivery once. The event is lent until then. `attempt` is 1 the first
 * time. */
typedef void dispatcher_deliver(void *arg, struct delivery *delivery,
                                const struct stored_event *event, int attempt);

/* It follows at first: dispatcher_lead begins. */
struct dispatcher *dispatcher_new(struct event_base *base, struct repository *repository,
                                  const struct dispatcher_options *options,
                                  dispatcher_deliver *deliver, void *arg);
const char *dispatcher_cursor(const struct dispatcher *dispatcher);

/* From the next read on. */
void dispatcher_set_topic(struct dispatcher *dispatcher, const char *topic);

/* This process leads, in the stream of this epoch (copied): begins, from where the cursor in the
 * store stands. */
void dispatcher_lead(struct dispatcher *dispatcher, const char *epoch);

/* It does no longer: at once nothing more is delivered, what waits is forgotten, and the cursor,
 * which is another process's now, is left alone. */
void dispatcher_follow(struct dispatcher *dispatcher);

/* There may be new events (from repository_watch). */
void dispatcher_wake(struct dispatcher *dispatcher);

/* Takes no more, and calls `stopped`, in a later turn of the loop, when what is under way is done
 * (orphans, too) and, if it still leads then, the cursor is written; what waits for a retry is left
 * for whoever leads next. */
void dispatcher_stop(struct dispatcher *dispatcher, void (*stopped)(void *arg), void *arg);

/* After `stopped`, or when no consumer will answer any more. NULL inside is fine. */
void dispatcher_free(struct dispatcher **dispatcher);

#endif
