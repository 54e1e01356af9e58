/* The plans that PostgreSQL makes for the statements: each reads what it answers and nothing else,
 * whether they were made on empty tables, on a few rows or on a million, and however deep in the
 * tables a page lies.
 *
 * Two sessions look at the million: one that has its plans from when there were five orders, for
 * plans live until statistics are gathered, and one that has made them with the statistics. */
#include "postgres_plan.h"
#include "postgres_rows.h"

#include "base/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { PAGE = 21, LARGE_PAGE = 101, SCAN = 20000, RANGE = 50, DEPTHS = 3 };

static const char *url;
static PGconn *early, *late;
/* Order ids: where a page begins, and RANGE orders further down. */
static char bounds[DEPTHS][40], ends[DEPTHS][40];

/* The session that a test was given. */
static PGconn *session_of(void **state)
{
    return *(PGconn **)*state;
}

static int set_up(void **state)
{
    (void)state;
    url = rows_begin();
    early = plan_session(url);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    PQfinish(early);
    PQfinish(late);
    rows_end();
    return 0;
}

static void find_order(PGconn *conn, int depth, char order_id[40])
{
    char sql[128];

    snprintf(sql, sizeof(sql),
             "SELECT order_id FROM orders ORDER BY order_id DESC OFFSET %d LIMIT 1", depth);
    snprintf(order_id, 40, "%s", plan_ask(conn, sql));
}

static void find_bounds(PGconn *conn)
{
    static const int depths[DEPTHS] = {0, 100000, 900000};

    for (int i = 0; i < DEPTHS; i++) {
        find_order(conn, depths[i], bounds[i]);
        find_order(conn, depths[i] + RANGE, ends[i]);
    }
}

/* ---- plans ---- */

static void check_all(PGconn *conn)
{
    for (int i = 0; i < PG_STATEMENT_COUNT; i++)
        plan_check(conn, (enum pg_statement)i);
}

static void plans_made_on_empty_tables_read_along_indexes(void **state)
{
    (void)state;
    check_all(early);
}

static void plans_made_on_tables_known_to_be_empty_read_along_indexes(void **state)
{
    (void)state;
    rows_maintain("VACUUM ANALYZE");
    check_all(early);
}

static void plans_made_on_a_few_rows_read_along_indexes(void **state)
{
    (void)state;
    rows_add_orders("5", "3");
    rows_add_others(5);
    rows_maintain("ANALYZE");
    check_all(early);
}

static void plans_made_on_a_million_rows_read_along_indexes(void **state)
{
    (void)state;
    rows_take_others_away();
    rows_add_orders("150000", "1"); /* somebody with very many */
    rows_add_orders("850000", "20000");
    rows_add_others(300000);
    find_bounds(early);
    late = plan_session(url);
    check_all(late);
}

static void statistics_change_no_plan(void **state)
{
    (void)state;
    rows_maintain("ANALYZE");
    check_all(late);
}

/* ---- pages ---- */

#define HEAVY ", ''0190b000-0000-7000-8000-000000000001''"
#define SELDOM ", ''0190b000-0000-7000-8000-000000004e20''"
#define NOBODY ", ''ffffffff-ffff-ffff-ffff-ffffffffffff''"

static const struct shape {
    enum pg_statement statement;
    const char *key;
} shapes[] = {
    {PG_LIST_ALL, ""},
    {PG_LIST_BY_USER, HEAVY},
    {PG_LIST_BY_USER, SELDOM},
    {PG_LIST_BY_USER, NOBODY},
    {PG_LIST_BY_STATUS, ", 2"}, /* COMPLETED: most of them */
    {PG_LIST_BY_STATUS, ", 1"}, /* CONFIRMED: some of the newest */
    {PG_LIST_BY_STATUS, ", 0"}, /* PENDING: none */
    {PG_LIST_BY_USER_AND_STATUS, HEAVY ", 2"},
    {PG_LIST_BY_USER_AND_STATUS, HEAVY ", 0"},
    {PG_LIST_BY_USER_AND_STATUS, SELDOM ", 2"},
    {PG_LIST_BY_USER_AND_STATUS, NOBODY ", 2"},
};
enum { SHAPES = sizeof(shapes) / sizeof(shapes[0]) };

