/* Messages of other services on their way into the store (repository_inbound_put): so many at a
 * time, and those about one thing one after the other, so that they stand in the store in the order
 * in which they came. The bus thread's. */
#ifndef BUS_INTAKE_H
#define BUS_INTAKE_H

#include "base/status.h"
#include "store/repository.h"

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct intake;

enum {
    INTAKE_BYTES_LIMIT = 64 * 1024 * 1024, /* of all messages that are held */
    INTAKE_CONTEXT_LIMIT = 512,
};

/* What became of a message: STATUS_OK and STATUS_DUPLICATE as of repository_inbound_put, or why it
 * is not stored. All but `arg` is lent; `context` is what intake_put was given. */
typedef void intake_done(void *arg, const struct inbound *message, const void *context,
                         enum status status, const struct fault *fault);

struct intake_options {
    const char *name; /* for the figures; copied */
    size_t limit;     /* messages that are held at a time; 1 and up */
    /* Nobody will send these messages again: while the store is not available they wait here, and
     * are put again, after pauses. */
    bool insist;
    intake_done *done;
    void (*room)(void *arg); /* it is full no longer */
    void *arg;
};

/* `repository` outlives it. */
struct intake *intake_new(struct event_base *base, struct repository *repository,
                          const struct intake_options *options);

/* What is held and not with the store is lost; what is becomes what the store makes of it, and
 * nobody is told. Not from within its callbacks. NULL inside is fine. */
void intake_free(struct intake **intake);

/* Takes a copy of both; `context_size` is at most INTAKE_CONTEXT_LIMIT. `done` runs exactly once,
 * perhaps before this returns, if the intake is not freed before. */
void intake_put(struct intake *intake, const struct inbound *message, const void *context,
                size_t context_size);

/* Put no more until `room` was called. */
bool intake_full(const struct intake *intake);

#endif
