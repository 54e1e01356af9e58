/* Tasks: taken from the pool, started, ended, given back; and what a task tells of itself. */
#include "host/task_private.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDLE_LIMIT = 256 }; /* kept for use; what a burst made beyond that is given back */

/* ---- lists ---- */

static void task_link(struct task *task)
{
    struct vm *vm = task->vm;
    task->next = vm->tasks;
    task->place = &vm->tasks;
    if (task->next)
        task->next->place = &task->next;
    vm->tasks = task;
    atomic_store_explicit(&vm->active, vm_tasks(vm) + 1, memory_order_relaxed);
}

static void task_unlink(struct task *task)
{
    struct vm *vm = task->vm;
    *task->place = task->next;
    if (task->next)
        task->next->place = task->place;
    task->next = NULL;
    atomic_store_explicit(&vm->active, vm_tasks(vm) - 1, memory_order_relaxed);
}

void task_ready(struct task *task, enum task_state state)
{
    struct vm *vm = task->vm;
    task->state = state;
    task->next_ready = NULL;
    *vm->ready.end = task;
    vm->ready.end = &task->next_ready;
    vm_wake(vm);
}

static struct task *ready_take(struct vm *vm)
{
    struct task *task = vm->ready.first;
    if (!task)
        return NULL;
    vm->ready.first = task->next_ready;
    if (!vm->ready.first)
        vm->ready.end = &vm->ready.first;
    return task;
}

void tasks_turn(struct vm *vm)
{
    struct task *task;
    while ((task = ready_take(vm)) != NULL)
        task_resume(task);
}

/* ---- coroutines ---- */

/* The task at 1. Its registry entry is what keeps the coroutine alive. */
static int make_coroutine(lua_State *L)
{
    struct task *task = lua_touserdata(L, 1);
    lua_State *made = lua_newthread(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, task);
    task->L = made;
    return 0;
}

static bool has_coroutine(struct task *task)
{
    lua_State *main = task->vm->L;
    if (task->L) {
        budget_watch(task->L);
        return true;
    }
    lua_pushcfunction(main, make_coroutine);
    lua_pushlightuserdata(main, task);
    if (lua_pcall(main, 1, 0, 0) != LUA_OK)
        lua_pop(main, 1);
    return task->L;
}

/* Setting an entry to nil that is there allocates nothing. */
static void drop_coroutine(struct task *task)
{
    if (!task->L)
        return;
    lua_pushnil(task->vm->L);
    lua_rawsetp(task->vm->L, LUA_REGISTRYINDEX, task);
    task->L = NULL;
}

/* ---- the pool ---- */

static void task_free(struct task *task)
{
    if (task->deadline)
        event_free(task->deadline);
    free(task);
}

static struct task *task_take(struct vm *vm)
{
    struct task *task = vm->idle;
    if (!task) {
        task = memory_new(sizeof(*task));
        task->vm = vm;
    } else {
        vm->idle = task->next;
        vm->idle_count--;
    }
    task_link(task);
    return task;
}

static void task_give_back(struct task *task)
{
    struct vm *vm = task->vm;
    task_unlink(task);
    task->state = TASK_IDLE;
    if (vm->idle_count >= IDLE_LIMIT) {
        drop_coroutine(task);
        task_free(task);
        return;
    }
    task->next = vm->idle;
    vm->idle = task;
    vm->idle_count++;
}

/* ---- starting ---- */

static void copy_text(char *to, size_t size, const char *text)
{
    size_t length = text ? strnlen(text, size - 1) : 0;
    if (length > 0)
        memcpy(to, text, length);
    to[length] = '\0';
}

static void task_fill(struct task *task, const struct task_start *start)
{
    struct vm *vm = task->vm;
    task->prepare = start->prepare;
    task->done = start->done;
    task->arg = start->arg;
    copy_text(task->name, sizeof(task->name), start->name);
    copy_text(task->trace_id, sizeof(task->trace_id), start->trace_id);
    copy_text(task->traceparent, sizeof(task->traceparent), start->traceparent);
    task->budget = (struct budget){
        .left = vm->options.instruction_limit,
        .deadline_us = clock_monotonic_us() + vm->options.task_deadline_ms * INT64_C(1000),
    };
}

enum status task_start(struct vm *vm, const struct task_start *start)
{
    if (vm->freeing || !vm->base || vm_tasks(vm) >= vm->options.task_limit)
        return STATUS_LIMIT;
    struct task *task = task_take(vm);
    if (!has_coroutine(task)) {
        task_give_back(task);
        return STATUS_LIMIT;
    }
    task_fill(task, start);
    if (vm->current) {
        task_ready(task, TASK_STARTED); /* one task at a time: this one when that one waits */
    } else {
        task->state = TASK_STARTED;
        task_resume(task);
    }
    return STATUS_OK;
}

