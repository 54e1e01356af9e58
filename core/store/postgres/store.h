/* Opening a PostgreSQL store. Private to the store. */
#ifndef STORE_POSTGRES_STORE_H
#define STORE_POSTGRES_STORE_H

#include "store/migrate.h"
#include "store/repository.h"

/* options->url begins with postgres:// or postgresql://. As store_open. */
MUST_CHECK enum status postgres_store_open(const struct store_options *options,
                                           struct store **store, struct fault *fault);

MUST_CHECK enum status postgres_store_check_url(const char *url, bool replica,
                                                struct fault *fault); /* as store_check_url */
MUST_CHECK enum status postgres_store_migrate(const char *url, struct store_schema *schema,
                                              struct fault *fault); /* as store_migrate */

#endif
