/* Carrying out one job in the transaction under way. The writer's thread. */
#ifndef STORE_SQLITE_APPLY_H
#define STORE_SQLITE_APPLY_H

#include "store/sqlite/connection.h"
#include "store/sqlite/heads.h"
#include "store/sqlite/job.h"

struct sqlite_apply {
    struct sqlite_connection *connection;
    struct sqlite_heads *heads;
    int64_t now_ms; /* when the group was begun */
    int64_t key_ms; /* how long an idempotency key is kept */
    bool news;      /* watchers are to be told, besides of events; never set to false again */
    bool pinged;    /* the health row is written already in this transaction */
};

/* Sets job->status, job->where and job->why. SQLITE_OK when the job was carried out, or when it was
 * found that it must not be (STATUS_CONFLICT, STATUS_DUPLICATE, ...) before anything of it was
 * written. Any other code: some of it may have been written, and the caller must roll back. */
int sqlite_apply(struct sqlite_apply *apply, struct sqlite_job *job);

/* The part that saves an order. */
int sqlite_apply_save(struct sqlite_apply *apply, struct sqlite_job *job);

/* The part that writes cursors: all jobs of a struct sqlite_job_cursor. */
int sqlite_apply_cursor(struct sqlite_apply *apply, struct sqlite_job *job);

/* The part of what came in. */
int sqlite_apply_inbound(struct sqlite_apply *apply, struct sqlite_job *job);

/* The part of dead letters. */
int sqlite_apply_letter(struct sqlite_apply *apply, struct sqlite_job *job);

/* The part that makes room. */
int sqlite_apply_prune(struct sqlite_apply *apply, struct sqlite_job_prune *prune);

/* What was found out about a job: it must not be carried out. Gives SQLITE_OK. */
int sqlite_apply_refuse(struct sqlite_job *job, enum status status, const char *where,
                        const char *why);

/* Sets *seen when this inbound event is remembered. */
int sqlite_apply_inbox_seen(struct sqlite_apply *apply, const char *inbox_id, bool *seen);
int sqlite_apply_inbox(struct sqlite_apply *apply, const char *inbox_id);

/* Sets *handled when this message was waiting; it does no longer. */
int sqlite_apply_handled(struct sqlite_apply *apply, const char *event_id, bool *handled);

#endif
