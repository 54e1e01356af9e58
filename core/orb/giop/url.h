/* Private: texts in which some characters stand as %XX (RFC 2396; CORBA 3.3, part 2, 7.6.10.1). */
#ifndef GIOP_URL_H
#define GIOP_URL_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>

/* Whether a character may stand for itself in a key or a name. */
bool url_plain(char character);
void url_escape(struct buffer *text, const void *bytes, size_t size);
/* Appends what the text stands for. False: `*wrong` is the place of the first character that may
 * not stand there. */
bool url_unescape(struct buffer *bytes, const char *text, size_t length, size_t *wrong);

#endif
