/* Reading stored events again: where a READ begins and ends, and what it is refused for. */
#include "client.h"

#include "base/metrics.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

static struct client client;

static int setup(void **state)
{
    site_setup(state);
    client_open(&client, *state, 0);
    return 0;
}

static int teardown(void **state)
{
    client_close(&client);
    return site_teardown(state);
}

static void create_orders(struct site *site, size_t count)
{
    for (size_t i = 0; i < count; i++)
        world_create_order(&site->world);
}

/* Each makes four events: created, two changes of the status, completed. */
static void complete_orders(struct site *site, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct uuid id = world_create_order(&site->world);
        world_change_order(&site->world, &id, ORDER_CONFIRMED);
        world_change_order(&site->world, &id, ORDER_COMPLETED);
    }
}

static const char *head_of(struct site *site)
{
    static struct position head;
    head = world_head(&site->world);
    return head.text;
}

/* ---- reading ---- */

static void a_read_gives_every_event_as_it_is_published_and_then_ends(void **state)
{
    struct site *site = *state;
    complete_orders(site, 2);
    client_ask(&client, "READ", "one", "{\"after\":\"\"}");
    client_expect_events(&client, "one", 4);
    assert_string_equal(client_frame(&client, 2), "order.completed");
    client_expect_events(&client, "one", 2);
    assert_string_equal(client_frame(&client, 2), "order.status_changed");
    assert_non_null(strstr(client_frame(&client, 5), "\"type\":\"OrderStatusChangedEvent\""));
    assert_non_null(strstr(client_frame(&client, 5), "\"follows\":"));
    assert_non_null(strstr(client_frame(&client, 5), store_epoch(site->world.store)));
    char previous[40], expected[256];
    snprintf(previous, sizeof(previous), "%s", client_frame(&client, 3));
    client_expect_events(&client, "one", 1);
    assert_string_equal(client_frame(&client, 4), previous);
    client_expect_events(&client, "one", 1);
    snprintf(expected, sizeof(expected),
             "{\"epoch\":\"%s\",\"position\":\"%s\",\"head\":\"%s\",\"count\":8,\"complete\":true}",
             store_epoch(site->world.store), head_of(site), head_of(site));
    client_expect(&client, "END", "one", expected);
}

static void a_read_of_an_empty_stream_ends_at_once(void **state)
{
    (void)state;
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect(&client, "END", "x", "\"position\":\"\",\"head\":\"\",\"count\":0");
}

static void a_read_begins_behind_the_position(void **state)
{
    struct site *site = *state;
    char json[128], middle[40];
    create_orders(site, 2);
    snprintf(middle, sizeof(middle), "%s", head_of(site));
    create_orders(site, 3);
    snprintf(json, sizeof(json), "{\"after\":\"%s\",\"epoch\":\"%s\"}", middle,
             store_epoch(site->world.store));
    client_ask(&client, "READ", "x", json);
    client_expect_events(&client, "x", 1);
    assert_string_equal(client_frame(&client, 4), middle);
    client_expect_events(&client, "x", 2);
    client_expect(&client, "END", "x", "\"count\":3,\"complete\":true");
}

static void topics_are_prefixes(void **state)
{
    struct site *site = *state;
    complete_orders(site, 3);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"topics\":[\"order.cre\",\"order.comp\"]}");
    client_expect_events(&client, "x", 2);
    assert_string_equal(client_frame(&client, 2), "order.completed");
    client_expect_events(&client, "x", 4);
    client_expect(&client, "END", "x", "\"count\":6,\"complete\":true");
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"topics\":[\"order.created.\"]}");
    char expected[128];
    snprintf(expected, sizeof(expected), "\"position\":\"%s\"", head_of(site));
    client_expect(&client, "END", "x", expected);
}

