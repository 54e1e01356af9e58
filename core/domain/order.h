/* The order: the entity that keeps its own rules. No script and no caller gets around them, for
 * there is no other way to change one.
 *
 * Every change raises the version by one, moves updated_at and records domain events, which the
 * store writes in the same transaction as the order. Not thread-safe: an order belongs to whoever
 * holds it. Times are milliseconds since 1970, UTC, and come from the caller. */
#ifndef DOMAIN_ORDER_H
#define DOMAIN_ORDER_H

#include "base/json_writer.h"
#include "base/status.h"
#include "base/uuid.h"
#include "domain/money.h"
#include "domain/order_event.h"
#include "domain/order_status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    ORDER_ITEMS_LIMIT = 200,
    ORDER_QUANTITY_LIMIT = 1000000,
    ORDER_NOTES_LIMIT = 2000,  /* characters, not bytes */
    ORDER_REASON_LIMIT = 2000, /* characters, not bytes */
};

struct order;

struct order_item {
    struct uuid product_id;
    int64_t quantity; /* 1 to ORDER_QUANTITY_LIMIT */
    int64_t price;    /* of one unit, minor units, 0 or more */
};

/* What a new order is made from. Lent: order_create copies. */
struct order_draft {
    struct uuid order_id; /* uuid_v7(now) */
    struct uuid user_id;
    const struct currency *currency;
    const struct order_item *items; /* lines of one product are merged; their prices must agree */
    size_t item_count;
    const char *notes; /* UTF-8 or NULL */
    size_t notes_length;
};

/* A new PENDING order of version 1 with its created event. On failure *order stays untouched and
 * fault->where is the JSON pointer of the culprit ("/items/3/quantity").
 * STATUS_INVALID: a rule of a field; STATUS_LIMIT: the total does not fit in 64 bits. Lines are
 * counted before they are merged; the limit on a quantity holds for the merged line. */
MUST_CHECK enum status order_create(const struct order_draft *draft, int64_t now_ms,
                                    struct order **order, struct fault *fault);

/* What a store keeps of an order. Lent both ways: order_restore copies, and what order_record
 * gives lives as long as the order is not changed. */
struct order_record {
    struct uuid order_id;
    struct uuid user_id;
    enum order_status status;
    const struct currency *currency;
    int64_t total_amount; /* minor units */
    const struct order_item *items;
    size_t item_count;
    const char *notes; /* or NULL */
    size_t notes_length;
    const char *reason; /* or NULL */
    size_t reason_length;
    int64_t version;
    int64_t created_at;
    int64_t updated_at;
    int64_t completed_at; /* 0: not completed */
};

/* An order as it was stored, without events. STATUS_INVALID when the record breaks a rule (the
 * total is not the sum of the items, say): a damaged store is never served. */
MUST_CHECK enum status order_restore(const struct order_record *record, struct order **order,
                                     struct fault *fault);
struct order_record order_record(const struct order *order);

void order_free(struct order **order); /* NULL inside is fine; *order becomes NULL */

/* The version that the store holds: 0 for a new order, the restored one otherwise. */
int64_t order_stored_version(const struct order *order);

/* STATUS_REFUSED unless the transition is allowed, STATUS_INVALID when the reason or the notes
 * break a rule, STATUS_LIMIT at version 2^53 - 1: then nothing has changed. `reason` (UTF-8 or
 * NULL) goes into the events, and on CANCELLED into the order. `notes`, unless NULL, replaces the
 * notes in the same change. */
struct order_transition {
    enum order_status to;
    const char *reason;
    size_t reason_length;
    const char *notes;
    size_t notes_length;
};
MUST_CHECK enum status order_change_status(struct order *order,
                                           const struct order_transition *transition,
                                           int64_t now_ms, struct fault *fault);

/* Replaces the items and the total while PENDING; STATUS_REFUSED later. Fails as order_create does,
 * and then nothing has changed. No topic tells of it, so it records no event. */
MUST_CHECK enum status order_replace_items(struct order *order, const struct order_item *items,
                                           size_t count, int64_t now_ms, struct fault *fault);

/* Whether that has happened since the order was made, restored or marked as stored. */
bool order_items_replaced(const struct order *order);

/* What has happened since the order was made or restored, oldest first. Lives until the next
 * change. */
const struct order_event *order_events(const struct order *order, size_t *count);

/* After a save: the events are written, and the stored version is now the present one. */
void order_mark_stored(struct order *order);

/* The order as the one JSON object that every interface shows: order_id, user_id, status, items,
 * total_amount, currency, notes, reason, version, created_at, updated_at, completed_at. Money is a
 * decimal string. */
void order_write_json(const struct order *order, struct json_writer *w);

#endif
