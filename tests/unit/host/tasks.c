/* Tasks: started, waiting, woken, stopped, retired. */
#include "world.h"

static const char parking[] = "local test = require('orderd.test')\n"
                              "return function() return test.park() end\n";

static void a_task_returns_what_its_function_returns(void **state)
{
    struct world *world = *state;
    world_finish(world, "return function(text) return text .. '!' end");
    assert_int_equal(world->end, TASK_RETURNED);
    assert_int_equal(world->status, STATUS_OK);
    assert_string_equal(world->text, "argument!");
    assert_int_equal(vm_tasks(world->vm), 0);
}

static void a_task_that_raises_ends_with_its_error_and_a_traceback(void **state)
{
    struct world *world = *state;
    world_finish(world, "local function inner() error('broken') end\n"
                        "return function() inner() end");
    assert_int_equal(world->end, TASK_RAISED);
    assert_int_equal(world->status, STATUS_INTERNAL);
    assert_non_null(strstr(world->text, "routes/main.lua:1: broken"));
    assert_non_null(strstr(world->traceback, "inner"));
}

static void an_operation_that_finishes_at_once_yields_nothing(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function() return (test.now('early')) end");
    assert_string_equal(world->text, "early");
}

static void an_operation_that_fails_at_once_can_be_caught(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function()\n"
                        "  local ok, why = pcall(test.now, 'no', true)\n"
                        "  return tostring(ok) .. why .. test.now('yes')\n"
                        "end");
    assert_string_equal(world->text, "falsenoyes");
}

static void a_task_waits_and_goes_on(void **state)
{
    struct world *world = *state;
    world_script(world, parking);
    world_run(world);
    assert_int_equal(world->ended, 0);
    assert_int_equal(vm_tasks(world->vm), 1);
    world_unpark(world, "woken", false);
    assert_int_equal(world->ended, 1);
    assert_string_equal(world->text, "woken");
}

static void an_operation_may_raise_in_its_task(void **state)
{
    struct world *world = *state;
    world_script(world, parking);
    world_run(world);
    world_unpark(world, "lost", true);
    assert_int_equal(world->end, TASK_RAISED);
    assert_string_equal(world->text, "lost");
}

static void a_task_waits_inside_pcall_and_iterators(void **state)
{
    struct world *world = *state;
    world_script(world, "local test = require('orderd.test')\n"
                        "return function()\n"
                        "  local all = ''\n"
                        "  for text in function() local ok, t = pcall(test.park)\n"
                        "      if t ~= 'end' then return t end end do all = all .. text end\n"
                        "  return all\n"
                        "end");
    world_run(world);
    world_unpark(world, "a", false);
    world_unpark(world, "b", true);
    world_unpark(world, "end", false);
    assert_string_equal(world->text, "ab");
}

static void a_wait_that_ends_while_another_task_runs_goes_on_later(void **state)
{
    struct world *world = *state;
    world_script(world, "local test = require('orderd.test')\n"
                        "local first = true\n"
                        "return function()\n"
                        "  if first then first = false return test.park() end\n"
                        "  test.wake('kept')\n"
                        "  return 'waker'\n"
                        "end");
    world_run(world);
    world_run(world);
    assert_int_equal(world->ended, 1);
    assert_string_equal(world->text, "waker");
    world_turn(world);
    assert_int_equal(world->ended, 2);
    assert_string_equal(world->text, "kept");
}

static void a_wait_that_fails_while_another_task_runs_raises_later(void **state)
{
    struct world *world = *state;
    world_script(world, "local test = require('orderd.test')\n"
                        "local first = true\n"
                        "return function()\n"
                        "  if first then first = false return test.park() end\n"
                        "  test.wake('kept', true)\n"
                        "end");
    world_run(world);
    world_run(world);
    world_turn(world);
    assert_int_equal(world->end, TASK_RAISED);
    assert_string_equal(world->text, "kept");
}

