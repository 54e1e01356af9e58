/* Making room by the clock, on a real store. */
#include "../../contract/sqlite_place.h"
#include "../../contract/suite.h"

#include "base/log.h"
#include "server/retention.h"

#include <event2/event.h>

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
        SUITE_TEST(nothing_goes_before_the_start_and_after_the_stop),
        SUITE_TEST(a_step_that_is_under_way_may_outlive_it),
        SUITE_TEST(a_step_that_ends_after_a_new_start_goes_on),
    };

    suite_factory = &sqlite_factory;
    log_configure(LOG_ERROR, LOG_AUTO);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
