/* One thread's handle on a PostgreSQL store: its connections, and the calls that are under way. */
#ifndef STORE_POSTGRES_REPOSITORY_H
#define STORE_POSTGRES_REPOSITORY_H

#include "base/mailbox.h"
#include "store/postgres/arguments.h"
#include "store/postgres/connector.h"
#include "store/postgres/job.h"
#include "store/postgres/session.h"
#include "store/repository_ops.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event;
struct event_base;
struct pg_lead;
struct pg_tails_list;

/* ---- the store ---- */

TAILQ_HEAD(pg_repository_list, pg_repository);

struct pg_store {
    struct store store;
    struct store_options options;     /* without the urls */
    struct pg_url *url, *replica_url; /* the latter or NULL */
    struct pg_connector *connector, *replica_connector;
    atomic_size_t waiting; /* calls that wait for a connection, of all repositories */

    pthread_mutex_t lock; /* of what is below */
    struct pg_repository_list repositories;
};

/* Events were committed here: tells every repository that watches. Any thread. */
void pg_store_tell_watchers(struct pg_store *store);

/* ---- a repository ---- */

/* A place for one connection, which is made anew whenever it breaks. */
struct pg_lane {
    struct pg_repository *owner;
    struct pg_connector *connector;
    struct pg_request request;
    struct pg_session *session; /* NULL: on its way */
    int64_t since_us;           /* when it came */
    struct event *pause;        /* before the next one, when it did not last */
    int64_t took_us;            /* its last unit, from sending to the end */
    bool takes[PG_QUEUE_COUNT];
};

/* Jobs of a group that failed and is sent again in halves. */
struct pg_split {
    TAILQ_ENTRY(pg_split) queue;
    const struct pg_job_kind *kind;
    struct pg_job_list jobs;
};
TAILQ_HEAD(pg_splits, pg_split);

enum { PG_TOKEN_BUCKETS = 256 };
LIST_HEAD(pg_token_list, pg_token);

struct pg_repository {
    struct repository repository;
    struct pg_store *store;
    struct event_base *base;
    struct mailbox *mailbox;
    int64_t deadline_us; /* how long a call may take */
    bool closing;

    struct pg_lane *lanes;
    size_t lane_count;
    struct event *turn;    /* made active by the first job of a turn */
    struct event *overdue; /* when the oldest job must be answered */
    struct pg_job_list queues[PG_QUEUE_COUNT];
    struct pg_splits splits;
    struct pg_job_list flight;
    struct pg_token_list tokens[PG_TOKEN_BUCKETS]; /* of saves that are on the wire or split */
    struct pg_arguments arguments;                 /* for whoever sends */
    struct pg_tails_list *tails;                   /* where reads of events ended; tails.c's */
    struct pg_lead *lead;                          /* NULL: no candidate */
    int64_t waiting_from; /* what waits in `inbound` is of this transaction or of later ones */

    /* Watching. */
    struct event *poll; /* for commits of other processes */
    struct event *tell; /* when the watcher is told next */
    int64_t told_us;    /* when it was told last */
    struct pg_position seen;
    int64_t news_low, news_high;         /* the last snapshot in which news was looked for */
    bool polling;                        /* a question is under way */
    int64_t held_since_us, held_told_us; /* events are held back; 0: not */
    void (*committed)(void *arg);
    void *committed_arg;
    atomic_bool watching;
    atomic_bool notified; /* commit_letter is on its way */
    struct letter commit_letter;

    TAILQ_ENTRY(pg_repository) peer; /* under the store's lock */
};

enum status pg_repository_open(struct pg_store *store, struct event_base *base,
                               struct repository **repository, struct fault *fault);

static inline struct pg_repository *pg_repository_of(struct repository *repository)
{
    return (struct pg_repository *)repository;
}

/* ---- jobs: pool.c ---- */

/* A new job with `extra` zeroed bytes behind it; NULL when none is accepted now: then *why says so,
 * and the caller answers STATUS_UNAVAILABLE. */
struct pg_job *pg_job_new(struct pg_repository *repository, const struct pg_job_kind *kind,
                          size_t extra, const char **why);
void pg_job_submit(struct pg_job *job, enum pg_queue queue);
/* Again, before all others: the job has left its batch. */
void pg_job_resubmit(struct pg_job *job, enum pg_queue queue);
/* It waits for a connection (1), or does no longer (-1): for the limit and the gauge. */
void pg_job_count_waiting(const struct pg_job *job, int change);
/* Takes it out of all lists and observes its time; the caller answers and frees. */
void pg_job_settle(struct pg_job *job);

/* Answers of calls that have nothing else to say. */
struct pg_job *pg_job_or_answer(struct repository *repository, const struct pg_job_kind *kind,
                                size_t extra, repository_done *done, void *arg); /* or NULL */
void pg_answer(repository_done *done, void *arg, enum status status, const char *where,
               const char *why);
void pg_job_done(struct pg_job *job); /* settles, answers STATUS_OK, frees */
/* pg_job_kind.fail for jobs with a repository_done. */
void pg_job_fail_done(struct pg_job *job, enum status status, const char *where, const char *why);

/* The same for calls that are answered with a position. */
struct pg_job *pg_job_or_answer_place(struct repository *repository, const struct pg_job_kind *kind,
                                      size_t extra, repository_position *answer, void *arg);
void pg_job_place(struct pg_job *job, struct pg_position place);
void pg_job_fail_place(struct pg_job *job, enum status status, const char *where, const char *why);

