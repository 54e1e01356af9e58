/* Scripts in a directory of their own, and a vm made from them in an event loop. */
#include "world.h"

#include "base/memory.h"

#include <event2/event.h>
#include <ftw.h>
#include <lauxlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- a module for the scripts under test: require("orderd.test") ---- */

struct parked {
    struct parked *next;
    struct world *world;
    struct wait *wait;
    const char *text;
    bool raise;
};

static int push_text(lua_State *L, void *arg)
{
    const struct parked *parked = arg;
    lua_pushstring(L, parked->text);
    return parked->raise ? lua_error(L) : 1;
}

static void unpark(struct parked *parked, const char *text, bool raise)
{
    struct parked **place = &parked->world->parked;
    while (*place != parked)
        place = &(*place)->next;
    *place = parked->next;
    parked->text = text;
    parked->raise = raise;
    wait_finish(parked->wait, push_text, parked);
    free(parked);
}

static struct parked *park(struct world *world)
{
    struct parked *parked = memory_new(sizeof(*parked));
    struct parked **place = &world->parked;
    while (*place)
        place = &(*place)->next;
    *place = parked;
    parked->world = world;
    return parked;
}

static struct world *world_of(lua_State *L)
{
    return vm_context(vm_of(L));
}

static void on_cancel(void *arg)
{
    struct parked **parked = arg;
    struct world *world = (*parked)->world;
    world->cancelled++;
    if (!world->forgetful)
        unpark(*parked, "cancelled", false);
}

/* test.park(): waits until world_unpark, or test.wake. */
static int test_park(lua_State *L)
{
    struct parked **parked = lua_newuserdatauv(L, sizeof(void *), 0);
    struct wait *wait = wait_begin(L, on_cancel, parked);
    *parked = park(world_of(L));
    (*parked)->wait = wait;
    return wait_yield(L, wait);
}

/* test.now(text, raise): a wait that is finished before it yields. */
static int test_now(lua_State *L)
{
    struct parked parked = {.text = luaL_checkstring(L, 1), .raise = lua_toboolean(L, 2)};
    struct wait *wait = wait_begin(L, NULL, NULL);
    wait_finish(wait, push_text, &parked);
    return wait_yield(L, wait);
}

/* test.wake(text, raise): finishes another task's wait from inside of this one. */
static int test_wake(lua_State *L)
{
    world_unpark(world_of(L), luaL_checkstring(L, 1), lua_toboolean(L, 2));
    return 0;
}

/* test.start(): starts another task from inside of this one. */
static int test_start(lua_State *L)
{
    world_run(world_of(L));
    return 0;
}

/* test.bounded(f, instructions): the status's name, and the error value. */
static int test_bounded(lua_State *L)
{
    int64_t instructions = luaL_checkinteger(L, 2);
    lua_settop(L, 1);
    enum status status = task_call_bounded(L, 0, 1, instructions);
    lua_pushstring(L, status_name(status));
    lua_insert(L, -2);
    return 2;
}

static int test_declare(lua_State *L)
{
    vm_check_loading(L, "test.declare");
    return 0;
}

static int test_trace(lua_State *L)
{
    lua_pushstring(L, task_trace_id(task_of(L)));
    lua_pushstring(L, task_traceparent(task_of(L)));
    return 2;
}

struct held {
    struct task_hold hold;
    struct world *world;
};

static void on_let_go(struct task_hold *hold)
{
    ((struct held *)hold)->world->let_go++;
}

static int held_close(lua_State *L)
{
    struct held *held = lua_touserdata(L, 1);
    task_let_go(&held->hold);
    return 0;
}

/* test.hold(): an object that the task holds, until it is closed or collected, or the task ends. */
static int test_hold(lua_State *L)
{
    struct held *held = lua_newuserdatauv(L, sizeof(*held), 0);
    *held = (struct held){.world = world_of(L)};
    lua_createtable(L, 0, 2);
    lua_pushcfunction(L, held_close);
    lua_setfield(L, -2, "__close");
    lua_pushcfunction(L, held_close);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    task_hold(L, &held->hold, on_let_go);
    return 1;
}

/* test.let_go(): how many were let go so far. */
static int test_let_go(lua_State *L)
{
    lua_pushinteger(L, world_of(L)->let_go);
    return 1;
}

