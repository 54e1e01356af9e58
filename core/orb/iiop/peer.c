/* Peers: found by address and code sets; calls put on their connection and taken off it. */
#include "iiop/peer.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* ---- finding ---- */

static size_t bucket_of(const char *host, uint16_t port)
{
    size_t hash = port;
    while (*host)
        hash = hash * 31 + (unsigned char)*host++;
    return hash % PEER_BUCKETS;
}

static char *name_of(const struct endpoint *endpoint)
{
    struct buffer name = {0};
    buffer_printf(&name, strchr(endpoint->host, ':') ? "[%s]:%u" : "%s:%u", endpoint->host,
                  endpoint->port);
    char *text = memory_text(name.data, name.size);
    buffer_release(&name);
    return text;
}

static bool is_unused(const struct orb_peer *peer)
{
    return peer->references == 0 && !peer->connection && !peer->dial && !peer->finishing;
}

/* Those that nobody holds are kept only for being down. */
static void forget_unused(struct orb_client *client)
{
    for (size_t i = 0; i < PEER_BUCKETS; i++) {
        struct orb_peer *next;
        for (struct orb_peer *peer = LIST_FIRST(&client->peers[i]); peer; peer = next) {
            next = LIST_NEXT(peer, links);
            if (is_unused(peer))
                orb_peer_free(peer);
        }
    }
}

static struct orb_peer *peer_new(struct orb_client *client, const struct endpoint *endpoint,
                                 uint32_t char_set, uint32_t wchar_set)
{
    struct orb_peer *peer = memory_new(sizeof(*peer));
    if (client->peer_count >= 2 * client->options.connections)
        forget_unused(client);
    peer->client = client;
    peer->host = memory_text(endpoint->host, strlen(endpoint->host));
    peer->name = name_of(endpoint);
    peer->port = endpoint->port;
    peer->char_set = char_set;
    peer->wchar_set = wchar_set;
    TAILQ_INIT(&peer->queued);
    TAILQ_INIT(&peer->sent);
    TAILQ_INIT(&peer->written);
    LIST_INSERT_HEAD(&client->peers[bucket_of(peer->host, peer->port)], peer, links);
    client->peer_count++;
    return peer;
}

struct orb_peer *orb_peer_find(struct orb_client *client, const struct endpoint *endpoint,
                               uint32_t char_set, uint32_t wchar_set)
{
    struct orb_peer *peer;
    LIST_FOREACH(peer, &client->peers[bucket_of(endpoint->host, endpoint->port)], links)
    {
        if (peer->port == endpoint->port && peer->char_set == char_set &&
            peer->wchar_set == wchar_set && strcmp(peer->host, endpoint->host) == 0)
            return orb_peer_hold(peer);
    }
    return orb_peer_hold(peer_new(client, endpoint, char_set, wchar_set));
}

struct orb_peer *orb_peer_hold(struct orb_peer *peer)
{
    peer->references++;
    return peer;
}

void orb_peer_release(struct orb_peer **held)
{
    struct orb_peer *peer = *held;
    *held = NULL;
    if (!peer)
        return;
    peer->references--;
    if (is_unused(peer) && peer->health == PEER_UP)
        orb_peer_free(peer);
}

const char *orb_peer_name(const struct orb_peer *peer)
{
    return peer->name;
}

void orb_peer_free(struct orb_peer *peer)
{
    orb_peer_disconnect(peer);
    orb_connection_close(&peer->finishing);
    if (peer->dirty)
        TAILQ_REMOVE(&peer->client->dirty, peer, dirty_links);
    if (peer->health != PEER_UP)
        gauge_add(peer->client->down, -1);
    LIST_REMOVE(peer, links);
    peer->client->peer_count--;
    call_table_release(&peer->pending);
    free(peer->host);
    free(peer->name);
    free(peer);
}

/* ---- sending ---- */

static void set_dirty(struct orb_peer *peer)
{
    if (peer->dirty)
        return;
    peer->dirty = true;
    TAILQ_INSERT_TAIL(&peer->client->dirty, peer, dirty_links);
    orb_client_turn(peer->client);
}

/* The bytes that have been written to the connection since its begin. */
static uint64_t written_bytes(const struct orb_peer *peer)
{
    return orb_connection_sent(peer->connection) + orb_connection_unsent(peer->connection);
}

