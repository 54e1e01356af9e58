/* JSON in, through jansson, with what jansson leaves open closed: duplicate names, depth, and
 * numbers that a double would round are errors. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/status.h"

#include <jansson.h>
#include <stddef.h>

enum { JSON_DEPTH_LIMIT = 64 };

/* Parses one JSON text (RFC 8259), any value at the top. The result is the caller's: json_decref.
 * STATUS_INVALID with line, column and what was expected in fault->text for: bad syntax, invalid
 * UTF-8, a NUL character, a duplicate name, nesting deeper than JSON_DEPTH_LIMIT, an integer
 * outside 64 bits, a number with more than 15 significant digits and a fraction or exponent, or one
 * below 1e-307. The fault does not quote the text. fault may be NULL. */
MUST_CHECK enum status json_read(const char *text, size_t length, json_t **value,
                                 struct fault *fault);

#endif
