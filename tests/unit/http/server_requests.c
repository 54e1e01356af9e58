/* Requests as they should be: their parts, their bodies, and how their answers look. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#define HOST "Host: x\r\n"

/* What the handler saw of these bytes, as its echo, or the whole answer when `whole`. */
static void assert_echo(const char *bytes, const char *echo)
{
    struct world world;
    world_open(&world, NULL);
    char *text = exchange(&world, bytes, strlen(bytes));
    const char *body = strstr(text, "\r\n\r\n");
    assert_non_null(body);
    assert_string_equal(body + 4, echo);
    free(text);
    world_close(&world);
}

/* A client whose request the test answers itself. */
static struct client held_client(struct world *world, const char *bytes)
{
    world_open(world, NULL);
    world->hold = true;
    struct client client = client_open(world);
    client_say(world, &client, bytes);
    assert_int_equal(world->held_count, 1);
    return client;
}

static void assert_text(struct text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    assert_memory_equal(text.data, expected, text.length);
}

static void a_request_has_its_parts(void **state)
{
    (void)state;
    assert_echo("GET /a/b?c=d&e=f?g HTTP/1.1\r\n" HOST "\r\n", "GET /a/b?c=d&e=f?g ");
    assert_echo("DELETE / HTTP/1.1\r\n" HOST "\r\n", "DELETE /? ");
}

static void an_absolute_target_is_reduced_to_its_path(void **state)
{
    (void)state;
    assert_echo("GET http://x:80/a?b HTTP/1.1\r\n" HOST "\r\n", "GET /a?b ");
    assert_echo("GET HTTP://x HTTP/1.1\r\n" HOST "\r\n", "GET /? ");
    assert_echo("GET https://x?a HTTP/1.1\r\n" HOST "\r\n", "GET /?a ");
}

