/* Routes: which pattern a path matches, with what parameters, and what it is told otherwise. */
#include "http/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ID "0190a000-0000-7000-8000-000000000001"

/* Routes are told apart by these addresses. */
static char list, create, get, put, own, special, any, deep;

static void add(struct router *router, const char *method, const char *pattern, void *route)
{
    struct fault fault;
    assert_int_equal(router_add(router, method, pattern, route, &fault), STATUS_OK);
}

static int setup(void **state)
{
    struct router *router = router_new();
    add(router, "GET", "/order/orders", &list);
    add(router, "POST", "/order/orders", &create);
    add(router, "GET", "/order/orders/{order_id:uuid}", &get);
    add(router, "PUT", "/order/orders/{id:uuid}", &put);
    add(router, "GET", "/order/user/orders", &own);
    add(router, "GET", "/order/orders/special", &special);
    add(router, "POST", "/order/orders/{name}", &any);
    add(router, "GET", "/a/{x}/b/{y}", &deep);
    *state = router;
    return 0;
}

static int teardown(void **state)
{
    struct router *router = *state;
    router_free(&router);
    assert_null(router);
    return 0;
}

static enum status match_bytes(void **state, const char *method, const char *path, size_t length,
                               struct route_match *match)
{
    struct text name = {method, strlen(method)};
    return router_match(*state, name, (struct text){path, length}, match);
}

static enum status match_path(void **state, const char *method, const char *path,
                              struct route_match *match)
{
    return match_bytes(state, method, path, strlen(path), match);
}

static void assert_route(void **state, const char *method, const char *path, const void *route)
{
    struct route_match match;
    assert_int_equal(match_path(state, method, path, &match), STATUS_OK);
    assert_ptr_equal(match.route, route);
}

static void assert_nowhere(void **state, const char *path)
{
    struct route_match match;
    assert_int_equal(match_path(state, "GET", path, &match), STATUS_NOT_FOUND);
    assert_null(match.route);
}

static void a_method_and_a_path_lead_to_their_route(void **state)
{
    assert_route(state, "GET", "/order/orders", &list);
    assert_route(state, "POST", "/order/orders", &create);
    assert_route(state, "GET", "/order/user/orders", &own);
}

static void a_parameter_has_the_name_that_its_route_gave_it(void **state)
{
    struct route_match match;
    assert_int_equal(match_path(state, "GET", "/order/orders/" ID, &match), STATUS_OK);
    assert_ptr_equal(match.route, &get);
    assert_int_equal(match.parameter_count, 1);
    assert_string_equal(match.parameters[0].name, "order_id");
    assert_string_equal(match.parameters[0].value, ID);
    assert_int_equal(match_path(state, "PUT", "/order/orders/" ID, &match), STATUS_OK);
    assert_string_equal(match.parameters[0].name, "id");
}

static void several_parameters_keep_their_order(void **state)
{
    struct route_match match;
    assert_int_equal(match_path(state, "GET", "/a/one/b/two", &match), STATUS_OK);
    assert_int_equal(match.parameter_count, 2);
    assert_string_equal(match.parameters[0].name, "x");
    assert_string_equal(match.parameters[0].value, "one");
    assert_string_equal(match.parameters[1].name, "y");
    assert_string_equal(match.parameters[1].value, "two");
}

static void a_uuid_parameter_takes_uuids_only(void **state)
{
    struct route_match match;
    assert_int_equal(match_path(state, "PUT", "/order/orders/" ID "0", &match), STATUS_REFUSED);
    assert_int_equal(match_path(state, "PUT", "/order/orders/other", &match), STATUS_REFUSED);
    assert_string_equal(match.allow, "POST");
}

static void a_literal_wins_over_a_parameter(void **state)
{
    assert_route(state, "GET", "/order/orders/special", &special);
}

