/* What the client makes of answers: good, slow, dripping, oversized, broken, and none. */
#include "client_fixture.h"
#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

static struct outcome get_said(void (*talk)(struct peer *, int), const char *says,
                               struct http_call call)
{
    struct peer peer;
    peer_start(&peer, talk, says);
    call.method = call.method ? call.method : "GET";
    call.url = peer.url;
    struct outcome outcome = call_and_wait(&call);
    http_client_free(&client); /* so that the peer's connection ends */
    client = http_client_new(base);
    peer_stop(&peer);
    return outcome;
}

static struct outcome get_closing(const char *says)
{
    return get_said(peer_answer_and_close, says, (struct http_call){0});
}

static void an_answer_comes_with_status_headers_and_body(void **state)
{
    (void)state;
    struct outcome o = get_closing("HTTP/1.1 418 Teapot\r\nX-One:  a b \t\r\nX-ONE: c\r\n"
                                   "X-Empty:\r\nContent-Length: 5\r\n\r\nhello");
    assert_int_equal(o.status, STATUS_OK);
    assert_int_equal(o.http_status, 418);
    assert_string_equal(o.headers, "x-one: a b\nx-one: c\nx-empty: \ncontent-length: 5\n");
    assert_string_equal(o.body, "hello");
    assert_int_equal(o.body_length, 5);
}

static void a_chunked_answer_is_joined_and_its_trailers_are_dropped(void **state)
{
    (void)state;
    struct outcome o = get_closing(OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
                                           "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-Late: 1\r\n\r\n");
    assert_int_equal(o.status, STATUS_OK);
    assert_string_equal(o.body, "abcde");
    assert_null(strstr(o.headers, "x-late"));
}

static void an_interim_answer_is_not_the_answer(void **state)
{
    (void)state;
    struct outcome o = get_closing("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" OK_HEAD
                                   "Content-Length: 0\r\n\r\n");
    assert_int_equal(o.http_status, 200);
    assert_string_equal(o.headers, "content-length: 0\n");
}

static void a_body_may_end_with_the_connection(void **state)
{
    (void)state;
    struct outcome o = get_closing("HTTP/1.0 200 OK\r\n\r\nuntil the end");
    assert_int_equal(o.status, STATUS_OK);
    assert_string_equal(o.body, "until the end");
}

static void an_answer_to_head_has_no_body(void **state)
{
    (void)state;
    struct outcome o = get_said(peer_answer_and_wait, OK_HEAD "Content-Length: 7\r\n\r\n",
                                (struct http_call){.method = "HEAD"});
    assert_int_equal(o.status, STATUS_OK);
    assert_int_equal(o.body_length, 0);
    assert_string_equal(o.headers, "content-length: 7\n");
}

static void a_redirect_is_an_answer_and_not_followed(void **state)
{
    (void)state;
    struct outcome o = get_closing("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n"
                                   "Content-Length: 0\r\n\r\n");
    assert_int_equal(o.status, STATUS_OK);
    assert_int_equal(o.http_status, 302);
}

/* ---- time ---- */

static void a_silent_server_is_given_up(void **state)
{
    (void)state;
    struct outcome o = get_said(peer_answer_and_wait, "", (struct http_call){.timeout_ms = 100});
    assert_int_equal(o.status, STATUS_TIMEOUT);
    assert_true(o.reason[0]);
}

static void drip(struct peer *peer, int fd)
{
    struct pollfd client_gone = {.fd = fd, .events = POLLIN};
    if (!peer_read(peer, fd))
        return;
    peer_write(fd, OK_HEAD "Content-Length: 100000\r\n\r\n", 43);
    while (poll(&client_gone, 1, 5) == 0)
        peer_write(fd, ".", 1);
}

static void a_dripping_server_is_given_up_too(void **state)
{
    (void)state;
    struct outcome o = get_said(drip, NULL, (struct http_call){.timeout_ms = 200});
    assert_int_equal(o.status, STATUS_TIMEOUT);
}

/* ---- size ---- */

static void a_body_up_to_the_limit_is_taken(void **state)
{
    (void)state;
    struct outcome o = get_said(peer_answer_and_close, OK_HEAD "Content-Length: 5\r\n\r\nhello",
                                (struct http_call){.answer_bytes_limit = 5});
    assert_int_equal(o.status, STATUS_OK);
}

static void a_longer_body_is_refused(void **state)
{
    (void)state;
    static const char *const answers[] = {
        OK_HEAD "Content-Length: 6\r\n\r\nhello!",
        OK_HEAD "Content-Length: 99999999999\r\n\r\n",
        OK_HEAD "\r\nhello!",
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n3\r\nlo!\r\n0\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        struct outcome o =
            get_said(peer_answer_and_wait, answers[i], (struct http_call){.answer_bytes_limit = 5});
        assert_int_equal(o.status, STATUS_LIMIT);
    }
}

