/* A task's turns: into its coroutine and out again, to wait or to end. */
#include "host/task_private.h"

#include "base/clock.h"
#include "base/log.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

/* ---- in and out ---- */

static void show_running(struct vm *vm, const char *name)
{
    struct running *running = &vm->running;
    size_t words = strlen(name) / sizeof(uint64_t) + 1;
    for (size_t i = 0; i < words; i++) {
        uint64_t word;
        memcpy(&word, name + i * sizeof(word), sizeof(word));
        atomic_store_explicit(&running->name[i], word, memory_order_relaxed);
    }
    atomic_store_explicit(&running->since_us, clock_monotonic_us(), memory_order_relaxed);
}

static void enter(struct task *task)
{
    struct vm *vm = task->vm;
    vm->current = task;
    vm->budget = task->budget;
    task->state = TASK_RUNNING;
    show_running(vm, task->name);
    if (task->trace_id[0])
        log_set_trace(task->trace_id);
}

static void leave(struct task *task)
{
    struct vm *vm = task->vm;
    task->budget = vm->budget;
    vm_settle(vm);
    atomic_store_explicit(&vm->running.since_us, 0, memory_order_relaxed);
    if (task->trace_id[0])
        log_set_trace(NULL);
}

/* ---- the deadline ---- */

static void on_deadline(evutil_socket_t descriptor, short what, void *arg)
{
    struct task *task = arg;
    (void)descriptor;
    (void)what;
    task->armed = false;
    task->budget.stop = STATUS_TIMEOUT;
    if (task->state != TASK_WAITING)
        return; /* it goes on in this turn of the loop anyway */
    wait_abandon(task->wait);
    task_resume(task);
}

/* Once for a task, when it waits for the first time: most tasks never need a timer. */
static void arm(struct task *task)
{
    if (task->armed)
        return;
    if (!task->deadline)
        task->deadline = evtimer_new(task->vm->base, on_deadline, task);
    if (!task->deadline || evtimer_add(task->deadline, task->vm->deadline) != 0)
        abort(); /* no memory, as in base/memory.h */
    task->armed = true;
}

/* ---- running ---- */

static int finish_main(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    return lua_gettop(L);
}

/* The first function of every coroutine: what prepares the task is protected like the task. */
static int main_function(lua_State *L)
{
    struct task *task = vm_of(L)->current;
    int arguments = task->prepare(L, task->arg);
    /* Only the function and its arguments are to be on the stack. */
    lua_callk(L, arguments, LUA_MULTRET, 0, finish_main);
    return finish_main(L, LUA_OK, 0);
}

void task_resume(struct task *task)
{
    int count = 0;
    if (task->state == TASK_STARTED)
        lua_pushcfunction(task->L, main_function);
    enter(task);
    int resumed = lua_resume(task->L, task->vm->L, 0, &count);
    leave(task);
    if (resumed == LUA_YIELD) {
        task->state = TASK_WAITING;
        arm(task);
    } else {
        task_end(task, resumed, count);
    }
}

void task_unwind(struct task *task)
{
    enum task_state state = task->state;
    enter(task);
    (void)lua_resetthread(task->L); /* the status is that of the error value, which is known */
    leave(task);
    task->state = state;
}
