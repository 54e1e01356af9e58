/* Idempotency keys under which a request is under way in this process. Any thread. Private to this
 * room. */
#ifndef STORE_CLAIMS_H
#define STORE_CLAIMS_H

#include "base/status.h"
#include "base/uuid.h"

#include <stdbool.h>

struct claims;

struct claims *claims_new(void);
void claims_free(struct claims **claims); /* NULL inside is fine; forgets what is held */

/* False when the user's key is held already. Copies it. */
MUST_CHECK bool claims_take(struct claims *claims, const struct uuid *user_id, const char *key);
void claims_give_back(struct claims *claims, const struct uuid *user_id, const char *key);

#endif
