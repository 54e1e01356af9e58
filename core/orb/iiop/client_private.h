/* Private: a client, its objects and its calls, and what the files of the client share.
 *
 * A call wanders: it waits for its object's name to be resolved, or for its peer's connection, is
 * sent, and ends; each of these is a list, and orb_call_move is the only way from one to another.
 * A user's callback runs in two places only: when a reply has come (reply.c), and at the end of a
 * turn of the loop (client.c). Whatever else ends a call puts it on the list `ended`, to be told at
 * the end of the turn; so no list changes under whoever walks it, and no failure is told before
 * orb_call_send has returned. */
#ifndef IIOP_CLIENT_PRIVATE_H
#define IIOP_CLIENT_PRIVATE_H

#include "base/buffer.h"
#include "base/metrics.h"
#include "iiop/client.h"
#include "iiop/connection.h"
#include "iiop/deadlines.h"

#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct evdns_base;
struct orb_peer;

/* ---- calls ---- */

/* Where a call stands, and so on which list it is. */
enum call_state {
    CALL_NEW,       /* orb_call_send is still to come: on none */
    CALL_RESOLVING, /* on its object's `waiting`: where to go is not known yet */
    CALL_QUEUED,    /* on its peer's `queued`: there is no connection yet */
    CALL_SENT,      /* on its peer's `sent`, and in its table: a reply is to come */
    CALL_WRITTEN,   /* on its peer's `written`: a oneway that has not left the socket's buffer */
    CALL_ENDED,     /* on its client's `ended`: to be told */
    CALL_TOLD,      /* its end is being told, or it is spare: on none, or on `spare` */
};

TAILQ_HEAD(call_list, orb_call);

struct orb_call {
    TAILQ_ENTRY(orb_call) links;
    struct call_list *list; /* on which it is; NULL: on none */
    enum call_state state;
    struct orb_client *client;
    struct orb_object *object; /* held */
    orb_answered *answered;
    void *arg;

    /* What is called. */
    enum giop_response response;
    size_t operation_length;
    struct cdr_writer writer;          /* of `body`; says which code sets that is in */
    enum exception_kind context_error; /* a context did not fit */

    /* Where. */
    struct ior *target;        /* held: the object's own reference, or a forwarded one */
    bool forwarded;            /* target is not the object's own */
    size_t place;              /* among the target's endpoints */
    size_t tried;              /* places that failed */
    struct orb_peer *peer;     /* held; NULL: not known yet */
    size_t profile;            /* of the target, in which the place stands */
    uint8_t minor;             /* GIOP 1.minor */
    enum giop_address address; /* how the target is named */

    /* Sent. */
    uint32_t id;
    uint64_t begin, end; /* in the bytes of its connection */
    int64_t begun_us;
    struct deadline deadline;
    int forwards;   /* and other replies that made it go again */
    int reissues;   /* after a CloseConnection */
    bool fell_back; /* from where it had been forwarded to */
    bool resent;    /* on a second connection, as nothing of it had left on the first */

    /* Its end, while it is on `ended`. EXCEPTION_NONE: a oneway that has left. */
    struct system_exception system;

    /* Kept from one use to the next; all before is zeroed. */
    char why[160];
    struct buffer body;
    struct buffer texts; /* the operation, then the contexts' bytes */
    struct service_contexts contexts;
    size_t context_at[GIOP_CONTEXTS_LIMIT]; /* in texts, which moves as it grows */
};

void orb_call_move(struct orb_call *call, struct call_list *list, enum call_state state);

/* Takes a call off wherever it is: lists, table, peer. Its deadline runs on. */
void orb_call_detach(struct orb_call *call);
/* Sends it to its target: the first of the places left that can be tried. Ends it when there is
 * none. It is on no list. */
void orb_call_go(struct orb_call *call);
/* Sends it to where its object's calls go now, from the begin. */
void orb_call_start(struct orb_call *call);
/* The place where it was is no good; the next one. `why` is the reason if there is none. */
void orb_call_try_next(struct orb_call *call, enum exception_kind kind, const char *why);
/* Its end, told at the end of the turn. */
void orb_call_fail(struct orb_call *call, enum exception_kind kind,
                   enum exception_completed completed, const char *why);
