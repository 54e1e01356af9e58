/* Domain events: their names, and their recording in the order they happened to. */
#include "domain/order_event.h"

#include "base/memory.h"
#include "domain/order_entity.h"

#include <stdlib.h>

static const struct {
    const char *topic;
    const char *type;
} event_names[ORDER_EVENT_KIND_COUNT] = {
    [ORDER_EVENT_CREATED] = {"order.created", "OrderCreatedEvent"},
    [ORDER_EVENT_STATUS_CHANGED] = {"order.status_changed", "OrderStatusChangedEvent"},
    [ORDER_EVENT_CANCELLED] = {"order.cancelled", "OrderCancelledEvent"},
    [ORDER_EVENT_COMPLETED] = {"order.completed", "OrderCompletedEvent"},
};

const char *order_event_topic(enum order_event_kind kind)
{
    return event_names[kind].topic;
}

const char *order_event_type(enum order_event_kind kind)
{
    return event_names[kind].type;
}

static void event_write_change(struct json_writer *w, const struct order *order,
                               const struct order_change *change)
{
    order_write_status(w, "old_status", change->from);
    order_write_status(w, "new_status", order->status);
    order_write_text(w, "reason", change->reason, change->reason_length);
}

/* The notes are left out: they may hold health data, and events go to everybody. */
static void event_write(struct json_writer *w, const struct order *order,
                        const struct order_change *change)
{
    json_open_object(w);
    order_write_uuid(w, "order_id", &order->order_id);
    order_write_uuid(w, "user_id", &order->user_id);
    order_write_status(w, "status", order->status);
    order_write_amount(w, "total_amount", order, order->items.total);
    order_write_text(w, "currency", order->currency->code, 3);
    order_write_items(w, order);
    json_key(w, "version");
    json_number(w, order->version);
    order_write_time(w, "occurred_at", order->updated_at);
    if (change)
        event_write_change(w, order, change);
    json_close_object(w);
}

static struct order_event *events_next(struct order_events *events)
{
    if (events->count == events->capacity) {
        events->capacity = events->capacity ? events->capacity * 2 : 2;
        events->list = memory_resize(events->list, events->capacity * sizeof(*events->list));
    }
    return &events->list[events->count++];
}

void order_event_record(struct order *order, enum order_event_kind kind,
                        const struct order_change *change)
{
    struct buffer data = {0};
    struct json_writer w = {.out = &data};

    event_write(&w, order, change);
    *events_next(&order->events) = (struct order_event){
        .event_id = uuid_v7(order->updated_at),
        .kind = kind,
        .occurred_at = order->updated_at,
        .data = data.data,
        .data_length = data.size,
    };
}

void order_events_clear(struct order_events *events)
{
    for (size_t i = 0; i < events->count; i++)
        free((char *)events->list[i].data); /* const is for the readers; it was our buffer's */
    free(events->list);
    *events = (struct order_events){0};
}
