/* Looks in from outside, because a thread that is held cannot tell. A pattern or a sort runs in C,
 * where no instruction is counted, so the budgets of the host do not end every script in time. */
#include "server/watchdog.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    LOOK_MS = 200,
    HELD_US = 1000000, /* longer than this, and the script is named */
};

struct watched {
    struct thread *thread;
    struct gauge *memory, *tasks;
    int64_t named_since_us; /* the run that was named last: each is named once */
};

struct watchdog {
    pthread_t id;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool end;
    struct counter *held;
    struct watched *watched;
    size_t count;
};

static void watched_open(struct watched *watched, struct thread *thread)
{
    struct buffer labels = {0};
    metrics_label(&labels, "vm", thread->name);
    buffer_append(&labels, "", 1);
    watched->thread = thread;
    watched->memory =
        metrics_gauge("orderd_lua_memory_bytes", "Memory of a thread's Lua states", labels.data);
    watched->tasks = metrics_gauge("orderd_tasks", "Tasks under way in a thread", labels.data);
    buffer_release(&labels);
}

static void look(struct watchdog *watchdog, struct watched *watched)
{
    char name[128];
    int64_t since_us;
    struct vm_set *vms = &watched->thread->vms;
    gauge_set(watched->memory, (int64_t)vm_set_memory(vms));
    gauge_set(watched->tasks, (int64_t)vm_set_tasks(vms));
    if (!vm_set_running(vms, name, &since_us) || since_us == watched->named_since_us)
        return;
    int64_t held_us = clock_monotonic_us() - since_us;
    if (held_us < HELD_US)
        return;
    watched->named_since_us = since_us;
    counter_add(watchdog->held, 1);
    log_error("a script holds its thread", LOG_TEXT("thread", watched->thread->name),
              LOG_TEXT("task", name), LOG_INT("held_ms", held_us / 1000));
}

static void *watchdog_main(void *arg)
{
    struct watchdog *watchdog = arg;
    struct timespec next;
    pthread_setname_np(pthread_self(), "watchdog");
    clock_gettime(CLOCK_MONOTONIC, &next);
    pthread_mutex_lock(&watchdog->lock);
    while (!watchdog->end) {
        for (size_t i = 0; i < watchdog->count; i++)
            look(watchdog, &watchdog->watched[i]);
        next.tv_nsec += LOOK_MS * 1000000L;
        next.tv_sec += next.tv_nsec / 1000000000L;
        next.tv_nsec %= 1000000000L;
        pthread_cond_timedwait(&watchdog->ended, &watchdog->lock, &next);
    }
    pthread_mutex_unlock(&watchdog->lock);
    return NULL;
}

static struct watchdog *watchdog_new(struct thread *const *threads, size_t count)
{
    struct watchdog *watchdog = memory_new(sizeof(*watchdog));
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&watchdog->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&watchdog->lock, NULL);
    watchdog->held = metrics_counter("orderd_watchdog_held_total",
                                     "Times that a script held its thread for over a second", "");
    watchdog->watched = memory_new(count * sizeof(*watchdog->watched));
    watchdog->count = count;
    for (size_t i = 0; i < count; i++)
        watched_open(&watchdog->watched[i], threads[i]);
    return watchdog;
}

static void watchdog_free(struct watchdog *watchdog)
{
    pthread_cond_destroy(&watchdog->ended);
    pthread_mutex_destroy(&watchdog->lock);
    free(watchdog->watched);
    free(watchdog);
}

enum status watchdog_start(struct thread *const *threads, size_t count, struct watchdog **watchdog,
                           struct fault *fault)
{
    struct watchdog *made = watchdog_new(threads, count);
    int error = pthread_create(&made->id, NULL, watchdog_main, made);
    if (error != 0) {
        watchdog_free(made);
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "no thread for the watchdog: %s",
                         strerror(error));
    }
    *watchdog = made;
    return STATUS_OK;
}

void watchdog_stop(struct watchdog **watchdog)
{
    struct watchdog *stopped = *watchdog;
    if (!stopped)
        return;
    *watchdog = NULL;
    pthread_mutex_lock(&stopped->lock);
    stopped->end = true;
    pthread_cond_signal(&stopped->ended);
    pthread_mutex_unlock(&stopped->lock);
    pthread_join(stopped->id, NULL);
    watchdog_free(stopped);
}
