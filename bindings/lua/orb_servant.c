/* Servants: tables of scripts that answer for objects. They are declared while scripts are loaded,
 * and live as long as the state. */
#include "bindings/orb_servant.h"

#include "base/log.h"
#include "bindings/kind.h"
#include "bindings/orb_serve.h"
#include "host/task.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum {
    EXISTS_INSTRUCTIONS = 100000,
    CHAIN_LIMIT = 16, /* of metatables */
};

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

/* ---- what they lack ---- */

/* Whether the implementation has a function of this name, or may have: what a function in the place
 * of __index would give, nobody can tell. */
static bool may_have(lua_State *L, const struct servant *servant, int key)
{
    int top = lua_gettop(L), type = LUA_TNIL;
    lua_rawgeti(L, LUA_REGISTRYINDEX, servant->impl);
    for (int depth = 0; depth < CHAIN_LIMIT && lua_type(L, -1) == LUA_TTABLE; depth++) {
        lua_rawgeti(L, LUA_REGISTRYINDEX, key);
        type = lua_rawget(L, -2);
        lua_pop(L, 1);
        if (type != LUA_TNIL || luaL_getmetafield(L, -1, "__index") == LUA_TNIL)
            break;
        lua_replace(L, -2);
    }
    bool has = type == LUA_TFUNCTION || lua_type(L, -1) != LUA_TTABLE;
    lua_settop(L, top);
    return has;
}

static void note_missing(lua_State *L, const struct servant *servant)
{
    const struct idl_interface *idl = servant->reference.interface->idl;
    struct buffer names = {0};
    for (uint32_t i = 0; i < idl->operation_count; i++) {
        const struct idl_operation *operation = &idl->operations[i];
        /* The value of an attribute may come later. */
        if (operation->attribute ||
            may_have(L, servant, servant->reference.interface->operations[i].key))
            continue;
        buffer_printf(&names, "%s%s", names.size ? ", " : "", operation->name);
    }
    if (names.size)
        log_warning("a servant lacks operations of its interface",
                    LOG_TEXT("interface", idl->scoped), LOG_TEXT("key", servant->key),
                    LOG_TEXT("declared", servant->where),
                    LOG_TEXT_N("operations", names.data, names.size));
    buffer_release(&names);
}

/* The states of one generation are made of the same scripts: the first to come speaks for all. */
static bool comes_first(uint64_t generation)
{
    static _Atomic uint64_t noted;
    uint64_t last = atomic_load(&noted);
    while (last < generation) {
        if (atomic_compare_exchange_weak(&noted, &last, generation))
            return true;
    }
    return false;
}

void servants_note_missing(const struct orb *orb)
{
    if (!comes_first(vm_generation(orb->vm)))
        return;
    for (const struct servant *servant = orb->servants; servant; servant = servant->next)
        note_missing(vm_state(orb->vm), servant);
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

/* Pushes and gives "scripts/servants/a.lua:12", of the script that declares. */
static const char *declared_at(lua_State *L, const struct orb *orb)
{
    luaL_where(L, 1);
    const char *where = lua_tostring(L, -1);
    size_t length = strlen(where);
    while (length > 0 && (where[length - 1] == ' ' || where[length - 1] == ':'))
        length--;
    return typecode_arena_text(idl_arena(orb->idl), where, length);
}

static bool has_same_key(const struct servant *a, const struct servant *b)
{
    return (a->class != 0) == (b->class != 0) && a->key_size == b->key_size &&
           memcmp(a->key, b->key, a->key_size) == 0;
}

static int refuse_taken(lua_State *L, const struct servant *servant)
{
    const struct servant *other = servant->orb->servants;
    while (other && !has_same_key(other, servant))
        other = other->next;
    return luaL_error(L, "another servant has the key '%s': that of %s", servant->key,
                      other && other->where[0] ? other->where : "another script");
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
    servant->where = declared_at(L, orb);
    lua_pop(L, 1);
    servant->class = is_default ? make_class(L) : 0;
    lua_pushvalue(L, 2);
    servant->impl = luaL_ref(L, LUA_REGISTRYINDEX);
    lua_pushvalue(L, -1);
    luaL_ref(L, LUA_REGISTRYINDEX); /* for good */
    if (add(servant) == STATUS_DUPLICATE)
        return refuse_taken(L, servant);
    servant->next = orb->servants;
    orb->servants = servant;
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
