/* Problems inside Lua: tables that are raised, with a metatable of their own, so that nothing else
 * is taken for one. http/problem.h has the catalogue, and writes them for callers. */
#ifndef BINDINGS_PROBLEM_H
#define BINDINGS_PROBLEM_H

#include "base/status.h"

#include <lua.h>
#include <stdbool.h>

/* Pushes a problem of the catalogue; `detail` may be NULL. Set more members, then lua_error. */
void problem_push(lua_State *L, const char *code, const char *detail);

/* These raise, and return an int only so that `return problem_raise(...)` reads well. */
int problem_raise(lua_State *L, const char *code, const char *detail);

/* validation-failed with one error: the fault's place as its pointer, the fault's text. */
int problem_raise_invalid(lua_State *L, const struct fault *fault);
int problem_raise_invalid_at(lua_State *L, const char *pointer, const char *text);

/* Is it the name of a member that the service writes itself? */
bool problem_reserves(const char *name);

/* Never raises. */
bool problem_is(lua_State *L, int index);

/* An error value in words, for the log: a text as it is, a problem as "code: detail". Calls
 * nothing of a script's and pushes nothing. `text` holds `size` bytes. */
void problem_describe(lua_State *L, int index, char *text, size_t size);

#endif
