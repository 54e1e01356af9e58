/* The order: making it, restoring it, changing it. Every function checks all its rules before it
 * changes anything, so that a refused change leaves the order as it was. */
#include "domain/order.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "domain/order_entity.h"

#include <stdlib.h>
#include <string.h>

/* What every JSON reader holds exactly (RFC 8259, 6). */
#define ORDER_VERSION_LIMIT ((INT64_C(1) << 53) - 1)

static struct order_text text_copy(const char *text, size_t length)
{
    if (!text)
        return (struct order_text){0};
    return (struct order_text){.text = memory_text(text, length), .length = length};
}

static void text_replace(struct order_text *old, const char *text, size_t length)
{
    struct order_text copy = text_copy(text, length); /* first: it may be the old one */

    free(old->text);
    *old = copy;
}

/* The fault names the rule and never the text, which may be notes. */
static enum status text_check(const char *text, size_t length, ptrdiff_t limit, const char *where,
                              struct fault *fault)
{
    ptrdiff_t characters;

    if (!text)
        return STATUS_OK;
    characters = utf8_count(text, length);
    if (characters < 0)
        return fault_set(fault, STATUS_INVALID, where, "must be UTF-8");
    if (length && memchr(text, '\0', length))
        return fault_set(fault, STATUS_INVALID, where, "must not hold a NUL character");
    if (characters > limit)
        return fault_set(fault, STATUS_INVALID, where, "must have at most %td characters", limit);
    return STATUS_OK;
}

static enum status notes_check(const char *notes, size_t length, struct fault *fault)
{
    return text_check(notes, length, ORDER_NOTES_LIMIT, "/notes", fault);
}

static enum status reason_check(const char *reason, size_t length, struct fault *fault)
{
    return text_check(reason, length, ORDER_REASON_LIMIT, "/reason", fault);
}

/* Version 7 and the variant of RFC 9562: what uuid_v7() makes. */
static enum status id_check(const struct uuid *order_id, struct fault *fault)
{
    if (order_id->bytes[6] >> 4 != 7 || order_id->bytes[8] >> 6 != 2)
        return fault_set(fault, STATUS_INVALID, "/order_id", "must be a UUID of version 7");
    return STATUS_OK;
}

/* 0 says "not completed", so no order lives that early. */
static enum status created_check(int64_t created_at, struct fault *fault)
{
    if (created_at < 1)
        return fault_set(fault, STATUS_INVALID, "/created_at", "must be later than 1970 began");
    return STATUS_OK;
}

enum status order_create(const struct order_draft *draft, int64_t now_ms, struct order **order,
                         struct fault *fault)
{
    struct order_items items;
    struct order *new;
    enum status status = id_check(&draft->order_id, fault);

    if (status == STATUS_OK)
        status = created_check(now_ms, fault);
    if (status == STATUS_OK)
        status = notes_check(draft->notes, draft->notes_length, fault);
    if (status == STATUS_OK)
        status = order_items_collect(draft->items, draft->item_count, &items, fault);
    if (status != STATUS_OK)
        return status;

    new = memory_new(sizeof(*new));
    *new = (struct order){
        .order_id = draft->order_id,
        .user_id = draft->user_id,
        .status = ORDER_PENDING,
        .currency = draft->currency,
        .items = items,
        .notes = text_copy(draft->notes, draft->notes_length),
        .version = 1,
        .created_at = now_ms,
        .updated_at = now_ms,
    };
    order_event_record(new, ORDER_EVENT_CREATED, NULL);
    *order = new;
    return STATUS_OK;
}

static enum status damage(struct fault *fault, const char *where, const char *what)
{
    return fault_set(fault, STATUS_INVALID, where, "the stored order is damaged: %s", what);
}

static enum status record_check_state(const struct order_record *record, struct fault *fault)
{
    if ((unsigned)record->status >= ORDER_STATUS_COUNT)
        return damage(fault, "/status", "there is no such status");
    if (!record->currency)
        return damage(fault, "/currency", "there is no such currency");
    if (record->version < 1 || record->version > ORDER_VERSION_LIMIT)
        return damage(fault, "/version", "the version is out of range");
    if (record->reason && record->status != ORDER_CANCELLED)
        return damage(fault, "/reason", "only a cancelled order has a reason");
    return STATUS_OK;
}

static enum status record_check_times(const struct order_record *record, struct fault *fault)
{
    bool completed = record->status == ORDER_COMPLETED;

    if (record->updated_at < record->created_at)
        return damage(fault, "/updated_at", "it was changed before it was made");
    if (completed != (record->completed_at != 0))
        return damage(fault, "/completed_at", "a time of completion belongs to COMPLETED only");
    if (completed &&
        (record->completed_at < record->created_at || record->completed_at > record->updated_at))
        return damage(fault, "/completed_at", "it was completed outside its life");
    return STATUS_OK;
}

static enum status record_check(const struct order_record *record, struct fault *fault)
{
    enum status status = id_check(&record->order_id, fault);

    if (status == STATUS_OK)
        status = created_check(record->created_at, fault);
    if (status == STATUS_OK)
        status = record_check_state(record, fault);
    if (status == STATUS_OK)
        status = record_check_times(record, fault);
    if (status == STATUS_OK)
        status = notes_check(record->notes, record->notes_length, fault);
    if (status == STATUS_OK)
        status = reason_check(record->reason, record->reason_length, fault);
    return status;
}

