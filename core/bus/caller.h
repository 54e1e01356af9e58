/* Who asked something at a ROUTER, and how the answer finds the way back.
 *
 * A request is [verb][id]..., an answer [kind][id]...; in front of both stands the peer's routing
 * id, and, for a REQ socket, an empty frame. The id is the caller's own. */
#ifndef BUS_CALLER_H
#define BUS_CALLER_H

#include "bus/entrance.h"

#include <stdbool.h>

enum { CALLER_ROUTING_LIMIT = 255, CALLER_ID_LIMIT = 64, CALLER_FRAMES_LIMIT = 4 };

struct caller {
    bool delimited; /* it is a REQ socket */
    uint8_t routing_size, id_size;
    char routing[CALLER_ROUTING_LIMIT];
    char id[CALLER_ID_LIMIT];
};

/* What is left of a request when the way back is taken off. Lent, as the message is. */
struct caller_request {
    struct bus_frame verb;
    const struct bus_frame *frames; /* behind the id */
    size_t count;
};

/* Takes a message of a ROUTER apart. STATUS_INVALID: there is no verb, no id of 1 to
 * CALLER_ID_LIMIT bytes, or there are more frames than are kept; the caller can be answered all the
 * same, under the id that it gave or, where that is none, an empty one. */
MUST_CHECK enum status caller_read(const struct bus_message *message, struct caller *caller,
                                   struct caller_request *request, struct fault *fault);

/* Sends [kind][id] and at most CALLER_FRAMES_LIMIT frames; the statuses of entrance_send. */
MUST_CHECK enum status caller_answer(struct entrance *entrance, const struct caller *caller,
                                     const char *kind, const struct bus_frame *frames,
                                     size_t count);

/* The same connection? */
bool caller_equal_connection(const struct caller *a, const struct caller *b);

/* The same connection and the same id? */
bool caller_equal(const struct caller *a, const struct caller *b);

#endif
