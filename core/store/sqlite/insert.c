/* The rows of an order and of its items. */
#include "store/sqlite/insert.h"

int sqlite_insert_order(struct sqlite_connection *connection, const struct order_record *record)
{
    struct sqlite_call call = sqlite_call(connection, SQL_INSERT_ORDER);

    sqlite_bind_uuid(&call, &record->order_id);
    sqlite_bind_uuid(&call, &record->user_id);
    sqlite_bind_number(&call, record->status);
    sqlite_bind_string(&call, record->currency->code);
    sqlite_bind_number(&call, record->total_amount);
    sqlite_bind_text(&call, record->notes, record->notes_length);
    sqlite_bind_text(&call, record->reason, record->reason_length);
    sqlite_bind_number(&call, record->version);
    sqlite_bind_number(&call, record->created_at);
    sqlite_bind_number(&call, record->updated_at);
    sqlite_bind_time(&call, record->completed_at);
    return sqlite_call_run(&call);
}

int sqlite_insert_items(struct sqlite_connection *connection, const struct order_record *record)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < record->item_count && code == SQLITE_OK; i++) {
        struct sqlite_call call = sqlite_call(connection, SQL_INSERT_ITEM);
        sqlite_bind_uuid(&call, &record->order_id);
        sqlite_bind_number(&call, (int64_t)i);
        sqlite_bind_uuid(&call, &record->items[i].product_id);
        sqlite_bind_number(&call, record->items[i].quantity);
        sqlite_bind_number(&call, record->items[i].price);
        code = sqlite_call_run(&call);
    }
    return code;
}
