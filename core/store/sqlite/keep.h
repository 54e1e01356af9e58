/* Bytes of rows, kept until a callback has seen them: they do not move, and go all at once. One
 * thread's. */
#ifndef STORE_SQLITE_KEEP_H
#define STORE_SQLITE_KEEP_H

#include "store/sqlite/statements.h"

#include <stddef.h>

struct sqlite_kept; /* a piece of memory */

/* All zero is empty. */
struct sqlite_keep {
    struct sqlite_kept *last; /* the piece in use, before the older ones */
    size_t left;              /* of it */
};

/* A copy; a byte of 0 follows it. NULL stays NULL. */
const char *sqlite_keep_text(struct sqlite_keep *keep, const char *text, size_t length);

/* A column of the row on which the call stands. Null becomes NULL, a blob of no bytes does not. */
const char *sqlite_keep_string(struct sqlite_keep *keep, const struct sqlite_call *call,
                               int column);
const char *sqlite_keep_blob(struct sqlite_keep *keep, const struct sqlite_call *call, int column,
                             size_t *length);

/* Forgets all. Its largest piece stays for what comes next, unless that is more than
 * SQLITE_KEEP_LIMIT. */
enum { SQLITE_KEEP_LIMIT = 4 << 20 };
void sqlite_keep_clear(struct sqlite_keep *keep);
void sqlite_keep_release(struct sqlite_keep *keep); /* and the memory */

#endif
