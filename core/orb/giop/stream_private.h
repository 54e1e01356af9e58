/* Private: the unfinished messages of a stream, and the memory that a stream holds. */
#ifndef GIOP_STREAM_PRIVATE_H
#define GIOP_STREAM_PRIVATE_H

#include "base/buffer.h"
#include "giop/stream.h"

#include <stdbool.h>

/* What a connection holds without anybody counting it. */
enum { STREAM_FREE_BYTES = 8192 };

/* A message of which fragments are still to come. In 1.1 there is one at most. */
struct partial {
    struct buffer bytes;   /* the first fragment, then the others without their headers */
    struct buffer lengths; /* 1.1: how many bytes of it each was, as size_t */
    uint64_t frame;        /* the number of its first frame */
    uint32_t id;           /* 1.2 */
    uint8_t minor;
    bool little;
};

struct giop_stream {
    struct giop_stream_limits limits;
    struct giop_budget *budget;
    struct buffer input; /* bytes from `begin` to input.size wait */
    size_t begin;
    uint64_t frames;          /* taken from the input so far */
    struct partial *partials; /* limits.partial_messages of them, made with the first */
    size_t partial_count;
    size_t partial_bytes;       /* in all of them */
    struct buffer whole, seams; /* a message put together, and its lengths, lent to the caller */
    enum giop_next end;         /* GIOP_BROKEN or GIOP_DROPPED for good, else GIOP_WAIT */
};

/* Gives `held` this capacity, of which the first `uncounted` bytes are nobody's business; false:
 * the common budget does not allow it. Never shrinks. */
bool stream_grow(struct giop_stream *stream, struct buffer *held, size_t capacity,
                 size_t uncounted);
void stream_let_go(struct giop_stream *stream, struct buffer *held, size_t uncounted);

/* What was lent of a message that was put together. */
void stream_let_go_whole(struct giop_stream *stream);

/* All: `reason` says in plain words why it was refused. A message that begins and goes on in
 * fragments. */
MUST_CHECK bool partial_begin(struct giop_stream *stream, const struct giop_message *first,
                              const char **reason);
/* A Fragment. `*finished`: stream->whole holds the message now, and `message` is it. */
MUST_CHECK bool partial_continue(struct giop_stream *stream, const struct giop_message *fragment,
                                 bool *finished, struct giop_message *message, const char **reason);
/* Forgets the unfinished message that this CancelRequest is about, if there is one. */
void partial_cancel(struct giop_stream *stream, const struct giop_message *cancel);
void partial_forget_all(struct giop_stream *stream);

#endif
