/* Object references as Lua values: made, passed and told apart. */
#include "bindings/json.h"
#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/orb_object.h"

#include <string.h>

static int release(lua_State *L)
{
    struct reference *reference = lua_touserdata(L, 1);
    ior_release(&reference->ior);
    return 0;
}

int reference_tostring(lua_State *L)
{
    const struct reference *reference = reference_at(L, 1);
    struct buffer *scratch = scratch_take(L);
    if (reference)
        ior_format(reference->ior, scratch);
    scratch_push(L, scratch);
    return 1;
}

/* a == b: the same object, as far as its references tell. */
int reference_equal(lua_State *L)
{
    const struct reference *a = reference_at(L, 1), *b = reference_at(L, 2);
    lua_pushboolean(L, a && b && ior_equal(a->ior, b->ior));
    return 1;
}

static const struct kind reference_kind = {
    .name = "reference", .release = release, .text = reference_tostring};

struct reference *reference_push(lua_State *L, const struct orb_interface *interface)
{
    struct reference *reference = kind_new(L, &reference_kind, sizeof(*reference), 0);
    reference->interface = interface;
    lua_getmetatable(L, -1);
    lua_pushliteral(L, "__eq");
    if (lua_rawget(L, -2) == LUA_TNIL) {
        lua_pushcfunction(L, reference_equal);
        lua_setfield(L, -3, "__eq");
    }
    lua_pop(L, 2);
    return reference;
}

struct reference *reference_at(lua_State *L, int index)
{
    struct proxy *proxy = proxy_test(L, index);
    struct reference *reference = proxy ? &proxy->reference : servant_test(L, index);
    if (!reference)
        reference = kind_test(L, index, &reference_kind);
    return reference && reference->ior ? reference : NULL;
}

/* At a reload the address is known; what cannot be at a start is refused there, too. Between the
 * script and us may stand tostring, which has no place. */
static void refuse_early(lua_State *L)
{
    luaL_where(L, 1);
    if (!*lua_tostring(L, -1))
        luaL_where(L, 2);
    lua_pushliteral(L, "references are made while tasks run, not while the scripts are being "
                       "loaded: the address that they name is not known yet");
    lua_concat(L, 2);
    lua_error(L);
}

struct ior *reference_make(lua_State *L, const struct orb_interface *interface, const void *key,
                           size_t size)
{
    const struct services *services = services_of(L);
    if (vm_loading(vm_of(L)))
        refuse_early(L);
    if (!services->orb_host || !services->orb_port)
        luaL_error(L, "this program serves nothing over IIOP: it has no references to give");
    return ior_new(interface->id, services->orb_host, services->orb_port, key, size);
}

/* ---- passed ---- */

void marshal_reference(struct marshal *m, const struct typecode *type, int index,
                       const struct place *at)
{
    lua_State *L = m->L;
    if (lua_isnil(L, index) || json_null_at(L, index)) {
        ior_write(m->out, NULL);
        return;
    }
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    const struct reference *reference = reference_at(L, index);
    if (!reference)
        marshal_refuse_type(m, at, type, index);
    if (!orb_interface_is_a(reference->interface, type->id, strlen(type->id)))
        marshal_refuse(m, at, "a reference to %s where %s is expected (orb:narrow gives another)",
                       reference->interface->name, orb_interface_of(m->orb, type)->name);
    ior_write(m->out, reference->ior);
}

void unmarshal_reference(struct unmarshal *u, const struct typecode *type)
{
    lua_State *L = u->L;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    const struct orb_interface *interface = orb_interface_of(u->orb, type);
    struct proxy *proxy = proxy_push(L, u->orb, interface, PROXY_SYNCHRONOUS);
    proxy->reference.ior = ior_read(u->in);
    if (proxy->reference.ior)
        return;
    lua_pop(L, 1);
    lua_pushnil(L);
}
