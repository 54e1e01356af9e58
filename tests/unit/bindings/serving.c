/* From a request on a socket to a Lua handler and back. */
#include "fixture.h"

#include "base/metrics.h"

#include <string.h>

static struct fixture *world(void **state)
{
    return *state;
}

static const char routes[] =
    "local http = require('orderd.http')\n"
    "local problem, timer = require('orderd.problem'), require('orderd.timer')\n"
    "http.get('/ok', function() return http.text(200, 'ok') end)\n"
    "http.get('/things/{id:uuid}', function(r) return http.json(200, {id = r.params.id,\n"
    "  query = r.query, method = r.method, path = r.path}) end)\n"
    "http.post('/things', function(r) return http.json(201, r:json(),\n"
    "  {Location = '/things/1', ETag = '\"1\"'}) end)\n"
    "http.delete('/things', function() return http.empty(204) end)\n"
    "http.get('/header', function(r) return http.text(200, r:header('X-A') or 'none') end)\n"
    "http.get('/trace', function(r) return http.text(200, r.trace_id) end)\n"
    "http.get('/html', function() return http.text(200, '<p>', {['Content-Type'] = 'text/html'}) "
    "end)\n"
    "http.get('/plain', function() return {status = 200, body = 'x'} end)\n"
    "http.get('/slow', function() timer.sleep(0.01) return http.text(200, 'slow') end)\n"
    "http.get('/problem', function() problem.raise('out-of-stock', {detail = 'Too few.',\n"
    "  short = {{product_id = 'p', requested = 2, available = 1}}, headers = {['X-B'] = 'b'}})\n"
    "end)\n"
    "http.get('/broken', function() error('the secret inside') end)\n"
    "http.get('/object', function() error({code = 'order-not-found'}) end)\n"
    "http.get('/endless', function() while true do end end)\n"
    "http.get('/nothing', function() end)\n"
    "http.get('/odd-status', function() return {status = 99} end)\n"
    "http.get('/odd-body', function() return {status = 200, body = {}} end)\n"
    "http.get('/odd-header', function() return {status = 200, headers = {A = 1}} end)\n"
    "http.get('/tampered', function()\n"
    "  local _, p = pcall(problem.raise, 'internal'); p.code = 'made-up'; error(p) end)\n"
    "http.get('/painted', function()\n"
    "  local _, p = pcall(problem.raise, 'order-not-found'); p.status, p.trace_id = 200, 'mine'\n"
    "  p.further = 'yes'; error(p) end)\n"
    "http.get('/billions', function()\n"
    "  local json, t = require('orderd.json'), {}\n"
    "  for _ = 1, 60 do t = {t, t} end\n"
    "  while true do pcall(json.encode, t) end end)\n"
    "http.get('/parsing', function()\n"
    "  local json, text = require('orderd.json'), '[' .. ('1,'):rep(100000)\n"
    "  while true do pcall(json.decode, text) end end)\n"
    "local kept\n"
    "http.get('/keep', function(r) kept = r; return http.text(200, 'kept') end)\n"
    "http.get('/kept', function(r)\n"
    "  local ok, reason = pcall(function() return kept.path end)\n"
    "  return http.text(200, tostring(ok) .. ' ' .. tostring(reason)) end)\n";

static int open_world(void **state)
{
    struct fixture *f = test_malloc(sizeof(*f));
    fixture_open(f);
    fixture_write(f, "scripts/routes/all.lua", routes);
    fixture_load(f);
    *state = f;
    return 0;
}

static int close_world(void **state)
{
    fixture_close(*state);
    test_free(*state);
    return 0;
}

static void a_handler_answers(void **state)
{
    struct reply reply = fixture_get(world(state), "/ok");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "ok");
    assert_contains(reply.headers, "content-type: text/plain");
}

static void a_handler_that_waits_answers(void **state)
{
    assert_string_equal(fixture_get(world(state), "/slow").body, "slow");
}

static void parameters_are_decoded(void **state)
{
    struct reply reply =
        fixture_get(world(state), "/things/0190a000-0000-7000-8000-000000000001?a=x+y&b=%C3%A4&c");
    assert_string_equal(reply.body,
                        "{\"id\":\"0190a000-0000-7000-8000-000000000001\",\"method\":\"GET\","
                        "\"path\":\"/things/0190a000-0000-7000-8000-000000000001\","
                        "\"query\":{\"a\":\"x y\",\"b\":\"\xc3\xa4\",\"c\":\"\"}}");
    assert_contains(reply.headers, "content-type: application/json");
}

static void a_broken_query_is_a_problem(void **state)
{
    static const char *const bad[] = {"a=1&a=2", "a=%4", "a=%zz", "a=%00", "a=%ff"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char path[128];
        snprintf(path, sizeof(path), "/things/0190a000-0000-7000-8000-000000000001?%s", bad[i]);
        struct reply reply = fixture_get(world(state), path);
        assert_int_equal(reply.status, 422);
        assert_contains(reply.body, "validation-failed");
    }
}

