/* Remembering what came in: that it came (`inbound`), and that it has had its effect (`inbox`). */
#include "store/sqlite/apply.h"

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

int sqlite_apply_handled(struct sqlite_apply *apply, const char *event_id, bool *handled)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_HANDLE_INBOUND);
    int code;

    sqlite_bind_number(&call, apply->now_ms);
    sqlite_bind_string(&call, event_id);
    code = sqlite_call_run(&call);
    *handled = code == SQLITE_OK && sqlite3_changes(apply->connection->db) > 0;
    return code;
}

static int add_inbox(struct sqlite_apply *apply, struct sqlite_job *job)
{
    bool seen;
    int code = sqlite_apply_inbox_seen(apply, job->event_id, &seen);

    if (code != SQLITE_OK)
        return code;
    if (seen)
        return sqlite_apply_refuse(job, STATUS_DUPLICATE, "/inbox_id",
                                   "this event has been seen before");
    return sqlite_apply_inbox(apply, job->event_id);
}

static int put(struct sqlite_apply *apply, struct sqlite_job *job)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_PUT_INBOUND);
    const struct inbound *message = &job->inbound;
    int code;

    sqlite_bind_string(&call, message->event_id);
    sqlite_bind_string(&call, message->topic);
    sqlite_bind_string(&call, message->about);
    sqlite_bind_blob(&call, message->payload, message->payload_length);
    sqlite_bind_number(&call, apply->now_ms);
    code = sqlite_call_run(&call);
    if (code == SQLITE_OK && sqlite3_changes(apply->connection->db) == 0)
        return sqlite_apply_refuse(job, STATUS_DUPLICATE, "/event_id",
                                   "this event has come before");
    apply->news = true;
    return code;
}

static int handle(struct sqlite_apply *apply, struct sqlite_job *job)
{
    bool handled;
    int code = sqlite_apply_handled(apply, job->event_id, &handled);

    if (code == SQLITE_OK && !handled)
        return sqlite_apply_refuse(job, STATUS_NOT_FOUND, "/event_id",
                                   "no such event waits to be handled");
    return code;
}

int sqlite_apply_inbound(struct sqlite_apply *apply, struct sqlite_job *job)
{
    if (job->kind == JOB_PUT_INBOUND)
        return put(apply, job);
    if (job->kind == JOB_HANDLE_INBOUND)
        return handle(apply, job);
    return add_inbox(apply, job);
}
