/* What other threads may do with a vm: look at it, and build it for the thread that will use it. */
#include "world.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

struct watcher {
    struct vm *vm;
    atomic_bool seen; /* the task has been seen running, under its name */
    atomic_bool end;
};

static void *watch(void *arg)
{
    struct watcher *watcher = arg;
    while (!atomic_load(&watcher->end)) {
        char name[128];
        int64_t since_us;
        if (vm_memory(watcher->vm) > 0 && vm_tasks(watcher->vm) > 0 &&
            vm_running(watcher->vm, name, &since_us) && strcmp(name, "a task to watch") == 0)
            atomic_store(&watcher->seen, true);
        sched_yield();
    }
    return NULL;
}

/* Goes round until the other thread has seen it. */
static int wait_seen(lua_State *L)
{
    struct watcher *watcher = lua_touserdata(L, 1);
    while (!atomic_load(&watcher->seen))
        sched_yield();
    return 0;
}

static int prepare(lua_State *L, void *arg)
{
    lua_pushcfunction(L, wait_seen);
    lua_pushlightuserdata(L, arg);
    return 1;
}

static void done(const struct task_result *result, void *arg)
{
    (void)arg;
    assert_int_equal(result->end, TASK_RETURNED);
}

static void another_thread_sees_who_runs(void **state)
{
    struct world *world = *state;
    pthread_t thread;
    world_script(world, "return function() end");
    struct watcher watcher = {.vm = world->vm};
    const struct task_start start = {
        .name = "a task to watch", .prepare = prepare, .done = done, .arg = &watcher};
    assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
    for (int i = 0; i < 100; i++)
        world_run(world);
    assert_int_equal(task_start(world->vm, &start), STATUS_OK);
    atomic_store(&watcher.end, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(atomic_load(&watcher.seen));
}

static void *load(void *arg)
{
    struct world *world = arg;
    world->started = world_load(world);
    return NULL;
}

static void a_vm_may_be_built_in_another_thread(void **state)
{
    struct world *world = *state;
    pthread_t thread;
    world_write(world, "routes/main.lua", "return function() return 'here' end");
    assert_int_equal(pthread_create(&thread, NULL, load, world), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(world->started, STATUS_OK);
    world_finish(world, NULL);
    assert_string_equal(world->text, "here");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_open, world_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(another_thread_sees_who_runs),
        TEST(a_vm_may_be_built_in_another_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
