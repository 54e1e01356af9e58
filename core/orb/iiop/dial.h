/* Private: from a host's name and a port to a connected socket.
 *
 * An address needs no look-up, and nothing of libevent's resolver then. Each address that a name
 * has is tried, one after the other. */
#ifndef IIOP_DIAL_H
#define IIOP_DIAL_H

#include <stdint.h>

struct event_base;
struct evdns_base;
struct orb_dial;

/* One of them, from the loop, never before orb_dial_new has returned. The dial is gone then; the
 * socket (non-blocking) is the callee's. `why` is lent. */
struct orb_dial_calls {
    void (*connected)(void *arg, int descriptor);
    void (*failed)(void *arg, const char *why);
};

/* `dns` is where the resolver stands, or will when the first name is looked up; the caller's to
 * free. `timeout_ms` is for the look-up, and for each address. */
struct orb_dial *orb_dial_new(struct event_base *base, struct evdns_base **dns, const char *host,
                              uint16_t port, int timeout_ms, const struct orb_dial_calls *calls,
                              void *arg);
void orb_dial_cancel(struct orb_dial **dial); /* calls nobody; NULL is nothing to cancel */

#endif
