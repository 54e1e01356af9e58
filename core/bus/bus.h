/* The ZeroMQ side: committed events out on PUB and, when asked for, on REPLAY; other services'
 * events in on INGEST and on SUB.
 *
 * One thread owns a bus, its sockets and its repository (ZeroMQ sockets belong to one thread).
 * Only bus_post may be called from others. PUB is the fast path and may lose: the positions in its
 * frames make a gap visible, and the events stay in the store. */
#ifndef BUS_BUS_H
#define BUS_BUS_H

#include "base/status.h"
#include "store/repository.h"

#include <stdbool.h>
#include <stddef.h>

struct bus_clients;
struct curve_keys;
struct event_base;
struct bus;

/* A PUB socket that carries some topics only. */
struct bus_feed {
    const char *publish;       /* as bus_options.publish */
    const char *const *topics; /* beginnings of those that it carries */
    size_t topic_count;
};

/* What a client may do. */
struct bus_rights {
    const char *const *topics; /* beginnings of those that it may read; an empty one allows all */
    size_t topic_count;
    bool cursors;            /* may it have, move and delete cursors? */
    const char *const *send; /* beginnings of the topics that it may send in, likewise */
    size_t send_count;
};

/* The rights of a user, as ZAP named it (a public key); NULL where nobody did. Never NULL; lent
 * until the next call. Asked for each request and each batch of a read, so what is taken from a
 * client ends soon.
 */
typedef const struct bus_rights *bus_rights_of(void *arg, const char *user);

struct bus_options {
    const char *publish;          /* "127.0.0.1:5556"; port 0 takes a free one */
    const struct bus_feed *feeds; /* beside it */
    size_t feed_count;
    const char *const *subscribe; /* endpoints to connect to, "tcp://127.0.0.1:6556" */
    size_t subscribe_count;
    const char *const *topics; /* to take from them */
    size_t topic_count;
    int high_water_mark;   /* messages a subscriber may lag before PUB drops */
    int heartbeat_ms;      /* how often an idle stream sends its heads */
    int ping_ms;           /* how often a silent peer is asked for a sign of life; 0: never */
    int ping_timeout_ms;   /* without one for this long a peer is gone */
    size_t connections;    /* to each address at a time (bus/entrance.h); 0: any number */
    int64_t message_bytes; /* one frame of another service; a peer that sends more is cut off */

    /* The service's own keys: what listens is encrypted (CURVE), and takes in whom bus_set_clients
     * names; nobody before. Copied. NULL: everybody who comes may everything. */
    const struct curve_keys *keys;

    /* REPLAY. */
    const char *replay;        /* where it is served, as `publish`; NULL: it is not */
    const struct store *store; /* the repository's: whose stream it is; not NULL with `replay` */
    size_t replays;            /* reads under way at a time, */
    size_t client_replays;     /* and those of one client; 1 and up */
    int replay_credit;         /* events of one that may be on their way */
    int replay_idle_ms;        /* how long one waits for credit */

    /* INGEST. */
    const char *ingest;    /* where it is served; NULL: it is not. Needs a repository */
    size_t ingest_pending; /* messages that may be on their way into the store; 1 and up. As many
                              of the endpoints may, too */

    bus_rights_of *rights; /* without `keys`; NULL: everybody may everything */
    void *rights_arg;
};

/* `repository` is the bus thread's own and outlives the bus; NULL where there is no store: then it
 * never leads, and takes nothing in. What comes in is put into the store (repository_inbound_put).
 * The options are copied. May be opened before the thread runs that is to own it.
 * STATUS_UNAVAILABLE: the address is in use; STATUS_INVALID: an address or endpoint that is none.
 */
MUST_CHECK enum status bus_open(struct event_base *base, struct repository *repository,
                                const struct bus_options *options, struct bus **bus,
                                struct fault *fault);
const char *bus_address(const struct bus *bus);                   /* of PUB, as bound; any thread */
size_t bus_feed_count(const struct bus *bus);                     /* any thread */
const char *bus_feed_address(const struct bus *bus, size_t feed); /* any thread */
const char *const *bus_feed_topics(const struct bus *bus, size_t feed, size_t *count); /* any */
const char *bus_replay_address(const struct bus *bus); /* of REPLAY, or NULL; any thread */
const char *bus_ingest_address(const struct bus *bus); /* of INGEST, or NULL; any thread */

/* Are its sockets encrypted, and their clients known? Any thread. */
bool bus_encrypted(const struct bus *bus);

/* Of all processes that share a store, the one that leads publishes the store's events, and
 * heartbeats. With the epoch of the stream (copied), begins to: from where the cursor in the store
 * stands, so that what another process published and did not write down yet is published again
 * under the same positions, and nothing is skipped. With NULL, ends it at once: nothing more is
 * published, and the cursor, which is another process's now, is left alone. Any number of times. */
void bus_lead(struct bus *bus, const char *epoch);

/* There may be new events (from repository_watch). Nothing while it does not lead. */
void bus_wake(struct bus *bus);

/* Replaces the list of clients; the bus's from now on. Whoever is not in it any more, or may less,
 * loses it at once: REPLAY and INGEST refuse what is asked from now on, reads end, and where
 * somebody has lost PUB or a feed, all its subscribers are made to connect anew. Only with `keys`.
 */
void bus_set_clients(struct bus *bus, struct bus_clients *clients);

/* Replaces the topics that are taken, from the endpoints and at INGEST. */
void bus_set_topics(struct bus *bus, const char *const *topics, size_t count);

/* Takes nothing more in, for good: who sends to INGEST is told to try again later. */
void bus_stop_taking(struct bus *bus);

/* Ends leading in good order: publishes what is committed by now and writes the cursor. `settled`
 * runs in a later turn of the loop, when that is done or the store does not answer well; at once
 * when it does not lead, or is told meanwhile that it does no longer. It leads no more after that:
 * bus_close comes next. */
void bus_settle(struct bus *bus, void (*settled)(void *arg), void *arg);

/* Ends leading at once, as bus_lead(bus, NULL) does, and closes, lingering at most 1 s. `closed`
 * runs in a later turn of the loop, when that is done; the bus is freed by then. Nobody may post
 * any more. A bus_settle that is not done is given up: its `settled` does not run. */
void bus_close(struct bus *bus, void (*closed)(void *arg), void *arg);

/* Sends [topic][payload] to PUB as it is: for scripts that publish what no store holds. Any
 * thread; copies. Not durable. */
void bus_post(struct bus *bus, const char *topic, const char *payload, size_t length);

/* NULL when its loop turns, there is a socket behind each address, and, when it leads, the relay's
 * last read of the store was good; or what is wrong, for people. Any thread. */
const char *bus_trouble(const struct bus *bus);

#endif
