/* The monitor of a listening socket (zmq_socket_monitor(3)), of which one event counts. */
#include "bus/departures.h"

#include "base/memory.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

struct departures {
    struct bus_socket *watched;
    struct bus_socket *monitor;
    bool monitored;
    departures_left *left;
    void *arg;
};

/* [event number, 16 bits, and the descriptor, 32 bits][endpoint] (zmq_socket_monitor(3)). */
static void on_monitor(void *arg, const struct bus_message *message)
{
    struct departures *departures = arg;
    int32_t connection;
    uint16_t event;
    if (message->frames[0].size < sizeof(event) + sizeof(connection))
        return;
    memcpy(&event, message->frames[0].data, sizeof(event));
    memcpy(&connection, message->frames[0].data + sizeof(event), sizeof(connection));
    if (event == ZMQ_EVENT_DISCONNECTED)
        departures->left(departures->arg, connection);
}

void departures_look(struct departures *departures)
{
    bus_socket_take(departures->monitor);
}

/* No high-water mark, for libzmq's I/O thread would wait at one (link.c). */
static enum status monitor_open(struct departures *departures, struct event_base *base,
                                void *context, struct fault *fault)
{
    static const struct bus_socket_options options = {.type = ZMQ_PAIR, .message_limit = -1};
    char name[64];
    snprintf(name, sizeof(name), "inproc://departures-%p", (void *)departures);
    enum status status =
        bus_socket_monitor(departures->watched, name, ZMQ_EVENT_DISCONNECTED, fault);
    departures->monitored = status == STATUS_OK;
    if (status == STATUS_OK)
        status = bus_socket_open(base, context, &options, on_monitor, departures,
                                 &departures->monitor, fault);
    if (status == STATUS_OK)
        status = bus_socket_connect(departures->monitor, name, fault);
    return status;
}

enum status departures_open(struct event_base *base, void *context, struct bus_socket *socket,
                            departures_left *left, void *arg, struct departures **departures,
                            struct fault *fault)
{
    struct departures *made = memory_new(sizeof(*made));
    made->watched = socket;
    made->left = left;
    made->arg = arg;
    enum status status = monitor_open(made, base, context, fault);
    if (status == STATUS_OK)
        *departures = made;
    else
        departures_close(&made);
    return status;
}

/* The monitor ends before its reader goes: libzmq waits for a reader that is not there. */
void departures_close(struct departures **departures)
{
    struct departures *closing = *departures;
    if (!closing)
        return;
    *departures = NULL;
    if (closing->monitored)
        bus_socket_monitor_end(closing->watched);
    bus_socket_close(&closing->monitor);
    free(closing);
}
