/* What is read out of another service's message before it is stored: the name of the event, and
 * what it is about. The rest is for the hook that handles it. */
#ifndef BUS_INBOUND_MESSAGE_H
#define BUS_INBOUND_MESSAGE_H

#include "base/status.h"
#include "store/repository.h"

#include <stddef.h>

enum { INBOUND_ABOUT_LIMIT = 255 };

struct inbound_head {
    char event_id[INBOUND_ID_LIMIT + 1];
    char about[INBOUND_ABOUT_LIMIT + 1]; /* empty: nothing that it says */
};

/* The payload is one JSON object, read as base/json.h reads. The event's name is its member
 * `event_id`, or, of a CloudEvent (one with `specversion`), `source` and `id` with a space between
 * them. What it is about is `order_id`, or a CloudEvent's `partitionkey`, else its `subject`, else
 * `order_id` in its `data`; UUIDs in lower case. STATUS_INVALID with the place as a JSON pointer
 * and what was expected; the fault repeats nothing of the payload. */
MUST_CHECK enum status inbound_head_read(const char *payload, size_t length,
                                         struct inbound_head *head, struct fault *fault);

#endif
