/* Carrying out jobs: the small ones here, the others in the files that are named apply_. */
#include "store/sqlite/apply.h"

int sqlite_apply_refuse(struct sqlite_job *job, enum status status, const char *where,
                        const char *why)
{
    job->status = status;
    job->where = where;
    job->why = why;
    return SQLITE_OK;
}

int sqlite_apply_inbox_seen(struct sqlite_apply *apply, const char *inbox_id, bool *seen)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_INBOX_SEEN);

    sqlite_bind_string(&call, inbox_id);
    *seen = sqlite_call_row(&call);
    return sqlite_call_end(&call);
}

int sqlite_apply_inbox(struct sqlite_apply *apply, const char *inbox_id)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_INSERT_INBOX);

    sqlite_bind_string(&call, inbox_id);
    sqlite_bind_number(&call, apply->now_ms);
    return sqlite_call_run(&call);
}

static int add_inbox(struct sqlite_apply *apply, struct sqlite_job *job)
{
    bool seen;
    int code = sqlite_apply_inbox_seen(apply, job->inbox_id, &seen);

    if (code != SQLITE_OK)
        return code;
    if (seen)
        return sqlite_apply_refuse(job, STATUS_DUPLICATE, "/inbox_id",
                                   "this event has been seen before");
    return sqlite_apply_inbox(apply, job->inbox_id);
}

static int add_dead_letter(struct sqlite_apply *apply, const struct dead_letter *letter)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_INSERT_DEAD_LETTER);

    sqlite_bind_string(&call, letter->source);
    sqlite_bind_string(&call, letter->topic);
    sqlite_bind_string(&call, letter->reason);
    sqlite_bind_blob(&call, letter->payload, letter->payload_length);
    sqlite_bind_number(&call, apply->now_ms);
    return sqlite_call_run(&call);
}

/* A page is written, so that the commit has something to sync; once proves it for every ping of
 * the group. */
static int ping(struct sqlite_apply *apply)
{
    struct sqlite_call call;
    int code;

    if (apply->pinged)
        return SQLITE_OK;
    call = sqlite_call(apply->connection, SQL_TOUCH_HEALTH);
    sqlite_bind_number(&call, apply->now_ms);
    code = sqlite_call_run(&call);
    apply->pinged = code == SQLITE_OK;
    return code;
}

int sqlite_apply(struct sqlite_apply *apply, struct sqlite_job *job)
{
    job->status = STATUS_OK;
    job->where = NULL;
    job->why = NULL;
    switch (job->kind) {
    case JOB_SAVE: return sqlite_apply_save(apply, job);
    case JOB_WRITE_CURSOR:
    case JOB_CREATE_CURSOR:
    case JOB_ACK_CURSOR:
    case JOB_DELETE_CURSOR: return sqlite_apply_cursor(apply, job);
    case JOB_ADD_INBOX: return add_inbox(apply, job);
    case JOB_ADD_DEAD_LETTER: return add_dead_letter(apply, &job->dead_letter);
    case JOB_PRUNE: return sqlite_apply_prune(apply, &job->prune);
    case JOB_PING: return ping(apply);
    }
    return SQLITE_MISUSE;
}
