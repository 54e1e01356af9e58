/* What a foreign subscriber hears of a process that begins to lead, and of one that does no longer.
 * Another process is played by writing the relay's cursor. */
#include "feed.h"
#include "late.h"

#include <stdio.h>
#include <string.h>

/* ---- waiting ---- */

static void on_period(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    ++*(int *)arg;
}

static bool periods_passed(void *arg)
{
    return *(int *)arg >= 5;
}

/* Lets the bus have the time for several heartbeats, and hears what came of it. */
static void let_it_beat(struct feed *feed)
{
    int periods = 0;
    const struct timeval period = {0, feed_options().heartbeat_ms * 1000L};
    struct event *event = event_new(feed->world.base, -1, EV_PERSIST, on_period, &periods);
    event_add(event, &period);
    world_until(&feed->world, periods_passed, &periods);
    event_free(event);
    feed_hear_all(feed);
}

static bool heard_heartbeat(void *arg)
{
    struct feed *feed = arg;
    foreign_hear(feed->subscriber, &feed->heard);
    return feed_heartbeats(feed) > 0;
}

static void expect_cursor(struct feed *feed, const char *position)
{
    assert_string_equal(world_cursor(&feed->world, "relay").text, position);
}

/* The text of a frame, to be compared with what is heard later. */
static const char *keep(const char *text)
{
    static char kept[64];
    snprintf(kept, sizeof(kept), "%s", text);
    return kept;
}

/* ---- following ---- */

static void a_follower_is_silent_and_healthy(void **state)
{
    struct feed *feed = *state;
    world_create_order(&feed->world);
    let_it_beat(feed);
    assert_int_equal(feed_events(feed), 0);
    assert_int_equal(feed_heartbeats(feed), 0);
    assert_null(bus_trouble(feed->bus));
    feed_end(feed);
    expect_cursor(feed, "");
}

static void what_was_committed_before_is_published_when_it_begins_to_lead(void **state)
{
    struct feed *feed = *state;
    for (int i = 0; i < 3; i++)
        world_create_order(&feed->world);
    feed_lead(feed);
    feed_hear(feed, 3);
    world_until(&feed->world, heard_heartbeat, feed);
    world_create_order(&feed->world);
    feed_hear(feed, 4);
    for (size_t i = 1; i < 4; i++)
        assert_string_equal(feed_frame(feed, i, 2), feed_frame(feed, i - 1, 1));
}

/* ---- losing the lead ---- */

static void who_lost_the_lead_is_silent_at_once_and_leaves_the_cursor_alone(void **state)
{
    struct feed *feed = *state;
    for (int i = 0; i < 3; i++)
        world_create_order(&feed->world);
    feed_hear(feed, 3);
    bus_lead(feed->bus, NULL);
    world_set_cursor(&feed->world, "relay", feed_frame(feed, 0, 1));
    const char *theirs = keep(feed_frame(feed, 0, 1));
    feed_hear_all(feed);
    feed->heard.count = 0;
    world_create_order(&feed->world);
    let_it_beat(feed);
    assert_int_equal(feed_events(feed), 0);
    assert_int_equal(feed_heartbeats(feed), 0);
    feed_end(feed);
    expect_cursor(feed, theirs);
}

static void leading_again_repeats_what_was_not_written_under_the_same_positions(void **state)
{
    struct feed *feed = *state;
    for (int i = 0; i < 3; i++)
        world_create_order(&feed->world);
    feed_hear(feed, 3);
    bus_lead(feed->bus, NULL);
    world_set_cursor(&feed->world, "relay", feed_frame(feed, 0, 1));
    feed_lead(feed);
    world_create_order(&feed->world);
    feed_hear(feed, 6);
    for (size_t frame = 0; frame < 4; frame++) {
        assert_string_equal(feed_frame(feed, 3, frame), feed_frame(feed, 1, frame));
        assert_string_equal(feed_frame(feed, 4, frame), feed_frame(feed, 2, frame));
    }
    assert_string_equal(feed_frame(feed, 5, 2), feed_frame(feed, 2, 1));
}

