/* The way into the store: in which order, how many at a time, and what an outage changes. */
#include "bus/intake.h"

#include "base/metrics.h"
#include "desk.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIMIT = 8, TOLD_LIMIT = 64 };

struct hall {
    struct event_base *base;
    struct desk desk;
    struct intake *intake;
    struct {
        char event_id[64], context[16];
        enum status status;
    } told[TOLD_LIMIT];
    size_t told_count; /* the first ones are kept */
    size_t rooms;
};

static void on_done(void *arg, const struct inbound *message, const void *context,
                    enum status status, const struct fault *fault)
{
    struct hall *hall = arg;
    (void)fault;
    if (hall->told_count < TOLD_LIMIT) {
        snprintf(hall->told[hall->told_count].event_id, 64, "%s", message->event_id);
        snprintf(hall->told[hall->told_count].context, 16, "%s", (const char *)context);
        hall->told[hall->told_count].status = status;
    }
    hall->told_count++;
}

static void on_room(void *arg)
{
    ((struct hall *)arg)->rooms++;
}

static struct hall *open_hall(void **state, bool insist, size_t limit)
{
    struct hall *hall = *state;
    const struct intake_options options = {.name = "a_test",
                                           .limit = limit,
                                           .insist = insist,
                                           .done = on_done,
                                           .room = on_room,
                                           .arg = hall};
    hall->intake = intake_new(hall->base, &hall->desk.repository, &options);
    return hall;
}

static int setup(void **state)
{
    static struct hall hall;
    memset(&hall, 0, sizeof(hall));
    hall.base = event_base_new();
    desk_init(&hall.desk);
    *state = &hall;
    return 0;
}

static int64_t pending(void)
{
    return gauge_value(metrics_gauge("orderd_inbound_pending", "", "from=\"a_test\""));
}

static int teardown(void **state)
{
    struct hall *hall = *state;
    intake_free(&hall->intake);
    for (size_t i = 0; i < hall->desk.count; i++) {
        if (hall->desk.puts[i].done)
            desk_answer(&hall->desk, i, STATUS_OK);
    }
    assert_int_equal(pending(), 0);
    event_base_free(hall->base);
    return 0;
}

static void put(struct hall *hall, const char *event_id, const char *about)
{
    const struct inbound message = {.event_id = event_id,
                                    .topic = "t",
                                    .about = about,
                                    .payload = "{\"n\":1}x",
                                    .payload_length = 7};
    intake_put(hall->intake, &message, event_id, strlen(event_id) + 1);
}

/* The events that the store was asked to take so far, first to last. */
static void expect_asked(const struct hall *hall, const char *event_ids)
{
    char asked[1024] = "";
    for (size_t i = 0; i < hall->desk.count; i++) {
        size_t used = strlen(asked);
        snprintf(asked + used, sizeof(asked) - used, "%s%s", i > 0 ? " " : "",
                 hall->desk.puts[i].event_id);
    }
    assert_string_equal(asked, event_ids);
}

static void expect_told(const struct hall *hall, size_t index, const char *event_id,
                        enum status status)
{
    assert_true(index < hall->told_count);
    assert_string_equal(hall->told[index].event_id, event_id);
    assert_string_equal(hall->told[index].context, event_id);
    assert_int_equal(hall->told[index].status, status);
}

static bool asked_enough(struct hall *hall)
{
    return desk_has_puts(&hall->desk);
}

/* Turns the loop until the store was asked so often. */
static void wait_asked(struct hall *hall, size_t count)
{
    hall->desk.wanted = count;
    while (!asked_enough(hall))
        assert_int_equal(event_base_loop(hall->base, EVLOOP_ONCE), 0);
}

/* ---- order ---- */

static void a_message_goes_to_the_store_as_it_is(void **state)
{
    struct hall *hall = open_hall(state, false, LIMIT);
    put(hall, "e", "o");
    assert_int_equal(hall->told_count, 0);
    assert_string_equal(hall->desk.puts[0].topic, "t");
    assert_string_equal(hall->desk.puts[0].about, "o");
    assert_string_equal(hall->desk.puts[0].payload, "{\"n\":1}");
    assert_int_equal(pending(), 1);
    desk_answer(&hall->desk, 0, STATUS_OK);
    expect_told(hall, 0, "e", STATUS_OK);
    assert_int_equal(pending(), 0);
}