static void a_path_that_the_literal_lacks_the_method_for_is_tried_further(void **state)
{
    assert_route(state, "POST", "/order/orders/special", &any);
    assert_route(state, "POST", "/order/orders/" ID, &any);
}

static void an_unknown_path_is_not_found(void **state)
{
    assert_nowhere(state, "/");
    assert_nowhere(state, "/order");
    assert_nowhere(state, "/order/orders/");
    assert_nowhere(state, "/order//orders");
    assert_nowhere(state, "//order/orders");
    assert_nowhere(state, "/order/orders/" ID "/items");
    assert_nowhere(state, "/Order/orders");
    assert_nowhere(state, "/a//b/two");
    assert_nowhere(state, "*");
    assert_nowhere(state, "");
}

static void a_known_path_tells_its_methods(void **state)
{
    struct route_match match;
    assert_int_equal(match_path(state, "DELETE", "/order/orders", &match), STATUS_REFUSED);
    assert_string_equal(match.allow, "GET, HEAD, POST");
    assert_int_equal(match_path(state, "DELETE", "/order/orders/" ID, &match), STATUS_REFUSED);
    assert_string_equal(match.allow, "GET, HEAD, PUT, POST");
    assert_int_equal(match_path(state, "get", "/order/user/orders", &match), STATUS_REFUSED);
    assert_string_equal(match.allow, "GET, HEAD");
}

static void head_is_answered_by_the_route_of_get(void **state)
{
    struct route_match match;
    assert_route(state, "HEAD", "/order/orders", &list);
    assert_int_equal(match_path(state, "HEAD", "/order/orders/x", &match), STATUS_REFUSED);
}

static void segments_are_decoded_before_they_are_compared(void **state)
{
    struct route_match match;
    assert_route(state, "GET", "/%6frder/orders", &list);
    assert_int_equal(match_path(state, "GET", "/a/%C3%a9%20x/b/%25", &match), STATUS_OK);
    assert_string_equal(match.parameters[0].value, "\xc3\xa9 x");
    assert_string_equal(match.parameters[1].value, "%");
}

static void an_encoded_slash_splits_nothing(void **state)
{
    struct route_match match;
    assert_nowhere(state, "/order%2Forders");
    assert_int_equal(match_path(state, "GET", "/a/x%2Fb%2fy/b/z", &match), STATUS_OK);
    assert_string_equal(match.parameters[0].value, "x/b/y");
}

static void bad_encoding_is_invalid(void **state)
{
    static const char *const paths[] = {"/%", "/%4", "/a/%zz/b/c", "/%g0", "/nowhere/%0", "/%-1"};
    struct route_match match;
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
        assert_int_equal(match_path(state, "GET", paths[i], &match), STATUS_INVALID);
}

static void nul_is_invalid_encoded_or_not(void **state)
{
    struct route_match match;
    assert_int_equal(match_path(state, "GET", "/a/%00/b/c", &match), STATUS_INVALID);
    assert_int_equal(match_bytes(state, "GET", "/a/\0/b/c", 8, &match), STATUS_INVALID);
}

static void a_segment_beyond_the_limit_matches_nothing(void **state)
{
    struct route_match match;
    char path[ROUTER_SEGMENT_LIMIT + 16] = "/a/";
    memset(path + 3, 'x', ROUTER_SEGMENT_LIMIT);
    memcpy(path + 3 + ROUTER_SEGMENT_LIMIT, "/b/c", 5);
    assert_int_equal(match_path(state, "GET", path, &match), STATUS_OK);
    assert_int_equal(strlen(match.parameters[0].value), ROUTER_SEGMENT_LIMIT);
    memset(path + 3, 'x', ROUTER_SEGMENT_LIMIT + 1);
    memcpy(path + 4 + ROUTER_SEGMENT_LIMIT, "/b/c", 5);
    assert_nowhere(state, path);
}

