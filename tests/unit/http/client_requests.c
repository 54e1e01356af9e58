/* What the client sends, and what it refuses to send. */
#include "client_fixture.h"
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define COUNT(array_) (sizeof(array_) / sizeof((array_)[0]))

/* Makes the call and gives the peer with the request that it got. */
static struct peer *send_call(struct http_call call, struct outcome *outcome)
{
    static struct peer peer;
    peer_start(&peer, peer_answer_and_close, ANSWER);
    call.url = call.url ? call.url : peer.url;
    *outcome = call_and_wait(&call);
    peer_stop(&peer);
    return &peer;
}

static const char *sent(struct http_call call)
{
    struct outcome outcome;
    struct peer *peer = send_call(call, &outcome);
    assert_int_equal(outcome.status, STATUS_OK);
    return peer->request;
}

static void a_get_is_sent_plainly(void **state)
{
    (void)state;
    const struct http_header headers[] = {{"X-Trace", "abc"}, {"X-Blank", "  \t"}, {"X-No", ""}};
    const char *request =
        sent((struct http_call){.method = "GET", .headers = headers, .header_count = 3});
    assert_ptr_equal(strstr(request, "GET / HTTP/1.1\r\n"), request);
    assert_non_null(strstr(request, "\r\nX-Trace: abc\r\n"));
    assert_non_null(strstr(request, "\r\nX-Blank:\r\n"));
    assert_non_null(strstr(request, "\r\nX-No:\r\n"));
    assert_non_null(strstr(request, "\r\nUser-Agent: orderd/"));
    assert_null(strstr(request, "Content-"));
    assert_null(strstr(request, "Accept-Encoding"));
}

static void a_body_is_sent_with_its_length_and_nothing_made_up(void **state)
{
    (void)state;
    const struct http_header json = {"content-type", "application/json"};
    const char *request = sent((struct http_call){.method = "POST",
                                                  .headers = &json,
                                                  .header_count = 1,
                                                  .body = "{\"a\":1}xxx",
                                                  .body_length = 7});
    assert_non_null(strstr(request, "\r\nContent-Length: 7\r\n"));
    assert_non_null(strstr(request, "\r\ncontent-type: application/json\r\n"));
    assert_non_null(strstr(request, "\r\n\r\n{\"a\":1}"));
    assert_null(strstr(request, "xxx"));
    request = sent((struct http_call){.method = "PUT", .body = "x", .body_length = 1});
    assert_ptr_equal(strstr(request, "PUT / "), request);
    assert_null(strstr(request, "Content-Type"));
}

static void a_long_body_is_sent_without_asking_first(void **state)
{
    (void)state;
    static char body[60000];
    memset(body, 'b', sizeof(body));
    const char *request =
        sent((struct http_call){.method = "POST", .body = body, .body_length = sizeof(body)});
    assert_null(strstr(request, "Expect"));
    assert_int_equal(strspn(strstr(request, "\r\n\r\n") + 4, "b"), sizeof(body));
}

static void a_post_without_a_body_says_so(void **state)
{
    (void)state;
    const char *request = sent((struct http_call){.method = "POST"});
    assert_non_null(strstr(request, "\r\nContent-Length: 0\r\n"));
    request = sent((struct http_call){.method = "DELETE"});
    assert_ptr_equal(strstr(request, "DELETE / "), request);
    assert_null(strstr(request, "Content-Length"));
}

static void a_path_is_sent_as_given(void **state)
{
    (void)state;
    struct peer peer;
    char url[128];
    peer_start(&peer, peer_answer_and_close, ANSWER);
    snprintf(url, sizeof(url), "%sa/../b%%2f?q=%%20", peer.url);
    assert_int_equal(get(url).status, STATUS_OK);
    peer_stop(&peer);
    assert_non_null(strstr(peer.request, "GET /a/../b%2f?q=%20 HTTP/1.1\r\n"));
}

static void nothing_can_be_smuggled_into_a_header(void **state)
{
    (void)state;
    const struct http_header bad[] = {
        {"X-A", "b\r\nX-Evil: 1"},
        {"X-A", "b\nX-Evil: 1"},
        {"X-A", "b\rX"},
        {"X A", "b"},
        {"X-A: 1\r\nX-Evil", "b"},
        {"", "b"},
        {"X:", "b"},
        {"Content-Length", "5"},
        {"transfer-encoding", "chunked"},
        {"Connection", "close"},
        {"X-Control", "a\x01"
                      "b"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct outcome outcome;
        struct peer *peer = send_call(
            (struct http_call){.method = "GET", .headers = &bad[i], .header_count = 1}, &outcome);
        assert_int_equal(outcome.status, STATUS_INVALID);
        assert_int_equal(peer->connections, 0);
    }
}

static void methods_are_tokens(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "GET /evil HTTP/1.1\r\nX:", "G T", "CONNECT", NULL};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct outcome outcome;
        struct peer *peer = send_call((struct http_call){.method = bad[i]}, &outcome);
        assert_int_equal(outcome.status, STATUS_INVALID);
        assert_int_equal(peer->connections, 0);
    }
}

static void only_http_urls_are_taken(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "nonsense://x",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:1/x",
        "http://",
        "http://[",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:1/\r\nX: y",
    };
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(get(bad[i]).status, STATUS_INVALID);
}

static void the_environment_cannot_send_it_through_a_proxy(void **state)
{
    (void)state;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
    sent((struct http_call){.method = "GET"});
    unsetenv("http_proxy");
    unsetenv("ALL_PROXY");
}

static void a_call_can_go_to_a_unix_socket(void **state)
{
    (void)state;
    struct peer peer;
    char directory[] = "/tmp/orderd-unit-XXXXXX", path[64];
    assert_non_null(mkdtemp(directory));
    snprintf(path, sizeof(path), "%s/s", directory);
    peer_start_unix(&peer, path, peer_answer_and_close, ANSWER);
    struct http_call call = {.method = "POST", .url = "http://orderd/reload", .unix_socket = path};
    assert_int_equal(call_and_wait(&call).status, STATUS_OK);
    peer_stop(&peer);
    assert_non_null(strstr(peer.request, "POST /reload HTTP/1.1\r\nHost: orderd\r\n"));
    assert_int_equal(call_and_wait(&call).status, STATUS_UNAVAILABLE); /* nobody listens now */
    unlink(path);
    assert_int_equal(call_and_wait(&call).status, STATUS_UNAVAILABLE); /* nothing is there */
    rmdir(directory);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, client_set_up, client_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_get_is_sent_plainly),
        TEST(a_body_is_sent_with_its_length_and_nothing_made_up),
        TEST(a_long_body_is_sent_without_asking_first),
        TEST(a_post_without_a_body_says_so),
        TEST(a_path_is_sent_as_given),
        TEST(nothing_can_be_smuggled_into_a_header),
        TEST(methods_are_tokens),
        TEST(only_http_urls_are_taken),
        TEST(the_environment_cannot_send_it_through_a_proxy),
        TEST(a_call_can_go_to_a_unix_socket),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
