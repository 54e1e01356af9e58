/* Listening sockets of the servers of this process, and the accepting of connections in a loop.
 *
 * A TCP address may be shared by several listeners of this process (SO_REUSEPORT, the kernel
 * spreads the connections) and by nobody else's. A listener belongs to its loop's thread; different
 * threads may open and close theirs at the same time. */
#ifndef BASE_LISTENER_H
#define BASE_LISTENER_H

#include "base/status.h"

#include <stdbool.h>

struct event_base;
struct listener;

enum { LISTENER_ADDRESS_SIZE = 128 };

struct listener_calls {
    /* The descriptor does not block, is closed on exec, and the callee's now. */
    void (*accepted)(void *arg, int descriptor);
    /* No descriptor or no memory: accepting rests for 100 ms. Logged already, once. May be NULL. */
    void (*failed)(void *arg);
};

/* "127.0.0.1:8080" or "[::1]:8080"; port 0 takes a free one. STATUS_INVALID: it is none (a host
 * name, for one); STATUS_UNAVAILABLE: it cannot be had, for what the fault says. `calls` are lent
 * and outlive it. */
MUST_CHECK enum status listener_open_tcp(struct event_base *base, const char *address, bool shared,
                                         const struct listener_calls *calls, void *arg,
                                         struct listener **listener, struct fault *fault);
/* The file has mode 0600. A stale socket there is replaced, one that somebody listens on, or what
 * is no socket, is STATUS_UNAVAILABLE. The file goes with the listener. */
MUST_CHECK enum status listener_open_unix(struct event_base *base, const char *path,
                                          const struct listener_calls *calls, void *arg,
                                          struct listener **listener, struct fault *fault);
/* Only the socket, for somebody who accepts by other means: bound and listening, not shared, does
 * not block, is closed on exec, and the caller's. `backlog` connections may be there and not
 * accepted (listen(2)). `bound` is as listener_address tells it. Statuses as listener_open_tcp. */
MUST_CHECK enum status listener_socket_tcp(const char *address, int backlog, int *descriptor,
                                           char bound[LISTENER_ADDRESS_SIZE], struct fault *fault);

/* Nothing is accepted any more; NULLs it. What the kernel has accepted and nobody has drained is
 * reset. Not from within a callback. */
void listener_close(struct listener **listener);

/* Accepts what the kernel has accepted already. */
void listener_drain(struct listener *listener);

const char *listener_address(const struct listener *listener); /* as bound: "unix:PATH" for Unix */
bool listener_is_resting(const struct listener *listener);     /* `failed`, and nothing since */

#endif
