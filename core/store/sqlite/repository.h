/* One thread's handle on a SQLite store: its read connection, its mailbox, and the writes that it
 * has under way. */
#ifndef STORE_SQLITE_REPOSITORY_H
#define STORE_SQLITE_REPOSITORY_H

#include "base/mailbox.h"
#include "store/repository_ops.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/job.h"
#include "store/sqlite/keep.h"

#include <stdatomic.h>
#include <stdbool.h>

struct event;
struct event_base;
struct sqlite_queue;

struct sqlite_repository {
    struct repository repository;
    struct sqlite_queue *queue;
    struct sqlite_connection connection; /* for reading */
    struct mailbox *mailbox;
    int64_t deadline_us; /* how long a write may take */
    int64_t key_ms;      /* how long an idempotency key is kept */
    bool closing;

    /* This thread's. */
    struct event *flush;           /* made active by the first job that is held */
    struct event *overdue;         /* when the oldest job in flight must be answered */
    struct event *leading;         /* made active to say that this repository leads */
    struct sqlite_job_list outbox; /* of this turn */
    struct sqlite_job_list flight;
    void (*committed)(void *arg);
    void *committed_arg;
    void (*lead_changed)(void *arg, const char *epoch);
    void *lead_arg;

    /* Set here, read by the writer. */
    atomic_bool watching;
    atomic_bool notified; /* commit_letter is on its way */
    struct letter commit_letter;

    /* Under the queue's lock. */
    TAILQ_ENTRY(sqlite_repository) peer;
    size_t begun; /* jobs that the writer has and has not posted back */

    /* The writer's, while it answers a group. */
    struct sqlite_job *last_answer;
    size_t answers;
};

enum status sqlite_repository_open(struct sqlite_queue *queue, const char *path,
                                   const struct store_options *options, struct event_base *base,
                                   struct repository **repository, struct fault *fault);

/* Writes: submit.c. May a write be accepted now? Otherwise answers `done` at once. */
bool sqlite_submit_ready(struct sqlite_repository *repository, repository_done *done, void *arg);
/* Only after sqlite_submit_ready; the job becomes the callee's. */
void sqlite_submit(struct sqlite_repository *repository, struct sqlite_job *job,
                   repository_done *done, void *arg);
/* Opens a letter from the writer: the answers of one group. */
void sqlite_submit_answered(struct letter *letter, void *repository);
/* Answers what has not begun with STATUS_UNAVAILABLE. */
void sqlite_submit_withdraw_all(struct sqlite_repository *repository);
/* libevent's callbacks of `flush` and `overdue`. */
void sqlite_submit_flush(int none, short events, void *repository);
void sqlite_submit_overdue(int none, short events, void *repository);

/* Writes: writes.c; the contracts of repository_ops.h. */
void sqlite_write_save(struct repository *repository, const struct save *save,
                       repository_done *done, void *arg);
void sqlite_write_cursor(struct repository *repository, const char *name,
                         const struct position *position, repository_done *done, void *arg);
void sqlite_write_new_cursor(struct repository *repository, const char *name,
                             const struct position *position, repository_done *done, void *arg);
void sqlite_write_ack(struct repository *repository, const char *name,
                      const struct position *position, repository_position *acked, void *arg);
void sqlite_write_no_cursor(struct repository *repository, const char *name, repository_done *done,
                            void *arg);
void sqlite_write_prune(struct repository *repository, const struct prune *prune,
                        repository_pruned *pruned, void *arg);
void sqlite_write_inbox(struct repository *repository, const char *inbox_id, repository_done *done,
                        void *arg);
void sqlite_write_inbound(struct repository *repository, const struct inbound *message,
                          repository_done *done, void *arg);
void sqlite_write_handled(struct repository *repository, const char *event_id,
                          repository_done *done, void *arg);
void sqlite_write_letter(struct repository *repository, const struct dead_letter *letter,
                         repository_done *done, void *arg);
void sqlite_write_letter_retry(struct repository *repository, int64_t id, repository_done *done,
                               void *arg);
void sqlite_write_letter_failed(struct repository *repository, int64_t id, const char *reason,
                                repository_done *done, void *arg);
void sqlite_write_letter_drop(struct repository *repository, int64_t id, repository_done *done,
                              void *arg);
void sqlite_write_ping(struct repository *repository, repository_done *done, void *arg);

/* Reads: the files that are named read_; the contracts of repository_ops.h. */
void sqlite_read_order(struct repository *repository, const struct uuid *order_id,
                       enum read_kind kind, repository_got *got, void *arg);
void sqlite_read_list(struct repository *repository, const struct order_query *query,
                      const struct uuid *before, repository_listed *listed, void *arg);
void sqlite_read_key(struct repository *repository, const struct uuid *user_id, const char *key,
                     repository_key_found *found, void *arg);
void sqlite_read_events(struct repository *repository, const struct position *after, size_t limit,
                        repository_events *read, void *arg);
void sqlite_read_ends(struct repository *repository, repository_ends *read, void *arg);
void sqlite_read_find_time(struct repository *repository, int64_t time, repository_position *found,
                           void *arg);
void sqlite_read_cursor(struct repository *repository, const char *name, repository_position *read,
                        void *arg);
void sqlite_read_cursors(struct repository *repository, repository_cursors *listed, void *arg);
void sqlite_read_pending(struct repository *repository, size_t limit, repository_inbound *read,
                         void *arg);
void sqlite_read_letters(struct repository *repository, const struct dead_letter_query *query,
                         repository_dead_letters *listed, void *arg);
void sqlite_read_letter(struct repository *repository, int64_t id, repository_dead_letters *got,
                        void *arg);

/* The position of the last event that was removed, 0 when none was. Any connection's own thread;
 * gives SQLite's code. */
int sqlite_read_floor(struct sqlite_connection *connection, int64_t *floor);

#endif
