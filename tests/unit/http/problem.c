/* Problems: the catalogue, their JSON, and the answers that carry them. */
#include "world.h"

#include "base/json.h"
#include "http/problem.h"

#include <stdlib.h>
#include <string.h>

static const struct problem_kind *kind(const char *code)
{
    const struct problem_kind *found = problem_find(code, strlen(code));
    assert_non_null(found);
    return found;
}

static void every_code_has_its_status(void **state)
{
    (void)state;
    static const struct {
        const char *code;
        int status;
    } expected[] = {
        {"invalid-json", 400},
        {"validation-failed", 422},
        {"unknown-product", 422},
        {"policy-denied", 422},
        {"unauthenticated", 401},
        {"forbidden", 403},
        {"order-not-found", 404},
        {"route-not-found", 404},
        {"method-not-allowed", 405},
        {"invalid-transition", 409},
        {"price-mismatch", 409},
        {"out-of-stock", 409},
        {"version-mismatch", 412},
        {"payload-too-large", 413},
        {"unsupported-media-type", 415},
        {"idempotency-key-reused", 422},
        {"idempotency-in-flight", 409},
        {"rate-limited", 429},
        {"integration-unavailable", 503},
        {"store-unavailable", 503},
        {"internal", 500},
        {"bad-request", 400},
        {"request-timeout", 408},
        {"uri-too-long", 414},
        {"header-too-large", 431},
        {"expectation-failed", 417},
        {"not-implemented", 501},
        {"http-version", 505},
        {"overloaded", 503},
    };
    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        assert_int_equal(kind(expected[i].code)->status, expected[i].status);
        assert_string_equal(kind(expected[i].code)->code, expected[i].code);
        assert_true(strlen(kind(expected[i].code)->title) > 0);
    }
}

static void an_unknown_code_is_none(void **state)
{
    (void)state;
    static const char *const codes[] = {"", "intern", "internals", "Internal", "a", "zz"};
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        assert_null(problem_find(codes[i], strlen(codes[i])));
    assert_null(problem_find("internal", 7));
    assert_null(problem_find("internal\0x", 10));
}

static json_t *written(const struct problem *problem)
{
    struct buffer text = {0};
    struct fault fault;
    json_t *value = NULL;
    problem_write(problem, &text);
    assert_int_equal(json_read(text.data, text.size, &value, &fault), STATUS_OK);
    buffer_release(&text);
    return value;
}

static void assert_member(const json_t *object, const char *name, const char *text)
{
    assert_string_equal(json_string_value(json_object_get(object, name)), text);
}

static void a_problem_has_the_members_of_rfc_9457(void **state)
{
    (void)state;
    const struct problem problem = {
        .kind = kind("invalid-transition"),
        .detail = "a \"quoted\" detail\n",
        .instance = "/order/orders/1",
        .trace_id = "0af7651916cd43dd8448eb211c80319c",
        .members = "\"from\":\"PENDING\",\"allowed\":[]",
    };
    json_t *value = written(&problem);
    assert_member(value, "type", "urn:orderd:problem:invalid-transition");
    assert_int_equal(json_integer_value(json_object_get(value, "status")), 409);
    assert_member(value, "title", problem.kind->title);
    assert_member(value, "detail", problem.detail);
    assert_member(value, "instance", problem.instance);
    assert_member(value, "code", "invalid-transition");
    assert_member(value, "trace_id", problem.trace_id);
    assert_member(value, "from", "PENDING");
    assert_true(json_is_array(json_object_get(value, "allowed")));
    json_decref(value);
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    const struct problem problem = {.kind = kind("internal"), .members = ""};
    json_t *value = written(&problem);
    assert_int_equal(json_object_size(value), 4); /* type, title, status, code */
    json_decref(value);
}

/* The answer to a request that ends in this problem. */
static char *answered(const char *code, const struct http_header *headers, size_t count)
{
    struct world world;
    const struct problem problem = {.kind = kind(code)};
    world_open(&world, NULL);
    world.hold = true;
    struct client client = client_open(&world);
    client_say(&world, &client, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    problem_respond(world.held[0], &problem, headers, count);
    char *text = strdup(client_text(&world, &client));
    assert_false(client.ended); /* a script's problem does not end the connection */
    client_close(&client);
    world_close(&world);
    return text;
}

static void an_answer_says_what_its_status_calls_for(void **state)
{
    (void)state;
    char *unauthenticated = answered("unauthenticated", NULL, 0);
    char *limited = answered("rate-limited", NULL, 0);
    char *down = answered("store-unavailable", NULL, 0);
    char *missing = answered("order-not-found", NULL, 0);
    assert_contains(unauthenticated, "Content-Type: application/problem+json\r\n");
    assert_contains(unauthenticated, "WWW-Authenticate: Bearer\r\n");
    assert_contains(limited, "Retry-After: 1\r\n");
    assert_contains(down, "Retry-After: 1\r\n");
    assert_lacks(missing, "Retry-After");
    free(unauthenticated);
    free(limited);
    free(down);
    free(missing);
}

static void a_given_header_stands_in_for_ours(void **state)
{
    (void)state;
    const struct http_header challenge = {"www-authenticate", "Bearer error=\"invalid_token\""};
    const struct http_header allow = {"Allow", "GET"};
    char *text = answered("unauthenticated", &challenge, 1);
    assert_contains(text, "www-authenticate: Bearer error=\"invalid_token\"\r\n");
    assert_lacks(text, "WWW-Authenticate");
    free(text);
    text = answered("method-not-allowed", &allow, 1);
    assert_contains(text, "Allow: GET\r\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_status),
        cmocka_unit_test(an_unknown_code_is_none),
        cmocka_unit_test(a_problem_has_the_members_of_rfc_9457),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(an_answer_says_what_its_status_calls_for),
        cmocka_unit_test(a_given_header_stands_in_for_ours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