/* Over all shapes and depths. What is not said does not filter. */
struct query {
    int scan, wanted;  /* $3, $8 */
    bool within_range; /* no further down than RANGE orders */
    const char *least; /* total amount */
};

static struct plan run_page(PGconn *conn, const struct shape *shape, int depth,
                            const struct query *query)
{
    static const char all[] = "00000000-0000-0000-0000-000000000000";
    char arguments[512];

    snprintf(arguments, sizeof(arguments),
             "'(''%s'', ''%s'', %d, %s, 9223372036854775807, ''-infinity'', ''infinity'', %d%s)'",
             query->within_range ? ends[depth] : all, bounds[depth], query->scan,
             query->least == NULL ? "0" : query->least, query->wanted, shape->key);
    return plan_run(conn, shape->statement, arguments, "ROLLBACK");
}

/* An order costs its place in an index and its row, and as much for its items. */
static void assert_page(const struct plan *plan, int orders)
{
    plan_bound("orders", plan->read[PLAN_ORDERS], 0, orders);
    plan_bound("items", plan->read[PLAN_ITEMS], 0, 4 * orders);
    plan_bound("rows sorted", plan->sorted, 0, orders);
    plan_bound("blocks", plan->blocks, 1, 10 * orders + 10);
}

static void check_pages(PGconn *conn, int wanted)
{
    struct query query = {.scan = wanted, .wanted = wanted};

    for (int i = 0; i < SHAPES; i++) {
        struct plan first = run_page(conn, &shapes[i], 0, &query);
        assert_page(&first, wanted);
        for (int depth = 1; depth < DEPTHS; depth++) {
            struct plan plan = run_page(conn, &shapes[i], depth, &query);
            assert_page(&plan, wanted);
            plan_bound("blocks", plan.blocks, 1, first.blocks + first.blocks / 4 + 10);
        }
    }
}

static void a_page_reads_what_it_gives_at_any_depth(void **state)
{
    PGconn *conn = session_of(state);
    struct query query = {.scan = PAGE, .wanted = PAGE};
    struct plan plan = run_page(conn, &shapes[0], 0, &query);

    plan_bound("orders", plan.read[PLAN_ORDERS], PAGE,
               PAGE); /* what is bounded from here on is there */
    check_pages(conn, PAGE);
    check_pages(conn, LARGE_PAGE);
}

/* A page that is full need not tell where it has stopped; a short one reads as many places more. */
static void a_filter_that_all_orders_pass_costs_nothing(void **state)
{
    PGconn *conn = session_of(state);
    struct query query = {.scan = SCAN, .wanted = PAGE};

    for (int i = 0; i < SHAPES; i++)
        for (int depth = 0; depth < DEPTHS; depth++) {
            struct plan plan = run_page(conn, &shapes[i], depth, &query);
            assert_page(&plan, plan.read[PLAN_ORDERS] == PAGE ? PAGE : 2 * PAGE);
        }
}

/* Reads the orders once, and their places once more. */
static void a_filter_that_none_passes_looks_at_a_bounded_number(void **state)
{
    PGconn *conn = session_of(state);
    struct query query = {.scan = SCAN, .wanted = PAGE, .least = "100000000"};

    for (int i = 0; i < SHAPES; i++)
        for (int depth = 0; depth < DEPTHS; depth++) {
            struct plan plan = run_page(conn, &shapes[i], depth, &query);
            plan_bound("orders", plan.read[PLAN_ORDERS], 0, 2 * SCAN);
            plan_bound("items", plan.read[PLAN_ITEMS], 0, 0);
            plan_bound("rows sorted", plan.sorted, 0, 1);
            plan_bound("blocks", plan.blocks, 1, 5 * SCAN / 2);
        }
}

static void a_page_ends_where_the_range_of_its_ids_does(void **state)
{
    PGconn *conn = session_of(state);
    struct query query = {.scan = SCAN, .wanted = LARGE_PAGE, .within_range = true};

    for (int i = 0; i < SHAPES; i++)
        for (int depth = 0; depth < DEPTHS; depth++) {
            struct plan plan = run_page(conn, &shapes[i], depth, &query);
            assert_page(&plan, 2 * (RANGE + 1));
        }
}

