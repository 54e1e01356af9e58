/* A caller as scripts see it. */
#ifndef BINDINGS_CALLER_H
#define BINDINGS_CALLER_H

#include "bindings/services.h"
#include "http/jwt.h"

#include <lua.h>
#include <stdbool.h>

struct caller;

/* Pushes one; copies. What is given back lives as long as the Lua object. */
const struct caller *caller_push(lua_State *L, const struct identity *identity);

/* Does a scope of the token, or one of the roles by the configuration, stand for it? */
bool caller_can(const struct services *services, const struct caller *caller,
                const char *permission);

#endif
