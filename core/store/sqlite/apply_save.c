/* Saving one order with its items, its events, the inbound event that caused it and the idempotency
 * key that it was asked under.
 *
 * The statements stand in an order that makes every expected refusal known before the first row is
 * written: a seen inbox id or key by looking, a conflict by the statement that writes the order's
 * own row and then changes none. So a refused save needs no savepoint to be undone, and a group of
 * good and refused saves costs one transaction and nothing else. */
#include "store/sqlite/apply.h"
#include "store/sqlite/insert.h"

#include <string.h>

static int update_order(struct sqlite_apply *apply, const struct save_copy *save)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_UPDATE_ORDER);
    const struct order_record *record = &save->record;

    sqlite_bind_number(&call, record->status);
    sqlite_bind_number(&call, record->total_amount);
    sqlite_bind_text(&call, record->notes, record->notes_length);
    sqlite_bind_text(&call, record->reason, record->reason_length);
    sqlite_bind_number(&call, record->version);
    sqlite_bind_number(&call, record->updated_at);
    sqlite_bind_time(&call, record->completed_at);
    sqlite_bind_uuid(&call, &record->order_id);
    sqlite_bind_number(&call, save->stored_version);
    return sqlite_call_run(&call);
}

static int replace_items(struct sqlite_apply *apply, const struct order_record *record)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_DELETE_ITEMS);
    int code;

    sqlite_bind_uuid(&call, &record->order_id);
    code = sqlite_call_run(&call);
    return code == SQLITE_OK ? sqlite_insert_items(apply->connection, record) : code;
}

static int insert_event(struct sqlite_apply *apply, const struct save_copy *save,
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

static int key_seen(struct sqlite_apply *apply, const struct keyed_answer *keyed, bool *seen)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_KEY_SEEN);

    sqlite_bind_uuid(&call, &keyed->user_id);
    sqlite_bind_string(&call, keyed->key);
    sqlite_bind_number(&call, apply->now_ms - apply->key_ms);
    *seen = sqlite_call_row(&call);
    return sqlite_call_end(&call);
}

/* Takes the place of an expired one. */
static int write_key(struct sqlite_apply *apply, const struct keyed_answer *keyed)
{
    struct sqlite_call call = sqlite_call(apply->connection, SQL_WRITE_KEY);

    sqlite_bind_uuid(&call, &keyed->user_id);
    sqlite_bind_string(&call, keyed->key);
    sqlite_bind_blob(&call, (const char *)keyed->request_hash, sizeof(keyed->request_hash));
    sqlite_bind_blob(&call, keyed->answer, keyed->answer_length);
    sqlite_bind_number(&call, apply->now_ms);
    return sqlite_call_run(&call);
}

/* Refuses the job when what it comes from has been seen. */
static int look_for_duplicates(struct sqlite_apply *apply, struct sqlite_job *job)
{
    bool seen = false;
    int code = SQLITE_OK;

    if (job->save.inbox_id != NULL)
        code = sqlite_apply_inbox_seen(apply, job->save.inbox_id, &seen);
    if (code == SQLITE_OK && seen)
        return sqlite_apply_refuse(job, STATUS_DUPLICATE, "/inbox_id",
                                   "this event has been seen before");
    if (code == SQLITE_OK && job->save.keyed != NULL)
        code = key_seen(apply, job->save.keyed, &seen);
    if (code == SQLITE_OK && seen)
        return sqlite_apply_refuse(job, STATUS_DUPLICATE, "/key", "this key has been used before");
    return code;
}

static int write_items(struct sqlite_apply *apply, const struct save_copy *save)
{
    if (save->stored_version == 0)
        return sqlite_insert_items(apply->connection, &save->record);
    return save->items_replaced ? replace_items(apply, &save->record) : SQLITE_OK;
}

/* What is written once it is certain that the save happens. */
static int write_rest(struct sqlite_apply *apply, const struct save_copy *save)
{
    int code = write_items(apply, save);

    for (size_t i = 0; i < save->event_count && code == SQLITE_OK; i++)
        code = insert_event(apply, save, &save->events[i]);
    if (code == SQLITE_OK && save->inbox_id != NULL)
        code = sqlite_apply_inbox(apply, save->inbox_id);
    if (code == SQLITE_OK && save->keyed != NULL)
        code = write_key(apply, save->keyed);
    return code;
}

/* Writes the order's own row, unless another change came first. */
static int write_row(struct sqlite_apply *apply, const struct save_copy *save, bool *written)
{
    int code = save->stored_version == 0 ? sqlite_insert_order(apply->connection, &save->record)
                                         : update_order(apply, save);

    *written = code == SQLITE_OK && sqlite3_changes(apply->connection->db) > 0;
    return code;
}

int sqlite_apply_save(struct sqlite_apply *apply, struct sqlite_job *job)
{
    bool written = false;
    int code = look_for_duplicates(apply, job);

    if (code != SQLITE_OK || job->status != STATUS_OK)
        return code;
    code = write_row(apply, &job->save, &written);
    if (code == SQLITE_OK && !written)
        return sqlite_apply_refuse(job, STATUS_CONFLICT, NULL,
                                   "another change of this order came first");
    return code == SQLITE_OK ? write_rest(apply, &job->save) : code;
}
