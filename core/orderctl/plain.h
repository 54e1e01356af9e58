/* Text that came from others, made so that a terminal shows it and does nothing else. */
#ifndef ORDERCTL_PLAIN_H
#define ORDERCTL_PLAIN_H

#include "base/buffer.h"

/* Appends the text with '?' for each character that is not shown
 * (utf8_is_shown) and each byte that is no UTF-8. Of one that
 * has more than `most` characters (0: any number), as many as leave room for "...". NULL: nothing.
 */
void plain_append(struct buffer *out, const char *text, size_t most);

#endif