static void what_another_process_published_meanwhile_is_not_published_again(void **state)
{
    struct feed *feed = *state;
    world_create_order(&feed->world);
    feed_hear(feed, 1);
    bus_lead(feed->bus, NULL);
    world_create_order(&feed->world);
    struct position theirs = world_head(&feed->world);
    world_set_cursor(&feed->world, "relay", theirs.text);
    feed_lead(feed);
    world_create_order(&feed->world);
    feed_hear(feed, 2);
    feed_hear_all(feed);
    assert_int_equal(feed_events(feed), 2);
    assert_string_equal(feed_frame(feed, 1, 2), theirs.text);
}

/* However often it changes hands, the subscriber misses nothing: each event names the one that it
 * heard before, or is one that it has heard. */
static void nothing_is_skipped_however_often_it_begins_and_ends(void **state)
{
    struct feed *feed = *state;
    struct position head = {{0}};
    for (int i = 0; i < 10; i++) {
        world_create_order(&feed->world);
        bus_lead(feed->bus, NULL);
        world_create_order(&feed->world);
        feed_lead(feed);
    }
    head = world_head(&feed->world);
    const char *last = "";
    for (size_t i = 0; strcmp(last, head.text) != 0; i++) {
        feed_hear(feed, i + 1);
        if (strcmp(feed_frame(feed, i, 1), last) > 0) {
            assert_string_equal(feed_frame(feed, i, 2), last);
            last = feed_frame(feed, i, 1);
        }
    }
}

/* ---- what the store answers too late ---- */

static struct late late;

static int setup_late(void **state)
{
    struct feed *feed = feed_new(state);
    late_init(&late, feed->world.repository);
    feed->repository = &late.repository;
    feed_follow(feed);
    feed_subscribe(feed);
    return 0;
}

static void a_cursor_that_was_read_before_the_lead_was_lost_begins_nothing(void **state)
{
    struct feed *feed = *state;
    world_create_order(&feed->world);
    late.hold = true;
    feed_lead(feed);
    bus_lead(feed->bus, NULL);
    late.hold = false;
    late_answer(&late);
    let_it_beat(feed);
    assert_int_equal(feed_events(feed), 0);
}

static void events_that_were_read_before_the_lead_was_lost_are_not_published(void **state)
{
    struct feed *feed = *state;
    world_create_order(&feed->world);
    feed_lead(feed);
    late.hold = true;
    world_until(&feed->world, late_holds, &late); /* the events */
    bus_lead(feed->bus, NULL);
    late.hold = false;
    late_answer(&late);
    let_it_beat(feed);
    assert_int_equal(feed_events(feed), 0);
    feed_lead(feed);
    feed_hear(feed, 1);
}

static void events_that_were_read_for_an_earlier_time_are_published_once(void **state)
{
    struct feed *feed = *state;
    world_create_order(&feed->world);
    feed_lead(feed);
    late.hold = true;
    world_until(&feed->world, late_holds, &late); /* the events */
    bus_lead(feed->bus, NULL);
    feed_lead(feed); /* its cursor is read behind them */
    late.hold = false;
    late_answer(&late);
    feed_hear(feed, 1);
    let_it_beat(feed);
    assert_int_equal(feed_events(feed), 1);
}

static void heads_that_were_read_before_the_lead_was_lost_are_not_sent(void **state)
{
    struct feed *feed = *state;
    feed_lead(feed);
    world_until(&feed->world, heard_heartbeat, feed); /* it is idle */
    late.hold = true;
    world_until(&feed->world, late_holds, &late); /* the heads */
    bus_lead(feed->bus, NULL);
    feed_hear_all(feed);
    feed->heard.count = 0;
    late.hold = false;
    late_answer(&late);
    let_it_beat(feed);
    assert_int_equal(feed_heartbeats(feed), 0);
}

/* ---- health ---- */

static bool is_ill(void *arg)
{
    return bus_trouble(((struct feed *)arg)->bus) != NULL;
}

static bool is_well(void *arg)
{
    return !is_ill(arg);
}

static void a_leader_that_cannot_read_is_ill_and_a_follower_needs_not_to(void **state)
{
    struct feed *feed = *state;
    feed_lead(feed);
    feed_hear_all(feed);
    late.failing = true;
    bus_wake(feed->bus);
    world_until(&feed->world, is_ill, feed);
    bus_lead(feed->bus, NULL);
    assert_null(bus_trouble(feed->bus));
    let_it_beat(feed);
    assert_null(bus_trouble(feed->bus));
}

static void a_leader_that_does_not_learn_where_to_begin_is_ill(void **state)
{
    struct feed *feed = *state;
    late.failing = true;
    feed_lead(feed);
    world_until(&feed->world, is_ill, feed);
    late.failing = false;
    world_until(&feed->world, is_well, feed);
}

