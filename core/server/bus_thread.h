/* The bus thread: owns the ZeroMQ sockets, and runs hooks and timers on a Lua state of its own, so
 * that a slow hook never delays a request. Of the processes that share a store one leads at a time:
 * only its bus thread publishes the store's events, feeds its hooks and runs its timers. A program
 * without a store leads always. */
#ifndef SERVER_BUS_THREAD_H
#define SERVER_BUS_THREAD_H

#include "bus/bus.h"
#include "bus/clients.h"
#include "server/consumers.h"
#include "server/retention.h"
#include "server/thread.h"

#include <stdatomic.h>

struct gauge;

struct bus_thread {
    struct thread thread;
    const struct store *store; /* NULL: none */
    struct bus *bus;
    bool closing;                /* the bus is being closed */
    struct consumers *consumers; /* NULL: no store */
    struct retention *retention; /* NULL: no store */
    atomic_bool leading;         /* the thread changes it, others read it */
    struct gauge *leading_gauge;
};

MUST_CHECK enum status bus_thread_open(struct bus_thread *bus_thread, const struct config *config,
                                       struct store *store, struct jwt_keys *keys,
                                       struct fault *fault);

/* Opens the sockets, with the topics that the thread's Lua state (attached before) asks for, lets
 * these clients in (its own from now on; NULL: none), and asks for the lead. The thread must not
 * run yet. */
MUST_CHECK enum status bus_thread_start(struct bus_thread *bus_thread, const struct config *config,
                                        struct bus_clients *clients, struct fault *fault);

/* Main thread: puts another list in force, which is the bus thread's from now on. Only with
 * bus.curve. */
void bus_thread_post_clients(struct bus_thread *bus_thread, struct bus_clients *clients);

#endif
