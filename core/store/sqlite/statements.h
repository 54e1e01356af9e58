/* Every SQL statement that runs while the store is open, prepared once for each connection, and
 * the call: binding, stepping and resetting one of them with the first error kept. */
#ifndef STORE_SQLITE_STATEMENTS_H
#define STORE_SQLITE_STATEMENTS_H

#include "base/uuid.h"

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sqlite_connection;

enum sqlite_statement {
    /* the writer's */
    SQL_BEGIN,
    SQL_COMMIT,
    SQL_ROLLBACK,
    SQL_SAVEPOINT,
    SQL_UNDO_SAVEPOINT,
    SQL_RELEASE_SAVEPOINT,
    SQL_INSERT_ORDER,
    SQL_UPDATE_ORDER,
    SQL_INSERT_ITEM,
    SQL_DELETE_ITEMS,
    SQL_INSERT_EVENT,
    SQL_WRITE_HEAD,
    SQL_INBOX_SEEN,
    SQL_INSERT_INBOX,
    SQL_PUT_INBOUND,
    SQL_HANDLE_INBOUND,
    SQL_INSERT_DEAD_LETTER,
    SQL_RETRY_DEAD_LETTER,
    SQL_FAIL_DEAD_LETTER,
    SQL_DROP_DEAD_LETTER,
    SQL_KEY_SEEN,
    SQL_WRITE_KEY,
    SQL_WRITE_CURSOR,
    SQL_COUNT_CURSORS,
    SQL_INSERT_CURSOR,
    SQL_DELETE_CURSOR,
    SQL_PRUNE_EVENTS,
    SQL_PRUNE_INBOUND,
    SQL_PRUNE_INBOX,
    SQL_PRUNE_DEAD_LETTERS,
    SQL_PRUNE_KEYS,
    SQL_TOUCH_HEALTH,
    /* readers' (the writer uses SQL_READ_HEADS, SQL_READ_FLOOR and SQL_READ_CURSOR, too) */
    SQL_READ_ORDER,
    SQL_READ_ITEMS,
    SQL_LIST_ALL,
    SQL_LIST_BY_USER,
    SQL_LIST_BY_STATUS,
    SQL_LIST_BY_USER_AND_STATUS,
    SQL_READ_EVENTS,
    SQL_READ_HEADS,
    SQL_READ_FLOOR,
    SQL_READ_ENDS,
    SQL_FIND_TIME,
    SQL_READ_CURSOR,
    SQL_LIST_CURSORS,
    SQL_READ_PENDING,
    SQL_READ_DEAD_LETTER,
    SQL_LIST_DEAD_LETTERS,
    SQL_LIST_DEAD_LETTERS_OF,
    SQL_LIST_RETRYING,
    SQL_READ_KEY,
};
enum { SQLITE_STATEMENT_COUNT = SQL_READ_KEY + 1 };

/* The text, for tests that ask for its query plan. Static memory. */
const char *sqlite_statement_text(enum sqlite_statement statement);

/* One use of a statement. Parameters are bound in order; bytes are lent until sqlite_call_end. */
struct sqlite_call {
    sqlite3_stmt *statement;
    int bound;
    int code; /* SQLITE_OK, or the first error: nothing happens after it */
};

struct sqlite_call sqlite_call(struct sqlite_connection *connection,
                               enum sqlite_statement statement);
void sqlite_bind_number(struct sqlite_call *call, int64_t number);
void sqlite_bind_uuid(struct sqlite_call *call, const struct uuid *uuid);
void sqlite_bind_text(struct sqlite_call *call, const char *text, size_t length); /* NULL: null */
void sqlite_bind_string(struct sqlite_call *call, const char *text);              /* NULL: null */
void sqlite_bind_blob(struct sqlite_call *call, const char *bytes, size_t length);
void sqlite_bind_null(struct sqlite_call *call);
void sqlite_bind_time(struct sqlite_call *call, int64_t wall_ms); /* 0: null */

/* The next row: true, its columns can be read. False at the end or after an error: see code. */
bool sqlite_call_row(struct sqlite_call *call);
/* Frees the statement for its next use. Returns the call's code. */
int sqlite_call_end(struct sqlite_call *call);
/* Runs a statement without rows to its end. Returns the code. */
int sqlite_call_run(struct sqlite_call *call);

/* False unless the column holds 16 bytes. */
bool sqlite_column_uuid(const struct sqlite_call *call, int column, struct uuid *uuid);
/* NULL for null; lent until the next row. */
const char *sqlite_column_string(const struct sqlite_call *call, int column, size_t *length);

#endif
