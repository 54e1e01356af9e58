/* Private: one TCP connection that speaks GIOP, whichever side opened it.
 *
 * Bytes are read straight into the stream; every whole message of one read is handed over, and what
 * was written meanwhile goes out in one send after the last of them. Written outside of a read, it
 * goes out at once; what the socket does not take waits for it to. Timers are coarse: a read or a
 * write only notes the time, and one timer looks whether a deadline has passed. One thread. */
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

enum { ORB_PEER_SIZE = 56 }; /* "[IPv6 address]:65535" and its terminator */

/* Why it has ended; the text of `ended` says it to people. */
enum orb_connection_end {
    ORB_END_NONE,
    ORB_END_CLOSED,   /* by the peer: "closed" */
    ORB_END_FAILED,   /* an error of the socket */
    ORB_END_BROKEN,   /* what came is no good GIOP; MessageError is appended */
    ORB_END_DROPPED,  /* no GIOP at all, or no memory is allowed for it; to be closed at once */
    ORB_END_LATE,     /* a deadline: the peer did not send, or take, in time */
    ORB_END_FINISHED, /* orb_connection_finish has done its work: "finished" */
};

/* `arg` is the owner's. All run from the loop, never from within a function below; any of them may
 * close the connection, and nothing more is called then. */
struct orb_connection_calls {
    void (*message)(void *arg, const struct giop_message *message);
    /* It has ended (orb_connection_end), and nothing is read any more. The owner calls
     * orb_connection_close; or, to let the peer have what waits to be written, and unless it had
     * done so before, orb_connection_finish. */
    void (*ended)(void *arg, const char *why);
    /* All that was written has gone out, in the loop; what orb_connection_flush could send itself
     * is not told of. May be NULL. */
    void (*drained)(void *arg);
    /* Nothing was read, and nothing waits to be written, for the idle time-out; told again after
     * as much time. */
    void (*idle)(void *arg);
};

/* Times of 0 are no limit. */
struct orb_connection_options {
    struct giop_stream_limits stream;
    int message_deadline_ms; /* for the rest of a message that has begun */
    int write_timeout_ms;    /* with bytes waiting, nothing taken */
    int idle_timeout_ms;
};

/* Takes over a connected, non-blocking socket. Sets TCP_NODELAY and keep-alive. Options, budget and
 * calls are lent and outlive it. */
struct orb_connection *orb_connection_new(struct event_base *base, int descriptor,
                                          const struct orb_connection_options *options,
                                          struct giop_budget *budget,
                                          const struct orb_connection_calls *calls, void *arg);
/* At once and without a word, and NULLs it; safe within a callback (memory, that of a message
 * handed over included, goes when the callback has returned). */
void orb_connection_close(struct orb_connection **connection);
/* The orderly end: hands nothing over any more, writes what waits (CloseConnection or MessageError
 * as its end, the owner's to append), sends FIN, and waits up to 2 s for the peer's, throwing away
 * what still comes, lest a reset overtake the last words. Then, or when that fails, `ended` is
 * called, from the loop. */
void orb_connection_finish(struct orb_connection *connection);

/* Where messages are appended, whole ones; then orb_connection_flush. */
struct buffer *orb_connection_out(struct orb_connection *connection);
/* Calls nobody back: a failure is told from the loop. */
void orb_connection_flush(struct orb_connection *connection);
size_t orb_connection_unsent(const struct orb_connection *connection); /* bytes */
/* Bytes that the socket has taken since the begin. What is appended now has left once this has
 * grown to what it is now, and orb_connection_unsent after the append on top. */
uint64_t orb_connection_sent(const struct orb_connection *connection);

/* Reads on or rests: messages that have been received already are not handed over either while it
 * rests, and no message's deadline runs. */
void orb_connection_read(struct orb_connection *connection, bool on);
/* clock_monotonic_us of the last read or write that the loop made: good enough for when a message
 * came. */
int64_t orb_connection_time_us(const struct orb_connection *connection);
/* ORB_END_NONE before `ended`. */
enum orb_connection_end orb_connection_end(const struct orb_connection *connection);
const char *orb_connection_peer(const struct orb_connection *connection); /* "127.0.0.1:40112" */

#endif
