/* The timer that makes room, and the steps that it takes. */
#include "server/retention.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "store/repository.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>

enum { LIMIT = 1000, PAUSE_MS = 100, INTERVAL_MS = 60000 };

struct retention {
    struct retention_options options;
    struct repository *repository;
    struct event *timer;
    struct counter *removed;
    bool running;
    bool asking; /* a step is under way */
    bool gone;   /* to be freed when it ends */
};

static struct retention_options with_defaults(const struct retention_options *options)
{
    struct retention_options full = *options;
    if (full.limit == 0)
        full.limit = LIMIT;
    if (full.pause_ms <= 0)
        full.pause_ms = PAUSE_MS;
    if (full.interval_ms <= 0)
        full.interval_ms = INTERVAL_MS;
    return full;
}

static void wait_ms(struct retention *retention, int ms)
{
    const struct timeval time = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000L};
    if (evtimer_add(retention->timer, &time) != 0)
        abort(); /* no memory, as in base/memory.h */
}

static void on_pruned(void *arg, enum status status, size_t removed, const struct fault *fault)
{
    struct retention *retention = arg;
    bool more = status == STATUS_OK && removed >= retention->options.limit;
    retention->asking = false;
    counter_add(retention->removed, removed);
    if (retention->gone) {
        free(retention);
        return;
    }
    if (!retention->running)
        return;
    if (status != STATUS_OK)
        log_warning("the store has made no room", LOG_TEXT("error", fault->text));
    wait_ms(retention, more ? retention->options.pause_ms : retention->options.interval_ms);
}

static int64_t before(int64_t now, int64_t kept_ms)
{
    return kept_ms > 0 ? now - kept_ms : 0;
}

static void on_time(evutil_socket_t none, short events, void *arg)
{
    struct retention *retention = arg;
    const struct retention_options *options = &retention->options;
    int64_t now = clock_wall_ms();
    const struct prune what = {
        .events_before = before(now, options->events_ms),
        .inbound_before = before(now, options->inbound_ms),
        .letters_before = before(now, options->letters_ms),
        .limit = options->limit,
    };
    (void)none, (void)events;
    retention->asking = true;
    repository_prune(retention->repository, &what, on_pruned, retention);
}

struct retention *retention_new(struct event_base *base, struct repository *repository,
                                const struct retention_options *options)
{
    struct retention *retention = memory_new(sizeof(*retention));
    retention->options = with_defaults(options);
    retention->repository = repository;
    retention->timer = evtimer_new(base, on_time, retention);
    if (!retention->timer)
        abort(); /* no memory, as in base/memory.h */
    retention->removed = metrics_counter("orderd_pruned_rows_total",
                                         "Old rows removed from the store: events, what came in,"
                                         " dead letters, expired keys.",
                                         "");
    return retention;
}

/* A step that is still under way goes on with the timer when it ends. */
void retention_start(struct retention *retention)
{
    if (retention->running)
        return;
    retention->running = true;
    if (!retention->asking)
        wait_ms(retention, retention->options.pause_ms);
}

void retention_stop(struct retention *retention)
{
    if (!retention)
        return;
    retention->running = false;
    event_del(retention->timer);
}

void retention_free(struct retention **retention)
{
    struct retention *freed = *retention;
    if (!freed)
        return;
    *retention = NULL;
    event_free(freed->timer);
    freed->gone = true;
    if (!freed->asking)
        free(freed);
}
