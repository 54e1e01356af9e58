/* Units of work: which waiting jobs go together, and what becomes of them.
 *
 * Saves that wait at the same moment become one transaction of a few statements. When it fails
 * because of a row, its jobs are sent again in two halves, and those in halves again, until the one
 * at fault is alone and gets its error. When the connection breaks, nobody knows whether a
 * transaction was committed: its jobs are sent again, marked as uncertain, and a conflict then is
 * looked into (save.c). */
#include "store/postgres/repository.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/store_metrics.h"

#include <stdlib.h>
#include <string.h>

enum {
    READ_GROUP_LIMIT = 256,
    UNITS_LIMIT = 64,
    GROUP_BYTES = 1024 * 1024, /* orders of 200 items are long, and others wait behind them */
};

/* ---- forming ---- */

static struct pg_batch *batch_new(struct pg_lane *lane, const struct pg_job_kind *kind);

static void batch_add(struct pg_batch *batch, struct pg_job *job)
{
    if (job->list != NULL)
        TAILQ_REMOVE(job->list, job, place);
    if (job->batch == NULL)
        pg_job_count_waiting(job, -1);
    TAILQ_INSERT_TAIL(&batch->jobs, job, place);
    job->list = &batch->jobs;
    job->batch = batch;
    batch->count++;
    batch->bytes += job->bytes;
    pg_tokens_hold(job);
}

/* Would the answer come too late? As long as the last unit took, twice, is what a job needs; but
 * one that is fresh is always sent, or nobody would find out that units have become faster. A job
 * that is too late is left to its deadline: when more is asked than the database can do, what it
 * does must be what somebody still waits for. */
static bool too_late(const struct pg_lane *lane, const struct pg_job *job, int64_t now)
{
    int64_t needed = lane->took_us * 2, most = lane->owner->deadline_us / 2;

    return job->deadline_us - now < (needed < most ? needed : most);
}

static bool may_go(const struct pg_lane *lane, const struct pg_job *job, int64_t now)
{
    return !too_late(lane, job, now) && !pg_tokens_held(job);
}

static bool group_full(const struct pg_batch *batch)
{
    size_t limit =
        batch->kind->writes ? batch->owner->store->options.group_limit : READ_GROUP_LIMIT;

    return !batch->kind->grouped || batch->count >= limit || batch->bytes >= GROUP_BYTES;
}

/* The other waiting jobs of its kind join a job that is grouped; saves that must wait for one that
 * is under way stay behind. */
static void batch_gather(struct pg_batch *batch, struct pg_job *first, int64_t now)
{
    struct pg_job *next, *job = TAILQ_NEXT(first, place);

    batch_add(batch, first);
    for (; job != NULL && !group_full(batch); job = next) {
        next = TAILQ_NEXT(job, place);
        if (job->kind == batch->kind && may_go(batch->lane, job, now))
            batch_add(batch, job);
    }
}

static void batch_send(struct pg_batch *batch)
{
    batch->sent_us = clock_monotonic_us();
    batch->kind->send(batch);
    pg_session_sync(batch->lane->session, &batch->unit);
}

struct pg_arguments *pg_batch_arguments(struct pg_batch *batch)
{
    pg_arguments_clear(&batch->owner->arguments);
    return &batch->owner->arguments;
}

void pg_batch_statement(struct pg_batch *batch, enum pg_statement statement)
{
    pg_session_send(batch->lane->session, &batch->unit, statement, &batch->owner->arguments);
}

bool pg_batch_send_next(struct pg_lane *lane, enum pg_queue queue)
{
    struct pg_job *job, *next;
    int64_t now = clock_monotonic_us();
    int units = 0;

    for (job = TAILQ_FIRST(&lane->owner->queues[queue]); job != NULL && units < UNITS_LIMIT;
         job = next) {
        next = TAILQ_NEXT(job, place);
        if (!may_go(lane, job, now))
            continue;
        struct pg_batch *batch = batch_new(lane, job->kind);
        batch_gather(batch, job, now);
        batch_send(batch);
        units++;
        /* Gathering may have taken the one that was next. */
        next = TAILQ_FIRST(&lane->owner->queues[queue]);
        if (batch->kind->grouped && batch->kind->writes)
            break; /* one group at a time: the rest gathers company until it is committed */
    }
    return units > 0;
}

bool pg_batch_send_split(struct pg_lane *lane)
{
    struct pg_split *split = TAILQ_FIRST(&lane->owner->splits);
    struct pg_batch *batch;
    struct pg_job *job;

    if (split == NULL)
        return false;
    TAILQ_REMOVE(&lane->owner->splits, split, queue);
    batch = batch_new(lane, split->kind);
    while ((job = TAILQ_FIRST(&split->jobs)) != NULL)
        batch_add(batch, job);
    free(split);
    batch_send(batch);
    return true;
}