static int test_collect(lua_State *L)
{
    lua_gc(L, LUA_GCCOLLECT);
    return 0;
}

static int open_test(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"park", test_park},
        {"now", test_now},
        {"wake", test_wake},
        {"start", test_start},
        {"bounded", test_bounded},
        {"declare", test_declare},
        {"trace", test_trace},
        {"hold", test_hold},
        {"let_go", test_let_go},
        {"collect", test_collect},
        {NULL, NULL},
    };
    luaL_newlib(L, functions);
    return 1;
}

static const struct vm_module modules[] = {{"orderd.test", open_test}, {NULL, NULL}};
static const char *const entries[] = {"routes", "policies", NULL};

/* ---- the world ---- */

int world_open(void **state)
{
    struct world *world = memory_new(sizeof(*world));
    snprintf(world->directory, sizeof(world->directory), "/tmp/orderd-host-XXXXXX");
    if (!mkdtemp(world->directory))
        return -1;
    world->base = event_base_new();
    world->options = (struct vm_options){
        .memory_limit = (size_t)16 * 1024 * 1024,
        .instruction_limit = 1000000,
        .task_deadline_ms = 60000,
        .task_limit = 100,
        .generation = 7,
        .modules = modules,
        .entries = entries,
        .pure = "policies",
        .context = world,
    };
    *state = world;
    return world->base ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *ftw)
{
    (void)about;
    (void)kind;
    (void)ftw;
    return remove(path);
}

int world_close(void **state)
{
    struct world *world = *state;
    vm_free(&world->vm);
    while (world->parked)
        /* It takes it off the list. NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
        unpark(world->parked, "late", false);
    event_base_free(world->base);
    nftw(world->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(world);
    return 0;
}

void world_write(struct world *world, const char *path, const char *text)
{
    char whole[256];
    snprintf(whole, sizeof(whole), "%s/%s", world->directory, path);
    for (char *slash = whole + strlen(world->directory) + 1; (slash = strchr(slash, '/'));
         slash++) {
        *slash = '\0';
        mkdir(whole, 0700);
        *slash = '/';
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

enum status world_load(struct world *world)
{
    struct bundle *bundle = NULL;
    world->fault = (struct fault){0};
    enum status status = bundle_read(world->directory, NULL, &bundle, &world->fault);
    if (status != STATUS_OK)
        return status;
    status = vm_new(bundle, &world->options, &world->vm, &world->fault);
    bundle_release(&bundle);
    if (status == STATUS_OK)
        vm_attach(world->vm, world->base);
    return status;
}

void world_script(struct world *world, const char *text)
{
    world_write(world, "routes/main.lua", text);
    enum status status = world_load(world);
    if (status != STATUS_OK)
        fail_msg("%s: %s", world->fault.where, world->fault.text);
}

/* ---- tasks ---- */

static int prepare(lua_State *L, void *arg)
{
    (void)arg;
    vm_push_module(L, "routes.main");
    lua_pushliteral(L, "argument");
    return 1;
}

static void done(const struct task_result *result, void *arg)
{
    struct world *world = arg;
    world->ended++;
    world->let_go_when_done = world->let_go;
    world->end = result->end;
    world->status = result->status;
    snprintf(world->traceback, sizeof(world->traceback), "%s",
             result->traceback ? result->traceback : "");
    int at = result->end == TASK_RETURNED ? -result->count : -1;
    const char *text = at ? lua_tostring(result->L, at) : NULL;
    snprintf(world->text, sizeof(world->text), "%s", text ? text : "");
}

void world_run(struct world *world)
{
    const struct task_start start = {
        .name = "test task",
        .trace_id = "0123456789abcdef0123456789abcdef",
        .traceparent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
        .prepare = prepare,
        .done = done,
        .arg = world,
    };
    world->started = task_start(world->vm, &start);
}

void world_turn(struct world *world)
{
    event_base_loop(world->base, EVLOOP_NONBLOCK);
}

void world_finish(struct world *world, const char *text)
{
    int ended = world->ended;
    if (text)
        world_script(world, text);
    world_run(world);
    while (world->ended == ended)
        event_base_loop(world->base, EVLOOP_ONCE);
}

void world_unpark(struct world *world, const char *text, bool raise)
{
    assert_non_null(world->parked);
    unpark(world->parked, text, raise);
}
