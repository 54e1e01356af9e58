/* orderd.idempotency: claiming keys, and answers that are stored with an order. */
#include "fixture.h"

#include "bindings/hook.h"

#include <event2/event.h>
#include <string.h>

#define PRELUDE                                                                                    \
    "local order, repository = require('orderd.order'), require('orderd.repository')\n"            \
    "local idempotency, test = require('orderd.idempotency'), require('orderd.test')\n"            \
    "local http, timer = require('orderd.http'), require('orderd.timer')\n"                        \
    "local USER = '0190a000-0000-7000-8000-0000000000f1'\n"                                        \
    "local OTHER = '0190a000-0000-7000-8000-0000000000f2'\n"                                       \
    "local function new()\n"                                                                       \
    "  return order.new {user_id = USER, items = {{quantity = 2, price = 1099,\n"                  \
    "    product_id = '0190a000-0000-7000-8000-000000000001'}}}\n"                                 \
    "end\n"                                                                                        \
    "local function claim(key, body, user)\n"                                                      \
    "  return idempotency.claim(key or 'k', user or USER, body or 'body')\n"                       \
    "end\n"                                                                                        \
    "local function give_back(claim) local closed <close> = claim end\n"                           \
    "local function save(claim, answer)\n"                                                         \
    "  local made = new()\n"                                                                       \
    "  return repository.save(made, {keyed = claim, answer = answer or http.json(201, made)}),\n"  \
    "    made\n"                                                                                   \
    "end\n"                                                                                        \
    "local function count() return #repository.list {} end\n"

static void holds(const char *text)
{
    struct fixture f;
    fixture_open(&f);
    fixture_open_store(&f);
    char script[8192];
    snprintf(script, sizeof(script), "%s%s", PRELUDE, text);
    fixture_lua(&f, script);
    fixture_close(&f);
}

static void an_answer_comes_back_as_it_was_stored(void **state)
{
    (void)state;
    holds("local first <const> = claim()\n"
          "assert(first:stored() == nil)\n"
          "local body = 'a\\0b\\n\\n\\xff: ' .. ('x'):rep(100000)\n"
          "local headers = {ETag = '\"1\"', Location = '/x', ['Content-Type'] = 'text/x', E = ''}\n"
          "assert(save(first, {status = 299, body = body, headers = headers}))\n"
          "headers['Idempotent-Replayed'] = 'true'\n"
          "test.equal(claim():stored(), {status = 299, body = body, headers = headers})\n"
          "test.equal(claim('\"k\"'):stored().status, 299)");
}

static void the_type_of_a_body_is_stored_with_it(void **state)
{
    (void)state;
    holds("save(claim('j'), http.json(200, {a = 1}))\n"
          "test.equal(claim('j'):stored().headers['Content-Type'], 'application/json')\n"
          "save(claim('t'), http.text(200, 'a'))\n"
          "test.equal(claim('t'):stored().headers['Content-Type'], 'text/plain; charset=utf-8')\n"
          "save(claim('e'), http.empty(204, {A = 'b'}))\n"
          "test.equal(claim('e'):stored(),\n"
          "  {status = 204, headers = {A = 'b', ['Idempotent-Replayed'] = 'true'}})");
}

static void another_body_or_user_is_another_matter(void **state)
{
    (void)state;
    holds("save(claim())\n"
          "test.problem('idempotency-key-reused', function() claim('k', 'bodY'):stored() end)\n"
          "assert(claim('k', 'body', OTHER):stored() == nil)\n"
          "assert(claim('K'):stored() == nil)");
}

static void a_key_that_is_held_is_in_flight(void **state)
{
    (void)state;
    holds("local first = claim()\n"
          "local second = claim()\n"
          "local told = test.problem('idempotency-in-flight', second.stored, second)\n"
          "test.equal(told.headers, {['Retry-After'] = '1'})\n"
          "assert(claim('k', 'body', OTHER):stored() == nil)\n"
          "assert(first:stored() == nil)\n"
          "give_back(first)\n"
          "assert(claim():stored() == nil)");
}

static void a_stored_answer_is_given_while_the_key_is_held(void **state)
{
    (void)state;
    holds("local first = claim()\n"
          "save(first)\n"
          "test.equal(claim():stored().status, 201)\n"
          "test.equal(first:stored().status, 201)");
}

