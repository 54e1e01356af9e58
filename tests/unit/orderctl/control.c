/* orderctl reload and status against a control socket that answers well, badly, or not at all. */
#include "shell.h"

#include "../http/peer.h"

#include <stdio.h>
#include <string.h>

#define JSON_HEAD(status_) "HTTP/1.1 " status_ "\r\nConnection: close\r\n\r\n"

static struct peer peer;

static int ask(const char *command, const char *answer)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/control.sock", state_dir);
    peer_start_unix(&peer, path, peer_answer_and_close, answer);
    int code = orderctl(command, NULL);
    peer_stop(&peer);
    return code;
}

static void a_reload_tells_generation_and_hash(void **state)
{
    (void)state;
    assert_int_equal(ask("reload", JSON_HEAD("200 OK") "{\"generation\":7,\"hash\":\"ab12\"}"),
                     ORDERCTL_DONE);
    assert_string_equal(shell_out, "generation: 7\nhash: ab12\n");
    assert_string_equal(shell_err, "");
    assert_ptr_equal(strstr(peer.request, "POST /reload HTTP/1.1\r\n"), peer.request);
}

static void a_refused_reload_tells_file_and_line(void **state)
{
    (void)state;
    assert_int_equal(ask("reload", JSON_HEAD("422 No") "{\"title\":\"Refused\",\"detail\":"
                                                       "\"routes/x.lua:3: oops\"}"),
                     ORDERCTL_FAILED);
    assert_string_equal(shell_out, "");
    assert_non_null(strstr(shell_err, "routes/x.lua:3: oops"));
}

static void the_status_is_told_line_by_line(void **state)
{
    (void)state;
    assert_int_equal(ask("status", JSON_HEAD("200 OK") "{\"generation\":1,\"ready\":true,"
                                                       "\"load\":0.5,\"list\":[],"
                                                       "\"http\":\"127.0.0.1:8080\"}"),
                     ORDERCTL_DONE);
    assert_string_equal(shell_out, "generation: 1\nready: yes\nload: 0.5\nhttp: 127.0.0.1:8080\n");
    assert_ptr_equal(strstr(peer.request, "GET /status HTTP/1.1\r\n"), peer.request);
}

static void without_an_orderd_that_is_said(void **state)
{
    (void)state;
    assert_int_equal(orderctl("status", NULL), ORDERCTL_FAILED);
    assert_non_null(strstr(shell_err, "no orderd listens there"));
    assert_non_null(strstr(shell_err, state_dir));
    assert_int_equal(orderctl("reload", "--state-dir", "/nowhere", NULL), ORDERCTL_FAILED);
    assert_non_null(strstr(shell_err, "/nowhere/control.sock"));
}

static void a_socket_that_cannot_be_reached_is_not_called_silent(void **state)
{
    (void)state;
    assert_int_equal(orderctl("status", "--state-dir", "/dev/null", NULL), ORDERCTL_FAILED);
    assert_non_null(strstr(shell_err, "/dev/null/control.sock: cannot open it: Not a directory"));
}

static void answers_that_make_no_sense_are_failures(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "",
        "rubbish\r\n\r\n",
        JSON_HEAD("200 OK"),
        JSON_HEAD("200 OK") "[]",
        JSON_HEAD("200 OK") "{\"generation\":",
        JSON_HEAD("500 Oops") "no json",
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        char path[128];
        assert_int_equal(ask("reload", answers[i]), ORDERCTL_FAILED);
        assert_string_equal(shell_out, "");
        assert_true(shell_err[0]);
        snprintf(path, sizeof(path), "%s/control.sock", state_dir);
        assert_int_equal(remove(path), 0);
    }
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, shell_set_up, shell_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reload_tells_generation_and_hash),
        TEST(a_refused_reload_tells_file_and_line),
        TEST(the_status_is_told_line_by_line),
        TEST(without_an_orderd_that_is_said),
        TEST(a_socket_that_cannot_be_reached_is_not_called_silent),
        TEST(answers_that_make_no_sense_are_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
