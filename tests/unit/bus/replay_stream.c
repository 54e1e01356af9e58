/* Reading again what the store answers with, whatever it answers; and clients that do not play
 * along. */
#include "client.h"
#include "stream.h"

#include "base/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

static struct client client;
static struct stream stream;

static void begin(void **state, size_t events, int credit)
{
    struct site *site = site_new(state);
    stream_init(&stream, events);
    site->repository = &stream.repository;
    site->options.store = &stream.store;
    site->options.replay_credit = credit;
    site_begin(site);
    client_open(&client, site, 0);
}

static int setup(void **state)
{
    begin(state, 20, 100);
    return 0;
}

static int setup_endless(void **state)
{
    begin(state, 1000000, 100);
    return 0;
}

static int setup_fat(void **state)
{
    begin(state, 20000, 10);
    stream.data_size = 20000;
    return 0;
}

static int teardown(void **state)
{
    client_close(&client);
    return site_teardown(state);
}

/* ---- where a read begins ---- */

static void a_time_is_a_place_to_begin_at(void **state)
{
    (void)state;
    client_ask(&client, "READ", "x", "{\"from_time\":\"1970-01-01T00:00:00.018Z\"}");
    client_expect_events(&client, "x", 1);
    assert_string_equal(client_frame(&client, 3), "0000000000000018");
    client_expect_events(&client, "x", 2);
    client_expect(&client, "END", "x", "\"count\":3,\"complete\":true");
    client_ask(&client, "READ", "x", "{\"from_time\":\"2100-01-01T00:00:00Z\"}");
    client_expect(&client, "END", "x", "\"position\":\"0000000000000020\"");
    client_ask(&client, "READ", "x",
               "{\"from_time\":\"1970-01-01T00:00:00.011Z\",\"topics\":[\"even\"],\"credit\":1}");
    client_expect_events(&client, "x", 1);
    assert_string_equal(client_frame(&client, 3), "0000000000000012");
}

static void a_cursor_is_a_place_to_begin_at(void **state)
{
    (void)state;
    stream.cursor = 18;
    client_ask(&client, "READ", "x", "{\"cursor\":\"my.own_cursor-1\"}");
    client_expect_events(&client, "x", 2);
    client_expect(&client, "END", "x", "\"count\":2");
    assert_string_equal(stream.cursor_name, "my.own_cursor-1");
    stream.cursor_status = STATUS_NOT_FOUND;
    client_ask(&client, "READ", "x", "{\"cursor\":\"c\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"cursor-not-found\"");
}

static void a_position_below_the_floor_is_gone_and_the_floor_is_told(void **state)
{
    (void)state;
    stream.floor = 5;
    client_ask(&client, "READ", "x", "{\"after\":\"0000000000000004\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"position-gone\"");
    assert_non_null(strstr(client_frame(&client, 2),
                           "\"floor\":\"0000000000000005\",\"head\":\"0000000000000020\""));
    client_ask(&client, "READ", "x", "{\"after\":\"0000000000000005\"}");
    client_expect_events(&client, "x", 15);
    client_expect(&client, "END", "x", "\"count\":15");
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect_events(&client, "x", 15);
    client_expect(&client, "END", "x", "\"count\":15");
}

static void events_that_go_while_a_read_waits_are_told(void **state)
{
    (void)state;
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":2}");
    client_expect_events(&client, "x", 2);
    client_ask(&client, "HEAD", "h", "{}"); /* behind the look at whether there is a third */
    client_expect(&client, "OK", "h", "\"floor\":\"\"");
    stream.floor = 10;
    client_ask(&client, "CREDIT", "x", "{\"credit\":2}");
    client_expect(&client, "ERROR", "x", "\"code\":\"position-gone\"");
}

static void a_stream_of_which_all_was_removed_ends_at_its_head(void **state)
{
    (void)state;
    stream.floor = 20;
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect(&client, "END", "x",
                  "\"position\":\"0000000000000020\",\"head\":\"0000000000000020\",\"count\":0");
}

/* ---- a store that does not answer well ---- */