/* ---- settling ---- */

static void settling_publishes_and_writes_before_it_says_so(void **state)
{
    struct feed *feed = *state;
    feed_lead(feed);
    feed->world.committed = NULL; /* nobody wakes the relay */
    world_create_order(&feed->world);
    late.hold = true;
    bus_settle(feed->bus, feed_on_settled, feed);
    world_until(&feed->world, late_holds, &late);
    assert_false(feed->settled);
    late.hold = false;
    late_answer(&late);
    world_until(&feed->world, feed_is_settled, feed);
    feed_hear(feed, 1);
    expect_cursor(feed, feed_frame(feed, 0, 1));
    let_it_beat(feed);
    feed->heard.count = 0;
    let_it_beat(feed);
    assert_int_equal(feed_heartbeats(feed), 0);
    feed_close(feed);
}

static void settling_ends_when_the_lead_is_lost_in_the_middle(void **state)
{
    struct feed *feed = *state;
    world_create_order(&feed->world);
    world_set_cursor(&feed->world, "relay", "");
    feed_lead(feed);
    late.hold = true;
    bus_settle(feed->bus, feed_on_settled, feed);
    world_until(&feed->world, late_holds, &late);
    bus_lead(feed->bus, NULL);
    feed_lead(feed); /* and had again: not any more */
    world_until(&feed->world, feed_is_settled, feed);
    late.hold = false;
    late_answer(&late);
    let_it_beat(feed);
    assert_int_equal(feed_events(feed), 0);
    feed_close(feed);
    expect_cursor(feed, "");
}

static void closing_in_the_middle_of_settling_gives_it_up(void **state)
{
    struct feed *feed = *state;
    world_create_order(&feed->world);
    world_set_cursor(&feed->world, "relay", "");
    feed_lead(feed);
    late.hold = true;
    bus_settle(feed->bus, feed_on_settled, feed);
    world_until(&feed->world, late_holds, &late);
    feed->world.committed = NULL;
    feed_close(feed);
    late.hold = false;
    late_answer(&late);
    assert_false(feed->settled);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_follower_is_silent_and_healthy, feed_setup_follower,
                                        feed_teardown),
        cmocka_unit_test_setup_teardown(
            what_was_committed_before_is_published_when_it_begins_to_lead, feed_setup_follower,
            feed_teardown),
        cmocka_unit_test_setup_teardown(
            who_lost_the_lead_is_silent_at_once_and_leaves_the_cursor_alone, feed_setup,
            feed_teardown),
        cmocka_unit_test_setup_teardown(
            leading_again_repeats_what_was_not_written_under_the_same_positions, feed_setup,
            feed_teardown),
        cmocka_unit_test_setup_teardown(
            what_another_process_published_meanwhile_is_not_published_again, feed_setup,
            feed_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_skipped_however_often_it_begins_and_ends,
                                        feed_setup, feed_teardown),
        cmocka_unit_test_setup_teardown(
            a_cursor_that_was_read_before_the_lead_was_lost_begins_nothing, setup_late,
            feed_teardown),
        cmocka_unit_test_setup_teardown(
            events_that_were_read_before_the_lead_was_lost_are_not_published, setup_late,
            feed_teardown),
        cmocka_unit_test_setup_teardown(
            events_that_were_read_for_an_earlier_time_are_published_once, setup_late,
            feed_teardown),
        cmocka_unit_test_setup_teardown(heads_that_were_read_before_the_lead_was_lost_are_not_sent,
                                        setup_late, feed_teardown),
        cmocka_unit_test_setup_teardown(
            a_leader_that_cannot_read_is_ill_and_a_follower_needs_not_to, setup_late,
            feed_teardown),
        cmocka_unit_test_setup_teardown(a_leader_that_does_not_learn_where_to_begin_is_ill,
                                        setup_late, feed_teardown),
        cmocka_unit_test_setup_teardown(settling_publishes_and_writes_before_it_says_so, setup_late,
                                        feed_teardown),
        cmocka_unit_test_setup_teardown(settling_ends_when_the_lead_is_lost_in_the_middle,
                                        setup_late, feed_teardown),
        cmocka_unit_test_setup_teardown(closing_in_the_middle_of_settling_gives_it_up, setup_late,
                                        feed_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
