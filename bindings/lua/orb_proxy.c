/* Proxies: userdata whose methods are the operations of an interface. The methods of an interface
 * and kind are made once for a state; a call costs one look-up in them. */
#include "bindings/module.h"
#include "bindings/orb_object.h"

#include <string.h>

/* Its address is the key that proxies' metatables have, and nobody else's. */
static const char proxy_mark;

struct proxy *proxy_test(lua_State *L, int index)
{
    struct proxy *proxy = lua_touserdata(L, index);
    if (!proxy || !lua_getmetatable(L, index))
        return NULL;
    bool marked = lua_rawgetp(L, -1, &proxy_mark) != LUA_TNIL;
    lua_pop(L, 2);
    return marked ? proxy : NULL;
}

static struct proxy *check_proxy(lua_State *L)
{
    struct proxy *proxy = proxy_test(L, 1);
    if (!proxy)
        luaL_typeerror(L, 1, "proxy");
    return proxy;
}

static int release(lua_State *L)
{
    struct proxy *proxy = lua_touserdata(L, 1);
    if (proxy->object)
        orb_object_release(&proxy->object);
    ior_release(&proxy->reference.ior);
    return 0;
}

struct orb_object *proxy_object(lua_State *L, struct proxy *proxy)
{
    struct orb_client *client = services_of(L)->orb;
    if (!client)
        luaL_error(L, "this program calls nothing over IIOP");
    if (!proxy->object)
        proxy->object = orb_object_new(client, proxy->reference.ior);
    return proxy->object;
}

/* ---- what every proxy has ---- */

static int proxy_is_equivalent(lua_State *L)
{
    check_proxy(L);
    luaL_checkany(L, 2);
    lua_settop(L, 2);
    return reference_equal(L);
}

static int proxy_set_timeout(lua_State *L)
{
    struct proxy *proxy = check_proxy(L);
    proxy->timeout_ms = argument_milliseconds(L, 2, luaL_checknumber(L, 2));
    return 0;
}

/* Upvalue: the interface. */
static int unknown_operation(lua_State *L)
{
    const struct orb_interface *interface = lua_touserdata(L, lua_upvalueindex(1));
    return luaL_error(L, "%s has no operation '%s'", interface->name, luaL_tolstring(L, 2, NULL));
}

/* ---- methods ---- */

/* The metatable stands at `metatable`, the methods on the top. */
static void add_method(lua_State *L, int metatable, const struct idl_operation *operation,
                       lua_CFunction call)
{
    lua_pushlstring(L, operation->name, operation->name_length);
    lua_pushlightuserdata(L, (void *)operation);
    lua_pushvalue(L, metatable);
    lua_pushcclosure(L, call, 2);
    lua_rawset(L, -3);
}

static void push_methods(lua_State *L, struct orb *orb, const struct orb_interface *interface,
                         enum proxy_kind kind)
{
    int metatable = lua_gettop(L);
    lua_CFunction call = kind == PROXY_ASYNCHRONOUS ? call_future : call_wait;
    uint32_t count = interface->idl ? interface->idl->operation_count : 0;
    lua_createtable(L, 0, (int)count + 4);
    for (uint32_t i = 0; i < count; i++)
        add_method(L, metatable, &interface->idl->operations[i], call);
    add_method(L, metatable, &orb->non_existent, call);
    add_method(L, metatable, &orb->is_a, proxy_is_a);
    lua_pushcfunction(L, proxy_is_equivalent);
    lua_setfield(L, -2, "_is_equivalent");
    lua_pushcfunction(L, proxy_set_timeout);
    lua_setfield(L, -2, "_set_timeout");
    lua_createtable(L, 0, 1);
    lua_pushlightuserdata(L, (void *)interface);
    lua_pushcclosure(L, unknown_operation, 1);
    lua_setfield(L, -2, "__index");
    lua_setmetatable(L, -2);
}

