/* IDL for scripts: files and texts that are read at load time, and what is kept of their types. */
#include "bindings/module.h"
#include "bindings/orb_private.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char object_id[] = "IDL:omg.org/CORBA/Object:1.0";

/* ---- what Lua needs of types ---- */

/* The node is our own IDL's, and `user` is for us. */
static void set_user(const struct typecode *type, void *user)
{
    ((struct typecode *)type)->user = user;
}

static void plan_names(lua_State *L, struct orb *orb, const struct typecode *type)
{
    struct orb_names *names = typecode_arena_take(idl_arena(orb->idl), sizeof(*names));
    bool ordinals = type->kind == TK_ENUM;
    lua_createtable(L, (int)type->member_count, ordinals ? (int)type->member_count : 0);
    for (uint32_t i = 0; i < type->member_count; i++) {
        lua_pushlstring(L, type->members[i].name, type->members[i].name_length);
        lua_pushvalue(L, -1);
        lua_rawseti(L, -3, (lua_Integer)i + 1);
        lua_pushinteger(L, i);
        if (ordinals)
            lua_rawset(L, -3);
        else
            lua_pop(L, 2);
    }
    names->table = luaL_ref(L, LUA_REGISTRYINDEX);
    set_user(type, names);
}

static void plan_type(lua_State *L, struct orb *orb, const struct typecode *type)
{
    bool named = type->kind == TK_STRUCT || type->kind == TK_EXCEPT || type->kind == TK_ENUM;
    if (named && !type->user)
        plan_names(L, orb, type);
}

void orb_names_open(lua_State *L, const struct typecode *type)
{
    const struct orb_names *names = type->user;
    if (names)
        lua_rawgeti(L, LUA_REGISTRYINDEX, names->table);
    else
        lua_pushnil(L);
}

/* ---- interfaces ---- */

static struct orb_interface *plan_interface(struct orb *orb, const struct idl_interface *idl)
{
    struct orb_interface *interface = typecode_arena_take(idl_arena(orb->idl), sizeof(*interface));
    interface->idl = idl;
    interface->name = idl ? idl->scoped : "Object";
    interface->id = idl ? idl->id : object_id;
    if (idl)
        set_user(idl->type, interface);
    return interface;
}

/* Goes on where it stopped: an error may have come between. */
static void plan(lua_State *L, struct orb *orb)
{
    const struct idl_interface *interface;
    const struct typecode *type;
    for (; (interface = idl_interface_at(orb->idl, orb->interfaces_planned)) != NULL;
         orb->interfaces_planned++) {
        if (!interface->type->user)
            (void)plan_interface(orb, interface);
    }
    for (; (type = idl_type_at(orb->idl, orb->types_planned)) != NULL; orb->types_planned++)
        plan_type(L, orb, type);
}

void orb_idl_begin(struct orb *orb)
{
    const struct typecode *boolean = typecode_basic(TK_BOOLEAN);
    orb->object = plan_interface(orb, NULL);
    orb->is_a_parameter =
        (struct idl_parameter){.name = "interface", .type = typecode_basic(TK_STRING)};
    orb->is_a = (struct idl_operation){.name = "_is_a",
                                       .name_length = strlen("_is_a"),
                                       .result = boolean,
                                       .parameters = &orb->is_a_parameter,
                                       .parameter_count = 1,
                                       .input_count = 1,
                                       .output_count = 1,
                                       .interface_id = object_id};
    orb->non_existent = (struct idl_operation){.name = "_non_existent",
                                               .name_length = strlen("_non_existent"),
                                               .result = boolean,
                                               .output_count = 1,
                                               .interface_id = object_id};
}

const struct orb_interface *orb_find_interface(const struct orb *orb, const char *name)
{
    const struct idl_interface *interface = idl_find_interface(orb->idl, name);
    if (interface)
        return interface->type->user;
    bool object = strcmp(name, "Object") == 0 || strcmp(name, "CORBA::Object") == 0 ||
                  strcmp(name, object_id) == 0;
    return object ? orb->object : NULL;
}

const struct orb_interface *orb_interface_of(const struct orb *orb, const struct typecode *type)
{
    if (type->user)
        return type->user;
    const struct orb_interface *found = orb_find_interface(orb, type->id);
    return found ? found : orb->object;
}

bool orb_interface_is_a(const struct orb_interface *interface, const char *id, size_t length)
{
    if (interface->idl)
        return idl_is_a(interface->idl, id, length);
    return length == strlen(object_id) && memcmp(id, object_id, length) == 0;
}

