/* JSON into and out of Lua values, for every module that speaks it. */
#ifndef BINDINGS_JSON_H
#define BINDINGS_JSON_H

#include "base/json_writer.h"
#include "base/status.h"

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

/* Pushes what the text says; nothing but the status and the fault when it is no good JSON. */
MUST_CHECK enum status json_decode(lua_State *L, const char *text, size_t length,
                                   struct fault *fault);

/* Writes the value as JSON; raises a text that names the culprit when it has none. Calls nothing
 * of a script's. The writer's buffer must have an owner that outlives the error. */
void json_encode(lua_State *L, int index, struct json_writer *w);

void json_push_null(lua_State *L);
bool json_null_at(lua_State *L, int index);

/* Arrays carry a metatable, so that empty ones stay arrays. */
void json_mark_array(lua_State *L, int index);
bool json_is_marked_array(lua_State *L, int index);

#endif
