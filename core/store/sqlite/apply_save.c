/* Saving one order with its items, its events and the inbound event that caused it.
 *
 * The statements stand in an order that makes every expected refusal known before the first row is
 * written: a seen inbox id by looking, a conflict by the statement that writes the order's own row
 * and then changes none. So a refused save needs no savepoint to be undone, and a group of good and
 * refused saves costs one transaction and nothing else. */
#include "store/sqlite/apply.h"

#include <string.h>

/* The state of an order that a change may alter, in the order of both statements. */
static void bind_completed_at(struct sqlite_call *call, const struct order_record *record)
{
    if (record->completed_at == 0)
        sqlite_bind_null(call);
    else
        sqlite_bind_number(call, record->completed_at);
}

static int insert_order(struct sqlite_apply *apply, const struct order_record *record)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_INSERT_ORDER);

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
    bind_completed_at(&call, record);
    return sqlite_call_run(&call);
}

static int update_order(struct sqlite_apply *apply, const struct sqlite_job_save *save)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_UPDATE_ORDER);
    const struct order_record *record = &save->record;

    sqlite_bind_number(&call, record->status);
    sqlite_bind_number(&call, record->total_amount);
    sqlite_bind_text(&call, record->notes, record->notes_length);
    sqlite_bind_text(&call, record->reason, record->reason_length);
    sqlite_bind_number(&call, record->version);
    sqlite_bind_number(&call, record->updated_at);
    bind_completed_at(&call, record);
    sqlite_bind_uuid(&call, &record->order_id);
    sqlite_bind_number(&call, save->stored_version);
    return sqlite_call_run(&call);
}

static int insert_items(struct sqlite_apply *apply, const struct order_record *record)
{
    int code = SQLITE_OK;

    for (size_t i = 0; i < record->item_count && code == SQLITE_OK; i++) {
        struct sqlite_call call = sqlite_call(apply->connection, SQL_INSERT_ITEM);
        sqlite_bind_uuid(&call, &record->order_id);
        sqlite_bind_number(&call, (int64_t)i);
        sqlite_bind_uuid(&call, &record->items[i].product_id);
        sqlite_bind_number(&call, record->items[i].quantity);
        sqlite_bind_number(&call, record->items[i].price);
        code = sqlite_call_run(&call);
    }
    return code;
}

static bool row_is_item(const struct sqlite_call *call, const struct order_item *item)
{
    struct uuid product;

    return sqlite_column_uuid(call, 0, &product) && uuid_equal(&product, &item->product_id) &&
           sqlite3_column_int64(call->statement, 1) == item->quantity &&
           sqlite3_column_int64(call->statement, 2) == item->price;
}

/* Most changes leave the items alone, and reading them is cheaper than writing them again. */
static int items_differ(struct sqlite_apply *apply, const struct order_record *record, bool *differ)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_READ_ITEMS);
    size_t same = 0, rows = 0;

    sqlite_bind_uuid(&call, &record->order_id);
    for (; sqlite_call_row(&call); rows++)
        if (rows < record->item_count && row_is_item(&call, &record->items[rows]))
            same++;
    *differ = same != record->item_count || rows != record->item_count;
    return sqlite_call_end(&call);
}

static int replace_items(struct sqlite_apply *apply, const struct order_record *record)
{
    struct sqlite_call call;
    bool differ;
    int code = items_differ(apply, record, &differ);

    if (code != SQLITE_OK || !differ)
        return code;
    call = sqlite_call(apply->connection, SQL_DELETE_ITEMS);
    sqlite_bind_uuid(&call, &record->order_id);
    code = sqlite_call_run(&call);
    return code == SQLITE_OK ? insert_items(apply, record) : code;
}

static int insert_event(struct sqlite_apply *apply, const struct sqlite_job_save *save,
                        const struct order_event *event)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_INSERT_EVENT);
    int64_t previous, position = sqlite_heads_next(apply->heads, event->kind, &previous);

    sqlite_bind_number(&call, position);
    if (previous == 0)
        sqlite_bind_null(&call);
    else
        sqlite_bind_number(&call, previous);
    sqlite_bind_uuid(&call, &event->event_id);
    sqlite_bind_uuid(&call, &save->record.order_id);
    sqlite_bind_string(&call, order_event_topic(event->kind));
    sqlite_bind_string(&call, order_event_type(event->kind));
    sqlite_bind_number(&call, event->occurred_at);
    sqlite_bind_string(&call, save->traceparent);
    sqlite_bind_text(&call, event->data, event->data_length);
    return sqlite_call_run(&call);
}

static int refuse(struct sqlite_job *job, enum status status, const char *why)
{
    job->status = status;
    job->why = why;
    return SQLITE_OK;
}

/* Writes the order's own row, unless another change came first. */
static int write_row(struct sqlite_apply *apply, const struct sqlite_job_save *save, bool *written)
{
    int code =
        save->stored_version == 0 ? insert_order(apply, &save->record) : update_order(apply, save);

    *written = code == SQLITE_OK && sqlite3_changes(apply->connection->db) > 0;
    return code;
}

int sqlite_apply_save(struct sqlite_apply *apply, struct sqlite_job *job)
{
    const struct sqlite_job_save *save = &job->save;
    bool seen = false, written = false;
    int code = SQLITE_OK;

    if (save->inbox_id != NULL)
        code = sqlite_apply_inbox_seen(apply, save->inbox_id, &seen);
    if (code == SQLITE_OK && seen)
        return refuse(job, STATUS_DUPLICATE, "this event has been seen before");
    if (code == SQLITE_OK)
        code = write_row(apply, save, &written);
    if (code == SQLITE_OK && !written)
        return refuse(job, STATUS_CONFLICT, "another change of this order came first");
    if (code == SQLITE_OK)
        code = save->stored_version == 0 ? insert_items(apply, &save->record)
                                         : replace_items(apply, &save->record);
    for (size_t i = 0; i < save->event_count && code == SQLITE_OK; i++)
        code = insert_event(apply, save, &save->events[i]);
    if (code == SQLITE_OK && save->inbox_id != NULL)
        code = sqlite_apply_inbox(apply, save->inbox_id);
    return code;
}
