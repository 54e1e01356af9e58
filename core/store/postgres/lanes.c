/* The connections of a repository, and what each of them takes.
 *
 * The first takes reads, so that none waits behind a commit; the others take writes. A single one
 * takes both. Where conf names a replica there is one more, for reads that may lag; while it is
 * away the primary answers them. */
#include "store/postgres/repository.h"

#include "base/clock.h"
#include "base/memory.h"

#include <event2/event.h>
#include <stdlib.h>

enum { LASTING_US = 1000000, PAUSE_US = 100000 };

/* ---- sending ---- */

static bool lane_free(const struct pg_lane *lane)
{
    return lane->session != NULL && !pg_session_busy(lane->session);
}

/* Everything that may go on this connection, one unit after the other. */
static void lane_fill(struct pg_lane *lane)
{
    bool sent = false;

    if (lane->takes[PG_QUEUE_WRITES])
        while (pg_batch_send_split(lane))
            sent = true;
    for (int queue = 0; queue < PG_QUEUE_COUNT; queue++)
        if (lane->takes[queue] && pg_batch_send_next(lane, (enum pg_queue)queue))
            sent = true;
    if (sent)
        pg_session_flush(lane->session);
}

static bool replica_away(const struct pg_repository *repository)
{
    return !pg_lanes_hopeful(repository, PG_QUEUE_LAGGING);
}

/* Reads that may lag need not. */
static void redirect_lagging(struct pg_repository *repository)
{
    struct pg_job_list *from = &repository->queues[PG_QUEUE_LAGGING];
    struct pg_job_list *to = &repository->queues[PG_QUEUE_READS];
    struct pg_job *job;

    TAILQ_FOREACH(job, from, place)
    job->list = to;
    TAILQ_CONCAT(to, from, place);
}

void pg_lanes_dispatch(struct pg_repository *repository)
{
    if (repository->closing)
        return;
    if (replica_away(repository))
        redirect_lagging(repository);
    for (size_t i = 0; i < repository->lane_count; i++)
        if (lane_free(&repository->lanes[i]))
            lane_fill(&repository->lanes[i]);
}

bool pg_lanes_hopeful(const struct pg_repository *repository, enum pg_queue queue)
{
    for (size_t i = 0; i < repository->lane_count; i++)
        if (repository->lanes[i].takes[queue] && repository->lanes[i].session != NULL)
            return true;
    return false;
}

/* Nobody knows what else it would let pass. Calls that are overdue are no reason: those that had
 * waited for long before they were sent say nothing of the connection. */
int64_t pg_lanes_check(struct pg_repository *repository)
{
    int64_t now = clock_monotonic_us(), next = INT64_MAX;

    for (size_t i = 0; i < repository->lane_count; i++) {
        struct pg_session *session = repository->lanes[i].session;
        int64_t since = session == NULL ? 0 : pg_session_waits_since(session);
        if (since == 0)
            continue;
        if (since + repository->deadline_us <= now)
            pg_session_give_up(session);
        else if (since + repository->deadline_us < next)
            next = since + repository->deadline_us;
    }
    return next;
}

/* ---- connections that come and go ---- */

static void on_idle(void *arg)
{
    struct pg_lane *lane = arg;

    pg_lanes_dispatch(lane->owner);
}

static void on_pause_over(int none, short events, void *arg)
{
    struct pg_lane *lane = arg;

    (void)none, (void)events;
    pg_connector_ask(lane->connector, &lane->request);
}

/* A server that takes connections only to end them, or takes no writes although it was asked for,
 * must not be asked for another as fast as it can. */
static void on_lost(void *arg)
{
    struct pg_lane *lane = arg;
    bool lasted = clock_monotonic_us() - lane->since_us > LASTING_US;

    pg_session_close(&lane->session);
    if (lane->owner->closing)
        return;
    if (lasted)
        pg_connector_ask(lane->connector, &lane->request);
    else
        (void)event_add(lane->pause, &(struct timeval){.tv_usec = PAUSE_US});
}

/* The server may be another one now, a standby that lacked commits: its transactions may have lower
 * numbers than those that we have seen. */
static void forget_snapshots(struct pg_repository *repository)
{
    repository->news_low = repository->news_high = repository->waiting_from = 0;
}

static void on_connected(struct letter *letter, void *receiver)
{
    struct pg_repository *repository = receiver;
    struct pg_lane *lane = ((struct pg_request *)letter)->owner;

    if (repository->closing) {
        PQfinish(lane->request.conn);
    } else {
        lane->since_us = clock_monotonic_us();
        lane->took_us = 0;
        forget_snapshots(repository);
        lane->session =
            pg_session_new(repository->base, lane->request.conn, on_idle, on_lost, lane);
        pg_lanes_dispatch(repository);
    }
    lane->request.conn = NULL;
}

static void lane_open(struct pg_repository *repository, struct pg_lane *lane,
                      struct pg_connector *connector)
{
    lane->owner = repository;
    lane->connector = connector;
    lane->pause = event_new(repository->base, -1, 0, on_pause_over, lane);
    lane->request.owner = lane;
    lane->request.purpose = PG_PURPOSE_WORK;
    lane->request.mailbox = repository->mailbox;
    lane->request.open = on_connected;
    pg_connector_ask(connector, &lane->request);
}

void pg_lanes_open(struct pg_repository *repository)
{
    struct pg_store *store = repository->store;
    size_t primary = store->options.connections;
    bool replica = store->replica_connector != NULL;

    repository->lane_count = primary + (replica ? 1 : 0);
    repository->lanes = memory_new(repository->lane_count * sizeof(*repository->lanes));
    for (size_t i = 0; i < primary; i++) {
        repository->lanes[i].takes[PG_QUEUE_READS] = i == 0;
        repository->lanes[i].takes[PG_QUEUE_WRITES] = i > 0 || primary == 1;
        lane_open(repository, &repository->lanes[i], store->connector);
    }
    if (replica) {
        repository->lanes[primary].takes[PG_QUEUE_LAGGING] = true;
        lane_open(repository, &repository->lanes[primary], store->replica_connector);
    }
}

void pg_lanes_close(struct pg_repository *repository, int64_t deadline_us)
{
    for (size_t i = 0; i < repository->lane_count; i++) {
        struct pg_lane *lane = &repository->lanes[i];
        event_free(lane->pause);
        pg_connector_forget(lane->connector, &lane->request);
        if (lane->session != NULL)
            pg_session_settle(lane->session, deadline_us);
        pg_session_close(&lane->session);
    }
}
