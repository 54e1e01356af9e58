/* libpq in a libevent loop.
 *
 * Rules that libpq sets (34.4, 34.5): PQgetResult blocks unless PQisBusy says no; everything that
 * can be read is read before writing again; PQflush that returns 1 is repeated when the socket can
 * be written. In a pipeline each statement's result is followed by a NULL, and the result of a Sync
 * is not; after an error the rest of the unit answers PGRES_PIPELINE_ABORTED.
 *
 * `ended` may add work but must not close the session; whoever does so waits for `idle` or `lost`,
 * which are the last thing that a callback of ours does. */
#include "store/postgres/session.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/store_metrics.h"

#include <event2/event.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

TAILQ_HEAD(pg_units, pg_unit);

struct pg_session {
    PGconn *conn;
    struct event *readable, *writable;
    struct pg_units units; /* under way, in the order in which they were sent */
    bool broken;           /* to be told as lost */
    int64_t moved_us;      /* since when the first of them has been the first */
    void (*idle)(void *arg);
    void (*lost)(void *arg);
    void *arg;
};

/* ---- the end of a connection ---- */

static void end_unit(struct pg_session *session, struct pg_unit *unit)
{
    TAILQ_REMOVE(&session->units, unit, queue);
    session->moved_us = clock_monotonic_us();
    unit->ended(unit);
}

static void end_all(struct pg_session *session)
{
    struct pg_unit *unit;

    while ((unit = TAILQ_FIRST(&session->units)) != NULL) {
        unit->failure.blame = PG_BLAME_CONNECTION;
        end_unit(session, unit);
    }
}

static void note_broken(struct pg_session *session, const char *why)
{
    if (session->broken)
        return;
    session->broken = true;
    counter_add(store_metrics()->lost, 1);
    log_warning("a connection to the database is lost",
                LOG_TEXT_N("reason", why, strcspn(why, "\n")));
}

/* As libpq says why. */
static void note_error(struct pg_session *session)
{
    note_broken(session, PQerrorMessage(session->conn));
}

/* ---- reading ---- */

static void take_sync(struct pg_session *session, struct pg_unit *unit)
{
    /* The server speaks of itself in the unit's error: shutting down, or a standby now. */
    if (unit->failure.blame == PG_BLAME_CONNECTION || unit->failure.blame == PG_BLAME_SESSION)
        note_error(session);
    end_unit(session, unit);
}

static void take_result(struct pg_session *session, struct pg_unit *unit, const PGresult *result)
{
    struct pg_failure failure;

    switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC: take_sync(session, unit); break;
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK: unit->answer(unit, unit->answered++, result); break;
    case PGRES_PIPELINE_ABORTED: break;
    default:
        pg_failure_read(result, &failure);
        if (unit->failure.blame == PG_BLAME_NOBODY)
            unit->failure = failure;
        if (failure.blame == PG_BLAME_CONNECTION)
            note_error(session);
    }
}

/* Everything that has come. Two NULLs in a row: libpq has nothing more to say. */
static void take_results(struct pg_session *session)
{
    struct pg_unit *unit;
    int silent = 0;

    while (!session->broken && silent < 2 && (unit = TAILQ_FIRST(&session->units)) != NULL &&
           !PQisBusy(session->conn)) {
        PGresult *result = PQgetResult(session->conn);
        silent = result == NULL ? silent + 1 : 0;
        if (result != NULL)
            take_result(session, unit, result);
        PQclear(result);
    }
}

static void read_input(struct pg_session *session)
{
    if (PQconsumeInput(session->conn) == 0)
        note_error(session);
    else
        take_results(session);
    if (PQstatus(session->conn) == CONNECTION_BAD)
        note_error(session);
}

/* The last thing of a callback: whoever is told may close the session. */
static void tell(struct pg_session *session)
{
    if (session->broken) {
        event_del(session->readable);
        event_del(session->writable);
        end_all(session);
        session->lost(session->arg);
    } else if (TAILQ_EMPTY(&session->units)) {
        session->idle(session->arg);
    }
}

