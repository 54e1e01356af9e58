/* The calls of a repository that are under way: accepting, waiting, deadlines, answering once.
 *
 * A call waits in a queue until a connection is free; at the end of a turn of the loop all that has
 * gathered goes out together. It is answered by whichever comes first: the server, its deadline, or
 * the closing of the repository. In a short outage calls wait; in a longer one they are refused at
 * once, for nobody is helped by a queue of callers who will all be told the same. */
#include "store/postgres/repository.h"

#include "base/clock.h"
#include "base/memory.h"
#include "store/store_metrics.h"

#include <event2/event.h>
#include <stdlib.h>

enum { OUTAGE_US = 1000000 };

void pg_answer(repository_done *done, void *arg, enum status status, const char *where,
               const char *why)
{
    struct fault fault = {0};

    if (status != STATUS_OK)
        (void)fault_set(&fault, status, where, "%s", why);
    done(arg, status, &fault);
}

/* ---- accepting ---- */

static enum pg_queue queue_of(const struct pg_job_kind *kind)
{
    return kind->writes ? PG_QUEUE_WRITES : PG_QUEUE_READS;
}

static const char *reason_to_refuse(struct pg_repository *repository,
                                    const struct pg_job_kind *kind)
{
    if (repository->closing)
        return "the store is closing";
    if (!pg_lanes_hopeful(repository, queue_of(kind)) &&
        pg_connector_down_us(repository->store->connector) > OUTAGE_US)
        return "the database cannot be reached";
    if (atomic_load_explicit(&repository->store->waiting, memory_order_relaxed) >=
        repository->store->options.queue_limit) {
        counter_add(store_metrics()->refused, 1);
        return "too many calls are waiting";
    }
    return NULL;
}

struct pg_job *pg_job_new(struct pg_repository *repository, const struct pg_job_kind *kind,
                          size_t extra, const char **why)
{
    struct pg_job *job;

    *why = reason_to_refuse(repository, kind);
    if (*why != NULL)
        return NULL;
    job = memory_new(sizeof(*job) + extra);
    job->kind = kind;
    job->owner = repository;
    job->bytes = extra;
    job->started_us = clock_monotonic_us();
    job->deadline_us = job->started_us + repository->deadline_us;
    return job;
}

struct pg_job *pg_job_or_answer(struct repository *repository, const struct pg_job_kind *kind,
                                size_t extra, repository_done *done, void *arg)
{
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), kind, extra, &why);

    if (job == NULL) {
        pg_answer(done, arg, STATUS_UNAVAILABLE, NULL, why);
        return NULL;
    }
    job->done = done;
    job->arg = arg;
    return job;
}

struct pg_job *pg_job_or_answer_place(struct repository *repository, const struct pg_job_kind *kind,
                                      size_t extra, repository_position *answer, void *arg)
{
    static const struct position none;
    struct fault fault = {0};
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), kind, extra, &why);

    if (job == NULL) {
        answer(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), &none, &fault);
        return NULL;
    }
    job->position = answer;
    job->arg = arg;
    return job;
}

/* ---- waiting ---- */

void pg_job_count_waiting(const struct pg_job *job, int change)
{
    atomic_size_t *waiting = &job->owner->store->waiting;

    if (change > 0)
        atomic_fetch_add_explicit(waiting, 1, memory_order_relaxed);
    else
        atomic_fetch_sub_explicit(waiting, 1, memory_order_relaxed);
    gauge_add(store_metrics()->waiting, change);
}

static void arm_overdue(struct pg_repository *repository)
{
    const struct pg_job *oldest = TAILQ_FIRST(&repository->flight);
    int64_t next, left;

    if (event_pending(repository->overdue, EV_TIMEOUT, NULL))
        return;
    next = pg_lanes_check(repository);
    if (oldest != NULL && oldest->deadline_us < next)
        next = oldest->deadline_us;
    if (next == INT64_MAX)
        return;
    left = next - clock_monotonic_us();
    if (left < 1000)
        left = 1000;
    (void)event_add(repository->overdue,
                    &(struct timeval){.tv_sec = left / 1000000, .tv_usec = left % 1000000});
}

