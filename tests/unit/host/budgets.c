/* Budgets: what runs too long or takes too much is stopped, and cannot help it. */
#include "world.h"

#include <stdio.h>

/* The script must be stopped for its instructions. */
static void assert_stopped(void **state, const char *text)
{
    struct world *world = *state;
    world_finish(world, text);
    if (world->end != TASK_STOPPED)
        fail_msg("not stopped: %s", world->text);
    assert_int_equal(world->status, STATUS_LIMIT);
    assert_non_null(strstr(world->text, "over its instruction budget"));
}

static void an_endless_loop_is_stopped_and_named(void **state)
{
    struct world *world = *state;
    assert_stopped(state, "return function()\n  while true do end\nend");
    assert_non_null(strstr(world->text, "routes/main.lua:2: stopped"));
    assert_non_null(strstr(world->traceback, "routes/main.lua:2"));
}

static void pcall_does_not_catch_a_stop(void **state)
{
    assert_stopped(state, "return function() while true do pcall(function()\n"
                          "  while true do end end) end end");
}

static void a_message_handler_does_not_run_on_after_a_stop(void **state)
{
    assert_stopped(state, "return function() local function spin() while true do end end\n"
                          "  xpcall(spin, spin) spin() end");
}

static void a_closing_variable_does_not_run_on_after_a_stop(void **state)
{
    assert_stopped(state, "return function() local function spin() while true do end end\n"
                          "  local x <close> = setmetatable({}, {__close = spin})\n"
                          "  spin() end");
}

static void a_coroutine_does_not_run_on_after_a_stop(void **state)
{
    assert_stopped(state, "return function() local function spin() while true do end end\n"
                          "  local co = coroutine.create(function()\n"
                          "    local x <close> = setmetatable({}, {__close = spin})\n"
                          "    spin() end)\n"
                          "  pcall(coroutine.resume, co) pcall(coroutine.close, co) spin() end");
}

static void a_wrapped_coroutine_does_not_run_on_after_a_stop(void **state)
{
    assert_stopped(state, "return function() local function spin() while true do end end\n"
                          "  pcall(coroutine.wrap(function()\n"
                          "    local x <close> = setmetatable({}, {__close = spin})\n"
                          "    spin() end)) end");
}

static void a_handler_inside_a_coroutine_does_not_run_on_after_a_stop(void **state)
{
    assert_stopped(state, "return function() local function spin() while true do end end\n"
                          "  coroutine.wrap(function() xpcall(spin, spin) end)() end");
}

static void many_small_coroutines_are_counted(void **state)
{
    assert_stopped(state, "return function() while true do\n"
                          "  coroutine.wrap(function() for i = 1, 100 do end end)() end end");
}

static void a_sort_with_an_endless_order_is_stopped(void **state)
{
    assert_stopped(state, "return function() table.sort({3, 2, 1}, function()\n"
                          "  pcall(function() while true do end end) return true end)\n"
                          "  while true do end end");
}

static void scripts_have_no_finalizers(void **state)
{
    struct world *world = *state;
    world_finish(world, "return function() setmetatable({}, {__gc = function() end}) end");
    assert_int_equal(world->end, TASK_RAISED);
    assert_non_null(strstr(world->text, "__gc"));
}

static void what_runs_long_in_c_is_stopped(void **state)
{
    static const char *const bodies[] = {
        "string.find(('a'):rep(700), '.-.-.-.-b$')",
        "string.match(('a'):rep(700), '.-.-.-.-b$')",
        "string.gsub(('a'):rep(700), '.-.-.-.-b$', '')",
        "for _ in string.gmatch(('a'):rep(700), '.-.-.-.-b$') do end",
        "for i = 1, 100000 do string.find(('a'):rep(10000), 'aaab', 1, true) end",
        "for i = 1, 1e9 do local x = ('x'):rep(1000000) end",
        "table.move({}, 1, math.maxinteger - 1, 2)",
        "table.concat({}, '', 1, math.maxinteger)",
        "table.insert({}, math.mininteger, 1)",
        "table.remove(setmetatable({1}, {}), -1e15 // 1 | 0)",
        "while true do table.unpack({}, 1, 9000) end",
        "local t = {} for i = 1, 3000 do t[i] = i end while true do table.sort(t) end",
        "local s = ('\\u{20ac}'):rep(100000) while true do utf8.len(s) end",
        "while true do pcall(string.rep, 'x', 1 << 30) end",
    };
    struct world *world = *state;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text), "return function() %s end", bodies[i]);
        assert_stopped(state, text);
        vm_free(&world->vm);
    }
}