static void a_task_started_by_a_task_runs_after_it(void **state)
{
    struct world *world = *state;
    world_script(world, "local test = require('orderd.test')\n"
                        "local depth = 0\n"
                        "return function()\n"
                        "  depth = depth + 1\n"
                        "  local mine = depth\n"
                        "  if mine < 3 then test.start() end\n"
                        "  return mine .. ' of ' .. depth\n"
                        "end");
    world_run(world);
    assert_string_equal(world->text, "1 of 1");
    world_turn(world);
    assert_int_equal(world->ended, 3);
    assert_string_equal(world->text, "3 of 3");
}

static void there_is_a_limit_to_tasks(void **state)
{
    struct world *world = *state;
    world->options.task_limit = 2;
    world_script(world, parking);
    world_run(world);
    world_run(world);
    world_run(world);
    assert_int_equal(world->started, STATUS_LIMIT);
    world_unpark(world, "one", false);
    world_run(world);
    assert_int_equal(world->started, STATUS_OK);
    assert_int_equal(vm_tasks(world->vm), 2);
}

static void a_task_over_its_deadline_is_stopped_and_its_operation_cancelled(void **state)
{
    struct world *world = *state;
    world->options.task_deadline_ms = 20;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function() while true do pcall(test.park) end end");
    assert_int_equal(world->end, TASK_STOPPED);
    assert_int_equal(world->status, STATUS_TIMEOUT);
    assert_non_null(strstr(world->text, "over its time"));
    assert_int_equal(world->cancelled, 1);
}

static void a_finished_wait_of_a_stopped_task_does_nothing(void **state)
{
    struct world *world = *state;
    world->options.task_deadline_ms = 20;
    world->forgetful = true;
    world_finish(world, parking);
    assert_int_equal(world->end, TASK_STOPPED);
    world_unpark(world, "late", false);
    assert_int_equal(world->ended, 1);
}

static void a_busy_task_over_its_deadline_is_stopped(void **state)
{
    struct world *world = *state;
    world->options.task_deadline_ms = 20;
    world->options.instruction_limit = INT64_MAX;
    world_finish(world, "return function() while true do end end");
    assert_int_equal(world->status, STATUS_TIMEOUT);
}

static void nothing_can_wait_while_scripts_are_loaded(void **state)
{
    struct world *world = *state;
    world_write(world, "routes/main.lua", "require('orderd.test').park()");
    assert_int_equal(world_load(world), STATUS_INVALID);
    assert_non_null(strstr(world->fault.text, "while the scripts are being loaded"));
}

static void nothing_can_wait_inside_a_scripts_own_coroutine(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function() return coroutine.wrap(test.park)() end");
    assert_int_equal(world->end, TASK_RAISED);
    assert_non_null(strstr(world->text, "inside a coroutine that a script made"));
}

static void nothing_can_wait_inside_a_sort(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function() table.sort({1, 2}, test.park) end");
    assert_int_equal(world->end, TASK_RAISED);
    assert_non_null(strstr(world->text, "function that C calls"));
}

static void a_task_cannot_yield_to_the_host(void **state)
{
    struct world *world = *state;
    world_finish(world, "return function() coroutine.yield() end");
    assert_int_equal(world->end, TASK_RAISED);
    assert_non_null(strstr(world->text, "outside a coroutine"));
}

static void a_waiting_task_cannot_be_resumed_or_closed_by_another(void **state)
{
    struct world *world = *state;
    world_script(world, "local waiting\n"
                        "local test = require('orderd.test')\n"
                        "return function()\n"
                        "  if not waiting then\n"
                        "    waiting = coroutine.running()\n"
                        "    return test.park()\n"
                        "  end\n"
                        "  local _, resumed = coroutine.resume(waiting)\n"
                        "  local _, closed = pcall(coroutine.close, waiting)\n"
                        "  return resumed .. ', ' .. closed\n"
                        "end");
    world_run(world);
    world_run(world);
    assert_string_equal(world->text,
                        "cannot resume non-suspended coroutine, cannot close a normal coroutine");
    world_unpark(world, "its own", false);
    assert_string_equal(world->text, "its own");
}

