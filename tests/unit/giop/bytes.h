/* Bytes written out in tests, as hexadecimal digits with blanks between them. */
#ifndef TESTS_GIOP_BYTES_H
#define TESTS_GIOP_BYTES_H

#include "base/buffer.h"
#include "giop/message.h"

#include <stdbool.h>

/* Whether this machine writes the low byte first. */
bool we_are_little(void);

/* A buffer whose memory ends where its bytes end, so that reading on is seen. */
struct buffer bytes_of(const char *hex);
/* Likewise, of the first `size` bytes. */
struct buffer bytes_cut(const struct buffer *bytes, size_t size);

/* Terminated text: `begin`, `count` times `part`, and `end`; free it. */
char *repeated(const char *begin, int count, const char *part, const char *end);

/* What the header says, without a look at the size in it. */
struct giop_message message_in(const struct buffer *bytes);

void assert_bytes(const struct buffer *bytes, const char *hex);
void assert_text(const char *text, size_t length, const char *expected);

#endif
