/* Whether a peer is well: those that take no connections or do not answer are left alone for a
 * while that doubles, and one call tries again after it. */
#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "iiop/peer.h"

/* Half of it is jitter, lest all who wait come back at once. */
static int64_t alone_us(const struct orb_client_options *options, int failures)
{
    int64_t span_ms = options->backoff_first_ms;
    for (int i = 1; i < failures && span_ms < options->backoff_most_ms; i++)
        span_ms *= 2;
    if (span_ms > options->backoff_most_ms)
        span_ms = options->backoff_most_ms;
    return 1000 * (span_ms / 2 + random_below((uint32_t)(span_ms / 2 + 1)));
}

static void leave_alone(struct orb_peer *peer, enum peer_health health, const char *why)
{
    if (peer->health == PEER_UP) {
        gauge_add(peer->client->down, 1);
        log_warning("peer is left alone", LOG_TEXT("peer", peer->name), LOG_TEXT("why", why));
    }
    peer->health = health;
    peer->failures++;
    peer->timeouts = 0;
    peer->probe = NULL;
    peer->alone_until_us = clock_monotonic_us() + alone_us(&peer->client->options, peer->failures);
}

static void set_up(struct orb_peer *peer)
{
    gauge_add(peer->client->down, -1);
    log_info("peer is back", LOG_TEXT("peer", peer->name), LOG_INT("failures", peer->failures));
    peer->health = PEER_UP;
    peer->failures = 0;
    peer->probe = NULL;
}

bool orb_peer_admits(struct orb_peer *peer, struct orb_call *call)
{
    if (peer->health == PEER_UP || peer->probe == call)
        return true;
    if (peer->probe || clock_monotonic_us() < peer->alone_until_us)
        return false;
    peer->probe = call;
    return true;
}

void orb_peer_connected(struct orb_peer *peer)
{
    if (peer->health == PEER_UNREACHABLE)
        set_up(peer);
}

void orb_peer_answered(struct orb_peer *peer)
{
    peer->timeouts = 0;
    if (peer->health != PEER_UP)
        set_up(peer);
}

void orb_peer_unreachable(struct orb_peer *peer, const char *why)
{
    leave_alone(peer, PEER_UNREACHABLE, why);
}

/* Calls that were under way when it was found silent prove nothing new. */
void orb_peer_silent(struct orb_peer *peer, const struct orb_call *call)
{
    int limit = peer->client->options.breaker_failures;
    bool probed = peer->probe == call;
    if (!probed && (peer->health != PEER_UP || limit == 0 || ++peer->timeouts < limit))
        return;
    leave_alone(peer, PEER_SILENT, "calls to it time out");
}