static void a_task_knows_its_trace(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function() return table.concat({test.trace()}, ' ') end");
    assert_string_equal(world->text, "0123456789abcdef0123456789abcdef "
                                     "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01");
}

static void closing_variables_are_closed_when_a_task_raises(void **state)
{
    struct world *world = *state;
    world_finish(world, "local closed = 0\n"
                        "return function()\n"
                        "  if closed > 0 then return closed end\n"
                        "  local x <close> = setmetatable({}, {__close = function()\n"
                        "    closed = closed + 1 end})\n"
                        "  error('once')\n"
                        "end");
    assert_int_equal(world->end, TASK_RAISED);
    assert_non_null(strstr(world->text, "once"));
    world_finish(world, NULL);
    assert_string_equal(world->text, "1");
}

/* ---- holding ---- */

static void assert_let_go(const struct world *world, int count)
{
    assert_int_equal(world->let_go_when_done, count);
    assert_int_equal(world->let_go, count);
}

static void what_a_task_holds_is_let_go_when_it_returns(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "local kept = {}\n"
                        "return function()\n"
                        "  kept[1], kept[2] = test.hold(), test.hold()\n"
                        "  return test.let_go()\n"
                        "end");
    assert_string_equal(world->text, "0");
    assert_let_go(world, 2);
}

static void what_a_task_holds_is_let_go_when_it_raises(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function() local x <close> = test.hold(); error('broken') end");
    assert_int_equal(world->end, TASK_RAISED);
    assert_let_go(world, 1);
}

static void what_a_task_holds_is_let_go_when_it_is_stopped(void **state)
{
    struct world *world = *state;
    world->options.task_deadline_ms = 20;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function() local x = test.hold(); test.park(); return x end");
    assert_int_equal(world->end, TASK_STOPPED);
    assert_let_go(world, 1);
}

static void what_a_task_holds_is_let_go_when_its_vm_is_freed(void **state)
{
    struct world *world = *state;
    world_script(world, "local test = require('orderd.test')\n"
                        "return function() local x = test.hold(); test.park(); return x end");
    world_run(world);
    assert_int_equal(world->let_go, 0);
    vm_free(&world->vm);
    assert_let_go(world, 1);
}

static void what_is_closed_or_collected_is_let_go_before_the_end(void **state)
{
    struct world *world = *state;
    world_finish(world, "local test = require('orderd.test')\n"
                        "return function()\n"
                        "  local first = test.hold()\n"
                        "  do local middle <close> = test.hold() end\n"
                        "  local last = test.hold()\n"
                        "  local closed = test.let_go()\n"
                        "  last = nil\n"
                        "  test.collect()\n"
                        "  return closed .. ' ' .. test.let_go(), first\n"
                        "end");
    assert_string_equal(world->text, "1 2");
    assert_let_go(world, 3);
}

static void a_task_lets_go_of_its_own_only(void **state)
{
    struct world *world = *state;
    world_script(world, "local test = require('orderd.test')\n"
                        "local first = true\n"
                        "return function()\n"
                        "  local x = test.hold()\n"
                        "  if first then first = false; test.park() end\n"
                        "  return x\n"
                        "end");
    world_run(world);
    world_run(world);
    assert_let_go(world, 1);
    world_unpark(world, "go on", false);
    assert_let_go(world, 2);
}

/* ---- retiring and freeing ---- */

static void on_retired(struct vm *vm, void *arg)
{
    struct world *world = arg;
    assert_ptr_equal(vm, world->vm);
    vm_free(&world->vm);
}

static void a_retired_vm_lets_its_tasks_finish(void **state)
{
    struct world *world = *state;
    world_script(world, parking);
    world_run(world);
    vm_retire(world->vm, on_retired, world);
    world_turn(world);
    assert_non_null(world->vm);
    world_unpark(world, "last", false);
    assert_string_equal(world->text, "last");
    world_turn(world);
    assert_null(world->vm);
}

