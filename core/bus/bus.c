/* The bus: opens the gate and the sockets, joins relay, heartbeat, subscriber, replay and ingest
 * to them, and closes all in order.
 *
 * Leading. Relay and heartbeat live for as long as this process leads and are made anew each time,
 * so that nothing of an earlier time can be mistaken for something of this one: what the store
 * still answers to the old ones finds nobody.
 *
 * Threads. Everything here runs in the loop that bus_open was given, but for bus_post, which
 * leaves a letter, and bus_trouble, which reads three atomics. Closing a ZeroMQ context waits until
 * its sockets have lingered, so a thread of its own does that, and an eventfd tells the loop. */
#include "bus/bus.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "bus/entrance.h"
#include "bus/gate.h"
#include "bus/heartbeat.h"
#include "bus/ingest.h"
#include "bus/link.h"
#include "bus/publisher.h"
#include "bus/relay.h"
#include "bus/replay.h"
#include "bus/subscriber.h"
#include "bus/zmq_socket.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <zmq.h>

enum {
    SOCKETS = 4,                /* without the links' and the entrances' */
    ENTRANCES = 3,              /* without the feeds' */
    PULSES_MISSED_US = 5000000, /* a loop that has not turned for this long is not alive */
};

struct bus {
    struct event_base *base;
    void *context;
    struct repository *repository; /* NULL: no store */
    struct gate *gate;             /* NULL: no CURVE */
    struct publisher *publisher;
    struct subscriber *subscriber; /* NULL: no endpoints, or no store */
    struct replay *replay;         /* NULL: not asked for */
    struct ingest *ingest;         /* NULL: not asked for */
    struct topics topics;          /* that are taken in */
    struct mailbox *mailbox;
    struct event *pulse; /* every heartbeat_ms */
    struct counter *posted;
    int heartbeat_ms;
    _Atomic int64_t alive_us;          /* when the pulse last beat */
    atomic_bool listening, relay_good; /* as found then */

    /* Leading; all NULL while it does not. */
    char *epoch;
    struct relay *relay;
    struct heartbeat *heartbeat;

    /* Settling. */
    struct event *settle; /* NULL: it does not; a timer, as `finish` */
    void (*settled)(void *arg);
    void *settled_arg;

    /* Closing. */
    struct event *finish; /* a timer of no time: out of everybody's callbacks */
    pthread_t closer;
    int closed_fd; /* the closer writes to it when it is done */
    struct event *closed_event;
    void (*closed)(void *arg);
    void *closed_arg;
};

/* ---- posting ---- */

struct post {
    struct letter letter;
    size_t topic_size, payload_size;
    char bytes[]; /* topic, then payload */
};

static void post_open(struct letter *letter, void *receiver)
{
    struct post *post = (struct post *)letter;
    struct bus *bus = receiver;
    const struct bus_frame frames[] = {
        {.data = post->bytes, .size = post->topic_size},
        {.data = post->bytes + post->topic_size, .size = post->payload_size},
    };
    if (publisher_send(bus->publisher, frames, 2) != STATUS_OK)
        log_warning("message not published", LOG_TEXT_N("topic", post->bytes, post->topic_size));
    counter_add(bus->posted, 1);
    free(post);
}

void bus_post(struct bus *bus, const char *topic, const char *payload, size_t length)
{
    size_t topic_size = strlen(topic);
    struct post *post = memory_new(sizeof(*post) + topic_size + length);
    post->topic_size = topic_size;
    post->payload_size = length;
    memcpy(post->bytes, topic, topic_size);
    if (length > 0)
        memcpy(post->bytes + topic_size, payload, length);
    mailbox_post(bus->mailbox, &post->letter, post_open);
}

/* ---- health ---- */

static void health_look(struct bus *bus)
{
    atomic_store(&bus->listening, publisher_healthy(bus->publisher) &&
                                      (!bus->replay || replay_healthy(bus->replay)) &&
                                      (!bus->ingest || ingest_healthy(bus->ingest)));
    atomic_store(&bus->relay_good, !bus->relay || relay_healthy(bus->relay));
}

static void on_pulse(evutil_socket_t fd, short what, void *arg)
{
    struct bus *bus = arg;
    (void)fd;
    (void)what;
    if (bus->heartbeat)
        heartbeat_tick(bus->heartbeat);
    health_look(bus);
    atomic_store(&bus->alive_us, clock_monotonic_us());
}

const char *bus_trouble(const struct bus *bus)
{
    int64_t silent_us = clock_monotonic_us() - atomic_load(&bus->alive_us);
    if (silent_us >= PULSES_MISSED_US + (int64_t)bus->heartbeat_ms * 1000)
        return "the bus thread does not answer";
    if (!atomic_load(&bus->listening))
        return "a ZeroMQ socket does not listen";
    if (!atomic_load(&bus->relay_good))
        return "the relay of events does not keep up, or cannot read the store";
    return NULL;
}

