/* Places for PostgreSQL stores: an empty database each, on a server of this program's own. */
#ifndef CONTRACT_POSTGRES_PLACE_H
#define CONTRACT_POSTGRES_PLACE_H

#include "repository_suite.h"

struct postgres_place {
    char database[32];
    char url[256];
};

extern const struct repository_factory postgres_factory; /* of struct postgres_place */

#endif
