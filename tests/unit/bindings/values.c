/* json, money, clock, uuid, log, conf, metrics: values in and out of scripts. */
#include "fixture.h"

#include "host/conf.h"

#include <string.h>
#include <unistd.h>

/* Each text is run as a task of a fresh vm and must not raise. */
static void holds(const char *text)
{
    struct fixture f;
    fixture_open(&f);
    fixture_lua(&f, text);
    fixture_close(&f);
}

static void json_comes_back_as_it_went(void **state)
{
    (void)state;
    holds("local json = require('orderd.json')\n"
          "for _, text in ipairs{'{\"a\":[1,2.5,\"x\",true,null,{}]}', '[]', '{}', '[[]]',\n"
          "    '9223372036854775807', '-1', '\"a\\\\nb\"', '0.1'} do\n"
          "  assert(json.encode(assert(json.decode(text))) == text, text)\n"
          "end");
}

static void an_empty_array_stays_an_array(void **state)
{
    (void)state;
    holds("local json = require('orderd.json')\n"
          "assert(json.encode({}) == '{}')\n"
          "assert(json.encode(json.array({})) == '[]')\n"
          "assert(json.is_array(json.decode('[]')) and not json.is_array(json.decode('{}')))\n"
          "assert(json.encode({list = json.decode('[]')}) == '{\"list\":[]}')");
}

static void null_is_a_value(void **state)
{
    (void)state;
    holds(
        "local json = require('orderd.json')\n"
        "assert(json.decode('null') == json.null and json.decode('{\"a\":null}').a == json.null)\n"
        "assert(json.encode({a = json.null}) == '{\"a\":null}')");
}

static void names_are_written_in_order(void **state)
{
    (void)state;
    holds("local json = require('orderd.json')\n"
          "assert(json.encode({b = 1, a = 2, aa = 3, B = 4}) == "
          "'{\"B\":4,\"a\":2,\"aa\":3,\"b\":1}')\n"
          "local many, text = {}, {}\n"
          "for i = 10, 60 do many['k' .. i] = i; text[#text + 1] = '\"k' .. i .. '\":' .. i end\n"
          "assert(json.encode(many) == '{' .. table.concat(text, ',') .. '}')");
}

static void bad_json_is_nil_and_the_place(void **state)
{
    (void)state;
    holds("local json = require('orderd.json')\n"
          "for _, text in ipairs{'', '{', '[1,]', '{\"a\":1,\"a\":2}', '1e', 'nul',\n"
          "    ('['):rep(100) .. (']'):rep(100), '99999999999999999999', '\"\\xff\"'} do\n"
          "  local value, reason = json.decode(text)\n"
          "  assert(value == nil and type(reason) == 'string' and #reason > 0, text)\n"
          "end");
}

static void what_has_no_json_is_refused(void **state)
{
    (void)state;
    holds("local json = require('orderd.json')\n"
          "local cycle = {}; cycle.again = cycle\n"
          "for i, value in ipairs{assert, 0/0, 1/0, -1/0, cycle, {1, a = 2}, {[1.5] = 1},\n"
          "    {[true] = 1}, {1, 2, [4] = 4}, {x = function() end}} do\n"
          "  local ok, reason = pcall(json.encode, value)\n"
          "  assert(not ok and tostring(reason):find('no JSON', 1, true), i .. tostring(reason))\n"
          "end");
}

static void bytes_that_are_no_utf8_are_replaced(void **state)
{
    (void)state;
    holds("local json = require('orderd.json')\n"
          "assert(json.encode('a\\xffb') == '\"a\\u{fffd}b\"')");
}

static void money_is_exact(void **state)
{
    (void)state;
    holds("local money = require('orderd.money')\n"
          "assert(money.parse('10.99') == 1099 and money.parse(10.99) == 1099)\n"
          "assert(money.parse(10) == 1000 and money.parse('0') == 0 and money.parse(0.1) == 10)\n"
          "assert(money.format(1099) == '10.99' and money.format(5) == '0.05')\n"
          "for _, bad in ipairs{'10.999', 10.999, -1, '-1', '1e3', 'x', '', {}, true, 0.1 + 0.2,\n"
          "    1e300, '99999999999999999999'} do\n"
          "  local minor, reason = money.parse(bad)\n"
          "  assert(minor == nil and type(reason) == 'string', tostring(bad))\n"
          "end");
}

static void times_are_rfc_3339(void **state)
{
    (void)state;
    holds("local clock = require('orderd.clock')\n"
          "assert(clock.now() > 1700000000000)\n"
          "assert(clock.format(0) == '1970-01-01T00:00:00.000Z')\n"
          "assert(clock.parse('1970-01-01T01:00:00.5+01:00') == 500)\n"
          "assert(clock.parse('yesterday') == nil)\n"
          "assert(not pcall(clock.format, math.maxinteger))");
}

static void identifiers_are_version_7(void **state)
{
    (void)state;
    holds("local uuid = require('orderd.uuid')\n"
          "local a, b = uuid.new(), uuid.new()\n"
          "assert(a ~= b and uuid.is(a) and a:sub(15, 15) == '7')\n"
          "assert(not uuid.is('x') and not uuid.is(nil) and not uuid.is(7))");
}