static void a_read_says_where_it_was_when_the_store_went_away(void **state)
{
    (void)state;
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":2}");
    client_expect_events(&client, "x", 2);
    client_ask(&client, "HEAD", "h", "{}");
    client_expect(&client, "OK", "h", "head");
    stream.events_status = STATUS_UNAVAILABLE;
    client_ask(&client, "CREDIT", "x", "{\"credit\":2}");
    client_expect(&client, "ERROR", "x", "\"code\":\"unavailable\"");
    assert_non_null(strstr(client_frame(&client, 2), "\"position\":\"0000000000000002\""));
    assert_null(strstr(client_frame(&client, 2), "as the test wants it"));
}

static void a_read_that_never_began_names_no_position(void **state)
{
    (void)state;
    stream.cursor_status = STATUS_TIMEOUT;
    client_ask(&client, "READ", "x", "{\"cursor\":\"c\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"unavailable\"");
    assert_null(strstr(client_frame(&client, 2), "position"));
    stream.ends_status = STATUS_UNAVAILABLE;
    client_ask(&client, "READ", "x", "{\"from_time\":\"2026-01-01T00:00:00Z\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"unavailable\"");
    client_ask(&client, "HEAD", "x", "{}");
    client_expect(&client, "ERROR", "x", "\"code\":\"unavailable\"");
}

static void nothing_is_available_before_the_epoch_is_known(void **state)
{
    (void)state;
    stream.store.epoch = NULL;
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"unavailable\"");
    client_ask(&client, "HEAD", "x", "{}");
    client_expect(&client, "ERROR", "x", "\"code\":\"unavailable\"");
    stream.store.epoch = stream.store.epoch_text;
    client_ask(&client, "HEAD", "x", "{}");
    client_expect(&client, "OK", "x", "\"epoch\":\"an-epoch\"");
}

/* ---- cursors ---- */

static void cursors_are_made_where_the_client_wants(void **state)
{
    (void)state;
    client_ask(&client, "CURSOR-CREATE", "a", "{\"cursor\":\"c\",\"at\":\"head\"}");
    client_expect(&client, "OK", "a", "{\"cursor\":\"c\",\"position\":\"0000000000000020\"}");
    assert_string_equal(stream.cursor_position.text, "0000000000000020");
    client_ask(&client, "CURSOR-CREATE", "a", "{\"cursor\":\"c\",\"at\":\"beginning\"}");
    client_expect(&client, "OK", "a", "{\"cursor\":\"c\",\"position\":\"\"}");
    client_ask(&client, "CURSOR-CREATE", "a",
               "{\"cursor\":\"c\",\"at\":\"0000000000000007\",\"epoch\":\"an-epoch\"}");
    client_expect(&client, "OK", "a", "{\"cursor\":\"c\",\"position\":\"0000000000000007\"}");
    assert_string_equal(stream.cursor_position.text, "0000000000000007");
    client_ask(&client, "CURSOR-CREATE", "a",
               "{\"cursor\":\"c\",\"at\":\"0000000000000007\",\"epoch\":\"other\"}");
    client_expect(&client, "ERROR", "a", "\"code\":\"epoch-mismatch\"");
}

static void an_ack_tells_where_the_cursor_stands_now(void **state)
{
    (void)state;
    stream.cursor = 9;
    client_ask(&client, "CURSOR-ACK", "a",
               "{\"cursor\":\"c\",\"position\":\"0000000000000007\",\"epoch\":\"an-epoch\"}");
    client_expect(&client, "OK", "a", "{\"cursor\":\"c\",\"position\":\"0000000000000009\"}");
    assert_string_equal(stream.cursor_position.text, "0000000000000007");
    client_ask(&client, "CURSOR-DELETE", "a", "{\"cursor\":\"c\"}");
    client_expect(&client, "OK", "a", "{\"cursor\":\"c\"}");
}

static void only_the_cursors_of_people_outside_are_listed(void **state)
{
    (void)state;
    stream.cursor = 13;
    client_ask(&client, "CURSOR-LIST", "a", "{}");
    client_expect(&client, "OK", "a",
                  "{\"cursors\":[{\"cursor\":\"mine\",\"position\":\"0000000000000013\",\"lag\":7,"
                  "\"updated_at\":\"1970-01-01T00:00:01.000Z\"}]}");
}

