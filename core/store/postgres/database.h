/* What a database must be before it is used: a server that can do what is needed, the schema that
 * this program knows, an epoch. For threads that may wait. */
#ifndef STORE_POSTGRES_DATABASE_H
#define STORE_POSTGRES_DATABASE_H

#include "base/uuid.h"
#include "store/postgres/connect.h"

struct pg_migration {
    const char *name; /* "0001_orders.sql" */
    const char *sql;
};

/* Migration i brings a schema of version i to i + 1 (meta, 'schema'). */
extern const struct pg_migration pg_migrations[];
extern const int pg_migration_count;

/* Checks the server, applies what is missing and reads the epoch. Several processes may do so at
 * once: an advisory lock lets them through one after the other. STATUS_REFUSED: the server is too
 * old, does not sync, or is behind a pooler that gives each transaction another connection; a
 * schema that is newer; no right to bring an older one up to date. *found is the version of the
 * schema before. */
MUST_CHECK enum status pg_database_prepare(const struct pg_url *url, int interrupt, int connect_ms,
                                           int *found, char epoch[UUID_TEXT_SIZE],
                                           struct fault *fault);

/* Settings of a connection, and every statement prepared. `deadline_ms` bounds each statement. */
MUST_CHECK enum status pg_session_prepare(PGconn *conn, int interrupt, int deadline_ms,
                                          struct fault *fault);
/* Settings of the connection that holds the lead: the server ends it when it is silent for
 * `lease_ms`, and with it the lock. */
MUST_CHECK enum status pg_lead_prepare(PGconn *conn, int interrupt, int lease_ms,
                                       struct fault *fault);

#endif
