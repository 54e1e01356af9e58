/* The one thread that writes: it owns the write connection and commits in groups. */
#ifndef STORE_SQLITE_WRITER_H
#define STORE_SQLITE_WRITER_H

#include "store/sqlite/connection.h"
#include "store/sqlite/heads.h"
#include "store/sqlite/queue.h"

#include <pthread.h>
#include <stdbool.h>

struct sqlite_writer {
    struct sqlite_queue queue;
    /* The thread's own from sqlite_writer_start on. */
    struct sqlite_connection connection;
    struct sqlite_heads heads;
    size_t group_limit;
    int64_t key_ms;         /* how long an idempotency key is kept */
    int log_pages;          /* in the write-ahead log, after the last commit */
    int checkpointed_pages; /* when it was last checkpointed */
    bool failing;           /* the last group could not be committed */
    bool news;              /* of the group: watchers are to be told, besides of events */
    pthread_t thread;
};

/* The connection is migrated and becomes the writer's, also when this fails. The writer must not
 * be moved while it runs. */
MUST_CHECK enum status sqlite_writer_start(struct sqlite_writer *writer,
                                           const struct sqlite_connection *connection,
                                           const struct store_options *options,
                                           struct fault *fault);

/* Finishes what is queued, ends the thread and closes the connection. */
void sqlite_writer_stop(struct sqlite_writer *writer);

#endif
