/* Plain data in Lua: tables without behaviour, texts, numbers, booleans, json.null. */
#ifndef BINDINGS_PLAIN_H
#define BINDINGS_PLAIN_H

#include <lua.h>

/* Pushes a deep copy. Raises for anything that is not plain, and for tables that hold themselves.
 * Calls nothing of a script's. */
void plain_copy(lua_State *L, int index);

#endif
