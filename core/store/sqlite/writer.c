/* The writer thread: group commit.
 *
 * The writer sleeps until a job is queued, begins a transaction, takes every job that waits by then
 * (up to group_limit), carries them out, commits, which syncs the write-ahead log, and only then
 * answers. While it syncs, the next group gathers; when nobody else writes, a lone job is committed
 * at once, for nothing ever waits for company.
 *
 * A job that must be refused is found out before it has written anything (apply_save.c), so the
 * usual group runs without savepoints. Should a job fail half-way all the same, the group is rolled
 * back and done again with a savepoint around each job: only that one fails. When the transaction
 * itself fails (disk full, I/O error, a lock of another process), all of it is rolled back and
 * every job of the group is answered STATUS_UNAVAILABLE; the next group starts afresh, so the
 * store recovers as soon as the disk does.
 *
 * The answers of a group go back as one letter to each repository. Then repositories that watch
 * are told, and last the log is checkpointed, when nobody waits for it. */
#include "store/sqlite/writer.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/parts.h"
#include "store/sqlite/apply.h"
#include "store/sqlite/repository.h"
#include "store/store_metrics.h"

#include <string.h>

enum { CHECKPOINT_PAGES = 4000 };

static int run(struct sqlite_writer *writer, enum sqlite_statement statement)
{
    struct sqlite_call call = sqlite_call(&writer->connection, statement);

    return sqlite_call_run(&call);
}

static void roll_back(struct sqlite_writer *writer, const struct sqlite_heads *before)
{
    writer->heads = *before;
    /* After some errors SQLite has rolled back by itself. */
    if (!sqlite3_get_autocommit(writer->connection.db) && run(writer, SQL_ROLLBACK) != SQLITE_OK)
        log_error("rollback failed", LOG_TEXT("reason", sqlite3_errmsg(writer->connection.db)));
}

/* ---- carrying out a group ---- */

static bool expired(struct sqlite_job *job, int64_t now_us)
{
    if (job->deadline_us > now_us)
        return false;
    job->status = STATUS_UNAVAILABLE;
    job->where = NULL;
    job->why = "the store did not begin the write in time";
    return true;
}

/* A failure undoes this job only, unless it took the whole transaction with it. */
static int apply_guarded(struct sqlite_writer *writer, struct sqlite_apply *apply,
                         struct sqlite_job *job)
{
    struct sqlite_heads before = writer->heads;
    int code = run(writer, SQL_SAVEPOINT), failure;

    if (code != SQLITE_OK)
        return code;
    failure = sqlite_apply(apply, job);
    if (failure != SQLITE_OK) {
        if (sqlite3_get_autocommit(writer->connection.db))
            return failure;
        log_error("write failed", LOG_INT("code", failure),
                  LOG_TEXT("reason", sqlite3_errmsg(writer->connection.db)));
        writer->heads = before;
        job->status = sqlite_status(failure);
        job->where = NULL;
        job->why = sqlite3_errstr(failure);
        code = run(writer, SQL_UNDO_SAVEPOINT);
    }
    return code == SQLITE_OK ? run(writer, SQL_RELEASE_SAVEPOINT) : code;
}

static int apply_each(struct sqlite_writer *writer, struct sqlite_job_list *group, bool guarded)
{
    struct sqlite_apply apply = {
        .connection = &writer->connection,
        .heads = &writer->heads,
        .now_ms = clock_wall_ms(),
        .key_ms = writer->key_ms,
    };
    int64_t now_us = clock_monotonic_us();
    struct sqlite_job *job;
    int code = SQLITE_OK;

    TAILQ_FOREACH(job, group, waiting)
    if (code == SQLITE_OK && !expired(job, now_us))
        code = guarded ? apply_guarded(writer, &apply, job) : sqlite_apply(&apply, job);
    writer->news = apply.news;
    return code;
}

