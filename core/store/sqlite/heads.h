/* The last position of each topic, in the writer's memory: where the next event goes and which one
 * was before it. The writer's thread. A plain value: copy it to be able to go back. */
#ifndef STORE_SQLITE_HEADS_H
#define STORE_SQLITE_HEADS_H

#include "base/status.h"
#include "domain/order_event.h"
#include "store/sqlite/connection.h"

#include <stdbool.h>
#include <stdint.h>

struct sqlite_heads {
    int64_t last;                           /* of all topics; 0 before the first event */
    int64_t topics[ORDER_EVENT_KIND_COUNT]; /* by kind; 0 before its first event */
    bool moved[ORDER_EVENT_KIND_COUNT];     /* not yet written by sqlite_heads_write */
};

MUST_CHECK enum status sqlite_heads_read(struct sqlite_connection *connection,
                                         struct sqlite_heads *heads, struct fault *fault);

/* Gives out the next position, and the one before it on the same topic (0: none). */
int64_t sqlite_heads_next(struct sqlite_heads *heads, enum order_event_kind kind,
                          int64_t *previous);

/* Writes what has moved, in the transaction under way. Returns SQLite's code. */
int sqlite_heads_write(struct sqlite_connection *connection, struct sqlite_heads *heads);

bool sqlite_heads_moved(const struct sqlite_heads *heads);

#endif
