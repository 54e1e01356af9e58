/* A list of topics, as scripts declare them, to find the one that a frame carries. */
#ifndef BUS_TOPICS_H
#define BUS_TOPICS_H

#include "bus/zmq_socket.h"

#include <stddef.h>

/* All zero is an empty one. */
struct topics {
    char **texts;
    size_t count;
};

void topics_copy(struct topics *topics, const char *const *texts, size_t count);
void topics_release(struct topics *topics); /* it is empty again */

/* The one that these bytes are, or NULL. Lent. */
const char *topics_find(const struct topics *topics, const struct bus_frame *name);

#endif
