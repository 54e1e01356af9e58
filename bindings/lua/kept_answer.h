/* Answers as bytes, so that a store can keep them: "HTTP/1.1 201", header lines, an empty line and
 * the body, in the manner of a message but with LF alone. */
#ifndef BINDINGS_KEPT_ANSWER_H
#define BINDINGS_KEPT_ANSWER_H

#include "base/buffer.h"
#include "bindings/routes.h"

#include <lua.h>

/* Raises when a header could not be read back. */
void kept_answer_write(lua_State *L, const struct answer *answer, struct buffer *bytes);

/* Pushes the answer, as a handler may return it, with one header more. Raises unless the bytes are
 * what kept_answer_write makes. */
void kept_answer_push(lua_State *L, const char *bytes, size_t length, const char *header,
                      const char *value);

#endif
