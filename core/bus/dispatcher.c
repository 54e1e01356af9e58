/* The dispatcher: a window over the stream of committed events.
 *
 * Every event that is read and not yet done is a delivery and stands in the window, in stream
 * order. A delivery is in one of these states:
 *
 *     BEHIND     an earlier event of its order is not done; that one's `follower` leads here
 *     READY      on the ready list: the next turn hands it to the consumer
 *     UNDER_WAY  with the consumer, who owes a delivery_done
 *     FAILED     the consumer could not; its timer makes it READY again
 *
 * Done deliveries are freed at once, for all that the cursor needs is the first one that is left:
 * it stands on the event before that. So one event that keeps failing holds back its own order and
 * the cursor, but neither the other orders nor memory without bound; when a whole window of
 * them fails, reading stops. */
#include "bus/dispatcher.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/random.h"
#include "bus/cursor.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
    CURSOR_DELAY_MS = 100,
    READ_AGAIN_MS = 250, /* after a read that failed */
};

enum delivery_state { DELIVERY_BEHIND, DELIVERY_READY, DELIVERY_UNDER_WAY, DELIVERY_FAILED };

struct delivery {
    struct dispatcher *dispatcher;
    enum delivery_state state;
    int attempt;
    struct delivery *follower; /* the next event of the same order, or NULL */
    struct event *retry;       /* made by the first failure */
    struct position before;    /* of the event before this one in the stream */
    struct stored_event event; /* its texts stand in `texts` */
    TAILQ_ENTRY(delivery) in_window;
    TAILQ_ENTRY(delivery) in_ready;
    char texts[];
};
TAILQ_HEAD(deliveries, delivery);

enum dispatcher_state {
    DISPATCHER_LOADING, /* the cursor is on its way */
    DISPATCHER_RUNNING,
    DISPATCHER_STOPPING, /* takes no more; waits for what is under way and a read */
    DISPATCHER_SETTLING, /* the cursor is being written for the last time */
};

struct dispatcher {
    struct event_base *base;
    struct repository *repository;
    struct dispatcher_options options;
    dispatcher_deliver *deliver;
    void *arg;
    enum dispatcher_state state;
    struct event *turn;
    struct cursor *cursor;
    struct deliveries window, ready;
    size_t held, under_way;
    bool reading;
    bool wanted; /* there may be more to read */
    struct position read_to;
    struct counter *done, *failed;
    struct gauge *held_gauge;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

static void dispatcher_arm(struct dispatcher *dispatcher, int delay_ms)
{
    struct timeval delay = {0, delay_ms * 1000L};
    event_add(dispatcher->turn, &delay);
}

/* ---- deliveries ---- */

static const char *text_take(char **place, const char *text, size_t length)
{
    char *taken = *place;
    if (!text)
        return NULL;
    memcpy(taken, text, length);
    taken[length] = '\0';
    *place += length + 1;
    return taken;
}

static struct delivery *delivery_new(struct dispatcher *dispatcher,
                                     const struct stored_event *event)
{
    size_t topic = strlen(event->topic), type = strlen(event->type);
    size_t trace = event->traceparent ? strlen(event->traceparent) : 0;
    struct delivery *delivery =
        memory_new(sizeof(*delivery) + topic + type + trace + event->data_length + 4);
    char *place = delivery->texts;
    delivery->dispatcher = dispatcher;
    delivery->event = *event;
    delivery->event.topic = text_take(&place, event->topic, topic);
    delivery->event.type = text_take(&place, event->type, type);
    delivery->event.traceparent = text_take(&place, event->traceparent, trace);
    delivery->event.data = text_take(&place, event->data, event->data_length);
    return delivery;
}

static void delivery_make_ready(struct delivery *delivery)
{
    delivery->state = DELIVERY_READY;
    TAILQ_INSERT_TAIL(&delivery->dispatcher->ready, delivery, in_ready);
}

static struct delivery *last_of_order(const struct dispatcher *dispatcher,
                                      const struct uuid *order_id)
{
    struct delivery *delivery;
    TAILQ_FOREACH_REVERSE(delivery, &dispatcher->window, deliveries, in_window)
    {
        if (uuid_equal(&delivery->event.order_id, order_id))
            return delivery;
    }
    return NULL;
}

static void dispatcher_add(struct dispatcher *dispatcher, const struct stored_event *event)
{
    struct delivery *delivery = delivery_new(dispatcher, event);
    struct delivery *ahead = last_of_order(dispatcher, &event->order_id);
    delivery->before = dispatcher->read_to;
    dispatcher->read_to = event->position;
    TAILQ_INSERT_TAIL(&dispatcher->window, delivery, in_window);
    dispatcher->held++;
    if (ahead)
        ahead->follower = delivery;
    else
        delivery_make_ready(delivery);
}

static void delivery_free(struct delivery *delivery)
{
    if (delivery->retry)
        event_free(delivery->retry);
    free(delivery);
}

/* ---- what the consumer says ---- */

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    struct delivery *delivery = arg;
    (void)fd;
    (void)what;
    delivery_make_ready(delivery);
    dispatcher_arm(delivery->dispatcher, 0);
}

