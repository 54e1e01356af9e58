/* Places for SQLite stores: a temporary directory each, removed with everything in it. */
#ifndef CONTRACT_SQLITE_PLACE_H
#define CONTRACT_SQLITE_PLACE_H

#include "repository_suite.h"

struct sqlite_place {
    char directory[128]; /* exists */
    char path[160];      /* of the database, in a directory that does not */
    char url[176];
};

extern const struct repository_factory sqlite_factory; /* of struct sqlite_place */

#endif
