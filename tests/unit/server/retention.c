/* Making room by the clock, on a real store. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/log.h"
#include "server/retention.h"

#include <event2/event.h>
#include <sqlite3.h>
#include <stdio.h>

#define DAY_MS INT64_C(86400000)

/* Steps follow each other at once, and the next look never comes. */
static const struct retention_options quick = {
    .events_ms = DAY_MS, .limit = 2, .pause_ms = 1, .interval_ms = INT32_MAX};

/* All orders of the suite are of the beginning of 2026, which is long ago. */
static void add_old(struct suite *suite, int count)
{
    for (int i = 0; i < count; i++)
        (void)suite_add(suite, suite_user(1), SUITE_NOW_MS, 1);
}

static void run_until_left(struct suite *suite, size_t count)
{
    while (suite_events(suite, "", 100)->count > count)
        assert_int_equal(event_base_loop(suite->base, EVLOOP_ONCE), 0);
    assert_int_equal(suite_events(suite, "", 100)->count, count);
}

static void old_events_go_in_steps_until_none_is_left(void **state)
{
    struct suite *suite = *state;
    struct retention *retention = retention_new(suite->base, suite->repository, &quick);

    add_old(suite, 7);
    assert_int_equal(suite_events(suite, "", 100)->count, 7);
    retention_start(retention);
    run_until_left(suite, 0);
    retention_free(&retention);
    assert_null(retention);
}

static void what_is_left_is_looked_at_again_after_the_interval(void **state)
{
    struct suite *suite = *state;
    struct retention_options options = quick;
    struct retention *retention;

    options.interval_ms = 1;
    retention = retention_new(suite->base, suite->repository, &options);
    retention_start(retention);
    for (int i = 0; i < 3; i++) {
        add_old(suite, 1);
        run_until_left(suite, 0);
    }
    retention_free(&retention);
}

static void stop_in_loop(evutil_socket_t none, short what, void *arg)
{
    (void)none, (void)what;
    event_base_loopbreak(arg);
}

/* Turns the loop for longer than the steps' pauses take, so that what would come has come. */
static void turn(struct suite *suite)
{
    const struct timeval time = {.tv_usec = 50000};

    event_base_once(suite->base, -1, EV_TIMEOUT, stop_in_loop, suite->base, &time);
    event_base_dispatch(suite->base);
}

static void events_are_kept_for_ever_unless_an_age_is_given(void **state)
{
    struct suite *suite = *state;
    struct retention_options options = quick;
    struct retention *retention;

    options.events_ms = 0;
    options.interval_ms = 1;
    retention = retention_new(suite->base, suite->repository, &options);
    add_old(suite, 3);
    retention_start(retention);
    turn(suite);
    assert_int_equal(suite_events(suite, "", 100)->count, 3);
    retention_free(&retention);
}

static int64_t count(struct suite *suite, const char *table)
{
    const struct sqlite_place *place = suite->place;
    char sql[128];
    sqlite3 *db = NULL;
    sqlite3_stmt *statement = NULL;
    int64_t found;

    snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s", table);
    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    found = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    return found;
}

/* Of each two, of which one is of long ago. */
static void add_rows(struct suite *suite)
{
    static const char sql[] =
        "INSERT INTO inbound (event_id, topic, payload, received_at, handled_at) VALUES"
        " ('old', 't', x'', 1, 1), ('new', 't', x'', 1, 4102444800000);"
        "INSERT INTO inbox VALUES ('old', 1), ('new', 4102444800000);"
        "INSERT INTO dead_letters (source, topic, reason, payload, received_at) VALUES"
        " ('inbound', 't', 'why', x'', 1), ('inbound', 't', 'why', x'', 4102444800000);";
    const struct sqlite_place *place = suite->place;
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(place->path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void assert_left(struct suite *suite, const struct retention_options *options,
                        int64_t inbound, int64_t letters)
{
    struct retention *retention = retention_new(suite->base, suite->repository, options);

    retention_start(retention);
    turn(suite);
    assert_int_equal(count(suite, "inbound"), inbound);
    assert_int_equal(count(suite, "inbox"), inbound);
    assert_int_equal(count(suite, "dead_letters"), letters);
    retention_free(&retention);
}

static void what_came_in_and_dead_letters_have_ages_of_their_own(void **state)
{
    struct suite *suite = *state;
    struct retention_options options = quick;

    add_rows(suite);
    options.interval_ms = 1;
    assert_left(suite, &options, 2, 2);
    options.inbound_ms = DAY_MS;
    assert_left(suite, &options, 1, 2);
    options.letters_ms = DAY_MS;
    assert_left(suite, &options, 1, 1);
}

static void nothing_goes_before_the_start_and_after_the_stop(void **state)
{
    struct suite *suite = *state;
    struct retention *retention = retention_new(suite->base, suite->repository, &quick);

    add_old(suite, 3);
    turn(suite);
    retention_start(retention);
    retention_stop(retention);
    turn(suite);
    assert_int_equal(suite_events(suite, "", 100)->count, 3);
    retention_start(retention);
    run_until_left(suite, 0);
    retention_stop(retention);
    retention_stop(NULL);
    add_old(suite, 1);
    turn(suite);
    assert_int_equal(suite_events(suite, "", 100)->count, 1);
    retention_free(&retention);
    retention_free(&retention);
}

/* The repository answers what is under way when it closes. */
static void a_step_that_is_under_way_may_outlive_it(void **state)
{
    struct suite *suite = *state;

    for (int i = 0; i < 20; i++) {
        struct retention *retention = retention_new(suite->base, suite->repository, &quick);
        add_old(suite, 3);
        retention_start(retention);
        /* The timer's turn: the step has begun and cannot have been answered. */
        assert_int_equal(event_base_loop(suite->base, EVLOOP_ONCE), 0);
        retention_free(&retention);
        suite_close(suite);
        suite_open(suite, (struct store_options){0});
    }
}

static void a_step_that_ends_after_a_new_start_goes_on(void **state)
{
    struct suite *suite = *state;
    struct retention *retention = retention_new(suite->base, suite->repository, &quick);

    add_old(suite, 7);
    retention_start(retention);
    assert_int_equal(event_base_loop(suite->base, EVLOOP_ONCE), 0);
    retention_stop(retention);
    retention_start(retention);
    run_until_left(suite, 0);
    retention_free(&retention);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUITE_TEST(old_events_go_in_steps_until_none_is_left),
        SUITE_TEST(what_is_left_is_looked_at_again_after_the_interval),
        SUITE_TEST(events_are_kept_for_ever_unless_an_age_is_given),
        SUITE_TEST(what_came_in_and_dead_letters_have_ages_of_their_own),
        SUITE_TEST(nothing_goes_before_the_start_and_after_the_stop),
        SUITE_TEST(a_step_that_is_under_way_may_outlive_it),
        SUITE_TEST(a_step_that_ends_after_a_new_start_goes_on),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
