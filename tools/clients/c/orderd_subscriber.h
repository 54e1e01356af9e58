/* Events of orderd, each once and in the order of the stream. Two files to take along; they need
 * libzmq and jansson:
 *
 *     cc orderd_subscriber.c example.c -lzmq -ljansson
 *
 * PUB is fast and may lose, REPLAY has everything. The subscriber listens to PUB, knows from each
 * event which one it follows, and reads from REPLAY what it has missed. docs/EVENTS.md has the
 * protocol, example.c a whole program.
 *
 * A subscriber belongs to one thread at a time. All texts end with a zero byte unless there is a
 * length; times are milliseconds. */
#ifndef ORDERD_SUBSCRIBER_H
#define ORDERD_SUBSCRIBER_H

#include <stdbool.h>
#include <stddef.h>

enum orderd_result {
    ORDERD_OK,
    ORDERD_NOTHING, /* no event in time; while orderd is away it is waited for, too */
    ORDERD_REFUSED, /* orderd does not do what it was asked for, and would not the next time */
    ORDERD_EPOCH_CHANGED, /* the stream is another one (a new database, say), in which no position
                             that was remembered means anything: decide, and begin anew */
    ORDERD_POSITION_GONE, /* events behind the position have been removed: to go on without them,
                             begin after orderd_subscriber_floor */
    ORDERD_TIMED_OUT,     /* of flush: orderd may not know what was acknowledged */
    ORDERD_FAILED,        /* an option, a socket, memory: orderd was not asked */
};

/* CURVE: the client's own pair, and the service's public key; 40 characters each (Z85). */
struct orderd_keys {
    const char *public_key, *secret_key, *server_key;
};

/* All is copied. What is zero has its default. Lists end with NULL. */
struct orderd_options {
    const char *const *publish; /* endpoints of PUB: where several processes share a store, all */
    const char *const *replay;  /* of REPLAY, likewise */
    const char *const *topics;  /* that are wanted, each a topic, or a beginning of some that ends
                                   with a dot; NULL: all */
    const char *cursor;        /* a durable cursor, made when there is none: after a restart it goes
                                  on behind the last event that was acknowledged */
    const char *after, *epoch; /* instead of a cursor: a position and the epoch that it belongs to,
                                  as they were kept somewhere */
    bool from_beginning;       /* without `after`, and of a new cursor: else from the head */
    const struct orderd_keys *keys; /* NULL: orderd has no CURVE */
    int receive_mark;               /* events that may wait in the socket (10,000); beyond it PUB
                                       drops, and REPLAY is asked */
    int ack_every, ack_ms;          /* tell orderd of what was acknowledged after so many events
                                       (100), or so much time (1,000) */
};

struct orderd_subscriber;

/* Lent until the next call with its subscriber. */
struct orderd_event {
    const char *topic;
    const char *position;
    const char *previous; /* of the same topic; empty for the first */
    const char *json;     /* the CloudEvent; `length` bytes without an end */
    size_t length;
};

/* Connects in the background; orderd need not be there. When it fails, there is a subscriber that
 * has only an error text and is to be closed, or NULL for want of memory. */
enum orderd_result orderd_subscriber_open(const struct orderd_options *options,
                                          struct orderd_subscriber **subscriber);
void orderd_subscriber_close(struct orderd_subscriber **subscriber); /* NULL inside is fine */

/* The next event; waits at most `timeout_ms`, or until a signal was handled and that is over. */
enum orderd_result orderd_subscriber_next(struct orderd_subscriber *subscriber,
                                          struct orderd_event *event, int timeout_ms);

/* All that next has given so far was handled. orderd is told when ack_every and ack_ms say so,
 * while next waits for more, or by flush. What it was not told comes again. */
void orderd_subscriber_ack(struct orderd_subscriber *subscriber);

/* Tells orderd now; it is on disk when this returns ORDERD_OK. */
enum orderd_result orderd_subscriber_flush(struct orderd_subscriber *subscriber, int timeout_ms);

/* Lent; they change with the next call. */
const char *orderd_subscriber_error(const struct orderd_subscriber *subscriber);
const char *orderd_subscriber_epoch(const struct orderd_subscriber *subscriber); /* "": unknown */
/* Every event up to here was given out; "" at the beginning. Keep it with the epoch. */
const char *orderd_subscriber_position(const struct orderd_subscriber *subscriber);
const char *orderd_subscriber_floor(const struct orderd_subscriber *subscriber);
/* Has orderd said anything yet? Not while it is away, or does not let this client in. */
bool orderd_subscriber_answered(const struct orderd_subscriber *subscriber);
/* How often REPLAY was read. */
unsigned long orderd_subscriber_replays(const struct orderd_subscriber *subscriber);

#endif
