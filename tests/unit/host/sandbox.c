/* The sandbox: what scripts reach, what they cannot change, and how modules are found. */
#include "world.h"

#include <stdio.h>

static void assert_raises(void **state, const char *body, const char *expected)
{
    struct world *world = *state;
    char text[1024];
    snprintf(text, sizeof(text), "local test = require('orderd.test')\nreturn function() %s end",
             body);
    world_finish(world, text);
    if (world->end != TASK_RAISED || !strstr(world->text, expected))
        fail_msg("%s: '%s', not '%s'", body, world->text, expected);
    vm_free(&world->vm);
}

static void assert_gives(void **state, const char *body, const char *expected)
{
    struct world *world = *state;
    char text[1024];
    snprintf(text, sizeof(text), "return function() %s end", body);
    world_finish(world, text);
    assert_string_equal(world->text, expected);
    vm_free(&world->vm);
}

static void what_reaches_outside_is_not_there(void **state)
{
    static const char *const names[] = {
        "load", "loadstring", "loadfile", "dofile", "debug",         "io",
        "os",   "package",    "print",    "_G",     "collectgarbage"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char body[64], expected[64];
        snprintf(body, sizeof(body), "return %s", names[i]);
        snprintf(expected, sizeof(expected), "routes/main.lua:2: there is no global '%s'",
                 names[i]);
        assert_raises(state, body, expected);
    }
    assert_raises(state, "return string.dump(function() end)", "field 'dump'");
    assert_raises(state, "math.randomseed(1)", "field 'randomseed'");
}

static void bytecode_is_no_script(void **state)
{
    struct world *world = *state;
    world_write(world, "routes/main.lua", "\033Lua");
    assert_int_equal(world_load(world), STATUS_INVALID);
    assert_non_null(strstr(world->fault.text, "not text"));
}

static void a_global_must_be_declared(void **state)
{
    assert_raises(state, "count = 1", "routes/main.lua:2: 'count' is not declared");
    assert_raises(state, "_ENV.count = 1", "'count' is not declared");
    assert_raises(state, "string = nil", "'string' is not declared");
}

static void what_scripts_share_cannot_be_changed(void **state)
{
    assert_raises(state, "string.format = nil", "string cannot be changed");
    assert_raises(state, "rawset(string, 'format', 1)", "cannot be changed");
    assert_raises(state, "rawset(_ENV, 'x', 1)", "cannot be changed");
    assert_raises(state, "test.now = nil", "orderd.test cannot be changed");
    assert_raises(state, "setmetatable(string, {})", "protected metatable");
    assert_raises(state, "setmetatable(_ENV, {})", "protected metatable");
    assert_raises(state, "table.insert(table, 1)", "table cannot be changed");
    assert_gives(state, "return tostring(getmetatable(''))", "false");
    assert_gives(state, "return tostring(getmetatable(string))", "false");
    assert_gives(state, "return tostring(next(string))", "nil");
}

static void texts_have_methods(void **state)
{
    assert_gives(state, "return ('%d-%s'):format(3, 'x'):upper()", "3-X");
}

static void xpcall_hands_errors_to_its_handler(void **state)
{
    assert_gives(state,
                 "return table.concat({tostring((xpcall(error, function(e) return e end, 'x'))),\n"
                 " (select(2, xpcall(error, function(e) return e .. '!' end, 'x'))),\n"
                 " (select(3, xpcall(function(...) return ... end, error, 'a', 'b')))}, ' ')",
                 "false x! b");
}

static void xpcall_may_wait(void **state)
{
    struct world *world = *state;
    world_script(world, "local test = require('orderd.test')\n"
                        "return function() return select(2, xpcall(test.park, error)) end");
    world_run(world);
    world_unpark(world, "waited", false);
    assert_string_equal(world->text, "waited");
}

