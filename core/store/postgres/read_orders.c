/* Reading orders: those that were asked for in one turn with one statement, and lists. */
#include "store/list_cursor.h"
#include "store/list_range.h"
#include "store/parts.h"
#include "store/postgres/repository.h"
#include "store/postgres/row.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The columns of ORDER_COLUMNS and ITEMS_OF_O (statements.c), and where a list has stopped. */
enum {
    COLUMN_ORDER_ID,
    COLUMN_USER_ID,
    COLUMN_STATUS,
    COLUMN_CURRENCY,
    COLUMN_TOTAL,
    COLUMN_NOTES,
    COLUMN_REASON,
    COLUMN_VERSION,
    COLUMN_CREATED_AT,
    COLUMN_UPDATED_AT,
    COLUMN_COMPLETED_AT,
    COLUMN_PRODUCTS,
    COLUMN_QUANTITIES,
    COLUMN_PRICES,
    COLUMN_STOPPED,
};

/* ---- from a row to an order ---- */

static bool read_items(const struct pg_row *row, struct order_item items[ORDER_ITEMS_LIMIT],
                       size_t *count)
{
    struct pg_elements products, quantities, prices;

    if (!pg_column_array(row, COLUMN_PRODUCTS, &products) ||
        !pg_column_array(row, COLUMN_QUANTITIES, &quantities) ||
        !pg_column_array(row, COLUMN_PRICES, &prices) || products.count > ORDER_ITEMS_LIMIT)
        return false;
    *count = products.count;
    for (size_t i = 0; i < *count; i++) {
        const uint8_t *product = pg_element(&products, sizeof(items[i].product_id.bytes));
        if (product == NULL || !pg_element_number(&quantities, &items[i].quantity) ||
            !pg_element_number(&prices, &items[i].price))
            return false;
        memcpy(items[i].product_id.bytes, product, sizeof(items[i].product_id.bytes));
    }
    return true;
}

static bool read_record(const struct pg_row *row, struct order_record *record)
{
    size_t length;
    const char *currency = pg_column_text(row, COLUMN_CURRENCY, &length);

    if (!pg_column_uuid(row, COLUMN_ORDER_ID, &record->order_id) ||
        !pg_column_uuid(row, COLUMN_USER_ID, &record->user_id) || currency == NULL)
        return false;
    record->currency = currency_find(currency, length);
    record->status = (enum order_status)pg_column_number(row, COLUMN_STATUS);
    record->total_amount = pg_column_number(row, COLUMN_TOTAL);
    record->notes = pg_column_text(row, COLUMN_NOTES, &record->notes_length);
    record->reason = pg_column_text(row, COLUMN_REASON, &record->reason_length);
    record->version = pg_column_number(row, COLUMN_VERSION);
    record->created_at = pg_column_time(row, COLUMN_CREATED_AT);
    record->updated_at = pg_column_time(row, COLUMN_UPDATED_AT);
    record->completed_at = pg_column_time(row, COLUMN_COMPLETED_AT);
    return record->currency != NULL;
}

static enum status restore(const struct pg_row *row, struct order **order, struct fault *fault)
{
    struct order_item items[ORDER_ITEMS_LIMIT];
    struct order_record record = {.items = items};
    struct fault broken = {0};

    if (!read_record(row, &record))
        return store_damaged(&record.order_id, "its identifiers or its currency", fault);
    if (!read_items(row, items, &record.item_count))
        return store_damaged(&record.order_id, "its items", fault);
    if (order_restore(&record, order, &broken) != STATUS_OK)
        return store_damaged(&record.order_id, broken.text, fault);
    return STATUS_OK;
}

/* ---- one order ---- */

static void get_answer_job(struct pg_job *job, enum status status, struct order *order,
                           const struct fault *fault)
{
    repository_got *got = job->got;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    got(arg, status, order, fault);
}

static void get_send(struct pg_batch *batch)
{
    struct pg_arguments *arguments = &batch->owner->arguments;
    const struct pg_job *job;

    pg_arguments_clear(arguments);
    pg_begin_array(arguments, PG_UUID);
    TAILQ_FOREACH(job, &batch->jobs, place)
    pg_put_uuid(arguments, &job->order_id);
    pg_end_array(arguments);
    pg_session_send(batch->lane->session, &batch->unit, PG_READ_ORDERS, arguments);
}

/* Everybody who has asked for the order of this row gets one of their own. */
static void get_take_row(struct pg_batch *batch, const struct pg_row *row)
{
    struct pg_job *job, *next;
    struct uuid order_id;

    if (!pg_column_uuid(row, COLUMN_ORDER_ID, &order_id))
        return;
    for (job = TAILQ_FIRST(&batch->jobs); job != NULL; job = next) {
        next = TAILQ_NEXT(job, place);
        if (!uuid_equal(&job->order_id, &order_id))
            continue;
        struct fault fault = {0};
        struct order *order = NULL;
        enum status status = restore(row, &order, &fault);
        get_answer_job(job, status, order, &fault);
    }
}

static void get_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    (void)index;
    for (int row = 0; row < PQntuples(result); row++)
        get_take_row(batch, &(struct pg_row){result, row});
}

static void get_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    get_answer_job(job, fault_set(&fault, status, where, "%s", why), NULL, &fault);
}

static void get_finish(struct pg_batch *batch)
{
    pg_batch_fail(batch, STATUS_NOT_FOUND, NULL, "there is no such order");
}

