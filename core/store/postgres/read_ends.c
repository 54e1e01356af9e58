/* Where the stream begins and ends, and where in it a time is. */
#include "store/postgres/repository.h"
#include "store/postgres/row.h"
#include "store/postgres/tails.h"

#include <stdlib.h>

/* ---- the ends ---- */

static void ends_answer_job(struct pg_job *job, enum status status, const struct stream_ends *ends,
                            const struct fault *fault)
{
    repository_ends *answer = job->ends;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    answer(arg, status, ends, fault);
}

static void ends_send(struct pg_batch *batch)
{
    pg_put_topics(pg_batch_arguments(batch));
    pg_batch_statement(batch, PG_READ_ENDS);
}

/* The row without a topic. */
static struct pg_position floor_of(const PGresult *result)
{
    for (int i = 0; i < PQntuples(result); i++)
        if (PQgetisnull(result, i, 0))
            return pg_column_place(&(struct pg_row){result, i}, 1);
    return (struct pg_position){0};
}

static void ends_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_position last[PG_TOPICS] = {{0}}, floor = floor_of(result), head = floor;
    struct topic_head topics[PG_TOPICS];
    struct stream_ends ends = {.topics = topics};
    struct fault fault = {0};

    (void)index;
    if (job == NULL)
        return;
    pg_tails_take(result, last);
    for (int kind = 0; kind < PG_TOPICS; kind++) {
        if (last[kind].xid == 0)
            continue;
        topics[ends.topic_count].topic = order_event_topic((enum order_event_kind)kind);
        pg_position_write(&last[kind], &topics[ends.topic_count++].position);
        if (pg_position_before(&head, &last[kind]))
            head = last[kind];
    }
    pg_position_write(&floor, &ends.floor);
    pg_position_write(&head, &ends.head);
    ends_answer_job(job, STATUS_OK, &ends, &fault);
}

static void ends_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};
    static const struct stream_ends none;

    ends_answer_job(job, fault_set(&fault, status, where, "%s", why), &none, &fault);
}

static const struct pg_job_kind kind_ends = {
    .operation = STORE_EVENTS,
    .repeatable = true,
    .send = ends_send,
    .answer = ends_answer,
    .finish = pg_batch_unanswered,
    .fail = ends_fail,
};

void pg_events_ends(struct repository *repository, repository_ends *read, void *arg)
{
    static const struct stream_ends none;
    struct fault fault = {0};
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), &kind_ends, 0, &why);

    if (job == NULL) {
        read(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), &none, &fault);
        return;
    }
    job->ends = read;
    job->arg = arg;
    pg_job_submit(job, PG_QUEUE_READS);
}

/* ---- a time ---- */

/* An event that is so much older was written before the time, and so was every event before it:
 * transactions get their numbers in the order in which they begin to write. */
static void time_send(struct pg_batch *batch)
{
    int64_t time = TAILQ_FIRST(&batch->jobs)->time;

    pg_put_time(pg_batch_arguments(batch),
                time < INT64_MIN + EVENT_DELAY_MS ? INT64_MIN : time - EVENT_DELAY_MS);
    pg_batch_statement(batch, PG_FIND_TIME);
}

static void time_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);

    (void)index;
    if (job != NULL && PQntuples(result) > 0)
        pg_job_place(job, pg_column_place(&(struct pg_row){result, 0}, 0));
}

static const struct pg_job_kind kind_time = {
    .operation = STORE_EVENTS,
    .repeatable = true,
    .send = time_send,
    .answer = time_answer,
    .finish = pg_batch_unanswered,
    .fail = pg_job_fail_place,
};

void pg_events_find_time(struct repository *repository, int64_t time, repository_position *found,
                         void *arg)
{
    struct pg_job *job = pg_job_or_answer_place(repository, &kind_time, 0, found, arg);

    if (job == NULL)
        return;
    job->time = time;
    pg_job_submit(job, PG_QUEUE_READS);
}
