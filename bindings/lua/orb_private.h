/* Private to orderd.orb: what one Lua state knows of IDL, objects and requests.
 *
 * Everything here belongs to the vm and its thread. The IDL is read while scripts are loaded and
 * never changes afterwards; what Lua needs of it again and again (the names of members as Lua
 * texts, the methods of proxies) is made then or at first use, and found through `user` of its
 * TypeCodes, which nobody else uses. */
#ifndef BINDINGS_ORB_PRIVATE_H
#define BINDINGS_ORB_PRIVATE_H

#include "base/buffer.h"
#include "cdr/typecode.h"
#include "host/vm.h"
#include "idl/idl.h"
#include "iiop/adapter.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct histogram;
struct servant;
struct serving;

enum proxy_kind { PROXY_SYNCHRONOUS, PROXY_ASYNCHRONOUS, PROXY_PROTECTED, PROXY_KINDS };

enum intercept_point {
    INTERCEPT_SENDREQUEST,
    INTERCEPT_RECEIVEREPLY,
    INTERCEPT_RECEIVEREQUEST,
    INTERCEPT_SENDREPLY,
    INTERCEPT_POINTS
};

/* How a served request ended, for metrics. */
enum serving_end { SERVING_RETURNED, SERVING_RAISED, SERVING_FAILED, SERVING_ENDS };

/* What Lua needs of an operation that is served. */
struct orb_operation {
    int key;                                 /* its name as a Lua text, in the registry */
    int attribute;                           /* of _get_x the name x likewise, else LUA_NOREF */
    const char *task;                        /* "orb Pharmacy::Order::confirm" */
    struct histogram *seconds[SERVING_ENDS]; /* NULL until first used */
};

/* An interface. Lives in the IDL's arena. */
struct orb_interface {
    const struct idl_interface *idl; /* NULL: Object */
    const char *name;                /* "Pharmacy::Order", "Object" */
    const char *id;
    int metatables[PROXY_KINDS];      /* of its proxies, in the registry; 0 until made */
    struct orb_operation *operations; /* as idl->operations; NULL unless it is served */
};

/* `user` of structs, exceptions and enums of the IDL. */
struct orb_names {
    int table; /* in the registry: member names from 1 on; of an enum also name -> ordinal */
};

struct orb {
    struct vm *vm;
    struct idl *idl;
    size_t types_planned, interfaces_planned;
    struct orb_interface *object;
    /* Built in: what every proxy can be asked. */
    struct idl_operation is_a, non_existent;
    struct idl_parameter is_a_parameter;
    struct orb_adapter *adapter;
    struct servant *servants;           /* of the adapter, the newest first */
    struct buffer scratch;              /* texts on their way out of another code set */
    struct serving *serving;            /* under way */
    struct serving *idle;               /* to be used again */
    int interceptors[INTERCEPT_POINTS]; /* functions in the registry, or LUA_NOREF */
};

/* The state's; made when the module is opened. */
struct orb *orb_of(lua_State *L);

/* ---- orb_idl.c ---- */
int orb_lua_loadidlfile(lua_State *L);
int orb_lua_loadidl(lua_State *L);
int orb_lua_constant(lua_State *L);
/* Makes what is to be known of Object before any IDL is read. */
void orb_idl_begin(struct orb *orb);
/* NULL: not in the IDL. By scoped name or repository id; "Object" is known, too. */
const struct orb_interface *orb_find_interface(const struct orb *orb, const char *name);
/* The one that a reference's TypeCode names; Object when the IDL does not know it. */
const struct orb_interface *orb_interface_of(const struct orb *orb, const struct typecode *type);
bool orb_interface_is_a(const struct orb_interface *interface, const char *id, size_t length);
/* The interface named by the argument; raises when there is none. */
const struct orb_interface *orb_check_interface(lua_State *L, struct orb *orb, int argument);

/* Member names: pushes the table that holds them (nil for types that came over the wire), then each
 * name from there. */
void orb_names_open(lua_State *L, const struct typecode *type);
static inline void orb_names_push(lua_State *L, int table, const struct typecode *type, uint32_t i)
{
    if (type->user)
        lua_rawgeti(L, table, (lua_Integer)i + 1);
    else
        lua_pushlstring(L, type->members[i].name, type->members[i].name_length);
}

/* ---- orb_type.c ---- */
int orb_lua_type(lua_State *L);
/* Pushes a Type of the IDL, or of a static node. */
void orb_type_push(lua_State *L, struct orb *orb, const struct typecode *type);
/* Pushes an empty Type with an arena of its own, to be filled by the caller. */
struct orb_type *orb_type_push_new(lua_State *L);
/* NULL: no Type. */
struct orb_type *orb_type_test(lua_State *L, int index);
struct orb_type {
    const struct typecode *type; /* NULL while it is being made */
    struct typecode_arena *arena;
};

#endif
