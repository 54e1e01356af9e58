/* PUB sockets, each with the beginnings of the topics that it carries. */
#include "bus/publisher.h"

#include "base/log.h"
#include "base/memory.h"
#include "bus/entrance.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum { SUBSCRIPTION_LIMIT = 4096 }; /* bytes of what a subscriber may send */

struct outlet {
    struct entrance *entrance;
    struct topic_prefixes carried;
    char domain[32];
};

struct publisher {
    struct outlet *outlets; /* the first carries everything */
    size_t count;
};

/* ---- sending ---- */

static bool carries(const struct outlet *outlet, const struct bus_frame *topic)
{
    static const char heartbeat[] = "heartbeat";
    if (topic->size == strlen(heartbeat) && memcmp(topic->data, heartbeat, topic->size) == 0)
        return true;
    for (size_t i = 0; i < outlet->carried.count; i++) {
        size_t length = strlen(outlet->carried.texts[i]);
        if (length <= topic->size && memcmp(topic->data, outlet->carried.texts[i], length) == 0)
            return true;
    }
    return false;
}

enum status publisher_send(struct publisher *publisher, const struct bus_frame *frames,
                           size_t count)
{
    enum status status = STATUS_OK;
    for (size_t i = 0; i < publisher->count; i++) {
        struct outlet *outlet = &publisher->outlets[i];
        if (!carries(outlet, &frames[0]))
            continue;
        enum status sent = entrance_send(outlet->entrance, frames, count);
        if (sent != STATUS_OK && sent != STATUS_GONE)
            status = sent;
    }
    return status;
}

/* ---- life ---- */

static void carried_copy(struct topic_prefixes *carried, const char *const *topics, size_t count)
{
    carried->texts = memory_new((count + 1) * sizeof(*carried->texts));
    carried->count = count;
    for (size_t i = 0; i < count; i++)
        carried->texts[i] = memory_text(topics[i], strlen(topics[i]));
}

static enum status outlet_open(struct outlet *outlet, struct event_base *base, void *context,
                               const struct bus_options *options, const char *address,
                               struct gate *gate, struct fault *fault)
{
    const struct entrance_options entrance = {
        .name = outlet->domain,
        .address = address,
        .type = ZMQ_PUB,
        .high_water_mark = options->high_water_mark,
        .message_limit = SUBSCRIPTION_LIMIT,
    };
    if (gate)
        gate_add(gate, outlet->domain, &outlet->carried);
    return entrance_open(base, context, options, &entrance, &outlet->entrance, fault);
}

/* The gate keeps pointers into them, so all places are made at once. */
static void outlets_make(struct publisher *publisher, const struct bus_options *options)
{
    static const char *const everything[] = {""};
    publisher->count = options->feed_count + 1;
    publisher->outlets = memory_new(publisher->count * sizeof(*publisher->outlets));
    carried_copy(&publisher->outlets[0].carried, everything, 1);
    snprintf(publisher->outlets[0].domain, sizeof(publisher->outlets[0].domain), ENTRANCE_PUBLISH);
    for (size_t i = 0; i < options->feed_count; i++) {
        struct outlet *outlet = &publisher->outlets[i + 1];
        carried_copy(&outlet->carried, options->feeds[i].topics, options->feeds[i].topic_count);
        snprintf(outlet->domain, sizeof(outlet->domain), "feed-%zu", i + 1);
    }
}

enum status publisher_open(struct event_base *base, void *context,
                           const struct bus_options *options, struct gate *gate,
                           struct publisher **publisher, struct fault *fault)
{
    struct publisher *made = memory_new(sizeof(*made));
    enum status status = STATUS_OK;
    outlets_make(made, options);
    for (size_t i = 0; status == STATUS_OK && i < made->count; i++)
        status =
            outlet_open(&made->outlets[i], base, context, options,
                        i == 0 ? options->publish : options->feeds[i - 1].publish, gate, fault);
    if (status == STATUS_OK)
        *publisher = made;
    else
        publisher_close(&made);
    return status;
}

static void outlet_close(struct outlet *outlet)
{
    entrance_close(&outlet->entrance);
    for (size_t i = 0; i < outlet->carried.count; i++)
        free(outlet->carried.texts[i]);
    free(outlet->carried.texts);
}

void publisher_close(struct publisher **publisher)
{
    struct publisher *closing = *publisher;
    if (!closing)
        return;
    *publisher = NULL;
    for (size_t i = 0; i < closing->count; i++)
        outlet_close(&closing->outlets[i]);
    free(closing->outlets);
    free(closing);
}

const char *publisher_address(const struct publisher *publisher)
{
    return entrance_address(publisher->outlets[0].entrance);
}

size_t publisher_feed_count(const struct publisher *publisher)
{
    return publisher->count - 1;
}

const char *const *publisher_feed_topics(const struct publisher *publisher, size_t feed,
                                         size_t *count)
{
    const struct topic_prefixes *carried = &publisher->outlets[feed + 1].carried;
    *count = carried->count;
    return (const char *const *)carried->texts;
}

const char *publisher_feed_address(const struct publisher *publisher, size_t feed)
{
    return entrance_address(publisher->outlets[feed + 1].entrance);
}

void publisher_revoke(void *arg, const char *domain)
{
    struct publisher *publisher = arg;
    for (size_t i = 0; i < publisher->count; i++) {
        if (strcmp(publisher->outlets[i].domain, domain) != 0)
            continue;
        log_info("a client has lost a right: every subscriber connects anew",
                 LOG_TEXT("socket", domain),
                 LOG_TEXT("address", entrance_address(publisher->outlets[i].entrance)));
        entrance_reopen(publisher->outlets[i].entrance);
    }
}

bool publisher_healthy(const struct publisher *publisher)
{
    for (size_t i = 0; i < publisher->count; i++) {
        if (!entrance_is_open(publisher->outlets[i].entrance))
            return false;
    }
    return true;
}
