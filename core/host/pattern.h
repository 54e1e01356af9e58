/* Lua patterns (Lua 5.4 manual, 6.4.1), matched in counted steps: a pattern that would try for
 * minutes ends when its steps do. Pure C, no Lua; nothing is allocated. */
#ifndef HOST_PATTERN_H
#define HOST_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PATTERN_CAPTURES = 32,
    PATTERN_DEPTH = 200, /* of choices inside of choices */
};

/* How long a capture is, where it is no length. */
enum { CAPTURE_OPEN = -1, CAPTURE_POSITION = -2 };

struct capture {
    const char *start;
    ptrdiff_t length;
};

/* Fill the first part; the rest is the matcher's. All text is the caller's and stays where it is.
 */
struct pattern {
    const char *subject, *subject_end;
    const char *text, *text_end; /* of the pattern, without a '^' that anchors it */
    bool anchored;
    int64_t steps; /* that may still be taken; below 0 when they did not suffice */

    const char *fault; /* what is wrong with the pattern; NULL while nothing is */
    int depth;
    int count; /* of captures */
    struct capture captures[PATTERN_CAPTURES];
};

struct span {
    const char *start, *end;
};

/* The first match that begins at `from` or later (anchored: at `from`) and does not end at
 * `not_end` (NULL: wherever it ends). False when there is none, the pattern is malformed (`fault`),
 * or the steps did not suffice. */
bool pattern_find(struct pattern *pattern, const char *from, const char *not_end,
                  struct span *found);

/* Whether the text has any character that means something else than itself. */
bool pattern_is_plain(const char *text, size_t length);

#endif
