/* The memory of one event that is on its way to the consumer. */
#include "bus/delivery.h"

#include "base/memory.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

static const char *text_take(char **place, const char *text, size_t length)
{
    char *taken = *place;
    if (!text)
        return NULL;
    memcpy(taken, text, length);
    taken[length] = '\0';
    *place += length + 1;
    return taken;
}

struct delivery *delivery_new(struct dispatcher *dispatcher, const struct stored_event *event)
{
    size_t topic = strlen(event->topic), type = strlen(event->type);
    size_t trace = event->traceparent ? strlen(event->traceparent) : 0;
    struct delivery *delivery =
        memory_new(sizeof(*delivery) + topic + type + trace + event->data_length + 4);
    char *place = delivery->texts;
    delivery->dispatcher = dispatcher;
    delivery->event = *event;
    delivery->event.topic = text_take(&place, event->topic, topic);
    delivery->event.type = text_take(&place, event->type, type);
    delivery->event.traceparent = text_take(&place, event->traceparent, trace);
    delivery->event.data = text_take(&place, event->data, event->data_length);
    return delivery;
}

void delivery_free(struct delivery *delivery)
{
    if (delivery->retry)
        event_free(delivery->retry);
    free(delivery);
}

struct delivery *deliveries_last_of(const struct deliveries *deliveries,
                                    const struct uuid *order_id)
{
    struct delivery *delivery;
    TAILQ_FOREACH_REVERSE(delivery, deliveries, deliveries, among)
    {
        if (uuid_equal(&delivery->event.order_id, order_id))
            return delivery;
    }
    return NULL;
}
