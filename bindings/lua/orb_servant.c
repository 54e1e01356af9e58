/* Servants: tables of scripts that answer for objects. They are declared while scripts are loaded,
 * and live as long as the state. */
#include "bindings/orb_servant.h"

#include "base/log.h"
#include "bindings/kind.h"
#include "bindings/orb_serve.h"
#include "host/task.h"

#include <stdio.h>
#include <string.h>

enum { EXISTS_INSTRUCTIONS = 100000 };

static const struct kind servant_kind;

/* ---- as Lua values ---- */

static int release(lua_State *L)
{
    struct servant *servant = lua_touserdata(L, 1);
    ior_release(&servant->reference.ior);
    return 0;
}

struct reference *servant_test(lua_State *L, int index)
{
    struct servant *servant = kind_test(L, index, &servant_kind);
    if (!servant)
        return NULL;
    if (servant->class)
        luaL_error(L, "a default servant is no object: servant:object(id) is one");
    if (!servant->reference.ior)
        servant->reference.ior =
            reference_make(L, servant->reference.interface, servant->key, servant->key_size);
    return &servant->reference;
}

static int servant_object(lua_State *L)
{
    const struct servant *servant = kind_check(L, 1, &servant_kind);
    size_t size;
    luaL_checklstring(L, 2, &size);
    if (!servant->class)
        return luaL_error(L, "this servant is one object: only a default servant has many");
    lua_settop(L, 2);
    lua_pushlstring(L, servant->key, servant->key_size);
    lua_insert(L, 2);
    lua_concat(L, 2);
    const char *key = lua_tolstring(L, 2, &size);
    struct reference *reference = reference_push(L, servant->reference.interface);
    reference->ior = reference_make(L, servant->reference.interface, key, size);
    return 1;
}

static const luaL_Reg servant_methods[] = {{"object", servant_object}, {NULL, NULL}};
static const struct kind servant_kind = {
    .name = "servant", .methods = servant_methods, .release = release, .text = reference_tostring};

void servant_push_self(lua_State *L, const struct servant *servant, const void *object_id,
                       size_t size)
{
    if (!servant->class) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, servant->impl);
        return;
    }
    lua_createtable(L, 0, 1);
    lua_pushliteral(L, "_object_id");
    lua_pushlstring(L, size ? object_id : "", size);
    lua_rawset(L, -3);
    lua_rawgeti(L, LUA_REGISTRYINDEX, servant->class);
    lua_setmetatable(L, -2);
}

/* ---- as the adapter sees them ---- */

static bool is_a(void *arg, const char *id, size_t length)
{
    const struct servant *servant = arg;
    return orb_interface_is_a(servant->reference.interface, id, length);
}

struct question {
    const struct servant *servant;
    const void *object_id;
    size_t size;
    bool gone;
};

/* A struct question at 1. */
static int ask_existence(lua_State *L)
{
    struct question *question = lua_touserdata(L, 1);
    servant_push_self(L, question->servant, question->object_id, question->size);
    if (lua_getfield(L, -1, "_non_existent") == LUA_TNIL)
        return 0;
    lua_insert(L, -2);
    lua_call(L, 1, 1);
    question->gone = lua_toboolean(L, -1);
    return 0;
}

/* An object of which this cannot be told is there: the request itself will tell. */
static bool exists(void *arg, const void *key, size_t size)
{
    const struct servant *servant = arg;
    lua_State *main = vm_state(servant->orb->vm);
    struct question question = {.servant = servant,
                                .object_id = (const char *)key + servant->key_size,
                                .size = size - servant->key_size};
    int top = lua_gettop(main);
    lua_pushcfunction(main, ask_existence);
    lua_pushlightuserdata(main, &question);
    if (task_call_bounded(main, 1, 0, EXISTS_INSTRUCTIONS) != STATUS_OK) {
        const char *error = lua_type(main, -1) == LUA_TSTRING ? lua_tostring(main, -1) : "no text";
        log_error("a servant's _non_existent failed",
                  LOG_TEXT("interface", servant->reference.interface->name),
                  LOG_TEXT("error", error));
    }
    lua_settop(main, top);
    return !question.gone;
}