static void a_limit_ends_it_where_it_stands(void **state)
{
    struct site *site = *state;
    char json[128];
    create_orders(site, 5);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"limit\":2}");
    client_expect_events(&client, "x", 2);
    snprintf(json, sizeof(json), "{\"after\":\"%s\",\"limit\":3}", client_frame(&client, 3));
    client_expect(&client, "END", "x", "\"count\":2,\"complete\":false");
    client_ask(&client, "READ", "y", json);
    client_expect_events(&client, "y", 3);
    client_expect(&client, "END", "y", "\"count\":3,\"complete\":false");
}

static void a_long_stream_comes_whole_and_in_order(void **state)
{
    struct site *site = *state;
    complete_orders(site, 150);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":1000000}");
    char last[40] = "";
    for (size_t i = 1; i <= 600; i++) {
        assert_string_equal(client_next(&client), "EVENT");
        assert_true(strcmp(client_frame(&client, 3), last) > 0);
        snprintf(last, sizeof(last), "%s", client_frame(&client, 3));
        if (i % 50 == 0)
            client_ask(&client, "CREDIT", "x", "{\"credit\":50}");
    }
    client_expect(&client, "END", "x", "\"count\":600,\"complete\":true");
}

static void what_is_committed_meanwhile_is_read_too(void **state)
{
    struct site *site = *state;
    create_orders(site, 3);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":1}");
    client_expect_events(&client, "x", 1);
    create_orders(site, 2);
    client_ask(&client, "CREDIT", "x", "{\"credit\":10}");
    client_expect_events(&client, "x", 4);
    client_expect(&client, "END", "x", "\"count\":5,\"complete\":true");
}

static void a_req_socket_is_answered_with_its_empty_frame(void **state)
{
    struct site *site = *state;
    static const char *const frames[] = {"HEAD", "h", "{}"};
    static struct client req;
    char endpoint[160];
    client_open(&req, site, 0);
    client_close(&req);
    req.socket = zmq_socket(site->foreign, ZMQ_REQ);
    snprintf(endpoint, sizeof(endpoint), "tcp://%s", bus_replay_address(site->bus));
    zmq_connect(req.socket, endpoint);
    foreign_send(req.socket, frames, 3);
    client_expect(&req, "OK", "h", "\"heads\":{}");
    client_close(&req);
}

static void heads_are_told(void **state)
{
    struct site *site = *state;
    char expected[256];
    create_orders(site, 2);
    client_ask(&client, "HEAD", "h", "{}");
    snprintf(expected, sizeof(expected),
             "\"floor\":\"\",\"head\":\"%s\",\"heads\":{\"order.created\":\"%s\"}}", head_of(site),
             head_of(site));
    client_expect(&client, "OK", "h", expected);
}

/* ---- credit ---- */

static void credit_is_not_exceeded(void **state)
{
    struct site *site = *state;
    create_orders(site, 10);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":3}");
    client_expect_events(&client, "x", 3);
    client_expect_silence(&client);
    client_ask(&client, "CREDIT", "x", "{\"credit\":2}");
    client_expect_events(&client, "x", 2);
    client_expect_silence(&client);
    client_ask(&client, "CREDIT", "x", "{\"credit\":5}");
    client_expect_events(&client, "x", 5);
    client_expect(&client, "END", "x", "\"count\":10,\"complete\":true");
}

static void no_more_credit_is_taken_than_is_configured(void **state)
{
    struct site *site = *state;
    create_orders(site, 110);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":0}");
    client_ask(&client, "CREDIT", "x", "{\"credit\":9223372036854775807}");
    client_ask(&client, "CREDIT", "x", "{\"credit\":9223372036854775807}");
    client_expect_events(&client, "x", 100);
    client_expect_silence(&client);
    client_ask(&client, "CANCEL", "x", "{}");
    client_expect(&client, "END", "x", "\"count\":100,\"complete\":false");
}

