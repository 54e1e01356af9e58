/* Callers: an identity packed to what it holds, for one is made with every request. */
#include "bindings/caller.h"

#include "bindings/json.h"
#include "bindings/kind.h"
#include "bindings/module.h"

#include <string.h>

struct caller {
    char user_id[UUID_TEXT_SIZE];
    int64_t expires_at; /* 0: not known */
    uint8_t scope_count;
    uint8_t role_count;
    char names[]; /* terminated one after the other: scopes, then roles */
};

static const char *next_name(const char *name)
{
    return name + strlen(name) + 1;
}

static bool role_can(const struct role *roles, const char *name, const char *permission)
{
    const struct role *role = roles;
    while (role && role->name && strcmp(role->name, name) != 0)
        role++;
    if (!role || !role->name)
        return false;
    const char *const *granted = role->permissions;
    while (*granted && strcmp(*granted, permission) != 0)
        granted++;
    return *granted;
}

bool caller_can(const struct services *services, const struct caller *caller,
                const char *permission)
{
    const char *name = caller->names;
    for (int i = 0; i < caller->scope_count; i++, name = next_name(name)) {
        if (strcmp(name, permission) == 0)
            return true;
    }
    for (int i = 0; i < caller->role_count; i++, name = next_name(name)) {
        if (role_can(services->roles, name, permission))
            return true;
    }
    return false;
}

static int push_user_id(lua_State *L, void *object)
{
    const struct caller *caller = object;
    lua_pushlstring(L, caller->user_id, UUID_TEXT_SIZE - 1);
    return 1;
}

static int push_names(lua_State *L, const char *name, int count)
{
    lua_createtable(L, count, 0);
    json_mark_array(L, -1);
    for (int i = 0; i < count; i++, name = next_name(name)) {
        lua_pushstring(L, name);
        lua_rawseti(L, -2, i + 1);
    }
    return 1;
}

static int push_scopes(lua_State *L, void *object)
{
    const struct caller *caller = object;
    return push_names(L, caller->names, caller->scope_count);
}

static int push_roles(lua_State *L, void *object)
{
    const struct caller *caller = object;
    const char *name = caller->names;
    for (int i = 0; i < caller->scope_count; i++)
        name = next_name(name);
    return push_names(L, name, caller->role_count);
}

static int push_expires_at(lua_State *L, void *object)
{
    const struct caller *caller = object;
    if (caller->expires_at)
        lua_pushinteger(L, caller->expires_at);
    else
        lua_pushnil(L);
    return 1;
}

static int can(lua_State *L);

static const struct kind_field fields[] = {{"user_id", push_user_id},
                                           {"roles", push_roles},
                                           {"scopes", push_scopes},
                                           {"expires_at", push_expires_at},
                                           {NULL, NULL}};
static const luaL_Reg methods[] = {{"can", can}, {NULL, NULL}};
static const struct kind caller_kind = {.name = "caller", .fields = fields, .methods = methods};

static int can(lua_State *L)
{
    const struct caller *caller = kind_check(L, 1, &caller_kind);
    lua_pushboolean(L, caller_can(services_of(L), caller, luaL_checkstring(L, 2)));
    return 1;
}

static size_t names_size(const struct identity *identity)
{
    size_t size = 0;
    for (size_t i = 0; i < identity->scope_count + identity->role_count; i++)
        size += strlen(identity->names[i]) + 1;
    return size;
}

const struct caller *caller_push(lua_State *L, const struct identity *identity)
{
    struct caller *caller = kind_new(L, &caller_kind, sizeof(*caller) + names_size(identity), 0);
    uuid_format(&identity->user_id, caller->user_id);
    caller->expires_at = identity->expires_at;
    caller->scope_count = (uint8_t)identity->scope_count;
    caller->role_count = (uint8_t)identity->role_count;
    char *name = caller->names;
    for (size_t i = 0; i < identity->scope_count + identity->role_count; i++)
        name = stpcpy(name, identity->names[i]) + 1;
    return caller;
}
