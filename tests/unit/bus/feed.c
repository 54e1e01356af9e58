/* A bus and who listens to it. */
#include "feed.h"

#include "base/metrics.h"

#include <stdio.h>
#include <string.h>

/* ---- the bus ---- */

static void on_committed(void *arg)
{
    bus_wake(((struct feed *)arg)->bus);
}

struct bus_options feed_options(void)
{
    return (struct bus_options){
        .publish = "127.0.0.1:0", .high_water_mark = 1000, .heartbeat_ms = 20};
}

void feed_follow(struct feed *feed)
{
    const struct bus_options how = feed_options();
    struct repository *repository = feed->repository ? feed->repository : feed->world.repository;
    struct fault fault;
    assert_int_equal(bus_open(feed->world.base, repository, &how, &feed->bus, &fault), STATUS_OK);
    feed->world.committed = on_committed;
    feed->world.committed_arg = feed;
}

void feed_lead(struct feed *feed)
{
    bus_lead(feed->bus, store_epoch(feed->world.store));
}

void feed_begin(struct feed *feed)
{
    feed_follow(feed);
    feed_lead(feed);
}

void feed_on_settled(void *feed)
{
    ((struct feed *)feed)->settled = true;
}

bool feed_is_settled(void *feed)
{
    return ((struct feed *)feed)->settled;
}

static void on_closed(void *arg)
{
    ((struct feed *)arg)->closed = true;
}

static bool is_closed(void *arg)
{
    return ((struct feed *)arg)->closed;
}

void feed_close(struct feed *feed)
{
    feed->world.committed = NULL;
    feed->closed = false;
    bus_close(feed->bus, on_closed, feed);
    world_until(&feed->world, is_closed, feed);
}

void feed_end(struct feed *feed)
{
    feed->world.committed = NULL;
    feed->settled = false;
    bus_settle(feed->bus, feed_on_settled, feed);
    world_until(&feed->world, feed_is_settled, feed);
    feed_close(feed);
}

/* ---- hearing ---- */

static bool is_about(const struct feed *feed, size_t message, const char *topic)
{
    return strcmp(feed->heard.messages[message].text[0], topic) == 0;
}

bool feed_is_heartbeat(const struct feed *feed, size_t message)
{
    return is_about(feed, message, "heartbeat");
}

size_t feed_heartbeats(const struct feed *feed)
{
    size_t count = 0;
    for (size_t i = 0; i < feed->heard.count; i++)
        count += feed_is_heartbeat(feed, i);
    return count;
}

size_t feed_event(const struct feed *feed, size_t n)
{
    for (size_t i = 0; i < feed->heard.count; i++) {
        if (!feed_is_heartbeat(feed, i) && !is_about(feed, i, "marker") && n-- == 0)
            return i;
    }
    return SIZE_MAX;
}

size_t feed_events(const struct feed *feed)
{
    size_t count = 0;
    while (feed_event(feed, count) != SIZE_MAX)
        count++;
    return count;
}

const char *feed_frame(const struct feed *feed, size_t event, size_t frame)
{
    return feed->heard.messages[feed_event(feed, event)].text[frame];
}

static bool heard_enough(void *arg)
{
    struct feed *feed = arg;
    foreign_hear(feed->subscriber, &feed->heard);
    return feed_event(feed, feed->wanted - 1) != SIZE_MAX;
}

void feed_hear(struct feed *feed, size_t events)
{
    feed->wanted = events;
    world_until(&feed->world, heard_enough, feed);
}

/* ---- markers: messages of the test's own, behind all that was published before ---- */

static void mark(struct feed *feed, int number)
{
    char text[16];
    snprintf(text, sizeof(text), "%d", number);
    bus_post(feed->bus, "marker", text, strlen(text));
}

static bool heard_marker(void *arg)
{
    struct feed *feed = arg;
    char text[16];
    snprintf(text, sizeof(text), "%zu", feed->wanted);
    foreign_hear(feed->subscriber, &feed->heard);
    for (size_t i = 0; i < feed->heard.count; i++) {
        if (is_about(feed, i, "marker") && strcmp(feed->heard.messages[i].text[1], text) == 0)
            return true;
    }
    return false;
}

void feed_hear_all(struct feed *feed)
{
    static int number;
    feed->wanted = (size_t)++number;
    mark(feed, number);
    world_until(&feed->world, heard_marker, feed);
}

/* A subscription takes its time to arrive: marks until one came through. */
static bool mark_and_look(void *arg)
{
    struct feed *feed = arg;
    mark(feed, 0);
    foreign_hear(feed->subscriber, &feed->heard);
    return feed->heard.count > 0;
}

/* ---- for cmocka ---- */

struct feed *feed_new(void **state)
{
    static struct feed feed;
    memset(&feed, 0, sizeof(feed));
    world_open(&feed.world);
    *state = &feed;
    return &feed;
}

void feed_subscribe(struct feed *feed)
{
    feed->context = foreign_context();
    feed->subscriber = foreign_subscriber(feed->context, bus_address(feed->bus));
    world_until(&feed->world, mark_and_look, feed);
    feed_hear_all(feed);
    feed->heard.count = 0;
}

int feed_setup(void **state)
{
    struct feed *feed = feed_new(state);
    feed_begin(feed);
    feed_subscribe(feed);
    return 0;
}

int feed_setup_follower(void **state)
{
    struct feed *feed = feed_new(state);
    feed_follow(feed);
    feed_subscribe(feed);
    return 0;
}

int feed_teardown(void **state)
{
    struct feed *feed = *state;
    foreign_close(feed->context, feed->subscriber);
    if (!feed->closed)
        feed_end(feed);
    world_close(&feed->world);
    return 0;
}

/* ---- counting ---- */

uint64_t feed_published(void)
{
    return counter_value(
        metrics_counter("orderd_events_published_total", "", "topic=\"order.created\""));
}

bool feed_published_enough(void *feed)
{
    return feed_published() >= ((struct feed *)feed)->wanted;
}