static void push_metatable(lua_State *L, struct orb *orb, const struct orb_interface *interface,
                           enum proxy_kind kind)
{
    static const luaL_Reg functions[] = {{"__gc", release},
                                         {"__tostring", reference_tostring},
                                         {"__eq", reference_equal},
                                         {NULL, NULL}};
    lua_createtable(L, 0, 8);
    luaL_setfuncs(L, functions, 0);
    lua_pushliteral(L, "proxy");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushboolean(L, 1);
    lua_rawsetp(L, -2, &proxy_mark);
    push_methods(L, orb, interface, kind);
    lua_setfield(L, -2, "__index");
}

struct proxy *proxy_push(lua_State *L, struct orb *orb, const struct orb_interface *interface,
                         enum proxy_kind kind)
{
    struct orb_interface *own = (struct orb_interface *)interface; /* where metatables are kept */
    struct proxy *proxy = lua_newuserdatauv(L, sizeof(*proxy), 0);
    *proxy = (struct proxy){.reference = {.interface = interface}, .kind = kind};
    if (!own->metatables[kind]) {
        push_metatable(L, orb, interface, kind);
        own->metatables[kind] = luaL_ref(L, LUA_REGISTRYINDEX);
    }
    lua_rawgeti(L, LUA_REGISTRYINDEX, own->metatables[kind]);
    lua_setmetatable(L, -2);
    return proxy;
}

/* ---- made by scripts ---- */

static enum proxy_kind check_kind(lua_State *L, int argument)
{
    static const char *const names[] = {"synchronous", "asynchronous", "protected"};
    const char *name = luaL_optstring(L, argument, names[PROXY_SYNCHRONOUS]);
    for (int kind = 0; kind < PROXY_KINDS; kind++) {
        if (strcmp(name, names[kind]) == 0)
            return (enum proxy_kind)kind;
    }
    lua_pushfstring(L, "there is no kind '%s': it is '%s', '%s' or '%s'", name, names[0], names[1],
                    names[2]);
    return (enum proxy_kind)luaL_argerror(L, argument, lua_tostring(L, -1));
}

static void read_text(lua_State *L, struct proxy *proxy)
{
    size_t length;
    struct fault fault = {0};
    const char *text = luaL_checklstring(L, 2, &length);
    if (ior_parse(text, length, &proxy->reference.ior, &fault))
        luaL_error(L, "no reference: %s", fault.text);
}

/* The interface that the reference itself says it is of. */
static const struct orb_interface *own_interface(lua_State *L, const struct orb *orb,
                                                 const struct ior *ior)
{
    const struct orb_interface *found =
        ior->type_id[0] ? orb_find_interface(orb, ior->type_id) : NULL;
    if (!ior->type_id[0])
        luaL_error(L, "the reference does not say its interface: give one as third argument");
    if (!found)
        luaL_error(L, "the reference is to a '%s', which the IDL that has been loaded lacks",
                   ior->type_id);
    return found;
}

int orb_lua_newproxy(lua_State *L)
{
    struct orb *orb = orb_of(L);
    luaL_checkany(L, 2);
    lua_settop(L, 4);
    enum proxy_kind kind = check_kind(L, 3);
    const struct orb_interface *interface = lua_isnil(L, 4) ? NULL : orb_check_interface(L, orb, 4);
    struct reference *from = reference_at(L, 2);
    /* Its interface may have to be read from the reference: a proxy of Object keeps that first. */
    struct proxy *proxy = proxy_push(L, orb, interface ? interface : orb->object, kind);
    if (from)
        proxy->reference.ior = ior_hold(from->ior);
    else
        read_text(L, proxy);
    if (interface)
        return 1;
    interface = from ? from->interface : own_interface(L, orb, proxy->reference.ior);
    struct proxy *made = proxy_push(L, orb, interface, kind);
    made->reference.ior = ior_hold(proxy->reference.ior);
    return 1;
}
