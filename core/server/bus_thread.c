/* Committed events to PUB and to the hooks; inbound messages to the store, and from there to the
 * hooks; timers.
 *
 * Leading begins in leading_begin and ends in leading_end, whatever the reason is: the store says
 * so, or the thread stops. What only one process may do at a time is started and ended there.
 * Taking inbound messages is no part of it: every process does, and the leading one handles them.
 *
 * Stop, one step after the other: no more timers, inbound messages and events; what runs finishes
 * and the hooks' cursors are written; the Lua states go; the relay publishes what is left and its
 * cursor is written; the lead is given away, so that another process need not wait for the rest;
 * the sockets close; the loop ends. */
#include "server/bus_thread.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "bindings/hook.h"
#include "server/access.h"

#include <event2/event.h>
#include <stdlib.h>
#include <sys/resource.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static void on_committed(void *arg)
{
    struct bus_thread *bus_thread = arg;
    bus_wake(bus_thread->bus);
    consumers_wake(bus_thread->consumers);
}

/* ---- leading ---- */

static void leading_tell(struct bus_thread *bus_thread, bool leading)
{
    atomic_store(&bus_thread->leading, leading);
    gauge_set(bus_thread->leading_gauge, leading);
}

/* `epoch` is the stream's; NULL without a store. */
static void leading_begin(struct bus_thread *bus_thread, const char *epoch)
{
    struct thread *thread = &bus_thread->thread;
    if (thread->services.repository) {
        log_info("this process leads now", LOG_TEXT("epoch", epoch));
        bus_lead(bus_thread->bus, epoch);
        consumers_lead(bus_thread->consumers, epoch);
        repository_watch(thread->services.repository, on_committed, bus_thread);
        retention_start(bus_thread->retention);
    }
    lua_timers_start(vm_set_current(&thread->vms));
    leading_tell(bus_thread, true);
}

/* What of hooks and timers runs already goes on to its end. */
static void leading_end(struct bus_thread *bus_thread)
{
    struct thread *thread = &bus_thread->thread;
    struct vm *vm = vm_set_current(&thread->vms);
    leading_tell(bus_thread, false);
    if (vm)
        lua_timers_stop(vm);
    if (thread->services.repository) {
        retention_stop(bus_thread->retention);
        repository_watch(thread->services.repository, NULL, NULL);
        consumers_follow(bus_thread->consumers);
        bus_lead(bus_thread->bus, NULL);
        log_info("this process leads no longer");
    }
}

/* This process leads no more, and lets another one do so at once. */
static void lead_give_away(struct bus_thread *bus_thread)
{
    struct repository *repository = bus_thread->thread.services.repository;
    if (atomic_load(&bus_thread->leading))
        leading_end(bus_thread);
    if (repository)
        repository_lead(repository, NULL, NULL);
}

static void on_lead_changed(void *arg, const char *epoch)
{
    struct bus_thread *bus_thread = arg;
    if (atomic_load(&bus_thread->leading))
        leading_end(bus_thread);
    if (bus_thread->thread.stopping)
        lead_give_away(bus_thread); /* lost on the way out: not to be had again */
    else if (epoch)
        leading_begin(bus_thread, epoch);
}

/* ---- a new Lua state ---- */

static size_t topics_count(const char *const *topics)
{
    size_t count = 0;
    while (topics[count])
        count++;
    return count;
}

static void bus_thread_switched(struct thread *thread, struct vm *old, struct vm *now)
{
    struct bus_thread *bus_thread = (struct bus_thread *)thread;
    const char *const *topics = lua_hook_inbound_topics(now);
    lua_timers_stop(old);
    if (atomic_load(&bus_thread->leading))
        lua_timers_start(now);
    if (bus_thread->consumers)
        consumers_switch(bus_thread->consumers);
    bus_set_topics(bus_thread->bus, topics, topics_count(topics));
}

/* ---- a new list of clients ---- */

struct clients_order {
    struct letter letter;
    struct bus_clients *clients;
};

static void on_clients(struct letter *letter, void *receiver)
{
    struct clients_order *order = (struct clients_order *)letter;
    struct bus_thread *bus_thread = receiver;
    if (bus_thread->bus && !bus_thread->closing)
        bus_set_clients(bus_thread->bus, order->clients);
    else
        bus_clients_free(&order->clients);
    free(order);
}

