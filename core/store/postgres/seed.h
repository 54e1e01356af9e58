/* Adding old orders to a PostgreSQL database. Private to the store. */
#ifndef STORE_POSTGRES_SEED_H
#define STORE_POSTGRES_SEED_H

#include "store/seed.h"

/* As seed_open; the url begins with postgres:// or postgresql://. */
MUST_CHECK enum status postgres_seed_open(const char *url, struct seed **seed, struct fault *fault);

#endif