void pg_job_submit(struct pg_job *job, enum pg_queue queue)
{
    struct pg_repository *repository = job->owner;

    job->list = &repository->queues[queue];
    TAILQ_INSERT_TAIL(job->list, job, place);
    TAILQ_INSERT_TAIL(&repository->flight, job, flight);
    pg_job_count_waiting(job, 1);
    event_active(repository->turn, 0, 0);
    arm_overdue(repository);
}

void pg_job_resubmit(struct pg_job *job, enum pg_queue queue)
{
    job->batch = NULL;
    job->list = &job->owner->queues[queue];
    TAILQ_INSERT_HEAD(job->list, job, place);
    pg_job_count_waiting(job, 1);
    event_active(job->owner->turn, 0, 0);
}

/* ---- answering ---- */

void pg_job_settle(struct pg_job *job)
{
    struct pg_repository *repository = job->owner;

    if (job->list != NULL)
        TAILQ_REMOVE(job->list, job, place);
    if (job->batch != NULL)
        job->batch->count--;
    else
        pg_job_count_waiting(job, -1);
    TAILQ_REMOVE(&repository->flight, job, flight);
    pg_tokens_release(job);
    store_metrics_observe(job->kind->operation, job->started_us);
}

void pg_job_done(struct pg_job *job)
{
    repository_done *done = job->done;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    pg_answer(done, arg, STATUS_OK, NULL, NULL);
}

void pg_job_fail_done(struct pg_job *job, enum status status, const char *where, const char *why)
{
    repository_done *done = job->done;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    pg_answer(done, arg, status, where, why);
}

static void answer_place(struct pg_job *job, enum status status, struct pg_position place,
                         const struct fault *fault)
{
    repository_position *answer = job->position;
    void *arg = job->arg;
    struct position position;

    pg_position_write(&place, &position);
    pg_job_settle(job);
    free(job);
    answer(arg, status, &position, fault);
}

void pg_job_place(struct pg_job *job, struct pg_position place)
{
    struct fault fault = {0};

    answer_place(job, STATUS_OK, place, &fault);
}

void pg_job_fail_place(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    answer_place(job, fault_set(&fault, status, where, "%s", why), (struct pg_position){0}, &fault);
}

/* ---- deadlines ---- */

/* What was sent may still be carried out; what was never sent will not be. Its unit goes on
 * without it. */
static void expire(struct pg_job *job)
{
    bool sent = job->uncertain || (job->batch != NULL && job->kind->writes);

    job->kind->fail(job, sent ? STATUS_TIMEOUT : STATUS_UNAVAILABLE, NULL,
                    "the database did not answer in time");
}

void pg_pool_overdue(int none, short events, void *arg)
{
    struct pg_repository *repository = arg;
    int64_t now = clock_monotonic_us();
    struct pg_job *next;

    (void)none, (void)events;
    for (struct pg_job *job = TAILQ_FIRST(&repository->flight);
         job != NULL && job->deadline_us <= now; job = next) {
        next = TAILQ_NEXT(job, flight); /* callbacks add jobs, but never take one away */
        expire(job);
    }
    arm_overdue(repository);
}

void pg_pool_end(struct pg_repository *repository)
{
    struct pg_split *split;
    struct pg_job *job;

    while ((job = TAILQ_FIRST(&repository->flight)) != NULL)
        job->kind->fail(job, job->uncertain ? STATUS_TIMEOUT : STATUS_UNAVAILABLE, NULL,
                        "the store is closing");
    while ((split = TAILQ_FIRST(&repository->splits)) != NULL) {
        TAILQ_REMOVE(&repository->splits, split, queue);
        free(split);
    }
}
