/* What the dispatcher does when its process begins to lead, and when it does no longer. Another
 * process is played by writing the cursor. */
#include "consumer.h"
#include "late.h"

#include <string.h>

static void expect_cursor(struct consumer *consumer, const char *position)
{
    assert_string_equal(world_cursor(&consumer->world, "hooks").text, position);
}

/* ---- following, beginning ---- */

static void a_follower_delivers_nothing(void **state)
{
    struct consumer *consumer = *state;
    consumer_follow(consumer, 8);
    world_create_order(&consumer->world);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 0);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_expect(consumer, 1);
    consumer_answer(consumer, 0, STATUS_OK);
}

static void leading_again_goes_on_where_the_cursor_was_written_meanwhile(void **state)
{
    struct consumer *consumer = *state;
    consumer->answer_at_once = true;
    consumer_begin(consumer, 8);
    for (int i = 0; i < 3; i++)
        world_create_order(&consumer->world);
    consumer_expect(consumer, 3);
    dispatcher_follow(consumer->dispatcher);
    world_create_order(&consumer->world);
    world_set_cursor(&consumer->world, "hooks", consumer->seen[1].position);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_expect(consumer, 5);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 5);
    assert_string_equal(consumer->seen[3].position, consumer->seen[2].position);
    assert_true(strcmp(consumer->seen[4].position, consumer->seen[3].position) > 0);
}

static void leading_while_it_leads_begins_anew_from_the_cursor(void **state)
{
    struct consumer *consumer = *state;
    consumer_begin(consumer, 8);
    world_create_order(&consumer->world);
    consumer_expect(consumer, 1);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 1);
    consumer_answer(consumer, 0, STATUS_OK);
    consumer_expect(consumer, 2);
    assert_string_equal(consumer->seen[1].position, consumer->seen[0].position);
    consumer_answer(consumer, 1, STATUS_OK);
}

/* ---- what is lost with the lead ---- */

static void what_waits_is_forgotten(void **state)
{
    struct consumer *consumer = *state;
    struct uuid id = world_create_order(&consumer->world);
    world_change_order(&consumer->world, &id, ORDER_CONFIRMED); /* behind */
    world_create_order(&consumer->world);                       /* fails */
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 2);
    consumer_answer(consumer, 1, STATUS_UNAVAILABLE);
    dispatcher_follow(consumer->dispatcher);
    consumer_answer(consumer, 0, STATUS_OK);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 2);
}

static void what_is_ready_is_not_delivered(void **state)
{
    struct consumer *consumer = *state;
    struct uuid id = world_create_order(&consumer->world);
    world_change_order(&consumer->world, &id, ORDER_CONFIRMED);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 1);
    consumer_answer(consumer, 0, STATUS_OK); /* makes the second one ready */
    dispatcher_follow(consumer->dispatcher);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 1);
}

/* Neither what the orphans' answers do, nor stopping, writes over what another process wrote. */
static void the_cursor_is_left_alone(void **state)
{
    struct consumer *consumer = *state;
    for (int i = 0; i < 4; i++)
        world_create_order(&consumer->world);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 4);
    consumer_answer(consumer, 0, STATUS_OK);
    consumer_answer(consumer, 1, STATUS_OK);
    dispatcher_follow(consumer->dispatcher);
    world_set_cursor(&consumer->world, "hooks", consumer->seen[0].position);
    consumer_answer(consumer, 2, STATUS_OK);
    consumer_answer(consumer, 3, STATUS_OK);
    consumer_end(consumer);
    expect_cursor(consumer, consumer->seen[0].position);
}

/* ---- orphans ---- */

static bool seen_order(const struct consumer *consumer, size_t from, const struct uuid *id)
{
    for (size_t i = from; i < consumer->count; i++) {
        if (uuid_equal(&consumer->seen[i].order_id, id))
            return true;
    }
    return false;
}

static void an_order_waits_for_its_orphan_and_others_do_not(void **state)
{
    struct consumer *consumer = *state;
    struct uuid id = world_create_order(&consumer->world);
    world_change_order(&consumer->world, &id, ORDER_CONFIRMED);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 1);
    dispatcher_follow(consumer->dispatcher);
    world_create_order(&consumer->world);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_expect(consumer, 2);
    consumer_let_it_turn(consumer);
    assert_false(seen_order(consumer, 1, &id));
    assert_int_equal(consumer->count, 2);

    consumer_answer(consumer, 0, STATUS_OK);
    consumer_expect(consumer, 3);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 3); /* the change is behind it */
    assert_string_equal(consumer->seen[2].position, consumer->seen[0].position);
    assert_int_equal(consumer->seen[2].attempt, 1);
    consumer_answer(consumer, 1, STATUS_OK);
    consumer_answer(consumer, 2, STATUS_OK);
    consumer_expect(consumer, 4);
    assert_string_equal(consumer->seen[3].topic, "order.status_changed");
    consumer_answer(consumer, 3, STATUS_OK);
}

