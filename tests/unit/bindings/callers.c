/* identity and http_client: who calls us, and whom we call. */
#include "fixture.h"

#include "base/clock.h"
#include "http/jwt.h"

#include <stdlib.h>
#include <string.h>

#define USER "0190a000-0000-7000-8000-0000000000f1"

static const struct jwt_rules rules = {.issuer = "orderd", .audience = "orderd", .leeway_s = 0};
static const char *const customer[] = {"orders:create", "orders:read", NULL};
static const struct role roles[] = {{"customer", customer}, {NULL, NULL}};

static const char routes[] =
    "local http, identity = require('orderd.http'), require('orderd.identity')\n"
    "http.get('/me', function(r)\n"
    "  local caller = identity.require(r)\n"
    "  return http.json(200, {id = caller.user_id, roles = caller.roles,\n"
    "    can = {caller:can('orders:read'), caller:can('ops:admin')}})\n"
    "end)\n"
    "http.get('/token-says', function(r)\n"
    "  local caller = identity.require(r)\n"
    "  local left = (caller.expires_at - require('orderd.clock').now()) / 1000\n"
    "  return http.json(200, {scopes = caller.scopes, roles = caller.roles,\n"
    "    good = left > 500 and left <= 600})\n"
    "end)\n"
    "http.get('/read', function(r) identity.require(r, 'x', 'orders:read')\n"
    "  return http.empty(204) end)\n"
    "http.get('/admin', function(r) identity.require(r, 'ops:admin') return http.empty(204) end)\n"
    "http.get('/token', function(r) return http.text(200, identity.token(r) or 'none') end)\n";

static void open_world(struct fixture *f)
{
    fixture_open(f);
    const char *path = fixture_path(f, "jwks.json");
    struct fault fault = {0};
    assert_int_equal(jwt_keys_generate(path, "HS256", &fault), STATUS_OK);
    assert_int_equal(jwt_keys_read(path, &rules, &f->services.keys, &fault), STATUS_OK);
    f->services.identities = identity_cache_new(16);
    f->services.roles = roles;
    fixture_write(f, "scripts/routes/a.lua", routes);
    fixture_load(f);
}

static void close_world(struct fixture *f)
{
    jwt_keys_release(&f->services.keys);
    identity_cache_free(&f->services.identities);
    fixture_close(f);
}

static struct reply ask_as(struct fixture *f, const char *path, const char *role, const char *scope)
{
    struct jwt_claims claims = {.user_id = USER, .role = role, .scope = scope, .lifetime_s = 600};
    char *token = NULL;
    struct fault fault = {0};
    assert_int_equal(
        jwt_sign(fixture_path(f, "jwks.json"), &rules, &claims, clock_wall_ms(), &token, &fault),
        STATUS_OK);
    char value[2048];
    snprintf(value, sizeof(value), "bearer %s", token);
    free(token);
    const struct http_header headers[] = {{"Authorization", value}, {NULL, NULL}};
    return fixture_ask(f, "GET", path, headers, NULL);
}

static void a_role_gives_its_permissions(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f);
    for (int i = 0; i < 2; i++) { /* verified, then known */
        struct reply reply = ask_as(&f, "/me", "customer", NULL);
        assert_string_equal(reply.body,
                            "{\"can\":[true,false],\"id\":\"" USER "\",\"roles\":[\"customer\"]}");
        assert_int_equal(ask_as(&f, "/read", "customer", NULL).status, 204);
    }
    close_world(&f);
}

static void a_scope_gives_itself(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f);
    assert_int_equal(ask_as(&f, "/admin", NULL, "a ops:admin").status, 204);
    assert_int_equal(ask_as(&f, "/read", NULL, "a ops:admin").status, 403);
    close_world(&f);
}

static void a_caller_tells_what_the_token_says(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f);
    assert_string_equal(ask_as(&f, "/token-says", "customer", "a b").body,
                        "{\"good\":true,\"roles\":[\"customer\"],\"scopes\":[\"a\",\"b\"]}");
    assert_string_equal(ask_as(&f, "/token-says", NULL, NULL).body,
                        "{\"good\":true,\"roles\":[],\"scopes\":[]}");
    close_world(&f);
}

static void a_missing_permission_is_403(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f);
    struct reply reply = ask_as(&f, "/admin", "customer", "orders:create");
    assert_int_equal(reply.status, 403);
    assert_contains(reply.body, "urn:orderd:problem:forbidden");
    assert_int_equal(ask_as(&f, "/admin", "made-up", NULL).status, 403);
    close_world(&f);
}

static void without_a_token_it_is_401(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f);
    struct reply reply = fixture_get(&f, "/me");
    assert_int_equal(reply.status, 401);
    assert_contains(reply.headers, "www-authenticate: Bearer realm=\"orderd\"\n");
    assert_contains(reply.body, "unauthenticated");
    close_world(&f);
}

static void a_bad_token_is_401_and_said_to_be(void **state)
{
    (void)state;
    static const char *const bad[] = {"Bearer x.y.z", "Bearer",    "Basic abc", "Bearer  a",
                                      "Bearer a b",   "Bearer a,", ""};
    struct fixture f;
    open_world(&f);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct http_header headers[] = {{"Authorization", bad[i]}, {NULL, NULL}};
        struct reply reply = fixture_ask(&f, "GET", "/me", headers, NULL);
        assert_int_equal(reply.status, 401);
        if (*bad[i])
            assert_contains(reply.headers, "error=\"invalid_token\"");
    }
    close_world(&f);
}

static void a_token_can_be_read_as_it_is(void **state)
{
    (void)state;
    struct fixture f;
    open_world(&f);
    const struct http_header headers[] = {{"Authorization", "BEARER abc.def"}, {NULL, NULL}};
    assert_string_equal(fixture_ask(&f, "GET", "/token", headers, NULL).body, "abc.def");
    assert_string_equal(fixture_get(&f, "/token").body, "none");
    close_world(&f);
}

