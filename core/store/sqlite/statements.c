/* The text of every statement, their preparation, and the binding of parameters. */
#include "store/sqlite/statements.h"

#include "store/sqlite/connection.h"

#include <string.h>

#define ORDER_COLUMNS                                                                              \
    "order_id, user_id, status, currency, total_amount, notes, reason, version, created_at,"       \
    " updated_at, completed_at"

/* The bounds stand in for the cursor and for the range of creation times alike. */
#define NEWEST_FIRST "order_id BETWEEN ? AND ? ORDER BY order_id DESC"

/* The position of the last event that was removed: they go from the first on, and leave no gaps. */
#define FLOOR                                                                                      \
    "coalesce((SELECT min(position) FROM events) - 1, (SELECT max(position) FROM heads), 0)"

#define LETTERS(payload, index)                                                                    \
    "SELECT dead_letter_id, received_at, retrying, source, topic, event_id, about, reason,"        \
    " attempts, " payload " FROM dead_letters" index " WHERE "
#define LETTER(payload) LETTERS(payload, "")

/* A position behind all that are given out. */
#define NEVER "9223372036854775807"

static const char *const texts[SQLITE_STATEMENT_COUNT] = {
    [SQL_BEGIN] = "BEGIN IMMEDIATE",
    [SQL_COMMIT] = "COMMIT",
    [SQL_ROLLBACK] = "ROLLBACK",
    [SQL_SAVEPOINT] = "SAVEPOINT one",
    [SQL_UNDO_SAVEPOINT] = "ROLLBACK TO one",
    [SQL_RELEASE_SAVEPOINT] = "RELEASE one",
    [SQL_INSERT_ORDER] = "INSERT INTO orders (" ORDER_COLUMNS ")"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                         " ON CONFLICT (order_id) DO NOTHING",
    [SQL_UPDATE_ORDER] = "UPDATE orders SET status = ?, total_amount = ?, notes = ?, reason = ?,"
                         " version = ?, updated_at = ?, completed_at = ?"
                         " WHERE order_id = ? AND version = ?",
    [SQL_INSERT_ITEM] = "INSERT INTO order_items (order_id, line, product_id, quantity, price)"
                        " VALUES (?, ?, ?, ?, ?)",
    [SQL_DELETE_ITEMS] = "DELETE FROM order_items WHERE order_id = ?",
    [SQL_INSERT_EVENT] = "INSERT INTO events (position, previous, event_id, order_id, topic, type,"
                         " occurred_at, traceparent, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_WRITE_HEAD] = "INSERT INTO heads (topic, position) VALUES (?, ?)"
                       " ON CONFLICT (topic) DO UPDATE SET position = excluded.position",
    [SQL_INBOX_SEEN] = "SELECT 1 FROM inbox WHERE inbox_id = ?",
    [SQL_INSERT_INBOX] = "INSERT INTO inbox (inbox_id, received_at) VALUES (?, ?)",
    [SQL_PUT_INBOUND] = "INSERT INTO inbound (event_id, topic, about, payload, received_at)"
                        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (event_id) DO NOTHING",
    [SQL_HANDLE_INBOUND] = "UPDATE inbound SET handled_at = ?, payload = x''"
                           " WHERE event_id = ? AND handled_at IS NULL",
    [SQL_INSERT_DEAD_LETTER] = "INSERT INTO dead_letters (source, topic, event_id, about, reason,"
                               " attempts, payload, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [SQL_RETRY_DEAD_LETTER] = "UPDATE dead_letters SET retrying = 1 WHERE dead_letter_id = ?",
    [SQL_FAIL_DEAD_LETTER] = "UPDATE dead_letters SET retrying = 0, attempts = attempts + 1,"
                             " reason = ?2 WHERE dead_letter_id = ?1",
    [SQL_DROP_DEAD_LETTER] = "DELETE FROM dead_letters WHERE dead_letter_id = ?",
    [SQL_WRITE_CURSOR] = "INSERT INTO cursors (name, position, updated_at) VALUES (?, ?, ?)"
                         " ON CONFLICT (name) DO UPDATE SET position = excluded.position,"
                         " updated_at = excluded.updated_at",
    [SQL_COUNT_CURSORS] = "SELECT count(*) FROM cursors",
    [SQL_INSERT_CURSOR] = "INSERT INTO cursors (name, position, updated_at) VALUES (?, ?, ?)",
    [SQL_DELETE_CURSOR] = "DELETE FROM cursors WHERE name = ?",
    [SQL_KEY_SEEN] = "SELECT 1 FROM idempotency_keys WHERE user_id = ? AND key = ?"
                     " AND created_at >= ?",
    [SQL_WRITE_KEY] = "INSERT INTO idempotency_keys (user_id, key, request_hash, answer,"
                      " created_at) VALUES (?, ?, ?, ?, ?)"
                      " ON CONFLICT (user_id, key) DO UPDATE SET"
                      " request_hash = excluded.request_hash, answer = excluded.answer,"
                      " created_at = excluded.created_at",
    /* Up to the least cursor and the first that is too young; looks at the oldest rows only. */
    [SQL_PRUNE_EVENTS] = "DELETE FROM events WHERE position IN (SELECT position FROM events"
                         " WHERE position <= (SELECT coalesce(min(position), " NEVER ") FROM"
                         " cursors) AND position < (SELECT coalesce(min(position), " NEVER ")"
                         " FROM (SELECT position, occurred_at FROM events ORDER BY position"
                         " LIMIT ?1) WHERE occurred_at >= ?2) ORDER BY position LIMIT ?1)",
    [SQL_PRUNE_INBOUND] = "DELETE FROM inbound WHERE number IN (SELECT number FROM inbound"
                          " WHERE handled_at < ? ORDER BY handled_at LIMIT ?)",
    /* A message that waits may have had its effect already: what was remembered since the first of
     * them came stays (an hour's grace, for clocks are set back). */
    [SQL_PRUNE_INBOX] = "DELETE FROM inbox WHERE inbox_id IN (SELECT inbox_id FROM inbox"
                        " WHERE received_at < min(?1, coalesce((SELECT received_at - 3600000"
                        " FROM inbound INDEXED BY inbound_pending WHERE handled_at IS NULL"
                        " ORDER BY number LIMIT 1), ?1)) ORDER BY received_at LIMIT ?2)",
    [SQL_PRUNE_DEAD_LETTERS] = "DELETE FROM dead_letters WHERE dead_letter_id IN"
                               " (SELECT dead_letter_id FROM dead_letters WHERE received_at < ?"
                               " AND retrying = 0 ORDER BY received_at LIMIT ?)",
    [SQL_PRUNE_KEYS] = "DELETE FROM idempotency_keys WHERE rowid IN (SELECT rowid FROM"
                       " idempotency_keys WHERE created_at < ? ORDER BY created_at LIMIT ?)",
    [SQL_TOUCH_HEALTH] = "UPDATE health SET checked_at = ? WHERE only = 1",
    [SQL_READ_ORDER] = "SELECT " ORDER_COLUMNS " FROM orders WHERE order_id = ?",
    [SQL_READ_ITEMS] = "SELECT product_id, quantity, price FROM order_items WHERE order_id = ?"
                       " ORDER BY line",
    [SQL_LIST_ALL] = "SELECT " ORDER_COLUMNS " FROM orders WHERE " NEWEST_FIRST,
    [SQL_LIST_BY_USER] = "SELECT " ORDER_COLUMNS " FROM orders WHERE user_id = ? AND " NEWEST_FIRST,
    [SQL_LIST_BY_STATUS] =
        "SELECT " ORDER_COLUMNS " FROM orders WHERE status = ? AND " NEWEST_FIRST,
    [SQL_LIST_BY_USER_AND_STATUS] =
        "SELECT " ORDER_COLUMNS " FROM orders WHERE user_id = ? AND status = ? AND " NEWEST_FIRST,
    [SQL_READ_EVENTS] = "SELECT position, previous, event_id, order_id, topic, type, occurred_at,"
                        " traceparent, data FROM events WHERE position > ? ORDER BY position"
                        " LIMIT ?",
    [SQL_READ_HEADS] = "SELECT topic, position FROM heads ORDER BY topic",
    [SQL_READ_FLOOR] = "SELECT " FLOOR,
    [SQL_READ_ENDS] = "SELECT topic, position, " FLOOR " FROM heads ORDER BY topic",
    /* Halves what lies between `low`, which happened before the time or is no event, and `high`,
     * which did not. No row without events. */
    [SQL_FIND_TIME] = "WITH RECURSIVE search (low, high) AS ("
                      "SELECT (SELECT min(position) FROM events) - 1,"
                      " (SELECT max(position) FROM events) + 1"
                      " UNION ALL SELECT iif(occurred_at < ?1, position, low),"
                      " iif(occurred_at < ?1, high, (low + high) / 2)"
                      " FROM search LEFT JOIN events ON position = (low + high) / 2"
                      " WHERE high - low > 1)"
                      " SELECT low FROM search WHERE high - low <= 1"
                      " AND low >= (SELECT min(position) FROM events)",
    [SQL_READ_CURSOR] = "SELECT position FROM cursors WHERE name = ?",
    /* Positions leave no gaps, so their difference is a number of events. */
    [SQL_LIST_CURSORS] = "SELECT name, position, updated_at, (SELECT max(position) FROM heads)"
                         " - max(position, (SELECT " FLOOR ")) FROM cursors ORDER BY name",
    [SQL_READ_PENDING] = "SELECT number, received_at, event_id, topic, about, payload"
                         " FROM inbound INDEXED BY inbound_pending WHERE handled_at IS NULL"
                         " ORDER BY number LIMIT ?",
    [SQL_READ_DEAD_LETTER] = LETTER("payload") "dead_letter_id = ?",
    [SQL_LIST_DEAD_LETTERS] = LETTER("NULL") "dead_letter_id > ? ORDER BY dead_letter_id LIMIT ?",
    [SQL_LIST_DEAD_LETTERS_OF] =
        LETTER("NULL") "dead_letter_id > ? AND source = ?3 ORDER BY dead_letter_id LIMIT ?2",
    [SQL_LIST_RETRYING] = LETTERS(
        "payload", " INDEXED BY dead_letters_retrying") "retrying = 1 AND dead_letter_id > ?"
                                                        " AND (?3 IS NULL OR source = ?3) ORDER BY "
                                                        "dead_letter_id LIMIT ?2",
    [SQL_READ_KEY] = "SELECT request_hash, answer FROM idempotency_keys WHERE user_id = ?"
                     " AND key = ? AND created_at >= ?",
};

