/* The dispatcher: a window over the stream of committed events.
 *
 * Every event that is read and not yet done is a delivery and stands in the window, in stream
 * order. A delivery is in one of these states:
 *
 *     BEHIND     an earlier event of its order is not done; that one's `follower` leads here
 *     READY      on the ready list: the next turn hands it to the consumer
 *     UNDER_WAY  with the consumer, who owes a delivery_done
 *     FAILED     the consumer could not; its timer makes it READY again
 *     ORPHANED   UNDER_WAY when the lead was lost: out of the window, on the list of orphans, until
 *                the consumer answers. What its order has in a window of a later time is BEHIND it,
 *                so that the consumer never has two events of one order
 *
 * Done deliveries are freed at once, for all that the cursor needs is the first one that is left:
 * it stands on the event before that. So one event that keeps failing holds back its own order and
 * the cursor, but neither the other orders nor memory without bound; when a whole window of
 * them fails, reading stops.
 *
 * Window and cursor are of one time of leading. When it ends they are forgotten, and what the store
 * still answers finds nobody. */
#include "bus/dispatcher.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/random.h"
#include "bus/cursor.h"
#include "bus/delivery.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum {
    CURSOR_DELAY_MS = 100,
    READ_AGAIN_MS = 250, /* after a read that failed */
};

/* A read of the store that is under way: it may outlive who wanted it. */
struct reading {
    struct dispatcher *dispatcher; /* NULL: nobody wants it any more */
};

enum dispatcher_state {
    DISPATCHER_FOLLOWING,
    DISPATCHER_LOADING, /* the cursor is on its way */
    DISPATCHER_RUNNING,
    /* From here on it leads no more. */
    DISPATCHER_STOPPING, /* takes nothing new; waits for what is under way */
    DISPATCHER_SETTLING, /* the cursor is being written for the last time */
    DISPATCHER_STOPPED,
};

