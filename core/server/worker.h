/* A worker: a thread that serves HTTP and IIOP with its own listeners, Lua states and store handle.
 */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "http/server.h"
#include "iiop/server.h"
#include "server/thread.h"

struct worker {
    struct thread thread;
    struct http_server *http;
    struct orb_server *orb;
    int serving; /* of a stop: servers that have not stopped yet */
};

MUST_CHECK enum status worker_open(struct worker *worker, size_t index, const struct config *config,
                                   struct store *store, struct jwt_keys *keys, struct fault *fault);

/* Listens on these addresses, together with the other workers. The thread has its first Lua state,
 * and does not run yet. */
MUST_CHECK enum status worker_listen(struct worker *worker, const char *http, const char *iiop,
                                     struct fault *fault);

#endif
