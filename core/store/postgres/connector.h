/* The thread that makes connections: resolving names, handshakes, passwords and the first checks
 * take time that no worker has. It makes one at a time; while none can be made it pauses between
 * attempts, a little longer each time, and by chance, so that processes do not come all at once. */
#ifndef STORE_POSTGRES_CONNECTOR_H
#define STORE_POSTGRES_CONNECTOR_H

#include "base/mailbox.h"
#include "base/status.h"
#include "store/postgres/url.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct pg_connector;

enum pg_purpose {
    PG_PURPOSE_WORK, /* every statement is prepared; in pipeline mode */
    PG_PURPOSE_LEAD, /* holds the lock of the leading process */
};

enum { PG_LEASE_MS = 1400 };

/* One connection that is wanted again and again. Embed it; fill the first part. */
struct pg_request {
    struct letter letter; /* how it comes; open() finds the request by a cast */
    void *owner;          /* the asker's own */
    enum pg_purpose purpose;
    struct mailbox *mailbox; /* of the thread that wants it */
    void (*open)(struct letter *letter, void *receiver);
    PGconn *conn; /* the receiver's, once the letter has come */

    /* The connector's. */
    TAILQ_ENTRY(pg_request) waiting;
    enum pg_request_state {
        PG_REQUEST_IDLE,
        PG_REQUEST_WAITING,
        PG_REQUEST_MAKING,
        PG_REQUEST_FORGOTTEN, /* while it is being made; its owner waits */
    } state;
};

struct pg_connector_options {
    const struct pg_url *url; /* outlives the connector */
    int connect_ms, deadline_ms;
    /* Before anything is handed out, until it succeeds: what must be true of the database. Runs in
     * the connector's thread; may wait. NULL: nothing to check. */
    enum status (*prepare)(void *arg, int interrupt, struct fault *fault);
    bool prepared; /* that has been done already */
    /* Of every connection before it is handed out: whether it is one that is meant. May wait. NULL:
     * any is. */
    enum status (*check)(void *arg, PGconn *conn, int interrupt, struct fault *fault);
    void *arg;
};

MUST_CHECK enum status pg_connector_start(const struct pg_connector_options *options,
                                          struct pg_connector **connector, struct fault *fault);
/* No request may be left. NULL inside is fine. */
void pg_connector_stop(struct pg_connector **connector);

/* Asks for a connection; nothing happens while that is under way. Any thread. */
void pg_connector_ask(struct pg_connector *connector, struct pg_request *request);
/* From now on no letter comes; one that is on its way is opened by the mailbox. May wait for an
 * attempt that is being given up. */
void pg_connector_forget(struct pg_connector *connector, struct pg_request *request);

/* For how long no connection could be made, in microseconds; 0: the last attempt succeeded, or none
 * has ended yet. Any thread. */
int64_t pg_connector_down_us(const struct pg_connector *connector);

#endif