static void on_readable(int fd, short events, void *arg)
{
    struct pg_session *session = arg;

    (void)fd, (void)events;
    if (!session->broken)
        read_input(session);
    tell(session);
}

/* ---- writing ---- */

static void flush(struct pg_session *session)
{
    int unsent = session->broken ? 0 : PQflush(session->conn);

    if (unsent < 0)
        note_error(session);
    if (unsent > 0)
        (void)event_add(session->writable, NULL);
    if (!session->broken)
        return;
    /* libpq may have closed the socket, and somebody else's next one has its number. */
    event_del(session->writable);
    event_del(session->readable);
    event_active(session->readable, 0, 0); /* told in a later turn */
}

static void on_writable(int fd, short events, void *arg)
{
    struct pg_session *session = arg;

    (void)fd, (void)events;
    if (PQconsumeInput(session->conn) == 0)
        note_error(session);
    flush(session);
    if (!session->broken)
        on_readable(fd, EV_READ, session);
}

void pg_session_send(struct pg_session *session, struct pg_unit *unit, enum pg_statement statement,
                     const struct pg_arguments *arguments)
{
    static const int binary[PG_ARGUMENTS_LIMIT] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                                   1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const char *values[PG_ARGUMENTS_LIMIT];

    pg_arguments_values(arguments, values);
    unit->sent++;
    if (!session->broken &&
        !PQsendQueryPrepared(session->conn, pg_statement_text(statement)->name, arguments->count,
                             values, arguments->lengths, binary, 1))
        note_error(session);
}

void pg_session_sync(struct pg_session *session, struct pg_unit *unit)
{
    if (!session->broken && !PQpipelineSync(session->conn))
        note_error(session);
    if (TAILQ_EMPTY(&session->units))
        session->moved_us = clock_monotonic_us();
    TAILQ_INSERT_TAIL(&session->units, unit, queue);
}

void pg_session_flush(struct pg_session *session)
{
    flush(session);
}

bool pg_session_busy(const struct pg_session *session)
{
    return session->broken || !TAILQ_EMPTY(&session->units);
}

int64_t pg_session_waits_since(const struct pg_session *session)
{
    return TAILQ_EMPTY(&session->units) ? 0 : session->moved_us;
}

/* ---- life ---- */

struct pg_session *pg_session_new(struct event_base *base, PGconn *conn, void (*idle)(void *arg),
                                  void (*lost)(void *arg), void *arg)
{
    struct pg_session *session = memory_new(sizeof(*session));
    int fd = PQsocket(conn);

    session->conn = conn;
    session->readable = event_new(base, fd, EV_READ | EV_PERSIST, on_readable, session);
    session->writable = event_new(base, fd, EV_WRITE, on_writable, session);
    (void)event_add(session->readable, NULL);
    session->idle = idle;
    session->lost = lost;
    session->arg = arg;
    TAILQ_INIT(&session->units);
    gauge_add(store_metrics()->connections, 1);
    return session;
}

void pg_session_close(struct pg_session **session)
{
    struct pg_session *closed = *session;

    if (closed == NULL)
        return;
    *session = NULL;
    closed->broken = true;
    gauge_add(store_metrics()->connections, -1);
    end_all(closed);
    event_free(closed->readable);
    event_free(closed->writable);
    PQfinish(closed->conn);
    free(closed);
}

void pg_session_give_up(struct pg_session *session)
{
    note_broken(session, "no answer in time");
    event_active(session->readable, 0, 0);
}

void pg_session_settle(struct pg_session *session, int64_t deadline_us)
{
    while (!session->broken && !TAILQ_EMPTY(&session->units)) {
        int64_t left_ms = (deadline_us - clock_monotonic_us()) / 1000;
        int unsent = PQflush(session->conn);
        struct pollfd poller = {.fd = PQsocket(session->conn),
                                .events = (short)(POLLIN | (unsent > 0 ? POLLOUT : 0))};
        if (unsent < 0 || left_ms <= 0 || poll(&poller, 1, (int)left_ms) <= 0)
            break;
        read_input(session);
    }
}