/* ---- by key ---- */

/* The arguments of a change of `count` orders, each with an event, an inbound event and a key. */
#define OF_ORDERS(count)                                                                           \
    " FROM (SELECT array_agg(order_id) AS o, array_agg(version) AS v,"                             \
    " array_agg(2) AS s, array_agg(total_amount) AS t, array_agg(NULL::text) AS n,"                \
    " array_agg(now()) AS w, array_agg('x'::text) AS x, array_agg(user_id) AS u,"                  \
    " array_agg('new ' || order_id) AS k, array_agg('\\x00'::bytea) AS b"                          \
    " FROM (SELECT * FROM orders ORDER BY order_id DESC OFFSET 5000 LIMIT " #count ") AS picked)"  \
    " AS a)"

static void orders_are_read_and_changed_by_their_keys(void **state)
{
    PGconn *conn = session_of(state);
    struct plan plan =
        plan_run(conn, PG_READ_ORDERS, "(SELECT format('(%L)', o)" OF_ORDERS(100), "ROLLBACK");

    plan_bound("orders", plan.read[PLAN_ORDERS], 100, 100);
    assert_page(&plan, 100);
    plan = plan_run(conn, PG_CHANGE_ORDERS,
                    "(SELECT format('(%L,%L,%L,%L,%L,%L,%L,%L,%L, %L,%L,%L,%L,%L,%L,%L, %L,%L,"
                    " %L,%L,%L,%L,%L)', o, v, s, t, n, n, v, w, w, o, o, x, x, w, n, x, o, k,"
                    " o, u, k, b, b)" OF_ORDERS(64),
                    "ROLLBACK");
    plan_bound("orders", plan.read[PLAN_ORDERS], 64, 64);
    assert_int_equal(plan.read[PLAN_EVENTS] + plan.read[PLAN_KEYS] + plan.read[PLAN_INBOX], 0);
    plan_bound("rows sorted", plan.sorted, 0, 0);
    plan_bound("blocks", plan.blocks, 1, 64 * 80); /* 4 tables and their 10 indexes are written */
    plan = plan_run(conn, PG_LOOK_UP, "(SELECT format('(%L)', o[1])" OF_ORDERS(1), "ROLLBACK");
    plan_bound("orders", plan.read[PLAN_ORDERS], 1, 1);
}

#define OF_KEYS                                                                                    \
    " FROM (SELECT array_agg(user_id) AS u, array_agg(key) AS k"                                   \
    " FROM (SELECT user_id, key FROM idempotency_keys ORDER BY created_at LIMIT 100) AS picked)"   \
    " AS a)"

static void keys_are_found_and_forgotten_one_by_one(void **state)
{
    PGconn *conn = session_of(state);
    struct plan plan = plan_run(conn, PG_FORGET_KEYS,
                                "(SELECT format('(%L, %L, 86400000)', u, k)" OF_KEYS, "ROLLBACK");

    plan_bound("keys", plan.read[PLAN_KEYS], 100, 100);
    plan_bound("blocks", plan.blocks, 1, 100 * 8);
    plan = plan_run(conn, PG_FIND_KEY,
                    "(SELECT format('(%L, %L, 1000000000000)', u[1], k[1])" OF_KEYS, "ROLLBACK");
    plan_bound("keys", plan.read[PLAN_KEYS], 1, 1);
    plan_bound("blocks", plan.blocks, 1, 6);
}

/* ---- the stream ---- */

#define TOPICS "''{order.created,order.status_changed,order.cancelled,order.completed}''"