static void what_needs_no_credit_needs_none(void **state)
{
    struct site *site = *state;
    create_orders(site, 3);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":3}");
    client_expect_events(&client, "x", 3);
    client_expect(&client, "END", "x", "\"count\":3,\"complete\":true");
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":0,\"topics\":[\"none\"]}");
    client_expect(&client, "END", "x", "\"count\":0,\"complete\":true");
}

static int setup_impatient(void **state)
{
    struct site *site = site_new(state);
    site->options.replay_idle_ms = 100;
    site_begin(site);
    client_open(&client, site, 0);
    return 0;
}

static void a_read_without_credit_ends_in_the_end_and_says_where(void **state)
{
    struct site *site = *state;
    char expected[128];
    create_orders(site, 3);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":1}");
    client_expect_events(&client, "x", 1);
    snprintf(expected, sizeof(expected), "\"code\":\"timed-out\"");
    char position[80];
    snprintf(position, sizeof(position), "\"position\":\"%s\"", client_frame(&client, 3));
    client_expect(&client, "ERROR", "x", expected);
    assert_non_null(strstr(client_frame(&client, 2), position));
    client_ask(&client, "CREDIT", "x", "{\"credit\":1}");
    client_expect(&client, "ERROR", "x", "no-such-read");
}

static bool heard_though_it_gives_no_credit(void *arg)
{
    client_ask(arg, "CREDIT", "x", "{\"credit\":0}");
    client_listen(arg);
    return client.heard.count > 0;
}

static void credit_of_none_does_not_keep_a_read(void **state)
{
    struct site *site = *state;
    create_orders(site, 1);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":0}");
    world_until(&site->world, heard_though_it_gives_no_credit, &client);
    client_expect(&client, "ERROR", "x", "\"code\":\"timed-out\"");
}

/* ---- several at once ---- */

static void reads_of_one_client_take_turns(void **state)
{
    struct site *site = *state;
    complete_orders(site, 60);
    client_ask(&client, "READ", "slow", "{\"after\":\"\",\"credit\":0}");
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"limit\":90}");
    client_expect_events(&client, "x", 90);
    client_expect(&client, "END", "x", "\"count\":90");
    client_ask(&client, "CREDIT", "slow", "{\"credit\":5}");
    client_expect_events(&client, "slow", 5);
    client_ask(&client, "CANCEL", "slow", "{}");
    client_expect(&client, "END", "slow", "\"count\":5,\"complete\":false");
}

static void an_id_is_in_use_until_its_read_is_over(void **state)
{
    struct site *site = *state;
    create_orders(site, 2);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":0}");
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"id-in-use\"");
    static struct client other;
    client_open(&other, site, 0);
    client_ask(&other, "READ", "x", "{\"after\":\"\"}");
    client_expect_events(&other, "x", 2);
    client_close(&other);
    client_ask(&client, "CANCEL", "x", "{}");
    client_expect(&client, "END", "x", "\"complete\":false");
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect_events(&client, "x", 2);
}

static void too_many_reads_are_refused(void **state)
{
    struct site *site = *state;
    char id[8];
    create_orders(site, 1);
    for (int i = 0; i < 4; i++) {
        snprintf(id, sizeof(id), "%d", i);
        client_ask(&client, "READ", id, "{\"after\":\"\",\"credit\":0}");
    }
    client_ask(&client, "READ", "5", "{\"after\":\"\"}");
    client_expect(&client, "ERROR", "5", "\"code\":\"limit\"");
    client_ask(&client, "CANCEL", "2", "{}");
    client_expect(&client, "END", "2", "\"count\":0");
    client_ask(&client, "READ", "5", "{\"after\":\"\"}");
    client_expect_events(&client, "5", 1);
    client_expect(&client, "END", "5", "\"complete\":true");
}

static int setup_shared(void **state)
{
    struct site *site = site_new(state);
    site->options.client_replays = 2;
    site_begin(site);
    client_open(&client, site, 0);
    return 0;
}

