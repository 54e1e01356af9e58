/* Every allocation of a state may be the one that fails: a vm is made, runs tasks that wait and
 * raise, and is freed under caps that grow step by step. Each time it works or says why not. */
#include "world.h"

#include <stdio.h>

static const char script[] =
    "local test = require('orderd.test')\n"
    "local lib = require('lib.shared')\n"
    "return function(text)\n"
    "  local ok, why = pcall(error, {text})\n"
    "  local parked = test.park()\n"
    "  local all = lib.repeated(parked):gsub('%w+', function(w) return w .. '!' end)\n"
    "  local co = coroutine.wrap(function() coroutine.yield(#all) end)\n"
    "  co()\n"
    "  if #all % 2 == 1 then error('odd') end\n"
    "  return test.now(all:sub(1, 4))\n"
    "end\n";

static void run_some(struct world *world)
{
    for (int i = 0; i < 3; i++)
        world_run(world);
    while (world->parked)
        world_unpark(world, "a b", false);
    for (int i = 0; i < 3; i++)
        world_run(world);
}

/* A stack that cannot grow overflows, in Lua's words. */
static bool is_about_memory(const char *text)
{
    return strstr(text, "not enough memory") || strstr(text, "stack overflow");
}

/* What the last task ended with is one of what is allowed, or there was no task at all. */
static void check_end(const struct world *world)
{
    if (world->ended == 0)
        assert_int_equal(world->started, STATUS_LIMIT);
    else if (world->end == TASK_RAISED)
        assert_true(is_about_memory(world->text));
    else if (world->end == TASK_STOPPED)
        assert_int_equal(world->status, STATUS_LIMIT);
    else
        assert_string_equal(world->text, "a! b");
}

static void memory_may_end_anywhere(void **state)
{
    struct world *world = *state;
    int failed = 0, worked = 0;
    world_write(world, "lib/shared.lua",
                "return {repeated = function(t) return t .. ' ' .. t .. ' ' end}");
    world_write(world, "routes/main.lua", script);
    world->options.instruction_limit = INT64_MAX / 2;
    for (size_t cap = 512; cap < 120000 && worked < 100; cap += 97) {
        world->options.memory_limit = cap;
        world->ended = 0;
        if (world_load(world) != STATUS_OK) {
            assert_true(world->fault.text[0] != '\0');
            failed++;
            continue;
        }
        run_some(world);
        check_end(world);
        worked += world->ended > 0 && world->end == TASK_RETURNED;
        vm_free(&world->vm);
        while (world->parked)
            world_unpark(world, "late", false);
    }
    assert_true(failed > 50);
    assert_true(worked > 50);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(memory_may_end_anywhere)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
