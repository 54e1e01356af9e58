/* Positions of the stream: the transaction that wrote the event and the event's number within, as
 * 16 hexadecimal digits each, so that text sorts as the pair does. */
#ifndef STORE_POSTGRES_POSITION_H
#define STORE_POSTGRES_POSITION_H

#include "base/status.h"
#include "store/repository.h"

#include <stdbool.h>
#include <stdint.h>

/* Transaction 0 writes nothing: {0, 0} is before the first event, "". */
struct pg_position {
    int64_t xid; /* xid8; the cluster dies before it passes 2^63 */
    int64_t id;
};

void pg_position_write(const struct pg_position *place, struct position *position);

bool pg_position_before(const struct pg_position *a, const struct pg_position *b);

/* STATUS_INVALID for what pg_position_write never gives. */
MUST_CHECK enum status pg_position_read(const struct position *position, struct pg_position *place,
                                        struct fault *fault);

#endif
