/* orderctl dead-letters and cursors: what is asked of orderd, and what is printed. */
#include "script.h"
#include "shell.h"

#include <string.h>

#define LETTER(id_, retrying_, reason_, more_)                                                     \
    "{\"id\":" id_ ",\"received_at\":\"2026-01-01T00:00:00.000Z\",\"source\":\"hook:ask\","        \
    "\"topic\":\"order.created\",\"event_id\":null,\"about\":\"01a2\",\"attempts\":5,"             \
    "\"retrying\":" retrying_ ",\"reason\":\"" reason_ "\"" more_ "}"
#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"
#define MISSING                                                                                    \
    HEAD("404 No") "{\"code\":\"dead-letter-not-found\",\"title\":\"No such dead letter\"}"
#define FULL HEAD("503 No") "{\"code\":\"store-unavailable\",\"title\":\"Busy\"}"
#define MARKED "HTTP/1.1 202 Accepted\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
#define DROPPED "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
#define LIST(letters_, next_) GOOD "{\"dead_letters\":[" letters_ "],\"next_after\":" next_ "}"

/* ---- list ---- */

static void letters_are_listed_page_by_page(void **state)
{
    (void)state;
    static const char *const answers[] = {LIST(LETTER("7", "false", "no", ""), "7"),
                                          LIST(LETTER("12", "true", LONG, ""), "null"), NULL};
    assert_int_equal(scripted(answers, "dead-letters", "list", "--source", "hook:ask"),
                     ORDERCTL_DONE);
    assert_string_equal(
        shell_out,
        "ID  RECEIVED                  SOURCE    TOPIC          ABOUT  ATTEMPTS  STATE     REASON\n"
        "7   2026-01-01T00:00:00.000Z  hook:ask  order.created  01a2   5         waiting   no\n"
        "12  2026-01-01T00:00:00.000Z  hook:ask  order.created  01a2   5         retrying  "
        "012345678901234567890123456789012345678901234567890123456...\n");
    assert_string_equal(script_asked, "GET /dead-letters?after=0&limit=1000&source=hook%3Aask\n"
                                      "GET /dead-letters?after=7&limit=1000&source=hook%3Aask\n");
}

static void a_list_ends_at_its_limit(void **state)
{
    (void)state;
    static const char *const answers[] = {LIST(LETTER("7", "false", "no", ""), "7"), NULL};
    assert_int_equal(scripted(answers, "dead-letters", "list", "--limit", "1", "--json"),
                     ORDERCTL_DONE);
    assert_string_equal(shell_out, LETTER("7", "false", "no", "") "\n");
    assert_string_equal(script_asked, "GET /dead-letters?after=0&limit=1\n");
}

static void without_letters_nothing_is_printed(void **state)
{
    (void)state;
    static const char *const answers[] = {LIST("", "null"), NULL};
    assert_int_equal(scripted(answers, "dead-letters", "list"), ORDERCTL_DONE);
    assert_string_equal(shell_out, "");
}

/* ---- show ---- */

static void a_letter_is_shown_with_its_payload_last(void **state)
{
    (void)state;
    static const char *const answers[] = {
        GOOD LETTER("7", "false", "a\\u001bb", ",\"payload\":\"{\\\"a\\\":1}\\n\""), NULL};
    assert_int_equal(scripted(answers, "dead-letters", "show", "7"), ORDERCTL_DONE);
    assert_string_equal(shell_out, "id: 7\nreceived_at: 2026-01-01T00:00:00.000Z\n"
                                   "source: hook:ask\ntopic: order.created\nevent_id: -\n"
                                   "about: 01a2\nattempts: 5\nretrying: no\nreason: a?b\n"
                                   "payload:\n{\"a\":1}\n\n");
    assert_int_equal(scripted(answers, "dead-letters", "show", "7", "--payload"), ORDERCTL_DONE);
    assert_string_equal(shell_out, "{\"a\":1}\n");
    assert_string_equal(script_asked, "GET /dead-letters/7\n");
}

