/* One SQLite connection with its pragmas and its prepared statements, and what SQLite's result
 * codes mean to us. A connection belongs to one thread. */
#ifndef STORE_SQLITE_CONNECTION_H
#define STORE_SQLITE_CONNECTION_H

#include "base/status.h"
#include "store/sqlite/statements.h"

#include <sqlite3.h>

struct sqlite_connection {
    sqlite3 *db;
    sqlite3_stmt *prepared[SQLITE_STATEMENT_COUNT]; /* made when first used */
};

/* "ORDR": tells our files from other SQLite databases. */
enum { SQLITE_APPLICATION_ID = 0x4f524452 };

enum sqlite_access { SQLITE_READER, SQLITE_WRITER };

/* Opens an existing file. `busy_ms` is how long to wait for a lock that another process holds.
 * On failure the connection is closed. */
MUST_CHECK enum status sqlite_connection_open(const char *path, enum sqlite_access access,
                                              int busy_ms, struct sqlite_connection *connection,
                                              struct fault *fault);
void sqlite_connection_close(struct sqlite_connection *connection);

/* Runs SQL that has no result. */
MUST_CHECK enum status sqlite_connection_run(struct sqlite_connection *connection, const char *sql,
                                             struct fault *fault);

/* The first column of the first row as an integer. */
MUST_CHECK enum status sqlite_connection_number(struct sqlite_connection *connection,
                                                const char *sql, int64_t *number,
                                                struct fault *fault);

/* The first column of the first row as text, cut off to fit. */
MUST_CHECK enum status sqlite_connection_text(struct sqlite_connection *connection, const char *sql,
                                              char *text, size_t size, struct fault *fault);

/* A result code as a status: what the file, the disk or a lock forbids is STATUS_UNAVAILABLE,
 * what our own SQL got wrong is STATUS_INTERNAL. */
enum status sqlite_status(int code);

/* Fills the fault with the text of the code (never with data), logs it with SQLite's own words,
 * and gives its status. */
enum status sqlite_fault(const struct sqlite_connection *connection, int code, const char *doing,
                         struct fault *fault);

#endif
