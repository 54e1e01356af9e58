/* The SQLite implementation of the store. What the rest of the room sees of this folder. */
#ifndef STORE_SQLITE_STORE_H
#define STORE_SQLITE_STORE_H

#include "store/migrate.h"
#include "store/repository.h"

/* As store_open; `path` is the url without its scheme, the options are complete. */
MUST_CHECK enum status sqlite_store_open(const char *path, const struct store_options *options,
                                         struct store **store, struct fault *fault);

MUST_CHECK enum status sqlite_store_migrate(const char *path, struct store_schema *schema,
                                            struct fault *fault); /* as store_migrate */

#endif