void bus_thread_post_clients(struct bus_thread *bus_thread, struct bus_clients *clients)
{
    struct clients_order *order = memory_new(sizeof(*order));
    order->clients = clients;
    mailbox_post(bus_thread->thread.mailbox, &order->letter, on_clients);
}

/* ---- stopping ---- */

static void on_bus_closed(void *arg)
{
    struct bus_thread *bus_thread = arg;
    bus_thread->bus = NULL;
    bus_thread->thread.services.bus = NULL;
    thread_end(&bus_thread->thread);
}

/* A stop that is ended hard (bus_thread_close) closes the bus while its steps are still under way:
 * what they tell afterwards finds that done. */
static void close_bus(struct bus_thread *bus_thread)
{
    if (bus_thread->closing)
        return;
    lead_give_away(bus_thread);
    bus_thread->closing = true;
    bus_close(bus_thread->bus, on_bus_closed, bus_thread);
}

static void on_bus_settled(void *arg)
{
    close_bus(arg);
}

static void on_states_gone(void *arg)
{
    struct bus_thread *bus_thread = arg;
    if (!bus_thread->closing)
        bus_settle(bus_thread->bus, on_bus_settled, bus_thread);
}

static void on_consumers_stopped(void *arg)
{
    struct bus_thread *bus_thread = arg;
    if (!bus_thread->closing)
        vm_set_retire_all(&bus_thread->thread.vms, on_states_gone, bus_thread);
}

static void bus_thread_stop(struct thread *thread)
{
    struct bus_thread *bus_thread = (struct bus_thread *)thread;
    lua_timers_stop(vm_set_current(&thread->vms));
    retention_stop(bus_thread->retention);
    bus_stop_taking(bus_thread->bus);
    if (!atomic_load(&bus_thread->leading))
        lead_give_away(bus_thread); /* nor is it to be had now */
    if (bus_thread->consumers)
        consumers_stop(bus_thread->consumers, on_consumers_stopped, bus_thread);
    else
        on_consumers_stopped(bus_thread);
}

/* The bus is still there when the thread never ran, or was ended before it had stopped in good
 * order: its loop turns here until it is closed. */
static void bus_thread_close(struct thread *thread)
{
    struct bus_thread *bus_thread = (struct bus_thread *)thread;
    if (bus_thread->bus) {
        close_bus(bus_thread);
        event_base_loop(thread->base, EVLOOP_NO_EXIT_ON_EMPTY);
    }
    consumers_free(&bus_thread->consumers);
    retention_free(&bus_thread->retention);
}

static const struct thread_role bus_role = {
    .switched = bus_thread_switched,
    .stop = bus_thread_stop,
    .close = bus_thread_close,
};

/* ---- starting ---- */

enum status bus_thread_open(struct bus_thread *bus_thread, const struct config *config,
                            struct store *store, struct jwt_keys *keys, struct fault *fault)
{
    bus_thread->thread.services.hooks = true;
    bus_thread->store = store;
    bus_thread->leading_gauge = metrics_gauge(
        "orderd_leading", "1 while this process publishes the events and runs the hooks", "");
    return thread_open(&bus_thread->thread, &bus_role, "bus", config, store, keys, fault);
}

static const char **texts_new(const struct conf_value *list)
{
    const char **texts = memory_new((list->count + 1) * sizeof(*texts));
    for (size_t i = 0; i < list->count; i++)
        texts[i] = list->members[i].text;
    return texts;
}

static struct bus_feed *feeds_new(const struct conf_value *table)
{
    struct bus_feed *feeds = memory_new((table->count + 1) * sizeof(*feeds));
    for (size_t i = 0; i < table->count; i++)
        feeds[i] = (struct bus_feed){.publish = table->members[i].key,
                                     .topics = texts_new(&table->members[i]),
                                     .topic_count = table->members[i].count};
    return feeds;
}

static void feeds_free(struct bus_feed *feeds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((void *)feeds[i].topics);
    free(feeds);
}

/* Descriptors are the whole process's, and the bus must leave some to HTTP, CORBA and the store:
 * where the system grants few, it makes do with fewer connections than it was told. */
