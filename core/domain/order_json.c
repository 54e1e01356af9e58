/* The order as JSON. */
#include "base/clock.h"
#include "domain/order_entity.h"

#include <string.h>

void order_write_uuid(struct json_writer *w, const char *name, const struct uuid *uuid)
{
    char text[UUID_TEXT_SIZE];

    uuid_format(uuid, text);
    json_key(w, name);
    json_text(w, text, UUID_TEXT_SIZE - 1);
}

void order_write_time(struct json_writer *w, const char *name, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];

    clock_format(wall_ms, text);
    json_key(w, name);
    json_text(w, text, CLOCK_TEXT_SIZE - 1);
}

void order_write_status(struct json_writer *w, const char *name, enum order_status status)
{
    json_key(w, name);
    json_string_of(w, order_status_name(status));
}

void order_write_amount(struct json_writer *w, const char *name, const struct order *order,
                        int64_t minor)
{
    char text[MONEY_TEXT_SIZE];

    money_format(order->currency, minor, text);
    json_key(w, name);
    json_text(w, text, strlen(text));
}

void order_write_text(struct json_writer *w, const char *name, const char *text, size_t length)
{
    json_key(w, name);
    if (text)
        json_text(w, text, length);
    else
        json_nothing(w);
}

void order_write_items(struct json_writer *w, const struct order *order)
{
    json_key(w, "items");
    json_open_array(w);
    for (size_t i = 0; i < order->items.count; i++) {
        const struct order_item *item = &order->items.list[i];

        json_open_object(w);
        order_write_uuid(w, "product_id", &item->product_id);
        json_key(w, "quantity");
        json_number(w, item->quantity);
        order_write_amount(w, "price", order, item->price);
        json_close_object(w);
    }
    json_close_array(w);
}

static void order_write_completed(struct json_writer *w, const struct order *order)
{
    if (order->status == ORDER_COMPLETED)
        order_write_time(w, "completed_at", order->completed_at);
    else
        order_write_text(w, "completed_at", NULL, 0);
}

void order_write_json(const struct order *order, struct json_writer *w)
{
    json_open_object(w);
    order_write_uuid(w, "order_id", &order->order_id);
    order_write_uuid(w, "user_id", &order->user_id);
    order_write_status(w, "status", order->status);
    order_write_items(w, order);
    order_write_amount(w, "total_amount", order, order->items.total);
    order_write_text(w, "currency", order->currency->code, 3);
    order_write_text(w, "notes", order->notes.text, order->notes.length);
    order_write_text(w, "reason", order->reason.text, order->reason.length);
    json_key(w, "version");
    json_number(w, order->version);
    order_write_time(w, "created_at", order->created_at);
    order_write_time(w, "updated_at", order->updated_at);
    order_write_completed(w, order);
    json_close_object(w);
}