/* Half of the pause is fixed and half by chance, so that what failed together is not tried again
 * together. */
static int retry_pause_ms(const struct dispatcher_options *options, int attempt)
{
    int64_t pause = options->retry_first_ms;
    for (int i = 1; i < attempt && pause < options->retry_longest_ms; i++)
        pause *= 2;
    if (pause > options->retry_longest_ms)
        pause = options->retry_longest_ms;
    return (int)(pause - pause / 2 + random_below((uint32_t)(pause / 2 + 1)));
}

static void delivery_retry_later(struct delivery *delivery, enum status status)
{
    struct dispatcher *dispatcher = delivery->dispatcher;
    int pause_ms = retry_pause_ms(&dispatcher->options, delivery->attempt);
    struct timeval pause = {pause_ms / 1000, (pause_ms % 1000) * 1000L};
    log_warning("event not handled, will be tried again",
                LOG_TEXT("consumer", dispatcher->options.cursor),
                LOG_TEXT("topic", delivery->event.topic),
                LOG_TEXT("position", delivery->event.position.text),
                LOG_TEXT("reason", status_name(status)), LOG_INT("attempt", delivery->attempt),
                LOG_INT("pause_ms", pause_ms));
    delivery->state = DELIVERY_FAILED;
    if (!delivery->retry)
        delivery->retry = event_new(dispatcher->base, -1, 0, on_retry, delivery);
    event_add(delivery->retry, &pause);
}

static void delivery_finish(struct delivery *delivery)
{
    struct dispatcher *dispatcher = delivery->dispatcher;
    struct delivery *first;
    if (delivery->follower)
        delivery_make_ready(delivery->follower);
    TAILQ_REMOVE(&dispatcher->window, delivery, in_window);
    dispatcher->held--;
    delivery_free(delivery);
    first = TAILQ_FIRST(&dispatcher->window);
    cursor_move(dispatcher->cursor, first ? &first->before : &dispatcher->read_to);
}

void delivery_done(struct delivery *delivery, enum status status)
{
    struct dispatcher *dispatcher = delivery->dispatcher;
    dispatcher->under_way--;
    counter_add(status == STATUS_OK ? dispatcher->done : dispatcher->failed, 1);
    if (status == STATUS_OK)
        delivery_finish(delivery);
    else
        delivery_retry_later(delivery, status);
    dispatcher_arm(dispatcher, 0);
}

/* ---- reading ---- */

static void on_events(void *arg, enum status status, const struct stored_event *events,
                      size_t count, const struct fault *fault)
{
    struct dispatcher *dispatcher = arg;
    dispatcher->reading = false;
    if (dispatcher->state != DISPATCHER_RUNNING) {
        dispatcher_arm(dispatcher, 0);
        return;
    }
    if (status != STATUS_OK) {
        log_warning("events not read", LOG_TEXT("reader", dispatcher->options.cursor),
                    LOG_TEXT("reason", fault->text));
        dispatcher->wanted = true;
        dispatcher_arm(dispatcher, READ_AGAIN_MS);
        return;
    }
    for (size_t i = 0; i < count; i++)
        dispatcher_add(dispatcher, &events[i]);
    if (count > 0) {
        dispatcher->wanted = true; /* until a read finds nothing */
        dispatcher_arm(dispatcher, 0);
    }
}

/* Waits until a good part of the window is free, so that a full one is not refilled one event, and
 * one call to the store, at a time. */
static void dispatcher_read(struct dispatcher *dispatcher)
{
    size_t room = dispatcher->options.window - dispatcher->held;
    bool worth_it = room > 0 && (room >= dispatcher->options.window / 4);
    if (!dispatcher->wanted || dispatcher->reading || !worth_it)
        return;
    dispatcher->wanted = false;
    dispatcher->reading = true;
    repository_events_after(dispatcher->repository, &dispatcher->read_to, room, on_events,
                            dispatcher);
}

/* ---- a turn ---- */

