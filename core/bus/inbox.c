/* The inbox: what the store holds as pending, less what is in the window already. It has no cursor:
 * each message is marked by itself when it is done with, so that one which fails keeps none of the
 * others from being forgotten. */
#include "bus/inbox.h"

#include "base/log.h"
#include "base/memory.h"
#include "bus/window.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 1000 };

/* A read of the store that is under way: it may outlive who wanted it. */
struct reading {
    struct inbox *inbox; /* NULL: nobody wants it any more */
};

enum inbox_state {
    INBOX_FOLLOWING,
    INBOX_RUNNING,
    INBOX_STOPPING, /* takes nothing new; waits for what is under way */
    INBOX_STOPPED,
};

struct inbox {
    struct repository *repository;
    inbox_deliver *deliver;
    void *arg;
    enum inbox_state state;
    struct event *turn, *poll;
    struct window window;
    struct reading *reading;
    bool wanted; /* there may be more to read */
    void (*stopped)(void *arg);
    void *stopped_arg;
};

static void inbox_arm(struct inbox *inbox)
{
    static const struct timeval now = {0, 0};
    event_add(inbox->turn, &now);
}

/* ---- deliveries ---- */

static bool listed(const struct deliveries *deliveries, int64_t number)
{
    const struct delivery *delivery;
    TAILQ_FOREACH(delivery, deliveries, among)
    {
        if (delivery->message.number == number)
            return true;
    }
    return false;
}

/* An orphan is delivered again, behind itself. */
static bool inbox_has(const struct inbox *inbox, const struct stored_inbound *message)
{
    return listed(&inbox->window.held, message->number);
}

/* By what it is about; a message about nothing waits for nobody but itself. */
static uint64_t key_of(const struct inbound *message)
{
    const char *text = message->about ? message->about : message->event_id;
    return window_key(text, strlen(text));
}

static void inbox_add(struct inbox *inbox, const struct stored_inbound *stored)
{
    const struct inbound *message = &stored->message;
    size_t id = strlen(message->event_id), topic = strlen(message->topic);
    size_t about = message->about ? strlen(message->about) : 0;
    char *place;
    struct delivery *delivery =
        delivery_new(&inbox->window, id + topic + about + message->payload_length + 4, &place);
    delivery->key = key_of(message);
    delivery->message = *stored;
    delivery->message.message = (struct inbound){
        .event_id = delivery_text(&place, message->event_id, id),
        .topic = delivery_text(&place, message->topic, topic),
        .about = delivery_text(&place, message->about, about),
        .payload = delivery_text(&place, message->payload, message->payload_length),
        .payload_length = message->payload_length,
    };
    window_add(&inbox->window, delivery);
}

static void on_deliver(void *arg, struct delivery *delivery)
{
    struct inbox *inbox = arg;
    inbox->deliver(inbox->arg, delivery, &delivery->message, delivery->attempt);
}

static void on_changed(void *arg)
{
    struct inbox *inbox = arg;
    inbox_arm(inbox);
}

/* Somebody else may have marked it: then it is done with all the same. */
static void on_marked(void *arg, enum status status, const struct fault *fault)
{
    struct delivery *delivery = arg;
    bool written = status == STATUS_OK || status == STATUS_NOT_FOUND;
    if (delivery_abandoned(delivery))
        return;
    if (!written)
        log_warning("what became of a message is not written, will be tried again",
                    LOG_TEXT("topic", delivery->message.message.topic),
                    LOG_TEXT("event_id", delivery->message.message.event_id),
                    LOG_TEXT("reason", fault->text));
    window_ended(delivery, written);
}

static void bury(struct inbox *inbox, struct delivery *delivery)
{
    const struct inbound *message = &delivery->message.message;
    const struct dead_letter letter = {
        .source = "inbound",
        .topic = message->topic,
        .event_id = message->event_id,
        .about = message->about,
        .reason = delivery->reason,
        .attempts = delivery->attempt,
        .payload = message->payload,
        .payload_length = message->payload_length,
        .was_inbound = true,
    };
    repository_dead_letter_add(inbox->repository, &letter, on_marked, delivery);
}

static void on_end(void *arg, struct delivery *delivery)
{
    struct inbox *inbox = arg;
    if (delivery->handled)
        repository_inbound_handled(inbox->repository, delivery->message.message.event_id, on_marked,
                                   delivery);
    else
        bury(inbox, delivery);
}

