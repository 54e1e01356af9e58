/* What a Lua state is made of, for the files of this room. Everything but `heap.used`, `active` and
 * `running` belongs to the vm's thread alone. */
#ifndef HOST_VM_PRIVATE_H
#define HOST_VM_PRIVATE_H

#include "host/task.h"
#include "host/vm.h"

#include <lauxlib.h>
#include <stdatomic.h>

enum { RUNNING_NAME_SIZE = 128, RUNNING_NAME_WORDS = RUNNING_NAME_SIZE / 8 };

/* The memory of one state: every byte of Lua's goes through here. */
struct heap {
    atomic_size_t used; /* written by the vm's thread, read by any */
    size_t limit;
};

/* What the code that runs now may still use up. */
struct budget {
    int64_t left;        /* instructions */
    int64_t deadline_us; /* clock_monotonic_us; INT64_MAX for none */
    enum status stop;    /* why everything raises; STATUS_OK while it runs on */
};

/* Who runs now, for the watchdog. The name is kept in words, so that a reader in another thread
 * sees some bytes of it, at worst of two names, and never races. */
struct running {
    atomic_int_least64_t since_us; /* 0 when nothing runs */
    _Atomic uint64_t name[RUNNING_NAME_WORDS];
};

struct task_queue {
    struct task *first;
    struct task **end;
};

struct vm {
    lua_State *L;
    struct bundle *bundle;
    struct vm_options options;
    char *pure; /* a copy: scripts may still be loaded while tasks run */
    bool loading;
    const char *entry; /* path of the script that is, or was last, run at load */
    bool freeing;

    struct heap heap;
    struct budget budget;

    struct event_base *base;
    struct event *turn; /* runs what could not run at once */
    const struct timeval *deadline;

    struct task *current;
    struct task *tasks; /* under way, in no order */
    struct task *idle;  /* to be used again */
    size_t idle_count;
    struct task_queue ready; /* under way, to be gone on with in the next turn */
    atomic_size_t active;
    struct wait *waits; /* whose wait_finish has not come */
    int closing;        /* coroutines that are being closed, one inside the other */

    void (*retired)(struct vm *vm, void *arg); /* NULL unless asked to retire */
    void *retired_arg;

    struct running running;
};

/* ---- heap.c ---- */
void *heap_resize(void *vm, void *block, size_t old_size, size_t new_size);

/* ---- budget.c ---- */
enum { BUDGET_STEP = 1000 }; /* instructions between two looks */

/* Has the state and every coroutine that is made from it counted. */
void budget_watch(lua_State *L);
/* Takes what C is about to do, or did, off the budget; raises when nothing is left. */
void budget_charge(lua_State *L, int64_t instructions);
/* The same for work on bytes, which a processor takes many of at a time. */
void budget_charge_bytes(lua_State *L, size_t bytes);
/* Raises when the code that runs has been stopped. */
void budget_check(lua_State *L);
void budget_stop(struct vm *vm, enum status why);

/* ---- task.c, task_run.c, wait.c ---- */
/* Ends the tasks that are under way, as STATUS_UNAVAILABLE, and forgets the pool. */
void tasks_free(struct vm *vm);
void tasks_turn(struct vm *vm);
void waits_free(struct vm *vm);

/* ---- vm.c ---- */
void vm_wake(struct vm *vm);
/* To be called when no task runs any more, and before any has: it puts the budget out of force, and
 * sees whether a vm that is to retire is empty. */
void vm_settle(struct vm *vm);

/* ---- load.c ---- */
/* Runs what the options' entries name; the state is protected by the caller. */
void load_entries(lua_State *L);
int load_require(lua_State *L);
/* "scripts/routes/orders.lua:12: text" becomes the two parts of a fault. A message that names no
 * place is put down to the entry that was being loaded. */
void load_fault(const struct vm *vm, const char *message, struct fault *fault);

/* ---- sandbox.c ---- */
void sandbox_open(lua_State *L);
void sandbox_push_environment(lua_State *L, bool pure);
/* The text of a task that was stopped from outside. Allocates nothing, never raises. */
void sandbox_push_stopped(lua_State *L);
/* Replaces the table on the top with a view of it that cannot be changed. */
void sandbox_seal(lua_State *L, const char *name);

/* ---- bounded.c ---- */
/* Puts each function before the one of that name in the table on the top; Lua's must be a plain
 * function, without upvalues. */
void bounded_wrap(lua_State *L, const luaL_Reg *functions);
/* Calls the function that the one which runs was put before. */
int bounded_go_on(lua_State *L);
/* To be put before what goes through the texts that it is given: pays for all their bytes. */
int bounded_by_texts(lua_State *L);

/* ---- the libraries that are our own: each leaves a table ---- */
int open_bounded_string(lua_State *L);
int open_bounded_table(lua_State *L);
int open_bounded_utf8(lua_State *L);
int open_coroutine(lua_State *L);

#endif
