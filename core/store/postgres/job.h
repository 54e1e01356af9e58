/* A call that is under way: made when a repository is called, sent with others in a unit, answered
 * exactly once. */
#ifndef STORE_POSTGRES_JOB_H
#define STORE_POSTGRES_JOB_H

#include "store/postgres/position.h"
#include "store/postgres/session.h"
#include "store/repository.h"
#include "store/save_copy.h"
#include "store/store_metrics.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct pg_batch;
struct pg_repository;
struct pg_job;

/* Where a call waits for a connection. */
enum pg_queue { PG_QUEUE_WRITES, PG_QUEUE_READS, PG_QUEUE_LAGGING };
enum { PG_QUEUE_COUNT = 3 };

/* How one kind of call is carried out. A batch is one unit: one job, or many of a kind that is
 * `grouped`. */
struct pg_job_kind {
    enum store_operation operation;
    bool writes;  /* goes to the server that takes writes, and counts as a write */
    bool grouped; /* many go in one unit */
    /* May it wait for a lock that somebody holds on a row? NULL: no. */
    bool (*may_wait)(const struct pg_job *job);
    /* May be sent again when its connection broke, because a second time changes nothing, or is
     * found out. */
    bool repeatable;
    /* Adds the statements of the batch's jobs to its unit. */
    void (*send)(struct pg_batch *batch);
    /* What a statement has answered; NULL: nothing that matters. */
    void (*answer)(struct pg_batch *batch, int index, const PGresult *result);
    /* Committed: answers every job that is left in the batch. */
    void (*finish)(struct pg_batch *batch);
    void (*release)(struct pg_batch *batch); /* frees the batch's scratch; or NULL */
    /* Answers a job without a result, and frees it. */
    void (*fail)(struct pg_job *job, enum status status, const char *where, const char *why);
};

TAILQ_HEAD(pg_job_list, pg_job);

/* Two saves that must not be under way at once: of one order, of one key, of one inbound event. */
struct pg_token {
    LIST_ENTRY(pg_token) peers;
    uint64_t hash; /* 0: none */
};
enum { PG_TOKENS = 3 };

struct pg_job {
    const struct pg_job_kind *kind;
    TAILQ_ENTRY(pg_job) place;  /* in `list` */
    struct pg_job_list *list;   /* a queue, a batch's or a split's */
    TAILQ_ENTRY(pg_job) flight; /* every unanswered job of the repository, oldest first */
    struct pg_repository *owner;
    size_t bytes;                    /* behind it */
    struct pg_batch *batch;          /* on the wire; NULL: waiting */
    int64_t started_us, deadline_us; /* clock_monotonic_us */
    /* It was sent before, and the connection broke: it may have happened. */
    bool uncertain;
    bool hit; /* of a small write: it has found or made its row */
    void *arg;
    union {
        repository_done *done;
        repository_got *got;
        repository_listed *listed;
        repository_events *events;
        repository_ends *ends;
        repository_position *position;
        repository_cursors *cursors;
        repository_inbound *messages;
        repository_dead_letters *letters;
        repository_key_found *key_found;
        repository_pruned *pruned;
    };
    union {
        struct {
            struct save_copy copy;
            struct pg_token tokens[PG_TOKENS];
            bool held;    /* the tokens are in the repository's table */
            bool changed; /* the order had the expected version */
            /* While it is looked up: what to answer when it was not written. */
            enum status status;
            const char *where, *why;
        } save;
        struct uuid order_id;
        struct {
            struct order_query query; /* without pointers of the caller's */
            struct uuid user_id, low, high;
        } list_of;
        struct {
            struct pg_position after;
            size_t limit;
        } read;
        int64_t time;
        struct {
            const char *name;
            struct pg_position place;
            int verdict; /* of the statement; cursors.c's */
        } named;         /* a cursor */
        struct {
            struct uuid user_id;
            const char *key;
        } keyed;
        const char *inbox_id;
        struct inbound message;
        size_t limit;
        struct dead_letter letter;
        struct {
            int64_t id;
            const char *reason;
        } stored_letter;
        struct dead_letter_query letters_of;
        struct prune prune;
    };
};

/* A unit of one or more jobs on its way. */
struct pg_batch {
    struct pg_unit unit;
    struct pg_repository *owner;
    struct pg_lane *lane;
    struct pg_job_list jobs;
    size_t count, bytes;
    const struct pg_job_kind *kind;
    int change_index; /* of a save: which statement answers with the changed orders */
    size_t removed;   /* of a step that makes room */
    int64_t sent_us;  /* clock_monotonic_us */
    void *scratch;    /* of a read that is put together from several answers, or NULL */
};

extern const struct pg_job_kind pg_kind_save, pg_kind_look_up;

#endif
