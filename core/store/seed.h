/* Adding orders that are as good as old: in whole batches, as fast as the database takes them, and
 * without events, as if retention had removed those. So neither the relay nor the hooks hear of
 * them. For filling a database before its first day, or for trying one out; never for orders that
 * somebody waits for. May wait; one thread. */
#ifndef STORE_SEED_H
#define STORE_SEED_H

#include "base/status.h"
#include "domain/order.h"

#include <stddef.h>

struct seed;

/* STATUS_INVALID: the url; STATUS_REFUSED: the schema is not the one that this program knows;
 * STATUS_UNAVAILABLE: the database cannot be reached, or, of SQLite, a service has it open. */
MUST_CHECK enum status seed_open(const char *url, struct seed **seed, struct fault *fault);

/* All of them in one transaction, or none. Each must be an order that order_restore takes. */
MUST_CHECK enum status seed_write(struct seed *seed, const struct order_record *records,
                                  size_t count, struct fault *fault);

void seed_close(struct seed **seed); /* NULL inside is fine */

#endif