static void one_client_has_no_more_reads_than_its_share(void **state)
{
    struct site *site = *state;
    static struct client other;
    create_orders(site, 1);
    client_ask(&client, "READ", "1", "{\"after\":\"\",\"credit\":0}");
    client_ask(&client, "READ", "2", "{\"after\":\"\",\"credit\":0}");
    client_ask(&client, "READ", "3", "{\"after\":\"\"}");
    client_expect(&client, "ERROR", "3",
                  "\"code\":\"limit\",\"detail\":\"too many replays of this");
    client_open(&other, site, 0);
    client_ask(&other, "READ", "1", "{\"after\":\"\"}");
    client_expect_events(&other, "1", 1);
    client_close(&other);
    client_ask(&client, "CANCEL", "1", "{}");
    client_expect(&client, "END", "1", "\"count\":0");
    client_ask(&client, "READ", "3", "{\"after\":\"\"}");
    client_expect_events(&client, "3", 1);
}

static void a_cancel_right_behind_the_read_is_answered_once(void **state)
{
    struct site *site = *state;
    create_orders(site, 200);
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_ask(&client, "CANCEL", "x", "{}");
    while (strcmp(client_next(&client), "EVENT") == 0) {
    }
    assert_string_equal(client_frame(&client, 0), "END");
    char expected[128];
    snprintf(expected, sizeof(expected), "\"head\":\"%s\"", head_of(site));
    assert_non_null(strstr(client_frame(&client, 2), expected));
    client_expect_silence(&client);
}

/* ---- peers that do not play along ---- */

static size_t under_way(void)
{
    return (size_t)gauge_value(metrics_gauge("orderd_replays", "", ""));
}

static void what_is_read_when_its_client_has_left_begins_nothing(void **state)
{
    struct site *site = *state;
    static struct client other;
    create_orders(site, 1);
    client_open(&other, site, 0);
    client_ask(&other, "HEAD", "h", "{}");
    client_expect(&other, "OK", "h", "head");
    for (int i = 0; i < 3; i++) {
        const char id[] = {(char)('0' + i), '\0'};
        client_ask(&other, "READ", id, "{\"after\":\"\",\"credit\":0}");
    }
    const int linger = 1000;
    zmq_setsockopt(other.socket, ZMQ_LINGER, &linger, sizeof(linger));
    zmq_close(other.socket);
    usleep(100000); /* all has come, and so has word of the end */
    client_ask(&client, "READ", "x", "{\"after\":\"\"}");
    client_expect_events(&client, "x", 1);
    client_expect(&client, "END", "x", "\"complete\":true");
    assert_int_equal(under_way(), 0);
}

static bool one_under_way(void *arg)
{
    (void)arg;
    return under_way() == 1;
}

static void a_client_that_goes_ends_its_reads_even_those_that_wait(void **state)
{
    struct site *site = *state;
    static struct client other;
    create_orders(site, 3);
    client_open(&other, site, 0);
    client_ask(&other, "READ", "x", "{\"after\":\"\",\"credit\":1}");
    client_ask(&other, "READ", "y", "{\"after\":\"\",\"credit\":1}");
    client_next(&other);
    client_next(&other);
    client_ask(&client, "READ", "z", "{\"after\":\"\",\"credit\":1}");
    client_expect_events(&client, "z", 1);
    assert_int_equal(under_way(), 3);
    client_close(&other);
    world_until(&site->world, one_under_way, NULL);
    client_ask(&client, "CREDIT", "z", "{\"credit\":5}");
    client_expect_events(&client, "z", 2);
}

static void a_stop_tells_each_read_where_it_stands(void **state)
{
    struct site *site = *state;
    char position[80];
    create_orders(site, 3);
    client_ask(&client, "READ", "x", "{\"after\":\"\",\"credit\":2}");
    client_expect_events(&client, "x", 2);
    snprintf(position, sizeof(position), "\"position\":\"%s\"", client_frame(&client, 3));
    site_end(site);
    client_expect(&client, "ERROR", "x", "\"code\":\"unavailable\"");
    assert_non_null(strstr(client_frame(&client, 2), position));
}

