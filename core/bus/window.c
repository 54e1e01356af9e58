/* A window of deliveries.
 *
 * A delivery is in one of these states:
 *
 *     BEHIND        an earlier one of its key is not done; that one's `follower` leads here
 *     READY         on the ready list: the next turn hands it to the consumer
 *     UNDER_WAY     with the consumer, who owes an answer
 *     WAITING       the consumer could not; its timer makes it READY again
 *     ENDING        handled or given up; the feeder writes that, and owes a window_ended
 *     ENDING_LATER  that could not be written; its timer has it written again
 *     ORPHANED      UNDER_WAY or ENDING when the lead was lost: out of the window, on the list of
 *                   orphans, until whoever owes the answer gives it. What its key has in a window
 * of a later time is BEHIND it, so that the consumer never has two of one key
 *
 * Done deliveries are freed at once. So one that keeps failing holds back its own key, but neither
 * the others nor memory without bound; when a whole window of them fails, nothing more is read. */
#include "bus/window.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "base/random.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

enum {
    PUT_OFF_MS = 100,
    END_AGAIN_MS = 500,
    TURN_US = 10000,
};

/* ---- making one ---- */

struct delivery *delivery_new(struct window *window, size_t texts, char **place)
{
    struct delivery *delivery = memory_new(sizeof(*delivery) + texts);
    delivery->window = window;
    *place = delivery->texts;
    return delivery;
}

const char *delivery_text(char **place, const char *text, size_t length)
{
    char *taken = *place;
    if (!text)
        return NULL;
    if (length > 0)
        memcpy(taken, text, length);
    taken[length] = '\0';
    *place += length + 1;
    return taken;
}

static void delivery_free(struct delivery *delivery)
{
    if (delivery->timer)
        event_free(delivery->timer);
    free(delivery->reason);
    free(delivery);
}

/* FNV-1a: two keys that fall together only wait for each other without need. */
uint64_t window_key(const void *bytes, size_t length)
{
    const unsigned char *byte = bytes;
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ byte[i]) * 1099511628211U;
    return hash ? hash : 1;
}

/* ---- coming ---- */

static void window_change(struct window *window)
{
    window->options.changed(window->options.arg);
}

static void delivery_make_ready(struct delivery *delivery)
{
    delivery->state = DELIVERY_READY;
    TAILQ_INSERT_TAIL(&delivery->window->ready, delivery, in_ready);
    window_change(delivery->window);
}

static struct delivery *last_of_key(const struct deliveries *deliveries, uint64_t key)
{
    struct delivery *delivery;
    TAILQ_FOREACH_REVERSE(delivery, deliveries, deliveries, among)
    {
        if (delivery->key == key)
            return delivery;
    }
    return NULL;
}

size_t window_room(const struct window *window)
{
    return window->options.limit - window->held_count - window->orphan_count;
}

void window_add(struct window *window, struct delivery *delivery)
{
    struct delivery *ahead = last_of_key(&window->held, delivery->key);
    if (!ahead)
        ahead = last_of_key(&window->orphans, delivery->key);
    TAILQ_INSERT_TAIL(&window->held, delivery, among);
    window->held_count++;
    if (ahead)
        ahead->follower = delivery;
    else
        delivery_make_ready(delivery);
}

/* A consumer that uses up all that it is allowed (a hook that spins) must not keep the loop from
 * everything else for as many times as there are deliveries. */
void window_turn(struct window *window)
{
    struct delivery *delivery;
    int64_t end_us = clock_monotonic_us() + TURN_US;
    gauge_set(window->held_gauge, (int64_t)window->held_count);
    while ((delivery = TAILQ_FIRST(&window->ready)) != NULL) {
        TAILQ_REMOVE(&window->ready, delivery, in_ready);
        delivery->state = DELIVERY_UNDER_WAY;
        delivery->attempt++;
        window->under_way++;
        window->options.deliver(window->options.arg, delivery);
        if (clock_monotonic_us() >= end_us) {
            window_change(window);
            return;
        }
    }
}

/* ---- going ---- */

/* Out of the list that it is in, and whoever waits for it goes on. */
static void delivery_leave(struct delivery *delivery)
{
    struct window *window = delivery->window;
    bool orphan = delivery->state == DELIVERY_ORPHANED;
    if (delivery->follower)
        delivery_make_ready(delivery->follower);
    TAILQ_REMOVE(orphan ? &window->orphans : &window->held, delivery, among);
    orphan ? window->orphan_count-- : window->held_count--;
    delivery_free(delivery);
    window_change(window);
}

static void delivery_end(struct delivery *delivery)
{
    delivery->state = DELIVERY_ENDING;
    delivery->ending = true;
    delivery->window->options.end(delivery->window->options.arg, delivery);
}

/* ---- waiting ---- */

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct delivery *delivery = arg;
    (void)fd;
    (void)what;
    if (delivery->state == DELIVERY_WAITING) {
        delivery_make_ready(delivery);
    } else {
        delivery->window->under_way++;
        delivery_end(delivery);
    }
}

static void delivery_wait(struct delivery *delivery, enum delivery_state state, int ms)
{
    struct timeval pause = {ms / 1000, (ms % 1000) * 1000L};
    delivery->state = state;
    delivery->window->under_way--;
    if (!delivery->timer)
        delivery->timer = event_new(delivery->window->base, -1, 0, on_timer, delivery);
    event_add(delivery->timer, &pause);
    window_change(delivery->window); /* whoever waits for what is under way looks again */
}

/* Half of the pause is fixed and half by chance, so that what failed together is not tried again
 * together. */