static void a_claim_that_was_given_back_neither_answers_nil_nor_saves(void **state)
{
    (void)state;
    holds("local first = claim()\n"
          "give_back(first)\n"
          "test.problem('idempotency-in-flight', first.stored, first)\n"
          "local done, why = pcall(save, first)\n"
          "assert(not done and why:find('does not hold its key'))\n"
          "give_back(first)\n"
          "assert(claim():stored() == nil)\n"
          "assert(count() == 0)");
}

/* What another process does under the same key: this one's claims know nothing of it. */
static void who_was_slower_is_told_and_answers_what_is_stored(void **state)
{
    (void)state;
    holds("local first = claim()\n"
          "local _, kept = save(first)\n"
          "give_back(first)\n"
          "local slow = claim()\n"
          "local saved, lost = save(slow)\n"
          "assert(saved == false)\n"
          "assert(repository.get(lost.order_id) == nil and count() == 1)\n"
          "assert(slow:stored().body:find(kept.order_id, 1, true))\n"
          "local free = claim()\n" /* the slow one does not hold the key any more */
          "assert(free:stored())\n"
          "give_back(free)\n"
          "local other = claim('k', 'other body')\n"
          "assert(save(other) == false)\n"
          "test.problem('idempotency-key-reused', other.stored, other)");
}

static void a_save_that_fails_does_not_use_up_the_key(void **state)
{
    (void)state;
    holds("local made = new()\n"
          "repository.save(made)\n"
          "local stale, fresh = repository.get(made.order_id), repository.get(made.order_id)\n"
          "fresh:change_status('CONFIRMED'); repository.save(fresh)\n"
          "stale:change_status('CANCELLED')\n"
          "local first = claim()\n"
          "test.problem('version-mismatch', repository.save, stale,\n"
          "  {keyed = first, answer = http.empty(204)})\n"
          "assert(first:stored() == nil)\n"
          "assert(save(first))");
}

static void what_is_no_key_is_told_by_the_headers_name(void **state)
{
    (void)state;
    holds(
        "for _, bad in ipairs {'', '\"', '\"\"', 'a b', '\\xc3\\xa4', 'a\\0', ('k'):rep(256)} do\n"
        "  local told = test.problem('validation-failed', claim, bad)\n"
        "  test.equal(told.errors[1].pointer, '/Idempotency-Key')\n"
        "  assert(told.detail:find('Idempotency-Key', 1, true))\n"
        "end\n"
        "assert(claim(('k'):rep(255)):stored() == nil)");
}

static void slips_of_the_pen_are_told(void **state)
{
    (void)state;
    holds("local function fails(options, why)\n"
          "  local done, told = pcall(repository.save, new(), options)\n"
          "  if done or not tostring(told):find(why, 1, true) then error(tostring(told)) end\n"
          "end\n"
          "local first = claim()\n"
          "fails({keyed = first}, \"'answer' must be an answer\")\n"
          "fails({answer = http.empty(204)}, \"there must be 'keyed'\")\n"
          "fails({keyed = {}, answer = http.empty(204)}, \"'keyed' must be a claim\")\n"
          "fails({keyed = first, answer = {status = 1}}, 'status must be an integer')\n"
          "fails({keyed = first, answer = http.empty(204, {A = 'b\\nc'})}, 'cannot be kept')\n"
          "fails({keyed = first, answer = http.empty(204, {['A:'] = 'b'})}, 'cannot be kept')\n"
          "assert(not pcall(idempotency.claim, 'k', 'me', 'body'))\n"
          "assert(not pcall(idempotency.claim, nil, USER, 'body'))\n"
          "assert(not pcall(idempotency.claim, 'k', USER))\n"
          "assert(count() == 0)\n"
          "assert(save(first))");
}

static void a_lagging_read_is_asked_for_with_true(void **state)
{
    (void)state;
    holds("local made = new()\n"
          "repository.save(made)\n"
          "assert(repository.get(made.order_id, {lagging = true}).version == 1)\n"
          "assert(repository.get(made.order_id, {lagging = false}).version == 1)\n"
          "assert(repository.get(made.order_id, nil).version == 1)\n"
          "assert(#repository.list {lagging = true} == 1)\n"
          "assert(not pcall(repository.get, made.order_id, {lagging = 1}))\n"
          "assert(not pcall(repository.get, made.order_id, {lag = true}))\n"
          "assert(not pcall(repository.list, {lagging = 'yes'}))");
}

