/* Reading the stream of a running orderd page by page, and printing it as it comes. A page that has
 * been printed is forgotten, so a long stream needs no more memory than a short one. Private to the
 * commands events. */
#ifndef ORDERCTL_EVENTS_READER_H
#define ORDERCTL_EVENTS_READER_H

#include "orderctl/service.h"

#include <stdint.h>

enum { POSITION_SIZE = 40 };

extern const struct command_option option_topic; /* the prefixes are the invocation's */

struct reader {
    const struct invocation *in;
    bool follow; /* wait for more at the end, and for an orderd that is away */
    bool json;
    /* Where it stands. */
    char position[POSITION_SIZE]; /* the last event that was looked at */
    bool has_position;
    char epoch[64];
    const char *from_time; /* NULL: it has begun */
    /* Where it ends. */
    const char *to_position; /* NULL: not there */
    bool has_to_time;
    int64_t to_time;
    int64_t left; /* events still to be printed */
    /* reader_run's. */
    struct service *service;
    bool heard; /* there has been an answer */
    bool away;  /* the last question had none, and that has been said */
    bool done;
    struct buffer path, line;
};

/* Reads from where it stands (with neither a position nor a time: from the head) to where it ends.
 * The exit code; what went wrong has been said. */
MUST_CHECK int reader_run(struct reader *reader);

#endif
