/* The dispatcher's promises: order by order, again until it works, and never past what is not
 * done. */
#include "bus/dispatcher.h"

#include "world.h"

#include <stdio.h>
#include <string.h>

enum { SEEN_LIMIT = 256 };

struct seen {
    struct delivery *delivery; /* NULL: answered */
    struct uuid order_id;
    char topic[32], position[40];
    int attempt;
};

/* A consumer that keeps what it gets, and answers as told. */
struct site {
    struct world world;
    struct dispatcher *dispatcher;
    struct seen seen[SEEN_LIMIT];
    size_t count, wanted;
    bool answer_at_once;
    int fail_first;     /* so many attempts of each event fail */
    struct uuid poison; /* every attempt of this order fails */
    bool has_poison;
    size_t open, most_open;
    bool stopped;
};

static enum status verdict(const struct site *site, const struct stored_event *event, int attempt)
{
    bool poisoned = site->has_poison && uuid_equal(&event->order_id, &site->poison);
    return poisoned || attempt <= site->fail_first ? STATUS_UNAVAILABLE : STATUS_OK;
}

static void on_event(void *arg, struct delivery *delivery, const struct stored_event *event,
                     int attempt)
{
    struct site *site = arg;
    struct seen *seen = &site->seen[site->count++ % SEEN_LIMIT];
    *seen = (struct seen){.delivery = delivery, .order_id = event->order_id, .attempt = attempt};
    snprintf(seen->topic, sizeof(seen->topic), "%s", event->topic);
    snprintf(seen->position, sizeof(seen->position), "%s", event->position.text);
    if (++site->open > site->most_open)
        site->most_open = site->open;
    if (site->answer_at_once) {
        site->open--;
        seen->delivery = NULL;
        delivery_done(delivery, verdict(site, event, attempt));
    }
}

static void answer(struct site *site, size_t index, enum status status)
{
    struct delivery *delivery = site->seen[index].delivery;
    assert_non_null(delivery);
    site->seen[index].delivery = NULL;
    site->open--;
    delivery_done(delivery, status);
}

static void on_committed(void *arg)
{
    dispatcher_wake(((struct site *)arg)->dispatcher);
}

static void begin(struct site *site, size_t window)
{
    const struct dispatcher_options options = {
        .cursor = "hooks", .window = window, .retry_first_ms = 1, .retry_longest_ms = 4};
    site->dispatcher =
        dispatcher_new(site->world.base, site->world.repository, &options, on_event, site);
    site->world.committed = on_committed;
    site->world.committed_arg = site;
}

static void on_stopped(void *arg)
{
    ((struct site *)arg)->stopped = true;
}

static bool is_stopped(void *arg)
{
    return ((struct site *)arg)->stopped;
}

static void end(struct site *site)
{
    site->world.committed = NULL;
    site->stopped = false;
    dispatcher_stop(site->dispatcher, on_stopped, site);
    world_until(&site->world, is_stopped, site);
    dispatcher_free(&site->dispatcher);
}

static bool enough(void *arg)
{
    struct site *site = arg;
    return site->count >= site->wanted;
}

static void expect(struct site *site, size_t count)
{
    site->wanted = count;
    world_until(&site->world, enough, site);
}

/* Lets the loop do whatever it would still do: a save and its answer go through the store. */
static void let_it_turn(struct site *site)
{
    for (int i = 0; i < 5; i++)
        (void)world_cursor(&site->world, "another");
}

static int setup(void **state)
{
    static struct site site;
    memset(&site, 0, sizeof(site));
    world_open(&site.world);
    *state = &site;
    return 0;
}

static int teardown(void **state)
{
    struct site *site = *state;
    if (site->dispatcher)
        end(site);
    world_close(&site->world);
    return 0;
}

/* ---- the tests ---- */

static void every_event_is_delivered_once_when_all_goes_well(void **state)
{
    struct site *site = *state;
    site->answer_at_once = true;
    begin(site, 8);
    for (int i = 0; i < 30; i++)
        world_create_order(&site->world);
    expect(site, 30);
    let_it_turn(site);
    assert_int_equal(site->count, 30);
    for (size_t i = 1; i < 30; i++)
        assert_true(strcmp(site->seen[i - 1].position, site->seen[i].position) < 0);
}

static void an_order_waits_for_its_own_earlier_event(void **state)
{
    struct site *site = *state;
    struct uuid id = world_create_order(&site->world);
    world_change_order(&site->world, &id, ORDER_CONFIRMED);
    begin(site, 8);
    expect(site, 1);
    let_it_turn(site);
    assert_int_equal(site->count, 1);
    answer(site, 0, STATUS_OK);
    expect(site, 2);
    assert_string_equal(site->seen[1].topic, "order.status_changed");
    answer(site, 1, STATUS_OK);
}

static void several_orders_are_under_way_at_a_time_up_to_the_window(void **state)
{
    struct site *site = *state;
    for (int i = 0; i < 6; i++)
        world_create_order(&site->world);
    begin(site, 4);
    expect(site, 4);
    let_it_turn(site);
    assert_int_equal(site->count, 4);
    for (size_t i = 0; i < 4; i++)
        answer(site, i, STATUS_OK);
    expect(site, 6);
    assert_int_equal(site->most_open, 4);
    answer(site, 4, STATUS_OK);
    answer(site, 5, STATUS_OK);
}

