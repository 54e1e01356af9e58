/* The life of a Lua state: made and loaded in one thread, handed to another, retired, freed.
 *
 * `retired` runs from a turn of the loop of its own, never inside of a task's end, so that whoever
 * is told may free the vm at once. A vm counts as empty when it has neither tasks nor waits: an
 * operation that outlives its task still points into the vm. */
#include "host/task_private.h"
#include "host/vm_private.h"

#include "base/log.h"
#include "base/memory.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

/* Nothing of this room or the bindings runs Lua unprotected but where nothing can be raised. */
static int panic(lua_State *L)
{
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "no text";
    log_error("Lua raised where nothing protects it", LOG_TEXT("error", text));
    abort();
}

static int build(lua_State *L)
{
    sandbox_open(L);
    load_entries(L);
    return 0;
}

/* An error value as text, while the stack that raised it still stands. */
static int describe(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TSTRING)
        return 1;
    luaL_tolstring(L, 1, NULL);
    return 1;
}

static enum status load(struct vm *vm, struct fault *fault)
{
    lua_State *L = vm->L;
    vm->loading = true;
    lua_pushcfunction(L, describe);
    lua_pushcfunction(L, build);
    int built = lua_pcall(L, 0, 0, -2);
    vm->loading = false;
    enum status status = STATUS_OK;
    if (built != LUA_OK) {
        const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
        load_fault(vm, text, fault);
        status = STATUS_INVALID;
    }
    lua_settop(L, 0);
    vm_settle(vm);
    return status;
}

/* Every coroutine has a copy of its state's: the way from any L to its vm. */
static void *vm_extra(lua_State *L)
{
    _Static_assert(LUA_EXTRASPACE == sizeof(struct vm *), "room for one pointer");
    return lua_getextraspace(L);
}

static enum status open_state(struct vm *vm, struct fault *fault)
{
    vm->L = lua_newstate(heap_resize, vm);
    if (!vm->L)
        return fault_set(fault, STATUS_LIMIT, NULL, "%zu bytes are too few for a Lua state",
                         vm->options.memory_limit);
    memcpy(vm_extra(vm->L), &vm, LUA_EXTRASPACE);
    lua_atpanic(vm->L, panic);
    budget_watch(vm->L);
    return load(vm, fault);
}

enum status vm_new(struct bundle *bundle, const struct vm_options *options, struct vm **made,
                   struct fault *fault)
{
    struct vm *vm = memory_new(sizeof(*vm));
    vm->bundle = bundle_hold(bundle);
    vm->options = *options;
    vm->pure = options->pure ? memory_text(options->pure, strlen(options->pure)) : NULL;
    vm->heap.limit = options->memory_limit;
    vm->ready.end = &vm->ready.first;
    vm_settle(vm);
    enum status status = open_state(vm, fault);
    if (status == STATUS_OK)
        *made = vm;
    else
        vm_free(&vm);
    return status;
}

void vm_free(struct vm **vm)
{
    struct vm *gone = *vm;
    *vm = NULL;
    if (!gone)
        return;
    gone->freeing = true;
    tasks_free(gone);
    waits_free(gone);
    if (gone->turn)
        event_free(gone->turn);
    if (gone->L)
        lua_close(gone->L);
    bundle_release(&gone->bundle);
    free(gone->pure);
    free(gone);
}

/* ---- in a loop ---- */

static void retire(struct vm *vm)
{
    void (*retired)(struct vm *, void *) = vm->retired;
    vm->retired = NULL;
    tasks_free(vm); /* from here on nothing of the vm is known to the loop */
    event_free(vm->turn);
    vm->turn = NULL;
    retired(vm, vm->retired_arg);
}

static bool is_empty(const struct vm *vm)
{
    return !vm->tasks && !vm->waits;
}

static void on_turn(evutil_socket_t descriptor, short what, void *arg)
{
    struct vm *vm = arg;
    (void)descriptor;
    (void)what;
    tasks_turn(vm);
    if (vm->retired && is_empty(vm))
        retire(vm);
}

void vm_wake(struct vm *vm)
{
    if (vm->turn && !vm->freeing)
        event_active(vm->turn, 0, 0);
}

static struct timeval milliseconds(int ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000L};
}

void vm_attach(struct vm *vm, struct event_base *base)
{
    struct timeval deadline = milliseconds(vm->options.task_deadline_ms);
    vm->base = base;
    vm->turn = event_new(base, -1, 0, on_turn, vm);
    vm->deadline = event_base_init_common_timeout(base, &deadline);
    if (!vm->turn || !vm->deadline)
        abort(); /* no memory, as in base/memory.h */
}

void vm_retire(struct vm *vm, void (*retired)(struct vm *vm, void *arg), void *arg)
{
    vm->retired = retired;
    vm->retired_arg = arg;
    if (!vm->turn)
        retired(vm, arg); /* it has never been in a loop */
    else if (is_empty(vm))
        vm_wake(vm);
}

void vm_settle(struct vm *vm)
{
    vm->current = NULL;
    vm->budget = (struct budget){.left = INT64_MAX, .deadline_us = INT64_MAX};
    if (vm->retired && is_empty(vm))
        vm_wake(vm);
}

/* ---- what others ask ---- */

struct vm *vm_of(lua_State *L)
{
    struct vm *vm;
    memcpy(&vm, vm_extra(L), LUA_EXTRASPACE);
    return vm;
}

void *vm_context(const struct vm *vm)
{
    return vm->options.context;
}

struct event_base *vm_base(const struct vm *vm)
{
    return vm->base;
}

const struct bundle *vm_bundle(const struct vm *vm)
{
    return vm->bundle;
}

uint64_t vm_generation(const struct vm *vm)
{
    return vm->options.generation;
}

lua_State *vm_state(const struct vm *vm)
{
    return vm->L;
}

bool vm_loading(const struct vm *vm)
{
    return vm->loading;
}

void vm_check_loading(lua_State *L, const char *what)
{
    if (!vm_loading(vm_of(L)))
        luaL_error(L, "%s may only be called while the scripts are being loaded", what);
}

size_t vm_memory(const struct vm *vm)
{
    return atomic_load_explicit(&vm->heap.used, memory_order_relaxed);
}

size_t vm_tasks(const struct vm *vm)
{
    return atomic_load_explicit(&vm->active, memory_order_relaxed);
}

/* ---- who runs ---- */

bool vm_running(const struct vm *vm, char name[RUNNING_NAME_SIZE], int64_t *since_us)
{
    const struct running *running = &vm->running;
    *since_us = atomic_load_explicit(&running->since_us, memory_order_relaxed);
    if (*since_us == 0)
        return false;
    for (size_t i = 0; i < RUNNING_NAME_WORDS; i++) {
        uint64_t word = atomic_load_explicit(&running->name[i], memory_order_relaxed);
        memcpy(name + i * sizeof(word), &word, sizeof(word));
    }
    name[RUNNING_NAME_SIZE - 1] = '\0';
    return true;
}