static void an_orphan_that_fails_is_not_tried_again_by_itself(void **state)
{
    struct consumer *consumer = *state;
    world_create_order(&consumer->world);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 1);
    dispatcher_follow(consumer->dispatcher);
    consumer_answer(consumer, 0, STATUS_UNAVAILABLE);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 1);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_expect(consumer, 2);
    assert_int_equal(consumer->seen[1].attempt, 1);
    consumer_answer(consumer, 1, STATUS_OK);
}

/* Lost and got again and again with the same event under way: the consumer has it once. */
static void an_order_is_never_with_the_consumer_twice(void **state)
{
    struct consumer *consumer = *state;
    world_create_order(&consumer->world);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 1);
    for (int i = 0; i < 5; i++) {
        dispatcher_follow(consumer->dispatcher);
        dispatcher_lead(consumer->dispatcher, "an-epoch");
        consumer_let_it_turn(consumer);
    }
    assert_int_equal(consumer->count, 1);
    consumer_answer(consumer, 0, STATUS_OK);
    consumer_expect(consumer, 2);
    dispatcher_follow(consumer->dispatcher); /* with the second one under way */
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 2);
    consumer_answer(consumer, 1, STATUS_OK);
    consumer_expect(consumer, 3);
    consumer_answer(consumer, 2, STATUS_OK);
    assert_int_equal(consumer->most_open, 1);
}

/* What stood behind it in the meantime is forgotten with that time. */
static void an_orphan_is_answered_after_the_lead_was_had_and_lost_again(void **state)
{
    struct consumer *consumer = *state;
    world_create_order(&consumer->world);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 1);
    dispatcher_follow(consumer->dispatcher);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_let_it_turn(consumer);
    dispatcher_follow(consumer->dispatcher);
    consumer_answer(consumer, 0, STATUS_OK);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 1);
}

static void orphans_take_their_place_in_the_window(void **state)
{
    struct consumer *consumer = *state;
    for (int i = 0; i < 4; i++)
        world_create_order(&consumer->world);
    consumer_begin(consumer, 4);
    consumer_expect(consumer, 4);
    dispatcher_follow(consumer->dispatcher);
    world_set_cursor(&consumer->world, "hooks", consumer->seen[3].position);
    for (int i = 0; i < 4; i++)
        world_create_order(&consumer->world);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 4);
    for (size_t i = 0; i < 4; i++)
        consumer_answer(consumer, i, STATUS_OK);
    consumer_expect(consumer, 8);
    assert_int_equal(consumer->most_open, 4);
    for (size_t i = 4; i < 8; i++)
        consumer_answer(consumer, i, STATUS_OK);
}

/* ---- what the store answers too late ---- */

static struct late *begin_late(struct consumer *consumer)
{
    static struct late late;
    late_init(&late, consumer->world.repository);
    consumer->repository = &late.repository;
    consumer_follow(consumer, 8);
    return &late;
}

static void a_cursor_that_was_read_before_the_lead_was_lost_begins_nothing(void **state)
{
    struct consumer *consumer = *state;
    struct late *late = begin_late(consumer);
    world_create_order(&consumer->world);
    late->hold = true;
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    dispatcher_follow(consumer->dispatcher);
    late->hold = false;
    late_answer(late);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 0);
}

static void events_that_were_read_before_the_lead_was_lost_are_dropped(void **state)
{
    struct consumer *consumer = *state;
    struct late *late = begin_late(consumer);
    world_create_order(&consumer->world);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    late->hold = true;
    world_until(&consumer->world, late_holds, late); /* the events */
    dispatcher_follow(consumer->dispatcher);
    late->hold = false;
    late_answer(late);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 0);
}

static void events_that_were_read_for_an_earlier_time_are_not_taken_for_this_one(void **state)
{
    struct consumer *consumer = *state;
    struct late *late = begin_late(consumer);
    world_create_order(&consumer->world);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    late->hold = true;
    world_until(&consumer->world, late_holds, late); /* the events */
    dispatcher_follow(consumer->dispatcher);
    dispatcher_lead(consumer->dispatcher, "an-epoch"); /* its cursor is read behind them */
    assert_int_equal(late->count, 2);
    late->hold = false;
    late_answer(late);
    consumer_expect(consumer, 1);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 1);
    consumer_answer(consumer, 0, STATUS_OK);
    consumer_let_it_turn(consumer);
    assert_int_equal(consumer->count, 1);
}

/* ---- stopping ---- */