static void what_fails_is_tried_again_with_a_higher_attempt(void **state)
{
    struct site *site = *state;
    site->answer_at_once = true;
    site->fail_first = 2;
    begin(site, 8);
    world_create_order(&site->world);
    expect(site, 3);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(site->seen[i].attempt, i + 1);
        assert_string_equal(site->seen[i].position, site->seen[0].position);
    }
}

static void a_failing_order_holds_back_its_own_events_only(void **state)
{
    struct site *site = *state;
    site->poison = world_create_order(&site->world);
    site->has_poison = true;
    world_change_order(&site->world, &site->poison, ORDER_CANCELLED);
    for (int i = 0; i < 5; i++)
        world_create_order(&site->world);
    site->answer_at_once = true;
    begin(site, 8);
    expect(site, 12);
    size_t others = 0;
    for (size_t i = 0; i < site->count; i++) {
        bool poisoned = uuid_equal(&site->seen[i].order_id, &site->poison);
        others += !poisoned;
        if (poisoned)
            assert_string_equal(site->seen[i].topic, "order.created");
    }
    assert_int_equal(others, 5);
}

static void the_cursor_stops_before_the_first_event_that_is_not_done(void **state)
{
    struct site *site = *state;
    for (int i = 0; i < 4; i++)
        world_create_order(&site->world);
    begin(site, 8);
    expect(site, 4);
    answer(site, 0, STATUS_OK);
    answer(site, 2, STATUS_OK);
    answer(site, 3, STATUS_OK);
    answer(site, 1, STATUS_UNAVAILABLE);
    end(site);
    assert_string_equal(world_cursor(&site->world, "hooks").text, site->seen[0].position);
}

static bool cursor_is_wanted(void *arg)
{
    struct site *site = arg;
    return strcmp(world_cursor(&site->world, "hooks").text, site->seen[0].position) == 0;
}

static void the_cursor_is_written_while_it_runs(void **state)
{
    struct site *site = *state;
    site->answer_at_once = true;
    begin(site, 8);
    world_create_order(&site->world);
    expect(site, 1);
    world_until(&site->world, cursor_is_wanted, site);
}

static void a_new_start_goes_on_after_the_cursor(void **state)
{
    struct site *site = *state;
    site->answer_at_once = true;
    begin(site, 8);
    for (int i = 0; i < 3; i++)
        world_create_order(&site->world);
    expect(site, 3);
    end(site);
    world_restart(&site->world);
    site->count = 0;
    begin(site, 8);
    struct uuid fourth = world_create_order(&site->world);
    expect(site, 1);
    assert_true(uuid_equal(&site->seen[0].order_id, &fourth));
}

static void a_crash_repeats_what_was_not_written_and_skips_nothing(void **state)
{
    struct site *site = *state;
    char positions[3][40];
    site->answer_at_once = true;
    begin(site, 8);
    for (int i = 0; i < 3; i++)
        world_create_order(&site->world);
    expect(site, 3);
    for (int i = 0; i < 3; i++)
        snprintf(positions[i], sizeof(positions[i]), "%s", site->seen[i].position);
    end(site);
    /* As if the process had died before the last two were written. */
    world_set_cursor(&site->world, "hooks", positions[0]);
    world_restart(&site->world);
    site->count = 0;
    begin(site, 8);
    expect(site, 2);
    let_it_turn(site);
    assert_int_equal(site->count, 2);
    assert_string_equal(site->seen[0].position, positions[1]);
    assert_string_equal(site->seen[1].position, positions[2]);
}

static void stopping_waits_for_what_is_under_way(void **state)
{
    struct site *site = *state;
    world_create_order(&site->world);
    begin(site, 8);
    expect(site, 1);
    dispatcher_stop(site->dispatcher, on_stopped, site);
    let_it_turn(site);
    assert_false(site->stopped);
    answer(site, 0, STATUS_OK);
    world_until(&site->world, is_stopped, site);
    dispatcher_free(&site->dispatcher);
    assert_string_equal(world_cursor(&site->world, "hooks").text, site->seen[0].position);
}

/* The store goes away under it: everything is answered, nothing is used after it is freed. */
static void a_closed_store_ends_it_without_a_trace(void **state)
{
    struct site *site = *state;
    world_create_order(&site->world);
    begin(site, 8);
    site->world.committed = NULL;
    repository_close(&site->world.repository);
    dispatcher_free(&site->dispatcher);
    struct fault fault;
    assert_int_equal(
        repository_open(site->world.store, site->world.base, &site->world.repository, &fault),
        STATUS_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_event_is_delivered_once_when_all_goes_well, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_order_waits_for_its_own_earlier_event, setup, teardown),
        cmocka_unit_test_setup_teardown(several_orders_are_under_way_at_a_time_up_to_the_window,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_fails_is_tried_again_with_a_higher_attempt, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_failing_order_holds_back_its_own_events_only, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_cursor_stops_before_the_first_event_that_is_not_done,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(the_cursor_is_written_while_it_runs, setup, teardown),
        cmocka_unit_test_setup_teardown(a_new_start_goes_on_after_the_cursor, setup, teardown),
        cmocka_unit_test_setup_teardown(a_crash_repeats_what_was_not_written_and_skips_nothing,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(stopping_waits_for_what_is_under_way, setup, teardown),
        cmocka_unit_test_setup_teardown(a_closed_store_ends_it_without_a_trace, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
