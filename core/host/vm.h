/* One Lua state made from a bundle, with its sandbox, its caps and its tasks.
 *
 * Life: vm_new builds it in any thread and runs the entry scripts (routes/, hooks/, ... declare
 * what they serve). vm_attach hands it to the thread of an event loop, which alone uses it from
 * then on. vm_retire, after a newer one has taken over, lets its tasks finish; `retired` runs from
 * the loop when none is left and no operation of theirs is under way any more, and vm_free may be
 * called, there and then or in any thread. */
#ifndef HOST_VM_H
#define HOST_VM_H

#include "base/status.h"
#include "host/bundle.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct vm;

/* A module that scripts get with require(name): the open function leaves it on the stack. A table
 * is handed out behind a view that cannot be changed. */
struct vm_module {
    const char *name; /* "orderd.json" */
    lua_CFunction open;
};

struct vm_options {
    size_t memory_limit;             /* bytes of the whole state */
    int64_t instruction_limit;       /* of one task */
    int task_deadline_ms;            /* of one task, waiting included */
    size_t task_limit;               /* tasks at a time */
    uint64_t generation;             /* of the bundle: 1, 2, ... */
    const struct vm_module *modules; /* ends with a NULL name; outlives the vm */
    const char *const *entries; /* directories whose scripts are run: "routes", ...; NULL ends */
    /* Scripts of this directory ("policies") get an environment of pure functions only: no require,
     * nothing that waits, sends or can change what others see. NULL: none. */
    const char *pure;
    void *context; /* what vm_context gives to the modules */
};

/* STATUS_INVALID with where "scripts/routes/orders.lua:12" when a script does not load. */
MUST_CHECK enum status vm_new(struct bundle *bundle, const struct vm_options *options,
                              struct vm **vm, struct fault *fault);
/* Unless the vm has retired, in its own thread, with its loop ended for good and its event_base not
 * yet freed: the operations of tasks that are under way are cancelled, and their `done` is told
 * STATUS_UNAVAILABLE. NULL is nothing to free. */
void vm_free(struct vm **vm);

void vm_attach(struct vm *vm, struct event_base *base);
void vm_retire(struct vm *vm, void (*retired)(struct vm *vm, void *arg), void *arg);

struct vm *vm_of(lua_State *L);
void *vm_context(const struct vm *vm);
struct event_base *vm_base(const struct vm *vm); /* NULL before vm_attach */
const struct bundle *vm_bundle(const struct vm *vm);
uint64_t vm_generation(const struct vm *vm);
lua_State *vm_state(const struct vm *vm); /* the main state: only while no task runs */

/* Pushes what the script of this module returned, or nil when it is not in the bundle or has not
 * been loaded. Entry scripts are loaded modules, too. */
void vm_push_module(lua_State *L, const char *module);

/* Whether the entry scripts are still being run, in which no task runs yet. */
bool vm_loading(const struct vm *vm);
/* Raises a Lua error unless the entry scripts are still being run: for what may only be declared
 * at load time (`http.get`, `hook.on`). `what` names it. */
void vm_check_loading(lua_State *L, const char *what);

/* Bytes now in use, and tasks under way. Any thread (relaxed). */
size_t vm_memory(const struct vm *vm);
size_t vm_tasks(const struct vm *vm);

/* What this vm is running right now, for a watchdog in another thread: fills the name of the task
 * and since when (clock_monotonic_us), or returns false when it is not running any Lua. */
bool vm_running(const struct vm *vm, char name[128], int64_t *since_us);

#endif
