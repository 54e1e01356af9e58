/* Private to orderd.orb: the Lua objects that stand for CORBA objects. Proxies call them, servants
 * are them, references only name them; each can be passed where IDL has an object. */
#ifndef BINDINGS_ORB_OBJECT_H
#define BINDINGS_ORB_OBJECT_H

#include "bindings/orb_value.h"
#include "giop/reference.h"
#include "iiop/client.h"

/* ---- orb_reference.c ---- */

/* What a proxy, servant or reference begins with. */
struct reference {
    struct ior *ior; /* NULL while it is being made; of a servant: until it is asked for */
    const struct orb_interface *interface;
};

/* The reference that the value is, with its ior; NULL when it is none. Raises when it is a servant
 * and no reference can be made. */
struct reference *reference_at(lua_State *L, int index);
/* An empty one, to be filled by the caller. */
struct reference *reference_push(lua_State *L, const struct orb_interface *interface);
/* An object that is served here. Raises when this program serves nothing, and while the scripts are
 * being loaded. */
struct ior *reference_make(lua_State *L, const struct orb_interface *interface, const void *key,
                           size_t size);
int reference_tostring(lua_State *L);
int reference_equal(lua_State *L);

void marshal_reference(struct marshal *m, const struct typecode *type, int index,
                       const struct place *at);
void unmarshal_reference(struct unmarshal *u, const struct typecode *type);

/* ---- orb_proxy.c ---- */

struct proxy {
    struct reference reference;
    struct orb_object *object; /* NULL until the first call */
    enum proxy_kind kind;
    int timeout_ms; /* 0: the client's */
};

int orb_lua_newproxy(lua_State *L);
/* An empty one, to be filled by the caller. */
struct proxy *proxy_push(lua_State *L, struct orb *orb, const struct orb_interface *interface,
                         enum proxy_kind kind);
struct proxy *proxy_test(lua_State *L, int index);
/* What it is called through. Raises when this thread calls nothing. */
struct orb_object *proxy_object(lua_State *L, struct proxy *proxy);

/* ---- orb_narrow.c ---- */
int orb_lua_narrow(lua_State *L);
int proxy_is_a(lua_State *L); /* methods; their upvalues are those of all operations */

/* ---- orb_call.c, orb_future.c ---- */

/* The method of an operation. Upvalues: the operation, the metatable of its proxies. The arguments
 * stand from 2 on. */
int call_wait(lua_State *L);
int call_future(lua_State *L);

/* ---- orb_servant.c ---- */
int orb_lua_newservant(lua_State *L);
int orb_lua_newdefaultservant(lua_State *L);
struct reference *servant_test(lua_State *L, int index);

#endif
