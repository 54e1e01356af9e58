/* What the store tells Prometheus, the same in every implementation. Private to this room; any
 * thread. */
#ifndef STORE_STORE_METRICS_H
#define STORE_STORE_METRICS_H

#include "base/metrics.h"

#include <stdint.h>

enum store_operation {
    STORE_SAVE,
    STORE_GET,
    STORE_LIST,
    STORE_KEY,
    STORE_EVENTS,
    STORE_WRITE, /* every write but a save: cursors, inbox, dead letters, prunes, pings */
};
enum { STORE_OPERATION_COUNT = 6 };

struct store_metrics {
    struct histogram *seconds[STORE_OPERATION_COUNT]; /* orderd_store_seconds{operation=...} */
    struct counter *commits;                          /* transactions committed */
    struct counter *committed;      /* writes in them: the mean group is committed / commits */
    struct counter *failed_commits; /* transactions that could not be committed */
    struct counter *refused;        /* writes refused because too many were waiting */
    struct gauge *waiting;          /* writes waiting for a transaction */
    struct gauge *connections;      /* to a database server, as far as they are up */
    struct counter *lost;           /* connections that broke */
    /* For how long committed events have waited for an older transaction. */
    struct gauge *held_seconds;
};

/* The process's one set; made with the first call. */
const struct store_metrics *store_metrics(void);

/* Observes what has passed since `started_us` (clock_monotonic_us). */
void store_metrics_observe(enum store_operation operation, int64_t started_us);

#endif
