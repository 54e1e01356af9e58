/* The word of commits: those of this process are told at once, those of others are found by asking
 * now and again for the last event, and for messages and dead letters that wait since the last
 * time.
 *
 * NOTIFY would take a lock of the whole database for each commit (PostgreSQL, sql-notify), and so
 * put all commits in a row. */
#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/repository.h"
#include "store/postgres/row.h"

#include <event2/event.h>
#include <stdlib.h>

enum { TELL_US = 2000, POLL_US = 20000, HELD_LONG_US = 5000000, HELD_AGAIN_US = 60000000 };

/* At once when it has been quiet, else a moment later: whoever reads on every word reads few events
 * each time, and a read costs the database as much as a dozen of events. */
static void tell_committed(struct pg_repository *repository)
{
    int64_t now = clock_monotonic_us(), quiet = now - repository->told_us;

    if (repository->committed == NULL || event_pending(repository->tell, EV_TIMEOUT, NULL))
        return;
    if (quiet < TELL_US) {
        (void)event_add(repository->tell, &(struct timeval){.tv_usec = TELL_US - quiet});
        return;
    }
    repository->told_us = now;
    repository->committed(repository->committed_arg);
}

static void on_tell(int none, short events, void *arg)
{
    (void)none, (void)events;
    tell_committed(arg);
}

/* ---- commits of this process ---- */

static void open_commit_letter(struct letter *letter, void *receiver)
{
    struct pg_repository *repository = receiver;

    (void)letter;
    /* Before the callback: what is committed from now on sends a letter again. */
    atomic_store(&repository->notified, false);
    tell_committed(repository);
}

void pg_store_tell_watchers(struct pg_store *store)
{
    struct pg_repository *repository;

    pthread_mutex_lock(&store->lock);
    TAILQ_FOREACH(repository, &store->repositories, peer)
    if (atomic_load(&repository->watching) && !atomic_exchange(&repository->notified, true))
        mailbox_post(repository->mailbox, &repository->commit_letter, open_commit_letter);
    pthread_mutex_unlock(&store->lock);
}

/* ---- commits of others ---- */

static void head_send(struct pg_batch *batch)
{
    struct pg_arguments *arguments = pg_batch_arguments(batch);

    pg_batch_statement(batch, PG_READ_HEAD);
    pg_put_number(arguments, batch->owner->news_low);
    pg_put_number(arguments, batch->owner->news_high);
    pg_batch_statement(batch, PG_READ_NEWS);
}

/* Events that were committed stay unread while any older transaction of the whole cluster is open:
 * one that stays open for long is somebody's mistake, and only the operator can end it. */
static void note_held(struct pg_repository *repository, bool held)
{
    int64_t now = clock_monotonic_us();

    if (!held) {
        repository->held_since_us = repository->held_told_us = 0;
        gauge_set(store_metrics()->held_seconds, 0);
        return;
    }
    if (repository->held_since_us == 0)
        repository->held_since_us = now;
    gauge_set(store_metrics()->held_seconds, (now - repository->held_since_us) / 1000000);
    if (now - repository->held_since_us < HELD_LONG_US ||
        (repository->held_told_us != 0 && now - repository->held_told_us < HELD_AGAIN_US))
        return;
    repository->held_told_us = now;
    log_warning("committed events wait for an older transaction to end",
                LOG_INT("since_ms", (now - repository->held_since_us) / 1000),
                LOG_TEXT("look_at", "pg_stat_activity.backend_xid, pg_prepared_xacts"));
}

static void take_head(struct pg_repository *repository, const PGresult *result)
{
    struct pg_row row = {result, 0};
    struct pg_position head = pg_column_place(&row, 0);
    bool moved = head.xid != repository->seen.xid || head.id != repository->seen.id;

    note_held(repository, pg_column_truth(&row, 2) && !moved);
    if (!moved)
        return;
    repository->seen = head;
    tell_committed(repository);
}

static void take_news(struct pg_repository *repository, const PGresult *result)
{
    struct pg_row row = {result, 0};

    repository->news_low = pg_column_number(&row, 0);
    repository->news_high = pg_column_number(&row, 1);
    if (pg_column_truth(&row, 2))
        tell_committed(repository);
}

static void head_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    if (PQntuples(result) > 0)
        (index == 0 ? take_head : take_news)(batch->owner, result);
}

static void head_end(struct pg_job *job)
{
    job->owner->polling = false;
    pg_job_settle(job);
    free(job);
}

static void head_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    (void)status, (void)where, (void)why;
    head_end(job);
}

static void head_finish(struct pg_batch *batch)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);

    if (job != NULL)
        head_end(job);
}

static const struct pg_job_kind kind_head = {
    .operation = STORE_EVENTS,
    .send = head_send,
    .answer = head_answer,
    .finish = head_finish,
    .fail = head_fail,
};

static void on_poll(int none, short events, void *arg)
{
    struct pg_repository *repository = arg;
    const char *why;
    struct pg_job *job;

    (void)none, (void)events;
    if (repository->polling || !pg_lanes_hopeful(repository, PG_QUEUE_READS))
        return;
    job = pg_job_new(repository, &kind_head, 0, &why);
    if (job == NULL)
        return;
    repository->polling = true;
    pg_job_submit(job, PG_QUEUE_READS);
}

/* ---- watching ---- */

void pg_watch(struct repository *repository, void (*committed)(void *arg), void *arg)
{
    struct pg_repository *self = pg_repository_of(repository);

    self->committed = committed;
    self->committed_arg = arg;
    atomic_store(&self->watching, committed != NULL);
    if (committed == NULL) {
        pg_watch_end(self);
        return;
    }
    if (self->poll == NULL) {
        self->poll = event_new(self->base, -1, EV_PERSIST, on_poll, self);
        self->tell = event_new(self->base, -1, 0, on_tell, self);
    }
    (void)event_add(self->poll, &(struct timeval){.tv_usec = POLL_US});
}

void pg_watch_end(struct pg_repository *repository)
{
    repository->committed = NULL;
    if (repository->poll == NULL)
        return;
    event_free(repository->poll);
    event_free(repository->tell);
    repository->poll = repository->tell = NULL;
}
