/* The plans that SQLite makes for the statements: each reads what it returns and nothing else. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/log.h"
#include "store/sqlite/statements.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static void plan(const struct suite *suite, enum sqlite_statement which, char text[1024])
{
    const struct sqlite_place *place = suite->place;
    char sql[1024];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;

    text[0] = '\0';
    snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", sqlite_statement_text(which));
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    while (sqlite3_step(statement) == SQLITE_ROW)
        snprintf(text + strlen(text), 1024 - strlen(text), "%s\n",
                 (const char *)sqlite3_column_text(statement, 3));
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void assert_plan(void **state, enum sqlite_statement which, const char *expected)
{
    char text[1024];

    plan(*state, which, text);
    assert_string_equal(text, expected);
}

static void all_orders_are_read_along_the_primary_key(void **state)
{
    assert_plan(state, SQL_LIST_ALL,
                "SEARCH orders USING PRIMARY KEY (order_id>? AND order_id<?)\n");
}

static void a_users_orders_are_read_along_their_index(void **state)
{
    assert_plan(state, SQL_LIST_BY_USER,
                "SEARCH orders USING INDEX orders_by_user"
                " (user_id=? AND order_id>? AND order_id<?)\n");
}

static void the_orders_of_a_status_are_read_along_their_index(void **state)
{
    assert_plan(state, SQL_LIST_BY_STATUS,
                "SEARCH orders USING INDEX orders_by_status"
                " (status=? AND order_id>? AND order_id<?)\n");
}

static void the_orders_of_user_and_status_are_read_along_their_index(void **state)
{
    assert_plan(state, SQL_LIST_BY_USER_AND_STATUS,
                "SEARCH orders USING INDEX orders_by_user_and_status"
                " (user_id=? AND status=? AND order_id>? AND order_id<?)\n");
}

static void an_order_and_its_items_are_found_by_key(void **state)
{
    assert_plan(state, SQL_READ_ORDER, "SEARCH orders USING PRIMARY KEY (order_id=?)\n");
    assert_plan(state, SQL_READ_ITEMS, "SEARCH order_items USING PRIMARY KEY (order_id=?)\n");
    assert_plan(state, SQL_UPDATE_ORDER, "SEARCH orders USING PRIMARY KEY (order_id=?)\n");
    assert_plan(state, SQL_DELETE_ITEMS, "SEARCH order_items USING PRIMARY KEY (order_id=?)\n");
}

static void events_are_read_along_their_positions(void **state)
{
    assert_plan(state, SQL_READ_EVENTS, "SEARCH events USING INTEGER PRIMARY KEY (rowid>?)\n");
}

static void a_key_is_found_by_its_user_and_text(void **state)
{
    static const char *const found =
        "SEARCH idempotency_keys USING INDEX sqlite_autoindex_idempotency_keys_1"
        " (user_id=? AND key=?)\n";

    assert_plan(state, SQL_KEY_SEEN, found);
    assert_plan(state, SQL_READ_KEY, found);
}

static void room_is_made_from_the_oldest_row_on(void **state)
{
    assert_plan(state, SQL_PRUNE_EVENTS,
                "SEARCH events USING INTEGER PRIMARY KEY (rowid=?)\n"
                "LIST SUBQUERY 4\n"
                "SEARCH events USING INTEGER PRIMARY KEY (rowid<?)\n"
                "SCALAR SUBQUERY 1\n"
                "SEARCH cursors USING PRIMARY KEY\n"
                "SCALAR SUBQUERY 3\n"
                "CO-ROUTINE (subquery-2)\n"
                "SCAN events\n" /* its first rows, in its own order */
                "SEARCH (subquery-2)\n");
    assert_plan(state, SQL_PRUNE_KEYS,
                "SEARCH idempotency_keys USING INTEGER PRIMARY KEY (rowid=?)\n"
                "LIST SUBQUERY 1\n"
                "SEARCH idempotency_keys USING COVERING INDEX idempotency_keys_by_age"
                " (created_at<?)\n");
}

static void nothing_is_ever_sorted(void **state)
{
    for (int i = 0; i < SQLITE_STATEMENT_COUNT; i++) {
        char text[1024];
        plan(*state, (enum sqlite_statement)i, text);
        if (strstr(text, "TEMP B-TREE") != NULL)
            fail_msg("%s:\n%s", sqlite_statement_text((enum sqlite_statement)i), text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(all_orders_are_read_along_the_primary_key),
        SUITE_TEST(a_users_orders_are_read_along_their_index),
        SUITE_TEST(the_orders_of_a_status_are_read_along_their_index),
        SUITE_TEST(the_orders_of_user_and_status_are_read_along_their_index),
        SUITE_TEST(an_order_and_its_items_are_found_by_key),
        SUITE_TEST(events_are_read_along_their_positions),
        SUITE_TEST(a_key_is_found_by_its_user_and_text),
        SUITE_TEST(room_is_made_from_the_oldest_row_on),
        SUITE_TEST(nothing_is_ever_sorted),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