static void messages_about_one_thing_go_one_after_the_other(void **state)
{
    struct hall *hall = open_hall(state, false, LIMIT);
    put(hall, "a1", "a");
    put(hall, "b1", "b");
    put(hall, "a2", "a");
    put(hall, "a3", "a");
    expect_asked(hall, "a1 b1");
    desk_answer(&hall->desk, 0, STATUS_OK);
    expect_asked(hall, "a1 b1 a2");
    desk_answer(&hall->desk, 2, STATUS_DUPLICATE);
    expect_asked(hall, "a1 b1 a2 a3");
    desk_answer(&hall->desk, 3, STATUS_OK);
    desk_answer(&hall->desk, 1, STATUS_OK);
    expect_told(hall, 1, "a2", STATUS_DUPLICATE);
    put(hall, "a4", "a");
    expect_asked(hall, "a1 b1 a2 a3 a4");
}

static void messages_about_nothing_wait_for_nobody(void **state)
{
    struct hall *hall = open_hall(state, false, LIMIT);
    put(hall, "1", NULL);
    put(hall, "2", NULL);
    put(hall, "3", NULL);
    expect_asked(hall, "1 2 3");
    assert_false(hall->desk.puts[0].has_about);
}

static void things_that_share_a_shelf_do_not_wait_for_each_other(void **state)
{
    struct hall *hall = open_hall(state, false, 400);
    for (int i = 0; i < 300; i++) { /* more than there are shelves */
        char name[16];
        snprintf(name, sizeof(name), "%d", i);
        put(hall, name, name);
    }
    assert_int_equal(hall->desk.count, 300);
}

/* ---- limits ---- */

static void it_is_full_at_its_limit_and_tells_when_there_is_room(void **state)
{
    struct hall *hall = open_hall(state, false, 2);
    put(hall, "1", "a");
    assert_false(intake_full(hall->intake));
    put(hall, "2", "a"); /* those that stand behind count */
    assert_true(intake_full(hall->intake));
    desk_answer(&hall->desk, 0, STATUS_OK);
    assert_false(intake_full(hall->intake));
    assert_int_equal(hall->rooms, 1);
    desk_answer(&hall->desk, 1, STATUS_OK);
    assert_int_equal(hall->rooms, 1);
}

static void it_is_full_of_bytes_too(void **state)
{
    enum { SIZE = INTAKE_BYTES_LIMIT / 2 };
    struct hall *hall = open_hall(state, false, LIMIT);
    char *payload = calloc(1, SIZE);
    assert_non_null(payload);
    const struct inbound message = {
        .event_id = "e", .topic = "t", .payload = payload, .payload_length = SIZE};
    intake_put(hall->intake, &message, "e", 2);
    assert_false(intake_full(hall->intake));
    intake_put(hall->intake, &message, "e", 2);
    assert_true(intake_full(hall->intake));
    free(payload);
    desk_answer(&hall->desk, 0, STATUS_OK);
    assert_int_equal(hall->rooms, 1);
}

static void a_store_that_answers_at_once_is_asked_in_order_and_without_end(void **state)
{
    enum { MANY = 100000 };
    struct hall *hall = open_hall(state, false, MANY + 1);
    put(hall, "first", "a");
    for (int i = 0; i < MANY; i++)
        put(hall, "another", "a");
    hall->desk.at_once = true;
    hall->desk.status = STATUS_UNAVAILABLE;
    desk_answer(&hall->desk, 0, STATUS_UNAVAILABLE);
    assert_int_equal(hall->desk.answered_at_once, MANY);
    assert_int_equal(hall->told_count, MANY + 1);
    expect_told(hall, 1, "another", STATUS_UNAVAILABLE);
}

/* ---- an outage ---- */

static void who_can_send_again_is_told_that_the_store_is_away(void **state)
{
    struct hall *hall = open_hall(state, false, LIMIT);
    put(hall, "1", "a");
    put(hall, "2", "a");
    desk_answer(&hall->desk, 0, STATUS_UNAVAILABLE);
    expect_told(hall, 0, "1", STATUS_UNAVAILABLE);
    expect_asked(hall, "1 2");
    desk_answer(&hall->desk, 1, STATUS_TIMEOUT);
    expect_told(hall, 1, "2", STATUS_TIMEOUT);
}

static void who_cannot_is_put_again_until_the_store_has_it(void **state)
{
    struct hall *hall = open_hall(state, true, LIMIT);
    put(hall, "1", "a");
    desk_answer(&hall->desk, 0, STATUS_TIMEOUT);
    wait_asked(hall, 2);
    desk_answer(&hall->desk, 1, STATUS_UNAVAILABLE);
    wait_asked(hall, 3);
    assert_int_equal(hall->told_count, 0);
    assert_int_equal(pending(), 1);
    desk_answer(&hall->desk, 2, STATUS_DUPLICATE); /* it was the one that timed out */
    expect_told(hall, 0, "1", STATUS_DUPLICATE);
    expect_asked(hall, "1 1 1");
}