static void what_the_store_says_of_a_cursor_is_told_by_a_code(void **state)
{
    static const struct {
        enum status status;
        const char *code;
    } cases[] = {
        {STATUS_NOT_FOUND, "\"code\":\"cursor-not-found\""},
        {STATUS_DUPLICATE, "\"code\":\"cursor-exists\""},
        {STATUS_LIMIT, "\"code\":\"limit\""},
        {STATUS_INVALID, "\"code\":\"position-invalid\""},
        {STATUS_UNAVAILABLE, "\"code\":\"unavailable\""},
        {STATUS_TIMEOUT, "\"code\":\"unavailable\""},
        {STATUS_INTERNAL, "\"code\":\"unavailable\""},
        {STATUS_GONE, "\"floor\":\"0000000000000003\",\"head\":\"0000000000000020\""},
    };
    (void)state;
    stream.floor = 3;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        stream.cursor_status = cases[i].status;
        client_ask(&client, "CURSOR-CREATE", "a", "{\"cursor\":\"c\",\"at\":\"head\"}");
        client_expect(&client, "ERROR", "a", cases[i].code);
    }
}

/* ---- rights ---- */

static struct bus_rights rights;

static const struct bus_rights *rights_of(void *arg, const char *user)
{
    (void)arg;
    assert_null(user);
    return &rights;
}

static int setup_rights(void **state)
{
    struct site *site = site_new(state);
    stream_init(&stream, 20);
    site->repository = &stream.repository;
    site->options.store = &stream.store;
    site->options.rights = rights_of;
    site_begin(site);
    client_open(&client, site, 0);
    return 0;
}

static void who_may_read_some_topics_reads_no_others(void **state)
{
    static const char *const odd[] = {"od"};
    (void)state;
    rights = (struct bus_rights){.topics = odd, .topic_count = 1};
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect_events(&client, "x", 10);
    assert_string_equal(client_frame(&client, 2), "odd");
    client_expect(&client, "END", "x", "\"count\":10,\"complete\":true");
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"topics\":[\"odd\",\"even\"]}");
    client_expect(&client, "ERROR", "x", "\"code\":\"forbidden\"");
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"topics\":[\"o\"]}");
    client_expect(&client, "ERROR", "x", "\"code\":\"forbidden\"");
    client_ask(&client, "HEAD", "x", "{}");
    client_expect(&client, "OK", "x", "\"heads\":{\"odd\":\"0000000000000020\"}");
}

static void who_may_not_use_cursors_uses_none(void **state)
{
    static const char *const all[] = {""};
    (void)state;
    rights = (struct bus_rights){.topics = all, .topic_count = 1};
    client_ask(&client, "READ", "x", "{\"cursor\":\"c\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"forbidden\"");
    client_ask(&client, "CURSOR-LIST", "x", "{}");
    client_expect(&client, "ERROR", "x", "\"code\":\"forbidden\"");
    rights.cursors = true;
    client_ask(&client, "CURSOR-LIST", "x", "{}");
    client_expect(&client, "OK", "x", "cursors");
}

static void rights_that_are_taken_away_end_what_they_allowed(void **state)
{
    static const char *const all[] = {""};
    (void)state;
    rights = (struct bus_rights){.topics = all, .topic_count = 1};
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":2}");
    client_expect_events(&client, "x", 2);
    client_ask(&client, "HEAD", "h", "{}");
    client_expect(&client, "OK", "h", "head");
    rights = (struct bus_rights){.topic_count = 0};
    client_ask(&client, "CREDIT", "x", "{\"credit\":2}");
    client_expect(&client, "ERROR", "x", "\"code\":\"forbidden\"");
    client_ask(&client, "HEAD", "h", "{}");
    client_expect(&client, "ERROR", "h", "\"code\":\"forbidden\"");
}

/* ---- clients that do not play along ---- */

static size_t under_way(void)
{
    return (size_t)gauge_value(metrics_gauge("orderd_replays", "", ""));
}

static uint64_t replayed(void)
{
    return counter_value(metrics_counter("orderd_events_replayed_total", "", ""));
}

static bool none_under_way(void *arg)
{
    (void)arg;
    return under_way() == 0;
}

