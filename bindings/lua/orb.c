/* orderd.orb: the object broker for scripts, in the manner of OiL. What a state has of it is made
 * when the module is opened, and ends with the state. */
#include "bindings/orb.h"

#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/orb_except.h"
#include "bindings/orb_intercept.h"
#include "bindings/orb_serve.h"

/* May be one that open_orb did not come to fill. */
static int release(lua_State *L)
{
    struct orb *orb = lua_touserdata(L, 1);
    if (orb->adapter)
        orb_adapter_free(&orb->adapter);
    serving_free_idle(orb);
    idl_free(&orb->idl);
    buffer_release(&orb->scratch);
    return 0;
}

static const struct kind orb_kind = {.name = "orb", .release = release};

struct orb *orb_of(lua_State *L)
{
    return kind_find_only(L, &orb_kind);
}

static void orb_begin(struct orb *orb, lua_State *L)
{
    const struct services *services = services_of(L);
    orb->vm = vm_of(L);
    for (int i = 0; i < INTERCEPT_POINTS; i++)
        orb->interceptors[i] = LUA_NOREF;
    orb->idl = idl_new(services->idl_directories);
    orb->adapter = orb_adapter_new(services->adapter);
    orb_idl_begin(orb);
}

const struct orb_adapter *lua_orb_adapter(struct vm *vm)
{
    const struct orb *orb = kind_find_only(vm_state(vm), &orb_kind);
    const struct services *services = vm_context(vm);
    if (orb)
        servants_note_missing(orb);
    return orb ? orb->adapter : services->adapter;
}

int open_orb(lua_State *L)
{
    static const luaL_Reg functions[] = {{"constant", orb_lua_constant},
                                         {"isexcept", orb_lua_isexcept},
                                         {"loadidl", orb_lua_loadidl},
                                         {"loadidlfile", orb_lua_loadidlfile},
                                         {"narrow", orb_lua_narrow},
                                         {"newdefaultservant", orb_lua_newdefaultservant},
                                         {"newexcept", orb_lua_newexcept},
                                         {"newproxy", orb_lua_newproxy},
                                         {"newservant", orb_lua_newservant},
                                         {"request", orb_lua_request},
                                         {"setclientinterceptor", orb_lua_setclientinterceptor},
                                         {"setserverinterceptor", orb_lua_setserverinterceptor},
                                         {"type", orb_lua_type},
                                         {NULL, NULL}};
    struct orb *orb = kind_only(L, &orb_kind, sizeof(*orb));
    if (!orb->idl)
        orb_begin(orb, L);
    except_begin(L);
    luaL_newlib(L, functions);
    return 1;
}
