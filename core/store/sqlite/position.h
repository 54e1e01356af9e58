/* Positions of the stream: the row's number as 16 decimal digits, so that text sorts as numbers. */
#ifndef STORE_SQLITE_POSITION_H
#define STORE_SQLITE_POSITION_H

#include "base/status.h"
#include "store/repository.h"

#include <stdint.h>

/* 0 is before the first: "". */
void sqlite_position_write(int64_t number, struct position *position);

/* STATUS_INVALID for what sqlite_position_write never gives. */
MUST_CHECK enum status sqlite_position_read(const struct position *position, int64_t *number,
                                            struct fault *fault);

#endif
