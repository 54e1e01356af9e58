/* The order from inside: for the files of this room only. */
#ifndef DOMAIN_ORDER_ENTITY_H
#define DOMAIN_ORDER_ENTITY_H

#include "domain/order.h"

/* Text that the order owns; `text` is NULL for none. */
struct order_text {
    char *text;
    size_t length;
};

/* Items as the order keeps them: one for each product, in the order in which they were first
 * named, with their sum. */
struct order_items {
    struct order_item *list;
    size_t count;
    int64_t total; /* minor units */
};

/* A transition never records more than two events, so few are ever kept between two saves. */
struct order_events {
    struct order_event *list;
    size_t count;
    size_t capacity;
};

struct order {
    struct uuid order_id;
    struct uuid user_id;
    enum order_status status;
    const struct currency *currency;
    struct order_items items;
    struct order_text notes;
    struct order_text reason;
    int64_t version;
    int64_t stored_version;
    int64_t created_at;
    int64_t updated_at;
    int64_t completed_at; /* 0: not completed */
    struct order_events events;
    bool items_replaced; /* since the store has seen them */
};

/* Checks the lines, merges those of one product and adds them up. items->list is the caller's to
 * free. The fault points at the line to blame, as order_create says. */
MUST_CHECK enum status order_items_collect(const struct order_item *lines, size_t count,
                                           struct order_items *items, struct fault *fault);

/* What a transition was, for its events. */
struct order_change {
    enum order_status from;
    const char *reason; /* or NULL */
    size_t reason_length;
};

/* Records what has just happened to the order, as of its updated_at. `change` is NULL for
 * ORDER_EVENT_CREATED. */
void order_event_record(struct order *order, enum order_event_kind kind,
                        const struct order_change *change);

void order_events_clear(struct order_events *events); /* frees what they own, and the list */

/* The members that the order as JSON and its events share, inside an open object. */
void order_write_uuid(struct json_writer *w, const char *name, const struct uuid *uuid);
void order_write_time(struct json_writer *w, const char *name, int64_t wall_ms);
void order_write_status(struct json_writer *w, const char *name, enum order_status status);
void order_write_amount(struct json_writer *w, const char *name, const struct order *order,
                        int64_t minor);
void order_write_text(struct json_writer *w, const char *name, const char *text, size_t length);
void order_write_items(struct json_writer *w, const struct order *order);

#endif