static void options_may_ask_for_the_whole_server(void **state)
{
    (void)state;
    assert_echo("OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "OPTIONS *? ");
}

static void empty_lines_before_a_request_are_skipped(void **state)
{
    (void)state;
    assert_echo("\r\n\r\nGET /a HTTP/1.1\r\n" HOST "\r\n", "GET /a? ");
}

static void a_sized_body_arrives(void **state)
{
    (void)state;
    assert_echo("POST /a HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", "POST /a? hello");
    assert_echo("POST /a HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", "POST /a? ");
    assert_echo("POST /a HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello", "POST /a? hello");
}

static void a_chunked_body_arrives_without_its_trailers(void **state)
{
    (void)state;
    assert_echo("POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n"
                "3\r\nhel\r\n2;x=\"y\"\r\nlo\r\n0\r\nTrailer: z\r\n\r\n",
                "POST /a? hello");
}

static void a_trailer_is_not_a_header(void **state)
{
    (void)state;
    struct world world;
    struct client client =
        held_client(&world, "POST /a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                            "0\r\nAuthorization: Bearer evil\r\n\r\n");
    assert_null(http_request_header(world.held[0], "authorization").data);
    answer(world.held[0], "");
    client_close(&client);
    world_close(&world);
}

static void bytes_may_come_one_at_a_time(void **state)
{
    (void)state;
    static const char bytes[] = "POST /a?b HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                                "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n";
    struct world world;
    world_open(&world, NULL);
    struct client client = client_open(&world);
    for (size_t i = 0; i < sizeof(bytes) - 1; i++)
        client_send(&world, &client, bytes + i, 1);
    assert_contains(client_text(&world, &client), "POST /a?b hello");
    client_close(&client);
    world_close(&world);
}

static void headers_are_found_in_any_case_and_trimmed(void **state)
{
    (void)state;
    struct world world;
    struct client client =
        held_client(&world, "GET / HTTP/1.1\r\n" HOST "X-One: \t a b \t \r\nEmpty:\r\n\r\n");
    assert_text(http_request_header(world.held[0], "x-ONE"), "a b");
    assert_int_equal(http_request_header(world.held[0], "empty").length, 0);
    assert_non_null(http_request_header(world.held[0], "empty").data);
    assert_null(http_request_header(world.held[0], "x-two").data);
    answer(world.held[0], "");
    client_close(&client);
    world_close(&world);
}

static void fields_of_one_name_are_joined(void **state)
{
    (void)state;
    struct world world;
    struct client client = held_client(
        &world, "GET /p HTTP/1.1\r\n" HOST "A: 1\r\nB: 2\r\na: 3\r\nb: \r\nC: 5\r\nA: 6\r\n\r\n");
    assert_text(http_request_header(world.held[0], "a"), "1, 3, 6");
    assert_text(http_request_header(world.held[0], "b"), "2, ");
    assert_text(http_request_header(world.held[0], "c"), "5");
    assert_text(http_request_path(world.held[0]), "/p");
    answer(world.held[0], "");
    client_close(&client);
    world_close(&world);
}

static void the_callers_trace_is_continued(void **state)
{
    (void)state;
    struct world world;
    struct client client = held_client(
        &world, "GET / HTTP/1.1\r\n" HOST
                "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n\r\n");
    assert_string_equal(http_request_trace(world.held[0])->id, "0af7651916cd43dd8448eb211c80319c");
    answer(world.held[0], "");
    client_close(&client);
    world_close(&world);
}

static void a_request_tells_when_it_began(void **state)
{
    (void)state;
    struct world world;
    struct client client = held_client(&world, "GET / HTTP/1.1\r\n" HOST "\r\n");
    assert_true(http_request_started_us(world.held[0]) > 0);
    answer(world.held[0], "");
    client_close(&client);
    world_close(&world);
}

/* The answer to one GET that is answered with these headers. */
static char *answer_with(const char *request, int status, const struct http_header *headers,
                         size_t count, const char *body)
{
    struct world world;
    struct client client = held_client(&world, request);
    http_respond(world.held[0], status, headers, count, body, strlen(body));
    const char *text = client_text(&world, &client);
    char *copy = strdup(text);
    client_close(&client);
    world_close(&world);
    return copy;
}

static void an_answer_has_date_and_length(void **state)
{
    (void)state;
    const struct http_header header = {"X-A", "b"};
    char *text = answer_with("GET / HTTP/1.1\r\n" HOST "\r\n", 201, &header, 1, "hello");
    assert_memory_equal(text, "HTTP/1.1 201 Created\r\nDate: ", 28);
    assert_contains(text, " GMT\r\nX-A: b\r\nContent-Length: 5\r\n\r\nhello");
    assert_lacks(text, "Connection:");
    free(text);
}

static void headers_that_would_break_the_answer_are_dropped(void **state)
{
    (void)state;
    const struct http_header headers[] = {
        {"X-A", "b\r\nEvil: 1"},
        {"X B", "c"},
        {"", "d"},
        {"Content-Length", "0"},
        {"connection", "close"},
        {"Date", "never"},
        {"Evil:", "2"},
        {"X-Evil", "a\nb"},
        {"Transfer-Encoding", "chunked"},
        {"Good", "yes"},
    };
    char *text = answer_with("GET / HTTP/1.1\r\n" HOST "\r\n", 200, headers, 10, "hello");
    assert_lacks(text, "Evil");
    assert_lacks(text, "X B");
    assert_lacks(text, "chunked");
    assert_lacks(text, "never");
    assert_lacks(text, "close");
    assert_contains(text, "Good: yes\r\nContent-Length: 5\r\n\r\nhello");
    free(text);
}

static void head_gets_the_length_and_no_body(void **state)
{
    (void)state;
    char *text = answer_with("HEAD / HTTP/1.1\r\n" HOST "\r\n", 200, NULL, 0, "hello");
    assert_contains(text, "Content-Length: 5\r\n\r\n");
    assert_lacks(text, "hello");
    free(text);
}

static void no_content_and_not_modified_have_no_body(void **state)
{
    (void)state;
    char *none = answer_with("GET / HTTP/1.1\r\n" HOST "\r\n", 204, NULL, 0, "hello");
    char *same = answer_with("GET / HTTP/1.1\r\n" HOST "\r\n", 304, NULL, 0, "hello");
    assert_lacks(none, "hello");
    assert_lacks(none, "Content-Length");
    assert_lacks(same, "hello");
    assert_memory_equal(same, "HTTP/1.1 304 Not Modified\r\n", 27);
    free(none);
    free(same);
}

static void an_impossible_status_becomes_500(void **state)
{
    (void)state;
    char *text = answer_with("GET / HTTP/1.1\r\n" HOST "\r\n", 99, NULL, 0, "");
    assert_memory_equal(text, "HTTP/1.1 500 Internal Server Error\r\n", 36);
    free(text);
}

/* Whether the connection is kept after this request, and what the answer says about it. */
static void assert_kept(const char *request, bool kept, const char *line)
{
    struct world world;
    world_open(&world, NULL);
    struct client client = client_open(&world);
    client_say(&world, &client, request);
    const char *text = client_text(&world, &client);
    assert_contains(text, "HTTP/1.1 200 OK\r\n");
    if (line != NULL)
        assert_contains(text, line);
    else
        assert_lacks(text, "Connection:");
    assert_int_equal(client.ended, !kept);
    client_close(&client);
    world_close(&world);
}

static void http_1_1_keeps_the_connection_unless_asked(void **state)
{
    (void)state;
    assert_kept("GET / HTTP/1.1\r\n" HOST "\r\n", true, NULL);
    assert_kept("GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", false,
                "Connection: close\r\n");
    assert_kept("GET / HTTP/1.1\r\n" HOST "Connection: a, Close\r\n\r\n", false,
                "Connection: close\r\n");
}

static void http_1_0_closes_the_connection_unless_asked(void **state)
{
    (void)state;
    assert_kept("GET / HTTP/1.0\r\n\r\n", false, "Connection: close\r\n");
    assert_kept("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true,
                "Connection: keep-alive\r\n");
}

static void an_upgrade_is_ignored(void **state)
{
    (void)state;
    assert_echo("GET /a HTTP/1.1\r\n" HOST "Connection: Upgrade, HTTP2-Settings\r\n"
                "Upgrade: h2c\r\nHTTP2-Settings: x\r\n\r\n",
                "GET /a? ");
    assert_echo("POST /a HTTP/1.1\r\n" HOST "Connection: upgrade\r\nUpgrade: websocket\r\n"
                "Content-Length: 2\r\n\r\nhi",
                "POST /a? hi");
}

static void a_client_that_expects_100_is_told_to_continue(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    struct client client = client_open(&world);
    client_say(&world, &client,
               "POST /a HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 5\r\n\r\n");
    assert_string_equal(client_text(&world, &client), "HTTP/1.1 100 Continue\r\n\r\n");
    client_say(&world, &client, "hello");
    assert_contains(client_text(&world, &client), "POST /a? hello");
    assert_int_equal(count_of(client.got.data, "100 Continue"), 1);
    client_close(&client);
    world_close(&world);
}

static void a_client_that_did_not_wait_is_not_told_to_continue(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    static const char bytes[] =
        "POST /a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n\r\nhi";
    char *text = exchange(&world, bytes, sizeof(bytes) - 1);
    assert_lacks(text, "100 Continue");
    assert_contains(text, "POST /a? hi");
    free(text);
    world_close(&world);
}

static void another_expectation_fails(void **state)
{
    (void)state;
    assert_refused_text("POST /a HTTP/1.1\r\n" HOST "Expect: 200-ok\r\nContent-Length: 5\r\n\r\n",
                        417, "expectation-failed");
}

static void a_refused_body_is_not_continued(void **state)
{
    (void)state;
    struct world world;
    world_open(&world, NULL);
    static const char bytes[] =
        "POST /a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 99999999\r\n\r\n";
    char *text = exchange(&world, bytes, sizeof(bytes) - 1);
    assert_lacks(text, "100 Continue");
    assert_memory_equal(text, "HTTP/1.1 413 ", 13);
    free(text);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_has_its_parts),
        cmocka_unit_test(an_absolute_target_is_reduced_to_its_path),
        cmocka_unit_test(options_may_ask_for_the_whole_server),
        cmocka_unit_test(empty_lines_before_a_request_are_skipped),
        cmocka_unit_test(a_sized_body_arrives),
        cmocka_unit_test(a_chunked_body_arrives_without_its_trailers),
        cmocka_unit_test(a_trailer_is_not_a_header),
        cmocka_unit_test(bytes_may_come_one_at_a_time),
        cmocka_unit_test(headers_are_found_in_any_case_and_trimmed),
        cmocka_unit_test(fields_of_one_name_are_joined),
        cmocka_unit_test(the_callers_trace_is_continued),
        cmocka_unit_test(a_request_tells_when_it_began),
        cmocka_unit_test(an_answer_has_date_and_length),
        cmocka_unit_test(headers_that_would_break_the_answer_are_dropped),
        cmocka_unit_test(head_gets_the_length_and_no_body),
        cmocka_unit_test(no_content_and_not_modified_have_no_body),
        cmocka_unit_test(an_impossible_status_becomes_500),
        cmocka_unit_test(http_1_1_keeps_the_connection_unless_asked),
        cmocka_unit_test(http_1_0_closes_the_connection_unless_asked),
        cmocka_unit_test(an_upgrade_is_ignored),
        cmocka_unit_test(a_client_that_expects_100_is_told_to_continue),
        cmocka_unit_test(a_client_that_did_not_wait_is_not_told_to_continue),
        cmocka_unit_test(another_expectation_fails),
        cmocka_unit_test(a_refused_body_is_not_continued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
