/* Tasks and waits from the inside, for the files that run them. */
#ifndef HOST_TASK_PRIVATE_H
#define HOST_TASK_PRIVATE_H

#include "base/trace.h"
#include "host/vm_private.h"

/* Which list a task is on, and who moves it from there. */
enum task_state {
    TASK_IDLE,    /* vm->idle: free for use */
    TASK_STARTED, /* vm->tasks and vm->ready: has not run yet */
    TASK_RUNNING, /* vm->tasks: is vm->current */
    TASK_WAITING, /* vm->tasks: wait_finish or the deadline moves it on */
    TASK_WOKEN,   /* vm->tasks and vm->ready: its wait has finished, with results kept */
    TASK_ENDING,  /* vm->tasks: `done` runs */
};

struct task {
    struct task *next, **place; /* vm->tasks, or vm->idle by `next` alone */
    struct task *next_ready;
    struct vm *vm;
    lua_State *L; /* anchored in the registry under the task's address; NULL: to be made */
    enum task_state state;
    struct wait *wait; /* that it has begun or stands in */
    struct task_hold *holds;
    struct budget budget;
    struct event *deadline;
    bool armed;
    task_prepare *prepare;
    task_done *done;
    void *arg;
    char name[RUNNING_NAME_SIZE];
    char trace_id[TRACE_ID_SIZE];
    char traceparent[TRACE_PARENT_SIZE];
};

/* A wait lives from wait_begin to wait_finish, whatever becomes of its task and its vm meanwhile.
 */
enum wait_state {
    WAIT_BEGUN,    /* wait_yield has not come */
    WAIT_EARLY,    /* finished before wait_yield: the results are on the task's stack */
    WAIT_YIELDED,  /* the task waits */
    WAIT_KEPT,     /* finished while another task ran: the results are kept in the registry */
    WAIT_ORPHANED, /* the task is gone */
};

struct wait {
    struct wait *next, **place; /* vm->waits */
    struct vm *vm;              /* NULL: gone */
    struct task *task;          /* NULL: gone */
    enum wait_state state;
    void (*cancel)(void *arg);
    void *cancel_arg;
    wait_push *push;
    void *push_arg;
    int results; /* how many there are */
    bool raised; /* the one result is an error value */
};

/* ---- task.c ---- */
void task_ready(struct task *task, enum task_state state);
void task_end(struct task *task, int resumed, int count);

/* ---- task_run.c ---- */
void task_resume(struct task *task);
/* Closes the to-be-closed variables of a task that raised, on its own budget. The error value, or
 * that of a __close which raised in its turn, stays on the top. */
void task_unwind(struct task *task);

/* ---- wait.c ---- */
/* The task goes on, or ends, without it: the operation is asked to end. */
void wait_abandon(struct wait *wait);

#endif