/* ---- reading ---- */

static void on_messages(void *arg, enum status status, const struct stored_inbound *messages,
                        size_t count, const struct fault *fault)
{
    struct reading *reading = arg;
    struct inbox *inbox = reading->inbox;
    free(reading);
    if (!inbox)
        return;
    inbox->reading = NULL;
    if (status != STATUS_OK)
        log_warning("messages not read", LOG_TEXT("reason", fault->text));
    for (size_t i = 0; i < count && window_room(&inbox->window) > 0; i++) {
        if (!inbox_has(inbox, &messages[i]))
            inbox_add(inbox, &messages[i]);
    }
    if (count == inbox->window.options.limit) /* and perhaps more behind them */
        inbox->wanted = true;
    inbox_arm(inbox);
}

/* The oldest ones, of which those in the window are a part: as many as fit into it. */
static void inbox_read(struct inbox *inbox)
{
    size_t room = window_room(&inbox->window), limit = inbox->window.options.limit;
    bool worth_it = room > 0 && room >= limit / 4;
    if (!inbox->wanted || inbox->reading || !worth_it)
        return;
    inbox->wanted = false;
    inbox->reading = memory_new(sizeof(*inbox->reading));
    inbox->reading->inbox = inbox;
    repository_inbound_pending(inbox->repository, limit, on_messages, inbox->reading);
}

static void reading_abandon(struct inbox *inbox)
{
    if (inbox->reading)
        inbox->reading->inbox = NULL;
    inbox->reading = NULL;
}

/* ---- turns ---- */

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct inbox *inbox = arg;
    (void)fd;
    (void)what;
    if (inbox->state == INBOX_RUNNING) {
        window_turn(&inbox->window);
        inbox_read(inbox);
    } else if (inbox->state == INBOX_STOPPING && inbox->window.under_way == 0) {
        inbox->state = INBOX_STOPPED;
        inbox->stopped(inbox->stopped_arg);
    }
}

static void on_poll(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    inbox_wake(arg);
}

void inbox_wake(struct inbox *inbox)
{
    inbox->wanted = true;
    if (inbox->state == INBOX_RUNNING)
        inbox_arm(inbox);
}

/* ---- leading and life ---- */

static void inbox_forget(struct inbox *inbox)
{
    event_del(inbox->poll);
    reading_abandon(inbox);
    window_forget(&inbox->window);
}

void inbox_lead(struct inbox *inbox)
{
    static const struct timeval every = {POLL_MS / 1000, (POLL_MS % 1000) * 1000L};
    if (inbox->state >= INBOX_STOPPING)
        return;
    inbox_forget(inbox);
    inbox->state = INBOX_RUNNING;
    event_add(inbox->poll, &every);
    inbox_wake(inbox);
}

void inbox_follow(struct inbox *inbox)
{
    inbox_forget(inbox);
    if (inbox->state == INBOX_RUNNING)
        inbox->state = INBOX_FOLLOWING;
    inbox_arm(inbox);
}

struct inbox *inbox_new(struct event_base *base, struct repository *repository, size_t window,
                        inbox_deliver *deliver, void *arg)
{
    struct inbox *inbox = memory_new(sizeof(*inbox));
    const struct window_options options = {
        .name = "inbound",
        .limit = window,
        .deliver = on_deliver,
        .end = on_end,
        .changed = on_changed,
        .arg = inbox,
    };
    inbox->repository = repository;
    inbox->deliver = deliver;
    inbox->arg = arg;
    inbox->turn = event_new(base, -1, 0, on_turn, inbox);
    inbox->poll = event_new(base, -1, EV_PERSIST, on_poll, inbox);
    window_open(&inbox->window, base, &options);
    return inbox;
}

void inbox_stop(struct inbox *inbox, void (*stopped)(void *arg), void *arg)
{
    inbox->stopped = stopped;
    inbox->stopped_arg = arg;
    inbox->state = INBOX_STOPPING;
    event_del(inbox->poll);
    reading_abandon(inbox);
    window_stop_timers(&inbox->window);
    inbox_arm(inbox);
}

void inbox_free(struct inbox **inbox)
{
    struct inbox *freed = *inbox;
    if (!freed)
        return;
    *inbox = NULL;
    inbox_forget(freed);
    window_close(&freed->window);
    event_free(freed->turn);
    event_free(freed->poll);
    free(freed);
}
