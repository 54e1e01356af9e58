/* The writes that are about nothing that came in: pings, and making room. */
#include "store/postgres/repository.h"
#include "store/postgres/row.h"

#include <stdlib.h>

/* ---- pings ---- */

/* One row proves it for everybody who asks in this turn. */
static void ping_send(struct pg_batch *batch)
{
    (void)pg_batch_arguments(batch);
    pg_batch_statement(batch, PG_TOUCH_HEALTH);
}

static const struct pg_job_kind kind_ping = {
    .operation = STORE_WRITE,
    .writes = true,
    .grouped = true,
    .repeatable = true,
    .send = ping_send,
    .finish = pg_batch_done,
    .fail = pg_job_fail_done,
};

void pg_ping(struct repository *repository, repository_done *done, void *arg)
{
    struct pg_job *job = pg_job_or_answer(repository, &kind_ping, 0, done, arg);

    if (job != NULL)
        pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- making room ---- */

/* What is older than a time; 0: nothing. */
static void prune_older(struct pg_batch *batch, int64_t before, enum pg_statement statement)
{
    struct pg_arguments *arguments = pg_batch_arguments(batch);

    if (before == 0)
        return;
    pg_put_time(arguments, before);
    pg_put_number(arguments, (int64_t)TAILQ_FIRST(&batch->jobs)->prune.limit);
    pg_batch_statement(batch, statement);
}

static void prune_events(struct pg_batch *batch, int64_t before)
{
    (void)pg_batch_arguments(batch);
    if (before != 0)
        pg_batch_statement(batch, PG_HOLD_FLOOR);
    prune_older(batch, before, PG_PRUNE_EVENTS);
}

static void prune_keys(struct pg_batch *batch, size_t limit)
{
    struct pg_arguments *arguments = pg_batch_arguments(batch);

    pg_put_number(arguments, batch->owner->store->options.key_ms);
    pg_put_number(arguments, (int64_t)limit);
    pg_batch_statement(batch, PG_PRUNE_KEYS);
}

static void prune_send(struct pg_batch *batch)
{
    const struct prune *prune = &TAILQ_FIRST(&batch->jobs)->prune;

    prune_events(batch, prune->events_before);
    prune_older(batch, prune->inbound_before, PG_PRUNE_INBOUND);
    prune_older(batch, prune->inbound_before, PG_PRUNE_INBOX);
    prune_older(batch, prune->letters_before, PG_PRUNE_DEAD_LETTERS);
    prune_keys(batch, prune->limit);
}

/* The statement that waits for the floor counts nothing. */
static void prune_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    (void)index;
    if (PQntuples(result) > 0)
        batch->removed += (size_t)pg_column_number(&(struct pg_row){result, 0}, 0);
}

static void prune_answer_job(struct pg_job *job, enum status status, size_t removed,
                             const struct fault *fault)
{
    repository_pruned *pruned = job->pruned;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    pruned(arg, status, removed, fault);
}

static void prune_finish(struct pg_batch *batch)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct fault fault = {0};

    if (job != NULL)
        prune_answer_job(job, STATUS_OK, batch->removed, &fault);
}

static void prune_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    prune_answer_job(job, fault_set(&fault, status, where, "%s", why), 0, &fault);
}

static const struct pg_job_kind kind_prune = {
    .operation = STORE_WRITE,
    .writes = true,
    .repeatable = true,
    .send = prune_send,
    .answer = prune_answer,
    .finish = prune_finish,
    .fail = prune_fail,
};

void pg_prune(struct repository *repository, const struct prune *prune, repository_pruned *pruned,
              void *arg)
{
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), &kind_prune, 0, &why);
    struct fault fault = {0};

    if (job == NULL) {
        pruned(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), 0, &fault);
        return;
    }
    job->pruned = pruned;
    job->arg = arg;
    job->prune = *prune;
    pg_job_submit(job, PG_QUEUE_WRITES);
}