static void parameters_beyond_the_memory_of_a_match_match_nothing(void **state)
{
    struct route_match match;
    char pattern[128] = "", path[2048] = "";
    for (int i = 0; i < ROUTER_PARAMETERS_LIMIT; i++) {
        snprintf(pattern + strlen(pattern), sizeof(pattern) - strlen(pattern), "/{p%d}", i);
        char *segment = path + (size_t)i * 201;
        *segment = '/';
        memset(segment + 1, 'x', 200);
    }
    add(*state, "GET", pattern, &deep);
    assert_int_equal(match_path(state, "GET", path, &match), STATUS_NOT_FOUND);
    assert_int_equal(match_path(state, "GET", "/1/2/3/4/5/6/7/8", &match), STATUS_OK);
    assert_int_equal(match.parameter_count, ROUTER_PARAMETERS_LIMIT);
    assert_string_equal(match.parameters[7].value, "8");
}

static void a_trailing_slash_is_another_path(void **state)
{
    add(*state, "GET", "/order/orders/", &own);
    add(*state, "GET", "/", &any);
    assert_route(state, "GET", "/order/orders/", &own);
    assert_route(state, "GET", "/order/orders", &list);
    assert_route(state, "GET", "/", &any);
}

static void the_same_method_and_pattern_twice_is_a_duplicate(void **state)
{
    struct fault fault;
    assert_int_equal(router_add(*state, "GET", "/order/orders", &any, &fault), STATUS_DUPLICATE);
    assert_int_equal(router_add(*state, "GET", "/order/orders/{other:uuid}", &any, &fault),
                     STATUS_DUPLICATE);
    assert_non_null(strstr(fault.text, "GET /order/orders/{other:uuid}"));
    assert_route(state, "GET", "/order/orders", &list);
}

static void what_is_no_pattern_is_invalid(void **state)
{
    static const char *const patterns[] = {
        "",
        "orders",
        "/a//b",
        "/{}",
        "/{1}",
        "/{a b}",
        "/{a:int}",
        "/{a:uuid",
        "/a{b}",
        "/{b}a",
        "/{:uuid}",
        "/%41",
        "/a?b",
        "/a#b",
        "/{x}/{x}",
        "//",
        "/{a}{b}",
        "/a}",
        "/{a}/{b}/{c}/{d}/{e}/{f}/{g}/{h}/{i}",
    };
    struct fault fault;
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
        assert_int_equal(router_add(*state, "GET", patterns[i], &any, &fault), STATUS_INVALID);
    assert_int_equal(router_add(*state, "get", "/x", &any, &fault), STATUS_INVALID);
    assert_int_equal(router_add(*state, "", "/x", &any, &fault), STATUS_INVALID);
}

#define ROUTED(test_) cmocka_unit_test_setup_teardown(test_, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(a_method_and_a_path_lead_to_their_route),
        ROUTED(a_parameter_has_the_name_that_its_route_gave_it),
        ROUTED(several_parameters_keep_their_order),
        ROUTED(a_uuid_parameter_takes_uuids_only),
        ROUTED(a_literal_wins_over_a_parameter),
        ROUTED(a_path_that_the_literal_lacks_the_method_for_is_tried_further),
        ROUTED(an_unknown_path_is_not_found),
        ROUTED(a_known_path_tells_its_methods),
        ROUTED(head_is_answered_by_the_route_of_get),
        ROUTED(segments_are_decoded_before_they_are_compared),
        ROUTED(an_encoded_slash_splits_nothing),
        ROUTED(bad_encoding_is_invalid),
        ROUTED(nul_is_invalid_encoded_or_not),
        ROUTED(a_segment_beyond_the_limit_matches_nothing),
        ROUTED(parameters_beyond_the_memory_of_a_match_match_nothing),
        ROUTED(a_trailing_slash_is_another_path),
        ROUTED(the_same_method_and_pattern_twice_is_a_duplicate),
        ROUTED(what_is_no_pattern_is_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
