/* What PostgreSQL does for one of the store's statements: its plan, and what came of it. */
#ifndef UNIT_STORE_POSTGRES_PLAN_H
#define UNIT_STORE_POSTGRES_PLAN_H

#include "store/postgres/statements.h"

#include <libpq-fe.h>
#include <stdint.h>

/* The tables that grow without end. */
enum plan_table {
    PLAN_ORDERS,
    PLAN_ITEMS,
    PLAN_EVENTS,
    PLAN_KEYS,
    PLAN_INBOX,
    PLAN_INBOUND,
    PLAN_LETTERS,
};
enum { PLAN_TABLES = PLAN_LETTERS + 1 };

struct plan {
    int64_t read[PLAN_TABLES]; /* rows looked at, those that were passed over included */
    int64_t sorted;            /* the most rows that one node sorted */
    int64_t blocks;            /* found in the cache or not */
};

/* A session as the service has it, with every statement prepared. PQfinish ends it. */
PGconn *plan_session(const char *url);

/* Fails the test when the plan reads one of these tables as a whole, or a whole index of it. */
void plan_check(PGconn *conn, enum pg_statement statement);

/* The same, and runs it. `arguments` is SQL that answers a text: "('...', 21)". `end` is COMMIT or
 * ROLLBACK. */
struct plan plan_run(PGconn *conn, enum pg_statement statement, const char *arguments,
                     const char *end);

/* Fails the test, with what was run last, unless least <= number <= most. */
void plan_bound(const char *what, int64_t number, int64_t least, int64_t most);

/* The first column of the first row; static memory until the next call. */
const char *plan_ask(PGconn *conn, const char *sql);

#endif
