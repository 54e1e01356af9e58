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

/* Of the events only the first and the last are looked at. */
static void the_floor_costs_the_same_however_many_events_are_kept(void **state)
{
    assert_plan(state, SQL_READ_FLOOR,
                "SCAN CONSTANT ROW\n"
                "SCALAR SUBQUERY 1\n"
                "SEARCH events\n"
                "SCALAR SUBQUERY 2\n"
                "SEARCH heads USING PRIMARY KEY\n");
    assert_plan(state, SQL_READ_ENDS,
                "SCAN heads\n"
                "SCALAR SUBQUERY 1\n"
                "SEARCH events\n"
                "SCALAR SUBQUERY 2\n"
                "SEARCH heads USING PRIMARY KEY\n");
    assert_plan(state, SQL_LIST_CURSORS,
                "SCAN cursors\n"
                "SCALAR SUBQUERY 1\n"
                "SEARCH heads USING PRIMARY KEY\n"
                "SCALAR SUBQUERY 4\n"
                "SCAN CONSTANT ROW\n"
                "SCALAR SUBQUERY 2\n"
                "SEARCH events\n"
                "SCALAR SUBQUERY 3\n"
                "SEARCH heads USING PRIMARY KEY\n");
}

static void a_time_is_found_by_looking_up_positions(void **state)
{
    assert_plan(state, SQL_FIND_TIME,
                "CO-ROUTINE search\n"
                "SETUP\n"
                "SCAN CONSTANT ROW\n"
                "SCALAR SUBQUERY 1\n"
                "SEARCH events\n"
                "SCALAR SUBQUERY 2\n"
                "SEARCH events\n"
                "RECURSIVE STEP\n"
                "SCAN search\n"
                "SEARCH events USING INTEGER PRIMARY KEY (rowid=?) LEFT-JOIN\n"
                "SCAN search\n"
                "SCALAR SUBQUERY 5\n"
                "SEARCH events\n");
}

static void what_waits_is_read_without_what_was_handled(void **state)
{
    assert_plan(state, SQL_READ_PENDING, "SCAN inbound USING INDEX inbound_pending\n");
    assert_plan(state, SQL_HANDLE_INBOUND,
                "SEARCH inbound USING INDEX sqlite_autoindex_inbound_1 (event_id=?)\n");
}

static void dead_letters_are_read_along_what_is_asked_for(void **state)
{
    assert_plan(state, SQL_LIST_DEAD_LETTERS,
                "SEARCH dead_letters USING INTEGER PRIMARY KEY (rowid>?)\n");
    assert_plan(state, SQL_LIST_DEAD_LETTERS_OF,
                "SEARCH dead_letters USING INDEX dead_letters_by_source (source=? AND"
                " dead_letter_id>?)\n");
    assert_plan(state, SQL_LIST_RETRYING,
                "SEARCH dead_letters USING INDEX dead_letters_retrying (dead_letter_id>?)\n");
    assert_plan(state, SQL_READ_DEAD_LETTER,
                "SEARCH dead_letters USING INTEGER PRIMARY KEY (rowid=?)\n");
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
    assert_plan(state, SQL_PRUNE_INBOUND,
                "SEARCH inbound USING INTEGER PRIMARY KEY (rowid=?)\n"
                "LIST SUBQUERY 1\n"
                "SEARCH inbound USING COVERING INDEX inbound_by_age (handled_at<?)\n");
    assert_plan(state, SQL_PRUNE_INBOX,
                "SEARCH inbox USING PRIMARY KEY (inbox_id=?)\n"
                "LIST SUBQUERY 2\n"
                "SEARCH inbox USING COVERING INDEX inbox_by_age (received_at<?)\n"
                "SCALAR SUBQUERY 1\n"
                "SCAN inbound USING INDEX inbound_pending\n"); /* its first row */
    assert_plan(state, SQL_PRUNE_DEAD_LETTERS,
                "SEARCH dead_letters USING INTEGER PRIMARY KEY (rowid=?)\n"
                "LIST SUBQUERY 1\n"
                "SEARCH dead_letters USING INDEX dead_letters_by_age (received_at<?)\n");
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
        SUITE_TEST(the_floor_costs_the_same_however_many_events_are_kept),
        SUITE_TEST(a_time_is_found_by_looking_up_positions),
        SUITE_TEST(what_waits_is_read_without_what_was_handled),
        SUITE_TEST(dead_letters_are_read_along_what_is_asked_for),
        SUITE_TEST(a_key_is_found_by_its_user_and_text),
        SUITE_TEST(room_is_made_from_the_oldest_row_on),
        SUITE_TEST(nothing_is_ever_sorted),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