static void coroutines_work(void **state)
{
    assert_gives(state,
                 "local co = coroutine.create(function(a) local b = coroutine.yield(a + 1)\n"
                 "  error(b, 0) end)\n"
                 "local _, x = coroutine.resume(co, 1)\n"
                 "local s1 = coroutine.status(co)\n"
                 "local ok, y = coroutine.resume(co, 'end')\n"
                 "local _, z = coroutine.resume(co)\n"
                 "return table.concat({x, s1, tostring(ok), y, z, coroutine.status(co),\n"
                 "  tostring(coroutine.isyieldable())}, ' ')",
                 "2 suspended false end cannot resume dead coroutine dead false");
    assert_gives(state,
                 "local all = ''\n"
                 "for w in coroutine.wrap(function() for i = 1, 3 do coroutine.yield(i) end end)\n"
                 "do all = all .. w end return all",
                 "123");
    assert_raises(state, "coroutine.wrap(function() error('inside') end)()", "inside");
    assert_gives(
        state,
        "local closed = 'open'\n"
        "local co = coroutine.create(function()\n"
        "  local x <close> = setmetatable({}, {__close = function() closed = 'shut' end})\n"
        "  coroutine.yield() end)\n"
        "coroutine.resume(co) return tostring(coroutine.close(co)) .. closed",
        "trueshut");
}

static void coroutines_that_close_each_other_end_before_the_c_stack_does(void **state)
{
    struct world *world = *state;
    world->options.instruction_limit = INT64_C(1) << 40;
    world->options.memory_limit = (size_t)1 << 30;
    assert_gives(state,
                 "local last, raised\n"
                 "for i = 1, 12000 do\n"
                 "  local before = last\n"
                 "  local function close()\n"
                 "    local good, text = pcall(coroutine.close, before)\n"
                 "    if not good then raised = text end\n"
                 "  end\n"
                 "  last = coroutine.create(function()\n"
                 "    local x <close> = before and setmetatable({}, {__close = close})\n"
                 "    coroutine.yield() end)\n"
                 "  coroutine.resume(last)\n"
                 "end\n"
                 "coroutine.close(last)\n"
                 "return raised",
                 "too many coroutines are closed inside each other");
}

/* ---- modules ---- */

static void require_gives_the_same_value_each_time(void **state)
{
    struct world *world = *state;
    world_write(world, "lib/counter.lua", "return {count = 0}");
    world_finish(world, "require('lib.counter').count = 5\n"
                        "return function() return require('lib.counter').count end");
    assert_string_equal(world->text, "5");
}

static void a_module_that_returns_nothing_is_true(void **state)
{
    struct world *world = *state;
    world_write(world, "lib/silent.lua", "local x = 1");
    world_finish(world, "return function() return tostring(require('lib.silent')) end");
    assert_string_equal(world->text, "true");
}

static void a_module_gets_its_name(void **state)
{
    struct world *world = *state;
    world_write(world, "lib/named.lua", "return (...)");
    world_finish(world, "return function() return require('lib.named') end");
    assert_string_equal(world->text, "lib.named");
}

static void modules_that_require_each_other_are_refused(void **state)
{
    struct world *world = *state;
    world_write(world, "lib/a.lua", "return require('lib.b')");
    world_write(world, "lib/b.lua", "return require('lib.a')");
    world_write(world, "routes/main.lua", "require('lib.a')");
    assert_int_equal(world_load(world), STATUS_INVALID);
    assert_non_null(strstr(world->fault.where, "lib/b.lua:1"));
    assert_non_null(strstr(world->fault.text, "'lib.a' requires itself"));
}

static void a_module_that_failed_can_be_tried_again(void **state)
{
    struct world *world = *state;
    world_write(world, "lib/moody.lua",
                "local m = require('lib.mood')\n"
                "m.tries = m.tries + 1\n"
                "if m.tries < 2 then error('not yet') end\n"
                "return 'at last'");
    world_write(world, "lib/mood.lua", "return {tries = 0}");
    world_finish(world, "return function()\n"
                        "  local ok = pcall(require, 'lib.moody')\n"
                        "  return tostring(ok) .. ' ' .. require('lib.moody') end");
    assert_string_equal(world->text, "false at last");
}

static void an_unknown_module_is_named(void **state)
{
    assert_raises(state, "require('lib.missing')", "there is no module 'lib.missing'");
}

static void modules_may_be_loaded_by_a_task(void **state)
{
    struct world *world = *state;
    world_write(world, "lib/late.lua", "return 'late'");
    world_finish(world, "return function() return require('lib.late') end");
    assert_string_equal(world->text, "late");
}

