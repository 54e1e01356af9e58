/* orderctl events: pages followed to their end, printed in both forms, and an orderd that is away
 * for a while. */
#include "script.h"
#include "shell.h"

#include <stdio.h>
#include <string.h>

#define EVENT(position_, time_, status_)                                                           \
    "{\"id\":\"x\",\"subject\":\"01a2\",\"time\":\"" time_ "\",\"sequence\":\"" position_          \
    "\",\"data\":{\"status\":\"" status_ "\"}}"
#define LINE(topic_, position_, time_, status_)                                                    \
    "[\"" topic_ "\",\"" position_ "\",\"\"," EVENT(position_, time_, status_) "]\n"
#define END(position_, complete_)                                                                  \
    "{\"epoch\":\"e1\",\"position\":\"" position_ "\",\"count\":1,\"complete\":" complete_ "}\n"

#define P1 "0000000000000001"
#define P2 "0000000000000002"
#define P3 "0000000000000003"
#define T1 "2026-01-01T00:00:01.000Z"
#define T2 "2026-01-01T00:00:02.000Z"
#define T3 "2026-01-01T00:00:03.000Z"
#define ENDS                                                                                       \
    GOOD "{\"epoch\":\"e1\",\"floor\":\"\",\"head\":\"" P1 "\",\"heads\":{\"order.created\":\"" P1 \
         "\"}}"

static void a_replay_follows_the_pages_to_the_head(void **state)
{
    (void)state;
    static const char *const answers[] = {
        ENDS, GOOD LINE("order.created", P1, T1, "PENDING") END(P1, "false"),
        GOOD LINE("order.status_changed", P2, T2, "CONFIRMED") END(P2, "true"), NULL};
    assert_int_equal(scripted(answers, "events", "replay"), ORDERCTL_DONE);
    assert_string_equal(shell_out, T1 "  " P1 "  order.created         01a2  PENDING\n" T2 "  " P2
                                      "  order.status_changed  01a2  CONFIRMED\n");
    assert_string_equal(shell_err, "");
    assert_string_equal(script_asked, "GET /events/head\n"
                                      "GET /events?limit=1000&wait=0&after=&epoch=e1\n"
                                      "GET /events?limit=1000&wait=0&after=" P1 "&epoch=e1\n");
}

static void json_is_the_event_byte_for_byte(void **state)
{
    (void)state;
    /* No writer of JSON would leave it so. */
    static const char odd[] = "{ \"time\" : \"" T1 "\", \"a\":1.50,\"b\":\"\\u0041]\" }";
    char page[512];
    snprintf(page, sizeof(page), GOOD "[\"a\\\"b\",\"" P1 "\",\"\",%s]\n" END(P1, "true"), odd);
    const char *const answers[] = {ENDS, page, NULL};
    assert_int_equal(scripted(answers, "events", "replay", "--json"), ORDERCTL_DONE);
    assert_int_equal(strlen(shell_out), strlen(odd) + 1);
    assert_memory_equal(shell_out, odd, strlen(odd));
}

static void topics_times_and_limits_are_asked_for(void **state)
{
    (void)state;
    static const char *const answers[] = {
        ENDS,
        GOOD "{\"epoch\":\"e1\",\"position\":\"" P1
             "\",\"count\":0,\"complete\":false,\"begun\":false}\n",
        GOOD LINE("a", P2, T2, "X")
            LINE("a", P3, T3, "Y") "{\"epoch\":\"e1\",\"position\":\"" P3
                                   "\",\"count\":2,\"complete\":false,\"begun\":true}\n",
        NULL};
    assert_int_equal(scripted(answers, "events", "replay", "--from", T1, "--topic", "a&b",
                              "--topic", "c", "--limit", "1"),
                     ORDERCTL_DONE);
    assert_string_equal(script_asked,
                        "GET /events/head\n"
                        "GET /events?limit=1000&wait=0&epoch=e1&from_time=2026-01-01T00%3A00%3A01."
                        "000Z&topic=a%26b&topic=c\n"
                        "GET /events?limit=1000&wait=0&after=" P1
                        "&epoch=e1&from_time=2026-01-01T00%3A00%3A01.000Z&topic=a%26b&topic=c\n");
    assert_non_null(strstr(shell_out, P2));
    assert_null(strstr(shell_out, P3));
}

static void a_replay_ends_where_it_was_told_to(void **state)
{
    (void)state;
    static const char *const pages[] = {ENDS,
                                        GOOD LINE("a", P1, T1, "X") LINE("a", P2, T2, "Y")
                                            LINE("a", P3, T3, "Z") END(P3, "false"),
                                        NULL};
    static const char *const ends[] = {P2, T2};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(scripted(pages, "events", "replay", "--to", ends[i]), ORDERCTL_DONE);
        assert_non_null(strstr(shell_out, P2));
        assert_null(strstr(shell_out, P3));
    }
}

static void the_end_is_noticed_where_its_event_is_not_shown(void **state)
{
    (void)state;
    static const char *const answers[] = {ENDS, GOOD END(P2, "false"), NULL};
    assert_int_equal(scripted(answers, "events", "replay", "--to", P2, "--topic", "other"),
                     ORDERCTL_DONE);
    assert_string_equal(shell_out, "");
}

