/* Writing dead letters: making them, and what people and later attempts make of them. */
#include "store/sqlite/apply.h"

static int insert(struct sqlite_apply *apply, const struct dead_letter *letter)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_INSERT_DEAD_LETTER);

    sqlite_bind_string(&call, letter->source);
    sqlite_bind_string(&call, letter->topic);
    sqlite_bind_string(&call, letter->event_id);
    sqlite_bind_string(&call, letter->about);
    sqlite_bind_string(&call, letter->reason);
    sqlite_bind_number(&call, letter->attempts);
    sqlite_bind_blob(&call, letter->payload, letter->payload_length);
    sqlite_bind_number(&call, apply->now_ms);
    return sqlite_call_run(&call);
}

/* A message that does not wait any more has been done with: it needs no letter. */
static int add(struct sqlite_apply *apply, const struct dead_letter *letter)
{
    bool due = true;
    int code = SQLITE_OK;

    if (letter->was_inbound)
        code = sqlite_apply_handled(apply, letter->event_id, &due);
    return code == SQLITE_OK && due ? insert(apply, letter) : code;
}

static int change(struct sqlite_apply *apply, enum sqlite_statement statement,
                  struct sqlite_job *job)
{
    struct sqlite_call call = sqlite_call(apply->connection, statement);
    int code;

    sqlite_bind_number(&call, job->letter_change.id);
    if (statement == SQL_FAIL_DEAD_LETTER)
        sqlite_bind_string(&call, job->letter_change.reason);
    code = sqlite_call_run(&call);
    if (code == SQLITE_OK && sqlite3_changes(apply->connection->db) == 0)
        return sqlite_apply_refuse(job, STATUS_NOT_FOUND, NULL, "there is no such dead letter");
    return code;
}

static int retry(struct sqlite_apply *apply, struct sqlite_job *job)
{
    int code = change(apply, SQL_RETRY_DEAD_LETTER, job);

    apply->news |= code == SQLITE_OK && job->status == STATUS_OK;
    return code;
}

int sqlite_apply_letter(struct sqlite_apply *apply, struct sqlite_job *job)
{
    if (job->kind == JOB_ADD_DEAD_LETTER)
        return add(apply, &job->dead_letter);
    if (job->kind == JOB_RETRY_DEAD_LETTER)
        return retry(apply, job);
    return change(apply,
                  job->kind == JOB_FAIL_DEAD_LETTER ? SQL_FAIL_DEAD_LETTER : SQL_DROP_DEAD_LETTER,
                  job);
}
