/* Saying how far a long command has come: a bar on a terminal, a line every few seconds elsewhere.
 */
#ifndef ORDERCTL_PROGRESS_H
#define ORDERCTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
    FILE *out;
    const char *what; /* "orders" */
    int64_t whole;
    bool terminal;
    int64_t began_us, told_us; /* clock_monotonic_us */
};

/* `what` is lent. */
struct progress progress_begin(FILE *out, const char *what, int64_t whole);
/* Says it, unless that was done a moment ago. */
void progress_tell(struct progress *progress, int64_t done);
/* Leaves the terminal's line free for what comes next. */
void progress_end(const struct progress *progress);

#endif
