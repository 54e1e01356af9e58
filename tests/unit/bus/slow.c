/* A subscriber that takes nothing: whom it delays, and what it sees when it wakes up. */
#include "client.h"
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

/* More than the queues and the network in between hold: the slow one's at most 100 messages and
 * what the kernel buffers, some megabytes. */
enum { STEP = 50, EVENTS = 1000, EVENT_BYTES = 60000, MARK = 100 };

struct listener {
    void *socket;
    size_t count;   /* events heard */
    size_t last;    /* the position of the last one */
    bool gap;       /* one followed another than the one before */
    bool heartbeat; /* one came that names the last event */
    size_t wanted;
};

static struct stream stream;

static void listener_open(struct listener *listener, struct site *site, int mark)
{
    char endpoint[160];
    memset(listener, 0, sizeof(*listener));
    listener->socket = zmq_socket(site->foreign, ZMQ_SUB);
    snprintf(endpoint, sizeof(endpoint), "tcp://%s", bus_address(site->bus));
    zmq_setsockopt(listener->socket, ZMQ_RCVHWM, &mark, sizeof(mark));
    zmq_setsockopt(listener->socket, ZMQ_SUBSCRIBE, "", 0);
    assert_int_equal(zmq_connect(listener->socket, endpoint), 0);
}

static bool frame_take(struct listener *listener, char text[64])
{
    zmq_msg_t part;
    zmq_msg_init(&part);
    if (zmq_msg_recv(&part, listener->socket, ZMQ_DONTWAIT) < 0)
        return false;
    size_t size = zmq_msg_size(&part) < 63 ? zmq_msg_size(&part) : 63;
    memcpy(text, zmq_msg_data(&part), size);
    text[size] = '\0';
    zmq_msg_close(&part);
    return true;
}

static void event_heard(struct listener *listener, char frames[4][64])
{
    size_t position = strtoul(frames[1], NULL, 10);
    if (strcmp(frames[0], "heartbeat") == 0) {
        listener->heartbeat = position == EVENTS;
        return;
    }
    assert_true(position > listener->last); /* in order, and none twice */
    listener->gap =
        listener->gap || (listener->count > 0 && strtoul(frames[2], NULL, 10) != listener->last);
    listener->last = position;
    listener->count++;
}

static void listen_now(struct listener *listener)
{
    char frames[4][64];
    while (frame_take(listener, frames[0])) {
        for (int i = 1; i < 4; i++)
            assert_true(frame_take(listener, frames[i]));
        event_heard(listener, frames);
    }
}

static bool heard_wanted(void *arg)
{
    struct listener *listener = arg;
    listen_now(listener);
    return listener->last >= listener->wanted;
}

/* Who subscribes has missed nothing from the first event on that it hears. */
static bool heard_anything(void *arg)
{
    struct listener *listener = arg;
    zmq_pollitem_t item = {.socket = listener->socket, .events = ZMQ_POLLIN};
    return zmq_poll(&item, 1, 0) > 0;
}

static bool heard_heartbeat(void *arg)
{
    struct listener *listener = arg;
    listen_now(listener);
    return listener->heartbeat;
}

static int setup(void **state)
{
    struct site *site = site_new(state);
    stream_init(&stream, 0);
    stream.data_size = EVENT_BYTES;
    site->repository = &stream.repository;
    site->options.store = &stream.store;
    site->options.high_water_mark = MARK;
    site->options.heartbeat_ms = 20;
    site_begin(site);
    bus_lead(site->bus, "an-epoch");
    return 0;
}

static void a_slow_subscriber_delays_no_other_and_sees_its_gap(void **state)
{
    struct site *site = *state;
    static struct listener fast, slow;
    listener_open(&fast, site, 0);
    listener_open(&slow, site, 1);
    world_until(&site->world, heard_anything, &fast);
    world_until(&site->world, heard_anything, &slow);
    for (stream.count = STEP; stream.count <= EVENTS; stream.count += STEP) {
        fast.wanted = stream.count;
        bus_wake(site->bus);
        world_until(&site->world, heard_wanted, &fast);
    }
    stream.count = EVENTS;
    assert_int_equal(fast.count, EVENTS);
    assert_false(fast.gap);
    world_until(&site->world, heard_heartbeat, &slow);
    assert_true(slow.count > 0);
    assert_true(slow.count < EVENTS);
    assert_true(slow.gap || slow.last < EVENTS); /* in the middle, or by the heartbeat's head */
    zmq_close(fast.socket);
    zmq_close(slow.socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_slow_subscriber_delays_no_other_and_sees_its_gap, setup,
                                        site_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
