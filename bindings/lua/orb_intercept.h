/* Private to orderd.orb: the scripts' own look at requests and replies on their way. What is told
 * is one table for a request and its reply, kept in the registry between the two. */
#ifndef BINDINGS_ORB_INTERCEPT_H
#define BINDINGS_ORB_INTERCEPT_H

#include "bindings/orb_object.h"
#include "iiop/server.h"

int orb_lua_setclientinterceptor(lua_State *L);
int orb_lua_setserverinterceptor(lua_State *L);

/* ---- of calls ---- */

bool intercept_wanted(const struct orb *orb);
/* Tells of a request; the table's place in the registry, or LUA_NOREF when nobody wants to know. */
int intercept_request(lua_State *L, struct orb *orb, const struct proxy *proxy,
                      const struct idl_operation *operation);
/* The contexts that the interceptor added. */
void intercept_add_contexts(lua_State *L, int told, struct orb_call *call);
/* Tells of the reply, and gives the place back. `exception` is its index, or 0. */
void intercept_reply(lua_State *L, struct orb *orb, int told, const struct orb_outcome *outcome,
                     int exception);

/* ---- of served requests ---- */

/* Tells of a request. Sets `told` before the interceptor runs, so that it hears of the end even of
 * what it ended itself. */
void intercept_served(lua_State *L, struct orb *orb, const struct orb_interface *interface,
                      const struct orb_request *request, int *told);
/* Tells of the reply and adds its contexts, before it is opened; gives the place back. */
void intercept_answer(lua_State *L, struct orb *orb, int told, struct orb_request *request,
                      int exception);

/* Pushes a table of texts by id. */
void intercept_push_contexts(lua_State *L, const struct service_contexts *contexts);

#endif