/* ---- the ends of requests ---- */

static const char routes[] =
    PRELUDE "local kept\n"
            "http.post('/raise', function() kept = claim(); error('broken') end)\n"
            "http.post('/return', function() kept = claim(); return http.empty(204) end)\n"
            "http.post('/hang', function() kept = claim(); timer.sleep(3600) end)\n"
            "http.post('/spin', function() kept = claim(); while true do end end)\n"
            "http.get('/free', function()\n"
            "  local mine <close> = claim()\n"
            "  return http.text(200, tostring(mine:stored())) end)\n";

static void assert_free(struct fixture *f)
{
    struct reply reply = fixture_get(f, "/free");
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply.body, "nil");
}

/* The script keeps the claim, so that no collector can have a hand in it. */
static void a_request_gives_its_key_back_however_it_ends(void **state)
{
    static const struct {
        const char *path;
        int status;
    } ends[] = {{"/raise", 500}, {"/return", 204}, {"/hang", 503}, {"/spin", 500}};
    struct fixture f;
    (void)state;
    fixture_open(&f);
    fixture_open_store(&f);
    f.options.task_deadline_ms = 300;
    fixture_write(&f, "scripts/routes/all.lua", routes);
    fixture_load(&f);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        assert_int_equal(fixture_ask(&f, "POST", ends[i].path, NULL, "").status, ends[i].status);
        assert_free(&f);
    }
    fixture_close(&f);
}

static void a_state_that_ends_gives_its_keys_back(void **state)
{
    static const struct uuid user = {
        {0x01, 0x90, 0xa0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xf1}};
    static const char script[] =
        "local idempotency, timer = require('orderd.idempotency'), require('orderd.timer')\n"
        "local kept\n"
        "timer.every(0.01, 'claimer', function()\n"
        "  kept = idempotency.claim('k', '0190a000-0000-7000-8000-0000000000f1', '')\n"
        "  timer.sleep(3600)\n"
        "end)\n";
    struct fixture f;
    (void)state;
    fixture_open(&f);
    fixture_open_store(&f);
    f.services.hooks = true;
    fixture_write(&f, "scripts/hooks/claimer.lua", script);
    fixture_load(&f);
    lua_timers_start(f.vm);
    for (;;) {
        if (!repository_key_claim(f.services.repository, &user, "k"))
            break;
        repository_key_release(f.services.repository, &user, "k");
        event_base_loop(f.base, EVLOOP_ONCE);
    }
    lua_timers_stop(f.vm);
    vm_free(&f.vm);
    assert_true(repository_key_claim(f.services.repository, &user, "k"));
    repository_key_release(f.services.repository, &user, "k");
    fixture_close(&f);
}

static void nothing_is_claimed_while_scripts_are_loaded(void **state)
{
    struct fixture f;
    struct fault fault = {0};
    (void)state;
    fixture_open(&f);
    fixture_open_store(&f);
    fixture_write(&f, "scripts/routes/all.lua",
                  "require('orderd.idempotency').claim('k', "
                  "'0190a000-0000-7000-8000-0000000000f1', '')");
    assert_int_equal(fixture_try_load(&f, &fault), STATUS_INVALID);
    assert_contains(fault.text, "inside a request, hook or timer only");
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_comes_back_as_it_was_stored),
        cmocka_unit_test(the_type_of_a_body_is_stored_with_it),
        cmocka_unit_test(another_body_or_user_is_another_matter),
        cmocka_unit_test(a_key_that_is_held_is_in_flight),
        cmocka_unit_test(a_stored_answer_is_given_while_the_key_is_held),
        cmocka_unit_test(a_claim_that_was_given_back_neither_answers_nil_nor_saves),
        cmocka_unit_test(who_was_slower_is_told_and_answers_what_is_stored),
        cmocka_unit_test(a_save_that_fails_does_not_use_up_the_key),
        cmocka_unit_test(what_is_no_key_is_told_by_the_headers_name),
        cmocka_unit_test(slips_of_the_pen_are_told),
        cmocka_unit_test(a_lagging_read_is_asked_for_with_true),
        cmocka_unit_test(a_request_gives_its_key_back_however_it_ends),
        cmocka_unit_test(a_state_that_ends_gives_its_keys_back),
        cmocka_unit_test(nothing_is_claimed_while_scripts_are_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
