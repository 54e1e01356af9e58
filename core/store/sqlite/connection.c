/* Opening and closing SQLite connections, and reading SQLite's result codes. */
#include "store/sqlite/connection.h"

#include "base/log.h"

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>

/* Connections are never shared, so SQLite needs no locks around them nor global memory counters.
 * Refused when this process has used SQLite before us; then it only runs a little slower. */
static void configure_library(void)
{
    if (sqlite3_config(SQLITE_CONFIG_MULTITHREAD) != SQLITE_OK ||
        sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK)
        log_debug("sqlite was configured before");
}

static const char *pragmas(enum sqlite_access access)
{
    /* cache_size is a cap in KiB. The writer checkpoints by itself, after it has answered. */
    if (access == SQLITE_READER)
        return "PRAGMA query_only = 1; PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY;";
    return "PRAGMA synchronous = FULL; PRAGMA foreign_keys = 1; PRAGMA wal_autocheckpoint = 0; "
           "PRAGMA journal_size_limit = 67108864;"
           "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;";
}

enum status sqlite_connection_open(const char *path, enum sqlite_access access, int busy_ms,
                                   struct sqlite_connection *connection, struct fault *fault)
{
    static pthread_once_t configured = PTHREAD_ONCE_INIT;
    int flags = SQLITE_OPEN_NOMUTEX |
                (access == SQLITE_READER ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);
    int code;
    enum status status;

    pthread_once(&configured, configure_library);
    *connection = (struct sqlite_connection){0};
    code = sqlite3_open_v2(path, &connection->db, flags, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_extended_result_codes(connection->db, 1);
    if (code == SQLITE_OK)
        code = sqlite3_busy_timeout(connection->db, busy_ms);
    if (code != SQLITE_OK)
        status = sqlite_fault(connection, code, "opening the database", fault);
    else
        status = sqlite_connection_run(connection, pragmas(access), fault);
    if (status != STATUS_OK)
        sqlite_connection_close(connection);
    return status;
}

void sqlite_connection_close(struct sqlite_connection *connection)
{
    for (int i = 0; i < SQLITE_STATEMENT_COUNT; i++)
        sqlite3_finalize(connection->prepared[i]);
    /* Fails only while statements live, and none do. */
    if (sqlite3_close(connection->db) != SQLITE_OK)
        log_error("sqlite connection left open");
    *connection = (struct sqlite_connection){0};
}

enum status sqlite_connection_run(struct sqlite_connection *connection, const char *sql,
                                  struct fault *fault)
{
    int code = sqlite3_exec(connection->db, sql, NULL, NULL, NULL);

    return code == SQLITE_OK ? STATUS_OK : sqlite_fault(connection, code, "running SQL", fault);
}

/* Prepares and steps to the one row that must be there; the caller finalizes. */
static enum status first_row(struct sqlite_connection *connection, const char *sql,
                             sqlite3_stmt **statement, struct fault *fault)
{
    int code = sqlite3_prepare_v2(connection->db, sql, -1, statement, NULL);

    if (code == SQLITE_OK)
        code = sqlite3_step(*statement);
    if (code != SQLITE_ROW)
        return sqlite_fault(connection, code, "reading the database", fault);
    return STATUS_OK;
}

enum status sqlite_connection_number(struct sqlite_connection *connection, const char *sql,
                                     int64_t *number, struct fault *fault)
{
    sqlite3_stmt *statement = NULL;
    enum status status = first_row(connection, sql, &statement, fault);

    if (status == STATUS_OK)
        *number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

enum status sqlite_connection_text(struct sqlite_connection *connection, const char *sql,
                                   char *text, size_t size, struct fault *fault)
{
    sqlite3_stmt *statement = NULL;
    enum status status = first_row(connection, sql, &statement, fault);

    if (status == STATUS_OK) {
        const unsigned char *found = sqlite3_column_text(statement, 0);
        snprintf(text, size, "%s", found == NULL ? "" : (const char *)found);
    }
    sqlite3_finalize(statement);
    return status;
}

enum status sqlite_status(int code)
{
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return STATUS_OK;
    case SQLITE_CONSTRAINT:
    case SQLITE_ERROR:
    case SQLITE_INTERNAL:
    case SQLITE_MISMATCH:
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
    case SQLITE_SCHEMA:
    case SQLITE_TOOBIG: return STATUS_INTERNAL;
    default: return STATUS_UNAVAILABLE;
    }
}

enum status sqlite_fault(const struct sqlite_connection *connection, int code, const char *doing,
                         struct fault *fault)
{
    enum status status = sqlite_status(code);

    /* A row where none may be, or none where one must be. */
    if (status == STATUS_OK)
        status = STATUS_INTERNAL;
    log_error("sqlite failed", LOG_TEXT("doing", doing), LOG_INT("code", code),
              LOG_TEXT("reason", connection->db == NULL ? sqlite3_errstr(code)
                                                        : sqlite3_errmsg(connection->db)));
    return fault_set(fault, status, NULL, "%s: %s", doing, sqlite3_errstr(code));
}