static int apply_group(struct sqlite_writer *writer, struct sqlite_job_list *group)
{
    struct sqlite_heads before = writer->heads;
    int code = apply_each(writer, group, false);

    if (sqlite_status(code) != STATUS_INTERNAL)
        return code;
    roll_back(writer, &before);
    code = run(writer, SQL_BEGIN);
    return code == SQLITE_OK ? apply_each(writer, group, true) : code;
}

/* ---- answering ---- */

static const char *reason_of(int code)
{
    return code == SQLITE_READONLY_DBMOVED
               ? "the file was moved or replaced: put it back, or restart"
               : sqlite3_errstr(code);
}

/* When the sync itself failed, the group is rolled back here, but its frames may have reached the
 * disk, and a crash now would bring them back: that is not "has not happened". */
static void fail_group(struct sqlite_writer *writer, struct sqlite_job_list *group, int code)
{
    bool unknown = code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC;
    struct sqlite_job *job;

    if (!writer->failing)
        log_error("commit failed", LOG_INT("code", code), LOG_TEXT("reason", reason_of(code)));
    writer->failing = true;
    counter_add(store_metrics()->failed_commits, 1);
    TAILQ_FOREACH(job, group, waiting)
    {
        job->status = unknown ? STATUS_TIMEOUT : STATUS_UNAVAILABLE;
        job->where = NULL;
        job->why = reason_of(code);
    }
}

static void note_commit(struct sqlite_writer *writer, size_t count)
{
    if (writer->failing)
        log_info("commits succeed again");
    writer->failing = false;
    counter_add(store_metrics()->commits, 1);
    counter_add(store_metrics()->committed, count);
}

/* Hangs each job behind the first of its repository, which alone stays in the group. */
static void chain_answers(struct sqlite_job_list *group)
{
    struct sqlite_job *job, *next;

    for (job = TAILQ_FIRST(group); job != NULL; job = next) {
        struct sqlite_repository *owner = job->owner;
        next = TAILQ_NEXT(job, waiting);
        job->next_answer = NULL;
        if (owner->answers++ > 0) {
            owner->last_answer->next_answer = job;
            TAILQ_REMOVE(group, job, waiting);
        }
        owner->last_answer = job;
    }
}

/* A posted job may be gone at once, and its repository as soon as nothing of it is begun. */
static void answer_group(struct sqlite_writer *writer, struct sqlite_job_list *group)
{
    struct sqlite_job *job;

    chain_answers(group);
    while ((job = TAILQ_FIRST(group)) != NULL) {
        struct sqlite_repository *owner = job->owner;
        size_t count = owner->answers;
        TAILQ_REMOVE(group, job, waiting);
        owner->answers = 0;
        mailbox_post(owner->mailbox, &job->letter, sqlite_submit_answered);
        pthread_mutex_lock(&writer->queue.lock);
        owner->begun -= count;
        pthread_mutex_unlock(&writer->queue.lock);
    }
    pthread_cond_broadcast(&writer->queue.settled);
}

static void open_commit_letter(struct letter *letter, void *arg)
{
    struct sqlite_repository *repository = arg;

    (void)letter;
    /* Before the callback: what is committed from now on sends a letter again. */
    atomic_store(&repository->notified, false);
    if (repository->committed != NULL)
        repository->committed(repository->committed_arg);
}

static void tell_watchers(struct sqlite_writer *writer)
{
    struct sqlite_repository *repository;

    pthread_mutex_lock(&writer->queue.lock);
    TAILQ_FOREACH(repository, &writer->queue.repositories, peer)
    if (atomic_load(&repository->watching) && !atomic_exchange(&repository->notified, true))
        mailbox_post(repository->mailbox, &repository->commit_letter, open_commit_letter);
    pthread_mutex_unlock(&writer->queue.lock);
}

/* ---- the thread ---- */