static int retry_pause_ms(const struct retry *retry, int attempt)
{
    int64_t pause = retry->first_ms;
    for (int i = 1; i < attempt && pause < retry->longest_ms; i++)
        pause *= 2;
    if (pause > retry->longest_ms)
        pause = retry->longest_ms;
    return (int)(pause - pause / 2 + random_below((uint32_t)(pause / 2 + 1)));
}

/* ---- what the consumer and the feeder say ---- */

static bool orphan_answered(struct delivery *delivery)
{
    if (delivery->state != DELIVERY_ORPHANED)
        return false;
    delivery->window->under_way--;
    delivery_leave(delivery);
    return true;
}

void delivery_done(struct delivery *delivery)
{
    counter_add(delivery->window->done, 1);
    if (orphan_answered(delivery))
        return;
    delivery->handled = true;
    delivery_end(delivery);
}

static void delivery_give_up(struct delivery *delivery)
{
    log_error("given up: it goes to the dead letters",
              LOG_TEXT("consumer", delivery->window->options.name),
              LOG_TEXT("reason", delivery->reason), LOG_INT("attempts", delivery->attempt));
    counter_add(delivery->window->given_up, 1);
    delivery_end(delivery);
}

void delivery_failed(struct delivery *delivery, enum status status, const char *reason,
                     const struct retry *retry)
{
    counter_add(delivery->window->failed, 1);
    if (orphan_answered(delivery))
        return;
    free(delivery->reason);
    delivery->reason = memory_text(reason, strlen(reason));
    if (retry->attempts > 0 && delivery->attempt >= retry->attempts) {
        delivery_give_up(delivery);
        return;
    }
    int pause_ms = retry_pause_ms(retry, delivery->attempt);
    log_warning("not handled, will be tried again",
                LOG_TEXT("consumer", delivery->window->options.name),
                LOG_TEXT("status", status_name(status)), LOG_TEXT("reason", reason),
                LOG_INT("attempt", delivery->attempt), LOG_INT("pause_ms", pause_ms));
    delivery_wait(delivery, DELIVERY_WAITING, pause_ms);
}

void delivery_put_off(struct delivery *delivery)
{
    if (orphan_answered(delivery))
        return;
    delivery->attempt--;
    delivery_wait(delivery, DELIVERY_WAITING, PUT_OFF_MS);
}

bool delivery_abandoned(struct delivery *delivery)
{
    bool abandoned = !delivery->window;
    if (abandoned)
        delivery_free(delivery);
    return abandoned;
}

void window_ended(struct delivery *delivery, bool written)
{
    delivery->ending = false;
    if (orphan_answered(delivery))
        return;
    if (!written) {
        delivery_wait(delivery, DELIVERY_ENDING_LATER, END_AGAIN_MS);
        return;
    }
    delivery->window->under_way--;
    delivery_leave(delivery);
}

/* ---- leading and life ---- */

static void delivery_orphan(struct delivery *delivery)
{
    struct window *window = delivery->window;
    delivery->state = DELIVERY_ORPHANED;
    delivery->follower = NULL;
    TAILQ_INSERT_TAIL(&window->orphans, delivery, among);
    window->orphan_count++;
}

void window_forget(struct window *window)
{
    struct delivery *delivery;
    TAILQ_FOREACH(delivery, &window->orphans, among)
    {
        delivery->follower = NULL; /* in the window, which goes now */
    }
    TAILQ_INIT(&window->ready);
    while ((delivery = TAILQ_FIRST(&window->held)) != NULL) {
        TAILQ_REMOVE(&window->held, delivery, among);
        if (delivery->state == DELIVERY_UNDER_WAY || delivery->state == DELIVERY_ENDING)
            delivery_orphan(delivery);
        else
            delivery_free(delivery);
    }
    window->held_count = 0;
    gauge_set(window->held_gauge, 0);
}

void window_stop_timers(struct window *window)
{
    struct delivery *delivery;
    TAILQ_FOREACH(delivery, &window->held, among)
    {
        if (delivery->timer)
            event_del(delivery->timer);
    }
}

static void window_measure(struct window *window)
{
    struct buffer labels = {0};
    metrics_label(&labels, "consumer", window->options.name);
    buffer_append(&labels, "", 1);
    window->done =
        metrics_counter("orderd_deliveries_done_total", "What a consumer has handled", labels.data);
    window->failed = metrics_counter("orderd_deliveries_failed_total",
                                     "Attempts of a consumer that failed", labels.data);
    window->given_up = metrics_counter("orderd_deliveries_given_up_total",
                                       "What a consumer has left to the dead letters", labels.data);
    window->held_gauge = metrics_gauge("orderd_deliveries_held",
                                       "Read for a consumer and not handled yet", labels.data);
    buffer_release(&labels);
}

void window_open(struct window *window, struct event_base *base,
                 const struct window_options *options)
{
    *window = (struct window){.base = base, .options = *options};
    window->options.name = memory_text(options->name, strlen(options->name));
    TAILQ_INIT(&window->held);
    TAILQ_INIT(&window->ready);
    TAILQ_INIT(&window->orphans);
    window_measure(window);
}

void window_close(struct window *window)
{
    struct delivery *orphan;
    window_forget(window);
    while ((orphan = TAILQ_FIRST(&window->orphans)) != NULL) {
        TAILQ_REMOVE(&window->orphans, orphan, among);
        if (orphan->ending)
            orphan->window = NULL;
        else
            delivery_free(orphan);
    }
    free((char *)window->options.name);
}