static void a_tail_begins_at_the_head_and_outlives_a_restart(void **state)
{
    (void)state;
    static const char *const answers[] = {
        ENDS,
        GOOD LINE("a", P2, T2, "X") END(P2, "true"),
        "",
        HEAD("503 No") "{\"code\":\"store-unavailable\",\"title\":\"The store does not answer\"}",
        GOOD LINE("a", P3, T3, "Y") END(P3, "true"),
        NULL};
    assert_int_equal(scripted(answers, "events", "tail", "--limit", "2"), ORDERCTL_DONE);
    assert_non_null(strstr(shell_out, P2));
    assert_non_null(strstr(shell_out, P3));
    assert_string_equal(shell_err,
                        "orderctl events tail: orderd does not answer; waiting for it\n"
                        "orderctl events tail: orderd answers again; going on after " P2 "\n");
    assert_ptr_equal(strstr(script_asked, "GET /events/head\n"
                                          "GET /events?limit=2&wait=25&after=" P1 "&epoch=e1\n"
                                          "GET /events?limit=1&wait=25&after=" P2 "&epoch=e1\n"),
                     script_asked);
}

static void who_is_not_there_at_first_is_not_waited_for(void **state)
{
    (void)state;
    assert_int_equal(orderctl("events", "tail", NULL), ORDERCTL_FAILED);
    assert_non_null(strstr(shell_err, "no orderd listens there"));
}

static void a_refusal_ends_a_tail_with_its_reason(void **state)
{
    (void)state;
    static const char *const answers[] = {
        ENDS, HEAD("410 Gone") "{\"code\":\"position-gone\",\"detail\":\"begin after " P3 "\"}",
        NULL};
    assert_int_equal(scripted(answers, "events", "tail", "--from", P2), ORDERCTL_FAILED);
    assert_string_equal(shell_err,
                        "orderctl events tail: orderd refused (410): begin after " P3 "\n");
}

static void pages_that_make_no_sense_are_failures(void **state)
{
    (void)state;
    static const char *const pages[] = {
        GOOD,
        GOOD "\n",
        GOOD "{}\n",
        GOOD "[]\n" END(P1, "true"),
        GOOD "[\"a\",\"b\",\"c\"]\n" END(P1, "true"),
        GOOD "[\"a\",\"b\",\"c\",{]\n" END(P1, "true"),
        GOOD "[\"a\\\n" END(P1, "true"),
        GOOD LINE("a", P1, T1, "X"),
        GOOD END(P1, "true") END(P1, "true"),
        GOOD "{\"epoch\":\"e1\",\"position\":\"00000000000000000000000000000000000000000000\","
             "\"complete\":true}\n",
    };
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        const char *const answers[] = {ENDS, pages[i], NULL};
        assert_int_equal(scripted(answers, "events", "replay"), ORDERCTL_FAILED);
        assert_non_null(strstr(shell_err, "makes no sense"));
    }
}

static void a_terminal_gets_no_orders_from_an_event(void **state)
{
    (void)state;
    static const char *const answers[] = {
        ENDS, GOOD LINE("a", P1, T1, "\\u001b[2J\\u009b") END(P1, "true"), NULL};
    assert_int_equal(scripted(answers, "events", "replay"), ORDERCTL_DONE);
    assert_non_null(strstr(shell_out, "01a2  ?[2J?\n"));
}

static void the_head_is_told(void **state)
{
    (void)state;
    static const char *const answers[] = {ENDS, NULL};
    assert_int_equal(scripted(answers, "events", "head"), ORDERCTL_DONE);
    assert_string_equal(shell_out,
                        "epoch: e1\nfloor: -\nhead: " P1 "\nhead of order.created: " P1 "\n");
}

static void places_that_are_none_are_wrong_usage(void **state)
{
    (void)state;
    assert_int_equal(orderctl("events", "tail", "--from", "yesterday", NULL), ORDERCTL_USAGE);
    assert_non_null(strstr(shell_err, "--from must be a position, a time"));
    assert_int_equal(orderctl("events", "replay", "--to", "head", NULL), ORDERCTL_USAGE);
    assert_non_null(strstr(shell_err, "--to must be a position, or a time"));
    assert_int_equal(orderctl("events", "replay", "--from", P2, "--to", P1, NULL), ORDERCTL_USAGE);
    assert_non_null(strstr(shell_err, "--from is behind --to"));
    assert_int_equal(orderctl("events", "replay", "--from", "2026-01-31T12:00:00Z", "--to",
                              "2026-01-31T12:00:00+01:00", NULL),
                     ORDERCTL_USAGE);
    assert_non_null(strstr(shell_err, "--from is behind --to"));
    assert_int_equal(orderctl("events", "replay", "--limit", "0", NULL), ORDERCTL_USAGE);
    assert_non_null(strstr(shell_err, "--limit must be a number from 1"));
    assert_int_equal(orderctl("events", "replay", "--json=yes", NULL), ORDERCTL_USAGE);
    assert_non_null(strstr(shell_err, "--json takes no value"));
    assert_int_equal(orderctl("events", NULL), ORDERCTL_USAGE);
    assert_non_null(strstr(shell_err, "no command events alone"));
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, shell_set_up, shell_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_replay_follows_the_pages_to_the_head),
        TEST(json_is_the_event_byte_for_byte),
        TEST(topics_times_and_limits_are_asked_for),
        TEST(a_replay_ends_where_it_was_told_to),
        TEST(the_end_is_noticed_where_its_event_is_not_shown),
        TEST(a_tail_begins_at_the_head_and_outlives_a_restart),
        TEST(who_is_not_there_at_first_is_not_waited_for),
        TEST(a_refusal_ends_a_tail_with_its_reason),
        TEST(pages_that_make_no_sense_are_failures),
        TEST(a_terminal_gets_no_orders_from_an_event),
        TEST(the_head_is_told),
        TEST(places_that_are_none_are_wrong_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
