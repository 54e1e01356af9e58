/* Tasks: coroutines that the host runs. A C function that must wait begins a wait, starts the
 * operation, and yields; whoever finishes the operation finishes the wait, and the task goes on.
 *
 *     static int lua_get(lua_State *L)
 *     {
 *         struct wait *wait = wait_begin(L, NULL, NULL);   // raises where L may not wait
 *         repository_get(repository, &id, got, wait);      // got() calls wait_finish(wait, ...)
 *         return wait_yield(L, wait);
 *     }
 *
 * An operation may finish before wait_yield: then nothing yields. A task can end before its
 * operation does (its deadline passes, its state is freed): wait_finish is still called once, and
 * does nothing then.
 *
 * Between wait_begin and wait_yield the function raises nothing and leaves the stack alone. What it
 * left on the stack before stays there while the task waits: memory that the operation needs can
 * be a userdata there. */
#ifndef HOST_TASK_H
#define HOST_TASK_H

#include "host/vm.h"

#include <lua.h>

struct task;
struct wait;

enum task_end {
    TASK_RETURNED, /* results are on `L` */
    TASK_RAISED,   /* the error value is on the top of `L` */
    TASK_STOPPED,  /* over its instructions, memory or deadline; the error value is a text */
};

struct task_result {
    enum task_end end;
    /* STATUS_OK; STATUS_INTERNAL (raised); stopped: STATUS_LIMIT, STATUS_TIMEOUT, and
     * STATUS_UNAVAILABLE when its vm is freed. */
    enum status status;
    lua_State *L;          /* the task's own; read it in `done` only */
    int count;             /* results on the stack */
    const char *traceback; /* for the log, never for an answer; NULL when returned */
};

/* Runs exactly once, in the vm's thread. May run before task_start returns. */
typedef void task_done(const struct task_result *result, void *arg);

/* Pushes the function and its arguments on L and returns the number of arguments. Runs protected:
 * an error there ends the task as raised. */
typedef int task_prepare(lua_State *L, void *arg);

struct task_start {
    const char *name;     /* for logs and the watchdog: "GET /order/orders", "hook ask_release" */
    const char *trace_id; /* of its log lines; NULL for none. Both are copied. */
    const char *traceparent; /* for the calls that it makes; NULL for none. Copied. */
    task_prepare *prepare;
    task_done *done;
    void *arg;
};

/* In the vm's thread. Called while another task runs, it starts the new one in the loop's next
 * turn. STATUS_LIMIT: too many tasks, no memory for one more, or the vm is being freed; `done` does
 * not run then. */
MUST_CHECK enum status task_start(struct vm *vm, const struct task_start *start);

/* The task that runs L's code; NULL while scripts are being loaded. */
struct task *task_of(lua_State *L);
const char *task_trace_id(const struct task *task);    /* "" for none */
const char *task_traceparent(const struct task *task); /* "" for none */
/* What the task was started with: lets a module find its request or event. */
void *task_arg(const struct task *task);

/* Something that a task must not keep beyond its end, however it ends: part of a userdata that the
 * task has made. */
struct task_hold {
    struct task_hold *next, **place; /* the host's; NULL: let go */
    void (*let_go)(struct task_hold *hold);
};
/* From now on the running task holds it. Only inside a task. `let_go` runs once, in the vm's
 * thread, at the latest when the task ends, before its `done`; it may use nothing of Lua. */
void task_hold(lua_State *L, struct task_hold *hold, void (*let_go)(struct task_hold *hold));
/* Lets it go now; nothing when that has been done, or it was never held (all zero). */
void task_let_go(struct task_hold *hold);

/* Raises unless L is a task's own coroutine: not at load time, and not inside a coroutine that a
 * script made. `cancel`, when not NULL, is called when the task ends before the operation does; it
 * should see to it that the operation ends soon (and calls wait_finish, at once if it likes). */
struct wait *wait_begin(lua_State *L, void (*cancel)(void *arg), void *arg);
int wait_yield(lua_State *L, struct wait *wait);

/* Pushes the results and returns how many; may raise with lua_error to raise in the task. Runs
 * before wait_finish returns or not at all. `L` need not be the task's own. */
typedef int wait_push(lua_State *L, void *arg);
/* Exactly once for each wait, in the vm's thread. The task goes on before this returns; in the
 * loop's next turn when another task runs now. */
void wait_finish(struct wait *wait, wait_push *push, void *arg);

/* Takes what C is about to do, or did, for the code that runs off its budget, in instructions;
 * raises when nothing is left. For work that grows with what a script hands over, and that its
 * memory does not bound. */
void task_charge(lua_State *L, int64_t instructions);

/* lua_pcall with an instruction budget of its own inside the task's: what is over it, or raises,
 * ends here with STATUS_LIMIT or STATUS_INTERNAL and the error value on the stack. It must not
 * wait. Raises when the task itself has nothing left. Outside of tasks its own budget alone counts.
 */
MUST_CHECK enum status task_call_bounded(lua_State *L, int arguments, int results,
                                         int64_t instructions);

#endif
