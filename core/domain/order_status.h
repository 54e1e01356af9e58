/* The life of an order: PENDING -> CONFIRMED or CANCELLED; CONFIRMED -> COMPLETED or CANCELLED;
 * nothing else. */
#ifndef DOMAIN_ORDER_STATUS_H
#define DOMAIN_ORDER_STATUS_H

#include <stdbool.h>
#include <stddef.h>

enum order_status {
    ORDER_PENDING,
    ORDER_CONFIRMED,
    ORDER_COMPLETED,
    ORDER_CANCELLED,
};
enum { ORDER_STATUS_COUNT = 4 };

const char *order_status_name(enum order_status status);                             /* "PENDING" */
bool order_status_parse(const char *name, size_t length, enum order_status *status); /* exact */

bool order_status_may_become(enum order_status from, enum order_status to);

/* Writes every status that may follow, in the order of the enum; returns how many. */
size_t order_status_successors(enum order_status from, enum order_status to[ORDER_STATUS_COUNT]);

#endif
