/* What an error of the server means for those who wait for an answer.
 *
 * SQLSTATEs: PostgreSQL's documentation, appendix A. Only an error's primary message is ever kept:
 * its detail may quote a row, and with it an order's notes. */
#ifndef STORE_POSTGRES_FAILURE_H
#define STORE_POSTGRES_FAILURE_H

#include "base/status.h"

#include <libpq-fe.h>
#include <stdbool.h>

enum pg_blame {
    PG_BLAME_NOBODY,     /* no error */
    PG_BLAME_ROW,        /* something in the transaction is at fault: its neighbours are not */
    PG_BLAME_SERVER,     /* the server cannot now; nothing has happened */
    PG_BLAME_CONNECTION, /* the connection is gone or no use; what has happened is not known */
    PG_BLAME_SESSION,    /* this connection cannot do it, a new one may; nothing has happened */
};

struct pg_failure {
    enum pg_blame blame;
    char state[6];       /* the SQLSTATE, or "" */
    char constraint[64]; /* that was violated, or "" */
    char text[256];
};

/* All zero (nobody) unless the result is an error. */
void pg_failure_read(const PGresult *result, struct pg_failure *failure);

/* Somebody else has held a lock for too long. */
bool pg_failure_is_lock(const struct pg_failure *failure);

/* What a lone call is answered that failed so. `where` is "" or a JSON pointer. */
enum status pg_failure_status(const struct pg_failure *failure, const char **where,
                              const char **why);

#endif
