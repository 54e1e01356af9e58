/* Making rows: orders by the program that an operator makes them with, the rest by the server. */
#include "postgres_rows.h"

#include "../../contract/postgres_place.h"
#include "../../contract/postgres_server.h"

#include "orderctl/orderctl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static struct postgres_place *place;

void rows_maintain(const char *sql)
{
    postgres_server_sql(place->database, sql);
}

static void orderctl(int count, const char *const arguments[])
{
    FILE *nobody = fopen("/dev/null", "w");

    assert_non_null(nobody);
    assert_int_equal(orderctl_run(count, (char **)arguments, nobody, stderr), ORDERCTL_DONE);
    fclose(nobody);
}

const char *rows_begin(void)
{
    place = postgres_factory.create();
    rows_maintain("ALTER SYSTEM SET autovacuum = off");
    rows_maintain("SELECT pg_reload_conf()");
    orderctl(4, (const char *const[]){"orderctl", "migrate", "--url", place->url, NULL});
    return place->url;
}

void rows_end(void)
{
    postgres_factory.destroy(place);
}

void rows_add_orders(const char *orders, const char *users)
{
    orderctl(8, (const char *const[]){"orderctl", "seed", "--url", place->url, "--orders", orders,
                                      "--users", users, NULL});
}

static void rows_add_inbound(int count)
{
    char sql[1024];

    snprintf(
        sql, sizeof(sql),
        "INSERT INTO inbound (event_id, xid, topic, received_at, payload, handled_at)"
        " SELECT 'in-' || n, (3 + n / 1000)::text::xid8, 'topic', moment,"
        " CASE n %% 3 WHEN 0 THEN '\\x00'::bytea END, CASE n %% 3 WHEN 0 THEN NULL ELSE moment END"
        " FROM generate_series(1, %d) AS n,"
        " LATERAL (SELECT now() - interval '300 days' + n * interval '1 second' AS moment) AS m",
        count);
    rows_maintain(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO inbox SELECT 'in-' || n, now() - interval '300 days' + n * interval"
             " '1 second' FROM generate_series(1, %d) AS n",
             count);
    rows_maintain(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO dead_letters (source, topic, reason, payload, received_at, retrying)"
             " SELECT 'source ' || n %% 7, 'topic', 'why', repeat('x', 100)::bytea,"
             " now() - interval '300 days' + n * interval '1 second',"
             " CASE n %% 100 WHEN 0 THEN (3 + n / 1000)::text::xid8 END"
             " FROM generate_series(1, %d) AS n",
             count);
    rows_maintain(sql);
}

void rows_add_others(int count)
{
    char sql[1024];

    snprintf(sql, sizeof(sql),
             "INSERT INTO events (xid, id, event_id, order_id, topic, type, occurred_at, data)"
             " SELECT (3 + n / 1000)::text::xid8, n, gen_random_uuid(), gen_random_uuid(),"
             " (ARRAY['order.created', 'order.status_changed', 'order.completed'])[1 + n %% 3],"
             " 'OrderCreatedEvent', now() - interval '300 days' + n * interval '1 second',"
             " repeat('x', 300) FROM generate_series(1, %d) AS n",
             count);
    rows_maintain(sql);
    snprintf(sql, sizeof(sql),
             "INSERT INTO idempotency_keys SELECT ('0190b000-0000-7000-8000-' ||"
             " lpad(to_hex(n %% 20000), 12, '0'))::uuid, 'key-' || n, '\\x00', '\\x00',"
             " now() - interval '48 hours' * (n::float8 / %d) FROM generate_series(1, %d) AS n",
             count, count);
    rows_maintain(sql);
    rows_add_inbound(count);
}

void rows_take_others_away(void)
{
    rows_maintain("TRUNCATE events, idempotency_keys, inbound, inbox, dead_letters");
}
