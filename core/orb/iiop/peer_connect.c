/* A peer's connection: made when a call needs it, closed when it is idle, and what becomes of calls
 * when it ends. */
#include "base/log.h"
#include "iiop/peer.h"

#include <stdio.h>

enum { REISSUES_LIMIT = 5 };

/* ---- ends ---- */

void orb_peer_disconnect(struct orb_peer *peer)
{
    if (peer->connection || peer->dial)
        peer->client->connections--;
    orb_connection_close(&peer->connection);
    orb_dial_cancel(&peer->dial);
    peer->codesets_told = false;
}

/* The first, by where it stands in the bytes, of the calls on the connection; NULL: none is left.
 */
static struct orb_call *first_written(struct orb_peer *peer)
{
    struct orb_call *sent = TAILQ_FIRST(&peer->sent);
    struct orb_call *written = TAILQ_FIRST(&peer->written);
    return sent && (!written || sent->begin < written->begin) ? sent : written;
}

/* Ids are of one connection, so each call leaves the table before the first goes again. */
static void take_off(struct orb_peer *peer, struct call_list *calls)
{
    struct orb_call *call;
    while ((call = first_written(peer)) != NULL) {
        orb_peer_drop(peer, call);
        orb_call_move(call, calls, CALL_RESOLVING);
    }
}

static void end_lost(struct orb_call *call, uint64_t sent, const char *why)
{
    if (call->begin >= sent && !call->resent) {
        call->resent = true;
        orb_call_move(call, NULL, CALL_NEW);
        orb_call_go(call);
        return;
    }
    orb_call_fail(call, EXCEPTION_COMM_FAILURE,
                  call->begin >= sent ? COMPLETED_NO : COMPLETED_MAYBE, why);
}

/* The connection goes by itself when its last words have left. */
static void finish(struct orb_peer *peer)
{
    orb_connection_close(&peer->finishing);
    orb_connection_finish(peer->connection);
    peer->finishing = peer->connection;
    peer->connection = NULL;
    peer->client->connections--;
    peer->codesets_told = false;
}

static void lose(struct orb_peer *peer, const char *why, bool has_last_words)
{
    struct call_list calls = TAILQ_HEAD_INITIALIZER(calls);
    struct orb_call *call;
    char text[sizeof(call->why)];
    uint64_t sent = orb_connection_sent(peer->connection);
    (void)snprintf(text, sizeof(text), "the connection to %s has ended: %s", peer->name, why);
    take_off(peer, &calls);
    if (has_last_words)
        finish(peer);
    else
        orb_peer_disconnect(peer);
    while ((call = TAILQ_FIRST(&calls)) != NULL)
        end_lost(call, sent, text);
}

void orb_peer_lost(struct orb_peer *peer, const char *why)
{
    lose(peer, why, orb_connection_end(peer->connection) == ORB_END_BROKEN);
}

void orb_peer_broken(struct orb_peer *peer, const char *why)
{
    giop_write_bare(orb_connection_out(peer->connection), 0, GIOP_MESSAGE_ERROR);
    log_warning("peer speaks no good GIOP", LOG_TEXT("peer", peer->name), LOG_TEXT("why", why));
    lose(peer, why, true);
}

static void reissue(struct orb_call *call)
{
    if (++call->reissues > REISSUES_LIMIT) {
        orb_call_fail(call, EXCEPTION_TRANSIENT, COMPLETED_NO,
                      "the peer closes every connection without an answer");
        return;
    }
    orb_call_move(call, NULL, CALL_NEW);
    orb_call_go(call);
}

void orb_peer_closed(struct orb_peer *peer)
{
    struct call_list calls = TAILQ_HEAD_INITIALIZER(calls);
    struct orb_call *call;
    take_off(peer, &calls);
    orb_peer_disconnect(peer);
    while ((call = TAILQ_FIRST(&calls)) != NULL)
        reissue(call);
}

