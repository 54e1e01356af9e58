/* Feeds the messages of other services that wait in the store (repository_inbound_put) to a
 * consumer: at least once, in order for each thing that they are about, several at a time, again
 * after a pause when the consumer fails, and to the dead letters when that has been enough. The bus
 * thread's.
 *
 * A message is handled when the store says so: a crash before that makes it come again. Only the
 * process that leads handles messages, whoever took them in; what is said of orphans in
 * dispatcher.h holds here, too. */
#ifndef BUS_INBOX_H
#define BUS_INBOX_H

#include "bus/delivery.h"
#include "store/repository.h"

struct event_base;
struct inbox;

/* The consumer answers each delivery once. The message is lent until then. `attempt` is 1 the first
 * time since this process began to lead. */
typedef void inbox_deliver(void *arg, struct delivery *delivery,
                           const struct stored_inbound *message, int attempt);

/* Messages that are with the consumer or wait for it, at most: `window`. It follows at first. */
struct inbox *inbox_new(struct event_base *base, struct repository *repository, size_t window,
                        inbox_deliver *deliver, void *arg);

void inbox_lead(struct inbox *inbox);
void inbox_follow(struct inbox *inbox);

/* There may be new messages (from repository_watch). Without it they are found within a second. */
void inbox_wake(struct inbox *inbox);

/* As dispatcher_stop and dispatcher_free. */
void inbox_stop(struct inbox *inbox, void (*stopped)(void *arg), void *arg);
void inbox_free(struct inbox **inbox); /* NULL inside is fine */

#endif
