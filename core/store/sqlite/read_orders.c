/* Reading orders: one by its id, or a page of them, newest first.
 *
 * A statement that stands on a row holds its read transaction open, so the items that are read
 * meanwhile on the same connection are of the same snapshot, without a BEGIN and a COMMIT. */
#include "base/clock.h"
#include "store/list_cursor.h"
#include "store/list_range.h"
#include "store/parts.h"
#include "store/sqlite/repository.h"
#include "store/store_metrics.h"

/* The columns of ORDER_COLUMNS (statements.c). */
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
};

/* ---- one order ---- */

static enum status read_items(struct sqlite_repository *self, const struct uuid *order_id,
                              struct order_item items[ORDER_ITEMS_LIMIT], size_t *count,
                              struct fault *fault)
{
    struct sqlite_call call = sqlite_call(&self->connection, SQL_READ_ITEMS);
    bool sound = true;
    int code;

    *count = 0;
    sqlite_bind_uuid(&call, order_id);
    while (sound && sqlite_call_row(&call)) {
        struct order_item *item = &items[*count];
        sound = *count < ORDER_ITEMS_LIMIT && sqlite_column_uuid(&call, 0, &item->product_id);
        if (!sound)
            break;
        item->quantity = sqlite3_column_int64(call.statement, 1);
        item->price = sqlite3_column_int64(call.statement, 2);
        ++*count;
    }
    code = sqlite_call_end(&call);
    if (code != SQLITE_OK)
        return sqlite_fault(&self->connection, code, "reading items", fault);
    return sound ? STATUS_OK : store_damaged(order_id, "its items", fault);
}

static bool read_record(const struct sqlite_call *call, struct order_record *record)
{
    size_t length;
    const char *currency = sqlite_column_string(call, COLUMN_CURRENCY, &length);

    if (!sqlite_column_uuid(call, COLUMN_ORDER_ID, &record->order_id) ||
        !sqlite_column_uuid(call, COLUMN_USER_ID, &record->user_id) || currency == NULL)
        return false;
    record->currency = currency_find(currency, length);
    record->status = (enum order_status)sqlite3_column_int(call->statement, COLUMN_STATUS);
    record->total_amount = sqlite3_column_int64(call->statement, COLUMN_TOTAL);
    record->notes = sqlite_column_string(call, COLUMN_NOTES, &record->notes_length);
    record->reason = sqlite_column_string(call, COLUMN_REASON, &record->reason_length);
    record->version = sqlite3_column_int64(call->statement, COLUMN_VERSION);
    record->created_at = sqlite3_column_int64(call->statement, COLUMN_CREATED_AT);
    record->updated_at = sqlite3_column_int64(call->statement, COLUMN_UPDATED_AT);
    record->completed_at = sqlite3_column_int64(call->statement, COLUMN_COMPLETED_AT);
    return record->currency != NULL;
}

/* The order of the row on which `call` stands. */
static enum status restore(struct sqlite_repository *self, const struct sqlite_call *call,
                           struct order **order, struct fault *fault)
{
    struct order_item items[ORDER_ITEMS_LIMIT];
    struct order_record record = {.items = items};
    struct fault broken = {0};
    enum status status;

    if (!read_record(call, &record))
        return store_damaged(&record.order_id, "its identifiers or its currency", fault);
    status = read_items(self, &record.order_id, items, &record.item_count, fault);
    if (status != STATUS_OK)
        return status;
    if (order_restore(&record, order, &broken) != STATUS_OK)
        return store_damaged(&record.order_id, broken.text, fault);
    return STATUS_OK;
}

static enum status read_order(struct sqlite_repository *self, const struct uuid *order_id,
                              struct order **order, struct fault *fault)
{
    struct sqlite_call call = sqlite_call(&self->connection, SQL_READ_ORDER);
    enum status status;
    int code;

    sqlite_bind_uuid(&call, order_id);
    if (sqlite_call_row(&call))
        status = restore(self, &call, order, fault);
    else
        status = STATUS_NOT_FOUND;
    code = sqlite_call_end(&call);
    if (code != SQLITE_OK)
        return sqlite_fault(&self->connection, code, "reading an order", fault);
    if (status == STATUS_NOT_FOUND)
        return fault_set(fault, status, NULL, "there is no such order");
    return status;
}