static void a_letter_that_is_not_there_is_told(void **state)
{
    (void)state;
    static const char *const answers[] = {MISSING, NULL};
    assert_int_equal(scripted(answers, "dead-letters", "show", "7"), ORDERCTL_FAILED);
    assert_string_equal(shell_err,
                        "orderctl dead-letters show: orderd refused (404): No such dead letter\n");
}

/* ---- retry and drop ---- */

static void letters_are_marked_one_by_one(void **state)
{
    (void)state;
    static const char *const answers[] = {MARKED, MISSING, FULL, MARKED, NULL};
    assert_int_equal(scripted(answers, "dead-letters", "retry", "7", "8", "9", "10"),
                     ORDERCTL_FAILED);
    assert_string_equal(shell_out, "7: will be tried again\n10: will be tried again\n");
    assert_non_null(strstr(shell_err, "there is no dead letter 8\n"));
    assert_non_null(strstr(shell_err, "orderd refused (503): Busy\n"));
    assert_string_equal(script_asked, "POST /dead-letters/7/retry\nPOST /dead-letters/8/retry\n"
                                      "POST /dead-letters/9/retry\nPOST /dead-letters/10/retry\n");
}

static void all_of_a_source_are_dropped(void **state)
{
    (void)state;
    static const char *const answers[] = {
        LIST(LETTER("7", "false", "", "") "," LETTER("9", "false", "", ""), "9"), DROPPED, DROPPED,
        LIST("", "null"), NULL};
    assert_int_equal(scripted(answers, "dead-letters", "drop", "--all", "--source", "inbound"),
                     ORDERCTL_DONE);
    assert_string_equal(shell_out, "7: dropped\n9: dropped\n");
    assert_string_equal(script_asked, "GET /dead-letters?after=0&limit=1000&source=inbound\n"
                                      "DELETE /dead-letters/7\nDELETE /dead-letters/9\n"
                                      "GET /dead-letters?after=9&limit=1000&source=inbound\n");
}

static void whoever_waits_is_told_what_became_of_each(void **state)
{
    (void)state;
    static const char *const answers[] = {MARKED,
                                          MARKED,
                                          GOOD LETTER("7", "true", "old", ""),
                                          MISSING,
                                          GOOD LETTER("8", "false", "still no", ""),
                                          NULL};
    assert_int_equal(scripted(answers, "dead-letters", "retry", "7", "8", "--wait", "60"),
                     ORDERCTL_FAILED);
    assert_string_equal(shell_out, "7: will be tried again\n8: will be tried again\n7: handled\n"
                                   "8: failed again (attempt 5): still no\n");
    static const char *const well[] = {MARKED, MISSING, NULL};
    assert_int_equal(scripted(well, "dead-letters", "retry", "7", "--wait", "60"), ORDERCTL_DONE);
}

static void what_is_not_tried_in_time_is_told(void **state)
{
    (void)state;
    static const char *const answers[] = {MARKED, GOOD LETTER("7", "true", "old", ""), NULL};
    assert_int_equal(scripted(answers, "dead-letters", "retry", "7", "--wait", "0"),
                     ORDERCTL_FAILED);
    assert_string_equal(shell_out, "7: will be tried again\n7: not tried yet\n");
}

static void wrong_usage_asks_nothing(void **state)
{
    (void)state;
    static const char *const answers[] = {NULL};
    script_start(answers);
    assert_int_equal(orderctl("dead-letters", "drop", NULL), ORDERCTL_USAGE);
    assert_non_null(strstr(shell_err, "it takes ids or --all"));
    assert_int_equal(orderctl("dead-letters", "drop", "7", "--all", NULL), ORDERCTL_USAGE);
    assert_int_equal(orderctl("dead-letters", "drop", "7", "--source", "x", NULL), ORDERCTL_USAGE);
    assert_non_null(strstr(shell_err, "--source goes with --all"));
    assert_int_equal(orderctl("dead-letters", "drop", "7", "x", NULL), ORDERCTL_USAGE);
    assert_non_null(strstr(shell_err, "x is no id"));
    assert_int_equal(orderctl("dead-letters", "retry", "99999999999999999999", NULL),
                     ORDERCTL_USAGE);
    assert_int_equal(orderctl("dead-letters", "retry", "7", "--wait", "x", NULL), ORDERCTL_USAGE);
    assert_int_equal(orderctl("dead-letters", "show", "0", NULL), ORDERCTL_USAGE);
    assert_int_equal(orderctl("dead-letters", NULL), ORDERCTL_USAGE);
    assert_int_equal(orderctl("cursors", "delete", NULL), ORDERCTL_USAGE);
    script_stop();
    assert_string_equal(script_asked, "");
}

