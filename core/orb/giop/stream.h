/* From the bytes of a connection to whole messages: framing, fragments, limits.
 *
 * Bytes are received straight into the stream's memory. A message that came in one piece is handed
 * over where it lies; fragments are put together in memory of their own. No memory is taken from a
 * length that has been announced only: it grows with what has come. */
#ifndef GIOP_STREAM_H
#define GIOP_STREAM_H

#include "giop/message.h"

#include <stddef.h>
#include <stdint.h>

struct giop_stream_limits {
    size_t message_bytes;    /* of one message, all its fragments together */
    size_t reassembly_bytes; /* of all unfinished messages of one connection */
    size_t partial_messages; /* that may be unfinished at a time (1.2 interleaves them) */
};
/* 4 MiB, 8 MiB, 16. */
struct giop_stream_limits giop_stream_limits_default(void);

/* What all connections of a thread hold together: received bytes that are no finished message yet,
 * beyond each connection's first few KB. */
struct giop_budget {
    size_t limit;
    size_t used;
};

struct giop_stream;
struct giop_stream *giop_stream_new(const struct giop_stream_limits *limits,
                                    struct giop_budget *budget);
void giop_stream_free(struct giop_stream **stream);

/* Where to receive to, and how much at most; then how much came. Invalidates what was handed out.
 * NULL: the common budget is spent; the connection has to go. */
uint8_t *giop_stream_space(struct giop_stream *stream, size_t *size);
void giop_stream_filled(struct giop_stream *stream, size_t size);

enum giop_next {
    GIOP_WAIT,    /* no whole message yet */
    GIOP_MESSAGE, /* one; lent until the next call of giop_stream_next or _space */
    GIOP_BROKEN,  /* what comes is no GIOP, or beyond a limit: answer MessageError and close.
                     `fault` says why. The stream takes nothing more. */
    GIOP_DROPPED, /* as broken, but the peer would not understand an answer: just close */
};
/* `fault` may be NULL. A Fragment of an unknown id is ignored (it may be of a cancelled request); a
 * CancelRequest for an unfinished message drops that, and is handed over as well. */
enum giop_next giop_stream_next(struct giop_stream *stream, struct giop_message *message,
                                struct fault *fault);

/* Whether an unfinished message waits for more bytes: then the peer is on the clock. */
bool giop_stream_waiting(const struct giop_stream *stream);
/* Which one has waited longest: a number that stays the same as long as that is the same message,
 * whatever else comes in whole meanwhile; 0: none waits. */
uint64_t giop_stream_oldest(const struct giop_stream *stream);
/* Gives memory back that an idle connection does not need. */
void giop_stream_rest(struct giop_stream *stream);

#endif
