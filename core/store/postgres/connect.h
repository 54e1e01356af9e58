/* Connecting, and running statements while waiting for them: what happens before a connection
 * belongs to an event loop. For threads that may wait, never for a worker. */
#ifndef STORE_POSTGRES_CONNECT_H
#define STORE_POSTGRES_CONNECT_H

#include "base/status.h"
#include "store/postgres/url.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>

/* How long to wait, and what ends it sooner. */
struct pg_patience {
    int interrupt;       /* a descriptor that becomes readable to end all waiting; -1: none */
    int64_t deadline_us; /* clock_monotonic_us */
};

struct pg_patience pg_patience(int interrupt, int milliseconds);

/* Tries each host in turn, `connect_ms` for one. STATUS_REFUSED: a server has answered, and asking
 * again will not help (password, database); STATUS_UNAVAILABLE: none could be reached. The fault
 * says for the last host why, and holds no secret. PQfinish ends the connection. */
MUST_CHECK enum status pg_connect(const struct pg_url *url, int interrupt, int connect_ms,
                                  PGconn **conn, struct fault *fault);

/* Runs one statement, or several without answers. On success *result is the last one's, and the
 * caller's to PQclear. Without arguments: `values` NULL. Text format. STATUS_REFUSED: the server
 * will not (a privilege, a syntax); STATUS_UNAVAILABLE: anything else. */
MUST_CHECK enum status pg_ask(PGconn *conn, const struct pg_patience *patience, const char *sql,
                              const char *const *values, int count, PGresult **result,
                              struct fault *fault);
/* The same, when there is no answer to look at. */
MUST_CHECK enum status pg_do(PGconn *conn, const struct pg_patience *patience, const char *sql,
                             struct fault *fault);
/* The first column of the first row; "" for null or no row. */
MUST_CHECK enum status pg_ask_text(PGconn *conn, const struct pg_patience *patience,
                                   const char *sql, char *text, size_t size, struct fault *fault);

/* Runs a COPY ... FROM STDIN and gives it the data. Fails as pg_ask does. */
MUST_CHECK enum status pg_copy(PGconn *conn, const struct pg_patience *patience, const char *sql,
                               const char *data, size_t size, struct fault *fault);

#endif