static void log_fields_are_checked(void **state)
{
    (void)state;
    holds("local log = require('orderd.log')\n"
          "log.error('seen', {text = 'a', count = 1, ratio = 0.5, good = true, token = 'x'})\n"
          "assert(not pcall(log.error, 'bad', {field = {}}))\n"
          "assert(not pcall(log.error, 'bad', {'x'}))\n"
          "assert(not pcall(log.error, 'bad', {['a\\\"b'] = 'x'}))\n"
          "assert(not pcall(log.error, 'bad', {['a\\nb'] = 'x'}))\n"
          "assert(not pcall(log.error, 'bad', {[''] = 'x'}))\n"
          "assert(not pcall(log.error))");
}

/* What the text logs. */
static void logged(const char *text, char *lines, size_t size)
{
    int ends[2], before = dup(STDERR_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_true(before >= 0 && dup2(ends[1], STDERR_FILENO) >= 0);
    holds(text);
    assert_true(dup2(before, STDERR_FILENO) >= 0);
    assert_int_equal(close(before) | close(ends[1]), 0);
    ssize_t length = read(ends[0], lines, size - 1);
    assert_true(length >= 0);
    lines[length] = '\0';
    assert_int_equal(close(ends[0]), 0);
}

static void secrets_are_hidden_in_any_case_of_letters(void **state)
{
    (void)state;
    char lines[4096];
    logged("local log = require('orderd.log')\n"
           "log.error('seen', {Token = 'silence', NOTES = 'silence', authorization = 'silence'})",
           lines, sizeof(lines));
    assert_non_null(strstr(lines, "seen"));
    assert_null(strstr(lines, "silence"));
}

static void metrics_are_rendered(void **state)
{
    (void)state;
    holds("assert(type(require('orderd.metrics').render()) == 'string')");
}

static void counters_of_scripts_are_among_the_figures(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_write(&f, "scripts/routes/counting.lua",
                  "local metrics = require('orderd.metrics')\n"
                  "local seen = metrics.counter('parcels', 'Parcels that\\nwere seen.')\n"
                  "assert(not pcall(seen.add, seen, -1) and not pcall(seen.add, {}, 1))\n"
                  "for _, name in ipairs{'', 'Parcels', '1a', 'a b', 'a\\0b', ('a'):rep(65)} do\n"
                  "  assert(not pcall(metrics.counter, name, ''), name)\n"
                  "end\n"
                  "return seen");
    fixture_lua(&f,
                "local metrics, seen = require('orderd.metrics'), require('routes.counting')\n"
                "seen:add()\n"
                "seen:add(41)\n"
                "local text = metrics.render()\n"
                "assert(text:find('# HELP orderd_script_parcels_total Parcels that', 1, true))\n"
                "assert(text:find('\\norderd_script_parcels_total 42\\n', 1, true))\n"
                "assert(not pcall(metrics.counter, 'late', 'Not any more.'))");
    fixture_close(&f);
}

static void a_copy_of_the_settings_is_the_readers_own(void **state)
{
    (void)state;
    struct fixture f;
    fixture_open(&f);
    fixture_write(&f, "conf.lua", "return { settings = { limit = 3, list = { 'a' } } }");
    struct fault fault;
    assert_int_equal(conf_read(fixture_path(&f, "conf.lua"), &f.conf, &fault), STATUS_OK);
    f.services.settings = conf_member(f.conf, "settings");
    fixture_lua(&f, "local conf = require('orderd.conf')\n"
                    "assert(conf.settings.limit == 3 and conf.settings.list[1] == 'a')\n"
                    "conf.settings.limit = 4\n"
                    "assert(conf.settings.limit == 3 and conf.currency == 'USD')\n"
                    "assert(next(conf.integrations) == nil)\n"
                    "assert(not pcall(function() conf.settings = {} end))");
    fixture_close(&f);
}

static void metatables_are_out_of_reach(void **state)
{
    (void)state;
    holds("local json, conf = require('orderd.json'), require('orderd.conf')\n"
          "assert(getmetatable(conf) == false and getmetatable(json.array({})) == false)\n"
          "assert(not pcall(setmetatable, json.array({}), {}))");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_comes_back_as_it_went),
        cmocka_unit_test(an_empty_array_stays_an_array),
        cmocka_unit_test(null_is_a_value),
        cmocka_unit_test(names_are_written_in_order),
        cmocka_unit_test(bad_json_is_nil_and_the_place),
        cmocka_unit_test(what_has_no_json_is_refused),
        cmocka_unit_test(bytes_that_are_no_utf8_are_replaced),
        cmocka_unit_test(money_is_exact),
        cmocka_unit_test(times_are_rfc_3339),
        cmocka_unit_test(identifiers_are_version_7),
        cmocka_unit_test(log_fields_are_checked),
        cmocka_unit_test(secrets_are_hidden_in_any_case_of_letters),
        cmocka_unit_test(metrics_are_rendered),
        cmocka_unit_test(counters_of_scripts_are_among_the_figures),
        cmocka_unit_test(a_copy_of_the_settings_is_the_readers_own),
        cmocka_unit_test(metatables_are_out_of_reach),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