/* ---- ending ---- */

void pg_batch_fail(struct pg_batch *batch, enum status status, const char *where, const char *why)
{
    struct pg_job *job;

    while ((job = TAILQ_FIRST(&batch->jobs)) != NULL)
        job->kind->fail(job, status, where, why);
}

void pg_batch_unanswered(struct pg_batch *batch)
{
    pg_batch_fail(batch, STATUS_INTERNAL, NULL, "the database gave no answer");
}

void pg_batch_done(struct pg_batch *batch)
{
    struct pg_job *job;

    while ((job = TAILQ_FIRST(&batch->jobs)) != NULL)
        pg_job_done(job);
}

void pg_batch_note_hit(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);

    (void)index;
    if (job != NULL)
        job->hit = PQntuples(result) > 0;
}

void pg_batch_done_hits(struct pg_batch *batch, enum status otherwise, const char *where,
                        const char *why)
{
    struct pg_job *job;

    while ((job = TAILQ_FIRST(&batch->jobs)) != NULL)
        if (job->hit)
            pg_job_done(job);
        else
            pg_job_fail_done(job, otherwise, where, why);
}

static enum pg_queue queue_of(const struct pg_batch *batch)
{
    return batch->kind->writes ? PG_QUEUE_WRITES : PG_QUEUE_READS;
}

/* Back to the head of the queue, the last one first, so that they keep their order. */
static void jobs_again(struct pg_batch *batch, bool uncertain)
{
    struct pg_job *job;

    while ((job = TAILQ_LAST(&batch->jobs, pg_job_list)) != NULL) {
        TAILQ_REMOVE(&batch->jobs, job, place);
        batch->count--;
        pg_tokens_release(job);
        job->uncertain = job->uncertain || (uncertain && job->kind->writes);
        pg_job_resubmit(job, queue_of(batch));
    }
}

static void connection_broke(struct pg_batch *batch)
{
    if (batch->kind->repeatable && !batch->owner->closing)
        jobs_again(batch, true);
    else
        pg_batch_fail(batch, batch->kind->writes ? STATUS_TIMEOUT : STATUS_UNAVAILABLE, NULL,
                      "the connection to the database broke");
}

static void split_add(struct pg_batch *batch, struct pg_split *split, struct pg_job *job)
{
    TAILQ_REMOVE(&batch->jobs, job, place);
    batch->count--;
    TAILQ_INSERT_TAIL(&split->jobs, job, place);
    job->list = &split->jobs;
    job->batch = NULL;
    pg_job_count_waiting(job, 1);
}

static struct pg_split *split_new(struct pg_batch *batch)
{
    struct pg_split *split = memory_new(sizeof(*split));

    split->kind = batch->kind;
    TAILQ_INIT(&split->jobs);
    TAILQ_INSERT_TAIL(&batch->owner->splits, split, queue);
    return split;
}

static void split_half(struct pg_batch *batch, size_t count)
{
    struct pg_split *split = split_new(batch);

    for (; count > 0; count--)
        split_add(batch, split, TAILQ_FIRST(&batch->jobs));
}

static bool may_wait(const struct pg_job *job)
{
    return job->kind->may_wait != NULL && job->kind->may_wait(job);
}

/* Those that wait for nobody go on together, each of the others alone: were they halved, every half
 * with the locked row in it would wait anew. */
static void split_waiting(struct pg_batch *batch)
{
    struct pg_split *others = split_new(batch);
    struct pg_job *job, *next;

    for (job = TAILQ_FIRST(&batch->jobs); job != NULL; job = next) {
        next = TAILQ_NEXT(job, place);
        if (!may_wait(job))
            split_add(batch, others, job);
    }
    while ((job = TAILQ_FIRST(&batch->jobs)) != NULL)
        split_add(batch, split_new(batch), job);
}

static bool some_may_wait(const struct pg_batch *batch)
{
    const struct pg_job *job;

    TAILQ_FOREACH(job, &batch->jobs, place)
    if (may_wait(job))
        return true;
    return false;
}

static void row_failed(struct pg_batch *batch)
{
    const char *where, *why;
    enum status status;

    if (batch->count > 1 && pg_failure_is_lock(&batch->unit.failure) && some_may_wait(batch)) {
        split_waiting(batch);
        return;
    }
    if (batch->count > 1) {
        split_half(batch, batch->count / 2);
        split_half(batch, batch->count);
        return;
    }
    status = pg_failure_status(&batch->unit.failure, &where, &why);
    if (status == STATUS_INTERNAL)
        log_error("the database refused a row", LOG_TEXT("state", batch->unit.failure.state),
                  LOG_TEXT("reason", batch->unit.failure.text));
    pg_batch_fail(batch, status, where, why);
}