static void still_answers(void)
{
    client_ask(&client, "HEAD", "alive", "{}");
    client_expect(&client, "OK", "alive", "an-epoch");
}

static void garbage_is_answered_and_changes_nothing(void **state)
{
    static const char *const one[] = {"READ"};
    static const char *const two[] = {"READ", "x"};
    static const char *const five[] = {"READ", "x", "{\"after\":\"\"}", "{}", ""};
    static const char *const no_id[] = {"READ", "", "{\"after\":\"\"}"};
    static char huge_id[1001];
    const char *const huge[] = {"READ", huge_id, "{\"after\":\"\"}"};
    memset(huge_id, 'x', sizeof(huge_id) - 1);
    (void)state;
    foreign_send(client.socket, one, 1);
    client_expect(&client, "ERROR", "", "\"code\":\"malformed\"");
    foreign_send(client.socket, two, 2);
    client_expect(&client, "ERROR", "x", "\"code\":\"malformed\"");
    foreign_send(client.socket, five, 5);
    client_expect(&client, "ERROR", "x", "\"code\":\"malformed\"");
    foreign_send(client.socket, no_id, 3);
    client_expect(&client, "ERROR", "", "expected an id of 1 to 64 bytes");
    foreign_send(client.socket, huge, 3);
    client_expect(&client, "ERROR", "", "expected an id of 1 to 64 bytes");
    assert_int_equal(under_way(), 0);
    still_answers();
}

static void ten_thousand_tiny_frames_are_one_malformed_request(void **state)
{
    static const char *frames[10000];
    (void)state;
    for (size_t i = 0; i < 10000; i++)
        frames[i] = "x";
    foreign_send(client.socket, frames, 10000);
    client_expect(&client, "ERROR", "x", "there are 10001 frames");
    still_answers();
}

static void bombs_of_json_are_refused(void **state)
{
    static char deep[16001], wide[20001], text[60001];
    (void)state;
    memset(deep, '[', sizeof(deep) - 1);
    memset(wide, ' ', sizeof(wide) - 1);
    client_ask(&client, "READ", "x", deep);
    client_expect(&client, "ERROR", "x", "\"code\":\"malformed\"");
    client_ask(&client, "READ", "x", wide);
    client_expect(&client, "ERROR", "x", "expected JSON of at most 16384 bytes");
    memset(text, 'a', sizeof(text) - 1);
    client_ask(&client, text, "x", "{}");
    client_expect(&client, "ERROR", "x", "\"code\":\"unknown-verb\"");
    client_ask(&client, "READ", "x", "{\"after\":\"\\u0000\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"malformed\"");
    client_ask(&client, "READ", "x", "{\"after\":\"\xff\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"malformed\"");
    still_answers();
}

static void a_flood_of_reads_is_refused_one_by_one(void **state)
{
    size_t refused = 0;
    char id[16];
    (void)state;
    for (int i = 0; i < 500; i++) {
        snprintf(id, sizeof(id), "%d", i);
        client_ask(&client, "READ", id, "{\"after\":\"\",\"credit\":0}");
    }
    while (refused < 496) {
        client_next(&client);
        assert_string_equal(client_frame(&client, 0), "ERROR");
        assert_non_null(strstr(client_frame(&client, 2), "\"code\":\"limit\""));
        refused++;
    }
    assert_int_equal(under_way(), 4);
    still_answers();
}

static void a_flood_of_calls_delays_but_loses_no_others(void **state)
{
    struct site *site = *state;
    static struct client flood;
    client_open(&flood, site, 0);
    for (int i = 0; i < 5000; i++)
        client_ask(&flood, "CURSOR-LIST", "f", "{}");
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect_events(&client, "x", 20);
    client_expect(&client, "END", "x", "\"complete\":true");
    client_close(&flood);
    still_answers();
}

struct stuffing {
    struct client *client;
    uint64_t last;
    int quiet;
};

/* Gives credit and takes nothing, until that moves nothing any more. */
static bool is_stuffed(void *arg)
{
    struct stuffing *stuffing = arg;
    client_ask(stuffing->client, "CREDIT", "x", "{\"credit\":10}");
    stuffing->quiet = replayed() == stuffing->last ? stuffing->quiet + 1 : 0;
    stuffing->last = replayed();
    return stuffing->quiet > 100;
}

