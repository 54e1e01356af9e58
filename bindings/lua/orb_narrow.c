/* Asking objects what they are: _is_a and narrow. */
#include "bindings/orb_object.h"

#include <string.h>

/* The interface may be named as scripts name it; what goes out is its repository id. */
static void push_id(lua_State *L, int argument)
{
    const char *name = luaL_checkstring(L, argument);
    const struct orb_interface *interface = orb_find_interface(orb_of(L), name);
    lua_pushstring(L, interface ? interface->id : name);
}

int proxy_is_a(lua_State *L)
{
    const struct proxy *proxy = proxy_test(L, 1);
    if (!proxy)
        return luaL_typeerror(L, 1, "proxy");
    lua_settop(L, 2);
    push_id(L, 2);
    lua_replace(L, 2);
    return proxy->kind == PROXY_ASYNCHRONOUS ? call_future(L) : call_wait(L);
}

/* ---- narrow: (orb, proxy, interface) ---- */

/* Pushes the proxy at 2 as one of this interface. */
static int push_narrowed(lua_State *L, const struct orb_interface *interface)
{
    const struct proxy *from = proxy_test(L, 2);
    struct proxy *made = proxy_push(L, orb_of(L), interface, from->kind);
    made->reference.ior = ior_hold(from->reference.ior);
    made->timeout_ms = from->timeout_ms;
    return 1;
}

/* What _is_a answered is on the top. */
static int narrow_asked(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    if (lua_toboolean(L, -1))
        return push_narrowed(L, orb_check_interface(L, orb_of(L), 3));
    lua_pushnil(L);
    return 1;
}

/* Whether the proxy's interface, or the one that its reference names, is known to be one. */
static bool is_known(const struct orb *orb, const struct proxy *proxy,
                     const struct orb_interface *interface)
{
    const struct orb_interface *named = orb_find_interface(orb, proxy->reference.ior->type_id);
    size_t length = strlen(interface->id);
    return orb_interface_is_a(proxy->reference.interface, interface->id, length) ||
           (named && orb_interface_is_a(named, interface->id, length));
}

int orb_lua_narrow(lua_State *L)
{
    struct orb *orb = orb_of(L);
    const struct proxy *proxy = proxy_test(L, 2);
    if (!proxy)
        return luaL_typeerror(L, 2, "proxy");
    const struct orb_interface *interface = orb_check_interface(L, orb, 3);
    lua_settop(L, 3);
    if (is_known(orb, proxy, interface))
        return push_narrowed(L, interface);
    struct proxy *asked = proxy_push(L, orb, orb->object, PROXY_SYNCHRONOUS);
    asked->reference.ior = ior_hold(proxy->reference.ior);
    asked->timeout_ms = proxy->timeout_ms;
    lua_getfield(L, 4, "_is_a");
    lua_insert(L, 4);
    lua_pushstring(L, interface->id);
    lua_callk(L, 2, 1, 0, narrow_asked);
    return narrow_asked(L, LUA_OK, 0);
}
