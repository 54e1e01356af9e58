/* What handlers return or raise, read into plain C. Everything here is raw: no script code runs. */
#ifndef BINDINGS_ANSWER_H
#define BINDINGS_ANSWER_H

#include "base/buffer.h"
#include "bindings/routes.h"
#include "http/problem.h"

#include <lua.h>

/* Reads the answer table at the index; raises a text that says what is wrong with it. The texts
 * live as long as the table. */
void answer_read(lua_State *L, int index, struct answer *answer);

/* Reads the problem at the index: its kind and detail, its other members as JSON text into
 * `members` (terminated), its headers into the answer. Raises when it cannot be written. */
void answer_read_problem(lua_State *L, int index, struct problem *problem, struct buffer *members,
                         struct answer *answer);

#endif
