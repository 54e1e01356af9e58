/* From the store to PUB in commit order. One batch is read at a time, and one batch is published in
 * a turn of the loop, so that a long backlog leaves the other sockets and timers their share. */
#include "bus/relay.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "bus/cloudevent.h"
#include "bus/cursor.h"
#include "bus/tally.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum {
    BATCH = 256, /* events read at a time */
    CURSOR_DELAY_MS = 1000,
    READ_AGAIN_MS = 250, /* after a read that failed */
};

enum relay_state {
    RELAY_LOADING, /* the cursor is on its way */
    RELAY_IDLE,
    RELAY_READING,  /* a batch is on its way */
    RELAY_PAUSED,   /* a read failed; the timer runs */
    RELAY_SETTLING, /* stopping: the cursor is being written */
};

struct relay {
    struct repository *repository;
    struct publisher *publisher;
    const char *epoch;
    struct cursor *cursor;
    struct event *turn; /* a timer, so that a batch is never read from within another's callback */
    enum relay_state state;
    bool wanted; /* somebody said that there may be more */
    bool healthy;
    bool abandoned; /* freed meanwhile: the store's answer frees what is left */
    struct position position;
    struct buffer envelope; /* kept, so that its memory is */
    struct tally published;
    struct histogram *delay;
    void (*stopped)(void *arg);
    void *stopped_arg;
};

static void relay_arm(struct relay *relay, int delay_ms)
{
    struct timeval delay = {0, delay_ms * 1000L};
    event_add(relay->turn, &delay);
}

/* ---- publishing ---- */

static struct bus_frame text_frame(const char *text)
{
    return (struct bus_frame){.data = text, .size = strlen(text)};
}

static void relay_publish(struct relay *relay, const struct stored_event *event)
{
    buffer_clear(&relay->envelope);
    cloudevent_write(event, relay->epoch, &relay->envelope);
    const struct bus_frame frames[] = {
        text_frame(event->topic),
        text_frame(event->position.text),
        text_frame(event->previous.text),
        {.data = relay->envelope.data, .size = relay->envelope.size},
    };
    if (publisher_send(relay->publisher, frames, 4) != STATUS_OK)
        log_error("event not published", LOG_TEXT("topic", event->topic),
                  LOG_TEXT("position", event->position.text));
    tally_add(&relay->published, event->topic);
    histogram_observe_us(relay->delay, (clock_wall_ms() - event->occurred_at) * 1000);
}

/* ---- reading ---- */

static void on_settled(void *arg)
{
    struct relay *relay = arg;
    relay->stopped(relay->stopped_arg);
}

static void relay_settle(struct relay *relay)
{
    relay->state = RELAY_SETTLING;
    event_del(relay->turn);
    cursor_settle(relay->cursor, on_settled, relay);
}

static void on_read_failed(struct relay *relay, const struct fault *fault)
{
    relay->healthy = false;
    log_warning("events not read", LOG_TEXT("reader", "relay"), LOG_TEXT("reason", fault->text));
    if (relay->stopped) {
        relay_settle(relay);
        return;
    }
    relay->state = RELAY_PAUSED;
    relay_arm(relay, READ_AGAIN_MS);
}

static void on_events(void *arg, enum status status, const struct stored_event *events,
                      size_t count, const struct fault *fault)
{
    struct relay *relay = arg;
    if (relay->abandoned) {
        free(relay);
        return;
    }
    if (status != STATUS_OK) {
        on_read_failed(relay, fault);
        return;
    }
    relay->healthy = true;
    relay->state = RELAY_IDLE;
    for (size_t i = 0; i < count; i++)
        relay_publish(relay, &events[i]);
    if (count > 0) {
        relay->position = events[count - 1].position;
        cursor_move(relay->cursor, &relay->position);
    }
    if (count == BATCH || relay->wanted)
        relay_arm(relay, 0);
    else if (relay->stopped)
        relay_settle(relay);
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct relay *relay = arg;
    (void)fd;
    (void)what;
    relay->state = RELAY_READING;
    relay->wanted = false;
    repository_events_after(relay->repository, &relay->position, BATCH, on_events, relay);
}

static void on_cursor(void *arg, const struct position *position)
{
    struct relay *relay = arg;
    relay->position = *position;
    relay->state = RELAY_IDLE;
    relay_arm(relay, 0);
}

void relay_wake(struct relay *relay)
{
    relay->wanted = true;
    if (relay->state == RELAY_IDLE)
        relay_arm(relay, 0);
}

/* ---- life ---- */

struct relay *relay_new(struct event_base *base, struct repository *repository,
                        struct publisher *publisher, const char *epoch)
{
    struct relay *relay = memory_new(sizeof(*relay));
    relay->repository = repository;
    relay->publisher = publisher;
    relay->epoch = epoch;
    relay->published = (struct tally){
        .family = "orderd_events_published_total",
        .help = "Committed events sent to PUB, by topic",
    };
    relay->delay = metrics_histogram("orderd_event_publish_delay_seconds",
                                     "From when an event happened to when PUB had it", "");
    relay->turn = event_new(base, -1, 0, on_turn, relay);
    relay->cursor = cursor_new(base, repository, "relay", CURSOR_DELAY_MS);
    relay->healthy = true;
    relay->state = RELAY_LOADING;
    cursor_load(relay->cursor, false, on_cursor, relay);
    return relay;
}

void relay_stop(struct relay *relay, void (*stopped)(void *arg), void *arg)
{
    relay->stopped = stopped;
    relay->stopped_arg = arg;
    relay->wanted = true;
    if (relay->state == RELAY_LOADING)
        relay_settle(relay); /* nobody knows where to go on: the next to lead will */
    else if (relay->state == RELAY_IDLE || relay->state == RELAY_PAUSED)
        relay_arm(relay, 0);
}

void relay_free(struct relay **relay)
{
    struct relay *freed = *relay;
    if (!freed)
        return;
    *relay = NULL;
    cursor_free(&freed->cursor);
    event_free(freed->turn);
    buffer_release(&freed->envelope);
    tally_release(&freed->published);
    if (freed->state == RELAY_READING)
        freed->abandoned = true;
    else
        free(freed);
}

const struct position *relay_position(const struct relay *relay)
{
    return &relay->position;
}

bool relay_idle(const struct relay *relay)
{
    return relay->state == RELAY_IDLE && !relay->wanted;
}

bool relay_healthy(const struct relay *relay)
{
    return relay->healthy && cursor_readable(relay->cursor);
}
