/* Private to the journal: reading it, which a fuzzer does, too. */
#ifndef NAMING_JOURNAL_PRIVATE_H
#define NAMING_JOURNAL_PRIVATE_H

#include "naming/journal.h"

static const char journal_heading[] = "{\"names\":1}\n"; /* the first line */

/* `lines`: whole ones; `good`: the bytes up to the end of the last. STATUS_INVALID: line
 * `*lines + 1` is none of ours, or cannot have happened. */
MUST_CHECK enum status journal_replay(const char *data, size_t size, struct tree *tree,
                                      size_t *lines, size_t *good);

#endif