static void without_keys_nobody_is_known(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_lua(&f, "local caller, reason = require('orderd.identity').verify('a.b.c')\n"
                    "assert(caller == nil and type(reason) == 'string')");
    fixture_close(&f);
}

static void another_service_can_vouch_for_a_caller(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    f.services.roles = roles;
    fixture_lua(&f, "local identity = require('orderd.identity')\n"
                    "local caller = identity.caller('" USER "', {'other', 'customer'})\n"
                    "assert(caller.user_id == '" USER "' and caller.roles[2] == 'customer')\n"
                    "assert(caller:can('orders:read') and not caller:can('customer'))\n"
                    "assert(#caller.scopes == 0 and caller.expires_at == nil)\n"
                    "local scoped = identity.caller('" USER "', {'a'}, {'ops:admin'})\n"
                    "assert(scoped.scopes[1] == 'ops:admin' and scoped.roles[1] == 'a')\n"
                    "assert(scoped:can('ops:admin') and not scoped:can('a'))\n"
                    "local many = {}; for i = 1, 32 do many[i] = 'x' .. i end\n"
                    "assert(identity.caller('" USER "', {}, many):can('x32'))\n"
                    "assert(not pcall(identity.caller, '" USER "', {'one more'}, many))\n"
                    "assert(not pcall(identity.caller, 'me', {}))\n"
                    "assert(not pcall(identity.caller, '" USER "', {('x'):rep(100)}))");
    fixture_close(&f);
}

/* ---- the client ---- */

static const char peers[] =
    "local http, client = require('orderd.http'), require('orderd.http_client')\n"
    "local json = require('orderd.json')\n"
    "http.post('/echo', function(r) return http.json(200, {type = r:header('content-type'),\n"
    "  trace = r.trace_id, body = r.body}, {['X-Peer'] = 'echo'}) end)\n"
    "http.post('/call', function(r)\n"
    "  local answer, word, text = client.call(r:json())\n"
    "  if not answer then return http.json(502, {word = word, text = type(text)}) end\n"
    "  local body = answer:json()\n"
    "  return http.json(answer.status, {body = body, peer = answer.headers['x-peer'],\n"
    "    same = body.trace == r.trace_id})\n"
    "end)\n";

static struct reply call_through(struct fixture *f, const char *body)
{
    const struct http_header headers[] = {{"Content-Type", "application/json"}, {NULL, NULL}};
    return fixture_ask(f, "POST", "/call", headers, body);
}

static void a_service_is_called_with_the_trace(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_write(&f, "scripts/routes/a.lua", peers);
    fixture_load(&f);
    fixture_serve(&f);
    char body[256];
    snprintf(body, sizeof(body),
             "{\"url\":\"http://%s/echo\",\"method\":\"POST\",\"json\":{\"a\":1}}",
             http_server_address(f.server));
    struct reply reply = call_through(&f, body);
    assert_int_equal(reply.status, 200);
    assert_contains(reply.body, "\"body\":\"{\\\"a\\\":1}\"");
    assert_contains(reply.body, "\"type\":\"application/json\"");
    assert_contains(reply.body, "\"peer\":\"echo\",\"same\":true");
    fixture_close(&f);
}

static void a_call_that_fails_is_a_word(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_write(&f, "scripts/routes/a.lua", peers);
    fixture_load(&f);
    struct reply reply = call_through(&f, "{\"url\":\"http://127.0.0.1:1/\"}");
    assert_string_equal(reply.body, "{\"text\":\"string\",\"word\":\"unavailable\"}");
    reply = call_through(&f, "{\"url\":\"ftp://127.0.0.1/\"}");
    assert_string_equal(reply.body, "{\"text\":\"string\",\"word\":\"invalid\"}");
    assert_int_equal(call_through(&f, "{\"uri\":\"http://127.0.0.1:1/\"}").status, 500);
    assert_int_equal(call_through(&f, "{\"url\":\"http://127.0.0.1:1/\",\"timeout\":0}").status,
                     500);
    fixture_close(&f);
}

static void a_call_is_given_up_with_its_task(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    f.options.task_deadline_ms = 50;
    fixture_write(&f, "scripts/routes/a.lua",
                  "local http, client = require('orderd.http'), require('orderd.http_client')\n"
                  "http.get('/self', function(r) client.call({url = r:header('x-url')}) end)\n"
                  "http.get('/slow', function() require('orderd.timer').sleep(60) end)\n");
    fixture_load(&f);
    fixture_serve(&f);
    char url[128];
    snprintf(url, sizeof(url), "http://%s/slow", http_server_address(f.server));
    const struct http_header headers[] = {{"X-Url", url}, {NULL, NULL}};
    assert_int_equal(fixture_ask(&f, "GET", "/self", headers, NULL).status, 503);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_role_gives_its_permissions),
        cmocka_unit_test(a_scope_gives_itself),
        cmocka_unit_test(a_caller_tells_what_the_token_says),
        cmocka_unit_test(a_missing_permission_is_403),
        cmocka_unit_test(without_a_token_it_is_401),
        cmocka_unit_test(a_bad_token_is_401_and_said_to_be),
        cmocka_unit_test(a_token_can_be_read_as_it_is),
        cmocka_unit_test(without_keys_nobody_is_known),
        cmocka_unit_test(another_service_can_vouch_for_a_caller),
        cmocka_unit_test(a_service_is_called_with_the_trace),
        cmocka_unit_test(a_call_that_fails_is_a_word),
        cmocka_unit_test(a_call_is_given_up_with_its_task),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