/* Four rounds of a handful of instructions: only what C pays for 4 MB can use up the budget. */
static void going_through_a_long_text_is_counted(void **state)
{
    static const char *const bodies[] = {
        "tonumber(s)",
        "tonumber(s, 16)",
        "string.format('%.1s', s)",
        "string.format('%q', s)",
        "pcall(string.byte, s, 1, -1)",
        "pcall(string.byte, s, -#s, math.maxinteger)",
        "s:upper()",
        "s:lower()",
        "s:reverse()",
        "string.packsize(s)",
        "pcall(string.pack, s)",
        "pcall(string.unpack, s, '')",
        "('x'):find(pattern)",
    };
    struct world *world = *state;
    world->options.memory_limit = (size_t)64 * 1024 * 1024;
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        char text[512];
        snprintf(text, sizeof(text),
                 "local s = ('b'):rep(4 << 20) local pattern = s .. '+'\n"
                 "return function() for i = 1, 4 do %s end end",
                 bodies[i]);
        assert_stopped(state, text);
        vm_free(&world->vm);
    }
}

static void looking_at_a_little_of_a_long_text_costs_little(void **state)
{
    struct world *world = *state;
    world_finish(world, "local s = ('\\1'):rep(1 << 20)\n"
                        "return function() local sum = 0\n"
                        "  for i = 1, 10000 do\n"
                        "    sum = sum + s:byte(i) + s:byte(-i) + #{s:byte(-1, 2)}\n"
                        "      + string.unpack('B', s, i) + tonumber('1') end\n"
                        "  return tostring(sum) end");
    assert_string_equal(world->text, "40000");
}

static void repeating_nothing_takes_no_time(void **state)
{
    struct world *world = *state;
    world_finish(world, "return function() return '[' .. (''):rep(1 << 60) .. ']' end");
    assert_string_equal(world->text, "[]");
}

static void a_table_that_lies_about_its_length_is_refused(void **state)
{
    struct world *world = *state;
    world_finish(world, "return function() local t = setmetatable({},\n"
                        "  {__len = function() return 1 << 60 end})\n"
                        "  table.sort(t, rawequal) end");
    assert_int_equal(world->end, TASK_RAISED);
    assert_non_null(strstr(world->text, "__len"));
}

static void memory_has_a_cap(void **state)
{
    struct world *world = *state;
    world->options.instruction_limit = INT64_MAX / 2;
    world_finish(world, "return function() local t = {} while true do t[#t + 1] = {t} end end");
    assert_int_equal(world->end, TASK_STOPPED);
    assert_int_equal(world->status, STATUS_LIMIT);
    assert_non_null(strstr(world->text, "not enough memory"));
    assert_true(vm_memory(world->vm) <= world->options.memory_limit);
}

static void a_task_after_a_stopped_one_has_a_whole_budget(void **state)
{
    struct world *world = *state;
    assert_stopped(state, "local first = true\n"
                          "return function()\n"
                          "  while first do first = false while true do end end\n"
                          "  for i = 1, 100000 do end\n"
                          "  return 'whole'\n"
                          "end");
    world_finish(world, NULL);
    assert_string_equal(world->text, "whole");
    world_finish(world, NULL);
    assert_string_equal(world->text, "whole");
}

static void the_budget_is_of_the_whole_task_however_often_it_waits(void **state)
{
    struct world *world = *state;
    world_script(world, "local test = require('orderd.test')\n"
                        "return function() while true do\n"
                        "  for i = 1, 10000 do end test.park() end end");
    world_run(world);
    for (int i = 0; i < 1000 && world->ended == 0; i++)
        world_unpark(world, "on", false);
    assert_int_equal(world->end, TASK_STOPPED);
    assert_int_equal(world->status, STATUS_LIMIT);
}