/* ---- declared by scripts: (orb, impl, key, interface) ---- */

static int keep_text(lua_State *L, const char *text)
{
    lua_pushstring(L, text);
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

static const char *task_name(struct orb *orb, const struct orb_interface *interface,
                             const struct idl_operation *operation)
{
    char name[256];
    int length = snprintf(name, sizeof(name), "orb %s::%s", interface->name, operation->name);
    size_t size = (size_t)length < sizeof(name) ? (size_t)length : sizeof(name) - 1;
    return typecode_arena_text(idl_arena(orb->idl), name, size);
}

/* What requests need of each operation, once for an interface. */
static void plan_operations(lua_State *L, struct orb *orb, struct orb_interface *interface)
{
    const struct idl_interface *idl = interface->idl;
    uint32_t count = idl ? idl->operation_count : 0;
    if (interface->operations || count == 0)
        return;
    struct orb_operation *operations =
        typecode_arena_take(idl_arena(orb->idl), count * sizeof(*operations));
    for (uint32_t i = 0; i < count; i++) {
        const char *name = idl->operations[i].name;
        bool getter = idl->operations[i].attribute && strncmp(name, "_get_", 5) == 0;
        operations[i].key = keep_text(L, name);
        operations[i].attribute = getter ? keep_text(L, name + 5) : LUA_NOREF;
        operations[i].task = task_name(orb, interface, &idl->operations[i]);
    }
    interface->operations = operations;
}

/* The selves of a default servant find in the implementation what they lack. */
static int make_class(lua_State *L)
{
    lua_createtable(L, 0, 2);
    lua_pushvalue(L, 2);
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    return luaL_ref(L, LUA_REGISTRYINDEX);
}

static enum status add(struct servant *servant)
{
    struct orb_servant entry = {.type_id = servant->reference.interface->id,
                                .is_a = is_a,
                                .invoke = serving_invoke,
                                .exists = exists,
                                .arg = servant};
    struct orb_adapter *adapter = servant->orb->adapter;
    if (servant->class)
        return orb_adapter_add_default(adapter, servant->key, servant->key_size, &entry);
    return orb_adapter_add(adapter, servant->key, servant->key_size, &entry);
}

static int new_servant(lua_State *L, bool is_default)
{
    struct orb *orb = orb_of(L);
    size_t size;
    luaL_checktype(L, 2, LUA_TTABLE);
    const char *key = luaL_checklstring(L, 3, &size);
    const struct orb_interface *interface = orb_check_interface(L, orb, 4);
    luaL_argcheck(L, interface->idl, 4, "Object has no operations to serve");
    luaL_argcheck(L, size > 0, 3, "a key cannot be empty");
    lua_settop(L, 4);
    plan_operations(L, orb, (struct orb_interface *)interface);
    struct servant *servant = kind_new(L, &servant_kind, sizeof(*servant), 0);
    servant->reference.interface = interface;
    servant->orb = orb;
    servant->key = typecode_arena_text(idl_arena(orb->idl), key, size);
    servant->key_size = size;
    servant->class = is_default ? make_class(L) : 0;
    lua_pushvalue(L, 2);
    servant->impl = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, -1);
    luaL_ref(L, LUA_REGISTRYINDEX); /* for good */
    if (add(servant) == STATUS_DUPLICATE)
        return luaL_error(L, "another servant has the key '%s'", key);
    return 1;
}

int orb_lua_newservant(lua_State *L)
{
    vm_check_loading(L, "orb:newservant");
    return new_servant(L, false);
}

int orb_lua_newdefaultservant(lua_State *L)
{
    vm_check_loading(L, "orb:newdefaultservant");
    return new_servant(L, true);
}