static void a_follower_stops_when_its_orphans_are_answered(void **state)
{
    struct consumer *consumer = *state;
    world_create_order(&consumer->world);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 1);
    dispatcher_follow(consumer->dispatcher);
    dispatcher_stop(consumer->dispatcher, consumer_on_stopped, consumer);
    consumer_let_it_turn(consumer);
    assert_false(consumer->stopped);
    consumer_answer(consumer, 0, STATUS_OK);
    world_until(&consumer->world, consumer_is_stopped, consumer);
    dispatcher_free(&consumer->dispatcher);
    expect_cursor(consumer, "");
}

static void a_stop_goes_on_when_the_lead_is_lost_in_the_middle(void **state)
{
    struct consumer *consumer = *state;
    for (int i = 0; i < 2; i++)
        world_create_order(&consumer->world);
    consumer_begin(consumer, 8);
    consumer_expect(consumer, 2);
    consumer_answer(consumer, 0, STATUS_OK);
    dispatcher_stop(consumer->dispatcher, consumer_on_stopped, consumer);
    dispatcher_follow(consumer->dispatcher);
    dispatcher_lead(consumer->dispatcher, "an-epoch"); /* and had again: not any more */
    consumer_answer(consumer, 1, STATUS_OK);
    world_until(&consumer->world, consumer_is_stopped, consumer);
    dispatcher_free(&consumer->dispatcher);
    assert_int_equal(consumer->count, 2);
    expect_cursor(consumer, "");
}

static void a_stop_goes_on_when_the_lead_is_lost_while_the_cursor_is_written(void **state)
{
    struct consumer *consumer = *state;
    struct late *late = begin_late(consumer);
    consumer->answer_at_once = true;
    world_create_order(&consumer->world);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_expect(consumer, 1);
    late->hold = true;
    dispatcher_stop(consumer->dispatcher, consumer_on_stopped, consumer);
    world_until(&consumer->world, late_holds_a_write, late);
    dispatcher_follow(consumer->dispatcher);
    world_until(&consumer->world, consumer_is_stopped, consumer);
    dispatcher_free(&consumer->dispatcher);
    late_answer(late);
    consumer_let_it_turn(consumer);
}

static void it_can_be_freed_with_orphans_and_a_read_under_way(void **state)
{
    struct consumer *consumer = *state;
    struct late *late = begin_late(consumer);
    world_create_order(&consumer->world);
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer_expect(consumer, 1);
    dispatcher_follow(consumer->dispatcher);
    late->hold = true;
    dispatcher_lead(consumer->dispatcher, "an-epoch");
    consumer->world.committed = NULL;
    dispatcher_free(&consumer->dispatcher);
    late_answer(late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_follower_delivers_nothing, consumer_setup,
                                        consumer_teardown),
        cmocka_unit_test_setup_teardown(
            leading_again_goes_on_where_the_cursor_was_written_meanwhile, consumer_setup,
            consumer_teardown),
        cmocka_unit_test_setup_teardown(leading_while_it_leads_begins_anew_from_the_cursor,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(what_waits_is_forgotten, consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(what_is_ready_is_not_delivered, consumer_setup,
                                        consumer_teardown),
        cmocka_unit_test_setup_teardown(the_cursor_is_left_alone, consumer_setup,
                                        consumer_teardown),
        cmocka_unit_test_setup_teardown(an_order_waits_for_its_orphan_and_others_do_not,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(an_orphan_that_fails_is_not_tried_again_by_itself,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(an_order_is_never_with_the_consumer_twice, consumer_setup,
                                        consumer_teardown),
        cmocka_unit_test_setup_teardown(an_orphan_is_answered_after_the_lead_was_had_and_lost_again,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(orphans_take_their_place_in_the_window, consumer_setup,
                                        consumer_teardown),
        cmocka_unit_test_setup_teardown(
            a_cursor_that_was_read_before_the_lead_was_lost_begins_nothing, consumer_setup,
            consumer_teardown),
        cmocka_unit_test_setup_teardown(events_that_were_read_before_the_lead_was_lost_are_dropped,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(
            events_that_were_read_for_an_earlier_time_are_not_taken_for_this_one, consumer_setup,
            consumer_teardown),
        cmocka_unit_test_setup_teardown(a_follower_stops_when_its_orphans_are_answered,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(a_stop_goes_on_when_the_lead_is_lost_in_the_middle,
                                        consumer_setup, consumer_teardown),
        cmocka_unit_test_setup_teardown(
            a_stop_goes_on_when_the_lead_is_lost_while_the_cursor_is_written, consumer_setup,
            consumer_teardown),
        cmocka_unit_test_setup_teardown(it_can_be_freed_with_orphans_and_a_read_under_way,
                                        consumer_setup, consumer_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
