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
    case JOB_ADD_INBOX:
    case JOB_PUT_INBOUND:
    case JOB_HANDLE_INBOUND: return sqlite_apply_inbound(apply, job);
    case JOB_ADD_DEAD_LETTER:
    case JOB_RETRY_DEAD_LETTER:
    case JOB_FAIL_DEAD_LETTER:
    case JOB_DROP_DEAD_LETTER: return sqlite_apply_letter(apply, job);
    case JOB_PRUNE: return sqlite_apply_prune(apply, &job->prune);
    case JOB_PING: return ping(apply);
    }
    return SQLITE_MISUSE;
}
