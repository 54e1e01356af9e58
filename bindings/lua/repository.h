/* What becomes of a store's answers inside Lua. */
#ifndef BINDINGS_REPOSITORY_H
#define BINDINGS_REPOSITORY_H

#include "base/status.h"

#include <lua.h>

/* Raises the problem that stands for what the store said; `status` is not STATUS_OK. */
int repository_raise(lua_State *L, enum status status, const struct fault *fault);

#endif