static void during_an_outage_one_is_tried_and_the_others_follow_in_their_order(void **state)
{
    struct hall *hall = open_hall(state, true, LIMIT);
    put(hall, "1", "a");
    put(hall, "2", "b");
    put(hall, "3", NULL);
    desk_answer(&hall->desk, 2, STATUS_UNAVAILABLE);
    desk_answer(&hall->desk, 1, STATUS_UNAVAILABLE);
    put(hall, "4", "a"); /* behind the first */
    put(hall, "5", "c");
    desk_answer(&hall->desk, 0, STATUS_UNAVAILABLE);
    expect_asked(hall, "1 2 3");
    wait_asked(hall, 4);
    expect_asked(hall, "1 2 3 1");
    desk_answer(&hall->desk, 3, STATUS_OK);
    expect_asked(hall, "1 2 3 1 2 3 4 5");
    for (size_t i = 4; i < 8; i++)
        desk_answer(&hall->desk, i, STATUS_OK);
    assert_int_equal(hall->told_count, 5);
    put(hall, "6", "a");
    expect_asked(hall, "1 2 3 1 2 3 4 5 6");
}

static void what_ends_the_outage_may_be_one_that_was_thought_lost(void **state)
{
    struct hall *hall = open_hall(state, true, LIMIT);
    put(hall, "1", "a");
    put(hall, "2", "b");
    desk_answer(&hall->desk, 1, STATUS_UNAVAILABLE);
    put(hall, "3", "c");
    expect_asked(hall, "1 2");
    desk_answer(&hall->desk, 0, STATUS_OK);
    expect_asked(hall, "1 2 2 3");
}

static void a_store_that_refuses_at_once_again_begins_the_outage_anew(void **state)
{
    struct hall *hall = open_hall(state, true, LIMIT);
    put(hall, "1", "a");
    put(hall, "2", "b");
    put(hall, "3", "c");
    desk_answer(&hall->desk, 1, STATUS_UNAVAILABLE);
    desk_answer(&hall->desk, 2, STATUS_UNAVAILABLE);
    hall->desk.at_once = true;
    hall->desk.status = STATUS_UNAVAILABLE;
    desk_answer(&hall->desk, 0, STATUS_OK);
    assert_int_equal(hall->desk.answered_at_once, 1);
    hall->desk.at_once = false;
    wait_asked(hall, 5);
    expect_asked(hall, "1 2 3 2 2");
    desk_answer(&hall->desk, 4, STATUS_OK);
    expect_asked(hall, "1 2 3 2 2 3");
}

static void what_the_store_will_never_take_is_told(void **state)
{
    struct hall *hall = open_hall(state, true, LIMIT);
    put(hall, "1", "a");
    put(hall, "2", "a");
    desk_answer(&hall->desk, 0, STATUS_INTERNAL);
    expect_told(hall, 0, "1", STATUS_INTERNAL);
    expect_asked(hall, "1 2");
}

static void its_end_in_the_middle_of_everything_is_quiet(void **state)
{
    struct hall *hall = open_hall(state, true, LIMIT);
    put(hall, "1", "a");
    put(hall, "2", "a");
    put(hall, "3", "b");
    put(hall, "4", NULL);
    desk_answer(&hall->desk, 2, STATUS_UNAVAILABLE);
    put(hall, "5", "c");
    intake_free(&hall->intake);
    desk_answer(&hall->desk, 0, STATUS_OK);
    desk_answer(&hall->desk, 1, STATUS_UNAVAILABLE);
    assert_int_equal(hall->told_count, 0);
    assert_int_equal(hall->desk.count, 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_goes_to_the_store_as_it_is),
        TEST(messages_about_one_thing_go_one_after_the_other),
        TEST(messages_about_nothing_wait_for_nobody),
        TEST(things_that_share_a_shelf_do_not_wait_for_each_other),
        TEST(it_is_full_at_its_limit_and_tells_when_there_is_room),
        TEST(it_is_full_of_bytes_too),
        TEST(a_store_that_answers_at_once_is_asked_in_order_and_without_end),
        TEST(who_can_send_again_is_told_that_the_store_is_away),
        TEST(who_cannot_is_put_again_until_the_store_has_it),
        TEST(during_an_outage_one_is_tried_and_the_others_follow_in_their_order),
        TEST(what_ends_the_outage_may_be_one_that_was_thought_lost),
        TEST(a_store_that_refuses_at_once_again_begins_the_outage_anew),
        TEST(what_the_store_will_never_take_is_told),
        TEST(its_end_in_the_middle_of_everything_is_quiet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
