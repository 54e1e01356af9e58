/* One run of one hook: an event or a message goes in, an answer comes out. */
#ifndef BINDINGS_HOOK_RUN_H
#define BINDINGS_HOOK_RUN_H

#include "base/status.h"
#include "bindings/hooks.h"
#include "bus/cloudevent.h"
#include "store/repository.h"

struct run;

/* Exactly once; `run` is freed after it. OK, or why not; STATUS_UNAVAILABLE: it could not be tried;
 * STATUS_REFUSED: no further attempt would help, the hook says. */
typedef void run_answer(struct run *run, enum status status, const char *reason);

struct run {
    const struct hook *hook;
    struct retry retry;                   /* the hook's: its vm may go first */
    const struct stored_event *event;     /* or NULL, */
    const struct stored_inbound *message; /* and then this */
    int attempt;
    run_answer *answer;
    void *answered; /* the delivery or the retrial */
    /* Of a dead letter, which is neither yet. */
    struct read_event read;
    struct stored_inbound letter;
};

/* Takes the run over. */
void hook_run(struct vm *vm, struct run *run);

#endif
