/* A connection in an event loop: statements go out in a pipeline, answers come back in order.
 *
 * What is sent is a unit: some prepared statements and a Sync (libpq, 34.5), so one transaction. A
 * unit ends when its Sync has been answered, which is when it is committed, or when the connection
 * is lost. Several units may be under way. One thread. */
#ifndef STORE_POSTGRES_SESSION_H
#define STORE_POSTGRES_SESSION_H

#include "store/postgres/arguments.h"
#include "store/postgres/failure.h"
#include "store/postgres/statements.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <sys/queue.h>

struct event_base;
struct pg_session;
struct pg_unit;

/* What a unit does with what comes back. Embed it as the first member. */
struct pg_unit {
    TAILQ_ENTRY(pg_unit) queue;
    int sent, answered;        /* statements */
    struct pg_failure failure; /* the first one */
    /* A statement has been answered well. `index` counts the unit's statements from 0. */
    void (*answer)(struct pg_unit *unit, int index, const PGresult *result);
    /* The last word; the unit is the callee's. unit->failure says what went wrong, and is
     * PG_BLAME_CONNECTION when nobody knows what became of it. Only after it was committed is the
     * blame nobody's. */
    void (*ended)(struct pg_unit *unit);
};

/* Takes over a connection in pipeline mode. `idle` runs when the last unit has ended, `lost` when
 * the connection is gone: every unit has been told by then; pg_session_close is for the callee. */
struct pg_session *pg_session_new(struct event_base *base, PGconn *conn, void (*idle)(void *arg),
                                  void (*lost)(void *arg), void *arg);

/* Ends the connection. Units that are under way end first, with PG_BLAME_CONNECTION. NULL inside is
 * fine. Not from within `answer` and `ended`. */
void pg_session_close(struct pg_session **session);

/* Adds a statement to the unit, whose Sync has not been sent. What fails is found out later. */
void pg_session_send(struct pg_session *session, struct pg_unit *unit, enum pg_statement statement,
                     const struct pg_arguments *arguments);
/* Sends the unit's Sync; from now on it is under way. */
void pg_session_sync(struct pg_session *session, struct pg_unit *unit);
/* Puts what has been added on the wire: once, after all units of a turn. */
void pg_session_flush(struct pg_session *session);

/* Some unit is under way, or nothing more can be sent. */
bool pg_session_busy(const struct pg_session *session);

/* Since when (clock_monotonic_us) the first of the units under way waits for its end; 0: none is.
 */
int64_t pg_session_waits_since(const struct pg_session *session);

/* The connection is no use any more (a time-out): `lost` runs in a later turn of the loop. */
void pg_session_give_up(struct pg_session *session);

/* Waits for what is under way, in this thread, at most until the deadline (clock_monotonic_us). */
void pg_session_settle(struct pg_session *session, int64_t deadline_us);

#endif
