/* Private: the small words of HTTP's grammar (RFC 9110, 5.6). */
#ifndef HTTP_GRAMMAR_H
#define HTTP_GRAMMAR_H

#include "http/server.h"

#include <stdbool.h>
#include <stddef.h>

/* At least one character, all of them tchar (RFC 9110, 5.6.2). */
bool grammar_is_token(const char *text, size_t length);

/* A host with an optional port as a Host field may have it (RFC 9110, 7.2), by its characters; a
 * comma is left out, so that two joined hosts are none. */
bool grammar_is_host(struct text host);

/* Equal without regard to ASCII case. `other` is terminated. */
bool grammar_same(struct text text, const char *other);

/* Without the blanks and tabs at both ends (OWS). */
struct text grammar_trim(struct text text);

#endif