static void dispatcher_deliver_ready(struct dispatcher *dispatcher)
{
    struct delivery *delivery;
    while ((delivery = TAILQ_FIRST(&dispatcher->ready)) != NULL) {
        TAILQ_REMOVE(&dispatcher->ready, delivery, in_ready);
        delivery->state = DELIVERY_UNDER_WAY;
        delivery->attempt++;
        dispatcher->under_way++;
        dispatcher->deliver(dispatcher->arg, delivery, &delivery->event, delivery->attempt);
    }
}

static void on_settled(void *arg)
{
    struct dispatcher *dispatcher = arg;
    dispatcher->stopped(dispatcher->stopped_arg);
}

static void dispatcher_settle_when_idle(struct dispatcher *dispatcher)
{
    if (dispatcher->under_way > 0 || dispatcher->reading)
        return;
    dispatcher->state = DISPATCHER_SETTLING;
    cursor_settle(dispatcher->cursor, on_settled, dispatcher);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct dispatcher *dispatcher = arg;
    (void)fd;
    (void)what;
    gauge_set(dispatcher->held_gauge, (int64_t)dispatcher->held);
    if (dispatcher->state == DISPATCHER_STOPPING) {
        dispatcher_settle_when_idle(dispatcher);
    } else if (dispatcher->state == DISPATCHER_RUNNING) {
        dispatcher_deliver_ready(dispatcher);
        dispatcher_read(dispatcher);
    }
}

void dispatcher_wake(struct dispatcher *dispatcher)
{
    dispatcher->wanted = true;
    if (dispatcher->state == DISPATCHER_RUNNING)
        dispatcher_arm(dispatcher, 0);
}

/* ---- life ---- */

static void on_cursor(void *arg, const struct position *position)
{
    struct dispatcher *dispatcher = arg;
    if (dispatcher->state != DISPATCHER_LOADING)
        return; /* stopped before the store has told where to begin */
    dispatcher->read_to = *position;
    dispatcher->state = DISPATCHER_RUNNING;
    dispatcher_wake(dispatcher);
}

static void dispatcher_measure(struct dispatcher *dispatcher)
{
    struct buffer labels = {0};
    metrics_label(&labels, "consumer", dispatcher->options.cursor);
    buffer_append(&labels, "", 1);
    dispatcher->done = metrics_counter("orderd_deliveries_done_total",
                                       "Events that a consumer has handled", labels.data);
    dispatcher->failed =
        metrics_counter("orderd_deliveries_failed_total",
                        "Attempts of a consumer to handle an event that failed", labels.data);
    dispatcher->held_gauge = metrics_gauge(
        "orderd_deliveries_held", "Events read for a consumer and not handled yet", labels.data);
    buffer_release(&labels);
}

struct dispatcher *dispatcher_new(struct event_base *base, struct repository *repository,
                                  const struct dispatcher_options *options,
                                  dispatcher_deliver *deliver, void *arg)
{
    struct dispatcher *dispatcher = memory_new(sizeof(*dispatcher));
    dispatcher->base = base;
    dispatcher->repository = repository;
    dispatcher->options = *options;
    dispatcher->options.cursor = memory_text(options->cursor, strlen(options->cursor));
    dispatcher->deliver = deliver;
    dispatcher->arg = arg;
    dispatcher->turn = event_new(base, -1, 0, on_turn, dispatcher);
    dispatcher->cursor = cursor_new(base, repository, options->cursor, CURSOR_DELAY_MS);
    TAILQ_INIT(&dispatcher->window);
    TAILQ_INIT(&dispatcher->ready);
    dispatcher_measure(dispatcher);
    dispatcher->state = DISPATCHER_LOADING;
    cursor_load(dispatcher->cursor, on_cursor, dispatcher);
    return dispatcher;
}

void dispatcher_stop(struct dispatcher *dispatcher, void (*stopped)(void *arg), void *arg)
{
    struct delivery *delivery;
    dispatcher->stopped = stopped;
    dispatcher->stopped_arg = arg;
    dispatcher->state = DISPATCHER_STOPPING;
    TAILQ_FOREACH(delivery, &dispatcher->window, in_window)
    {
        if (delivery->retry)
            event_del(delivery->retry);
    }
    dispatcher_arm(dispatcher, 0);
}

void dispatcher_free(struct dispatcher **dispatcher)
{
    struct dispatcher *freed = *dispatcher;
    if (!freed)
        return;
    *dispatcher = NULL;
    struct delivery *delivery = TAILQ_FIRST(&freed->window);
    while (delivery) {
        struct delivery *next = TAILQ_NEXT(delivery, in_window);
        delivery_free(delivery);
        delivery = next;
    }
    cursor_free(&freed->cursor);
    event_free(freed->turn);
    free((char *)freed->options.cursor);
    free(freed);
}
