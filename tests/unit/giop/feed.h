/* A stream, and the bytes that a test lets come into it. */
#ifndef TESTS_GIOP_FEED_H
#define TESTS_GIOP_FEED_H

#include "bytes.h"

#include "giop/stream.h"

struct feed {
    struct giop_stream *stream;
    struct giop_stream_limits limits;
    struct giop_budget budget;
};

int feed_setup(void **state);
/* Frees the stream; nothing may be left of the budget. */
int feed_teardown(void **state);
/* With a new stream, under the feed's limits as they are now. */
void feed_begin_anew(struct feed *feed);

void feed_bytes(struct feed *feed, const void *bytes, size_t size);
void feed_hex(struct feed *feed, const char *hex);
enum giop_next feed_next(struct feed *feed, struct giop_message *message);

#endif
