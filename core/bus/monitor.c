/* Both ends of a socket's monitor. */
#include "bus/monitor.h"

#include "base/memory.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

struct monitor {
    struct bus_socket *watched;
    struct bus_socket *reader;
    bool begun;
    monitor_heard *heard;
    void *arg;
};

/* [event number, 16 bits, and a value, 32 bits][endpoint] (zmq_socket_monitor(3)). */
static void on_message(void *arg, const struct bus_message *message)
{
    struct monitor *monitor = arg;
    uint16_t event;
    int32_t value;
    if (message->frames[0].size < sizeof(event) + sizeof(value))
        return;
    memcpy(&event, message->frames[0].data, sizeof(event));
    memcpy(&value, message->frames[0].data + sizeof(event), sizeof(value));
    monitor->heard(monitor->arg, event, value);
}

void monitor_look(struct monitor *monitor)
{
    bus_socket_take(monitor->reader);
}

/* No high-water mark: at one, libzmq's I/O thread would wait for ours. The name is new each time,
 * for libzmq lets go of one only a moment after its monitor has ended. */
static enum status ends_open(struct monitor *monitor, struct event_base *base, void *context,
                             int events, struct fault *fault)
{
    static const struct bus_socket_options options = {.type = ZMQ_PAIR, .message_limit = -1};
    static atomic_uint last;
    char name[64];
    snprintf(name, sizeof(name), "inproc://monitor-%u", atomic_fetch_add(&last, 1));
    enum status status = bus_socket_monitor(monitor->watched, name, events, fault);
    monitor->begun = status == STATUS_OK;
    if (status == STATUS_OK)
        status =
            bus_socket_open(base, context, &options, on_message, monitor, &monitor->reader, fault);
    if (status == STATUS_OK)
        status = bus_socket_connect(monitor->reader, name, fault);
    return status;
}

enum status monitor_open(struct event_base *base, void *context, struct bus_socket *watched,
                         int events, monitor_heard *heard, void *arg, struct monitor **monitor,
                         struct fault *fault)
{
    struct monitor *made = memory_new(sizeof(*made));
    made->watched = watched;
    made->heard = heard;
    made->arg = arg;
    enum status status = ends_open(made, base, context, events, fault);
    if (status == STATUS_OK)
        *monitor = made;
    else
        monitor_close(&made);
    return status;
}

/* The watched end goes before its reader: libzmq waits for a reader that is not there. */
void monitor_close(struct monitor **monitor)
{
    struct monitor *closing = *monitor;
    if (!closing)
        return;
    *monitor = NULL;
    if (closing->begun)
        bus_socket_monitor_end(closing->watched);
    bus_socket_close(&closing->reader);
    free(closing);
}
