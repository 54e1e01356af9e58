/* policy and test: decisions that fail closed, and the tests that scripts carry. */
#include "fixture.h"

#include "bindings/policy.h"
#include "bindings/test.h"

#include <string.h>

#define POLICY(name_, check_)                                                                      \
    "return { name = '" name_ "', check = function(case) " check_ " end,\n"                        \
    "  tests = {{ name = 'none', case = {}, expect = 'allow' }} }\n"

/* Loads these policies and runs the text, which has `denied` and `case`. */
static void decides(const char *first, const char *second, const char *text)
{
    struct fixture f;
    fixture_open(&f);
    f.options.entries = (const char *const[]){"policies", "cases", NULL};
    fixture_write(&f, "scripts/policies/a.lua", first);
    if (second)
        fixture_write(&f, "scripts/policies/b.lua", second);
    char script[1024];
    snprintf(script, sizeof(script),
             "local denied = require('orderd.policy').denied\n"
             "local case = {order = {items = {{quantity = 3}}}, settings = {}}\n"
             "require('orderd.http').get('/', function() %s\n"
             "  return {status = 204} end)",
             text);
    fixture_write(&f, "scripts/cases/it.lua", script);
    fixture_load(&f);
    assert_int_equal(fixture_get(&f, "/").status, 204);
    fixture_close(&f);
}

static void all_must_allow(void **state)
{
    (void)state;
    decides(POLICY("a", "return true"), POLICY("b", "return true"), "assert(denied(case) == nil)");
    decides(POLICY("a", "return true"), POLICY("b", "return false, 'no'"),
            "local name, reason = denied(case) assert(name == 'b' and reason == 'no')");
    decides(POLICY("a", "return false, 'first'"), POLICY("b", "return false, 'no'"),
            "local name, reason = denied(case) assert(name == 'a' and reason == 'first')");
}

static void a_policy_sees_the_case(void **state)
{
    (void)state;
    decides(POLICY("a", "return case.order.items[1].quantity == 3, 'three'"), NULL,
            "assert(denied(case) == nil)");
}