const char *sqlite_statement_text(enum sqlite_statement statement)
{
    return texts[statement];
}

struct sqlite_call sqlite_call(struct sqlite_connection *connection,
                               enum sqlite_statement statement)
{
    sqlite3_stmt **place = &connection->prepared[statement];
    struct sqlite_call call = {.code = SQLITE_OK};

    if (*place == NULL)
        call.code = sqlite3_prepare_v3(connection->db, texts[statement], -1,
                                       SQLITE_PREPARE_PERSISTENT, place, NULL);
    call.statement = *place;
    return call;
}

void sqlite_bind_number(struct sqlite_call *call, int64_t number)
{
    if (call->code == SQLITE_OK)
        call->code = sqlite3_bind_int64(call->statement, ++call->bound, number);
}

void sqlite_bind_uuid(struct sqlite_call *call, const struct uuid *uuid)
{
    if (call->code == SQLITE_OK)
        call->code = sqlite3_bind_blob(call->statement, ++call->bound, uuid->bytes,
                                       sizeof(uuid->bytes), SQLITE_STATIC);
}

void sqlite_bind_text(struct sqlite_call *call, const char *text, size_t length)
{
    if (call->code == SQLITE_OK)
        call->code = sqlite3_bind_text64(call->statement, ++call->bound, text, length,
                                         SQLITE_STATIC, SQLITE_UTF8);
}