static size_t connections_granted(const struct config *config)
{
    const size_t addresses = 3 + config->bus.feeds->count;
    size_t asked = (size_t)config->bus.connections;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY)
        return asked;
    size_t share = (size_t)files.rlim_cur / 4 / addresses;
    if (asked <= share)
        return asked;
    log_warning("bus.connections is lowered: the system grants too few open files",
                LOG_INT("asked", (int64_t)asked), LOG_INT("connections", (int64_t)share),
                LOG_INT("open_files", (int64_t)files.rlim_cur));
    return share > 0 ? share : 1;
}

static enum status sockets_open(struct bus_thread *bus_thread, const struct config *config,
                                const struct curve_keys *keys, struct fault *fault)
{
    struct thread *thread = &bus_thread->thread;
    const char *const *topics = lua_hook_inbound_topics(vm_set_current(&thread->vms));
    const char **endpoints = texts_new(config->bus.subscribe);
    struct bus_feed *feeds = feeds_new(config->bus.feeds);
    if (topics[0] && !bus_thread->store)
        log_warning("a hook takes messages of other services, but without a store none is taken in",
                    LOG_TEXT("topic", topics[0]));
    const struct bus_options options = {
        .publish = config->bus.publish,
        .feeds = feeds,
        .feed_count = config->bus.feeds->count,
        .keys = keys,
        .subscribe = endpoints,
        .subscribe_count = config->bus.subscribe->count,
        .topics = topics,
        .topic_count = topics_count(topics),
        .high_water_mark = (int)config->bus.high_water_mark,
        .heartbeat_ms = (int)config->bus.heartbeat_ms,
        .ping_ms = (int)config->bus.ping_ms,
        .ping_timeout_ms = (int)config->bus.ping_timeout_ms,
        .connections = connections_granted(config),
        .message_bytes = config->bus.message_bytes,
        .replay = bus_thread->store ? config->bus.replay : NULL,
        .store = bus_thread->store,
        .replays = (size_t)config->bus.replays,
        .client_replays = (size_t)config->bus.client_replays,
        .replay_credit = (int)config->bus.replay_credit,
        .replay_idle_ms = (int)config->bus.replay_idle_ms,
        .ingest = bus_thread->store ? config->bus.ingest : NULL,
        .ingest_pending = (size_t)config->bus.ingest_pending,
    };
    enum status status =
        bus_open(thread->base, thread->services.repository, &options, &bus_thread->bus, fault);
    feeds_free(feeds, config->bus.feeds->count);
    free(endpoints);
    return status;
}

static enum status bus_start(struct bus_thread *bus_thread, const struct config *config,
                             struct fault *fault)
{
    struct curve_keys keys;
    if (!config->bus.curve)
        return sockets_open(bus_thread, config, NULL, fault);
    enum status status = access_keys_read(config, &keys, fault);
    if (status == STATUS_OK)
        status = sockets_open(bus_thread, config, &keys, fault);
    curve_keys_wipe(&keys);
    return status;
}

static void candidacy_begin(struct bus_thread *bus_thread, const struct config *config)
{
    const struct retention_options retention = {
        .events_ms = config->store.events_days * DAY_MS,
        .inbound_ms = config->store.inbound_days * DAY_MS,
        .letters_ms = config->store.letters_days * DAY_MS,
    };
    struct thread *thread = &bus_thread->thread;
    bus_thread->retention = retention_new(thread->base, thread->services.repository, &retention);
    bus_thread->consumers = consumers_new(thread->base, thread->services.repository, &thread->vms);
    repository_lead(thread->services.repository, on_lead_changed, bus_thread);
}

enum status bus_thread_start(struct bus_thread *bus_thread, const struct config *config,
                             struct bus_clients *clients, struct fault *fault)
{
    struct thread *thread = &bus_thread->thread;
    enum status status = bus_start(bus_thread, config, fault);
    if (status != STATUS_OK) {
        bus_clients_free(&clients);
        return status;
    }
    if (clients)
        bus_set_clients(bus_thread->bus, clients);
    thread->services.bus = bus_thread->bus;
    if (thread->services.repository)
        candidacy_begin(bus_thread, config);
    else
        leading_begin(bus_thread, NULL);
    return STATUS_OK;
}
