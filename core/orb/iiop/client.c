/* The client as a whole: made, freed; its deadlines, and the end of each turn of its loop. */
#include "iiop/client.h"

#include "base/clock.h"
#include "base/memory.h"
#include "iiop/client_private.h"
#include "iiop/peer.h"

#include <event2/dns.h>
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    TOLD_LIMIT = 1000,    /* in one turn: who calls a dead peer again and again must not stop it */
    MESSAGE_MS = 30000,   /* for a reply that has begun */
    WRITE_MS = 30000,     /* with nothing taken */
    DEADLINE_SPARE = 500, /* us: a timer may be early by as much */
};

struct orb_client_options orb_client_defaults(void)
{
    return (struct orb_client_options){
        .stream = giop_stream_limits_default(),
        .cdr = cdr_limits_default(),
        .reassembly_total_bytes = 64 << 20,
        .fragment_bytes = 65536,
        .unsent_bytes = 8 << 20,
        .pending_calls = 1000,
        .connections = 100,
        .connect_timeout_ms = 2000,
        .call_timeout_ms = 5000,
        .idle_timeout_ms = 60000,
        .forward_limit = 8,
        .breaker_failures = 5,
        .backoff_first_ms = 100,
        .backoff_most_ms = 10000,
        .address = GIOP_KEY_ADDR,
    };
}

/* ---- the end of a turn ---- */

static void flush_dirty(struct orb_client *client)
{
    struct orb_peer *peer;
    while ((peer = TAILQ_FIRST(&client->dirty)) != NULL)
        orb_peer_flush(peer);
}

static void tell_ended(struct orb_client *client)
{
    struct orb_call *call;
    for (int i = 0; i < TOLD_LIMIT && (call = TAILQ_FIRST(&client->ended)) != NULL; i++)
        orb_call_tell_ended(call);
}

/* What its callbacks call goes out in it, too. What they end waits for the next turn when it is
 * much, so that the loop's other events have theirs. */
static void on_turn(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    const struct timeval next_turn = {0};
    struct orb_client *client = arg;
    client->in_turn = true;
    flush_dirty(client);
    tell_ended(client);
    flush_dirty(client);
    client->in_turn = false;
    if (!TAILQ_EMPTY(&client->ended))
        evtimer_add(&client->turn, &next_turn);
}

/* libevent runs an event that is made active in a turn at the end of that turn: requests of one
 * turn go out in one send, and no later than the turn's own work allows. */
void orb_client_turn(struct orb_client *client)
{
    if (!client->in_turn && !client->closing)
        event_active(&client->turn, EV_TIMEOUT, 0);
}

/* ---- deadlines ---- */

static struct orb_call *call_of(struct deadline *deadline)
{
    return (struct orb_call *)(void *)((char *)deadline - offsetof(struct orb_call, deadline));
}

static void arm(struct orb_client *client, int64_t at_us, int64_t now_us)
{
    int64_t wait_us = at_us - now_us + DEADLINE_SPARE;
    if (wait_us < DEADLINE_SPARE)
        wait_us = DEADLINE_SPARE;
    const struct timeval wait = {wait_us / 1000000, wait_us % 1000000};
    client->armed_us = at_us;
    evtimer_add(&client->deadline, &wait);
}

/* The timer is seldom touched: calls that end leave it as it is. */
void orb_client_set_deadline(struct orb_client *client, struct orb_call *call, int64_t at_us)
{
    deadlines_add(&client->deadlines, &call->deadline, at_us);
    if (client->armed_us == 0 || at_us < client->armed_us)
        arm(client, at_us, call->begun_us);
}

static void on_deadline(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct orb_client *client = arg;
    struct deadline *first;
    int64_t now_us = clock_monotonic_us();
    client->armed_us = 0;
    while ((first = deadlines_first(&client->deadlines)) != NULL && first->at_us <= now_us)
        orb_call_expire(call_of(first));
    if (first && client->armed_us == 0)
        arm(client, first->at_us, now_us);
}

/* ---- beginning and end ---- */