/* ---- refusals ---- */

struct refusal {
    const char *verb, *json, *expected;
};

static void expect_refusals(const struct refusal *refusals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        client_ask(&client, refusals[i].verb, "r", refusals[i].json);
        client_expect(&client, "ERROR", "r", refusals[i].expected);
    }
}

static void what_is_not_as_told_is_refused_with_the_place(void **state)
{
    static const struct refusal refusals[] = {
        {"read", "{}", "\"code\":\"unknown-verb\""},
        {"READ ", "{}", "\"code\":\"unknown-verb\""},
        {"READ", "", "\"code\":\"malformed\""},
        {"READ", "[]", "expected a JSON object"},
        {"READ", "{\"after\":\"\"", "line 1"},
        {"READ", "{\"after\":\"\",\"after\":\"\"}", "\"code\":\"malformed\""},
        {"READ", "{}", "exactly one of after, from_time and cursor"},
        {"READ", "{\"after\":\"\",\"cursor\":\"c\"}", "exactly one of"},
        {"READ", "{\"after\":null}", "/after: expected a position"},
        {"READ", "{\"after\":\"\",\"colour\":1}", "/colour: READ has no such member"},
        {"READ", "{\"after\":\"\",\"position\":\"\"}", "/position: READ has no such member"},
        {"READ", "{\"after\":\"\",\"limit\":0}", "/limit: expected a whole number, at least 1"},
        {"READ", "{\"after\":\"\",\"limit\":1.5}", "/limit"},
        {"READ", "{\"after\":\"\",\"limit\":\"1\"}", "/limit"},
        {"READ", "{\"after\":\"\",\"credit\":-1}", "/credit"},
        {"READ", "{\"after\":\"\",\"topics\":[]}", "/topics: expected a list of 1 to 32"},
        {"READ", "{\"after\":\"\",\"topics\":\"order.\"}", "/topics"},
        {"READ", "{\"after\":\"\",\"topics\":[1]}", "/topics"},
        {"READ", "{\"from_time\":\"yesterday\"}", "/from_time: expected a time (RFC 3339)"},
        {"READ", "{\"from_time\":1}", "/from_time"},
        {"READ", "{\"cursor\":\"a b\"}", "/cursor: expected 1 to 64 of A-Z a-z 0-9 . _ -"},
        {"READ", "{\"cursor\":\"\"}", "/cursor"},
        {"READ", "{\"cursor\":\"hook:ask\"}", "/cursor"},
        {"READ", "{\"cursor\":\"c\",\"epoch\":\"e\"}", "/epoch: goes with after only"},
        {"CREDIT", "{}", "CREDIT needs the member credit"},
        {"CREDIT", "{\"credit\":1}", "\"code\":\"no-such-read\""},
        {"CANCEL", "{}", "\"code\":\"no-such-read\""},
        {"HEAD", "{\"after\":\"\"}", "HEAD has no such member"},
        {"CURSOR-CREATE", "{\"cursor\":\"c\"}", "CURSOR-CREATE needs the member at"},
        {"CURSOR-CREATE", "{\"cursor\":\"c\",\"at\":\"0001\"}", "needs the member epoch"},
        {"CURSOR-CREATE", "{\"cursor\":\"c\",\"at\":\"\"}", "/at"},
        {"CURSOR-ACK", "{\"cursor\":\"c\",\"position\":\"1\"}", "needs the member epoch"},
        {"CURSOR-LIST", "{\"cursor\":\"c\"}", "no such member"},
        {"CURSOR-DELETE", "{}", "needs the member cursor"},
    };
    (void)state;
    expect_refusals(refusals, sizeof(refusals) / sizeof(refusals[0]));
    assert_int_equal(under_way(), 0);
}

