/* Bringing a database to the schema that this program knows, outside of a service: for an operator
 * whose service runs with a role that may not create tables. May wait; any thread. */
#ifndef STORE_MIGRATE_H
#define STORE_MIGRATE_H

#include "base/status.h"
#include "base/uuid.h"

struct store_schema {
    int found;                  /* the version before: 0 is no schema at all */
    int version;                /* the version now */
    char epoch[UUID_TEXT_SIZE]; /* of the stream of events */
};

/* Makes the database's tables, or what they lack; of SQLite, its file too. Nothing happens when the
 * schema is up to date. STATUS_INVALID: the url; STATUS_REFUSED: a newer schema, no right to create
 * tables, a server that does not do what is needed; STATUS_UNAVAILABLE: it cannot be reached, or,
 * of SQLite, a service has it open. */
MUST_CHECK enum status store_migrate(const char *url, struct store_schema *schema,
                                     struct fault *fault);

#endif
