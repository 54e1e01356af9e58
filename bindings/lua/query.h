/* Query strings as tables. */
#ifndef BINDINGS_QUERY_H
#define BINDINGS_QUERY_H

#include "http/server.h"

#include <lua.h>

/* Pushes the parameters of an application/x-www-form-urlencoded query, decoded. Raises
 * validation-failed for a name given twice, a broken percent-encoding, a NUL, and text that is
 * not UTF-8. */
void query_push(lua_State *L, struct text query);

#endif