static void readers_of_the_service_itself_are_nobody_elses(void **state)
{
    static const struct refusal refusals[] = {
        {"READ", "{\"cursor\":\"relay\"}", "\"code\":\"forbidden\""},
        {"CURSOR-CREATE", "{\"cursor\":\"relay\",\"at\":\"head\"}", "\"code\":\"forbidden\""},
        {"CURSOR-ACK", "{\"cursor\":\"hooks\",\"position\":\"1\",\"epoch\":\"e\"}", "forbidden"},
        {"CURSOR-DELETE", "{\"cursor\":\"relay\"}", "\"code\":\"forbidden\""},
    };
    (void)state;
    expect_refusals(refusals, sizeof(refusals) / sizeof(refusals[0]));
}

static void a_position_of_another_stream_is_told(void **state)
{
    struct site *site = *state;
    char expected[128];
    create_orders(site, 1);
    client_ask(&client, "READ", "x", "{\"after\":\"1\",\"epoch\":\"another\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"epoch-mismatch\"");
    snprintf(expected, sizeof(expected), "\"epoch\":\"%s\"", store_epoch(site->world.store));
    assert_non_null(strstr(client_frame(&client, 2), expected));
    client_ask(&client, "READ", "x", "{\"after\":\"zzz\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"position-invalid\"");
    client_ask(&client, "READ", "x", "{\"after\":\"!\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"position-invalid\"");
    client_ask(&client, "READ", "x",
               "{\"after\":\"0000000000000000000000000000000000000000000000000000000\"}");
    client_expect(&client, "ERROR", "x", "\"code\":\"position-invalid\"");
}

static void an_address_in_use_is_told(void **state)
{
    struct site *site = *state;
    struct bus_options how = site->options;
    struct bus *second = NULL;
    struct fault fault;
    how.replay = bus_replay_address(site->bus);
    assert_int_equal(bus_open(site->world.base, site->world.repository, &how, &second, &fault),
                     STATUS_UNAVAILABLE);
    assert_null(second);
    assert_string_equal(fault.where, how.replay);
    client_ask(&client, "HEAD", "h", "{}");
    client_expect(&client, "OK", "h", "head");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_read_gives_every_event_as_it_is_published_and_then_ends,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_read_of_an_empty_stream_ends_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_read_begins_behind_the_position, setup, teardown),
        cmocka_unit_test_setup_teardown(topics_are_prefixes, setup, teardown),
        cmocka_unit_test_setup_teardown(a_limit_ends_it_where_it_stands, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_stream_comes_whole_and_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_committed_meanwhile_is_read_too, setup, teardown),
        cmocka_unit_test_setup_teardown(a_req_socket_is_answered_with_its_empty_frame, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(heads_are_told, setup, teardown),
        cmocka_unit_test_setup_teardown(credit_is_not_exceeded, setup, teardown),
        cmocka_unit_test_setup_teardown(no_more_credit_is_taken_than_is_configured, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_needs_no_credit_needs_none, setup, teardown),
        cmocka_unit_test_setup_teardown(a_read_without_credit_ends_in_the_end_and_says_where,
                                        setup_impatient, teardown),
        cmocka_unit_test_setup_teardown(credit_of_none_does_not_keep_a_read, setup_impatient,
                                        teardown),
        cmocka_unit_test_setup_teardown(reads_of_one_client_take_turns, setup, teardown),
        cmocka_unit_test_setup_teardown(an_id_is_in_use_until_its_read_is_over, setup, teardown),
        cmocka_unit_test_setup_teardown(too_many_reads_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(one_client_has_no_more_reads_than_its_share, setup_shared,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_cancel_right_behind_the_read_is_answered_once, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_client_that_goes_ends_its_reads_even_those_that_wait,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_read_when_its_client_has_left_begins_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_stop_tells_each_read_where_it_stands, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_as_told_is_refused_with_the_place, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(readers_of_the_service_itself_are_nobody_elses, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_position_of_another_stream_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(an_address_in_use_is_told, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
