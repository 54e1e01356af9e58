/* Domain events: what an order says has happened to it. */
#ifndef DOMAIN_ORDER_EVENT_H
#define DOMAIN_ORDER_EVENT_H

#include "base/uuid.h"

#include <stddef.h>
#include <stdint.h>

enum order_event_kind {
    ORDER_EVENT_CREATED,
    ORDER_EVENT_STATUS_CHANGED, /* every transition */
    ORDER_EVENT_CANCELLED,      /* also, on CANCELLED */
    ORDER_EVENT_COMPLETED,      /* also, on COMPLETED */
};
enum { ORDER_EVENT_KIND_COUNT = 4 };

struct order_event {
    struct uuid event_id; /* version 7 */
    enum order_event_kind kind;
    int64_t occurred_at; /* milliseconds since 1970 */
    /* The CloudEvents "data" as JSON, written when it happened: order_id, user_id, status,
     * total_amount, currency, items, version, occurred_at; for a transition also old_status,
     * new_status, reason. Never the notes. Owned by the order. */
    const char *data;
    size_t data_length;
};

const char *order_event_topic(enum order_event_kind kind); /* "order.created" */
const char *order_event_type(enum order_event_kind kind);  /* "OrderCreatedEvent" */

#endif
