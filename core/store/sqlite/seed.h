/* Adding old orders to a SQLite file. Private to the store. */
#ifndef STORE_SQLITE_SEED_H
#define STORE_SQLITE_SEED_H

#include "store/seed.h"

/* As seed_open; `path` is the url without its scheme. */
MUST_CHECK enum status sqlite_seed_open(const char *path, struct seed **seed, struct fault *fault);

#endif
