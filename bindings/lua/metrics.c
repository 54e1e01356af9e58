/* orderd.metrics: the figures of the whole process, as Prometheus reads them, and the scripts' own
 * counters among them. */
#include "base/metrics.h"

#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"

#include <stdbool.h>
#include <string.h>

enum { NAME_LONGEST = 64 };

static int lua_render(lua_State *L)
{
    struct buffer *scratch = scratch_take(L);
    metrics_render(scratch);
    scratch_push(L, scratch);
    return 1;
}

/* ---- counters ---- */

struct script_counter {
    struct counter *counter;
};

static int lua_add(lua_State *L);

static const luaL_Reg counter_methods[] = {{"add", lua_add}, {NULL, NULL}};

static const struct kind counter_kind = {.name = "counter", .methods = counter_methods};

static int lua_add(lua_State *L)
{
    const struct script_counter *object = kind_check(L, 1, &counter_kind);
    lua_Integer amount = luaL_optinteger(L, 2, 1);
    luaL_argcheck(L, amount >= 0, 2, "a counter only grows");
    counter_add(object->counter, (uint64_t)amount);
    return 0;
}

static bool is_name(const char *name, size_t length)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
    return length > 0 && length <= NAME_LONGEST && strchr(letters, name[0]) &&
           strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

/* The whole name begins as no other of the process does, so that a script's counter is never taken
 * for one of those. */
static int lua_counter(lua_State *L)
{
    vm_check_loading(L, "metrics.counter");
    size_t length;
    const char *name = luaL_checklstring(L, 1, &length);
    const char *help = luaL_checkstring(L, 2);
    luaL_argcheck(L, is_name(name, length), 1, "a name is 1 to 64 of a-z, 0-9 and _");
    struct script_counter *object = kind_new(L, &counter_kind, sizeof(*object), 0);
    const char *whole = lua_pushfstring(L, "orderd_script_%s_total", name);
    object->counter = metrics_counter(whole, help, "");
    lua_pop(L, 1);
    return 1;
}

int open_metrics(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"counter", lua_counter}, {"render", lua_render}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