/* libevent's callback of `overdue`. */
void pg_pool_overdue(int none, short events, void *repository);
/* Answers everything that is left, when no connection is any more. */
void pg_pool_end(struct pg_repository *repository);

/* ---- connections: lanes.c ---- */

void pg_lanes_open(struct pg_repository *repository);
/* Waits for what is under way, until the deadline (clock_monotonic_us) at most, and closes. */
void pg_lanes_close(struct pg_repository *repository, int64_t deadline_us);
/* Sends what waits on every connection that is free. */
void pg_lanes_dispatch(struct pg_repository *repository);
/* Gives up the connections on which nothing has ended for as long as a call may take. Gives the
 * time at which the next one will have to be (clock_monotonic_us), INT64_MAX when nothing is under
 * way. */
int64_t pg_lanes_check(struct pg_repository *repository);
/* Could a job of this queue be sent now or soon? */
bool pg_lanes_hopeful(const struct pg_repository *repository, enum pg_queue queue);

/* ---- batches: batch.c ---- */

/* Makes a unit of some of the waiting jobs of a queue and sends it; false when there are none that
 * can go now. */
bool pg_batch_send_next(struct pg_lane *lane, enum pg_queue queue);
bool pg_batch_send_split(struct pg_lane *lane);
/* For pg_job_kind.send: the arguments of the next statement, empty, and adding it to the unit. */
struct pg_arguments *pg_batch_arguments(struct pg_batch *batch);
void pg_batch_statement(struct pg_batch *batch, enum pg_statement statement);
/* Answers every job that is left in it without a result. */
void pg_batch_fail(struct pg_batch *batch, enum status status, const char *where, const char *why);
/* The same for those of a kind that `answer` should have answered: pg_job_kind.finish. */
void pg_batch_unanswered(struct pg_batch *batch);
/* For kinds with a repository_done: pg_job_kind.finish that answers STATUS_OK, pg_job_kind.answer
 * that notes whether a lone job's statement has given a row, and the end of those that needed one.
 */
void pg_batch_done(struct pg_batch *batch);
void pg_batch_note_hit(struct pg_batch *batch, int index, const PGresult *result);
void pg_batch_done_hits(struct pg_batch *batch, enum status otherwise, const char *where,
                        const char *why);
void pg_tokens_hold(struct pg_job *job);
void pg_tokens_release(struct pg_job *job);
bool pg_tokens_held(const struct pg_job *job);
void pg_tokens_make(struct pg_job *job); /* of a save */

/* ---- calls; the contracts of repository_ops.h ---- */

void pg_save(struct repository *repository, const struct save *save, repository_done *done,
             void *arg);
void pg_get(struct repository *repository, const struct uuid *order_id, enum read_kind kind,
            repository_got *got, void *arg);
void pg_list(struct repository *repository, const struct order_query *query,
             const struct uuid *before, repository_listed *listed, void *arg);
void pg_key_find(struct repository *repository, const struct uuid *user_id, const char *key,
                 repository_key_found *found, void *arg);
void pg_events_after(struct repository *repository, const struct position *after, size_t limit,
                     repository_events *read, void *arg);
void pg_events_ends(struct repository *repository, repository_ends *read, void *arg);
void pg_events_find_time(struct repository *repository, int64_t time, repository_position *found,
                         void *arg);
void pg_cursor_read(struct repository *repository, const char *name, repository_position *read,
                    void *arg);
void pg_cursor_write(struct repository *repository, const char *name,
                     const struct position *position, repository_done *done, void *arg);
void pg_cursor_create(struct repository *repository, const char *name,
                      const struct position *position, repository_done *done, void *arg);
void pg_cursor_ack(struct repository *repository, const char *name, const struct position *position,
                   repository_position *acked, void *arg);
void pg_cursor_delete(struct repository *repository, const char *name, repository_done *done,
                      void *arg);
void pg_cursors_list(struct repository *repository, repository_cursors *listed, void *arg);
void pg_inbound_put(struct repository *repository, const struct inbound *message,
                    repository_done *done, void *arg);
void pg_inbound_pending(struct repository *repository, size_t limit, repository_inbound *read,
                        void *arg);
void pg_inbound_handled(struct repository *repository, const char *event_id, repository_done *done,
                        void *arg);
void pg_inbox_add(struct repository *repository, const char *inbox_id, repository_done *done,
                  void *arg);
void pg_dead_letter_add(struct repository *repository, const struct dead_letter *letter,
                        repository_done *done, void *arg);
void pg_dead_letters_list(struct repository *repository, const struct dead_letter_query *query,
                          repository_dead_letters *listed, void *arg);
void pg_dead_letter_get(struct repository *repository, int64_t id, repository_dead_letters *got,
                        void *arg);
void pg_dead_letter_retry(struct repository *repository, int64_t id, repository_done *done,
                          void *arg);
void pg_dead_letter_failed(struct repository *repository, int64_t id, const char *reason,
                           repository_done *done, void *arg);
void pg_dead_letter_drop(struct repository *repository, int64_t id, repository_done *done,
                         void *arg);
void pg_ping(struct repository *repository, repository_done *done, void *arg);
void pg_prune(struct repository *repository, const struct prune *prune, repository_pruned *pruned,
              void *arg);
void pg_watch(struct repository *repository, void (*committed)(void *arg), void *arg);
void pg_watch_end(struct pg_repository *repository);
void pg_lead(struct repository *repository, void (*changed)(void *arg, const char *epoch),
             void *arg);
void pg_lead_end(struct pg_repository *repository);

#endif
