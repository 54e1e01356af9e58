/* The dispatcher: reads the stream of committed events into a window (window.h), and moves its
 * cursor behind what is done: it stands on the event before the first that is left.
 *
 * Events of other topics than its own take no place in the window; the cursor goes over them.
 *
 * Window and cursor are of one time of leading. When it ends they are forgotten, and what the store
 * still answers finds nobody. */
#include "bus/dispatcher.h"

#include "base/buffer.h"
#include "base/log.h"
#include "base/memory.h"
#include "bus/cloudevent.h"
#include "bus/cursor.h"
#include "bus/window.h"

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
    char *name, *topic; /* topic: or NULL */
    char *epoch;        /* NULL: has never led */
    bool from_head;
    dispatcher_deliver *deliver;
    void *arg;
    enum dispatcher_state state;
    struct event *turn;
    struct cursor *cursor; /* NULL: does not lead */
    struct window window;
    struct reading *reading;
    bool begun;  /* the cursor has said where */
    bool wanted; /* there may be more to read */
    struct position read_to;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

static void dispatcher_arm(struct dispatcher *dispatcher, int delay_ms)
{
    struct timeval delay = {0, delay_ms * 1000L};
    event_add(dispatcher->turn, &delay);
}

/* ---- deliveries ---- */

static void dispatcher_add(struct dispatcher *dispatcher, const struct stored_event *event)
{
    size_t topic = strlen(event->topic), type = strlen(event->type);
    size_t trace = event->traceparent ? strlen(event->traceparent) : 0;
    char *place;
    struct delivery *delivery =
        delivery_new(&dispatcher->window, topic + type + trace + event->data_length + 4, &place);
    delivery->key = window_key(event->order_id.bytes, sizeof(event->order_id.bytes));
    delivery->event = *event;
    delivery->event.topic = delivery_text(&place, event->topic, topic);
    delivery->event.type = delivery_text(&place, event->type, type);
    delivery->event.traceparent = delivery_text(&place, event->traceparent, trace);
    delivery->event.data = delivery_text(&place, event->data, event->data_length);
    window_add(&dispatcher->window, delivery);
}

static void dispatcher_take(struct dispatcher *dispatcher, const struct stored_event *event)
{
    if (!dispatcher->topic || strcmp(dispatcher->topic, event->topic) == 0)
        dispatcher_add(dispatcher, event);
    dispatcher->read_to = event->position;
}

static void dispatcher_move_cursor(struct dispatcher *dispatcher)
{
    const struct delivery *first = TAILQ_FIRST(&dispatcher->window.held);
    if (dispatcher->begun)
        cursor_move(dispatcher->cursor, first ? &first->event.follows : &dispatcher->read_to);
}

static void on_deliver(void *arg, struct delivery *delivery)
{
    struct dispatcher *dispatcher = arg;
    dispatcher->deliver(dispatcher->arg, delivery, &delivery->event, delivery->attempt);
}

static void on_changed(void *arg)
{
    dispatcher_arm(arg, 0);
}

/* ---- what is given up ---- */

static void on_letter(void *arg, enum status status, const struct fault *fault)
{
    struct delivery *delivery = arg;
    if (delivery_abandoned(delivery))
        return;
    if (status != STATUS_OK)
        log_warning("dead letter not written, will be tried again",
                    LOG_TEXT("consumer", delivery->window->options.name),
                    LOG_TEXT("position", delivery->event.position.text),
                    LOG_TEXT("reason", fault->text));
    window_ended(delivery, status == STATUS_OK);
}

static void bury(struct dispatcher *dispatcher, struct delivery *delivery)
{
    const struct stored_event *event = &delivery->event;
    char event_id[UUID_TEXT_SIZE], order_id[UUID_TEXT_SIZE];
    struct buffer envelope = {0};
    uuid_format(&event->event_id, event_id);
    uuid_format(&event->order_id, order_id);
    cloudevent_write(event, dispatcher->epoch, &envelope);
    const struct dead_letter letter = {
        .source = dispatcher->name,
        .topic = event->topic,
        .event_id = event_id,
        .about = order_id,
        .reason = delivery->reason,
        .attempts = delivery->attempt,
        .payload = envelope.data,
        .payload_length = envelope.size,
    };
    repository_dead_letter_add(dispatcher->repository, &letter, on_letter, delivery);
    buffer_release(&envelope);
}