static void what_is_declared_at_load_is_not_declared_later(void **state)
{
    assert_raises(state, "test.declare()", "test.declare may only be called while");
}

/* ---- pure scripts ---- */

static void a_policy_has_pure_functions_only(void **state)
{
    static const char *const names[] = {
        "require", "coroutine", "setmetatable", "rawset", "getmetatable", "xpcall", "os"};
    struct world *world = *state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char text[64];
        snprintf(text, sizeof(text), "return %s", names[i]);
        world_write(world, "policies/a.lua", text);
        assert_int_equal(world_load(world), STATUS_INVALID);
        assert_non_null(strstr(world->fault.text, names[i]));
    }
    world_write(world, "policies/a.lua", "return math.random()");
    assert_int_equal(world_load(world), STATUS_INVALID);
}

static void a_policy_has_what_it_needs(void **state)
{
    struct world *world = *state;
    world_write(world, "policies/a.lua",
                "return ('x'):rep(2) .. math.max(1, 2) .. #table.pack(1, 2) .. utf8.char(65)\n"
                "  .. tostring(select('#', ipairs({}))) .. type(nil)");
    world_finish(world, "return function() return require('policies.a') end");
    assert_string_equal(world->text, "xx22A3nil");
}

/* ---- faults at load ---- */

static void a_syntax_error_is_placed(void **state)
{
    struct world *world = *state;
    char where[128];
    snprintf(where, sizeof(where), "%s/routes/deep/broken.lua:2", world->directory);
    world_write(world, "routes/deep/broken.lua", "local x = 1\nlocal = 2");
    assert_int_equal(world_load(world), STATUS_INVALID);
    assert_string_equal(world->fault.where, where);
    assert_non_null(strstr(world->fault.text, "<name> expected"));
}

static void a_long_path_is_told_whole(void **state)
{
    struct world *world = *state;
    static const char path[] = "routes/a_directory_with_quite_a_long_name/and_a_script_too.lua";
    char where[192];
    snprintf(where, sizeof(where), "%s/%s:1", world->directory, path);
    world_write(world, path, "error('here')");
    assert_int_equal(world_load(world), STATUS_INVALID);
    assert_string_equal(world->fault.where, where);
    assert_string_equal(world->fault.text, "here");
}

static void an_error_without_a_place_is_put_down_to_its_script(void **state)
{
    struct world *world = *state;
    world_write(world, "routes/main.lua", "error('at 12:30: too late', 0)");
    assert_int_equal(world_load(world), STATUS_INVALID);
    assert_non_null(strstr(world->fault.where, "routes/main.lua"));
    assert_string_equal(world->fault.text, "at 12:30: too late");
}

static void an_error_that_is_no_text_is_described(void **state)
{
    struct world *world = *state;
    world_write(world, "routes/main.lua",
                "error(setmetatable({}, {__tostring = function() return 'in words' end}))");
    assert_int_equal(world_load(world), STATUS_INVALID);
    assert_string_equal(world->fault.text, "in words");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_reaches_outside_is_not_there),
        TEST(bytecode_is_no_script),
        TEST(a_global_must_be_declared),
        TEST(what_scripts_share_cannot_be_changed),
        TEST(texts_have_methods),
        TEST(xpcall_hands_errors_to_its_handler),
        TEST(xpcall_may_wait),
        TEST(coroutines_work),
        TEST(coroutines_that_close_each_other_end_before_the_c_stack_does),
        TEST(require_gives_the_same_value_each_time),
        TEST(a_module_that_returns_nothing_is_true),
        TEST(a_module_gets_its_name),
        TEST(modules_that_require_each_other_are_refused),
        TEST(a_module_that_failed_can_be_tried_again),
        TEST(an_unknown_module_is_named),
        TEST(modules_may_be_loaded_by_a_task),
        TEST(what_is_declared_at_load_is_not_declared_later),
        TEST(a_policy_has_pure_functions_only),
        TEST(a_policy_has_what_it_needs),
        TEST(a_syntax_error_is_placed),
        TEST(a_long_path_is_told_whole),
        TEST(an_error_without_a_place_is_put_down_to_its_script),
        TEST(an_error_that_is_no_text_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
