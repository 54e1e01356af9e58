/* Private: a peer: one address, spoken to in certain code sets, its connection and the calls to it.
 *
 * A peer lives while it is held (by objects and calls), connected, being dialled, or down; one that
 * is down and held by nobody goes when there are too many of them. */
#ifndef IIOP_PEER_H
#define IIOP_PEER_H

#include "iiop/call_table.h"
#include "iiop/client_private.h"
#include "iiop/dial.h"

/* Whether calls are let through to it. */
enum peer_health {
    PEER_UP,
    PEER_UNREACHABLE, /* takes no connections: until one is made */
    PEER_SILENT,      /* does not answer in time: until it does */
};

struct orb_peer {
    LIST_ENTRY(orb_peer) links;
    struct orb_client *client;
    size_t references;
    char *host, *name; /* name: "host:port" */
    uint16_t port;
    uint32_t char_set, wchar_set; /* transmission code sets */

    /* One of them, or neither. */
    struct orb_dial *dial;
    struct orb_connection *connection;
    struct orb_connection *finishing; /* an earlier one that is told why it ends */
    bool reading;                     /* `connection` hands a message over, and sends after it */
    bool codesets_told;               /* on this connection */
    uint32_t last_id;
    int64_t used_us;

    struct call_list queued;  /* for the connection, in order */
    struct call_list sent;    /* those in `pending`, in order */
    struct call_list written; /* oneways of which bytes still wait in the connection */
    struct call_table pending;
    size_t call_count;   /* on all three lists */
    size_t queued_bytes; /* of the bodies on `queued` */

    TAILQ_ENTRY(orb_peer) dirty_links;
    bool dirty; /* on the client's list */

    enum peer_health health;
    int failures;           /* in a row, that made it be left alone */
    int timeouts;           /* in a row */
    int64_t alone_until_us; /* unless it is up */
    struct orb_call *probe; /* the one call that tries whether it is well again; or NULL */
};

/* ---- peer.c ---- */

/* Held for the caller. */
struct orb_peer *orb_peer_find(struct orb_client *client, const struct endpoint *endpoint,
                               uint32_t char_set, uint32_t wchar_set);
struct orb_peer *orb_peer_hold(struct orb_peer *peer);
void orb_peer_release(struct orb_peer **peer); /* NULLs it; NULL is nothing to release */
const char *orb_peer_name(const struct orb_peer *peer);
/* With its calls on no list any more; whoever holds it must have let go, or never use it again. */
void orb_peer_free(struct orb_peer *peer);

/* Sends a call, or queues it for the connection, which is begun; or ends it with NO_RESOURCES.
 * False: the peer is left alone at present. */
bool orb_peer_take(struct orb_peer *peer, struct orb_call *call);
/* Takes a call off its lists. */
void orb_peer_drop(struct orb_peer *peer, struct orb_call *call);
/* A CancelRequest for a call that has been sent. */
void orb_peer_cancel(struct orb_peer *peer, const struct orb_call *call);
/* Sends what was written to it in this turn. */
void orb_peer_flush(struct orb_peer *peer);
/* Ends the oneways whose last byte has left. */
void orb_peer_left(struct orb_peer *peer);

/* ---- peer_connect.c ---- */

/* Begins to connect. False: there are too many connections already, all of them in use. */
bool orb_peer_connect(struct orb_peer *peer);
/* Closes its connection, or gives up making one; its calls stay on their lists. */
void orb_peer_disconnect(struct orb_peer *peer);
/* The connection is lost: calls of which nothing had left go again, the others end. */
void orb_peer_lost(struct orb_peer *peer, const char *why);
/* The peer closed the connection in order: all its calls go again. */
void orb_peer_closed(struct orb_peer *peer);
/* What it sends cannot be understood: it is told so, and the connection is lost. */
void orb_peer_broken(struct orb_peer *peer, const char *why);

/* ---- peer_health.c ---- */

/* Whether the call may go to it now; makes it the probe when one is due. */
bool orb_peer_admits(struct orb_peer *peer, struct orb_call *call);
void orb_peer_connected(struct orb_peer *peer);
void orb_peer_answered(struct orb_peer *peer);
void orb_peer_unreachable(struct orb_peer *peer, const char *why);
void orb_peer_silent(struct orb_peer *peer, const struct orb_call *call); /* it timed out */

/* ---- reply.c ---- */

void orb_peer_message(void *peer, const struct giop_message *message);

#endif
