/* Query strings (application/x-www-form-urlencoded): name=value pairs between '&', '+' for a space,
 * percent-encoding. */
#ifndef HTTP_QUERY_H
#define HTTP_QUERY_H

#include "base/buffer.h"
#include "http/server.h"

#include <stdbool.h>

/* Takes the next pair off the query: both parts as sent, the value empty where there is no '='.
 * False when none is left. */
bool query_next(struct text *query, struct text *name, struct text *value);

/* Makes `out` hold the text decoded. False for a broken percent-encoding, a NUL, and what is not
 * UTF-8. */
MUST_CHECK bool query_decode(struct text text, struct buffer *out);

/* Appends the text so that it can stand in a query or be a segment of a path (RFC 3986, 2.3). */
void query_encode(const char *text, struct buffer *out);

#endif