/* ---- what the connection tells ---- */

static void on_ended(void *arg, const char *why)
{
    struct orb_peer *peer = orb_peer_hold(arg);
    if (peer->connection && orb_connection_end(peer->connection) != ORB_END_NONE)
        orb_peer_lost(peer, why);
    else
        orb_connection_close(&peer->finishing);
    orb_peer_release(&peer);
}

static void on_drained(void *arg)
{
    struct orb_peer *peer = arg;
    if (peer->connection)
        orb_peer_left(peer);
}

static void on_idle(void *arg)
{
    struct orb_peer *peer = orb_peer_hold(arg);
    if (peer->connection && peer->call_count == 0)
        orb_peer_disconnect(peer);
    orb_peer_release(&peer);
}

static const struct orb_connection_calls connection_calls = {
    .message = orb_peer_message,
    .ended = on_ended,
    .drained = on_drained,
    .idle = on_idle,
};

/* ---- connecting ---- */

/* Each goes to the connection, in order, or ends when that is full of those before it. */
static void send_queued(struct orb_peer *peer)
{
    struct orb_call *call;
    while ((call = TAILQ_FIRST(&peer->queued)) != NULL) {
        orb_peer_drop(peer, call);
        orb_call_move(call, NULL, CALL_NEW);
        orb_call_go(call);
    }
}

static void on_connected(void *arg, int descriptor)
{
    struct orb_peer *peer = orb_peer_hold(arg);
    struct orb_client *client = peer->client;
    peer->dial = NULL;
    peer->connection = orb_connection_new(client->base, descriptor, &client->connection,
                                          &client->budget, &connection_calls, peer);
    orb_peer_connected(peer);
    send_queued(peer);
    orb_peer_release(&peer);
}

static void on_failed(void *arg, const char *why)
{
    struct orb_peer *peer = orb_peer_hold(arg);
    struct call_list calls = TAILQ_HEAD_INITIALIZER(calls);
    struct orb_call *call;
    char text[sizeof(call->why)];
    (void)snprintf(text, sizeof(text), "no connection to %s: %s", peer->name, why);
    peer->dial = NULL;
    peer->client->connections--;
    orb_peer_unreachable(peer, why);
    while ((call = TAILQ_FIRST(&peer->queued)) != NULL) {
        orb_peer_drop(peer, call);
        orb_call_move(call, &calls, CALL_RESOLVING);
    }
    while ((call = TAILQ_FIRST(&calls)) != NULL)
        orb_call_try_next(call, EXCEPTION_TRANSIENT, text);
    orb_peer_release(&peer);
}

static const struct orb_dial_calls dial_calls = {.connected = on_connected, .failed = on_failed};

/* The connected peer without calls that has been so for the longest time; NULL: none. */
static struct orb_peer *idlest(const struct orb_client *client)
{
    struct orb_peer *idlest = NULL;
    for (size_t i = 0; i < PEER_BUCKETS; i++) {
        struct orb_peer *peer;
        LIST_FOREACH(peer, &client->peers[i], links)
        {
            if (peer->connection && peer->call_count == 0 &&
                (!idlest || peer->used_us < idlest->used_us))
                idlest = peer;
        }
    }
    return idlest;
}

static bool make_room(struct orb_client *client)
{
    if (client->connections < client->options.connections)
        return true;
    struct orb_peer *victim = idlest(client);
    if (!victim)
        return false;
    orb_peer_hold(victim);
    orb_peer_disconnect(victim);
    orb_peer_release(&victim);
    return true;
}

bool orb_peer_connect(struct orb_peer *peer)
{
    struct orb_client *client = peer->client;
    if (!make_room(client))
        return false;
    client->connections++;
    peer->dial = orb_dial_new(client->base, &client->dns, peer->host, peer->port,
                              client->options.connect_timeout_ms, &dial_calls, peer);
    return true;
}
