/* A stream, and the bytes that a test lets come into it. */
#include "feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

int feed_setup(void **state)
{
    struct feed *feed = calloc(1, sizeof(*feed));
    feed->limits = giop_stream_limits_default();
    feed->budget.limit = 64 << 20;
    feed->stream = giop_stream_new(&feed->limits, &feed->budget);
    *state = feed;
    return 0;
}

int feed_teardown(void **state)
{
    struct feed *feed = *state;
    giop_stream_free(&feed->stream);
    size_t used = feed->budget.used;
    free(feed);
    return used == 0 ? 0 : -1;
}

void feed_begin_anew(struct feed *feed)
{
    giop_stream_free(&feed->stream);
    assert_int_equal(feed->budget.used, 0);
    feed->stream = giop_stream_new(&feed->limits, &feed->budget);
}

void feed_bytes(struct feed *feed, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size > 0) {
        size_t space;
        uint8_t *to = giop_stream_space(feed->stream, &space);
        assert_non_null(to);
        assert_true(space > 0);
        if (space > size)
            space = size;
        memcpy(to, at, space);
        giop_stream_filled(feed->stream, space);
        at += space;
        size -= space;
    }
}

void feed_hex(struct feed *feed, const char *hex)
{
    struct buffer bytes = bytes_of(hex);
    feed_bytes(feed, bytes.data, bytes.size);
    buffer_release(&bytes);
}

enum giop_next feed_next(struct feed *feed, struct giop_message *message)
{
    return giop_stream_next(feed->stream, message, NULL);
}
