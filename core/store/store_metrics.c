/* The store's series, looked up once. */
#include "store/store_metrics.h"

#include "base/clock.h"

#include <pthread.h>

static struct store_metrics metrics;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void look_up(void)
{
    static const char *const labels[STORE_OPERATION_COUNT] = {
        [STORE_SAVE] = "operation=\"save\"",     [STORE_GET] = "operation=\"get\"",
        [STORE_LIST] = "operation=\"list\"",     [STORE_KEY] = "operation=\"key\"",
        [STORE_EVENTS] = "operation=\"events\"", [STORE_WRITE] = "operation=\"write\"",
    };

    for (int i = 0; i < STORE_OPERATION_COUNT; i++)
        metrics.seconds[i] = metrics_histogram("orderd_store_seconds",
                                               "How long a call of the store took.", labels[i]);
    metrics.commits = metrics_counter("orderd_store_commits_total", "Transactions committed.", "");
    metrics.committed = metrics_counter("orderd_store_committed_writes_total",
                                        "Writes in committed transactions.", "");
    metrics.failed_commits = metrics_counter("orderd_store_failed_commits_total",
                                             "Transactions that could not be committed.", "");
    metrics.refused = metrics_counter("orderd_store_refused_writes_total",
                                      "Writes refused because too many were waiting.", "");
    metrics.connections =
        metrics_gauge("orderd_store_connections", "Connections to the database that are up.", "");
    metrics.lost = metrics_counter("orderd_store_connections_lost_total",
                                   "Connections to the database that broke.", "");
    metrics.held_seconds = metrics_gauge(
        "orderd_store_events_held_seconds",
        "For how long committed events have waited for an older transaction to end.", "");
    metrics.waiting =
        metrics_gauge("orderd_store_waiting_writes", "Writes waiting for a transaction.", "");
}

const struct store_metrics *store_metrics(void)
{
    pthread_once(&once, look_up);
    return &metrics;
}

void store_metrics_observe(enum store_operation operation, int64_t started_us)
{
    histogram_observe_us(store_metrics()->seconds[operation], clock_monotonic_us() - started_us);
}
