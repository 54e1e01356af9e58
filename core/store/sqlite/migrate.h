/* The schema: migrations that are embedded at build time and applied when the store opens. */
#ifndef STORE_SQLITE_MIGRATE_H
#define STORE_SQLITE_MIGRATE_H

#include "base/uuid.h"
#include "store/sqlite/connection.h"

struct sqlite_migration {
    const char *name; /* "0001_orders.sql" */
    const char *sql;
};

/* Migration i brings a schema of version i to i + 1 (user_version). */
extern const struct sqlite_migration sqlite_migrations[];
extern const int sqlite_migration_count;

/* The schema's version, 0 for a file without tables. STATUS_REFUSED: a newer schema, or a file of
 * another program. */
MUST_CHECK enum status sqlite_schema_version(struct sqlite_connection *connection, int64_t *version,
                                             struct fault *fault);

/* Applies what is missing, each migration in a transaction of its own, and reads the epoch, which
 * a new database gets here. STATUS_REFUSED as above. */
MUST_CHECK enum status sqlite_migrate(struct sqlite_connection *connection,
                                      char epoch[UUID_TEXT_SIZE], struct fault *fault);

#endif
