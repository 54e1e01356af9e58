/* The thread's side of a write: accepting it, holding it until this turn of the loop ends, and
 * answering it exactly once.
 *
 * Jobs that are submitted in one turn go to the writer together, so that they share a commit: were
 * each pushed by itself, the writer would wake for the first and sync it alone while the rest
 * wait. A job is answered by whichever comes first: the writer's letter, its deadline, or the
 * closing of the repository. At its deadline a job that has not begun is withdrawn, and has not
 * happened; one that has begun may still be committed, so the answer is STATUS_TIMEOUT, and the
 * job stays until the writer sends it back. */
#include "base/clock.h"
#include "store/sqlite/queue.h"
#include "store/sqlite/repository.h"
#include "store/store_metrics.h"

#include <event2/event.h>
#include <stdlib.h>

static void answer(repository_done *done, void *arg, enum status status, const char *where,
                   const char *why)
{
    struct fault fault;

    if (status == STATUS_OK) {
        static const struct fault none;
        done(arg, STATUS_OK, &none);
        return;
    }
    (void)fault_set(&fault, status, where, "%s", why);
    done(arg, status, &fault);
}

/* The answers of another form. */
static void answer_ack(void *arg, enum status status, const struct fault *fault)
{
    const struct sqlite_job *job = arg;
    struct position position = {{0}};

    if (status == STATUS_OK)
        sqlite_position_write(job->cursor.stands, &position);
    job->cursor.acked(job->arg, status, &position, fault);
}

static void answer_prune(void *arg, enum status status, const struct fault *fault)
{
    const struct sqlite_job *job = arg;

    job->prune.pruned(job->arg, status, status == STATUS_OK ? job->prune.removed : 0, fault);
}

/* The job leaves the flight and is answered; whoever calls still has it. */
static void settle(struct sqlite_repository *repository, struct sqlite_job *job, enum status status,
                   const char *where, const char *why)
{
    TAILQ_REMOVE(&repository->flight, job, flight);
    store_metrics_observe(job->kind == JOB_SAVE ? STORE_SAVE : STORE_WRITE, job->started_us);
    if (job->kind == JOB_PRUNE)
        answer(answer_prune, job, status, where, why);
    else if (job->kind == JOB_ACK_CURSOR)
        answer(answer_ack, job, status, where, why);
    else
        answer(job->done, job->arg, status, where, why);
}

bool sqlite_submit_ready(struct sqlite_repository *repository, repository_done *done, void *arg)
{
    if (repository->closing)
        answer(done, arg, STATUS_UNAVAILABLE, NULL, "the store is closing");
    else if (!sqlite_queue_accept(repository->queue))
        answer(done, arg, STATUS_UNAVAILABLE, NULL, "too many writes are waiting");
    else
        return true;
    return false;
}

static void arm_overdue(struct sqlite_repository *repository)
{
    const struct sqlite_job *oldest = TAILQ_FIRST(&repository->flight);
    int64_t left;

    if (oldest == NULL || event_pending(repository->overdue, EV_TIMEOUT, NULL))
        return;
    left = oldest->deadline_us - clock_monotonic_us();
    if (left < 1000)
        left = 1000;
    /* Fails only for want of memory; then the writer's own look at the deadline remains. */
    (void)event_add(repository->overdue,
                    &(struct timeval){.tv_sec = left / 1000000, .tv_usec = left % 1000000});
}

void sqlite_submit(struct sqlite_repository *repository, struct sqlite_job *job,
                   repository_done *done, void *arg)
{
    job->owner = repository;
    job->started_us = clock_monotonic_us();
    job->deadline_us = job->started_us + repository->deadline_us;
    job->done = done;
    job->arg = arg;
    job->state = JOB_HELD;
    if (TAILQ_EMPTY(&repository->outbox))
        event_active(repository->flush, 0, 0);
    TAILQ_INSERT_TAIL(&repository->outbox, job, waiting);
    TAILQ_INSERT_TAIL(&repository->flight, job, flight);
    arm_overdue(repository);
}

void sqlite_submit_flush(int none, short events, void *arg)
{
    struct sqlite_repository *repository = arg;

    (void)none, (void)events;
    sqlite_queue_push(repository->queue, &repository->outbox);
}

void sqlite_submit_answered(struct letter *letter, void *arg)
{
    struct sqlite_repository *repository = arg;
    struct sqlite_job *next;

    for (struct sqlite_job *job = (struct sqlite_job *)letter; job != NULL; job = next) {
        next = job->next_answer;
        if (!job->abandoned)
            settle(repository, job, job->status, job->where, job->why);
        free(job);
    }
}

static bool withdraw(struct sqlite_repository *repository, struct sqlite_job *job, const char *why)
{
    if (!sqlite_queue_withdraw(repository->queue, &repository->outbox, job))
        return false;
    settle(repository, job, STATUS_UNAVAILABLE, NULL, why);
    free(job);
    return true;
}

void sqlite_submit_overdue(int none, short events, void *arg)
{
    struct sqlite_repository *repository = arg;
    int64_t now = clock_monotonic_us();
    struct sqlite_job *next;

    (void)none, (void)events;
    for (struct sqlite_job *job = TAILQ_FIRST(&repository->flight);
         job != NULL && job->deadline_us <= now; job = next) {
        next = TAILQ_NEXT(job, flight); /* callbacks add jobs, but never take one away */
        if (withdraw(repository, job, "the store did not begin the write in time"))
            continue;
        job->abandoned = true;
        settle(repository, job, STATUS_TIMEOUT, NULL, "the store did not finish the write in time");
    }
    arm_overdue(repository);
}

void sqlite_submit_withdraw_all(struct sqlite_repository *repository)
{
    struct sqlite_job *next;

    for (struct sqlite_job *job = TAILQ_FIRST(&repository->flight); job != NULL; job = next) {
        next = TAILQ_NEXT(job, flight);
        (void)withdraw(repository, job, "the store is closing");
    }
}
