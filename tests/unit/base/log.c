/* Log lines: well-formed whatever is logged, in both formats. */
#include "base/log.h"

#include "base/json.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Standard error goes into a file for the time of a test. */
static struct {
    FILE *file;
    int saved;
    char text[1 << 20];
} capture;

static int capture_begin(void **state)
{
    (void)state;
    capture.file = tmpfile();
    capture.saved = dup(STDERR_FILENO);
    return capture.file && capture.saved >= 0 &&
                   dup2(fileno(capture.file), STDERR_FILENO) == STDERR_FILENO
               ? 0
               : -1;
}

static int capture_end(void **state)
{
    (void)state;
    log_set_trace(NULL);
    log_configure(LOG_INFO, LOG_AUTO);
    (void)dup2(capture.saved, STDERR_FILENO);
    close(capture.saved);
    return fclose(capture.file);
}

/* What was logged so far. */
static const char *logged(void)
{
    ssize_t size = pread(fileno(capture.file), capture.text, sizeof(capture.text) - 1, 0);

    assert_true(size >= 0);
    capture.text[size] = '\0';
    return capture.text;
}

/* The one line logged, as JSON; the caller's to release. */
static json_t *logged_json(void)
{
    json_t *value = NULL;
    struct fault fault = {0};

    if (json_read(logged(), strlen(logged()), &value, &fault) != STATUS_OK)
        fail_msg("%s: %s", capture.text, fault.text);
    assert_ptr_equal(strchr(capture.text, '\n'), capture.text + strlen(capture.text) - 1);
    return value;
}

static void assert_member(json_t *line, const char *name, const char *expected)
{
    assert_string_equal(json_string_value(json_object_get(line, name)), expected);
}

static void a_line_of_json_has_time_level_message_and_fields(void **state)
{
    json_t *line;

    (void)state;
    log_configure(LOG_INFO, LOG_JSON);
    log_info("order saved", LOG_TEXT("order_id", "x1"), LOG_INT("version", -2));
    line = logged_json();
    assert_int_equal(strlen(json_string_value(json_object_get(line, "time"))), 24);
    assert_member(line, "level", "info");
    assert_member(line, "message", "order saved");
    assert_member(line, "order_id", "x1");
    assert_int_equal(json_integer_value(json_object_get(line, "version")), -2);
    assert_null(json_object_get(line, "trace_id"));
    json_decref(line);
}

static void a_line_of_logfmt_quotes_what_needs_it(void **state)
{
    (void)state;
    log_configure(LOG_INFO, LOG_LOGFMT);
    log_warning("disk low", LOG_TEXT("path", "/var/lib"), LOG_TEXT("a", "b=c"),
                LOG_TEXT("empty", ""), LOG_INT("left", 7));
    assert_non_null(strstr(logged(), " level=warning message=\"disk low\" path=/var/lib "
                                     "a=\"b=c\" empty=\"\" left=7\n"));
    assert_int_equal(strncmp(capture.text, "time=2", 6), 0);
}

static void nothing_in_a_value_breaks_a_line(void **state)
{
    static const char text[] = "a\"b\\c\nd\te\r\x1b[31m\x7f\xc2\x9b\xff\xc3\xa9";
    static const char escaped[] = "\"a\\\"b\\\\c\\nd\\te\\u000d\\u001b[31m\\u007f\\u009b\\ufffd"
                                  "\xc3\xa9\"";
    json_t *line;

    (void)state;
    log_configure(LOG_INFO, LOG_JSON);
    log_info("m", LOG_TEXT("v", text));
    line = logged_json();
    assert_member(line, "v", "a\"b\\c\nd\te\r\x1b[31m\x7f\xc2\x9b\xef\xbf\xbd\xc3\xa9");
    json_decref(line);
    log_configure(LOG_INFO, LOG_LOGFMT);
    log_info("m", LOG_TEXT("v", text));
    assert_non_null(strstr(logged(), escaped));
}

static void a_nul_within_a_value_is_escaped(void **state)
{
    (void)state;
    log_configure(LOG_INFO, LOG_JSON);
    log_info("m", LOG_TEXT_N("v", "a\0b", 3));
    assert_non_null(strstr(logged(), "\"v\":\"a\\u0000b\"}\n"));
}

static void a_missing_text_is_empty(void **state)
{
    (void)state;
    log_configure(LOG_INFO, LOG_JSON);
    log_info("m", LOG_TEXT("v", NULL));
    assert_non_null(strstr(logged(), "\"v\":\"\"}\n"));
}

static void lines_below_the_level_are_not_written(void **state)
{
    (void)state;
    log_configure(LOG_WARNING, LOG_JSON);
    log_debug("no");
    log_info("no");
    assert_string_equal(logged(), "");
    log_error("yes");
    assert_non_null(strstr(logged(), "\"level\":\"error\""));
    assert_false(log_enabled(LOG_INFO));
    assert_true(log_enabled(LOG_WARNING));
}

static void a_trace_is_carried_until_it_is_taken_away(void **state)
{
    (void)state;
    log_configure(LOG_INFO, LOG_JSON);
    log_set_trace("4bf92f3577b34da6a3ce929d0e0e4736");
    log_info("with");
    assert_non_null(strstr(logged(), "\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\""));
    log_set_trace(NULL);
    log_info("without");
    assert_null(strstr(strchr(logged(), '\n'), "trace_id"));
}

static void *log_from_another_thread(void *unused)
{
    (void)unused;
    log_info("other");
    return NULL;
}

