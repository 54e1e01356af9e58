/* What GET /events answers, line by line. Private to the commands events. */
#ifndef ORDERCTL_EVENTS_PAGE_H
#define ORDERCTL_EVENTS_PAGE_H

#include "base/status.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct span {
    const char *data;
    size_t length;
};

/* One line: [TOPIC,POSITION,PREVIOUS,CLOUDEVENT]; the texts as JSON has them, without quotes. */
struct event_line {
    struct span topic, position, previous;
    struct span envelope; /* the CloudEvent, as it stands on PUB */
};

/* False when it is not such a line. */
MUST_CHECK bool event_line_read(struct span line, struct event_line *event);

/* Takes the next line off the page, without its end. False when none is left. */
bool page_line(struct span *page, struct span *line);

#endif