static int note_log_pages(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct sqlite_writer *writer = arg;

    (void)db, (void)name;
    if (pages < writer->log_pages)
        writer->checkpointed_pages = 0; /* the log was begun again */
    writer->log_pages = pages;
    return SQLITE_OK;
}

/* A reader that holds an old snapshot keeps the log from being begun again; it grows then, and is
 * tried again after as many pages more. */
static void checkpoint(struct sqlite_writer *writer)
{
    int code;

    if (writer->log_pages - writer->checkpointed_pages < CHECKPOINT_PAGES)
        return;
    writer->checkpointed_pages = writer->log_pages;
    code = sqlite3_wal_checkpoint_v2(writer->connection.db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL,
                                     NULL);
    if (code != SQLITE_OK && code != SQLITE_BUSY)
        log_warning("checkpoint failed", LOG_INT("code", code),
                    LOG_TEXT("reason", sqlite3_errstr(code)));
}

/* With a write-ahead log SQLite would go on writing to a file that has lost its name, where nobody
 * finds it again. */
static int begin(struct sqlite_writer *writer)
{
    int moved = 0;
    int code = sqlite3_file_control(writer->connection.db, NULL, SQLITE_FCNTL_HAS_MOVED, &moved);

    if (code == SQLITE_OK && moved)
        return SQLITE_READONLY_DBMOVED;
    return run(writer, SQL_BEGIN);
}

static void write_group(struct sqlite_writer *writer)
{
    struct sqlite_job_list group = TAILQ_HEAD_INITIALIZER(group);
    struct sqlite_heads before = writer->heads;
    bool news = false;
    int code = begin(writer); /* may wait for another process; more jobs gather */
    size_t count = sqlite_queue_take(&writer->queue, writer->group_limit, &group);

    if (code == SQLITE_OK)
        code = apply_group(writer, &group);
    if (code == SQLITE_OK) {
        news = writer->news || sqlite_heads_moved(&writer->heads);
        code = sqlite_heads_write(&writer->connection, &writer->heads);
    }
    if (code == SQLITE_OK)
        code = run(writer, SQL_COMMIT);
    if (code == SQLITE_OK) {
        note_commit(writer, count);
    } else {
        roll_back(writer, &before);
        fail_group(writer, &group, code);
    }
    answer_group(writer, &group);
    if (code == SQLITE_OK && news)
        tell_watchers(writer);
    checkpoint(writer);
}

static void *write_until_stopped(void *arg)
{
    struct sqlite_writer *writer = arg;

    while (sqlite_queue_wait(&writer->queue))
        write_group(writer);
    return NULL;
}

enum status sqlite_writer_start(struct sqlite_writer *writer,
                                const struct sqlite_connection *connection,
                                const struct store_options *options, struct fault *fault)
{
    enum status status;
    int error;

    memset(writer, 0, sizeof(*writer));
    writer->connection = *connection;
    writer->group_limit = options->group_limit;
    writer->key_ms = options->key_ms;
    sqlite3_wal_hook(writer->connection.db, note_log_pages, writer);
    status = sqlite_heads_read(&writer->connection, &writer->heads, fault);
    if (status == STATUS_OK) {
        sqlite_queue_init(&writer->queue, options->queue_limit);
        error = store_thread_start(&writer->thread, write_until_stopped, writer);
        if (error != 0) {
            status = fault_set(fault, STATUS_UNAVAILABLE, NULL, "starting the writer: %s",
                               strerror(error));
            sqlite_queue_destroy(&writer->queue);
        }
    }
    if (status != STATUS_OK)
        sqlite_connection_close(&writer->connection);
    return status;
}

void sqlite_writer_stop(struct sqlite_writer *writer)
{
    int error;

    sqlite_queue_stop(&writer->queue);
    error = pthread_join(writer->thread, NULL);
    if (error != 0)
        log_error("joining the writer failed", LOG_TEXT("reason", strerror(error)));
    sqlite_queue_destroy(&writer->queue);
    sqlite_connection_close(&writer->connection);
}