static void the_stream_is_read_from_where_the_reader_stands(void **state)
{
    PGconn *conn = session_of(state);
    static const char *const places[] = {"''0'', 0", "''153'', 150000", "''302'', 299900"};
    char arguments[256];
    struct plan plan;

    for (int i = 0; i < 3; i++) {
        snprintf(arguments, sizeof(arguments), "'(%s, 256)'", places[i]);
        plan = plan_run(conn, PG_READ_EVENTS, arguments, "ROLLBACK");
        plan_bound("events", plan.read[PLAN_EVENTS], 100, 256);
        plan_bound("blocks", plan.blocks, 1, 60);
        snprintf(arguments, sizeof(arguments), "'(%s, " TOPICS ")'", places[i]);
        plan = plan_run(conn, PG_READ_TAILS, arguments, "ROLLBACK");
        plan_bound("events", plan.read[PLAN_EVENTS], 0, 4);
        plan_bound("blocks", plan.blocks, 1, 40);
    }
    plan = plan_run(conn, PG_READ_ENDS, "'(" TOPICS ")'", "ROLLBACK");
    plan_bound("events", plan.read[PLAN_EVENTS], 3, 4);
    plan_bound("blocks", plan.blocks, 1, 40);
    plan = plan_run(conn, PG_READ_HEAD, "''", "ROLLBACK");
    plan_bound("events", plan.read[PLAN_EVENTS], 2, 2);
    plan_bound("blocks", plan.blocks, 1, 20);
}

/* At the first event of a transaction at a time. */
static void a_time_is_found_by_looking_at_a_few_events(void **state)
{
    PGconn *conn = session_of(state);
    struct plan plan;

    for (int day = 296; day <= 301; day++) {
        char arguments[128];
        snprintf(arguments, sizeof(arguments), "SELECT format('(%%L)', now() - interval '%d days')",
                 day);
        plan = plan_run(conn, PG_FIND_TIME, arguments, "ROLLBACK");
        plan_bound("events", plan.read[PLAN_EVENTS], 0, 30);
        plan_bound("blocks", plan.blocks, 5, 120);
    }
}

/* ---- cursors ---- */

static void a_cursor_is_moved_without_a_look_at_what_it_passes(void **state)
{
    PGconn *conn = session_of(state);
    struct plan plan = plan_run(conn, PG_ACK_CURSOR, "'(''some'', ''153'', 150000)'", "ROLLBACK");

    plan_bound("events", plan.read[PLAN_EVENTS], 1, 1);
    plan_bound("blocks", plan.blocks, 1, 20);
    plan = plan_run(conn, PG_CREATE_CURSOR, "'(''some'', ''153'', 150000, 1000)'", "ROLLBACK");
    plan_bound("events", plan.read[PLAN_EVENTS], 1, 1);
    plan_bound("blocks", plan.blocks, 1, 30);
}

static struct plan list_cursors(PGconn *conn, const char *cursors)
{
    char sql[512];
    struct plan plan;

    snprintf(sql, sizeof(sql),
             "INSERT INTO cursors SELECT name, xid::text::xid8, id, now()"
             " FROM (VALUES %s) AS c (name, xid, id)",
             cursors);
    (void)plan_ask(conn, sql);
    plan = plan_run(conn, PG_LIST_CURSORS, "'(1000)'", "ROLLBACK");
    (void)plan_ask(conn, "DELETE FROM cursors");
    return plan;
}

/* Each of the last 1,000 events is looked at to find the first of them, and to be counted. */
static void what_cursors_have_still_to_read_is_counted_once_for_all(void **state)
{
    PGconn *conn = session_of(state);
    struct plan plan = list_cursors(conn, "('head', 303, 300000), ('near', 302, 299990)");

    plan_bound("events", plan.read[PLAN_EVENTS], 10, 2 * 10);
    plan = list_cursors(conn, "('a', 303, 300000), ('b', 302, 299500), ('c', 302, 299400),"
                              " ('d', 302, 299400), ('e', 153, 150000), ('f', 0, 0)");
    plan_bound("events", plan.read[PLAN_EVENTS], 600, 2 * 1000);
    plan_bound("rows sorted", plan.sorted, 1, 6);
    plan_bound("blocks", plan.blocks, 1, 400);
}

/* ---- what came in ---- */

#define OF_MESSAGES(condition)                                                                     \
    " FROM (SELECT array_agg(event_id) AS e, array_agg(topic) AS t, array_agg(NULL::text) AS n,"   \
    " array_agg('\\x00'::bytea) AS b FROM (SELECT event_id, topic FROM inbound WHERE " condition   \
    " ORDER BY number OFFSET 1000 LIMIT 100) AS picked) AS a)"

