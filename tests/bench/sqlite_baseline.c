/* sqlite_baseline SECONDS DIRECTORY: how many orders a second the sqlite3 library alone writes.
 *
 * The same tables (made from the store's own migrations), the same rows for each order (one order,
 * two items, one event), the same pragmas, in groups of 32, from one thread that does nothing
 * else: the yardstick of what the store, and all that stands above it, costs. */
#include <fcntl.h>
#include <glob.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

enum { GROUP = 32, USERS = 1000, ID = 16, CHECKPOINT_PAGES = 4000 };

static sqlite3 *db;

static _Noreturn void fail(const char *doing)
{
    fprintf(stderr, "sqlite_baseline: %s: %s\n", doing, db == NULL ? "" : sqlite3_errmsg(db));
    exit(1);
}

static void run(const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(sql);
}

/* ---- the schema ---- */

static void run_file(const char *path)
{
    char sql[16384];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = file < 0 ? -1 : read(file, sql, sizeof(sql) - 1);

    if (length < 0 || (size_t)length == sizeof(sql) - 1)
        fail(path);
    sql[length] = '\0';
    close(file);
    run(sql);
}

static void make_schema(void)
{
    glob_t found;

    if (glob(MIGRATIONS "/*.sql", 0, NULL, &found) != 0)
        fail(MIGRATIONS);
    for (size_t i = 0; i < found.gl_pathc; i++)
        run_file(found.gl_pathv[i]);
    globfree(&found);
}

static void open_database(const char *directory)
{
    char path[4096];

    snprintf(path, sizeof(path), "%s/baseline.db", directory);
    if (sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) != SQLITE_OK ||
        sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK)
        fail(path);
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = 1;"
        "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;");
    make_schema();
    if (sqlite3_wal_autocheckpoint(db, CHECKPOINT_PAGES) != SQLITE_OK)
        fail("wal_autocheckpoint");
}

/* ---- the rows ---- */

static sqlite3_stmt *begin, *commit, *insert_order, *insert_item, *insert_event, *write_head;

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        fail(sql);
    return statement;
}

static void prepare_all(void)
{
    begin = prepare("BEGIN IMMEDIATE");
    commit = prepare("COMMIT");
    insert_order = prepare("INSERT INTO orders (order_id, user_id, status, currency, total_amount,"
                           " notes, reason, version, created_at, updated_at, completed_at)"
                           " VALUES (?, ?, 0, 'USD', 2797, NULL, NULL, 1, ?, ?, NULL)"
                           " ON CONFLICT (order_id) DO NOTHING");
    insert_item = prepare("INSERT INTO order_items (order_id, line, product_id, quantity, price)"
                          " VALUES (?, ?, ?, 2, 1099)");
    insert_event = prepare("INSERT INTO events (position, previous, event_id, order_id, topic,"
                           " type, occurred_at, traceparent, data) VALUES (?, ?, ?, ?,"
                           " 'order.created', 'OrderCreatedEvent', ?, ?, ?)");
    write_head = prepare("INSERT INTO heads (topic, position) VALUES ('order.created', ?)"
                         " ON CONFLICT (topic) DO UPDATE SET position = excluded.position");
}

static void step(sqlite3_stmt *statement)
{
    if (sqlite3_step(statement) != SQLITE_DONE || sqlite3_reset(statement) != SQLITE_OK)
        fail(sqlite3_sql(statement));
}

static void bind_id(sqlite3_stmt *statement, int index, const uint8_t id[ID])
{
    if (sqlite3_bind_blob(statement, index, id, ID, SQLITE_STATIC) != SQLITE_OK)
        fail("bind");
}

static void bind_number(sqlite3_stmt *statement, int index, int64_t number)
{
    if (sqlite3_bind_int64(statement, index, number) != SQLITE_OK)
        fail("bind");
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    if (sqlite3_bind_text(statement, index, text, -1, SQLITE_STATIC) != SQLITE_OK)
        fail("bind");
}

static int64_t now_us(clockid_t clock)
{
    struct timespec time;

    clock_gettime(clock, &time);
    return (int64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

/* An id that sorts by time, like a UUID of version 7. */
static void make_id(uint8_t id[ID], int64_t ms)
{
    if (getrandom(id, ID, 0) != ID)
        fail("getrandom");
    for (int i = 0; i < 6; i++)
        id[i] = (uint8_t)(ms >> (40 - 8 * i));
}

/* Data of the size of a real event of two items. */
static const char event_data[] =
    "{\"order_id\":\"0190a000-0000-7000-8000-000000000001\","
    "\"user_id\":\"0190a000-0000-7000-8000-000000000002\",\"status\":\"PENDING\","
    "\"total_amount\":\"27.97\",\"currency\":\"USD\",\"items\":["
    "{\"product_id\":\"0190a000-0000-7000-8000-000000000001\",\"quantity\":2,\"price\":\"10.99\"},"
    "{\"product_id\":\"0190a000-0000-7000-8000-000000000002\",\"quantity\":1,\"price\":\"5.99\"}],"
    "\"version\":1,\"occurred_at\":\"2026-01-01T00:00:00.000Z\"}";

static void write_items(const uint8_t order_id[ID])
{
    static const uint8_t products[2][ID] = {{1, 0x90, 0xa0, 15, 1}, {1, 0x90, 0xa0, 15, 2}};

    for (int line = 0; line < 2; line++) {
        bind_id(insert_item, 1, order_id);
        bind_number(insert_item, 2, line);
        bind_id(insert_item, 3, products[line]);
        step(insert_item);
    }
}

static void write_event(const uint8_t order_id[ID], int64_t position, int64_t ms)
{
    uint8_t event_id[ID];

    make_id(event_id, ms);
    bind_number(insert_event, 1, position);
    bind_number(insert_event, 2, position - 1);
    bind_id(insert_event, 3, event_id);
    bind_id(insert_event, 4, order_id);
    bind_number(insert_event, 5, ms);
    bind_text(insert_event, 6, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    bind_text(insert_event, 7, event_data);
    step(insert_event);
}

static void write_order(int64_t position)
{
    int64_t ms = now_us(CLOCK_REALTIME) / 1000;
    uint8_t order_id[ID], user_id[ID] = {1, 0x90, 0xb0};

    make_id(order_id, ms);
    user_id[14] = (uint8_t)(order_id[15] % 4);
    user_id[15] = (uint8_t)(order_id[14] % (USERS / 4));
    bind_id(insert_order, 1, order_id);
    bind_id(insert_order, 2, user_id);
    bind_number(insert_order, 3, ms);
    bind_number(insert_order, 4, ms);
    step(insert_order);
    write_items(order_id);
    write_event(order_id, position, ms);
}

int main(int count, char **arguments)
{
    int64_t orders = 0, start, end, limit_us;

    if (count != 3 || (limit_us = (int64_t)(strtod(arguments[1], NULL) * 1e6)) <= 0) {
        fprintf(stderr, "usage: sqlite_baseline SECONDS DIRECTORY\n");
        return 2;
    }
    open_database(arguments[2]);
    prepare_all();
    start = end = now_us(CLOCK_MONOTONIC);
    for (; end - start < limit_us; end = now_us(CLOCK_MONOTONIC)) {
        step(begin);
        for (int i = 0; i < GROUP; i++)
            write_order(++orders);
        bind_number(write_head, 1, orders);
        step(write_head);
        step(commit);
    }
    printf("%.0f orders/s by the sqlite3 library alone, groups of %d\n",
           (double)orders * 1e6 / (double)(end - start), GROUP);
    return 0;
}