/* ---- a budget inside the budget ---- */

static void a_bounded_call_over_its_budget_ends_alone(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function()\n"
                        "  local status, text = test.bounded(function()\n"
                        "    pcall(function() while true do end end) end, 5000)\n"
                        "  for i = 1, 10000 do end\n"
                        "  return status .. ': ' .. text end");
    assert_int_equal(world->end, TASK_RETURNED);
    assert_non_null(strstr(world->text, status_name(STATUS_LIMIT)));
    assert_non_null(strstr(world->text, "over its instruction budget"));
}

static void a_bounded_call_that_raises_ends_alone(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function() return (test.bounded(error, 5000)) end");
    assert_string_equal(world->text, status_name(STATUS_INTERNAL));
}

static void a_bounded_call_returns(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function()\n"
                        "  return table.concat({test.bounded(function() return 1 end, 5000)}, ' ')"
                        "\nend");
    assert_string_equal(world->text, "ok 1");
}

static void what_bounded_calls_use_is_off_the_tasks_budget(void **state)
{
    assert_stopped(state, "local test = require('orderd.test')\n"
                          "return function() while true do\n"
                          "  test.bounded(function() for i = 1, 50000 do end end, 100000)\n"
                          "end end");
}

static void a_bounded_call_gets_no_more_than_is_left(void **state)
{
    assert_stopped(state, "local test = require('orderd.test')\n"
                          "return function() pcall(test.bounded, function()\n"
                          "  while true do end end, math.maxinteger) end");
}

static void a_bounded_call_must_not_wait(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function() return select(2, test.bounded(test.park, 5000)) end");
    assert_non_null(strstr(world->text, "nothing can wait"));
}

/* ---- at load ---- */

static void a_script_that_loads_too_long_is_refused(void **state)
{
    struct world *world = *state;
    world_write(world, "routes/main.lua", "\n\nwhile true do end");
    assert_int_equal(world_load(world), STATUS_INVALID);
    assert_non_null(strstr(world->fault.where, "routes/main.lua:3"));
    assert_non_null(strstr(world->fault.text, "over its instruction budget"));
}

static void a_script_that_loads_too_big_is_refused(void **state)
{
    struct world *world = *state;
    world->options.instruction_limit = INT64_MAX / 2;
    world_write(world, "routes/main.lua", "local t = {} while true do t[#t + 1] = {t} end");
    assert_int_equal(world_load(world), STATUS_INVALID);
    assert_non_null(strstr(world->fault.where, "routes/main.lua"));
    assert_non_null(strstr(world->fault.text, "memory"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_endless_loop_is_stopped_and_named),
        TEST(pcall_does_not_catch_a_stop),
        TEST(a_message_handler_does_not_run_on_after_a_stop),
        TEST(a_closing_variable_does_not_run_on_after_a_stop),
        TEST(a_coroutine_does_not_run_on_after_a_stop),
        TEST(a_wrapped_coroutine_does_not_run_on_after_a_stop),
        TEST(a_handler_inside_a_coroutine_does_not_run_on_after_a_stop),
        TEST(many_small_coroutines_are_counted),
        TEST(a_sort_with_an_endless_order_is_stopped),
        TEST(scripts_have_no_finalizers),
        TEST(what_runs_long_in_c_is_stopped),
        TEST(going_through_a_long_text_is_counted),
        TEST(looking_at_a_little_of_a_long_text_costs_little),
        TEST(repeating_nothing_takes_no_time),
        TEST(a_table_that_lies_about_its_length_is_refused),
        TEST(memory_has_a_cap),
        TEST(a_task_after_a_stopped_one_has_a_whole_budget),
        TEST(the_budget_is_of_the_whole_task_however_often_it_waits),
        TEST(a_bounded_call_over_its_budget_ends_alone),
        TEST(a_bounded_call_that_raises_ends_alone),
        TEST(a_bounded_call_returns),
        TEST(what_bounded_calls_use_is_off_the_tasks_budget),
        TEST(a_bounded_call_gets_no_more_than_is_left),
        TEST(a_bounded_call_must_not_wait),
        TEST(a_script_that_loads_too_long_is_refused),
        TEST(a_script_that_loads_too_big_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
