/* Messages of other services, checked and handed on. What does not have the shape of a message is
 * counted and dropped: it cannot be answered, and keeping it would let a peer fill the disk. */
#include "bus/subscriber.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "bus/tally.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { FRAMES_LEAST = 2 }; /* [topic][payload]; a live feed has [position][previous] between */

struct subscriber {
    struct bus_socket *socket;
    bus_inbound *inbound;
    void *arg;
    char **topics;
    size_t topic_count;
    struct tally received;
    struct counter *malformed;
};

enum status inbound_topic(const struct bus_message *message, char *const *topics, size_t count,
                          const char **topic)
{
    *topic = NULL;
    if (message->count < FRAMES_LEAST || message->count > BUS_FRAMES_LIMIT ||
        message->frames[message->count - 1].size == 0)
        return STATUS_INVALID;
    const struct bus_frame *name = &message->frames[0];
    for (size_t i = 0; i < count && !*topic; i++) {
        if (strlen(topics[i]) == name->size && memcmp(topics[i], name->data, name->size) == 0)
            *topic = topics[i];
    }
    return STATUS_OK;
}

static void on_message(void *arg, const struct bus_message *message)
{
    struct subscriber *subscriber = arg;
    const char *topic;
    if (inbound_topic(message, subscriber->topics, subscriber->topic_count, &topic) != STATUS_OK) {
        counter_add(subscriber->malformed, 1);
        log_warning("inbound message dropped", LOG_TEXT("reason", "not [topic][payload]"),
                    LOG_INT("frames", (int64_t)message->count));
        return;
    }
    if (!topic)
        return;
    tally_add(&subscriber->received, topic);
    const struct bus_frame *payload = &message->frames[message->count - 1];
    subscriber->inbound(subscriber->arg, topic, payload->data, payload->size);
}

/* ---- topics ---- */

static void topics_copy(struct subscriber *subscriber, const char *const *topics, size_t count)
{
    subscriber->topics = memory_new((count + 1) * sizeof(*subscriber->topics));
    subscriber->topic_count = count;
    for (size_t i = 0; i < count; i++) {
        subscriber->topics[i] = memory_text(topics[i], strlen(topics[i]));
        bus_socket_subscribe(subscriber->socket, topics[i]);
    }
}

static void topics_free(char **topics, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(topics[i]);
    free(topics);
}

/* New before old: ZeroMQ counts subscriptions, so what is in both is never off. */
void subscriber_set_topics(struct subscriber *subscriber, const char *const *topics, size_t count)
{
    char **old = subscriber->topics;
    size_t old_count = subscriber->topic_count;
    topics_copy(subscriber, topics, count);
    for (size_t i = 0; i < old_count; i++)
        bus_socket_unsubscribe(subscriber->socket, old[i]);
    topics_free(old, old_count);
}

/* ---- life ---- */

static enum status subscriber_connect(struct subscriber *subscriber,
                                      const struct bus_options *options, struct fault *fault)
{
    for (size_t i = 0; i < options->subscribe_count; i++) {
        enum status status = bus_socket_connect(subscriber->socket, options->subscribe[i], fault);
        if (status != STATUS_OK)
            return status;
    }
    return STATUS_OK;
}

enum status subscriber_open(struct event_base *base, void *context,
                            const struct bus_options *options, bus_inbound *inbound, void *arg,
                            struct subscriber **subscriber, struct fault *fault)
{
    const struct bus_socket_options socket_options = {
        .type = ZMQ_SUB,
        .high_water_mark = options->high_water_mark,
        .message_limit = SUBSCRIBER_FRAME_LIMIT,
    };
    struct subscriber *made = memory_new(sizeof(*made));
    made->inbound = inbound;
    made->arg = arg;
    made->received = (struct tally){
        .family = "orderd_events_received_total",
        .help = "Messages of other services taken from SUB, by topic",
    };
    made->malformed = metrics_counter("orderd_inbound_malformed_total",
                                      "Messages of other services dropped for their frames", "");
    enum status status =
        bus_socket_open(base, context, &socket_options, on_message, made, &made->socket, fault);
    if (status == STATUS_OK) {
        topics_copy(made, options->topics, options->topic_count);
        status = subscriber_connect(made, options, fault);
    }
    if (status == STATUS_OK)
        *subscriber = made;
    else
        subscriber_close(&made);
    return status;
}

void subscriber_close(struct subscriber **subscriber)
{
    struct subscriber *closing = *subscriber;
    if (!closing)
        return;
    *subscriber = NULL;
    bus_socket_close(&closing->socket);
    topics_free(closing->topics, closing->topic_count);
    tally_release(&closing->received);
    free(closing);
}