void orb_call_left(struct orb_call *call); /* a oneway */
/* Where it had been forwarded to fails; false: it was not forwarded, or has been here before. */
bool orb_call_fall_back(struct orb_call *call, const struct system_exception *exception);
/* Its end, told now; the call is gone then. */
void orb_call_tell(struct orb_call *call, const struct orb_outcome *outcome);
void orb_call_tell_ended(struct orb_call *call); /* one of `ended` */
void orb_call_expire(struct orb_call *call);     /* its deadline has passed */
void orb_call_free_spare(struct orb_client *client);

/* ---- objects ---- */

struct orb_object {
    TAILQ_ENTRY(orb_object) links;
    struct orb_client *client; /* NULL: it is gone */
    size_t references;
    struct ior *ior;
    struct ior *forward; /* where it was forwarded or resolved to; or NULL */
    size_t place;        /* of the reference in force: the one that answered last, the first else */
    struct orb_peer *peer; /* of that place; held; NULL: not looked up yet */
    size_t profile;        /* likewise */
    uint8_t minor;
    uint32_t char_set, wchar_set; /* what calls to it are marshalled in */
    enum giop_address address;

    /* Of a corbaname: */
    struct orb_object *context;  /* the naming context; NULL before the first call */
    struct orb_call *resolution; /* the call of `resolve` that is under way; or NULL */
    struct call_list waiting;    /* for it */
};

TAILQ_HEAD(object_list, orb_object);

/* The reference that calls go to now; NULL: the name is still to be resolved. */
struct ior *orb_object_target(const struct orb_object *object);
/* Looks the place up at which calls begin, unless that is known: its peer (none when the reference
 * is no good), version and code sets. */
void orb_object_locate(struct orb_object *object);
void orb_object_remember(struct orb_object *object, struct ior *forward); /* holds it */
void orb_object_forget(struct orb_object *object, const struct ior *forward);
/* This place answers: calls begin there from now on. */
void orb_object_settle(struct orb_object *object, const struct orb_call *call);
/* Lets a call wait for the name's resolution, and begins that (resolve.c). */
void orb_object_resolve(struct orb_object *object, struct orb_call *call);
/* Its client is gone. */
void orb_object_orphan(struct orb_object *object);

/* ---- places: the endpoints of a reference (place.c) ---- */

struct place {
    const struct endpoint *endpoint;
    size_t profile;
    uint8_t minor;
    uint32_t char_set, wchar_set;
};

/* EXCEPTION_NONE; CODESET_INCOMPATIBLE; INV_OBJREF beyond the last place. */
enum exception_kind place_find(const struct ior *ior, size_t index, struct place *place);
/* Makes the place one for this body, which was marshalled for another: its code sets become those
 * of the body. False: it would not be understood there. */
bool place_fit(const struct ior *ior, struct place *place, const struct cdr_writer *body);

/* ---- the client ---- */

enum { PEER_BUCKETS = 64 };
LIST_HEAD(peer_bucket, orb_peer);
TAILQ_HEAD(dirty_list, orb_peer);

enum call_outcome {
    OUTCOME_RETURNED,
    OUTCOME_USER_EXCEPTION,
    OUTCOME_SYSTEM_EXCEPTION, /* from the peer */
    OUTCOME_TIMEOUT,
    OUTCOME_FAILED, /* raised on this side */
    OUTCOME_CANCELLED,
    OUTCOMES,
};

struct orb_client {
    struct event_base *base;
    struct orb_client_options options;
    struct orb_connection_options connection;
    struct giop_budget budget;
    struct evdns_base *dns; /* NULL until a name is to be looked up */

    struct event turn; /* the end of a turn: flush, tell */
    bool in_turn, closing;
    struct call_list ended;
    struct dirty_list dirty; /* peers with something to flush */

    struct deadlines deadlines;
    struct event deadline;
    int64_t armed_us; /* when `deadline` fires; 0: it does not */

    struct peer_bucket peers[PEER_BUCKETS];
    size_t peer_count;
    size_t connections; /* open and being opened */
    struct object_list objects;

    struct call_list spare;
    size_t spare_count;

    struct counter *calls[OUTCOMES];
    struct histogram *seconds;
    struct gauge *down;
};

/* The end of this turn will see to `ended` and `dirty`. */
void orb_client_turn(struct orb_client *client);
/* Lets the call expire at this time. */
void orb_client_set_deadline(struct orb_client *client, struct orb_call *call, int64_t at_us);

#endif