struct dispatcher {
    struct event_base *base;
    struct repository *repository;
    struct dispatcher_options options;
    dispatcher_deliver *deliver;
    void *arg;
    enum dispatcher_state state;
    struct event *turn;
    struct cursor *cursor; /* NULL: does not lead */
    struct deliveries window, ready, orphans;
    size_t held;      /* in the window */
    size_t orphaned;  /* no longer in it; both together are never more than the window may hold */
    size_t under_way; /* with the consumer, orphans included */
    struct reading *reading;
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

static void delivery_make_ready(struct delivery *delivery)
{
    delivery->state = DELIVERY_READY;
    TAILQ_INSERT_TAIL(&delivery->dispatcher->ready, delivery, in_ready);
}

static void dispatcher_add(struct dispatcher *dispatcher, const struct stored_event *event)
{
    struct delivery *delivery = delivery_new(dispatcher, event);
    struct delivery *ahead = deliveries_last_of(&dispatcher->window, &event->order_id);
    if (!ahead)
        ahead = deliveries_last_of(&dispatcher->orphans, &event->order_id);
    delivery->before = dispatcher->read_to;
    dispatcher->read_to = event->position;
    TAILQ_INSERT_TAIL(&dispatcher->window, delivery, among);
    dispatcher->held++;
    if (ahead)
        ahead->follower = delivery;
    else
        delivery_make_ready(delivery);
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
    TAILQ_REMOVE(&dispatcher->window, delivery, among);
    dispatcher->held--;
    delivery_free(delivery);
    first = TAILQ_FIRST(&dispatcher->window);
    cursor_move(dispatcher->cursor, first ? &first->before : &dispatcher->read_to);
}

static void orphan_finish(struct delivery *orphan)
{
    struct dispatcher *dispatcher = orphan->dispatcher;
    if (orphan->follower)
        delivery_make_ready(orphan->follower);
    TAILQ_REMOVE(&dispatcher->orphans, orphan, among);
    dispatcher->orphaned--;
    delivery_free(orphan);
}

void delivery_done(struct delivery *delivery, enum status status)
{
    struct dispatcher *dispatcher = delivery->dispatcher;
    dispatcher->under_way--;
    counter_add(status == STATUS_OK ? dispatcher->done : dispatcher->failed, 1);
    if (delivery->state == DELIVERY_ORPHANED)
        orphan_finish(delivery);
    else if (status == STATUS_OK)
        delivery_finish(delivery);
    else
        delivery_retry_later(delivery, status);
    dispatcher_arm(dispatcher, 0);
}

/* ---- reading ---- */

static void on_events(void *arg, enum status status, const struct stored_event *events,
                      size_t count, const struct fault *fault)
{
    struct reading *reading = arg;
    struct dispatcher *dispatcher = reading->dispatcher;
    free(reading);
    if (!dispatcher)
        return;
    dispatcher->reading = NULL;
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
    size_t room = dispatcher->options.window - dispatcher->held - dispatcher->orphaned;
    bool worth_it = room > 0 && (room >= dispatcher->options.window / 4);
    if (!dispatcher->wanted || dispatcher->reading || !worth_it)
        return;
    dispatcher->wanted = false;
    dispatcher->reading = memory_new(sizeof(*dispatcher->reading));
    dispatcher->reading->dispatcher = dispatcher;
    repository_events_after(dispatcher->repository, &dispatcher->read_to, room, on_events,
                            dispatcher->reading);
}

static void reading_abandon(struct dispatcher *dispatcher)
{
    if (dispatcher->reading)
        dispatcher->reading->dispatcher = NULL;
    dispatcher->reading = NULL;
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
    dispatcher->state = DISPATCHER_STOPPED;
    dispatcher->stopped(dispatcher->stopped_arg);
}

static void dispatcher_settle_when_idle(struct dispatcher *dispatcher)
{
    if (dispatcher->under_way > 0)
        return;
    dispatcher->state = DISPATCHER_SETTLING;
    if (dispatcher->cursor)
        cursor_settle(dispatcher->cursor, on_settled, dispatcher);
    else
        on_settled(dispatcher);
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

/* ---- leading ---- */

static void on_cursor(void *arg, const struct position *position)
{
    struct dispatcher *dispatcher = arg;
    if (dispatcher->state != DISPATCHER_LOADING)
        return; /* stopped before the store has told where to begin */
    dispatcher->read_to = *position;
    dispatcher->state = DISPATCHER_RUNNING;
    dispatcher_wake(dispatcher);
}

static void delivery_orphan(struct delivery *delivery)
{
    struct dispatcher *dispatcher = delivery->dispatcher;
    delivery->state = DELIVERY_ORPHANED;
    delivery->follower = NULL;
    TAILQ_INSERT_TAIL(&dispatcher->orphans, delivery, among);
    dispatcher->orphaned++;
}

static void dispatcher_forget(struct dispatcher *dispatcher)
{
    struct delivery *delivery;
    reading_abandon(dispatcher);
    cursor_free(&dispatcher->cursor);
    TAILQ_FOREACH(delivery, &dispatcher->orphans, among)
    {
        delivery->follower = NULL; /* in the window, which goes now */
    }
    TAILQ_INIT(&dispatcher->ready);
    while ((delivery = TAILQ_FIRST(&dispatcher->window)) != NULL) {
        TAILQ_REMOVE(&dispatcher->window, delivery, among);
        if (delivery->state == DELIVERY_UNDER_WAY)
            delivery_orphan(delivery);
        else
            delivery_free(delivery);
    }
    dispatcher->held = 0;
    gauge_set(dispatcher->held_gauge, 0);
}

void dispatcher_lead(struct dispatcher *dispatcher)
{
    if (dispatcher->state >= DISPATCHER_STOPPING)
        return;
    dispatcher_forget(dispatcher);
    dispatcher->state = DISPATCHER_LOADING;
    dispatcher->cursor = cursor_new(dispatcher->base, dispatcher->repository,
                                    dispatcher->options.cursor, CURSOR_DELAY_MS);
    cursor_load(dispatcher->cursor, on_cursor, dispatcher);
}

void dispatcher_follow(struct dispatcher *dispatcher)
{
    dispatcher_forget(dispatcher);
    if (dispatcher->state == DISPATCHER_SETTLING)
        dispatcher->state = DISPATCHER_STOPPING; /* without a cursor now */
    else if (dispatcher->state < DISPATCHER_STOPPING)
        dispatcher->state = DISPATCHER_FOLLOWING;
    dispatcher_arm(dispatcher, 0);
}

/* ---- life ---- */

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
    TAILQ_INIT(&dispatcher->window);
    TAILQ_INIT(&dispatcher->ready);
    TAILQ_INIT(&dispatcher->orphans);
    dispatcher_measure(dispatcher);
    return dispatcher;
}

void dispatcher_stop(struct dispatcher *dispatcher, void (*stopped)(void *arg), void *arg)
{
    struct delivery *delivery;
    dispatcher->stopped = stopped;
    dispatcher->stopped_arg = arg;
    dispatcher->state = DISPATCHER_STOPPING;
    reading_abandon(dispatcher);
    TAILQ_FOREACH(delivery, &dispatcher->window, among)
    {
        if (delivery->retry)
            event_del(delivery->retry);
    }
    dispatcher_arm(dispatcher, 0);
}

void dispatcher_free(struct dispatcher **dispatcher)
{
    struct dispatcher *freed = *dispatcher;
    struct delivery *orphan;
    if (!freed)
        return;
    *dispatcher = NULL;
    dispatcher_forget(freed);
    while ((orphan = TAILQ_FIRST(&freed->orphans)) != NULL) {
        TAILQ_REMOVE(&freed->orphans, orphan, among);
        delivery_free(orphan);
    }
    event_free(freed->turn);
    free((char *)freed->options.cursor);
    free(freed);
}
