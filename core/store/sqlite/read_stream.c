/* Reading what is known of the stream: its floor, its head, where a time begins, and how far named
 * readers have come. */
#include "base/memory.h"
#include "store/sqlite/repository.h"

#include <stdio.h>
#include <stdlib.h>

int sqlite_read_floor(struct sqlite_connection *connection, int64_t *floor)
{
    struct sqlite_call call = sqlite_call(connection, SQL_READ_FLOOR);

    if (sqlite_call_row(&call))
        *floor = sqlite3_column_int64(call.statement, 0);
    return sqlite_call_end(&call);
}

/* ---- ends ---- */

enum { TOPICS_LIMIT = 64, TOPIC_SIZE = 128 };

/* The columns of SQL_READ_ENDS. */
enum { ENDS_TOPIC, ENDS_POSITION, ENDS_FLOOR };

struct heads {
    struct topic_head topics[TOPICS_LIMIT];
    char names[TOPICS_LIMIT][TOPIC_SIZE];
    size_t count;
    int64_t last, floor;
};

static void add_head(struct heads *heads, const struct sqlite_call *call)
{
    int64_t number = sqlite3_column_int64(call->statement, ENDS_POSITION);
    struct topic_head *topic = &heads->topics[heads->count];
    size_t length;
    const char *name = sqlite_column_string(call, ENDS_TOPIC, &length);

    snprintf(heads->names[heads->count], TOPIC_SIZE, "%s", name == NULL ? "" : name);
    topic->topic = heads->names[heads->count++];
    sqlite_position_write(number, &topic->position);
    if (number > heads->last)
        heads->last = number;
    heads->floor = sqlite3_column_int64(call->statement, ENDS_FLOOR);
}

void sqlite_read_ends(struct repository *repository, repository_ends *read, void *arg)
{
    struct sqlite_repository *self = (struct sqlite_repository *)repository;
    struct sqlite_call call = sqlite_call(&self->connection, SQL_READ_ENDS);
    struct heads heads = {.count = 0};
    struct stream_ends ends = {.topics = heads.topics};
    struct fault fault = {0};
    enum status status = STATUS_OK;
    int code;

    while (heads.count < TOPICS_LIMIT && sqlite_call_row(&call))
        add_head(&heads, &call);
    code = sqlite_call_end(&call);
    if (code != SQLITE_OK)
        status = sqlite_fault(&self->connection, code, "reading the heads", &fault);
    sqlite_position_write(heads.floor, &ends.floor);
    sqlite_position_write(heads.last, &ends.head);
    ends.topic_count = heads.count;
    read(arg, status, &ends, &fault);
}

/* ---- times ---- */

/* Events do not lie in the order of their times, so halving finds any place where one from before
 * the time is followed by one that is not. With the time put earlier by the longest delay that will
 * do: what stands before that event was committed before it, so no later than the delay after it
 * happened, and that is before the time that was asked for. */
void sqlite_read_find_time(struct repository *repository, int64_t time, repository_position *found,
                           void *arg)
{
    struct sqlite_repository *self = (struct sqlite_repository *)repository;
    struct sqlite_call call = sqlite_call(&self->connection, SQL_FIND_TIME);
    struct position position = {{0}};
    struct fault fault = {0};
    enum status status = STATUS_OK;
    int code;

    sqlite_bind_number(&call, time < INT64_MIN + EVENT_DELAY_MS ? time : time - EVENT_DELAY_MS);
    if (sqlite_call_row(&call))
        sqlite_position_write(sqlite3_column_int64(call.statement, 0), &position);
    code = sqlite_call_end(&call);
    if (code != SQLITE_OK)
        status = sqlite_fault(&self->connection, code, "looking for a time", &fault);
    found(arg, status, &position, &fault);
}

/* ---- cursors ---- */

void sqlite_read_cursor(struct repository *repository, const char *name, repository_position *read,
                        void *arg)
{
    struct sqlite_repository *self = (struct sqlite_repository *)repository;
    struct sqlite_call call = sqlite_call(&self->connection, SQL_READ_CURSOR);
    struct position position = {{0}};
    struct fault fault = {0};
    enum status status = STATUS_OK;
    int code;

    sqlite_bind_string(&call, name);
    if (sqlite_call_row(&call))
        sqlite_position_write(sqlite3_column_int64(call.statement, 0), &position);
    else
        status = fault_set(&fault, STATUS_NOT_FOUND, NULL, "there is no cursor of this name");
    code = sqlite_call_end(&call);
    if (code != SQLITE_OK)
        status = sqlite_fault(&self->connection, code, "reading a cursor", &fault);
    read(arg, status, &position, &fault);
}

/* The columns of SQL_LIST_CURSORS. */
enum { CURSOR_NAME, CURSOR_POSITION, CURSOR_UPDATED_AT, CURSOR_LAG };

struct cursors {
    struct stored_cursor *rows;
    size_t count, room;
    struct sqlite_keep names;
};

static void add_cursor(struct cursors *cursors, const struct sqlite_call *call)
{
    int64_t lag = sqlite3_column_int64(call->statement, CURSOR_LAG);
    struct stored_cursor *row;
    size_t length;
    const char *name = sqlite_column_string(call, CURSOR_NAME, &length);

    if (cursors->count == cursors->room) {
        cursors->room = cursors->room * 2 + 8;
        cursors->rows = memory_resize(cursors->rows, cursors->room * sizeof(*row));
    }
    row = &cursors->rows[cursors->count++];
    row->name = sqlite_keep_text(&cursors->names, name == NULL ? "" : name, length);
    sqlite_position_write(sqlite3_column_int64(call->statement, CURSOR_POSITION), &row->position);
    row->updated_at = sqlite3_column_int64(call->statement, CURSOR_UPDATED_AT);
    if (lag < 0)
        lag = 0; /* written behind the head */
    row->lag = (uint64_t)(lag < CURSOR_LAG_LIMIT ? lag : CURSOR_LAG_LIMIT);
}

void sqlite_read_cursors(struct repository *repository, repository_cursors *listed, void *arg)
{
    struct sqlite_repository *self = (struct sqlite_repository *)repository;
    struct sqlite_call call = sqlite_call(&self->connection, SQL_LIST_CURSORS);
    struct cursors cursors = {.rows = NULL};
    struct fault fault = {0};
    enum status status = STATUS_OK;
    int code;

    while (sqlite_call_row(&call))
        add_cursor(&cursors, &call);
    code = sqlite_call_end(&call);
    if (code != SQLITE_OK)
        status = sqlite_fault(&self->connection, code, "reading the cursors", &fault);
    listed(arg, status, cursors.rows, status == STATUS_OK ? cursors.count : 0, &fault);
    sqlite_keep_release(&cursors.names);
    free(cursors.rows);
}
