/* What every module of this room begins with: the thread's services, and reading the tables of
 * options that scripts hand over. */
#ifndef BINDINGS_MODULE_H
#define BINDINGS_MODULE_H

#include "base/buffer.h"
#include "bindings/services.h"

#include <lauxlib.h>
#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

struct services *services_of(lua_State *L);

/* These raise when this thread does not have the service. */
struct repository *services_repository(lua_State *L);
struct bus *services_bus(lua_State *L);
const struct currency *services_currency(lua_State *L);

/* Options are read raw, so that what is given back lives as long as the table. A value that is
 * absent, nil or json.null gives NULL or false; one of another type raises. `table` is an absolute
 * index. */
const char *option_text(lua_State *L, int table, const char *name, size_t *length);
bool option_integer(lua_State *L, int table, const char *name, lua_Integer *value);
bool option_true(lua_State *L, int table, const char *name);
bool option_number(lua_State *L, int table, const char *name, lua_Number *value);

/* Raises for a name that is not among them (NULL ends): a slip of the pen is not ignored. */
void options_check(lua_State *L, int table, const char *const *names);

/* A duration in seconds as milliseconds; raises unless it is above 0 and at most a day. */
int argument_milliseconds(lua_State *L, int argument, lua_Number seconds);

/* An empty buffer that the state owns: for text on its way into or out of Lua. Whoever takes it
 * is done with it before anything else of this room runs. */
struct buffer *scratch_take(lua_State *L);
/* Pushes what is in it as text, and gives back memory that only a few answers need. */
void scratch_push(lua_State *L, struct buffer *scratch);

#endif