static void a_client_that_takes_nothing_loses_and_repeats_nothing_when_it_does(void **state)
{
    struct site *site = *state;
    static struct client lazy;
    struct stuffing stuffing = {.client = &lazy};
    char expected[32];
    client_open(&lazy, site, 1);
    client_ask(&lazy, "READ", "x", "{\"after\":\"\"}");
    uint64_t before = replayed();
    world_until(&site->world, is_stuffed, &stuffing);
    size_t sent = (size_t)(replayed() - before);
    assert_true(sent < stream.count);
    client_ask(&client, "READ", "y", "{\"after\":\"\",\"limit\":5}");
    client_expect_events(&client, "y", 5); /* it delays no other */
    client_expect(&client, "END", "y", "\"count\":5");
    for (size_t i = 1; i <= sent + 50; i++) {
        assert_string_equal(client_next(&lazy), "EVENT");
        snprintf(expected, sizeof(expected), "%016zu", i);
        assert_string_equal(client_frame(&lazy, 3), expected);
        if (i % 5 == 0)
            client_ask(&lazy, "CREDIT", "x", "{\"credit\":5}");
    }
    client_close(&lazy);
    world_until(&site->world, none_under_way, NULL);
}

static void a_client_that_goes_with_its_queue_full_ends_its_read(void **state)
{
    struct site *site = *state;
    static struct client lazy;
    struct stuffing stuffing = {.client = &lazy};
    client_open(&lazy, site, 1);
    client_ask(&lazy, "READ", "x", "{\"after\":\"\"}");
    world_until(&site->world, is_stuffed, &stuffing);
    assert_int_equal(under_way(), 1);
    client_close(&lazy);
    world_until(&site->world, none_under_way, NULL);
    still_answers();
}

static void a_stream_without_end_leaves_others_their_turns(void **state)
{
    struct site *site = *state;
    static struct client greedy;
    client_open(&greedy, site, 0);
    client_ask(&greedy, "READ", "x", "{\"after\":\"\",\"topics\":[\"none\"]}");
    for (int i = 0; i < 20; i++)
        still_answers();
    assert_int_equal(under_way(), 1);
    client_close(&greedy);
    world_until(&site->world, none_under_way, NULL);
}

#define TEST(name, begin) cmocka_unit_test_setup_teardown(name, begin, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_time_is_a_place_to_begin_at, setup),
        TEST(a_cursor_is_a_place_to_begin_at, setup),
        TEST(a_position_below_the_floor_is_gone_and_the_floor_is_told, setup),
        TEST(events_that_go_while_a_read_waits_are_told, setup),
        TEST(a_stream_of_which_all_was_removed_ends_at_its_head, setup),
        TEST(a_read_says_where_it_was_when_the_store_went_away, setup),
        TEST(a_read_that_never_began_names_no_position, setup),
        TEST(nothing_is_available_before_the_epoch_is_known, setup),
        TEST(cursors_are_made_where_the_client_wants, setup),
        TEST(an_ack_tells_where_the_cursor_stands_now, setup),
        TEST(only_the_cursors_of_people_outside_are_listed, setup),
        TEST(what_the_store_says_of_a_cursor_is_told_by_a_code, setup),
        TEST(who_may_read_some_topics_reads_no_others, setup_rights),
        TEST(who_may_not_use_cursors_uses_none, setup_rights),
        TEST(rights_that_are_taken_away_end_what_they_allowed, setup_rights),
        TEST(garbage_is_answered_and_changes_nothing, setup),
        TEST(ten_thousand_tiny_frames_are_one_malformed_request, setup),
        TEST(bombs_of_json_are_refused, setup),
        TEST(a_flood_of_reads_is_refused_one_by_one, setup),
        TEST(a_flood_of_calls_delays_but_loses_no_others, setup),
        TEST(a_client_that_takes_nothing_loses_and_repeats_nothing_when_it_does, setup_fat),
        TEST(a_client_that_goes_with_its_queue_full_ends_its_read, setup_fat),
        TEST(a_stream_without_end_leaves_others_their_turns, setup_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
