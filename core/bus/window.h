/* Deliveries that are read and not yet done: in order for each key, several keys at a time, again
 * after a pause when they fail, and given up when that is enough. What the dispatcher of events and
 * the inbox have in common; private to this room. window.c has the essay. */
#ifndef BUS_WINDOW_H
#define BUS_WINDOW_H

#include "bus/delivery.h"
#include "store/repository.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

struct event_base;
struct event;
struct window;

enum delivery_state {
    DELIVERY_BEHIND,
    DELIVERY_READY,
    DELIVERY_UNDER_WAY,
    DELIVERY_WAITING,
    DELIVERY_ENDING,
    DELIVERY_ENDING_LATER,
    DELIVERY_ORPHANED,
};

struct delivery {
    struct window *window; /* NULL: closed while the feeder still owes a window_ended */
    enum delivery_state state;
    bool ending;                 /* the feeder owes a window_ended, orphan or not */
    bool handled;                /* how it ends: handled, or given up */
    int attempt;                 /* 1 is the first */
    uint64_t key;                /* deliveries of one key are with the consumer one at a time */
    struct delivery *follower;   /* the next one of the same key, or NULL */
    struct event *timer;         /* made by the first failure */
    char *reason;                /* of the last failure, or NULL */
    TAILQ_ENTRY(delivery) among; /* the window's, or the orphans */
    TAILQ_ENTRY(delivery) in_ready;
    union {
        struct stored_event event; /* the texts of both stand in `texts` */
        struct stored_inbound message;
    };
    char texts[];
};
TAILQ_HEAD(deliveries, delivery);

struct window_options {
    const char *name; /* of the consumer, for the log and the figures; copied */
    size_t limit;     /* deliveries that are held at a time; 1 and up */
    void (*deliver)(void *arg, struct delivery *delivery);
    /* The consumer has handled it, or it is given up (delivery->handled): the feeder writes that
     * where it has to stand and then calls window_ended, now or later. */
    void (*end)(void *arg, struct delivery *delivery);
    /* A delivery has left, or one is ready: the feeder calls window_turn in a later turn of the
     * loop. */
    void (*changed)(void *arg);
    void *arg;
};

struct window {
    struct event_base *base;
    struct window_options options;
    struct deliveries held, ready, orphans;
    size_t held_count, orphan_count; /* together never above the limit */
    size_t under_way;                /* with the consumer or the feeder's end, orphans included */
    struct counter *done, *failed, *given_up;
    struct gauge *held_gauge;
};

void window_open(struct window *window, struct event_base *base,
                 const struct window_options *options);

/* Frees the deliveries, orphans too. No consumer may answer any more; the feeder's store may: what
 * it answers then finds delivery_abandoned. */
void window_close(struct window *window);

/* The window is closed: frees the delivery, and is true. First thing in an answer of the store. */
bool delivery_abandoned(struct delivery *delivery);

/* A delivery with room for so many bytes of texts; delivery_text puts one there and moves on. */
struct delivery *delivery_new(struct window *window, size_t texts, char **place);
const char *delivery_text(char **place, const char *text, size_t length);

uint64_t window_key(const void *bytes, size_t length); /* never 0 */

size_t window_room(const struct window *window);
void window_add(struct window *window, struct delivery *delivery); /* with key and content */
/* Delivers what is ready, for 10 ms or so at a time: then `changed` asks for another turn. */
void window_turn(struct window *window);

/* What `end` was to write is written (or need not be), or not: then `end` is called again later. */
void window_ended(struct delivery *delivery, bool written);

/* This time of leading is over: what is with the consumer becomes an orphan, the rest is forgotten.
 */
void window_forget(struct window *window);
void window_stop_timers(struct window *window); /* what waits, waits for whoever leads next */

#endif
