/* Writing cursors: how far named readers have come. */
#include "store/sqlite/apply.h"
#include "store/sqlite/repository.h"

static int refuse_unknown(struct sqlite_job *job)
{
    return sqlite_apply_refuse(job, STATUS_NOT_FOUND, NULL, "there is no cursor of this name");
}

static int refuse_future(struct sqlite_job *job)
{
    return sqlite_apply_refuse(job, STATUS_INVALID, "/position",
                               "is no position of this stream yet");
}

static int write_row(struct sqlite_apply *apply, enum sqlite_statement statement, const char *name,
                     int64_t position)
{
    struct sqlite_call call = sqlite_call(apply->connection, statement);

    sqlite_bind_string(&call, name);
    sqlite_bind_number(&call, position);
    sqlite_bind_number(&call, apply->now_ms);
    return sqlite_call_run(&call);
}

/* Where it stands, or -1 when there is none. */
static int find(struct sqlite_apply *apply, const char *name, int64_t *position)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_READ_CURSOR);

    sqlite_bind_string(&call, name);
    *position = sqlite_call_row(&call) ? sqlite3_column_int64(call.statement, 0) : -1;
    return sqlite_call_end(&call);
}

static int count(struct sqlite_apply *apply, int64_t *cursors)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_COUNT_CURSORS);

    *cursors = sqlite_call_row(&call) ? sqlite3_column_int64(call.statement, 0) : 0;
    return sqlite_call_end(&call);
}

/* One that begins at the beginning stands at the floor, from where nothing goes any more, so that
 * it is never below. */
static int place(struct sqlite_apply *apply, struct sqlite_job *job)
{
    int64_t floor = 0, position = job->cursor.position;
    int code = sqlite_read_floor(apply->connection, &floor);

    if (code != SQLITE_OK)
        return code;
    if (position == 0)
        position = floor;
    if (position < floor)
        return sqlite_apply_refuse(job, STATUS_GONE, "/position",
                                   "events that came after this position have been removed");
    if (position > apply->heads->last)
        return refuse_future(job);
    return write_row(apply, SQL_INSERT_CURSOR, job->cursor.name, position);
}

static int create(struct sqlite_apply *apply, struct sqlite_job *job)
{
    int64_t position = -1, cursors = 0;
    int code = find(apply, job->cursor.name, &position);

    if (code == SQLITE_OK)
        code = count(apply, &cursors);
    if (code != SQLITE_OK)
        return code;
    if (position >= 0)
        return sqlite_apply_refuse(job, STATUS_DUPLICATE, "/cursor",
                                   "there is a cursor of this name");
    if (cursors >= CURSORS_LIMIT)
        return sqlite_apply_refuse(job, STATUS_LIMIT, NULL, "there are too many cursors");
    return place(apply, job);
}

static int ack(struct sqlite_apply *apply, struct sqlite_job *job)
{
    struct sqlite_job_cursor *cursor = &job->cursor;
    int code = find(apply, cursor->name, &cursor->stands);

    if (code != SQLITE_OK)
        return code;
    if (cursor->stands < 0)
        return refuse_unknown(job);
    if (cursor->position > apply->heads->last)
        return refuse_future(job);
    if (cursor->position <= cursor->stands)
        return SQLITE_OK;
    cursor->stands = cursor->position;
    return write_row(apply, SQL_WRITE_CURSOR, cursor->name, cursor->position);
}

static int remove_one(struct sqlite_apply *apply, struct sqlite_job *job)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_DELETE_CURSOR);
    int code;

    sqlite_bind_string(&call, job->cursor.name);
    code = sqlite_call_run(&call);
    if (code == SQLITE_OK && sqlite3_changes(apply->connection->db) == 0)
        return refuse_unknown(job);
    return code;
}

int sqlite_apply_cursor(struct sqlite_apply *apply, struct sqlite_job *job)
{
    if (job->kind == JOB_CREATE_CURSOR)
        return create(apply, job);
    if (job->kind == JOB_ACK_CURSOR)
        return ack(apply, job);
    if (job->kind == JOB_DELETE_CURSOR)
        return remove_one(apply, job);
    return write_row(apply, SQL_WRITE_CURSOR, job->cursor.name, job->cursor.position);
}
