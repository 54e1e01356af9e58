/* Laying out a group of saves column by column. A column is a type and how one save puts its values
 * there: one of an order, several of its items and events. */
#include "store/postgres/save_columns.h"

struct column {
    enum pg_type type;
    void (*put)(struct pg_arguments *arguments, const struct save_copy *copy);
};

/* ---- filters ---- */

bool pg_save_new(const struct save_copy *copy)
{
    return copy->stored_version == 0;
}

bool pg_save_changed(const struct save_copy *copy)
{
    return copy->stored_version != 0;
}

bool pg_save_keyed(const struct save_copy *copy)
{
    return copy->keyed != NULL;
}

bool pg_save_new_keyed(const struct save_copy *copy)
{
    return pg_save_new(copy) && pg_save_keyed(copy);
}

bool pg_save_new_caused(const struct save_copy *copy)
{
    return pg_save_new(copy) && copy->inbox_id != NULL;
}

static bool changed_keyed(const struct save_copy *copy)
{
    return pg_save_changed(copy) && pg_save_keyed(copy);
}

static bool changed_caused(const struct save_copy *copy)
{
    return pg_save_changed(copy) && copy->inbox_id != NULL;
}

bool pg_saves_some(const struct pg_job_list *jobs, pg_save_filter *filter)
{
    const struct pg_job *job;

    TAILQ_FOREACH(job, jobs, place)
    if (filter(&job->save.copy))
        return true;
    return false;
}

/* ---- an order ---- */

static void put_order_id(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_uuid(arguments, &copy->record.order_id);
}

static void put_user_id(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_uuid(arguments, &copy->record.user_id);
}

static void put_expected(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_number(arguments, copy->stored_version);
}

static void put_status(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_short(arguments, (int16_t)copy->record.status);
}

static void put_currency(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_string(arguments, copy->record.currency->code);
}

static void put_total(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_number(arguments, copy->record.total_amount);
}

static void put_notes(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_text(arguments, copy->record.notes, copy->record.notes_length);
}

static void put_reason(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_text(arguments, copy->record.reason, copy->record.reason_length);
}

static void put_version(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_number(arguments, copy->record.version);
}

static void put_created(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_time(arguments, copy->record.created_at);
}

static void put_updated(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_time(arguments, copy->record.updated_at);
}

static void put_completed(struct pg_arguments *arguments, const struct save_copy *copy)
{
    if (copy->record.completed_at == 0)
        pg_put_null(arguments);
    else
        pg_put_time(arguments, copy->record.completed_at);
}

/* ---- its items ---- */

static void put_item_orders(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->record.item_count; i++)
        pg_put_uuid(arguments, &copy->record.order_id);
}

static void put_lines(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->record.item_count; i++)
        pg_put_short(arguments, (int16_t)i);
}

static void put_products(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->record.item_count; i++)
        pg_put_uuid(arguments, &copy->record.items[i].product_id);
}

static void put_quantities(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->record.item_count; i++)
        pg_put_number(arguments, copy->record.items[i].quantity);
}

static void put_prices(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->record.item_count; i++)
        pg_put_number(arguments, copy->record.items[i].price);
}

/* ---- its events ---- */

static void put_event_ids(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->event_count; i++)
        pg_put_uuid(arguments, &copy->events[i].event_id);
}

static void put_event_orders(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->event_count; i++)
        pg_put_uuid(arguments, &copy->record.order_id);
}

static void put_topics(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->event_count; i++)
        pg_put_string(arguments, order_event_topic(copy->events[i].kind));
}

static void put_types(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->event_count; i++)
        pg_put_string(arguments, order_event_type(copy->events[i].kind));
}

static void put_times(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->event_count; i++)
        pg_put_time(arguments, copy->events[i].occurred_at);
}

static void put_traces(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->event_count; i++)
        pg_put_string(arguments, copy->traceparent);
}

static void put_data(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (size_t i = 0; i < copy->event_count; i++)
        pg_put_text(arguments, copy->events[i].data, copy->events[i].data_length);
}

/* ---- its key, and what has caused it ---- */

static void put_key_user(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_uuid(arguments, &copy->keyed->user_id);
}

static void put_key(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_string(arguments, copy->keyed->key);
}

static void put_hash(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_bytes(arguments, copy->keyed->request_hash, KEY_HASH_SIZE);
}

static void put_answer(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_bytes(arguments, copy->keyed->answer, copy->keyed->answer_length);
}