static void ignore_sigpipe(void)
{
    struct sigaction current;
    if (sigaction(SIGPIPE, NULL, &current) == 0 && current.sa_handler == SIG_DFL)
        signal(SIGPIPE, SIG_IGN);
}

static void find_metrics(struct orb_client *client)
{
    static const char *const names[OUTCOMES] = {
        [OUTCOME_RETURNED] = "returned", [OUTCOME_USER_EXCEPTION] = "user_exception",
        [OUTCOME_TIMEOUT] = "timeout",   [OUTCOME_SYSTEM_EXCEPTION] = "system_exception",
        [OUTCOME_FAILED] = "failed",     [OUTCOME_CANCELLED] = "cancelled",
    };
    for (int i = 0; i < OUTCOMES; i++) {
        char labels[64];
        (void)snprintf(labels, sizeof(labels), "outcome=\"%s\"", names[i]);
        client->calls[i] = metrics_counter("orderd_orb_calls_total",
                                           "Calls of objects, by how they ended", labels);
    }
    client->seconds = metrics_histogram("orderd_orb_call_seconds",
                                        "From sending a call of an object to its end", "");
    client->down = metrics_gauge("orderd_orb_peers_down",
                                 "Peers that are left alone as they do not answer", "");
}

struct orb_client *orb_client_new(struct event_base *base, const struct orb_client_options *options)
{
    struct orb_client *client = memory_new(sizeof(*client));
    client->base = base;
    client->options = *options;
    client->connection = (struct orb_connection_options){
        .stream = options->stream,
        .message_deadline_ms = MESSAGE_MS,
        .write_timeout_ms = WRITE_MS,
        .idle_timeout_ms = options->idle_timeout_ms,
    };
    client->budget.limit = options->reassembly_total_bytes;
    TAILQ_INIT(&client->ended);
    TAILQ_INIT(&client->dirty);
    TAILQ_INIT(&client->objects);
    TAILQ_INIT(&client->spare);
    evtimer_assign(&client->turn, base, on_turn, client);
    evtimer_assign(&client->deadline, base, on_deadline, client);
    find_metrics(client);
    ignore_sigpipe();
    return client;
}

static void end_calls(struct call_list *calls, enum exception_completed completed)
{
    struct orb_call *call;
    while ((call = TAILQ_FIRST(calls)) != NULL)
        orb_call_fail(call, EXCEPTION_COMM_FAILURE, completed, "the client has ended");
}

static void end_all_calls(struct orb_client *client)
{
    struct orb_object *object;
    TAILQ_FOREACH(object, &client->objects, links)
    {
        end_calls(&object->waiting, COMPLETED_NO);
    }
    for (size_t i = 0; i < PEER_BUCKETS; i++) {
        struct orb_peer *next;
        for (struct orb_peer *peer = LIST_FIRST(&client->peers[i]); peer; peer = next) {
            orb_peer_hold(peer);
            end_calls(&peer->queued, COMPLETED_NO);
            end_calls(&peer->sent, COMPLETED_MAYBE);
            end_calls(&peer->written, COMPLETED_MAYBE);
            next = LIST_NEXT(peer, links);
            orb_peer_release(&peer);
        }
    }
    while (!TAILQ_EMPTY(&client->ended))
        tell_ended(client);
}

static void free_peers(struct orb_client *client)
{
    for (size_t i = 0; i < PEER_BUCKETS; i++)
        while (!LIST_EMPTY(&client->peers[i]))
            orb_peer_free(LIST_FIRST(&client->peers[i]));
}

void orb_client_free(struct orb_client **freed)
{
    struct orb_client *client = *freed;
    *freed = NULL;
    if (!client)
        return;
    client->closing = true;
    end_all_calls(client);
    while (!TAILQ_EMPTY(&client->objects))
        orb_object_orphan(TAILQ_FIRST(&client->objects));
    free_peers(client);
    if (client->dns)
        evdns_base_free(client->dns, 1);
    event_del(&client->turn);
    event_del(&client->deadline);
    deadlines_release(&client->deadlines);
    orb_call_free_spare(client);
    free(client);
}
