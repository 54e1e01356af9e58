/* Instructions and time: what code may use up, and how it is stopped when that is gone.
 *
 * A count hook looks every BUDGET_STEP instructions. Coroutines that scripts make inherit it, and
 * all of them draw on the one budget of the code that runs now. Work in C is taken off by those who
 * do it (bounded_*.c, pattern.c) and by the allocator.
 *
 * Code that is stopped must not catch its own stop: from then on the hook fires at every
 * instruction and raises again, until nothing of it is left. Lua turns hooks off while a hook runs
 * and during finalizers, so no script's code may run there: xpcall's handlers are kept away from a
 * stop, a coroutine that was stopped is never closed but left to the collector, and scripts have no
 * finalizers (sandbox.c, coroutine.c, task.c). */
#include "host/vm_private.h"

#include "base/clock.h"

enum { BYTES_AN_INSTRUCTION = 16 };

static void hook(lua_State *L, lua_Debug *ar);

void budget_watch(lua_State *L)
{
    lua_sethook(L, hook, LUA_MASKCOUNT, BUDGET_STEP);
}

void budget_stop(struct vm *vm, enum status why)
{
    if (!vm->budget.stop)
        vm->budget.stop = why;
}

static const char *stop_text(const struct vm *vm)
{
    return vm->budget.stop == STATUS_TIMEOUT ? "stopped: over its time"
                                             : "stopped: over its instruction budget";
}

static void raise_stop(lua_State *L, int level)
{
    lua_sethook(L, hook, LUA_MASKCOUNT, 1);
    luaL_where(L, level);
    lua_pushstring(L, stop_text(vm_of(L)));
    lua_concat(L, 2);
    lua_error(L);
}

static bool is_over(struct vm *vm)
{
    struct budget *budget = &vm->budget;
    if (budget->left < 0)
        budget_stop(vm, STATUS_LIMIT);
    else if (budget->deadline_us != INT64_MAX && clock_monotonic_us() > budget->deadline_us)
        budget_stop(vm, STATUS_TIMEOUT);
    return budget->stop != STATUS_OK;
}

static void hook(lua_State *L, lua_Debug *ar)
{
    struct vm *vm = vm_of(L);
    (void)ar;
    int step = lua_gethookcount(L);
    vm->budget.left -= step;
    if (vm->budget.stop || is_over(vm))
        raise_stop(L, 0);
    if (step != BUDGET_STEP)
        budget_watch(L); /* what was stopped here has been dealt with */
}

void budget_check(lua_State *L)
{
    struct vm *vm = vm_of(L);
    if (vm->budget.stop || vm->budget.left < 0) {
        budget_stop(vm, STATUS_LIMIT);
        raise_stop(L, 1);
    }
}

void budget_charge(lua_State *L, int64_t instructions)
{
    struct budget *budget = &vm_of(L)->budget;
    budget->left = instructions > budget->left ? -1 : budget->left - instructions;
    budget_check(L);
}

void budget_charge_bytes(lua_State *L, size_t bytes)
{
    budget_charge(L, (int64_t)(bytes / BYTES_AN_INSTRUCTION));
}

void task_charge(lua_State *L, int64_t instructions)
{
    budget_charge(L, instructions);
}

/* ---- a budget inside the budget ---- */

static enum status call_status(int called, enum status stopped)
{
    if (stopped != STATUS_OK)
        return stopped;
    if (called == LUA_OK)
        return STATUS_OK;
    return called == LUA_ERRMEM ? STATUS_LIMIT : STATUS_INTERNAL;
}

enum status task_call_bounded(lua_State *L, int arguments, int results, int64_t instructions)
{
    struct vm *vm = vm_of(L);
    struct budget outer = vm->budget;
    budget_check(L);
    vm->budget.left = instructions < outer.left ? instructions : outer.left;
    int64_t given = vm->budget.left;
    budget_watch(L);
    int called = lua_pcall(L, arguments, results, 0);
    enum status stopped = vm->budget.stop;
    int64_t used = given - vm->budget.left;
    vm->budget.left = outer.left - used;
    if (stopped == STATUS_LIMIT && vm->budget.left >= 0)
        vm->budget.stop = outer.stop; /* the inner one alone was used up */
    if (!vm->budget.stop)
        budget_watch(L);
    return call_status(called, stopped == STATUS_TIMEOUT ? STATUS_LIMIT : stopped);
}