static void a_json_body_is_read_and_headers_are_sent(void **state)
{
    const struct http_header headers[] = {{"Content-Type", "Application/JSON; charset=utf-8"},
                                          {NULL, NULL}};
    struct reply reply = fixture_ask(world(state), "POST", "/things", headers, "{\"a\":[]}");
    assert_int_equal(reply.status, 201);
    assert_string_equal(reply.body, "{\"a\":[]}");
    assert_contains(reply.headers, "location: /things/1\n");
    assert_contains(reply.headers, "etag: \"1\"\n");
}

static void a_body_of_another_type_is_415(void **state)
{
    const struct http_header headers[] = {{"Content-Type", "text/plain"}, {NULL, NULL}};
    struct reply reply = fixture_ask(world(state), "POST", "/things", headers, "{}");
    assert_int_equal(reply.status, 415);
    assert_contains(reply.body, "urn:orderd:problem:unsupported-media-type");
}

static void a_broken_body_is_400(void **state)
{
    const struct http_header headers[] = {{"Content-Type", "application/merge-patch+json"},
                                          {NULL, NULL}};
    struct reply reply = fixture_ask(world(state), "POST", "/things", headers, "{\"a\":");
    assert_int_equal(reply.status, 400);
    assert_contains(reply.body, "invalid-json");
}

static void an_answer_can_be_empty(void **state)
{
    struct reply reply = fixture_ask(world(state), "DELETE", "/things", NULL, NULL);
    assert_int_equal(reply.status, 204);
    assert_string_equal(reply.body, "");
}

static void headers_are_read_in_any_case(void **state)
{
    const struct http_header headers[] = {{"x-a", "1"}, {NULL, NULL}};
    assert_string_equal(fixture_ask(world(state), "GET", "/header", headers, NULL).body, "1");
    assert_string_equal(fixture_get(world(state), "/header").body, "none");
}

