/* Calling objects over IIOP, from one event loop.
 *
 * One connection for each peer and client (more only where code sets differ), shared by all calls:
 * requests go out at once, replies come in any order. Everything of a client belongs to its loop's
 * thread. Nothing blocks: names are looked up by libevent's own resolver.
 *
 * A call is sent a second time only where the first cannot have run: nothing of it was written, the
 * peer closed the connection in order (CloseConnection, 9.4.7), or it forwarded the call. A peer
 * that does not take connections is left alone for a while that doubles (`backoff_first_ms` to
 * `backoff_most_ms`, with jitter); calls to it fail at once meanwhile, with TRANSIENT, and one of
 * them tries again after. So is one whose calls time out one after the other (the breaker,
 * `breaker_failures`).
 *
 * The requests of one turn of the loop go out together at its end. */
#ifndef IIOP_CLIENT_H
#define IIOP_CLIENT_H

#include "base/status.h"
#include "cdr/cdr.h"
#include "giop/message.h"
#include "giop/reference.h"
#include "giop/stream.h"

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct orb_client;
struct orb_object;
struct orb_call;

struct orb_client_options {
    struct giop_stream_limits stream;
    struct cdr_limits cdr;
    size_t reassembly_total_bytes; /* of all connections */
    size_t fragment_bytes;         /* requests longer than this are sent in fragments; 0: never */
    size_t unsent_bytes;           /* on one connection; a call beyond it fails with NO_RESOURCES */
    size_t pending_calls;          /* of one connection; beyond it likewise */
    size_t connections; /* of all peers; an idle one is closed for a new one, else NO_RESOURCES */
    int connect_timeout_ms;
    int call_timeout_ms;                   /* where a call does not say */
    int idle_timeout_ms;                   /* a connection without calls is closed after it */
    int forward_limit;                     /* LOCATION_FORWARDs in one call */
    int breaker_failures;                  /* time-outs in a row; 0: never */
    int backoff_first_ms, backoff_most_ms; /* a peer that is down is left alone for so long */
    enum giop_address address;             /* how targets are named in GIOP 1.2: GIOP_KEY_ADDR */
};
/* Defaults of conf; the limits of stream and cdr are theirs. */
struct orb_client_options orb_client_defaults(void);

/* The process ignores SIGPIPE from here on, unless it has a handler for it. */
struct orb_client *orb_client_new(struct event_base *base,
                                  const struct orb_client_options *options);
/* Ends the calls under way (COMM_FAILURE), then frees. Objects may outlive it; calling them does
 * not. Not from within a callback of its own. */
void orb_client_free(struct orb_client **client);

/* ---- objects ---- */

/* Something to call: a reference, and what was learnt about it (where it was forwarded to, which
 * address answers). A forward that leads nowhere is forgotten, and the reference itself tried once
 * more; one that leads astray (to what is no GIOP, or has no such object or operation) is
 * forgotten, too, for the next call. A corbaname is resolved at the first call, and again when what
 * it led to is gone or was astray. Counted. */
struct orb_object *orb_object_new(struct orb_client *client, struct ior *ior); /* holds the ior */
struct orb_object *orb_object_hold(struct orb_object *object);
void orb_object_release(struct orb_object **object);

/* ---- calls ---- */

enum orb_end {
    ORB_RETURNED,       /* the result, out and inout values stand in `body` */
    ORB_USER_EXCEPTION, /* its repository id is `exception_id`, its members stand in `body` */
    ORB_SYSTEM_EXCEPTION,
};

/* All lent, for the time of the callback. */
struct orb_outcome {
    enum orb_end end;
    struct cdr_reader body;
    const char *exception_id; /* not terminated */
    size_t exception_id_length;
    struct system_exception system;
    bool local;      /* the exception was not in a reply: this side raised it */
    const char *why; /* for logs; never NULL */
    const struct service_contexts *contexts; /* of the reply; NULL when local */
};

/* Exactly once for each orb_call_send, never before that has returned. */
typedef void orb_answered(void *arg, const struct orb_outcome *outcome);

/* Begins a call; the arguments are written through `body`, then orb_call_send or orb_call_drop.
 * Operation and contexts are copied; 31 contexts at most, more end the call with IMP_LIMIT.
 *
 * `body` has the target's code sets; for a name that is not resolved yet, UTF-8 and UTF-16. A call
 * that then has to go to a place where its texts would not be understood ends with TRANSIENT,
 * COMPLETED_NO: the next one is written for that place. */
struct orb_call *orb_call_new(struct orb_object *object, const char *operation,
                              size_t operation_length, enum giop_response response,
                              struct cdr_writer **body);
void orb_call_add_context(struct orb_call *call, uint32_t id, const void *data, size_t size);
/* Sends it. A failure of `body` becomes the call's end (as a local exception). GIOP_RESPONSE_NONE
 * ends when the request has been written to the socket. `timeout_ms` is for all of it, connecting
 * and forwards included; 0: the client's default. After a time-out a CancelRequest goes out, and
 * the exception is TIMEOUT, COMPLETED_MAYBE when the request has left and COMPLETED_NO when not. */
void orb_call_send(struct orb_call *call, int timeout_ms, orb_answered *answered, void *arg);
/* Before orb_call_send. */
void orb_call_drop(struct orb_call *call);
/* After it: gives the call up; `answered` does not run. Sends a CancelRequest when the request has
 * left. Not within its own `answered`. */
void orb_call_cancel(struct orb_call *call);

/* Where the calls to it would go now: "127.0.0.1:2810", or "". */
const char *orb_object_peer(const struct orb_object *object);

#endif
