/* Waits: from the operation that a task began to the task's going on. wait_finish may come before
 * the task has yielded, while it waits, while another task runs, or after it has ended. */
#include "host/task_private.h"

#include "base/memory.h"

#include <stdlib.h>

/* ---- making and freeing ---- */

static struct wait *wait_new(struct task *task)
{
    struct vm *vm = task->vm;
    struct wait *wait = memory_new(sizeof(*wait));
    wait->vm = vm;
    wait->task = task;
    wait->next = vm->waits;
    wait->place = &vm->waits;
    if (wait->next)
        wait->next->place = &wait->next;
    vm->waits = wait;
    task->wait = wait;
    return wait;
}

static void wait_free(struct wait *wait)
{
    if (wait->vm) {
        *wait->place = wait->next;
        if (wait->next)
            wait->next->place = wait->place;
    }
    if (wait->task)
        wait->task->wait = NULL;
    free(wait);
}

void waits_free(struct vm *vm)
{
    for (struct wait *wait = vm->waits; wait; wait = wait->next)
        wait->vm = NULL; /* its operation still knows it */
    vm->waits = NULL;
}

/* Setting what is not there to nil, or what is there, allocates nothing. */
static void forget_kept(struct wait *wait)
{
    lua_State *main = wait->vm->L;
    lua_pushnil(main);
    lua_rawsetp(main, LUA_REGISTRYINDEX, wait);
}

void wait_abandon(struct wait *wait)
{
    if (wait->state == WAIT_EARLY || wait->state == WAIT_KEPT) {
        forget_kept(wait);
        wait_free(wait);
        return;
    }
    wait->task->wait = NULL;
    wait->task = NULL;
    wait->state = WAIT_ORPHANED;
    if (wait->cancel)
        wait->cancel(wait->cancel_arg);
}

/* ---- the task's side ---- */

/* Raises unless L may wait; then it is the task's own. */
static void check_may_wait(lua_State *L, const struct task *task)
{
    if (!task && vm_loading(vm_of(L)))
        luaL_error(L, "nothing can wait while the scripts are being loaded");
    else if (!task)
        luaL_error(L, "nothing can wait here: this function must answer at once");
    else if (task->L != L)
        luaL_error(L, "nothing can wait inside a coroutine that a script made");
    else if (!lua_isyieldable(L))
        luaL_error(L, "nothing can wait inside a function that C calls (table.sort, string.gsub, "
                      "require, a policy)");
    budget_check(L);
    luaL_checkstack(L, 2 * LUA_MINSTACK, NULL);
}

struct wait *wait_begin(lua_State *L, void (*cancel)(void *arg), void *arg)
{
    struct task *task = vm_of(L)->current;
    check_may_wait(L, task);
    if (task->wait)
        wait_abandon(task->wait); /* an error came between wait_begin and wait_yield */
    struct wait *wait = wait_new(task);
    wait->cancel = cancel;
    wait->cancel_arg = arg;
    return wait;
}

/* Ends the wait, whose results, or error value, are on the top. */
static int take_early(lua_State *L, struct wait *wait)
{
    int results = wait->results;
    bool raised = wait->raised;
    wait_free(wait);
    return raised ? lua_error(L) : results;
}

/* Lua goes on here after wait_finish, or after the deadline. */
static int go_on(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct wait *wait = vm_of(L)->current->wait;
    budget_check(L); /* raises when the deadline ended the wait */
    wait_push *push = wait->push;
    void *arg = wait->push_arg;
    if (wait->state == WAIT_KEPT)
        return push(L, arg); /* frees the wait */
    wait_free(wait);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    return push(L, arg);
}

int wait_yield(lua_State *L, struct wait *wait)
{
    if (wait->state == WAIT_EARLY)
        return take_early(L, wait);
    wait->state = WAIT_YIELDED;
    return lua_yieldk(L, 0, 0, go_on);
}

/* ---- the operation's side ---- */

static int call_push(lua_State *L)
{
    struct wait *wait = lua_touserdata(L, 1);
    lua_settop(L, 0);
    return wait->push(L, wait->push_arg);
}

/* Inside wait_begin ... wait_yield: the results stay on the stack until wait_yield takes them. */
static void finish_early(struct wait *wait)
{
    lua_State *L = wait->task->L;
    int top = lua_gettop(L);
    lua_pushcfunction(L, call_push);
    lua_pushlightuserdata(L, wait);
    wait->raised = lua_pcall(L, 1, LUA_MULTRET, 0) != LUA_OK;
    wait->results = lua_gettop(L) - top;
    wait->state = WAIT_EARLY;
}

/* Another task runs and the results' owner will not wait: they are put by, in a table that the
 * registry holds under the wait's address. Upvalue-free and protected, on the main state. */
static int keep(lua_State *L)
{
    struct wait *wait = lua_touserdata(L, 1);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_pushcfunction(L, call_push);
    lua_pushlightuserdata(L, wait);
    wait->raised = lua_pcall(L, 1, LUA_MULTRET, 0) != LUA_OK;
    wait->results = lua_gettop(L) - 1;
    lua_createtable(L, wait->results, 0);
    lua_insert(L, 2);
    for (int i = wait->results; i > 0; i--)
        lua_rawseti(L, 2, i);
    lua_rawsetp(L, LUA_REGISTRYINDEX, wait);
    return 0;
}

/* The other end of `keep`, in the task. */
static int push_kept(lua_State *L, void *arg)
{
    struct wait *wait = arg;
    int top = lua_gettop(L);
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, wait) != LUA_TTABLE) {
        wait_free(wait);
        return luaL_error(L, "not enough memory");
    }
    luaL_checkstack(L, wait->results, NULL);
    for (int i = 1; i <= wait->results; i++)
        lua_rawgeti(L, top + 1, i);
    forget_kept(wait);
    return take_early(L, wait);
}

static void finish_later(struct wait *wait)
{
    struct vm *vm = wait->vm;
    struct task *runs = vm->current;
    vm->current = wait->task;
    lua_pushcfunction(vm->L, keep);
    lua_pushlightuserdata(vm->L, wait);
    if (lua_pcall(vm->L, 1, 0, 0) != LUA_OK)
        lua_pop(vm->L, 1); /* push_kept finds nothing and raises */
    vm->current = runs;
    wait->state = WAIT_KEPT;
    wait->push = push_kept;
    wait->push_arg = wait;
    task_ready(wait->task, TASK_WOKEN);
}

void wait_finish(struct wait *wait, wait_push *push, void *arg)
{
    struct vm *vm = wait->vm;
    wait->push = push;
    wait->push_arg = arg;
    if (wait->state == WAIT_ORPHANED) {
        wait_free(wait);
        if (vm && !vm->current)
            vm_settle(vm); /* a retired vm may have waited for this */
    } else if (wait->state == WAIT_BEGUN) {
        finish_early(wait);
    } else if (vm->current) {
        finish_later(wait);
    } else {
        task_resume(wait->task);
    }
}