static const struct pg_job_kind kind_get = {
    .operation = STORE_GET,
    .grouped = true,
    .repeatable = true,
    .send = get_send,
    .answer = get_answer,
    .finish = get_finish,
    .fail = get_fail,
};

static enum pg_queue queue_for(enum read_kind kind)
{
    return kind == READ_LAGGING ? PG_QUEUE_LAGGING : PG_QUEUE_READS;
}

void pg_get(struct repository *repository, const struct uuid *order_id, enum read_kind kind,
            repository_got *got, void *arg)
{
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), &kind_get, 0, &why);
    struct fault fault = {0};

    if (job == NULL) {
        got(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), NULL, &fault);
        return;
    }
    job->got = got;
    job->arg = arg;
    job->order_id = *order_id;
    pg_job_submit(job, queue_for(kind));
}

/* ---- a page ---- */

/* Does a filter ask for what no index answers? Then more may have to be looked at than is given. */
static bool is_sifted(const struct order_query *query)
{
    return query->has_created_from || query->has_created_to || query->has_total_min ||
           query->has_total_max;
}

static void list_send(struct pg_batch *batch)
{
    static const enum pg_statement shapes[2][2] = {
        {PG_LIST_ALL, PG_LIST_BY_STATUS},
        {PG_LIST_BY_USER, PG_LIST_BY_USER_AND_STATUS},
    };
    const struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    const struct order_query *query = &job->list_of.query;
    struct pg_arguments *arguments = &batch->owner->arguments;
    int64_t wanted = (int64_t)query->limit + 1; /* one more tells whether there is another page */

    pg_arguments_clear(arguments);
    pg_put_uuid(arguments, &job->list_of.low);
    pg_put_uuid(arguments, &job->list_of.high);
    pg_put_number(arguments, is_sifted(query) ? STORE_SCAN_LIMIT : wanted);
    pg_put_number(arguments, query->has_total_min ? query->total_min : INT64_MIN);
    pg_put_number(arguments, query->has_total_max ? query->total_max : INT64_MAX);
    pg_put_time(arguments, query->has_created_from ? query->created_from : INT64_MIN);
    pg_put_time(arguments, query->has_created_to ? query->created_to : INT64_MAX);
    pg_put_number(arguments, wanted);
    if (query->user_id != NULL)
        pg_put_uuid(arguments, &job->list_of.user_id);
    if (query->has_status)
        pg_put_short(arguments, (int16_t)query->status);
    pg_session_send(batch->lane->session, &batch->unit,
                    shapes[query->user_id != NULL][query->has_status], arguments);
}

static enum status read_page(const struct order_query *query, const PGresult *result,
                             struct order_page *page, struct fault *fault)
{
    int rows = PQntuples(result);
    enum status status = STATUS_OK;
    struct uuid last = {{0}};

    for (int i = 0; i < rows && status == STATUS_OK && page->count < query->limit; i++) {
        struct pg_row row = {result, i};
        if (!pg_column_uuid(&row, COLUMN_ORDER_ID, &last))
            break; /* the row that only tells where the search has stopped */
        status = restore(&row, &page->orders[page->count], fault);
        page->count += status == STATUS_OK;
    }
    if (status != STATUS_OK || rows == 0)
        return status;
    if ((size_t)rows > query->limit ||
        (is_sifted(query) && pg_column_uuid(&(struct pg_row){result, 0}, COLUMN_STOPPED, &last)))
        store_cursor_write(&last, page->next_cursor);
    return STATUS_OK;
}

static void list_answer_job(struct pg_job *job, enum status status, struct order_page *page,
                            const struct fault *fault)
{
    repository_listed *listed = job->listed;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    listed(arg, status, page, fault);
}

static void list_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct order *orders[ORDER_QUERY_LIMIT] = {NULL};
    struct order_page page = {.orders = orders}, none = {0};
    struct fault fault = {0};
    enum status status;

    (void)index;
    if (job == NULL)
        return;
    status = read_page(&job->list_of.query, result, &page, &fault);
    list_answer_job(job, status, status == STATUS_OK ? &page : &none, &fault);
    for (size_t i = 0; i < page.count; i++)
        order_free(&orders[i]);
}

static void list_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct order_page none = {0};
    struct fault fault = {0};

    list_answer_job(job, fault_set(&fault, status, where, "%s", why), &none, &fault);
}

static const struct pg_job_kind kind_list = {
    .operation = STORE_LIST,
    .repeatable = true,
    .send = list_send,
    .answer = list_answer,
    .finish = pg_batch_unanswered,
    .fail = list_fail,
};

void pg_list(struct repository *repository, const struct order_query *query,
             const struct uuid *before, repository_listed *listed, void *arg)
{
    struct order_page none = {0};
    struct fault fault = {0};
    struct store_range range;
    const char *why;
    struct pg_job *job;

    if (!store_range_of(query, before, &range)) {
        listed(arg, STATUS_OK, &none, &fault);
        return;
    }
    job = pg_job_new(pg_repository_of(repository), &kind_list, 0, &why);
    if (job == NULL) {
        listed(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), &none, &fault);
        return;
    }
    job->listed = listed;
    job->arg = arg;
    job->list_of.query = *query;
    if (query->user_id != NULL)
        job->list_of.user_id = *query->user_id;
    job->list_of.low = range.low;
    job->list_of.high = range.high;
    pg_job_submit(job, queue_for(query->kind));
}
