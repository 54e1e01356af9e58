/* A request as scripts see it. */
#ifndef BINDINGS_REQUEST_H
#define BINDINGS_REQUEST_H

#include "bindings/routes.h"

#include <lua.h>

/* Pushes the Lua object of a call's request. It is closed when the call ends. */
void request_push(lua_State *L, struct call *call);

/* Raises unless the argument is a request that is not answered yet. */
struct call *request_check(lua_State *L, int argument);

#endif
