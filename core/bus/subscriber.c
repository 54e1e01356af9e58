/* Messages of other services, checked and put into the store.
 *
 * A publisher cannot be asked to send anything again. So while the store does not take what came,
 * it is held here, up to a limit; then the sockets are not read, and wait in libzmq's queues what
 * the high-water mark allows. What is no event becomes a dead letter (rejects.h). */
#include "bus/subscriber.h"

#include "base/memory.h"
#include "base/metrics.h"
#include "bus/inbound_message.h"
#include "bus/intake.h"
#include "bus/link.h"
#include "bus/rejects.h"
#include "bus/tally.h"

#include <stdlib.h>
#include <string.h>

struct subscriber {
    struct link **links;
    size_t link_count;
    const struct topics *topics;
    struct intake *intake;
    struct rejects rejects;
    struct tally received;
    struct counter *duplicates;
};

/* ---- messages ---- */

enum status inbound_topic(const struct bus_message *message, const struct topics *topics,
                          const char **topic)
{
    *topic = NULL;
    if (message->count < INBOUND_FRAMES_LEAST || message->count > INBOUND_FRAMES_MOST)
        return STATUS_INVALID;
    *topic = topics_find(topics, &message->frames[0]);
    return STATUS_OK;
}

static void on_done(void *arg, const struct inbound *message, const void *context,
                    enum status status, const struct fault *fault)
{
    struct subscriber *subscriber = arg;
    (void)context;
    if (status == STATUS_DUPLICATE)
        counter_add(subscriber->duplicates, 1);
    else if (status != STATUS_OK)
        rejects_letter(&subscriber->rejects, message->topic, message->payload,
                       message->payload_length, fault);
}

static void take(struct subscriber *subscriber, const char *topic, const struct bus_frame *payload)
{
    struct inbound_head head;
    struct fault fault = {0};
    tally_add(&subscriber->received, topic);
    if (inbound_head_read(payload->data, payload->size, &head, &fault) != STATUS_OK) {
        rejects_letter(&subscriber->rejects, topic, payload->data, payload->size, &fault);
        return;
    }
    const struct inbound message = {
        .event_id = head.event_id,
        .topic = topic,
        .about = head.about[0] ? head.about : NULL,
        .payload = payload->data,
        .payload_length = payload->size,
    };
    intake_put(subscriber->intake, &message, NULL, 0);
}

static void each_socket(struct subscriber *subscriber, void (*what)(struct bus_socket *socket))
{
    for (size_t i = 0; i < subscriber->link_count; i++)
        what(link_socket(subscriber->links[i]));
}

static void on_message(void *arg, const struct bus_message *message)
{
    struct subscriber *subscriber = arg;
    const char *topic;
    if (inbound_topic(message, subscriber->topics, &topic) != STATUS_OK)
        rejects_frames(&subscriber->rejects, message->count);
    else if (topic)
        take(subscriber, topic, &message->frames[message->count - 1]);
    if (intake_full(subscriber->intake))
        each_socket(subscriber, bus_socket_pause);
}

static void on_room(void *arg)
{
    each_socket(arg, bus_socket_resume);
}

/* ---- topics ---- */

static void topics_each(const struct topics *topics, struct bus_socket *socket,
                        void (*what)(struct bus_socket *socket, const char *topic))
{
    for (size_t i = 0; i < topics->count; i++)
        what(socket, topics->texts[i]);
}

/* New before old: ZeroMQ counts subscriptions, so what is in both is never off. */
void subscriber_changes(struct subscriber *subscriber, const struct topics *to)
{
    for (size_t i = 0; i < subscriber->link_count; i++) {
        struct bus_socket *socket = link_socket(subscriber->links[i]);
        topics_each(to, socket, bus_socket_subscribe);
        topics_each(subscriber->topics, socket, bus_socket_unsubscribe);
    }
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
    topics_each(subscriber->topics, link_socket(link), bus_socket_subscribe);
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

enum status subscriber_open(struct event_base *base, void *context, struct repository *repository,
                            const struct bus_options *options, const struct topics *topics,
                            struct subscriber **subscriber, struct fault *fault)
{
    struct subscriber *made = memory_new(sizeof(*made));
    const struct intake_options intake = {.name = "subscribe",
                                          .limit = options->ingest_pending,
                                          .insist = true,
                                          .done = on_done,
                                          .room = on_room,
                                          .arg = made};
    made->topics = topics;
    made->intake = intake_new(base, repository, &intake);
    made->received = (struct tally){
        .family = "orderd_events_received_total",
        .help = "Messages of other services taken from SUB, by topic",
    };
    made->duplicates = metrics_counter("orderd_inbound_duplicates_total",
                                       "Messages taken from SUB that had come before", "");
    rejects_init(&made->rejects, repository);
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
    intake_free(&closing->intake);
    tally_release(&closing->received);
    free(closing);
}
