/* What two servers could read differently is refused, and nothing behind it is ever served. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "POST /a HTTP/1.1\r\nHost: x\r\n"
#define EVIL "GET /evil HTTP/1.1\r\nHost: x\r\n\r\n"

static void a_missing_host_is_refused(void **state)
{
    (void)state;
    assert_refused_text("GET / HTTP/1.1\r\n\r\n" EVIL, 400, "bad-request");
}

static void a_missing_host_is_fine_in_http_1_0(void **state)
{
    (void)state;
    assert_taken("GET / HTTP/1.0\r\n\r\n");
}

static void two_hosts_are_refused(void **state)
{
    (void)state;
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.0\r\nHost: x\r\nhost: y\r\n\r\n", 400, "bad-request");
}

static void a_host_that_is_none_is_refused(void **state)
{
    (void)state;
    assert_refused_text("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "bad-request");
}

static void a_folded_field_is_refused(void **state)
{
    (void)state;
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n\tc\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400, "bad-request");
}

static void space_before_the_colon_is_refused(void **state)
{
    (void)state;
    assert_refused_text("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\nUser : y\r\n\r\n", 400, "bad-request");
    assert_refused_text(HEAD "Content-Length : 5\r\n\r\nhello" EVIL, 400, "bad-request");
    assert_refused_text(HEAD "Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n", 400, "bad-request");
}

static void names_that_are_no_tokens_are_refused(void **state)
{
    (void)state;
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\nA(b): y\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\nnothing\r\n\r\n", 400, "bad-request");
}

static void two_lengths_are_refused(void **state)
{
    (void)state;
    assert_refused_text(HEAD "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" EVIL, 400,
                        "bad-request");
    assert_refused_text(HEAD "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", 400,
                        "bad-request");
    assert_refused_text(HEAD "Content-Length: 5, 5\r\n\r\nhello", 400, "bad-request");
}

static void lengths_that_are_no_decimal_are_refused(void **state)
{
    (void)state;
    assert_refused_text(HEAD "Content-Length: +5\r\n\r\nhello", 400, "bad-request");
    assert_refused_text(HEAD "Content-Length: -5\r\n\r\nhello", 400, "bad-request");
    assert_refused_text(HEAD "Content-Length: 0x5\r\n\r\nhello", 400, "bad-request");
    assert_refused_text(HEAD "Content-Length: 5 5\r\n\r\nhello", 400, "bad-request");
    assert_refused_text(HEAD "Content-Length: 5a\r\n\r\nhello", 400, "bad-request");
    assert_refused_text(HEAD "Content-Length:\r\n\r\nhello", 400, "bad-request");
    assert_refused_text(HEAD "Content-Length: 99999999999999999999999\r\n\r\n", 400, "bad-request");
}

static void a_length_next_to_a_coding_is_refused(void **state)
{
    (void)state;
    assert_refused_text(HEAD
                        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" EVIL,
                        400, "bad-request");
    assert_refused_text(HEAD
                        "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" EVIL,
                        400, "bad-request");
}

static void unknown_codings_are_not_implemented(void **state)
{
    (void)state;
    assert_refused_text(HEAD "Transfer-Encoding: gzip\r\n\r\n", 501, "not-implemented");
    assert_refused_text(HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501,
                        "not-implemented");
    assert_refused_text(HEAD "Transfer-Encoding: identity\r\n\r\n", 501, "not-implemented");
    assert_refused_text(HEAD "Transfer-Encoding: xchunked\r\n\r\n", 501, "not-implemented");
}

static void two_codings_of_one_body_are_refused(void **state)
{
    (void)state;
    assert_refused_text(HEAD "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                        400, "bad-request");
    assert_refused_text(HEAD "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n", 400,
                        "bad-request");
}

static void http_1_0_has_no_coding(void **state)
{
    (void)state;
    assert_refused_text("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" EVIL, 400,
                        "bad-request");
}

static void bare_line_feeds_are_refused(void **state)
{
    (void)state;
    assert_refused_text("GET / HTTP/1.1\nHost: x\n\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\n\n", 400, "bad-request");
    assert_refused_text("\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad-request");
}

static void bare_carriage_returns_are_refused(void **state)
{
    (void)state;
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\nA: b\r\rGET /evil HTTP/1.1\r\n\r\n", 400,
                        "bad-request");
    assert_refused_text("GET / HTTP/1.1\rHost: x\r\n\r\n", 400, "bad-request");
}

static void nul_is_refused(void **state)
{
    (void)state;
    assert_refused_text("GET /\0evil HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\0y\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\nA\0: y\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", 400, "bad-request");
}

static void broken_chunks_are_refused(void **state)
{
    (void)state;
    static const char chunked[] = HEAD "Transfer-Encoding: chunked\r\n\r\n";
    static const char *const bodies[] = {
        "5\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-1\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n",
        "\r\n5\r\nhello\r\n",
        "fffffffffffffffff\r\n",
        "5\r\nhello\r\n0\n\n",
        "zz\r\n",
        " 5\r\nhello\r\n0\r\n\r\n",
        "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "5\rhello\r\n0\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        char bytes[256];
        int size = snprintf(bytes, sizeof(bytes), "%s%s", chunked, bodies[i]);
        assert_refused(bytes, (size_t)size, 400, "bad-request");
    }
}

static void a_trailer_that_breaks_its_lines_is_refused(void **state)
{
    (void)state;
    assert_refused_text(HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n", 400,
                        "bad-request");
    assert_refused_text(HEAD "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\rGET /evil", 400,
                        "bad-request");
}

static void what_is_not_http_is_refused_at_once(void **state)
{
    (void)state;
    assert_refused_text("\x16\x03\x01\x02", 400, "bad-request");
    assert_refused_text("hello\r\n", 400, "bad-request");
    assert_refused_text("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET /\r\n\r\n", 400, "bad-request");
}

static void other_versions_are_refused(void **state)
{
    (void)state;
    assert_refused_text("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505, "http-version");
    assert_refused_text("GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505, "http-version");
    assert_refused_text("GET / HTTP/1.2\r\nHost: x\r\n\r\n", 505, "http-version");
    assert_refused_text("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http-version");
}

static void connect_trace_and_unknown_methods_are_not_implemented(void **state)
{
    (void)state;
    assert_refused_text("CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 501, "not-implemented");
    assert_refused_text("TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 501, "not-implemented");
    assert_refused_text("BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501, "not-implemented");
}

static void targets_that_are_none_are_refused(void **state)
{
    (void)state;
    assert_refused_text("GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET /a#b HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET http:///a HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET http://u@x/a HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad-request");
    assert_refused_text("GET ftp://x/a HTTP/1.1\r\nHost: x\r\n\r\n", 400, "bad-request");
}

static void a_refusal_does_not_repeat_what_was_sent(void **state)
{
    (void)state;
    static const char bytes[] = "GET /<script> HTTP/1.1\r\nHost: <script>\r\nA : <script>\r\n\r\n";
    struct world world;
    world_open(&world, NULL);
    char *text = exchange(&world, bytes, sizeof(bytes) - 1);
    assert_contains(text, "HTTP/1.1 400 ");
    assert_lacks(text, "script");
    free(text);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_missing_host_is_refused),
        cmocka_unit_test(a_missing_host_is_fine_in_http_1_0),
        cmocka_unit_test(two_hosts_are_refused),
        cmocka_unit_test(a_host_that_is_none_is_refused),
        cmocka_unit_test(a_folded_field_is_refused),
        cmocka_unit_test(space_before_the_colon_is_refused),
        cmocka_unit_test(names_that_are_no_tokens_are_refused),
        cmocka_unit_test(two_lengths_are_refused),
        cmocka_unit_test(lengths_that_are_no_decimal_are_refused),
        cmocka_unit_test(a_length_next_to_a_coding_is_refused),
        cmocka_unit_test(unknown_codings_are_not_implemented),
        cmocka_unit_test(two_codings_of_one_body_are_refused),
        cmocka_unit_test(http_1_0_has_no_coding),
        cmocka_unit_test(bare_line_feeds_are_refused),
        cmocka_unit_test(bare_carriage_returns_are_refused),
        cmocka_unit_test(nul_is_refused),
        cmocka_unit_test(broken_chunks_are_refused),
        cmocka_unit_test(a_trailer_that_breaks_its_lines_is_refused),
        cmocka_unit_test(what_is_not_http_is_refused_at_once),
        cmocka_unit_test(other_versions_are_refused),
        cmocka_unit_test(connect_trace_and_unknown_methods_are_not_implemented),
        cmocka_unit_test(targets_that_are_none_are_refused),
        cmocka_unit_test(a_refusal_does_not_repeat_what_was_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