static void messages_are_put_and_handled_by_their_ids(void **state)
{
    PGconn *conn = session_of(state);
    struct plan plan =
        plan_run(conn, PG_PUT_INBOUND,
                 "(SELECT format('(%L, %L, %L, %L)', e, t, n, b)" OF_MESSAGES("true"), "ROLLBACK");

    plan_bound("blocks", plan.blocks, 1, 100 * 6);
    plan = plan_run(conn, PG_HANDLE_INBOUND,
                    "(SELECT format('(%L)', e)" OF_MESSAGES("handled_at IS NULL"), "ROLLBACK");
    plan_bound("messages", plan.read[PLAN_INBOUND], 100, 100);
    plan_bound("blocks", plan.blocks, 1, 100 * 40);
    plan =
        plan_run(conn, PG_BURY_INBOUND,
                 "(SELECT format('(''s'', ''t'', %L, NULL, ''why'', 1, ''x'')', e[1])" OF_MESSAGES(
                     "handled_at IS NULL"),
                 "ROLLBACK");
    plan_bound("messages", plan.read[PLAN_INBOUND], 1, 1);
}

static void what_waits_is_read_and_heard_of_without_a_look_at_the_rest(void **state)
{
    PGconn *conn = session_of(state);
    struct plan plan = plan_run(conn, PG_READ_INBOUND, "'(''3'', 100)'", "ROLLBACK");

    plan_bound("messages", plan.read[PLAN_INBOUND], 100, 100);
    plan_bound("blocks", plan.blocks, 1, 50);
    plan = plan_run(conn, PG_READ_NEWS, "'(''300'', ''300'')'", "ROLLBACK");
    plan_bound("messages", plan.read[PLAN_INBOUND], 1, 1);
    plan = plan_run(conn, PG_READ_NEWS, "'(''304'', ''304'')'", "ROLLBACK");
    plan_bound("messages", plan.read[PLAN_INBOUND], 0, 0);
    plan_bound("letters", plan.read[PLAN_LETTERS], 0, 0);
    plan_bound("blocks", plan.blocks, 1, 20);
}

static void dead_letters_are_listed_page_by_page(void **state)
{
    PGconn *conn = session_of(state);
    struct plan plan = plan_run(conn, PG_LIST_DEAD_LETTERS, "'(1000, NULL, 100)'", "ROLLBACK");

    plan_bound("letters", plan.read[PLAN_LETTERS], 100, 100);
    plan = plan_run(conn, PG_LIST_RETRYING, "'(1000, NULL, 100)'", "ROLLBACK");
    plan_bound("letters", plan.read[PLAN_LETTERS], 100, 100);
    plan = plan_run(conn, PG_GET_DEAD_LETTER, "'(1000)'", "ROLLBACK");
    plan_bound("letters", plan.read[PLAN_LETTERS], 0, 1);
}

/* ---- making room ---- */

/* The rows are looked at to find the last that goes, and again when they go. */
static void a_step_that_makes_room_reads_the_rows_that_go(void **state)
{
    PGconn *conn = session_of(state);
    struct plan plan = plan_run(conn, PG_PRUNE_EVENTS, "'(''infinity'', 1000)'", "ROLLBACK");

    plan_bound("events", plan.read[PLAN_EVENTS], 2000, 2000);
    plan_bound("rows sorted", plan.sorted, 1, 1000);
    plan_bound("blocks", plan.blocks, 1000, 1000 * 6);
    plan = plan_run(conn, PG_PRUNE_EVENTS, "'(''1999-01-01'', 1000)'", "ROLLBACK");
    plan_bound("events", plan.read[PLAN_EVENTS], 1000, 1000); /* all too young */
    plan = plan_run(conn, PG_PRUNE_KEYS, "'(86400000, 1000)'", "ROLLBACK");
    plan_bound("keys", plan.read[PLAN_KEYS], 2000, 2000);
    plan_bound("rows sorted", plan.sorted, 0, 0);
    plan_bound("blocks", plan.blocks, 1000, 1000 * 12);
    plan = plan_run(conn, PG_PRUNE_INBOUND, "'(''infinity'', 1000)'", "ROLLBACK");
    plan_bound("messages", plan.read[PLAN_INBOUND], 2000, 2000);
    plan = plan_run(conn, PG_PRUNE_INBOX, "'(''infinity'', 1000)'", "ROLLBACK");
    plan_bound("messages", plan.read[PLAN_INBOUND], 1, 1);
    plan_bound("inbox", plan.read[PLAN_INBOX], 0, 0); /* the first message waits */
    plan = plan_run(conn, PG_PRUNE_DEAD_LETTERS, "'(''infinity'', 1000)'", "ROLLBACK");
    plan_bound("letters", plan.read[PLAN_LETTERS], 2000, 2000);
}

