/* Bringing the schema up to date. Private to this folder. */
#ifndef STORE_POSTGRES_MIGRATE_H
#define STORE_POSTGRES_MIGRATE_H

#include "base/uuid.h"
#include "store/postgres/connect.h"

/* As pg_database_prepare, on a connection. */
MUST_CHECK enum status pg_migrate(PGconn *conn, const struct pg_patience *patience, int *found,
                                  char epoch[UUID_TEXT_SIZE], struct fault *fault);

/* STATUS_REFUSED unless the schema is the one that this program knows. */
MUST_CHECK enum status pg_schema_check(PGconn *conn, const struct pg_patience *patience,
                                       struct fault *fault);

#endif
