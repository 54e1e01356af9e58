/* Opening a PostgreSQL store. Private to the store. */
#ifndef STORE_POSTGRES_STORE_H
#define STORE_POSTGRES_STORE_H

#include "store/repository.h"

/* options->url begins with postgres:// or postgresql://. As store_open. */
MUST_CHECK enum status postgres_store_open(const struct store_options *options,
                                           struct store **store, struct fault *fault);

#endif
