/* From the bundle's scripts to modules that have run: entries, require, and what to say when one
 * does not load. */
#include "host/vm_private.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

/* Addresses: the registry's table of what has been loaded, and what stands in it meanwhile. */
static const char loaded_key, loading_mark;

static bool is_below(const char *module, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(module, directory, length) == 0 && module[length] == '.';
}

/* ---- the table of modules: name -> value, or the mark while it runs ---- */

static void push_loaded(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &loaded_key) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &loaded_key);
}

/* Pops the value. */
static void set_loaded(lua_State *L, const char *module)
{
    push_loaded(L);
    lua_insert(L, -2);
    lua_setfield(L, -2, module);
    lua_pop(L, 1);
}

static void set_mark(lua_State *L, const char *module)
{
    lua_pushlightuserdata(L, (void *)&loading_mark);
    set_loaded(L, module);
}

static bool is_mark(lua_State *L, int index)
{
    return lua_touserdata(L, index) == (void *)&loading_mark;
}

void vm_push_module(lua_State *L, const char *module)
{
    push_loaded(L);
    lua_pushstring(L, module);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (is_mark(L, -1)) {
        lua_pop(L, 1);
        lua_pushnil(L);
    }
}

/* ---- running ---- */

/* Calls the function below `arguments` and leaves the module's value; when it raises, the module
 * counts as never begun, and the error goes on. */
static void run_module(lua_State *L, const char *module, int arguments)
{
    set_mark(L, module);
    if (lua_pcall(L, arguments, 1, 0) != LUA_OK) {
        lua_pushnil(L);
        set_loaded(L, module);
        lua_error(L);
    }
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_pushboolean(L, 1);
    }
}

static void load_script(lua_State *L, const struct script *script)
{
    const struct vm *vm = vm_of(L);
    lua_pushfstring(L, "@%s", script->path);
    if (luaL_loadbufferx(L, script->text, script->length, lua_tostring(L, -1), "t") != LUA_OK)
        lua_error(L);
    lua_remove(L, -2);
    sandbox_push_environment(L, vm->pure && is_below(script->module, vm->pure));
    if (!lua_setupvalue(L, -2, 1))
        lua_pop(L, 1); /* a script that uses no global */
    lua_pushstring(L, script->module);
    run_module(L, script->module, 1);
}

static void open_module(lua_State *L, const struct vm_module *module)
{
    lua_pushcfunction(L, module->open);
    lua_pushstring(L, module->name);
    run_module(L, module->name, 1);
    if (lua_istable(L, -1))
        sandbox_seal(L, module->name);
}

static const struct vm_module *find_module(const struct vm *vm, const char *name)
{
    const struct vm_module *module = vm->options.modules;
    while (module && module->name && strcmp(module->name, name) != 0)
        module++;
    return module && module->name ? module : NULL;
}

/* Leaves the module's value. */
static void load_module(lua_State *L, const char *name)
{
    const struct vm *vm = vm_of(L);
    const struct vm_module *module = find_module(vm, name);
    const struct script *script = bundle_find(vm->bundle, name);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    if (module)
        open_module(L, module);
    else if (script)
        load_script(L, script);
    else
        luaL_error(L, "there is no module '%s': neither built in nor among the scripts", name);
    lua_pushvalue(L, -1);
    set_loaded(L, name);
}

int load_require(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    lua_settop(L, 1);
    push_loaded(L);
    lua_pushvalue(L, 1);
    if (lua_rawget(L, -2) == LUA_TNIL)
        load_module(L, name);
    else if (is_mark(L, -1))
        luaL_error(L, "module '%s' requires itself, perhaps through others", name);
    return 1;
}

/* ---- entries ---- */

/* Each script has a whole budget. */
static void load_entry(lua_State *L, const struct script *script)
{
    struct vm *vm = vm_of(L);
    vm->entry = script->path;
    vm->budget.left = vm->options.instruction_limit;
    vm->budget.deadline_us = clock_monotonic_us() + vm->options.task_deadline_ms * INT64_C(1000);
    lua_pushcfunction(L, load_require);
    lua_pushstring(L, script->module);
    lua_call(L, 1, 0);
}

void load_entries(lua_State *L)
{
    const struct vm *vm = vm_of(L);
    const char *const *entry = vm->options.entries;
    push_loaded(L);
    for (; entry && *entry; entry++) {
        for (size_t i = 0; i < bundle_count(vm->bundle); i++) {
            const struct script *script = bundle_at(vm->bundle, i);
            if (is_below(script->module, *entry))
                load_entry(L, script);
        }
    }
}

/* ---- faults ---- */

/* Lua shortens a long path to "...its end". */
static bool is_path(const char *path, const char *shown, size_t length)
{
    size_t size = strlen(path);
    if (size == length)
        return memcmp(path, shown, length) == 0;
    if (length <= 3 || size < length - 3 || memcmp(shown, "...", 3) != 0)
        return false;
    return memcmp(path + size - (length - 3), shown + 3, length - 3) == 0;
}

static const char *path_find(const struct bundle *bundle, const char *shown, size_t length)
{
    for (size_t i = 0; i < bundle_count(bundle); i++) {
        if (is_path(bundle_at(bundle, i)->path, shown, length))
            return bundle_at(bundle, i)->path;
    }
    return NULL;
}

/* Where the line's number begins in a message "path:12: text" of one of the bundle's scripts. */
static const char *line_find(const struct bundle *bundle, const char *message, const char **path)
{
    for (const char *colon = strchr(message, ':'); colon; colon = strchr(colon + 1, ':')) {
        size_t digits = strspn(colon + 1, "0123456789");
        if (digits == 0 || colon[1 + digits] != ':')
            continue;
        *path = path_find(bundle, message, (size_t)(colon - message));
        if (*path)
            return colon + 1;
    }
    return NULL;
}

void load_fault(const struct vm *vm, const char *message, struct fault *fault)
{
    char where[sizeof(fault->where)] = "";
    const char *path = vm->entry;
    const char *line = line_find(vm->bundle, message, &path);
    if (line) {
        int digits = (int)strspn(line, "0123456789");
        snprintf(where, sizeof(where), "%s:%.*s", path, digits, line);
        message = line + digits + 1;
        message += strspn(message, " ");
    } else if (vm->entry) {
        snprintf(where, sizeof(where), "%s", vm->entry);
    }
    (void)fault_set(fault, STATUS_INVALID, where, "%s", message);
}
