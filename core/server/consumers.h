/* Who consumes what the store holds, in the process that leads: a dispatcher for each hook.on, the
 * inbox for hook.inbound, and the dead letters that are to be tried again. The bus thread's. */
#ifndef SERVER_CONSUMERS_H
#define SERVER_CONSUMERS_H

#include "server/vm_set.h"
#include "store/repository.h"

struct event_base;
struct consumers;

/* `repository` and `vms` are the thread's and outlive it; `vms` has a state by now. */
struct consumers *consumers_new(struct event_base *base, struct repository *repository,
                                struct vm_set *vms);

/* A new state is in force: hooks that it adds begin, those that it lacks end, the others go on. */
void consumers_switch(struct consumers *consumers);

void consumers_lead(struct consumers *consumers, const char *epoch); /* copied */
void consumers_follow(struct consumers *consumers);
void consumers_wake(struct consumers *consumers); /* from repository_watch */

/* Takes nothing more; `stopped` runs in a later turn of the loop, when what is under way is done
 * and written. Once. */
void consumers_stop(struct consumers *consumers, void (*stopped)(void *arg), void *arg);

/* After `stopped`, or when no task and no store will answer any more. NULL inside is fine. */
void consumers_free(struct consumers **consumers);

#endif