/* ---- opening ---- */

static void pulse_start(struct bus *bus)
{
    struct timeval every = {bus->heartbeat_ms / 1000, (bus->heartbeat_ms % 1000) * 1000L};
    bus->pulse = event_new(bus->base, -1, EV_PERSIST, on_pulse, bus);
    event_add(bus->pulse, &every);
    atomic_store(&bus->alive_us, clock_monotonic_us());
    atomic_store(&bus->listening, true);
    atomic_store(&bus->relay_good, true);
}

static void sockets_close(struct bus *bus)
{
    subscriber_close(&bus->subscriber);
    replay_close(&bus->replay);
    ingest_close(&bus->ingest);
    publisher_close(&bus->publisher);
    gate_close(&bus->gate);
    topics_release(&bus->topics);
}

static void context_end(void *context)
{
    while (zmq_ctx_term(context) != 0 && errno == EINTR) {
    }
}

static enum status context_begin(struct bus *bus, const struct bus_options *options,
                                 struct fault *fault)
{
    bus->context = zmq_ctx_new();
    if (!bus->context)
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "cannot start ZeroMQ: %s",
                         zmq_strerror(errno));
    zmq_ctx_set(bus->context, ZMQ_MAX_SOCKETS,
                SOCKETS + ENTRANCE_SOCKETS * (ENTRANCES + (int)options->feed_count) +
                    LINK_SOCKETS * (int)options->subscribe_count);
    return STATUS_OK;
}

/* The gate first: libzmq lets everybody in where there is none. */
static enum status sockets_open(struct bus *bus, struct bus_options *options, struct fault *fault)
{
    enum status status = STATUS_OK;
    if (options->keys)
        status = gate_open(bus->base, bus->context, options->keys, &bus->gate, fault);
    if (bus->gate) {
        options->keys = gate_keys(bus->gate);
        options->rights = gate_rights;
        options->rights_arg = bus->gate;
    }
    if (status == STATUS_OK)
        status =
            publisher_open(bus->base, bus->context, options, bus->gate, &bus->publisher, fault);
    if (status == STATUS_OK && bus->repository && options->subscribe_count > 0)
        status = subscriber_open(bus->base, bus->context, bus->repository, options, &bus->topics,
                                 &bus->subscriber, fault);
    if (status == STATUS_OK && options->replay)
        status =
            replay_open(bus->base, bus->context, bus->repository, options, &bus->replay, fault);
    if (status == STATUS_OK && options->ingest)
        status = ingest_open(bus->base, bus->context, bus->repository, options, &bus->topics,
                             &bus->ingest, fault);
    if (status == STATUS_OK && bus->gate) {
        gate_add(bus->gate, ENTRANCE_REPLAY, NULL);
        gate_add(bus->gate, ENTRANCE_INGEST, NULL);
    }
    return status;
}

enum status bus_open(struct event_base *base, struct repository *repository,
                     const struct bus_options *options, struct bus **bus, struct fault *fault)
{
    struct bus_options own = *options;
    struct bus *made = memory_new(sizeof(*made));
    made->base = base;
    made->repository = repository;
    made->heartbeat_ms = options->heartbeat_ms;
    topics_copy(&made->topics, options->topics, options->topic_count);
    made->posted =
        metrics_counter("orderd_messages_posted_total", "Messages of scripts sent to PUB", "");
    enum status status = context_begin(made, options, fault);
    if (status == STATUS_OK)
        status = sockets_open(made, &own, fault);
    if (status != STATUS_OK)
        goto done;
    made->mailbox = mailbox_new(base, made);
    pulse_start(made);
    *bus = made;
    return STATUS_OK;

done:
    sockets_close(made);
    if (made->context)
        context_end(made->context);
    free(made);
    return status;
}

const char *bus_address(const struct bus *bus)
{
    return publisher_address(bus->publisher);
}

const char *bus_feed_address(const struct bus *bus, size_t feed)
{
    return publisher_feed_address(bus->publisher, feed);
}

size_t bus_feed_count(const struct bus *bus)
{
    return publisher_feed_count(bus->publisher);
}

const char *const *bus_feed_topics(const struct bus *bus, size_t feed, size_t *count)
{
    return publisher_feed_topics(bus->publisher, feed, count);
}

bool bus_encrypted(const struct bus *bus)
{
    return bus->gate != NULL;
}

const char *bus_replay_address(const struct bus *bus)
{
    return bus->replay ? replay_address(bus->replay) : NULL;
}