static void server_failed(struct pg_batch *batch)
{
    const char *where, *why;
    enum status status = pg_failure_status(&batch->unit.failure, &where, &why);

    log_error("the database failed", LOG_TEXT("state", batch->unit.failure.state),
              LOG_TEXT("reason", batch->unit.failure.text));
    if (batch->kind->writes)
        counter_add(store_metrics()->failed_commits, 1);
    pg_batch_fail(batch, status, where, why);
}

static void note_commit(const struct pg_batch *batch)
{
    if (!batch->kind->writes)
        return;
    counter_add(store_metrics()->commits, 1);
    counter_add(store_metrics()->committed, batch->count);
}

static void on_answer(struct pg_unit *unit, int index, const PGresult *result)
{
    struct pg_batch *batch = (struct pg_batch *)unit;

    if (batch->kind->answer != NULL)
        batch->kind->answer(batch, index, result);
}

static void on_ended(struct pg_unit *unit)
{
    struct pg_batch *batch = (struct pg_batch *)unit;

    batch->lane->took_us = clock_monotonic_us() - batch->sent_us;
    switch (unit->failure.blame) {
    case PG_BLAME_NOBODY:
        note_commit(batch);
        batch->kind->finish(batch);
        break;
    case PG_BLAME_ROW: row_failed(batch); break;
    case PG_BLAME_SERVER: server_failed(batch); break;
    case PG_BLAME_CONNECTION: connection_broke(batch); break;
    case PG_BLAME_SESSION: jobs_again(batch, false); break;
    }
    if (batch->kind->release != NULL)
        batch->kind->release(batch);
    free(batch);
}

static struct pg_batch *batch_new(struct pg_lane *lane, const struct pg_job_kind *kind)
{
    struct pg_batch *batch = memory_new(sizeof(*batch));

    batch->unit.answer = on_answer;
    batch->unit.ended = on_ended;
    batch->owner = lane->owner;
    batch->lane = lane;
    batch->kind = kind;
    batch->change_index = -1;
    TAILQ_INIT(&batch->jobs);
    return batch;
}

/* ---- tokens ---- */

/* FNV-1a (Fowler, Noll, Vo), 64 bits. */
static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ at[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_begin(char kind)
{
    return hash_bytes(UINT64_C(0xcbf29ce484222325), &kind, 1);
}

void pg_tokens_make(struct pg_job *job)
{
    const struct save_copy *copy = &job->save.copy;
    struct pg_token *tokens = job->save.tokens;

    tokens[0].hash = hash_bytes(hash_begin('o'), &copy->record.order_id, sizeof(struct uuid)) | 1;
    if (copy->inbox_id != NULL)
        tokens[1].hash = hash_bytes(hash_begin('i'), copy->inbox_id, strlen(copy->inbox_id)) | 1;
    if (copy->keyed != NULL) {
        uint64_t user = hash_bytes(hash_begin('k'), &copy->keyed->user_id, sizeof(struct uuid));
        tokens[2].hash = hash_bytes(user, copy->keyed->key, strlen(copy->keyed->key)) | 1;
    }
}

static bool has_tokens(const struct pg_job *job)
{
    return job->kind == &pg_kind_save || job->kind == &pg_kind_look_up;
}

static struct pg_token_list *bucket_of(const struct pg_job *job, uint64_t hash)
{
    return &job->owner->tokens[hash >> 32 & (PG_TOKEN_BUCKETS - 1)];
}

void pg_tokens_hold(struct pg_job *job)
{
    if (!has_tokens(job) || job->save.held)
        return;
    job->save.held = true;
    for (int i = 0; i < PG_TOKENS; i++)
        if (job->save.tokens[i].hash != 0)
            LIST_INSERT_HEAD(bucket_of(job, job->save.tokens[i].hash), &job->save.tokens[i], peers);
}

void pg_tokens_release(struct pg_job *job)
{
    if (!has_tokens(job) || !job->save.held)
        return;
    job->save.held = false;
    for (int i = 0; i < PG_TOKENS; i++)
        if (job->save.tokens[i].hash != 0)
            LIST_REMOVE(&job->save.tokens[i], peers);
}

bool pg_tokens_held(const struct pg_job *job)
{
    const struct pg_token *held;

    if (!has_tokens(job) || job->save.held)
        return false;
    for (int i = 0; i < PG_TOKENS; i++)
        if (job->save.tokens[i].hash != 0)
            LIST_FOREACH(held, bucket_of(job, job->save.tokens[i].hash), peers)
    if (held->hash == job->save.tokens[i].hash)
        return true;
    return false;
}
