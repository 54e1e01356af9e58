/* Leading: a session lock that one process at a time can hold.
 *
 * The candidate has a connection of its own and asks for the lock (pg_try_advisory_lock) a few
 * times a second. Once it has it, it goes on asking something, and the server ends a session that
 * is silent for PG_LEASE_MS (idle_session_timeout): so the lock of a process that hangs, or of a
 * machine that cannot be reached, is free in that time, and of a process that has died at once.
 * The holder counts the same time from when it last sent a question that was answered, which is
 * earlier than what the server counts from: it stops to lead before anybody else can begin.
 *
 * The lock is of the database and of the schema, so that two services can share a database. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "store/postgres/repository.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ASK_US = 300000, LATE_US = PG_LEASE_MS * 1000 - 100000 };

static const char ask_for_lock[] =
    "SELECT pg_try_advisory_lock(hashtext('orderd leads'), 'orders'::regclass::oid::int),"
    " value FROM meta WHERE name = 'epoch'";
static const char ask_anything[] = "SELECT true";

struct pg_lead {
    struct pg_repository *repository;
    void (*changed)(void *arg, const char *epoch);
    void *arg;
    char epoch[UUID_TEXT_SIZE]; /* of the stream that is there now, whatever it was at the start */
    struct pg_request request;
    PGconn *conn;           /* NULL: on its way */
    struct event *readable; /* of the connection */
    struct event *tick;
    bool asking;        /* a question is under way */
    bool leading;       /* `changed` has been told so */
    bool ended;         /* no candidate any more: the letter that is on its way frees it */
    int64_t asked_us;   /* when the question under way was sent */
    int64_t granted_us; /* when the last one was sent that was answered well */
};

static void set_leading(struct pg_lead *lead, bool leading)
{
    if (lead->leading == leading)
        return;
    lead->leading = leading;
    lead->changed(lead->arg, leading ? lead->epoch : NULL);
}

/* ---- the connection ---- */

static void drop(struct pg_lead *lead)
{
    if (lead->readable != NULL)
        event_free(lead->readable);
    lead->readable = NULL;
    PQfinish(lead->conn);
    lead->conn = NULL;
    lead->asking = false;
}

/* The last thing that a callback of ours does: `changed` may end the candidacy. */
static void lose(struct pg_lead *lead, const char *why)
{
    if (lead->leading)
        log_warning("the lead is lost", LOG_TEXT("reason", why));
    drop(lead);
    pg_connector_ask(lead->repository->store->connector, &lead->request);
    set_leading(lead, false);
}

static bool lease_is_over(const struct pg_lead *lead)
{
    return clock_monotonic_us() - lead->granted_us > LATE_US;
}

static bool answer_is_late(const struct pg_lead *lead)
{
    return clock_monotonic_us() - lead->asked_us > LATE_US;
}

static void take_answer(struct pg_lead *lead, const PGresult *result)
{
    bool granted = PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) == 1 &&
                   strcmp(PQgetvalue(result, 0, 0), "t") == 0;

    if (PQresultStatus(result) != PGRES_TUPLES_OK)
        log_debug("the lead was refused",
                  LOG_TEXT("reason", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
    if (!granted)
        return;
    lead->granted_us = lead->asked_us;
    if (!lead->leading)
        snprintf(lead->epoch, sizeof(lead->epoch), "%s", PQgetvalue(result, 0, 1));
    if (!lease_is_over(lead))
        set_leading(lead, true);
}

static void on_readable(int fd, short events, void *arg)
{
    struct pg_lead *lead = arg;
    PGresult *result;

    (void)fd, (void)events;
    if (PQconsumeInput(lead->conn) == 0) {
        lose(lead, "the connection to the database broke");
        return;
    }
    while (lead->asking && !PQisBusy(lead->conn)) {
        result = PQgetResult(lead->conn);
        if (result == NULL)
            lead->asking = false;
        else
            take_answer(lead, result);
        PQclear(result);
    }
    if (PQstatus(lead->conn) == CONNECTION_BAD)
        lose(lead, "the connection to the database broke");
}

static void ask(struct pg_lead *lead)
{
    lead->asked_us = clock_monotonic_us();
    lead->asking = true;
    if (!PQsendQuery(lead->conn, lead->leading ? ask_anything : ask_for_lock) ||
        PQflush(lead->conn) != 0)
        lose(lead, "the connection to the database broke");
}

static void on_tick(int none, short events, void *arg)
{
    struct pg_lead *lead = arg;

    (void)none, (void)events;
    if (lead->conn == NULL)
        return;
    if ((lead->leading && lease_is_over(lead)) || (lead->asking && answer_is_late(lead)))
        lose(lead, "the database did not answer in time");
    else if (!lead->asking)
        ask(lead);
}

static void on_connected(struct letter *letter, void *receiver)
{
    struct pg_lead *lead = ((struct pg_request *)letter)->owner;

    (void)receiver;
    if (lead->ended) {
        PQfinish(lead->request.conn);
        free(lead);
        return;
    }
    lead->conn = lead->request.conn;
    lead->request.conn = NULL;
    lead->readable = event_new(lead->repository->base, PQsocket(lead->conn), EV_READ | EV_PERSIST,
                               on_readable, lead);
    (void)event_add(lead->readable, NULL);
    ask(lead);
}

/* ---- candidates ---- */

void pg_lead(struct repository *repository, void (*changed)(void *arg, const char *epoch),
             void *arg)
{
    struct pg_repository *self = pg_repository_of(repository);
    struct pg_lead *lead;

    pg_lead_end(self);
    if (changed == NULL)
        return;
    lead = memory_new(sizeof(*lead));
    self->lead = lead;
    lead->repository = self;
    lead->changed = changed;
    lead->arg = arg;
    lead->tick = event_new(self->base, -1, EV_PERSIST, on_tick, lead);
    (void)event_add(lead->tick, &(struct timeval){.tv_usec = ASK_US});
    lead->request.owner = lead;
    lead->request.purpose = PG_PURPOSE_LEAD;
    lead->request.mailbox = self->mailbox;
    lead->request.open = on_connected;
    pg_connector_ask(self->store->connector, &lead->request);
}

/* Once it is forgotten, a connection in the request means a letter that nobody has opened yet. */
void pg_lead_end(struct pg_repository *repository)
{
    struct pg_lead *lead = repository->lead;

    if (lead == NULL)
        return;
    repository->lead = NULL;
    pg_connector_forget(repository->store->connector, &lead->request);
    drop(lead);
    event_free(lead->tick);
    lead->ended = true;
    if (lead->request.conn == NULL)
        free(lead);
}
