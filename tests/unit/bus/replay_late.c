/* Reading again from a store that takes its time, as a database server does. */
#include "client.h"
#include "late.h"

#include "base/metrics.h"
#include "bus/replay.h"

#include <string.h>

static struct client client;
static struct late late;

static int setup(void **state)
{
    struct site *site = site_new(state);
    for (int i = 0; i < 3; i++)
        world_create_order(&site->world);
    late_init(&late, site->world.repository);
    site->repository = &late.repository;
    site_begin(site);
    client_open(&client, site, 0);
    late.hold = true;
    return 0;
}

static int teardown(void **state)
{
    client_close(&client);
    return site_teardown(state);
}

static size_t under_way(void)
{
    return (size_t)gauge_value(metrics_gauge("orderd_replays", "", ""));
}

static bool none_under_way(void *arg)
{
    (void)arg;
    return under_way() == 0;
}

/* A read of all that waits for its events. */
static void ask_for_events(struct site *site, const char *json)
{
    client_ask(&client, "READ", "x", json);
    world_until(&site->world, late_holds, &late);
    late_answer(&late); /* where the stream ends */
    world_until(&site->world, late_holds, &late);
}

static void a_read_goes_on_when_the_store_answers(void **state)
{
    struct site *site = *state;
    ask_for_events(site, "{\"after\":\"\",\"credit\":2}");
    client_ask(&client, "CREDIT", "x", "{\"credit\":1}");
    late.hold = false;
    late_answer(&late);
    client_expect_events(&client, "x", 3);
    client_expect(&client, "END", "x", "\"complete\":true");
}

static void a_read_is_cancelled_when_the_store_has_answered(void **state)
{
    struct site *site = *state;
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    world_until(&site->world, late_holds, &late);
    client_ask(&client, "CANCEL", "x", "{}");
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"id-in-use\"");
    late_answer(&late);
    client_expect(&client, "END", "x",
                  "\"position\":\"\",\"head\":\"0000000000000003\",\"count\":0");
    assert_int_equal(under_way(), 0);
}

static void a_cancel_does_not_make_a_position_valid(void **state)
{
    struct site *site = *state;
    client_ask(&client, "READ", "x", "{\"after\":\"0000000000000009\"}");
    world_until(&site->world, late_holds, &late);
    client_ask(&client, "CANCEL", "x", "{}");
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"id-in-use\"");
    late_answer(&late);
    client_expect(&client, "ERROR", "x", "\"code\":\"position-invalid\"");
    assert_int_equal(under_way(), 0);
}

static void a_cancel_before_a_place_is_known_tells_the_place(void **state)
{
    struct site *site = *state;
    world_set_cursor(&site->world, "c", "0000000000000002");
    client_ask(&client, "READ", "x", "{\"cursor\":\"c\"}");
    world_until(&site->world, late_holds, &late);
    client_ask(&client, "CANCEL", "x", "{}");
    client_ask(&client, "READ", "x",
               "{\"after\":\"\"}"); /* its answer: the CANCEL has been taken */
    client_expect(&client, "ERROR", "x", "\"code\":\"id-in-use\"");
    late.hold = false;
    late_answer(&late);
    client_expect(&client, "END", "x", "\"position\":\"0000000000000002\"");
    assert_non_null(strstr(client_frame(&client, 2), "\"count\":0,\"complete\":false"));
}

static void a_client_may_leave_while_the_store_is_asked(void **state)
{
    struct site *site = *state;
    ask_for_events(site, "{\"after\":\"\"}");
    assert_int_equal(under_way(), 1);
    client_close(&client);
    client_open(&client, site, 0);
    late.hold = false;
    client_ask(&client, "HEAD", "h", "{}");
    client_expect(&client, "OK", "h", "head");
    late_answer(&late);
    world_until(&site->world, none_under_way, NULL);
}

static bool holds_both(void *arg)
{
    (void)arg;
    return late.count == 2;
}

static void a_close_does_not_wait_for_the_store(void **state)
{
    struct site *site = *state;
    ask_for_events(site, "{\"after\":\"\"}");
    client_ask(&client, "HEAD", "h", "{}");
    world_until(&site->world, holds_both, NULL);
    site_end(site);
    client_expect(&client, "ERROR", "x", "\"code\":\"unavailable\"");
    late.hold = false;
    late_answer(&late); /* finds nobody */
    assert_int_equal(under_way(), 0);
}

static bool holds_all_it_may(void *arg)
{
    (void)arg;
    return late.count >= REPLAY_CALLS_LIMIT;
}

static void calls_beyond_what_the_store_is_asked_at_a_time_wait(void **state)
{
    struct site *site = *state;
    const int calls = REPLAY_CALLS_LIMIT + 20;
    for (int i = 0; i < calls; i++)
        client_ask(&client, "HEAD", "h", "{}");
    world_until(&site->world, holds_all_it_may, NULL);
    const struct timeval soon = {0, 50000};
    event_base_loopexit(site->world.base, &soon);
    event_base_dispatch(site->world.base);
    assert_int_equal(late.count, REPLAY_CALLS_LIMIT);
    late.hold = false;
    late_answer(&late);
    for (int i = 0; i < calls; i++)
        client_expect(&client, "OK", "h", "head");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_read_goes_on_when_the_store_answers),
        TEST(a_read_is_cancelled_when_the_store_has_answered),
        TEST(a_cancel_does_not_make_a_position_valid),
        TEST(a_cancel_before_a_place_is_known_tells_the_place),
        TEST(a_client_may_leave_while_the_store_is_asked),
        TEST(a_close_does_not_wait_for_the_store),
        TEST(calls_beyond_what_the_store_is_asked_at_a_time_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