const struct orb_interface *orb_check_interface(lua_State *L, struct orb *orb, int argument)
{
    const char *name = luaL_checkstring(L, argument);
    const struct orb_interface *interface = orb_find_interface(orb, name);
    if (!interface)
        luaL_error(L, "there is no interface '%s' in the IDL that has been loaded", name);
    return interface;
}

/* ---- loading ---- */

static void raise_fault(lua_State *L, const char *name, const struct fault *fault)
{
    luaL_error(L, "%s: %s", fault->where[0] ? fault->where : name, fault->text);
}

/* Scripts read what the program gives them, and no other file of the machine. */
static void check_path(lua_State *L, const char *path)
{
    bool climbs = false;
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        climbs = climbs || (strncmp(part, "..", 2) == 0 && (part[2] == '/' || !part[2]));
    }
    if (!*path || *path == '/' || climbs)
        luaL_error(L, "'%s' is no name of a file in the IDL directories", path);
}

static void refuse_missing(lua_State *L, const char *path, const char *const *directories)
{
    luaL_Buffer searched;
    if (!directories || !*directories) {
        luaL_error(L,
                   "there is no file %s: there are no IDL directories (orb.idl in the "
                   "configuration)",
                   path);
        return;
    }
    luaL_buffinit(L, &searched);
    for (const char *const *at = directories; *at; at++) {
        luaL_addstring(&searched, at == directories ? "" : ", ");
        luaL_addstring(&searched, *at);
    }
    luaL_pushresult(&searched);
    luaL_error(L, "there is no file %s in the IDL directories (%s)", path, lua_tostring(L, -1));
}

/* The path of the first of that name. In the working directory nothing is looked for. */
static const char *find_file(lua_State *L, const char *path)
{
    const char *const *directories = services_of(L)->idl_directories;
    for (const char *const *at = directories; at && *at; at++) {
        const char *whole = lua_pushfstring(L, "%s/%s", *at, path);
        if (access(whole, F_OK) == 0)
            return whole; /* the stack keeps it */
        lua_pop(L, 1);
    }
    refuse_missing(L, path, directories);
    return NULL;
}

int orb_lua_loadidlfile(lua_State *L)
{
    struct orb *orb = orb_of(L);
    vm_check_loading(L, "orb:loadidlfile");
    const char *path = luaL_checkstring(L, 2);
    struct fault fault = {0};
    check_path(L, path);
    if (idl_load_file(orb->idl, find_file(L, path), &fault))
        raise_fault(L, path, &fault);
    plan(L, orb);
    return 0;
}

int orb_lua_loadidl(lua_State *L)
{
    struct orb *orb = orb_of(L);
    vm_check_loading(L, "orb:loadidl");
    size_t length;
    const char *source = luaL_checklstring(L, 2, &length);
    struct fault fault = {0};
    if (idl_load_text(orb->idl, "idl", source, length, &fault))
        raise_fault(L, "idl", &fault);
    plan(L, orb);
    return 0;
}

/* ---- constants ---- */

static void push_integer(lua_State *L, const struct idl_constant *constant, bool is_unsigned)
{
    if (is_unsigned && constant->integer < 0) {
        char text[24];
        snprintf(text, sizeof(text), "%llu", (unsigned long long)constant->integer);
        lua_pushstring(L, text);
        return;
    }
    lua_pushinteger(L, constant->integer);
}

static void push_constant(lua_State *L, const struct idl_constant *constant)
{
    const struct typecode *type = typecode_resolve(constant->type);
    switch (type->kind) {
    case TK_BOOLEAN: lua_pushboolean(L, constant->integer != 0); break;
    case TK_ENUM: lua_pushstring(L, type->members[constant->integer].name); break;
    case TK_FLOAT:
    case TK_DOUBLE:
    case TK_LONGDOUBLE: lua_pushnumber(L, constant->real); break;
    case TK_STRING:
    case TK_WSTRING:
    case TK_CHAR:
    case TK_WCHAR:
    case TK_FIXED: lua_pushlstring(L, constant->text, constant->text_length); break;
    default: push_integer(L, constant, type->kind == TK_ULONGLONG);
    }
}

int orb_lua_constant(lua_State *L)
{
    const struct orb *orb = orb_of(L);
    const char *name = luaL_checkstring(L, 2);
    const struct idl_constant *constant = idl_find_constant(orb->idl, name);
    if (!constant)
        return luaL_error(L, "there is no constant '%s' in the IDL that has been loaded", name);
    push_constant(L, constant);
    return 1;
}