/* There is one file, so no read lags. */
void sqlite_read_order(struct repository *repository, const struct uuid *order_id,
                       enum read_kind kind, repository_got *got, void *arg)
{
    int64_t started_us = clock_monotonic_us();
    struct fault fault = {0};
    struct order *order = NULL;
    enum status status =
        read_order((struct sqlite_repository *)repository, order_id, &order, &fault);

    (void)kind;
    store_metrics_observe(STORE_GET, started_us);
    got(arg, status, order, &fault);
}

/* ---- a page ---- */

static struct sqlite_call begin_list(struct sqlite_repository *self,
                                     const struct order_query *query,
                                     const struct store_range *range)
{
    static const enum sqlite_statement shapes[2][2] = {
        {SQL_LIST_ALL, SQL_LIST_BY_STATUS},
        {SQL_LIST_BY_USER, SQL_LIST_BY_USER_AND_STATUS},
    };
    struct sqlite_call call =
        sqlite_call(&self->connection, shapes[query->user_id != NULL][query->has_status]);

    if (query->user_id != NULL)
        sqlite_bind_uuid(&call, query->user_id);
    if (query->has_status)
        sqlite_bind_number(&call, query->status);
    sqlite_bind_uuid(&call, &range->low);
    sqlite_bind_uuid(&call, &range->high);
    return call;
}

/* What no index answers. */
static bool row_matches(const struct sqlite_call *call, const struct order_query *query)
{
    int64_t total = sqlite3_column_int64(call->statement, COLUMN_TOTAL);
    int64_t created_at = sqlite3_column_int64(call->statement, COLUMN_CREATED_AT);

    return !(query->has_total_min && total < query->total_min) &&
           !(query->has_total_max && total > query->total_max) &&
           !(query->has_created_from && created_at < query->created_from) &&
           !(query->has_created_to && created_at > query->created_to);
}

/* Fills the page, looking one order further than it holds to know whether there is another. */
static enum status read_rows(struct sqlite_repository *self, struct sqlite_call *call,
                             const struct order_query *query, struct order_page *page,
                             struct fault *fault)
{
    struct uuid last = {{0}};
    enum status status = STATUS_OK;
    size_t scanned = 0;

    while (status == STATUS_OK && sqlite_call_row(call)) {
        bool matches = row_matches(call, query);
        if (scanned++ == STORE_SCAN_LIMIT || (matches && page->count == query->limit)) {
            store_cursor_write(&last, page->next_cursor);
            break;
        }
        if (!sqlite_column_uuid(call, COLUMN_ORDER_ID, &last))
            return store_damaged(&last, "its identifier", fault);
        if (matches) {
            status = restore(self, call, &page->orders[page->count], fault);
            page->count += status == STATUS_OK;
        }
    }
    return status;
}

static enum status read_page(struct sqlite_repository *self, const struct order_query *query,
                             const struct uuid *before, struct order_page *page,
                             struct fault *fault)
{
    struct store_range range;
    struct sqlite_call call;
    enum status status;
    int code;

    if (!store_range_of(query, before, &range))
        return STATUS_OK;
    call = begin_list(self, query, &range);
    status = read_rows(self, &call, query, page, fault);
    code = sqlite_call_end(&call);
    return code == SQLITE_OK ? status
                             : sqlite_fault(&self->connection, code, "listing orders", fault);
}

void sqlite_read_list(struct repository *repository, const struct order_query *query,
                      const struct uuid *before, repository_listed *listed, void *arg)
{
    int64_t started_us = clock_monotonic_us();
    struct order *orders[ORDER_QUERY_LIMIT] = {NULL};
    struct order_page page = {.orders = orders}, none = {0};
    struct fault fault = {0};
    enum status status =
        read_page((struct sqlite_repository *)repository, query, before, &page, &fault);

    store_metrics_observe(STORE_LIST, started_us);
    listed(arg, status, status == STATUS_OK ? &page : &none, &fault);
    for (size_t i = 0; i < page.count; i++)
        order_free(&orders[i]);
}
