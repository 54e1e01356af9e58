/* Reading what came in and waits to be handled. */
#include "base/memory.h"
#include "store/sqlite/repository.h"

#include <stdlib.h>

/* The columns of SQL_READ_PENDING. */
enum {
    COLUMN_NUMBER,
    COLUMN_RECEIVED_AT,
    COLUMN_EVENT_ID,
    COLUMN_TOPIC,
    COLUMN_ABOUT,
    COLUMN_PAYLOAD,
};

enum { PENDING_LIMIT = 4096 };

struct pending {
    struct stored_inbound *rows;
    size_t count, room;
    struct sqlite_keep texts;
};

static void add(struct pending *pending, const struct sqlite_call *call)
{
    struct stored_inbound *row;

    if (pending->count == pending->room) {
        pending->room = pending->room * 2 + 8;
        pending->rows = memory_resize(pending->rows, pending->room * sizeof(*row));
    }
    row = &pending->rows[pending->count++];
    row->number = sqlite3_column_int64(call->statement, COLUMN_NUMBER);
    row->received_at = sqlite3_column_int64(call->statement, COLUMN_RECEIVED_AT);
    row->message = (struct inbound){
        .event_id = sqlite_keep_string(&pending->texts, call, COLUMN_EVENT_ID),
        .topic = sqlite_keep_string(&pending->texts, call, COLUMN_TOPIC),
        .about = sqlite_keep_string(&pending->texts, call, COLUMN_ABOUT),
    };
    row->message.payload =
        sqlite_keep_blob(&pending->texts, call, COLUMN_PAYLOAD, &row->message.payload_length);
}

void sqlite_read_pending(struct repository *repository, size_t limit, repository_inbound *read,
                         void *arg)
{
    struct sqlite_repository *self = (struct sqlite_repository *)repository;
    struct sqlite_call call = sqlite_call(&self->connection, SQL_READ_PENDING);
    struct pending pending = {.rows = NULL};
    struct fault fault = {0};
    enum status status = STATUS_OK;
    int code;

    sqlite_bind_number(&call, (int64_t)(limit < PENDING_LIMIT ? limit : PENDING_LIMIT));
    while (sqlite_call_row(&call))
        add(&pending, &call);
    code = sqlite_call_end(&call);
    if (code != SQLITE_OK)
        status = sqlite_fault(&self->connection, code, "reading what came in", &fault);
    read(arg, status, pending.rows, status == STATUS_OK ? pending.count : 0, &fault);
    sqlite_keep_release(&pending.texts);
    free(pending.rows);
}
