/* Reading dead letters. */
#include "base/memory.h"
#include "store/sqlite/repository.h"

#include <stdlib.h>

/* The columns of every statement that reads dead letters. */
enum {
    COLUMN_ID,
    COLUMN_RECEIVED_AT,
    COLUMN_RETRYING,
    COLUMN_SOURCE,
    COLUMN_TOPIC,
    COLUMN_EVENT_ID,
    COLUMN_ABOUT,
    COLUMN_REASON,
    COLUMN_ATTEMPTS,
    COLUMN_PAYLOAD, /* null in a list */
};

struct letters {
    struct stored_dead_letter *rows;
    size_t count, room;
    struct sqlite_keep texts;
};

static void add(struct letters *letters, const struct sqlite_call *call)
{
    struct stored_dead_letter *row;
    struct dead_letter *letter;

    if (letters->count == letters->room) {
        letters->room = letters->room * 2 + 8;
        letters->rows = memory_resize(letters->rows, letters->room * sizeof(*row));
    }
    row = &letters->rows[letters->count++];
    row->id = sqlite3_column_int64(call->statement, COLUMN_ID);
    row->received_at = sqlite3_column_int64(call->statement, COLUMN_RECEIVED_AT);
    row->retrying = sqlite3_column_int(call->statement, COLUMN_RETRYING) != 0;
    letter = &row->letter;
    *letter = (struct dead_letter){
        .source = sqlite_keep_string(&letters->texts, call, COLUMN_SOURCE),
        .topic = sqlite_keep_string(&letters->texts, call, COLUMN_TOPIC),
        .event_id = sqlite_keep_string(&letters->texts, call, COLUMN_EVENT_ID),
        .about = sqlite_keep_string(&letters->texts, call, COLUMN_ABOUT),
        .reason = sqlite_keep_string(&letters->texts, call, COLUMN_REASON),
        .attempts = sqlite3_column_int(call->statement, COLUMN_ATTEMPTS),
    };
    letter->payload =
        sqlite_keep_blob(&letters->texts, call, COLUMN_PAYLOAD, &letter->payload_length);
}

/* Ends the call. */
static enum status read_all(struct sqlite_repository *self, struct sqlite_call *call,
                            struct letters *letters, struct fault *fault)
{
    int code;

    while (sqlite_call_row(call))
        add(letters, call);
    code = sqlite_call_end(call);
    if (code != SQLITE_OK)
        return sqlite_fault(&self->connection, code, "reading dead letters", fault);
    return STATUS_OK;
}

static void answer(repository_dead_letters *listed, void *arg, struct letters *letters,
                   const struct fault *fault)
{
    size_t count = fault->status == STATUS_OK ? letters->count : 0;

    listed(arg, fault->status, letters->rows, count, fault);
    sqlite_keep_release(&letters->texts);
    free(letters->rows);
}

static enum sqlite_statement statement_of(const struct dead_letter_query *query)
{
    if (query->retrying)
        return SQL_LIST_RETRYING;
    return query->source == NULL ? SQL_LIST_DEAD_LETTERS : SQL_LIST_DEAD_LETTERS_OF;
}

void sqlite_read_letters(struct repository *repository, const struct dead_letter_query *query,
                         repository_dead_letters *listed, void *arg)
{
    struct sqlite_repository *self = (struct sqlite_repository *)repository;
    enum sqlite_statement statement = statement_of(query);
    struct sqlite_call call = sqlite_call(&self->connection, statement);
    struct letters letters = {.rows = NULL};
    struct fault fault = {0};

    sqlite_bind_number(&call, query->after);
    sqlite_bind_number(&call, (int64_t)query->limit);
    if (statement != SQL_LIST_DEAD_LETTERS)
        sqlite_bind_string(&call, query->source);
    fault.status = read_all(self, &call, &letters, &fault);
    answer(listed, arg, &letters, &fault);
}

void sqlite_read_letter(struct repository *repository, int64_t id, repository_dead_letters *got,
                        void *arg)
{
    struct sqlite_repository *self = (struct sqlite_repository *)repository;
    struct sqlite_call call = sqlite_call(&self->connection, SQL_READ_DEAD_LETTER);
    struct letters letters = {.rows = NULL};
    struct fault fault = {0};

    sqlite_bind_number(&call, id);
    fault.status = read_all(self, &call, &letters, &fault);
    if (fault.status == STATUS_OK && letters.count == 0)
        (void)fault_set(&fault, STATUS_NOT_FOUND, NULL, "there is no such dead letter");
    answer(got, arg, &letters, &fault);
}
