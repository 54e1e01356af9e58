/* Dead letters that somebody wants to be tried again (repository_dead_letter_retry), one after the
 * other: what succeeds is dropped, what fails keeps its new reason and waits for people again. The
 * bus thread's, of the process that leads. A letter that is with the consumer when the lead is lost
 * is not waited for: the next to lead tries it again. */
#ifndef BUS_REDELIVERY_H
#define BUS_REDELIVERY_H

#include "base/status.h"
#include "store/repository.h"

struct event_base;
struct redelivery;
struct retrial; /* one letter that is being tried */

/* The consumer answers each retrial once. The letter is lent until then. */
typedef void redelivery_try(void *arg, struct retrial *retrial,
                            const struct stored_dead_letter *letter);
void retrial_done(struct retrial *retrial);
void retrial_failed(struct retrial *retrial, const char *reason);

struct redelivery *redelivery_new(struct event_base *base, struct repository *repository,
                                  redelivery_try *try, void *arg);
void redelivery_lead(struct redelivery *redelivery);
void redelivery_follow(struct redelivery *redelivery);

/* There may be letters to try (from repository_watch). Without it they are found within a second.
 */
void redelivery_wake(struct redelivery *redelivery);

/* Any time. NULL inside is fine. */
void redelivery_free(struct redelivery **redelivery);

#endif
