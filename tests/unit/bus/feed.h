/* What the tests of publishing stand on: a bus with a world, and a foreign subscriber that keeps
 * what it hears. */
#ifndef TESTS_BUS_FEED_H
#define TESTS_BUS_FEED_H

#include "world.h"

struct feed {
    struct world world;
    struct repository *repository; /* the bus's; NULL: the world's */
    struct bus *bus;
    void *context, *subscriber;
    struct heard heard;
    size_t wanted;
    bool settled, closed;
};

/* A feed in *state that has a world, and nothing else yet. */
struct feed *feed_new(void **state);
/* Its subscriber misses nothing from now on. */
void feed_subscribe(struct feed *feed);

/* For cmocka: a feed in *state whose bus leads, and that has subscribed. */
int feed_setup(void **state);
/* The same, but it follows. */
int feed_setup_follower(void **state);
int feed_teardown(void **state);

struct bus_options feed_options(void);
void feed_begin(struct feed *feed);  /* opens a bus, which leads */
void feed_follow(struct feed *feed); /* opens a bus, which follows */
void feed_lead(struct feed *feed);   /* with the store's epoch */
void feed_end(struct feed *feed);    /* settles it and closes */
void feed_close(struct feed *feed);  /* only closes it */
void feed_on_settled(void *feed);
bool feed_is_settled(void *feed);

/* ---- what the subscriber has heard ---- */

/* Waits until it has heard so many events. */
void feed_hear(struct feed *feed, size_t events);
/* Waits until it has heard all that was published until now. */
void feed_hear_all(struct feed *feed);
bool feed_is_heartbeat(const struct feed *feed, size_t message);
size_t feed_heartbeats(const struct feed *feed);
size_t feed_events(const struct feed *feed);
/* The place of the n-th event among the messages, or SIZE_MAX. */
size_t feed_event(const struct feed *feed, size_t n);
const char *feed_frame(const struct feed *feed, size_t event, size_t frame);

/* PUB drops what nobody has subscribed to yet, so what a new start publishes is counted here. */
uint64_t feed_published(void);
bool feed_published_enough(void *feed); /* as many as `wanted` */

#endif