/* What is gone stays in the indexes while an old transaction could see it. */
static void what_is_gone_is_not_passed_over_again(void **state)
{
    static const char recent[] =
        "SELECT format('(%L, %L)', pg_current_xact_id(), pg_current_xact_id())";
    PGconn *old = PQconnectdb(url);
    struct plan plan, first;

    (void)state;
    (void)plan_ask(old, "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM meta");
    first = plan_run(late, PG_PRUNE_EVENTS, "'(''infinity'', 10000)'", "COMMIT");
    plan_bound("events", first.read[PLAN_EVENTS], 20000, 20000);
    do {
        plan = plan_run(late, PG_PRUNE_EVENTS, "'(''infinity'', 10000)'", "COMMIT");
        plan_bound("events", plan.read[PLAN_EVENTS], 0, 20000);
        plan_bound("blocks", plan.blocks, 1, first.blocks + first.blocks / 4);
    } while (plan.read[PLAN_EVENTS] > 0);
    assert_string_equal(plan_ask(late, "SELECT count(*) FROM events"), "0");
    plan = plan_run(late, PG_READ_ENDS, "'(" TOPICS ")'", "ROLLBACK");
    plan_bound("blocks", plan.blocks, 1, 40);
    plan = plan_run(late, PG_READ_HEAD, "''", "ROLLBACK");
    plan_bound("blocks", plan.blocks, 1, 20);
    (void)plan_ask(late, "UPDATE inbound SET handled_at = now() WHERE handled_at IS NULL");
    plan = plan_run(late, PG_READ_NEWS, recent, "ROLLBACK");
    plan_bound("blocks", plan.blocks, 1, 20);
    plan = plan_run(late, PG_READ_INBOUND, "SELECT format('(%L, 100)', pg_current_xact_id())",
                    "ROLLBACK");
    plan_bound("blocks", plan.blocks, 1, 20);
    PQfinish(old);
}

#define ON(session, function)                                                                      \
    {                                                                                              \
        .name = #function " (" #session ")", .test_func = function, .initial_state = &session      \
    }
#define ALL_ON(session)                                                                            \
    ON(session, a_page_reads_what_it_gives_at_any_depth),                                          \
        ON(session, a_filter_that_all_orders_pass_costs_nothing),                                  \
        ON(session, a_filter_that_none_passes_looks_at_a_bounded_number),                          \
        ON(session, a_page_ends_where_the_range_of_its_ids_does),                                  \
        ON(session, orders_are_read_and_changed_by_their_keys),                                    \
        ON(session, keys_are_found_and_forgotten_one_by_one),                                      \
        ON(session, the_stream_is_read_from_where_the_reader_stands),                              \
        ON(session, a_time_is_found_by_looking_at_a_few_events),                                   \
        ON(session, a_cursor_is_moved_without_a_look_at_what_it_passes),                           \
        ON(session, what_cursors_have_still_to_read_is_counted_once_for_all),                      \
        ON(session, messages_are_put_and_handled_by_their_ids),                                    \
        ON(session, what_waits_is_read_and_heard_of_without_a_look_at_the_rest),                   \
        ON(session, dead_letters_are_listed_page_by_page),                                         \
        ON(session, a_step_that_makes_room_reads_the_rows_that_go)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans_made_on_empty_tables_read_along_indexes),
        cmocka_unit_test(plans_made_on_tables_known_to_be_empty_read_along_indexes),
        cmocka_unit_test(plans_made_on_a_few_rows_read_along_indexes),
        cmocka_unit_test(plans_made_on_a_million_rows_read_along_indexes),
        ALL_ON(early),
        cmocka_unit_test(statistics_change_no_plan),
        ALL_ON(late),
        cmocka_unit_test(what_is_gone_is_not_passed_over_again),
    };

    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