static void put_inbox_id(struct pg_arguments *arguments, const struct save_copy *copy)
{
    pg_put_string(arguments, copy->inbox_id);
}

/* ---- statements ---- */

static const struct column order_columns[] = {
    {PG_UUID, put_order_id}, {PG_UUID, put_user_id},   {PG_INT2, put_status},
    {PG_TEXT, put_currency}, {PG_INT8, put_total},     {PG_TEXT, put_notes},
    {PG_TEXT, put_reason},   {PG_INT8, put_version},   {PG_TIME, put_created},
    {PG_TIME, put_updated},  {PG_TIME, put_completed}, {0}};

static const struct column item_columns[] = {{PG_UUID, put_item_orders}, {PG_INT2, put_lines},
                                             {PG_UUID, put_products},    {PG_INT8, put_quantities},
                                             {PG_INT8, put_prices},      {0}};

static const struct column event_columns[] = {{PG_UUID, put_event_ids}, {PG_UUID, put_event_orders},
                                              {PG_TEXT, put_topics},    {PG_TEXT, put_types},
                                              {PG_TIME, put_times},     {PG_TEXT, put_traces},
                                              {PG_TEXT, put_data},      {0}};

static const struct column key_names[] = {{PG_UUID, put_key_user}, {PG_TEXT, put_key}, {0}};

static const struct column key_columns[] = {
    {PG_UUID, put_key_user}, {PG_TEXT, put_key}, {PG_BYTEA, put_hash}, {PG_BYTEA, put_answer}, {0}};

static const struct column inbox_columns[] = {{PG_TEXT, put_inbox_id}, {0}};

static const struct column change_columns[] = {{PG_UUID, put_order_id},  {PG_INT8, put_expected},
                                               {PG_INT2, put_status},    {PG_INT8, put_total},
                                               {PG_TEXT, put_notes},     {PG_TEXT, put_reason},
                                               {PG_INT8, put_version},   {PG_TIME, put_updated},
                                               {PG_TIME, put_completed}, {0}};

static const struct column order_id_column[] = {{PG_UUID, put_order_id}, {0}};

static void put_columns(struct pg_arguments *arguments, const struct pg_job_list *jobs,
                        pg_save_filter *filter, const struct column *columns)
{
    const struct pg_job *job;

    for (const struct column *column = columns; column->put != NULL; column++) {
        pg_begin_array(arguments, column->type);
        TAILQ_FOREACH(job, jobs, place)
        if (filter(&job->save.copy))
            column->put(arguments, &job->save.copy);
        pg_end_array(arguments);
    }
}

void pg_put_new_orders(struct pg_arguments *arguments, const struct pg_job_list *jobs)
{
    put_columns(arguments, jobs, pg_save_new, order_columns);
}

void pg_put_new_items(struct pg_arguments *arguments, const struct pg_job_list *jobs)
{
    put_columns(arguments, jobs, pg_save_new, item_columns);
}

void pg_put_new_events(struct pg_arguments *arguments, const struct pg_job_list *jobs)
{
    put_columns(arguments, jobs, pg_save_new, event_columns);
}

void pg_put_key_names(struct pg_arguments *arguments, const struct pg_job_list *jobs)
{
    put_columns(arguments, jobs, pg_save_keyed, key_names);
}

void pg_put_new_keys(struct pg_arguments *arguments, const struct pg_job_list *jobs)
{
    put_columns(arguments, jobs, pg_save_new_keyed, key_columns);
}

void pg_put_new_inbox(struct pg_arguments *arguments, const struct pg_job_list *jobs)
{
    put_columns(arguments, jobs, pg_save_new_caused, inbox_columns);
}

void pg_put_changes(struct pg_arguments *arguments, const struct pg_job_list *jobs)
{
    put_columns(arguments, jobs, pg_save_changed, change_columns);
    put_columns(arguments, jobs, pg_save_changed, event_columns);
    put_columns(arguments, jobs, changed_caused, order_id_column);
    put_columns(arguments, jobs, changed_caused, inbox_columns);
    put_columns(arguments, jobs, changed_keyed, order_id_column);
    put_columns(arguments, jobs, changed_keyed, key_columns);
}

void pg_put_items_of(struct pg_arguments *arguments, const struct save_copy *copy)
{
    for (const struct column *column = item_columns; column->put != NULL; column++) {
        pg_begin_array(arguments, column->type);
        column->put(arguments, copy);
        pg_end_array(arguments);
    }
}
