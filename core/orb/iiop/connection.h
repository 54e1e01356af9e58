/* Private: one TCP connection that speaks GIOP, whichever side opened it.
 *
 * Bytes are read straight into the stream; every whole message of one read is handed over, and what
 * was written meanwhile goes out in one send after the last of them. Written outside of a read, it
 * goes out at once; what the socket does not take waits for it to. Timers are coarse: a read or a
 * write only notes the time, a tick of the connection looks whether a deadline has passed. */
#ifndef IIOP_CONNECTION_H
#define IIOP_CONNECTION_H

#include "base/buffer.h"
#include "base/status.h"
#include "giop/message.h"
#include "giop/stream.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct orb_connection;

/* `arg` is the owner's. A callback may close the connection; nothing more is called then. */
struct orb_connection_calls {
    void (*message)(void *arg, const struct giop_message *message);
    /* It has ended: the peer closed it (why is "closed"), an error, broken GIOP, or a deadline. The
     * owner calls orb_connection_close then. */
    void (*ended)(void *arg, const char *why);
    /* All that was written has gone out. May be NULL. */
    void (*drained)(void *arg);
    /* Nothing was read, and nothing waits to be written, for the idle time-out; may close. */
    void (*idle)(void *arg);
};

struct orb_connection_options {
    struct giop_stream_limits stream;
    int message_deadline_ms; /* for the rest of a message that has begun */
    int write_timeout_ms;    /* with bytes waiting, nothing taken */
    int idle_timeout_ms;
};

/* Takes over a connected, non-blocking socket. Sets TCP_NODELAY and keep-alive. Options are lent
 * and outlive it. */
struct orb_connection *orb_connection_new(struct event_base *base, int descriptor,
                                          const struct orb_connection_options *options,
                                          struct giop_budget *budget,
                                          const struct orb_connection_calls *calls, void *arg);
/* At once and without a word, and NULLs it; safe within a callback (the memory goes when the
 * callback has returned). */
void orb_connection_close(struct orb_connection **connection);
/* Reads nothing more, writes what waits (CloseConnection or MessageError as its end, the owner's to
 * append), then closes by itself; no callback any more. NULLs it. */
void orb_connection_finish(struct orb_connection **connection);

/* Where messages are appended, whole ones; then orb_connection_flush. */
struct buffer *orb_connection_out(struct orb_connection *connection);
void orb_connection_flush(struct orb_connection *connection);
size_t orb_connection_unsent(const struct orb_connection *connection); /* bytes */
/* Bytes sent to the socket since the begin: what was appended when this stood at n has left once it
 * is n plus the appended size. */
uint64_t orb_connection_sent(const struct orb_connection *connection);

/* Reads on or rests: messages that have been received already are not handed over either while it
 * rests. */
void orb_connection_read(struct orb_connection *connection, bool on);
const char *orb_connection_peer(const struct orb_connection *connection); /* "127.0.0.1:40112" */

#endif