static void the_trace_goes_on(void **state)
{
    const struct http_header headers[] = {
        {"traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, {NULL, NULL}};
    assert_string_equal(fixture_ask(world(state), "GET", "/trace", headers, NULL).body,
                        "0af7651916cd43dd8448eb211c80319c");
}

static void a_content_type_of_the_headers_wins(void **state)
{
    struct reply reply = fixture_get(world(state), "/html");
    assert_contains(reply.headers, "content-type: text/html\n");
    assert_lacks(reply.headers, "text/plain");
    assert_contains(fixture_get(world(state), "/plain").headers, "content-type: text/plain");
}

static void a_problem_reaches_the_caller(void **state)
{
    struct reply reply = fixture_get(world(state), "/problem");
    assert_int_equal(reply.status, 409);
    assert_contains(reply.headers, "content-type: application/problem+json");
    assert_contains(reply.headers, "x-b: b\n");
    assert_contains(reply.body, "\"code\":\"out-of-stock\"");
    assert_contains(reply.body, "\"detail\":\"Too few.\"");
    assert_contains(reply.body, "\"instance\":\"/problem\"");
    assert_contains(reply.body, "\"trace_id\":\"");
    assert_contains(reply.body,
                    "\"short\":[{\"available\":1,\"product_id\":\"p\",\"requested\":2}]");
    assert_lacks(reply.body, "x-b");
}

static void the_services_own_members_of_a_problem_are_its_own(void **state)
{
    struct reply reply = fixture_get(world(state), "/painted");
    assert_int_equal(reply.status, 404);
    assert_contains(reply.body, "\"further\":\"yes\"");
    assert_lacks(reply.body, "200");
    assert_lacks(reply.body, "mine");
}

static void json_is_counted_against_the_budget(void **state)
{
    assert_int_equal(fixture_get(world(state), "/billions").status, 500);
    assert_int_equal(fixture_get(world(state), "/parsing").status, 500);
}

static void internals_stay_inside(void **state)
{
    static const char *const paths[] = {"/broken",     "/object",   "/endless",  "/nothing",
                                        "/odd-status", "/odd-body", "/tampered", "/odd-header"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct reply reply = fixture_get(world(state), paths[i]);
        assert_int_equal(reply.status, 500);
        assert_contains(reply.body, "urn:orderd:problem:internal");
        assert_lacks(reply.body, "secret");
        assert_lacks(reply.body, ".lua");
    }
}

static void paths_and_methods_that_are_not_there(void **state)
{
    struct reply reply = fixture_get(world(state), "/nowhere");
    assert_int_equal(reply.status, 404);
    assert_contains(reply.body, "route-not-found");
    reply = fixture_ask(world(state), "PUT", "/things", NULL, "");
    assert_int_equal(reply.status, 405);
    assert_contains(reply.headers, "DELETE");
    assert_contains(reply.headers, "POST");
    assert_contains(reply.body, "method-not-allowed");
    assert_int_equal(fixture_get(world(state), "/things/not-a-uuid").status, 404);
    assert_int_equal(fixture_get(world(state), "/things/%4").status, 400);
}

static void options_tells_the_methods(void **state)
{
    struct reply reply = fixture_ask(world(state), "OPTIONS", "/ok", NULL, NULL);
    assert_int_equal(reply.status, 204);
    assert_contains(reply.headers, "allow: GET, HEAD, OPTIONS\n");
}

static void a_request_is_closed_when_it_is_answered(void **state)
{
    fixture_get(world(state), "/keep");
    struct reply reply = fixture_get(world(state), "/kept");
    assert_contains(reply.body, "false ");
    assert_contains(reply.body, "closed");
}

static void requests_are_counted_by_route(void **state)
{
    fixture_get(world(state), "/ok");
    struct buffer text = {0};
    metrics_render(&text);
    buffer_append(&text, "", 1);
    assert_contains(text.data, "orderd_http_request_seconds_count{route=\"/ok\",method=\"GET\","
                               "status=\"2xx\"}");
    buffer_release(&text);
}

/* ---- worlds of their own ---- */

static void load_fails_with(const char *script, const char *where, const char *text)
{
    struct fixture f;
    struct fault fault = {0};
    fixture_open(&f);
    fixture_write(&f, "scripts/routes/a.lua", script);
    assert_int_equal(fixture_try_load(&f, &fault), STATUS_INVALID);
    char whole[sizeof(fault.where) + sizeof(fault.text) + 2];
    snprintf(whole, sizeof(whole), "%s: %s", fault.where, fault.text);
    assert_contains(whole, where);
    assert_contains(whole, text);
    fixture_close(&f);
}

static void a_bad_declaration_names_its_line(void **state)
{
    (void)state;
    load_fails_with("local http = require('orderd.http')\nhttp.get('/a{', function() end)",
                    "a.lua:2", "");
    load_fails_with("local http = require('orderd.http')\n\nhttp.get('/a')", "a.lua:3", "function");
    load_fails_with("local http = require('orderd.http')\nhttp.get('/a', function() end)\n"
                    "http.get('/a', function() end)",
                    "a.lua:3", "declared already");
}

static void a_route_cannot_be_declared_later(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_write(&f, "scripts/routes/a.lua",
                  "local http = require('orderd.http')\n"
                  "http.get('/late', function() http.get('/x', function() end) end)");
    fixture_load(&f);
    assert_int_equal(fixture_get(&f, "/late").status, 500);
    assert_int_equal(fixture_get(&f, "/x").status, 404);
    fixture_close(&f);
}

static void a_request_over_its_deadline_is_503(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    f.options.task_deadline_ms = 50;
    fixture_write(&f, "scripts/routes/a.lua",
                  "local http, timer = require('orderd.http'), require('orderd.timer')\n"
                  "http.get('/late', function() timer.sleep(60) end)");
    fixture_load(&f);
    struct reply reply = fixture_get(&f, "/late");
    assert_int_equal(reply.status, 503);
    assert_contains(reply.headers, "retry-after: ");
    fixture_close(&f);
}

static void a_vm_without_routes_answers_404(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_load(&f);
    assert_int_equal(fixture_get(&f, "/").status, 404);
    fixture_close(&f);
}

int main(void)
{
#define IN_WORLD(test_) cmocka_unit_test_setup_teardown(test_, open_world, close_world)
    const struct CMUnitTest tests[] = {
        IN_WORLD(a_handler_answers),
        IN_WORLD(a_handler_that_waits_answers),
        IN_WORLD(parameters_are_decoded),
        IN_WORLD(a_broken_query_is_a_problem),
        IN_WORLD(a_json_body_is_read_and_headers_are_sent),
        IN_WORLD(a_body_of_another_type_is_415),
        IN_WORLD(a_broken_body_is_400),
        IN_WORLD(an_answer_can_be_empty),
        IN_WORLD(headers_are_read_in_any_case),
        IN_WORLD(the_trace_goes_on),
        IN_WORLD(a_content_type_of_the_headers_wins),
        IN_WORLD(a_problem_reaches_the_caller),
        IN_WORLD(the_services_own_members_of_a_problem_are_its_own),
        IN_WORLD(json_is_counted_against_the_budget),
        IN_WORLD(internals_stay_inside),
        IN_WORLD(paths_and_methods_that_are_not_there),
        IN_WORLD(options_tells_the_methods),
        IN_WORLD(a_request_is_closed_when_it_is_answered),
        IN_WORLD(requests_are_counted_by_route),
        cmocka_unit_test(a_bad_declaration_names_its_line),
        cmocka_unit_test(a_route_cannot_be_declared_later),
        cmocka_unit_test(a_request_over_its_deadline_is_503),
        cmocka_unit_test(a_vm_without_routes_answers_404),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