static void what_fails_denies(void **state)
{
    (void)state;
    static const char *const bad[] = {
        POLICY("a", "error('x')"),
        POLICY("a", "error({})"),
        POLICY("a", "while true do end"),
        POLICY("a", "return 1"),
        POLICY("a", ""),
        POLICY("a", "return false"),
        POLICY("a", "return false, {}"),
        POLICY("a", "local t = {} for i = 1, math.huge do t[i] = {} end"),
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        decides(bad[i], NULL,
                "local name, reason = denied(case)\n"
                "assert(name == 'a' and reason == 'the policy could not be evaluated')");
}

static void a_long_reason_is_cut_between_characters(void **state)
{
    (void)state;
    decides(POLICY("a", "return false, ('\\u{20ac}'):rep(2001)"), NULL,
            "local _, reason = denied(case) assert(reason == ('\\u{20ac}'):rep(2000))");
    decides(POLICY("a", "return false, ('\\u{20ac}'):rep(2000)"), NULL,
            "local _, reason = denied(case) assert(reason == ('\\u{20ac}'):rep(2000))");
    decides(POLICY("a", "return false, 'x' .. ('\\xff'):rep(3000)"), NULL,
            "local _, reason = denied(case) assert(#reason == 2000)");
}

static void a_policy_of_no_shape_denies(void **state)
{
    (void)state;
    decides("return {}", NULL, "local name = denied(case) assert(name == 'policies.a')");
    decides("return 7", NULL, "local name = denied(case) assert(name == 'policies.a')");
}

static void one_policy_does_not_change_what_the_next_sees(void **state)
{
    (void)state;
    decides(POLICY("a", "case.order.items[1].quantity = 0 return true"),
            POLICY("b", "return case.order.items[1].quantity == 3, 'changed'"),
            "assert(denied(case) == nil and case.order.items[1].quantity == 3)");
}

static void a_case_is_plain_data(void **state)
{
    (void)state;
    decides(POLICY("a", "return true"), NULL,
            "assert(not pcall(denied, {f = assert})) assert(not pcall(denied, nil))");
}

/* ---- shapes ---- */

static void shape_is(const char *policy, enum status expected, const char *text)
{
    struct fixture f;
    struct fault fault = {0};
    fixture_open(&f);
    fixture_write(&f, "scripts/policies/a.lua", policy);
    fixture_load(&f);
    assert_int_equal(lua_policies_check(f.vm, &fault), expected);
    if (expected) {
        assert_contains(fault.where, "policies/a.lua");
        assert_contains(fault.text, text);
    }
    fixture_close(&f);
}

static void a_bad_shape_is_found_when_it_is_loaded(void **state)
{
    (void)state;
    shape_is(POLICY("a", "return true"), STATUS_OK, NULL);
    shape_is("return 7", STATUS_INVALID, "returns a table");
    shape_is("return {name = 'a', tests = {}}", STATUS_INVALID, "'check'");
    shape_is("return {name = '', tests = {}, check = function() end}", STATUS_INVALID, "'name'");
    shape_is("return {name = 'a', check = function() end}", STATUS_INVALID, "'tests'");
    shape_is("return {name = 'a', check = function() end, tests = {}}", STATUS_INVALID,
             "at least one test");
    shape_is("return {name = 'a', check = function() end, tests = {{name = 'x', case = {}}}}",
             STATUS_INVALID, "expect");
}

static void two_policies_of_one_name_are_found(void **state)
{
    (void)state;
    struct fixture f;
    struct fault fault = {0};
    fixture_open(&f);
    fixture_write(&f, "scripts/policies/a.lua", POLICY("same", "return true"));
    fixture_write(&f, "scripts/policies/b.lua", POLICY("same", "return true"));
    fixture_load(&f);
    assert_int_equal(lua_policies_check(f.vm, &fault), STATUS_INVALID);
    assert_contains(fault.where, "policies/b.lua");
    assert_contains(fault.text, "policies/a.lua");
    fixture_close(&f);
}

/* ---- tests that scripts carry ---- */

struct seen {
    bool finished;
    size_t passed, failed;
    char lines[4096];
};

static void on_result(void *arg, const struct script_test_result *result)
{
    struct seen *seen = arg;
    size_t used = strlen(seen->lines);
    snprintf(seen->lines + used, sizeof(seen->lines) - used, "%s %s: %s\n",
             result->passed ? "pass" : "FAIL", result->name,
             result->message ? result->message : "");
}

static void on_finished(void *arg, size_t passed, size_t failed)
{
    struct seen *seen = arg;
    seen->finished = true;
    seen->passed = passed;
    seen->failed = failed;
}

static struct seen carried_tests(const char *policy, const char *cases)
{
    struct fixture f;
    fixture_open(&f);
    fixture_write(&f, "scripts/policies/a.lua", policy);
    fixture_write(&f, "scripts/tests/t.lua", cases);
    fixture_load(&f);
    struct seen seen = {0};
    struct script_test_run run = {.result = on_result, .finished = on_finished, .arg = &seen};
    lua_tests_run(f.vm, &run);
    fixture_run_until(&f, &seen.finished);
    fixture_close(&f);
    return seen;
}

static void a_policys_own_tests_are_run(void **state)
{
    (void)state;
    struct seen seen = carried_tests(
        "return { name = 'a', check = function(case)\n"
        "    if case.n > 2 then return false, 'too many' end return true end,\n"
        "  tests = {\n"
        "    { name = 'two', case = { n = 2 }, expect = 'allow' },\n"
        "    { name = 'three', case = { n = 3 }, expect = 'deny', reason = 'too many' },\n"
        "    { name = 'wrong', case = { n = 3 }, expect = 'allow' },\n"
        "    { name = 'other', case = { n = 3 }, expect = 'deny', reason = 'another' },\n"
        "    { name = 'raises', case = {}, expect = 'deny' },\n"
        "  } }",
        "");
    assert_int_equal(seen.passed, 2);
    assert_int_equal(seen.failed, 3);
    assert_contains(seen.lines, "policies/a.lua: two: \n");
    assert_contains(seen.lines, "FAIL");
    assert_contains(seen.lines, "expected another, but the policy answered: too many");
}

static void cases_pass_unless_they_raise(void **state)
{
    (void)state;
    struct seen seen = carried_tests(
        POLICY("a", "return true"),
        "local test, timer = require('orderd.test'), require('orderd.timer')\n"
        "local problem = require('orderd.problem')\n"
        "test.case('good', function() test.equal({1, {a = 2}}, {1, {a = 2}}) end)\n"
        "test.case('waits', function() timer.sleep(0.005) test.equal(1, 1) end)\n"
        "test.case('differs', function() test.equal({a = 1}, {a = 2}, 'the a') end)\n"
        "test.case('less', function() test.equal({a = 1}, {a = 1, b = 2}) end)\n"
        "test.case('late', function() timer.sleep(0.005) error('late') end)\n"
        "test.case('problem', function()\n"
        "  test.problem('forbidden', function() timer.sleep(0.001) "
        "problem.raise('forbidden') end)\n"
        "end)\n"
        "test.case('quiet', function() test.problem('forbidden', function() end) end)\n"
        "test.case('other', function() test.problem('forbidden', problem.raise, "
        "'internal') end)\n");
    assert_int_equal(seen.passed, 4); /* the policy's own among them */
    assert_int_equal(seen.failed, 5);
    assert_contains(seen.lines, "the a differ: {\"a\":1}, expected {\"a\":2}");
    assert_contains(seen.lines, "tests/t.lua:");
}

static void problems_are_checked_when_they_are_raised(void **state)
{
    (void)state;
    struct seen seen = carried_tests(
        POLICY("a", "return true"),
        "local problem = require('orderd.problem')\n"
        "local function fails(text, ...)\n"
        "  local ok, reason = pcall(problem.raise, ...)\n"
        "  assert(not ok and not problem.is(reason) and reason:find(text, 1, true), reason)\n"
        "end\n"
        "require('orderd.test').case('it', function()\n"
        "  fails('made-up', 'made-up')\n"
        "  fails('trace_id', 'internal', {trace_id = 'x'})\n"
        "  fails('no JSON', 'internal', {x = function() end})\n"
        "  local _, p = pcall(problem.raise, 'internal', {x = 1})\n"
        "  assert(problem.is(p) and problem.is(p, 'internal') and not problem.is(p, 'forbidden'))\n"
        "  assert(not problem.is({code = 'internal'}) and p.x == 1)\n"
        "  assert(tostring(p) == 'internal')\n"
        "end)\n");
    assert_string_equal(strstr(seen.lines, "FAIL") ? seen.lines : "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_must_allow),
        cmocka_unit_test(a_policy_sees_the_case),
        cmocka_unit_test(what_fails_denies),
        cmocka_unit_test(a_long_reason_is_cut_between_characters),
        cmocka_unit_test(a_policy_of_no_shape_denies),
        cmocka_unit_test(one_policy_does_not_change_what_the_next_sees),
        cmocka_unit_test(a_case_is_plain_data),
        cmocka_unit_test(a_bad_shape_is_found_when_it_is_loaded),
        cmocka_unit_test(two_policies_of_one_name_are_found),
        cmocka_unit_test(a_policys_own_tests_are_run),
        cmocka_unit_test(cases_pass_unless_they_raise),
        cmocka_unit_test(problems_are_checked_when_they_are_raised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
