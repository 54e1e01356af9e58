/* What every implementation of the store says and does the same. Private to this room. */
#ifndef STORE_PARTS_H
#define STORE_PARTS_H

#include "base/status.h"
#include "base/uuid.h"

#include <pthread.h>

/* A stored order breaks a rule: logs what, and fills the fault with STATUS_INTERNAL. */
enum status store_damaged(const struct uuid *order_id, const char *what, struct fault *fault);

/* Starts a thread that gets no signals: those are for the threads that wait for them; and with
 * SIGXFSZ blocked, a write beyond the file size limit is an error like any other instead of the
 * end. Returns an errno. */
MUST_CHECK int store_thread_start(pthread_t *thread, void *(*run)(void *arg), void *arg);

#endif