static void flood_with_headers(struct peer *peer, int fd)
{
    char line[1024];
    int length = snprintf(line, sizeof(line), "X-Flood: %0*d\r\n", 900, 0);
    if (!peer_read(peer, fd))
        return;
    peer_write(fd, OK_HEAD, strlen(OK_HEAD));
    for (int i = 0; i < 200; i++)
        peer_write(fd, line, (size_t)length);
    peer_wait_for_close(fd);
}

static void send_one_long_header(struct peer *peer, int fd)
{
    static char value[300000];
    memset(value, 'x', sizeof(value));
    if (!peer_read(peer, fd))
        return;
    peer_write(fd, OK_HEAD "X-Long: ", strlen(OK_HEAD) + 8);
    peer_write(fd, value, sizeof(value));
    peer_wait_for_close(fd);
}

static void a_header_without_end_is_refused(void **state)
{
    (void)state;
    struct outcome o = get_said(flood_with_headers, NULL, (struct http_call){0});
    assert_int_equal(o.status, STATUS_LIMIT);
    o = get_said(send_one_long_header, NULL, (struct http_call){0});
    assert_int_equal(o.status, STATUS_LIMIT);
}

/* ---- broken ---- */

static void what_is_not_http_is_refused(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\x16\x03\x01\x02garbage garbage garbage garbage\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        assert_int_equal(get_closing(answers[i]).status, STATUS_INVALID);
}

/* The request went out, so it may have been taken: not STATUS_UNAVAILABLE. */
static void a_connection_that_ends_early_leaves_it_open_what_happened(void **state)
{
    (void)state;
    static const char *const answers[] = {
        "",
        "HTTP/1.1 2",
        OK_HEAD "Content-Length: 10\r\n\r\nhalf",
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        OK_HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    };
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        assert_int_equal(get_closing(answers[i]).status, STATUS_TIMEOUT);
}

/* ---- nobody there ---- */

static int free_port(int *fd)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    *fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(*fd, (void *)&address, size), 0);
    assert_int_equal(getsockname(*fd, (void *)&address, &size), 0);
    return ntohs(address.sin_port);
}

static void a_refused_connection_means_that_nothing_happened(void **state)
{
    (void)state;
    char url[64];
    int fd;
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", free_port(&fd)); /* bound, not listening */
    struct outcome o = get(url);
    assert_int_equal(o.status, STATUS_UNAVAILABLE);
    assert_true(o.reason[0]);
    close(fd);
}

static int connect_without_waiting(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    (void)!connect(fd, (void *)&address, sizeof(address));
    return fd;
}

/* A listener whose queue is full drops what knocks. */
static void a_connection_that_takes_too_long_means_the_same(void **state)
{
    (void)state;
    char url[64];
    int listener, fillers[4];
    int port = free_port(&listener);
    assert_int_equal(listen(listener, 0), 0);
    for (int i = 0; i < 4; i++)
        fillers[i] = connect_without_waiting(port);
    snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port);
    struct outcome o = call_and_wait(&(struct http_call){
        .method = "POST", .url = url, .connect_timeout_ms = 100, .timeout_ms = 20000});
    assert_int_equal(o.status, STATUS_UNAVAILABLE);
    for (int i = 0; i < 4; i++)
        close(fillers[i]);
    close(listener);
}

static void close_at_once(struct peer *peer, int fd)
{
    (void)peer, (void)fd;
}

static void a_failed_tls_handshake_means_that_nothing_was_sent(void **state)
{
    (void)state;
    struct peer peer;
    char url[64];
    peer_start(&peer, close_at_once, NULL);
    snprintf(url, sizeof(url), "https://127.0.0.1:%d/", peer.port);
    assert_int_equal(get(url).status, STATUS_UNAVAILABLE);
    peer_stop(&peer);
}

#define TEST(name_) cmocka_unit_test_setup_teardown(name_, client_set_up, client_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_comes_with_status_headers_and_body),
        TEST(a_chunked_answer_is_joined_and_its_trailers_are_dropped),
        TEST(an_interim_answer_is_not_the_answer),
        TEST(a_body_may_end_with_the_connection),
        TEST(an_answer_to_head_has_no_body),
        TEST(a_redirect_is_an_answer_and_not_followed),
        TEST(a_silent_server_is_given_up),
        TEST(a_dripping_server_is_given_up_too),
        TEST(a_body_up_to_the_limit_is_taken),
        TEST(a_longer_body_is_refused),
        TEST(a_header_without_end_is_refused),
        TEST(what_is_not_http_is_refused),
        TEST(a_connection_that_ends_early_leaves_it_open_what_happened),
        TEST(a_refused_connection_means_that_nothing_happened),
        TEST(a_connection_that_takes_too_long_means_the_same),
        TEST(a_failed_tls_handshake_means_that_nothing_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