/* That it was handled is told by the cursor alone. */
static void on_end(void *arg, struct delivery *delivery)
{
    if (delivery->handled)
        window_ended(delivery, true);
    else
        bury(arg, delivery);
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
        log_warning("events not read", LOG_TEXT("reader", dispatcher->name),
                    LOG_TEXT("reason", fault->text));
        dispatcher->wanted = true;
        dispatcher_arm(dispatcher, READ_AGAIN_MS);
        return;
    }
    for (size_t i = 0; i < count; i++)
        dispatcher_take(dispatcher, &events[i]);
    if (count > 0) {
        dispatcher_move_cursor(dispatcher);
        dispatcher->wanted = true; /* until a read finds nothing */
        dispatcher_arm(dispatcher, 0);
    }
}

/* Waits until a good part of the window is free, so that a full one is not refilled one event, and
 * one call to the store, at a time. */
static void dispatcher_read(struct dispatcher *dispatcher)
{
    size_t room = window_room(&dispatcher->window);
    bool worth_it = room > 0 && room >= dispatcher->window.options.limit / 4;
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

static void on_settled(void *arg)
{
    struct dispatcher *dispatcher = arg;
    dispatcher->state = DISPATCHER_STOPPED;
    dispatcher->stopped(dispatcher->stopped_arg);
}

static void dispatcher_settle_when_idle(struct dispatcher *dispatcher)
{
    if (dispatcher->window.under_way > 0)
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
    if (dispatcher->state == DISPATCHER_STOPPING || dispatcher->state == DISPATCHER_RUNNING)
        dispatcher_move_cursor(dispatcher);
    if (dispatcher->state == DISPATCHER_STOPPING) {
        dispatcher_settle_when_idle(dispatcher);
    } else if (dispatcher->state == DISPATCHER_RUNNING) {
        window_turn(&dispatcher->window);
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
    dispatcher->begun = true;
    dispatcher->state = DISPATCHER_RUNNING;
    dispatcher_wake(dispatcher);
}

static void dispatcher_forget(struct dispatcher *dispatcher)
{
    reading_abandon(dispatcher);
    cursor_free(&dispatcher->cursor);
    dispatcher->begun = false;
    window_forget(&dispatcher->window);
}

void dispatcher_lead(struct dispatcher *dispatcher, const char *epoch)
{
    if (dispatcher->state >= DISPATCHER_STOPPING)
        return;
    dispatcher_forget(dispatcher);
    free(dispatcher->epoch);
    dispatcher->epoch = memory_text(epoch, strlen(epoch));
    dispatcher->state = DISPATCHER_LOADING;
    dispatcher->cursor =
        cursor_new(dispatcher->base, dispatcher->repository, dispatcher->name, CURSOR_DELAY_MS);
    cursor_load(dispatcher->cursor, dispatcher->from_head, on_cursor, dispatcher);
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

struct dispatcher *dispatcher_new(struct event_base *base, struct repository *repository,
                                  const struct dispatcher_options *options,
                                  dispatcher_deliver *deliver, void *arg)
{
    struct dispatcher *dispatcher = memory_new(sizeof(*dispatcher));
    const struct window_options window = {
        .name = options->cursor,
        .limit = options->window,
        .deliver = on_deliver,
        .end = on_end,
        .changed = on_changed,
        .arg = dispatcher,
    };
    dispatcher->base = base;
    dispatcher->repository = repository;
    dispatcher->name = memory_text(options->cursor, strlen(options->cursor));
    dispatcher->from_head = options->from_head;
    dispatcher->deliver = deliver;
    dispatcher->arg = arg;
    dispatcher->turn = event_new(base, -1, 0, on_turn, dispatcher);
    window_open(&dispatcher->window, base, &window);
    dispatcher_set_topic(dispatcher, options->topic);
    return dispatcher;
}

const char *dispatcher_cursor(const struct dispatcher *dispatcher)
{
    return dispatcher->name;
}

void dispatcher_set_topic(struct dispatcher *dispatcher, const char *topic)
{
    char *copy = topic ? memory_text(topic, strlen(topic)) : NULL;
    free(dispatcher->topic);
    dispatcher->topic = copy;
}

void dispatcher_stop(struct dispatcher *dispatcher, void (*stopped)(void *arg), void *arg)
{
    dispatcher->stopped = stopped;
    dispatcher->stopped_arg = arg;
    dispatcher->state = DISPATCHER_STOPPING;
    reading_abandon(dispatcher);
    window_stop_timers(&dispatcher->window);
    dispatcher_arm(dispatcher, 0);
}

void dispatcher_free(struct dispatcher **dispatcher)
{
    struct dispatcher *freed = *dispatcher;
    if (!freed)
        return;
    *dispatcher = NULL;
    dispatcher_forget(freed);
    window_close(&freed->window);
    event_free(freed->turn);
    free(freed->name);
    free(freed->topic);
    free(freed->epoch);
    free(freed);
}
