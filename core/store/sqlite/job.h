/* A write on its way: made in the thread of a repository, carried out by the writer, answered in
 * the repository's thread again. It holds a copy of all that it needs, in one allocation. */
#ifndef STORE_SQLITE_JOB_H
#define STORE_SQLITE_JOB_H

#include "base/mailbox.h"
#include "store/repository.h"
#include "store/save_copy.h"
#include "store/sqlite/position.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct sqlite_repository;

enum sqlite_job_kind {
    JOB_SAVE,
    JOB_WRITE_CURSOR,
    JOB_CREATE_CURSOR,
    JOB_ACK_CURSOR,
    JOB_DELETE_CURSOR,
    JOB_ADD_INBOX,
    JOB_PUT_INBOUND,
    JOB_HANDLE_INBOUND,
    JOB_ADD_DEAD_LETTER,
    JOB_RETRY_DEAD_LETTER,
    JOB_FAIL_DEAD_LETTER,
    JOB_DROP_DEAD_LETTER,
    JOB_PRUNE,
    JOB_PING,
};

/* Where a job is. HELD belongs to the repository's thread; the others change under the queue's
 * lock. */
enum sqlite_job_state {
    JOB_HELD,    /* in its repository's outbox, until this turn of the loop ends */
    JOB_WAITING, /* in the queue; can be withdrawn */
    JOB_BEGUN,   /* the writer's; comes back with its answer */
};

struct sqlite_job_cursor {
    const char *name;
    int64_t position;
    /* Of JOB_ACK_CURSOR only. */
    int64_t stands;             /* the writer's answer: where it is now */
    repository_position *acked; /* takes the place of the job's `done` */
};

struct sqlite_job_letter {
    int64_t id;
    const char *reason; /* of JOB_FAIL_DEAD_LETTER only */
};

struct sqlite_job_prune {
    struct prune what;
    repository_pruned *pruned; /* takes the place of the job's `done` */
    size_t removed;            /* the writer's answer */
};

struct sqlite_job {
    struct letter letter;            /* the first answered job of a group carries the others */
    struct sqlite_job *next_answer;  /* of the same repository and group */
    TAILQ_ENTRY(sqlite_job) waiting; /* outbox, queue, then the writer's group */
    TAILQ_ENTRY(sqlite_job) flight;  /* every unanswered job of the repository, oldest first */
    enum sqlite_job_state state;
    bool abandoned; /* answered at its deadline already; only to be freed */
    struct sqlite_repository *owner;
    int64_t started_us, deadline_us; /* clock_monotonic_us */
    repository_done *done;
    void *arg;
    enum status status; /* the writer's answer */
    const char *where;  /* of the fault; static text or NULL */
    const char *why;    /* static text; NULL when OK */
    enum sqlite_job_kind kind;
    union {
        struct save_copy save;
        struct sqlite_job_cursor cursor;
        const char
            *event_id; /* of JOB_ADD_INBOX, which calls it inbox_id, and JOB_HANDLE_INBOUND */
        struct inbound inbound;
        struct dead_letter dead_letter;
        struct sqlite_job_letter letter_change;
        struct sqlite_job_prune prune;
    };
};

TAILQ_HEAD(sqlite_job_list, sqlite_job);

/* Each copies its argument; the caller fills owner, times and callback. free() frees a job. */
struct sqlite_job *sqlite_job_save(const struct save *save);
struct sqlite_job *sqlite_job_cursor(enum sqlite_job_kind kind, const char *name, int64_t position);
struct sqlite_job *sqlite_job_ack(const char *name, int64_t position, repository_position *acked);
struct sqlite_job *sqlite_job_event(enum sqlite_job_kind kind, const char *event_id);
struct sqlite_job *sqlite_job_inbound(const struct inbound *message);
struct sqlite_job *sqlite_job_dead_letter(const struct dead_letter *letter);
struct sqlite_job *sqlite_job_letter(enum sqlite_job_kind kind, int64_t id, const char *reason);
struct sqlite_job *sqlite_job_prune(const struct prune *prune, repository_pruned *pruned);
struct sqlite_job *sqlite_job_ping(void);

#endif