/* ---- holding ---- */

void task_hold(lua_State *L, struct task_hold *hold, void (*let_go)(struct task_hold *hold))
{
    struct task *task = task_of(L);
    hold->let_go = let_go;
    hold->next = task->holds;
    hold->place = &task->holds;
    if (hold->next)
        hold->next->place = &hold->next;
    task->holds = hold;
}

void task_let_go(struct task_hold *hold)
{
    if (!hold->place)
        return;
    *hold->place = hold->next;
    if (hold->next)
        hold->next->place = hold->place;
    hold->place = NULL;
    hold->let_go(hold);
}

/* ---- ending ---- */

/* A coroutine at 1, as light userdata. */
static int make_traceback(lua_State *L)
{
    luaL_traceback(L, lua_touserdata(L, 1), NULL, 0);
    return 1;
}

static char *traceback_of(const struct task *task)
{
    static const char none[] = "no memory is left for a traceback";
    lua_State *main = task->vm->L;
    lua_pushcfunction(main, make_traceback);
    lua_pushlightuserdata(main, task->L);
    size_t length = 0;
    const char *text = lua_pcall(main, 1, 1, 0) == LUA_OK ? lua_tolstring(main, -1, &length) : NULL;
    char *copy = text ? memory_text(text, length) : memory_text(none, strlen(none));
    lua_pop(main, 1);
    return copy;
}

static struct task_result result_of(const struct task *task, int resumed, int count)
{
    enum status stop = task->budget.stop;
    if (stop == STATUS_OK && resumed == LUA_ERRMEM)
        stop = STATUS_LIMIT;
    struct task_result result = {.L = task->L, .status = stop};
    if (stop != STATUS_OK) {
        result.end = TASK_STOPPED;
    } else if (resumed == LUA_OK) {
        result.end = TASK_RETURNED;
        result.count = count;
    } else {
        result.end = TASK_RAISED;
        result.status = STATUS_INTERNAL;
    }
    return result;
}

/* What a stopped task leaves is a text, whatever its code has made of it. Allocates nothing. */
static void settle_value(const struct task *task, const struct task_result *result)
{
    if (result->end == TASK_STOPPED && lua_type(task->L, -1) != LUA_TSTRING)
        sandbox_push_stopped(task->L);
}

/* A coroutine that ended in a hook has its hooks turned off for good (budget.c), and one that was
 * stopped has code left that must not run: such are left to the collector. */
static void clear_coroutine(struct task *task, const struct task_result *result)
{
    if (result->end == TASK_STOPPED || task->budget.stop)
        drop_coroutine(task);
    else
        lua_settop(task->L, 0);
}

void task_end(struct task *task, int resumed, int count)
{
    struct vm *vm = task->vm;
    if (task->wait)
        wait_abandon(task->wait);
    if (task->armed)
        event_del(task->deadline);
    task->armed = false;
    while (task->holds)
        task_let_go(task->holds);
    task->state = TASK_ENDING;
    struct task_result result = result_of(task, resumed, count);
    char *traceback = result.end == TASK_RETURNED ? NULL : traceback_of(task);
    if (result.end == TASK_RAISED)
        task_unwind(task);
    settle_value(task, &result);
    result.traceback = traceback;
    task->done(&result, task->arg);
    free(traceback);
    clear_coroutine(task, &result);
    task_give_back(task);
    vm_settle(vm);
}

/* The loop has ended for good: whoever waits for a task is told, and the operations that tasks
 * wait for are given up. */
void tasks_free(struct vm *vm)
{
    while (vm->tasks) {
        struct task *task = vm->tasks;
        /* task_end takes it off the list. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        task->budget.stop = STATUS_UNAVAILABLE;
        sandbox_push_stopped(task->L);
        task_end(task, LUA_YIELD, 0);
    }
    while (vm->idle) {
        struct task *task = vm->idle;
        vm->idle = task->next;
        task_free(task);
    }
}

/* ---- what a task tells ---- */

struct task *task_of(lua_State *L)
{
    return vm_of(L)->current;
}

const char *task_trace_id(const struct task *task)
{
    return task->trace_id;
}

const char *task_traceparent(const struct task *task)
{
    return task->traceparent;
}

void *task_arg(const struct task *task)
{
    return task->arg;
}
