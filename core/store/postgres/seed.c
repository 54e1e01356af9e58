/* Adding old orders to a PostgreSQL database, by COPY in its binary format (PostgreSQL, sql-copy):
 * a signature, for each row the number of its fields and each field with its length, and -1. */
#include "store/postgres/seed.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/postgres/arguments.h"
#include "store/postgres/connect.h"
#include "store/postgres/migrate.h"
#include "store/seed_ops.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

enum { CONNECT_MS = 10000, SETTINGS_MS = 5000, BATCH_MS = 60000, ITEM_FIELDS = 5 };

static const char copy_orders[] =
    "COPY orders (order_id, user_id, status, currency, total_amount, notes, reason, version,"
    " created_at, updated_at, completed_at) FROM STDIN (FORMAT binary)";
enum { ORDER_FIELDS = 11 };
static const char copy_items[] =
    "COPY order_items (order_id, line, product_id, quantity, price) FROM STDIN (FORMAT binary)";

struct pg_seed {
    struct seed seed;
    PGconn *conn;
    struct buffer orders, items; /* of the batch under way */
};

/* ---- rows ---- */

static void put_header(struct buffer *rows)
{
    static const char signature[] = "PGCOPY\n\377\r\n"; /* its zero byte counts */
    static const char no_flags_no_extension[8] = {0};

    buffer_clear(rows);
    buffer_append(rows, signature, sizeof(signature));
    buffer_append(rows, no_flags_no_extension, sizeof(no_flags_no_extension));
}

static void put_16(struct buffer *rows, int16_t number)
{
    uint16_t wire = htobe16((uint16_t)number);

    buffer_append(rows, &wire, sizeof(wire));
}

static void put_32(struct buffer *rows, int32_t number)
{
    uint32_t wire = htobe32((uint32_t)number);

    buffer_append(rows, &wire, sizeof(wire));
}

static void put_field(struct buffer *rows, const void *bytes, size_t size)
{
    put_32(rows, (int32_t)size);
    buffer_append(rows, bytes, size);
}

static void put_short(struct buffer *rows, int16_t number)
{
    put_32(rows, sizeof(number));
    put_16(rows, number);
}

static void put_number(struct buffer *rows, int64_t number)
{
    uint64_t wire = htobe64((uint64_t)number);

    put_field(rows, &wire, sizeof(wire));
}

static void put_uuid(struct buffer *rows, const struct uuid *uuid)
{
    put_field(rows, uuid->bytes, sizeof(uuid->bytes));
}

static void put_text(struct buffer *rows, const char *text, size_t length)
{
    if (text == NULL)
        put_32(rows, -1);
    else
        put_field(rows, text, length);
}

/* 0: null */
static void put_time(struct buffer *rows, int64_t wall_ms)
{
    if (wall_ms == 0)
        put_32(rows, -1);
    else
        put_number(rows, pg_time_of(wall_ms));
}

static void put_order(struct buffer *rows, const struct order_record *record)
{
    put_16(rows, ORDER_FIELDS);
    put_uuid(rows, &record->order_id);
    put_uuid(rows, &record->user_id);
    put_short(rows, (int16_t)record->status);
    put_text(rows, record->currency->code, strlen(record->currency->code));
    put_number(rows, record->total_amount);
    put_text(rows, record->notes, record->notes_length);
    put_text(rows, record->reason, record->reason_length);
    put_number(rows, record->version);
    put_time(rows, record->created_at);
    put_time(rows, record->updated_at);
    put_time(rows, record->completed_at);
}

static void put_items(struct buffer *rows, const struct order_record *record)
{
    for (size_t i = 0; i < record->item_count; i++) {
        put_16(rows, ITEM_FIELDS);
        put_uuid(rows, &record->order_id);
        put_short(rows, (int16_t)i);
        put_uuid(rows, &record->items[i].product_id);
        put_number(rows, record->items[i].quantity);
        put_number(rows, record->items[i].price);
    }
}

static void put_all(struct pg_seed *self, const struct order_record *records, size_t count)
{
    put_header(&self->orders);
    put_header(&self->items);
    for (size_t i = 0; i < count; i++) {
        put_order(&self->orders, &records[i]);
        put_items(&self->items, &records[i]);
    }
    put_16(&self->orders, -1);
    put_16(&self->items, -1);
}

/* ---- writing ---- */

static enum status write_batch(struct seed *seed, const struct order_record *records, size_t count,
                               struct fault *fault)
{
    struct pg_seed *self = (struct pg_seed *)seed;
    struct pg_patience patience = pg_patience(-1, BATCH_MS);
    struct fault ignored;
    enum status status = pg_do(self->conn, &patience, "BEGIN", fault);

    put_all(self, records, count);
    if (status == STATUS_OK)
        status = pg_copy(self->conn, &patience, copy_orders, self->orders.data, self->orders.size,
                         fault);
    if (status == STATUS_OK)
        status =
            pg_copy(self->conn, &patience, copy_items, self->items.data, self->items.size, fault);
    if (status == STATUS_OK)
        return pg_do(self->conn, &patience, "COMMIT", fault);
    if (pg_do(self->conn, &patience, "ROLLBACK", &ignored) != STATUS_OK)
        log_debug("not rolled back: that goes with the connection");
    return status;
}

/* ---- opening ---- */

static void close_seed(struct seed *seed)
{
    struct pg_seed *self = (struct pg_seed *)seed;

    PQfinish(self->conn);
    buffer_release(&self->orders);
    buffer_release(&self->items);
    free(self);
}

static enum status connect_to(struct pg_seed *self, const char *text, struct fault *fault)
{
    struct pg_patience patience;
    struct pg_url *url = NULL;
    enum status status = pg_url_parse(text, "/url", true, &url, fault);

    if (status != STATUS_OK)
        return status;
    status = pg_connect(url, -1, CONNECT_MS, &self->conn, fault);
    patience = pg_patience(-1, SETTINGS_MS);
    if (status == STATUS_OK)
        status = pg_schema_check(self->conn, &patience, fault);
    pg_url_free(&url);
    return status;
}

enum status postgres_seed_open(const char *url, struct seed **seed, struct fault *fault)
{
    struct pg_seed *self = memory_new(sizeof(*self));
    enum status status;

    self->seed.write = write_batch;
    self->seed.close = close_seed;
    status = connect_to(self, url, fault);
    if (status == STATUS_OK)
        *seed = &self->seed;
    else
        close_seed(&self->seed);
    return status;
}
