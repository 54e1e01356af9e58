/* The whole service: everything that lives for as long as the process, and the order in which it
 * starts and stops. The main thread's.
 *
 * Start: state directory, store, keys, scripts, threads (made, not running), listeners, and only
 * then do the threads run: a start that fails leaves nothing behind.
 * Stop: listeners close and requests under way finish; hooks and timers end; the relay publishes
 * what is committed; the store closes last. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "base/mailbox.h"
#include "base/status.h"
#include "naming/naming.h"
#include "server/bus_thread.h"
#include "server/config.h"
#include "server/watchdog.h"
#include "server/worker.h"

struct control;
struct reload;

/* The parts of this room look into it. */
struct server {
    const struct config *config;
    int64_t started_us;
    struct event_base *base;
    struct mailbox *mailbox; /* its letters get the server as receiver */
    struct store *store;     /* NULL: a program without orders */
    struct bundle *bundle;   /* in force */
    struct jwt_keys *keys;   /* in force, or NULL */
    bool has_clients;        /* a list of them is in force (bus.curve) */
    uint64_t generation;
    struct bus_thread bus_thread;
    struct worker *workers;
    size_t worker_count;
    struct thread **threads; /* the workers', then the bus thread's */
    size_t thread_count;
    struct seal *seal;     /* of sessions; all threads' */
    struct naming *naming; /* NULL unless conf asks for one */
    /* The addresses as bound; that of REPLAY is empty without a store. */
    char http[128], iiop[128], publish[128], replay[128], ingest[128];
    char (*feeds)[128]; /* one for each of bus.feeds; copies all, for the bus goes before control */
    struct watchdog *watchdog;
    struct control *control;
    struct reload *reload;
    struct event *signals[3];
    struct event *deadline; /* of a stop */
    bool stopping;          /* nothing new is taken */
    bool hard;              /* the requests under way have been given up */
    bool failed;            /* a thread ended by itself */
};

/* Runs until a signal ends it; gives the exit code. `started_us` is when the process began
 * (clock_monotonic_us). */
int server_run(const struct config *config, int64_t started_us);

#endif