/* ---- cursors ---- */

static void cursors_are_shown_with_their_lag(void **state)
{
    (void)state;
    static const char *const answers[] = {
        GOOD "{\"cursors\":[{\"name\":\"relay\",\"kind\":\"relay\",\"position\":\"0001\",\"lag\":0,"
             "\"lag_is_more\":false,\"updated_at\":\"2001-01-01T00:00:00.000Z\"},"
             "{\"name\":\"old\",\"kind\":\"outside\",\"position\":\"\",\"lag\":100000,"
             "\"lag_is_more\":true,\"updated_at\":\"9999-01-01T00:00:00.000Z\"}]}",
        NULL};
    assert_int_equal(scripted(answers, "cursors"), ORDERCTL_DONE);
    assert_ptr_equal(strstr(shell_out, "NAME   KIND     POSITION   LAG             MOVED\n"
                                       "relay  relay    0001       0               "),
                     shell_out);
    assert_non_null(strstr(shell_out, " days ago\n"
                                      "old    outside  beginning  100000 or more  0 s ago\n"));
}

static void a_hooks_cursor_is_deleted_with_force_and_a_warning(void **state)
{
    (void)state;
    static const char *const refused[] = {
        HEAD("409 No") "{\"code\":\"cursor-in-use\",\"detail\":\"it belongs to a hook\"}", NULL};
    static const char *const deleted[] = {GOOD "{\"name\":\"hook:a b\",\"kind\":\"hook\"}", NULL};
    assert_int_equal(scripted(refused, "cursors", "delete", "hook:a b"), ORDERCTL_FAILED);
    assert_non_null(strstr(shell_err, "orderd refused (409): it belongs to a hook\n"));
    assert_string_equal(script_asked, "DELETE /cursors/hook%3Aa%20b\n");
    assert_int_equal(scripted(deleted, "cursors", "delete", "hook:a b", "--force"), ORDERCTL_DONE);
    assert_string_equal(shell_out, "hook:a b: deleted\n");
    assert_non_null(strstr(shell_err, "the hook begins anew"));
    assert_string_equal(script_asked, "DELETE /cursors/hook%3Aa%20b?force=yes\n");
}

static void others_are_deleted_without_a_word_more(void **state)
{
    (void)state;
    static const char *const deleted[] = {GOOD "{\"name\":\"old\",\"kind\":\"outside\"}", NULL};
    assert_int_equal(scripted(deleted, "cursors", "delete", "old"), ORDERCTL_DONE);
    assert_string_equal(shell_err, "");
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, shell_set_up, shell_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(letters_are_listed_page_by_page),
        TEST(a_list_ends_at_its_limit),
        TEST(without_letters_nothing_is_printed),
        TEST(a_letter_is_shown_with_its_payload_last),
        TEST(a_letter_that_is_not_there_is_told),
        TEST(letters_are_marked_one_by_one),
        TEST(all_of_a_source_are_dropped),
        TEST(whoever_waits_is_told_what_became_of_each),
        TEST(what_is_not_tried_in_time_is_told),
        TEST(wrong_usage_asks_nothing),
        TEST(cursors_are_shown_with_their_lag),
        TEST(a_hooks_cursor_is_deleted_with_force_and_a_warning),
        TEST(others_are_deleted_without_a_word_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