const char *bus_ingest_address(const struct bus *bus)
{
    return bus->ingest ? ingest_address(bus->ingest) : NULL;
}

void bus_set_clients(struct bus *bus, struct bus_clients *clients)
{
    gate_set_clients(bus->gate, clients, publisher_revoke, bus->publisher);
    if (bus->replay)
        replay_rights_changed(bus->replay);
    health_look(bus);
}

void bus_set_topics(struct bus *bus, const char *const *topics, size_t count)
{
    struct topics now;
    topics_copy(&now, topics, count);
    if (bus->subscriber)
        subscriber_changes(bus->subscriber, &now);
    topics_release(&bus->topics);
    bus->topics = now;
}

void bus_stop_taking(struct bus *bus)
{
    bus_set_topics(bus, NULL, 0);
    if (bus->ingest)
        ingest_stop(bus->ingest);
}

/* ---- leading ---- */

static void lead_begin(struct bus *bus, const char *epoch)
{
    bus->epoch = memory_text(epoch, strlen(epoch));
    bus->relay = relay_new(bus->base, bus->repository, bus->publisher, bus->epoch);
    bus->heartbeat = heartbeat_new(bus->repository, bus->publisher, bus->relay, bus->epoch);
}

static void lead_end(struct bus *bus)
{
    heartbeat_free(&bus->heartbeat);
    relay_free(&bus->relay);
    free(bus->epoch);
    bus->epoch = NULL;
    health_look(bus);
}

static void settle_over_later(void *arg)
{
    struct bus *bus = arg;
    static const struct timeval now = {0, 0};
    event_add(bus->settle, &now);
}

void bus_lead(struct bus *bus, const char *epoch)
{
    lead_end(bus);
    if (bus->settle)
        settle_over_later(bus);
    else if (epoch)
        lead_begin(bus, epoch);
}

void bus_wake(struct bus *bus)
{
    if (bus->relay)
        relay_wake(bus->relay);
}

static void on_settle_over(evutil_socket_t fd, short what, void *arg)
{
    struct bus *bus = arg;
    (void)fd;
    (void)what;
    event_free(bus->settle);
    bus->settle = NULL;
    lead_end(bus);
    bus->settled(bus->settled_arg);
}

void bus_settle(struct bus *bus, void (*settled)(void *arg), void *arg)
{
    bus->settled = settled;
    bus->settled_arg = arg;
    bus->settle = event_new(bus->base, -1, 0, on_settle_over, bus);
    if (bus->relay)
        relay_stop(bus->relay, settle_over_later, bus);
    else
        settle_over_later(bus);
}

/* ---- closing: sockets -> context -> closed ---- */

static void *closer_run(void *arg)
{
    struct bus *bus = arg;
    const uint64_t one = 1;
    context_end(bus->context);
    if (write(bus->closed_fd, &one, sizeof(one)) != sizeof(one))
        log_error("end of the bus not told", LOG_TEXT("reason", strerror(errno)));
    return NULL;
}

static void bus_gone(struct bus *bus)
{
    void (*closed)(void *) = bus->closed;
    void *arg = bus->closed_arg;
    free(bus);
    closed(arg);
}

static void on_context_ended(evutil_socket_t fd, short what, void *arg)
{
    struct bus *bus = arg;
    (void)what;
    pthread_join(bus->closer, NULL);
    event_free(bus->closed_event);
    close(fd);
    bus_gone(bus);
}

static void context_end_aside(struct bus *bus)
{
    bus->closed_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (bus->closed_fd >= 0) {
        bus->closed_event = event_new(bus->base, bus->closed_fd, EV_READ, on_context_ended, bus);
        event_add(bus->closed_event, NULL);
        if (pthread_create(&bus->closer, NULL, closer_run, bus) == 0)
            return;
        event_free(bus->closed_event);
        close(bus->closed_fd);
    }
    context_end(bus->context); /* no thread to be had: wait here, a second at most */
    bus_gone(bus);
}

static void on_finish(evutil_socket_t fd, short what, void *arg)
{
    struct bus *bus = arg;
    (void)fd;
    (void)what;
    mailbox_free(&bus->mailbox);
    event_free(bus->pulse);
    event_free(bus->finish);
    sockets_close(bus);
    context_end_aside(bus);
}

void bus_close(struct bus *bus, void (*closed)(void *arg), void *arg)
{
    static const struct timeval now = {0, 0};
    bus->closed = closed;
    bus->closed_arg = arg;
    lead_end(bus);
    if (bus->settle)
        event_free(bus->settle);
    bus->finish = event_new(bus->base, -1, 0, on_finish, bus);
    event_add(bus->finish, &now);
}