void sqlite_bind_string(struct sqlite_call *call, const char *text)
{
    sqlite_bind_text(call, text, text == NULL ? 0 : strlen(text));
}

void sqlite_bind_blob(struct sqlite_call *call, const char *bytes, size_t length)
{
    /* A NULL pointer would bind null, and a payload of no bytes is not null. */
    if (call->code == SQLITE_OK)
        call->code = sqlite3_bind_blob64(call->statement, ++call->bound, length == 0 ? "" : bytes,
                                         length, SQLITE_STATIC);
}

void sqlite_bind_null(struct sqlite_call *call)
{
    if (call->code == SQLITE_OK)
        call->code = sqlite3_bind_null(call->statement, ++call->bound);
}

void sqlite_bind_time(struct sqlite_call *call, int64_t wall_ms)
{
    if (wall_ms == 0)
        sqlite_bind_null(call);
    else
        sqlite_bind_number(call, wall_ms);
}

bool sqlite_call_row(struct sqlite_call *call)
{
    int code;

    if (call->code != SQLITE_OK)
        return false;
    code = sqlite3_step(call->statement);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        call->code = code;
    return code == SQLITE_ROW;
}

int sqlite_call_end(struct sqlite_call *call)
{
    /* Repeats the error of the last step, which `code` holds already. */
    sqlite3_reset(call->statement);
    return call->code;
}

int sqlite_call_run(struct sqlite_call *call)
{
    (void)sqlite_call_row(call);
    return sqlite_call_end(call);
}

bool sqlite_column_uuid(const struct sqlite_call *call, int column, struct uuid *uuid)
{
    const void *bytes = sqlite3_column_blob(call->statement, column);

    if (bytes == NULL || sqlite3_column_bytes(call->statement, column) != (int)sizeof(uuid->bytes))
        return false;
    memcpy(uuid->bytes, bytes, sizeof(uuid->bytes));
    return true;
}

const char *sqlite_column_string(const struct sqlite_call *call, int column, size_t *length)
{
    const unsigned char *text = sqlite3_column_text(call->statement, column);

    *length = text == NULL ? 0 : (size_t)sqlite3_column_bytes(call->statement, column);
    return (const char *)text;
}