static void a_trace_belongs_to_its_thread(void **state)
{
    pthread_t thread;

    (void)state;
    log_configure(LOG_INFO, LOG_JSON);
    log_set_trace("4bf92f3577b34da6a3ce929d0e0e4736");
    assert_int_equal(pthread_create(&thread, NULL, log_from_another_thread, NULL), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_null(strstr(logged(), "trace_id"));
}

static void auto_is_json_where_there_is_no_terminal(void **state)
{
    (void)state;
    log_configure(LOG_INFO, LOG_AUTO);
    log_info("m");
    assert_int_equal(logged()[0], '{');
}

static void a_line_too_long_for_a_pipe_is_cut_and_stays_well_formed(void **state)
{
    char long_text[8192];
    json_t *line;

    (void)state;
    memset(long_text, '\n', sizeof(long_text));
    log_configure(LOG_INFO, LOG_JSON);
    log_info("m", LOG_TEXT_N("v", long_text, sizeof(long_text)), LOG_INT("lost", 1));
    line = logged_json();
    assert_true(strlen(capture.text) <= PIPE_BUF);
    assert_true(strlen(capture.text) > PIPE_BUF - 64);
    assert_non_null(strstr(capture.text, "...\"}\n"));
    json_decref(line);
}

/* Each length puts the end of the room at another place of the line. */
static void a_cut_line_is_well_formed_wherever_it_is_cut(void **state)
{
    char text[PIPE_BUF + 64];

    (void)state;
    memset(text, 'x', sizeof(text));
    log_configure(LOG_INFO, LOG_JSON);
    for (size_t length = PIPE_BUF - 400; length < PIPE_BUF + 64; length++) {
        json_t *line;

        assert_int_equal(ftruncate(fileno(capture.file), 0), 0);
        assert_int_equal(lseek(fileno(capture.file), 0, SEEK_SET), 0);
        log_info("m", LOG_TEXT_N("v", text, length), LOG_INT("n", INT64_MIN), LOG_TEXT("w", "\n"));
        line = logged_json();
        assert_true(strlen(capture.text) <= PIPE_BUF);
        json_decref(line);
    }
}

static void a_long_bare_value_of_logfmt_is_cut_too(void **state)
{
    char text[PIPE_BUF * 2];

    (void)state;
    memset(text, 'x', sizeof(text));
    log_configure(LOG_INFO, LOG_LOGFMT);
    log_info("m", LOG_TEXT_N("v", text, sizeof(text)));
    assert_true(strlen(logged()) <= PIPE_BUF);
    assert_non_null(strstr(capture.text, "x...\"\n"));
}

enum { WRITERS = 4, LINES = 200 };

static void *log_many(void *argument)
{
    for (int i = 0; i < LINES; i++)
        log_info("many", LOG_INT("writer", *(int *)argument), LOG_INT("line", i));
    return NULL;
}

static void lines_of_many_threads_do_not_mix(void **state)
{
    pthread_t threads[WRITERS];
    int writers[WRITERS];
    int next[WRITERS] = {0};
    char *rest;

    (void)state;
    /* With O_APPEND a file takes each write whole, as a pipe does. */
    assert_int_equal(fcntl(fileno(capture.file), F_SETFL, O_APPEND), 0);
    log_configure(LOG_INFO, LOG_JSON);
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, &writers[i]), 0);
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    (void)logged();
    for (char *text = strtok_r(capture.text, "\n", &rest); text;
         text = strtok_r(NULL, "\n", &rest)) {
        json_t *line = NULL;
        json_int_t writer;

        assert_int_equal(json_read(text, strlen(text), &line, NULL), STATUS_OK);
        writer = json_integer_value(json_object_get(line, "writer"));
        assert_int_equal(json_integer_value(json_object_get(line, "line")), next[writer]++);
        json_decref(line);
    }
    for (int i = 0; i < WRITERS; i++)
        assert_int_equal(next[i], LINES);
}

static void errno_survives_a_line(void **state)
{
    (void)state;
    close(STDERR_FILENO);
    errno = ENOENT;
    log_error("to nobody");
    assert_int_equal(errno, ENOENT);
}

static void levels_are_read_by_name(void **state)
{
    enum log_level level = LOG_INFO;

    (void)state;
    assert_int_equal(log_level_parse("debug", &level), STATUS_OK);
    assert_int_equal(level, LOG_DEBUG);
    assert_int_equal(log_level_parse("error", &level), STATUS_OK);
    assert_int_equal(level, LOG_ERROR);
    assert_int_equal(log_level_parse("ERROR", &level), STATUS_INVALID);
    assert_int_equal(log_level_parse("", &level), STATUS_INVALID);
    assert_int_equal(level, LOG_ERROR);
}

#define captured(test_) cmocka_unit_test_setup_teardown(test_, capture_begin, capture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        captured(a_line_of_json_has_time_level_message_and_fields),
        captured(a_line_of_logfmt_quotes_what_needs_it),
        captured(nothing_in_a_value_breaks_a_line),
        captured(a_nul_within_a_value_is_escaped),
        captured(a_missing_text_is_empty),
        captured(lines_below_the_level_are_not_written),
        captured(a_trace_is_carried_until_it_is_taken_away),
        captured(a_trace_belongs_to_its_thread),
        captured(auto_is_json_where_there_is_no_terminal),
        captured(a_line_too_long_for_a_pipe_is_cut_and_stays_well_formed),
        captured(a_cut_line_is_well_formed_wherever_it_is_cut),
        captured(a_long_bare_value_of_logfmt_is_cut_too),
        captured(lines_of_many_threads_do_not_mix),
        captured(errno_survives_a_line),
        cmocka_unit_test(levels_are_read_by_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