/* The contexts for this request: the caller's, and the code sets on the first one (7.10.2.5). */
static void fill_contexts(struct orb_peer *peer, struct orb_call *call, struct buffer *codesets)
{
    struct service_contexts *contexts = &call->contexts;
    for (size_t i = 0; i < contexts->count; i++)
        contexts->list[i].data = (const uint8_t *)call->texts.data + call->context_at[i];
    if (peer->codesets_told || peer->char_set == CODESET_NONE || call->minor == 0)
        return;
    peer->codesets_told = true;
    giop_codesets_context(codesets, peer->char_set, peer->wchar_set);
    contexts->list[contexts->count++] = (struct service_context){
        CONTEXT_CODE_SETS, (const uint8_t *)codesets->data, codesets->size};
}

/* Ids of calls that are under way are passed over when the numbers begin again. */
static uint32_t new_id(struct orb_peer *peer)
{
    do
        peer->last_id++;
    while (peer->last_id == 0 || call_table_find(&peer->pending, peer->last_id));
    return peer->last_id;
}

static void write_request(struct orb_peer *peer, struct orb_call *call)
{
    const struct profile *profile = &call->target->profiles[call->profile];
    struct buffer codesets = {0};
    size_t own_contexts = call->contexts.count;
    fill_contexts(peer, call, &codesets);
    const struct giop_request_head head = {
        .minor = call->minor,
        .id = call->id,
        .response = call->response,
        .address = call->address,
        .target = call->target,
        .profile = call->profile,
        .key = profile->key,
        .key_size = profile->key_size,
        .operation = call->texts.data,
        .operation_length = call->operation_length,
        .contexts = &call->contexts,
    };
    giop_write_request(orb_connection_out(peer->connection), &head, call->body.data,
                       call->body.size, peer->client->options.fragment_bytes);
    call->contexts.count = own_contexts;
    buffer_release(&codesets);
}

static void send_call(struct orb_peer *peer, struct orb_call *call)
{
    call->id = new_id(peer);
    call->begin = written_bytes(peer);
    write_request(peer, call);
    call->end = written_bytes(peer);
    peer->call_count++;
    if (call->response == GIOP_RESPONSE_NONE) {
        orb_call_move(call, &peer->written, CALL_WRITTEN);
    } else {
        orb_call_move(call, &peer->sent, CALL_SENT);
        call_table_add(&peer->pending, call);
    }
    if (!peer->reading)
        set_dirty(peer);
}

static void queue_call(struct orb_peer *peer, struct orb_call *call)
{
    peer->call_count++;
    peer->queued_bytes += call->body.size;
    orb_call_move(call, &peer->queued, CALL_QUEUED);
}

/* Why the call cannot be taken in; NULL: it can. */
static const char *fullness(const struct orb_peer *peer, const struct orb_call *call)
{
    const struct orb_client_options *options = &peer->client->options;
    size_t unsent = peer->queued_bytes + call->body.size;
    if (peer->connection)
        unsent += orb_connection_unsent(peer->connection);
    if (peer->call_count >= options->pending_calls)
        return "too many calls to this peer are under way";
    return unsent > options->unsent_bytes ? "too many bytes wait for this peer" : NULL;
}

bool orb_peer_take(struct orb_peer *peer, struct orb_call *call)
{
    const char *full = fullness(peer, call);
    if (!full && !orb_peer_admits(peer, call))
        return false;
    peer->used_us = call->begun_us;
    if (!full && peer->connection)
        send_call(peer, call);
    else if (!full && (peer->dial || orb_peer_connect(peer)))
        queue_call(peer, call);
    else
        orb_call_fail(call, EXCEPTION_NO_RESOURCES, COMPLETED_NO,
                      full ? full : "too many connections are in use");
    return true;
}

void orb_peer_drop(struct orb_peer *peer, struct orb_call *call)
{
    if (peer->probe == call)
        peer->probe = NULL;
    if (call->state == CALL_SENT)
        call_table_remove(&peer->pending, call);
    else if (call->state == CALL_QUEUED)
        peer->queued_bytes -= call->body.size;
    else if (call->state != CALL_WRITTEN)
        return;
    peer->call_count--;
}

void orb_peer_cancel(struct orb_peer *peer, const struct orb_call *call)
{
    giop_write_cancel(orb_connection_out(peer->connection), call->minor, call->id);
    if (!peer->reading)
        set_dirty(peer);
}

void orb_peer_flush(struct orb_peer *peer)
{
    TAILQ_REMOVE(&peer->client->dirty, peer, dirty_links);
    peer->dirty = false;
    if (!peer->connection)
        return;
    orb_connection_flush(peer->connection);
    orb_peer_left(peer);
}

void orb_peer_left(struct orb_peer *peer)
{
    struct orb_call *call;
    uint64_t sent = orb_connection_sent(peer->connection);
    while ((call = TAILQ_FIRST(&peer->written)) != NULL && call->end <= sent)
        orb_call_left(call);
}
