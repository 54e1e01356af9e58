/* Messages of other services, checked and handed on. What does not have the shape of a message is
 * counted and dropped: it cannot be answered, and keeping it would let a peer fill the disk. */
#include "bus/subscriber.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "bus/link.h"
#include "bus/tally.h"

#include <stdlib.h>
#include <string.h>

struct subscriber {
    struct link **links;
    size_t link_count;
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
    if (message->count < INBOUND_FRAMES_LEAST || message->count > INBOUND_FRAMES_MOST)
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

static void topics_subscribe(struct subscriber *subscriber, struct bus_socket *socket)
{
    for (size_t i = 0; i < subscriber->topic_count; i++)
        bus_socket_subscribe(socket, subscriber->topics[i]);
}

static void topics_copy(struct subscriber *subscriber, const char *const *topics, size_t count)
{
    subscriber->topics = memory_new((count + 1) * sizeof(*subscriber->topics));
    subscriber->topic_count = count;
    for (size_t i = 0; i < count; i++)
        subscriber->topics[i] = memory_text(topics[i], strlen(topics[i]));
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
    for (size_t i = 0; i < subscriber->link_count; i++) {
        struct bus_socket *socket = link_socket(subscriber->links[i]);
        topics_subscribe(subscriber, socket);
        for (size_t k = 0; k < old_count; k++)
            bus_socket_unsubscribe(socket, old[k]);
    }
    topics_free(old, old_count);
}

/* ---- life ---- */

/* Twice the endpoint would bring every message twice. */
static bool endpoint_listed_before(const struct bus_options *options, size_t index)
{
    size_t i = 0;
    while (i < index && strcmp(options->subscribe[i], options->subscribe[index]) != 0)
        i++;
    return i < index;
}

static enum status links_add(struct subscriber *subscriber, struct event_base *base, void *context,
                             const struct bus_options *options, const char *endpoint,
                             struct fault *fault)
{
    const struct link_options how = {
        .endpoint = endpoint,
        .high_water_mark = options->high_water_mark,
        .frame_limit = options->message_bytes,
        .ping_ms = options->ping_ms,
        .ping_timeout_ms = options->ping_timeout_ms,
        .received = on_message,
        .arg = subscriber,
    };
    struct link *link;
    enum status status = link_open(base, context, &how, &link, fault);
    if (status != STATUS_OK)
        return status;
    topics_subscribe(subscriber, link_socket(link));
    subscriber->links[subscriber->link_count++] = link;
    return STATUS_OK;
}

static enum status links_open(struct subscriber *subscriber, struct event_base *base, void *context,
                              const struct bus_options *options, struct fault *fault)
{
    enum status status = STATUS_OK;
    subscriber->links = memory_new(options->subscribe_count * sizeof(struct link *));
    for (size_t i = 0; status == STATUS_OK && i < options->subscribe_count; i++) {
        if (!endpoint_listed_before(options, i))
            status = links_add(subscriber, base, context, options, options->subscribe[i], fault);
    }
    return status;
}

enum status subscriber_open(struct event_base *base, void *context,
                            const struct bus_options *options, bus_inbound *inbound, void *arg,
                            struct subscriber **subscriber, struct fault *fault)
{
    struct subscriber *made = memory_new(sizeof(*made));
    made->inbound = inbound;
    made->arg = arg;
    made->received = (struct tally){
        .family = "orderd_events_received_total",
        .help = "Messages of other services taken from SUB, by topic",
    };
    made->malformed = metrics_counter("orderd_inbound_malformed_total",
                                      "Messages of other services dropped for their frames", "");
    topics_copy(made, options->topics, options->topic_count);
    enum status status = links_open(made, base, context, options, fault);
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
    for (size_t i = 0; i < closing->link_count; i++)
        link_close(&closing->links[i]);
    free(closing->links);
    topics_free(closing->topics, closing->topic_count);
    tally_release(&closing->received);
    free(closing);
}
