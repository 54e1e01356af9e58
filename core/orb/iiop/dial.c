/* Dialling: a look-up where there is a name, then one address after the other.
 *
 * A look-up that is given up stays with the resolver until that ends it, one way or the other; its
 * record then belongs to nobody and is freed with it. */
#include "iiop/dial.h"

#include "base/memory.h"

#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/util.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct lookup {
    struct orb_dial *dial; /* NULL: it was given up */
};

struct orb_dial {
    struct event_base *base;
    const struct orb_dial_calls *calls;
    void *arg;
    struct timeval timeout;
    struct event event; /* what is awaited: the look-up's time-out, the socket, or the next turn */
    struct lookup *lookup;
    struct evutil_addrinfo *addresses, *next;
    int descriptor;  /* of the attempt under way; -1: none */
    const char *why; /* static: what became of the last one */
};

static void dial_free(struct orb_dial *dial)
{
    event_del(&dial->event);
    if (dial->lookup)
        dial->lookup->dial = NULL;
    if (dial->addresses)
        evutil_freeaddrinfo(dial->addresses);
    if (dial->descriptor >= 0)
        close(dial->descriptor);
    free(dial);
}

void orb_dial_cancel(struct orb_dial **dial)
{
    if (*dial)
        dial_free(*dial);
    *dial = NULL;
}

static void dial_connected(struct orb_dial *dial)
{
    const struct orb_dial_calls *calls = dial->calls;
    void *arg = dial->arg;
    int descriptor = dial->descriptor;
    dial->descriptor = -1;
    dial_free(dial);
    calls->connected(arg, descriptor);
}

static void dial_failed(struct orb_dial *dial)
{
    const struct orb_dial_calls *calls = dial->calls;
    void *arg = dial->arg;
    const char *why = dial->why;
    dial_free(dial);
    calls->failed(arg, why);
}

/* ---- one address after the other ---- */

static void on_event(evutil_socket_t descriptor, short what, void *arg);

static void close_attempt(struct orb_dial *dial, const char *why)
{
    dial->why = why;
    if (dial->descriptor >= 0)
        close(dial->descriptor);
    dial->descriptor = -1;
}

/* False: this address is no good. */
static bool attempt(struct orb_dial *dial, const struct evutil_addrinfo *address)
{
    dial->descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (dial->descriptor < 0 ||
        (connect(dial->descriptor, address->ai_addr, (socklen_t)address->ai_addrlen) != 0 &&
         errno != EINPROGRESS)) {
        close_attempt(dial, strerrordesc_np(errno));
        return false;
    }
    event_assign(&dial->event, dial->base, dial->descriptor, EV_WRITE, on_event, dial);
    event_add(&dial->event, &dial->timeout);
    return true;
}

/* With no address left it fails in the next turn of the loop. */
static void attempt_next(struct orb_dial *dial)
{
    while (dial->next) {
        const struct evutil_addrinfo *address = dial->next;
        dial->next = address->ai_next;
        if (attempt(dial, address))
            return;
    }
    evtimer_assign(&dial->event, dial->base, on_event, dial);
    event_active(&dial->event, EV_TIMEOUT, 0);
}

/* On the loopback a port that nobody listens on, from the range of free ones, can be given to the
 * connecting socket itself, which then is connected to itself. */
static bool is_own_end(int descriptor)
{
    struct sockaddr_storage here = {0};
    struct sockaddr_storage there = {0};
    socklen_t here_length = sizeof(here);
    socklen_t there_length = sizeof(there);
    return getsockname(descriptor, (struct sockaddr *)&here, &here_length) == 0 &&
           getpeername(descriptor, (struct sockaddr *)&there, &there_length) == 0 &&
           here_length == there_length && memcmp(&here, &there, here_length) == 0;
}

/* How the attempt went; NULL: well. */
static const char *attempt_error(int descriptor)
{
    int error = 0;
    socklen_t length = sizeof(error);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
        error = errno;
    if (error)
        return strerrordesc_np(error);
    return is_own_end(descriptor) ? strerrordesc_np(ECONNREFUSED) : NULL;
}

static void on_event(evutil_socket_t descriptor, short what, void *arg)
{
    struct orb_dial *dial = arg;
    if (dial->descriptor < 0) {
        dial_failed(dial);
        return;
    }
    const char *error = what & EV_WRITE ? attempt_error(descriptor) : "the time to connect is over";
    if (!error) {
        dial_connected(dial);
        return;
    }
    event_del(&dial->event);
    close_attempt(dial, error);
    attempt_next(dial);
}

/* ---- names ---- */

static void on_resolved(int error, struct evutil_addrinfo *addresses, void *arg)
{
    struct lookup *lookup = arg;
    struct orb_dial *dial = lookup->dial;
    free(lookup);
    if (!dial) {
        if (addresses)
            evutil_freeaddrinfo(addresses);
        return;
    }
    dial->lookup = NULL;
    event_del(&dial->event);
    dial->addresses = dial->next = addresses;
    dial->why = error ? "the host's name leads to no address" : "no address";
    attempt_next(dial);
}

/* Made when it is needed first, for it reads files and opens sockets. */
static struct evdns_base *resolver(struct event_base *base, struct evdns_base **dns)
{
    if (!*dns)
        *dns = evdns_base_new(base,
                              EVDNS_BASE_INITIALIZE_NAMESERVERS | EVDNS_BASE_DISABLE_WHEN_INACTIVE);
    return *dns;
}

static void look_up(struct orb_dial *dial, struct evdns_base **dns, const char *host,
                    const char *port, const struct evutil_addrinfo *hints)
{
    struct evdns_base *with = resolver(dial->base, dns);
    evtimer_assign(&dial->event, dial->base, on_event, dial);
    if (!with) {
        dial->why = "there is no resolver";
        event_active(&dial->event, EV_TIMEOUT, 0);
        return;
    }
    dial->why = "the time to look the host's name up is over";
    event_add(&dial->event, &dial->timeout);
    dial->lookup = memory_new(sizeof(*dial->lookup));
    dial->lookup->dial = dial;
    (void)evdns_getaddrinfo(with, host, port, hints, on_resolved, dial->lookup);
}

struct orb_dial *orb_dial_new(struct event_base *base, struct evdns_base **dns, const char *host,
                              uint16_t port, int timeout_ms, const struct orb_dial_calls *calls,
                              void *arg)
{
    struct orb_dial *dial = memory_new(sizeof(*dial));
    struct evutil_addrinfo hints = {
        .ai_family = AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
        .ai_protocol = IPPROTO_TCP,
        .ai_flags = EVUTIL_AI_NUMERICHOST | EVUTIL_AI_NUMERICSERV,
    };
    char service[8];
    dial->base = base;
    dial->calls = calls;
    dial->arg = arg;
    dial->descriptor = -1;
    dial->timeout = (struct timeval){timeout_ms / 1000, (timeout_ms % 1000) * 1000L};
    dial->why = "no address";
    (void)snprintf(service, sizeof(service), "%u", port);
    if (evutil_getaddrinfo(host, service, &hints, &dial->addresses) == 0) {
        dial->next = dial->addresses;
        attempt_next(dial);
        return dial;
    }
    dial->addresses = NULL;
    hints.ai_flags = EVUTIL_AI_NUMERICSERV;
    look_up(dial, dns, host, service, &hints);
    return dial;
}