static void a_retired_vm_without_tasks_is_gone_in_the_next_turn(void **state)
{
    struct world *world = *state;
    world_script(world, parking);
    vm_retire(world->vm, on_retired, world);
    assert_non_null(world->vm);
    world_turn(world);
    assert_null(world->vm);
}

static void a_retired_vm_waits_for_operations_that_outlive_their_task(void **state)
{
    struct world *world = *state;
    world->options.task_deadline_ms = 20;
    world->forgetful = true;
    world_finish(world, parking);
    vm_retire(world->vm, on_retired, world);
    world_turn(world);
    assert_non_null(world->vm);
    world_unpark(world, "late", false);
    world_turn(world);
    assert_null(world->vm);
}

static void a_freed_vm_ends_its_tasks_and_cancels_their_operations(void **state)
{
    struct world *world = *state;
    world_script(world, parking);
    world_run(world);
    vm_free(&world->vm);
    assert_int_equal(world->ended, 1);
    assert_int_equal(world->end, TASK_STOPPED);
    assert_int_equal(world->status, STATUS_UNAVAILABLE);
    assert_int_equal(world->cancelled, 1);
}

static void an_operation_may_outlive_its_vm(void **state)
{
    struct world *world = *state;
    world->forgetful = true;
    world_script(world, parking);
    world_run(world);
    vm_free(&world->vm);
    world_unpark(world, "late", false);
    assert_int_equal(world->ended, 1);
}

static void nothing_runs_when_no_task_runs(void **state)
{
    struct world *world = *state;
    char name[128];
    int64_t since_us;
    world_finish(world, "return function() end");
    assert_false(vm_running(world->vm, name, &since_us));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_task_returns_what_its_function_returns),
        TEST(a_task_that_raises_ends_with_its_error_and_a_traceback),
        TEST(an_operation_that_finishes_at_once_yields_nothing),
        TEST(an_operation_that_fails_at_once_can_be_caught),
        TEST(a_task_waits_and_goes_on),
        TEST(an_operation_may_raise_in_its_task),
        TEST(a_task_waits_inside_pcall_and_iterators),
        TEST(a_wait_that_ends_while_another_task_runs_goes_on_later),
        TEST(a_wait_that_fails_while_another_task_runs_raises_later),
        TEST(a_task_started_by_a_task_runs_after_it),
        TEST(there_is_a_limit_to_tasks),
        TEST(a_task_over_its_deadline_is_stopped_and_its_operation_cancelled),
        TEST(a_finished_wait_of_a_stopped_task_does_nothing),
        TEST(a_busy_task_over_its_deadline_is_stopped),
        TEST(nothing_can_wait_while_scripts_are_loaded),
        TEST(nothing_can_wait_inside_a_scripts_own_coroutine),
        TEST(nothing_can_wait_inside_a_sort),
        TEST(a_task_cannot_yield_to_the_host),
        TEST(a_waiting_task_cannot_be_resumed_or_closed_by_another),
        TEST(a_task_knows_its_trace),
        TEST(closing_variables_are_closed_when_a_task_raises),
        TEST(what_a_task_holds_is_let_go_when_it_returns),
        TEST(what_a_task_holds_is_let_go_when_it_raises),
        TEST(what_a_task_holds_is_let_go_when_it_is_stopped),
        TEST(what_a_task_holds_is_let_go_when_its_vm_is_freed),
        TEST(what_is_closed_or_collected_is_let_go_before_the_end),
        TEST(a_task_lets_go_of_its_own_only),
        TEST(a_retired_vm_lets_its_tasks_finish),
        TEST(a_retired_vm_without_tasks_is_gone_in_the_next_turn),
        TEST(a_retired_vm_waits_for_operations_that_outlive_their_task),
        TEST(a_freed_vm_ends_its_tasks_and_cancels_their_operations),
        TEST(an_operation_may_outlive_its_vm),
        TEST(nothing_runs_when_no_task_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
