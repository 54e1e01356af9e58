/* A repository of as many events as a test wants, none of which is kept anywhere: the n-th has the
 * position n, in 16 digits, happened n milliseconds after 1970, and as many bytes of data as it is
 * told. */
#ifndef TESTS_BUS_STREAM_H
#define TESTS_BUS_STREAM_H

#include "store/repository_ops.h"

struct stream {
    struct repository repository; /* for the tested code */
    struct store store;           /* with the epoch "an-epoch" */
    size_t count;
    size_t floor; /* the last one that was removed */
    size_t data_size;
    /* What calls are answered with when it is not STATUS_OK: reads of events, of ends, and all
     * about cursors. */
    enum status events_status, ends_status, cursor_status;
    size_t cursor;                   /* where every cursor stands */
    char cursor_name[64];            /* the last one that was asked for */
    struct position cursor_position; /* the last one that was given */
};

void stream_init(struct stream *stream, size_t count);

#endif