/* Stored items are merged already and add up to the stored total. */
static enum status record_items(const struct order_record *record, struct order_items *items,
                                struct fault *fault)
{
    enum status status = STATUS_OK;

    if (order_items_collect(record->items, record->item_count, items, fault) != STATUS_OK)
        return STATUS_INVALID; /* here a total beyond 64 bits is damage too */
    if (items->count != record->item_count)
        status = damage(fault, "/items", "two lines name one product");
    else if (items->total != record->total_amount)
        status = damage(fault, "/total_amount", "the total is not the sum of the items");
    if (status != STATUS_OK)
        free(items->list);
    return status;
}

enum status order_restore(const struct order_record *record, struct order **order,
                          struct fault *fault)
{
    struct order_items items;
    struct order *restored;
    enum status status = record_check(record, fault);

    if (status == STATUS_OK)
        status = record_items(record, &items, fault);
    if (status != STATUS_OK)
        return status;

    restored = memory_new(sizeof(*restored));
    *restored = (struct order){
        .order_id = record->order_id,
        .user_id = record->user_id,
        .status = record->status,
        .currency = record->currency,
        .items = items,
        .notes = text_copy(record->notes, record->notes_length),
        .reason = text_copy(record->reason, record->reason_length),
        .version = record->version,
        .stored_version = record->version,
        .created_at = record->created_at,
        .updated_at = record->updated_at,
        .completed_at = record->completed_at,
    };
    *order = restored;
    return STATUS_OK;
}

struct order_record order_record(const struct order *order)
{
    return (struct order_record){
        .order_id = order->order_id,
        .user_id = order->user_id,
        .status = order->status,
        .currency = order->currency,
        .total_amount = order->items.total,
        .items = order->items.list,
        .item_count = order->items.count,
        .notes = order->notes.text,
        .notes_length = order->notes.length,
        .reason = order->reason.text,
        .reason_length = order->reason.length,
        .version = order->version,
        .created_at = order->created_at,
        .updated_at = order->updated_at,
        .completed_at = order->completed_at,
    };
}

void order_free(struct order **order)
{
    if (!*order)
        return;
    order_events_clear(&(*order)->events);
    free((*order)->items.list);
    free((*order)->notes.text);
    free((*order)->reason.text);
    free(*order);
    *order = NULL;
}

int64_t order_stored_version(const struct order *order)
{
    return order->stored_version;
}

static enum status version_check(const struct order *order, struct fault *fault)
{
    if (order->version >= ORDER_VERSION_LIMIT)
        return fault_set(fault, STATUS_LIMIT, "/version", "the order cannot be changed any more");
    return STATUS_OK;
}

/* Clocks are set back now and then; an order's history is not. */
static void order_touch(struct order *order, int64_t now_ms)
{
    order->version++;
    if (now_ms > order->updated_at)
        order->updated_at = now_ms;
}

static void order_record_change(struct order *order, const struct order_change *change)
{
    order_event_record(order, ORDER_EVENT_STATUS_CHANGED, change);
    if (order->status == ORDER_CANCELLED)
        order_event_record(order, ORDER_EVENT_CANCELLED, change);
    if (order->status == ORDER_COMPLETED)
        order_event_record(order, ORDER_EVENT_COMPLETED, change);
}

static enum status transition_check(const struct order *order,
                                    const struct order_transition *transition, struct fault *fault)
{
    enum status status;

    if (!order_status_may_become(order->status, transition->to))
        return fault_set(fault, STATUS_REFUSED, "/status", "a %s order cannot become %s",
                         order_status_name(order->status), order_status_name(transition->to));
    status = version_check(order, fault);
    if (status == STATUS_OK)
        status = reason_check(transition->reason, transition->reason_length, fault);
    if (status == STATUS_OK)
        status = notes_check(transition->notes, transition->notes_length, fault);
    return status;
}

enum status order_change_status(struct order *order, const struct order_transition *transition,
                                int64_t now_ms, struct fault *fault)
{
    struct order_change change = {order->status, transition->reason, transition->reason_length};
    enum status status = transition_check(order, transition, fault);

    if (status != STATUS_OK)
        return status;
    order_touch(order, now_ms);
    order->status = transition->to;
    if (order->status == ORDER_COMPLETED)
        order->completed_at = order->updated_at;
    if (order->status == ORDER_CANCELLED)
        text_replace(&order->reason, transition->reason, transition->reason_length);
    if (transition->notes)
        text_replace(&order->notes, transition->notes, transition->notes_length);
    order_record_change(order, &change);
    return STATUS_OK;
}

enum status order_replace_items(struct order *order, const struct order_item *items, size_t count,
                                int64_t now_ms, struct fault *fault)
{
    struct order_items replacement;
    enum status status;

    if (order->status != ORDER_PENDING)
        return fault_set(fault, STATUS_REFUSED, "/items",
                         "the items of a %s order cannot be changed",
                         order_status_name(order->status));
    status = version_check(order, fault);
    if (status == STATUS_OK)
        status = order_items_collect(items, count, &replacement, fault);
    if (status != STATUS_OK)
        return status;
    free(order->items.list);
    order->items = replacement;
    order->items_replaced = true;
    order_touch(order, now_ms);
    return STATUS_OK;
}

bool order_items_replaced(const struct order *order)
{
    return order->items_replaced;
}

const struct order_event *order_events(const struct order *order, size_t *count)
{
    *count = order->events.count;
    return order->events.list;
}

void order_mark_stored(struct order *order)
{
    order_events_clear(&order->events);
    order->stored_version = order->version;
    order->items_replaced = false;
}
