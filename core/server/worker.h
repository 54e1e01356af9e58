/* A worker: a thread that serves HTTP with its own listener, Lua states and store handle. */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include "http/server.h"
#include "server/thread.h"

struct worker {
    struct thread thread;
    struct http_server *http;
};

MUST_CHECK enum status worker_open(struct worker *worker, size_t index, const struct config *config,
                                   struct store *store, struct jwt_keys *keys, struct fault *fault);

/* Listens on `address`, together with the other workers. The thread must not run yet. */
MUST_CHECK enum status worker_listen(struct worker *worker, const char *address,
                                     struct fault *fault);

#endif
