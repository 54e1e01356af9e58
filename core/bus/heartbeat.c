/* Heads of the stream for subscribers that hear nothing else.
 *
 * The heads are read from the store, and are sent only when the relay has published up to them: a
 * head that runs ahead of the events would make every subscriber believe that it lost something. */
#include "bus/heartbeat.h"

#include "base/buffer.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

struct heartbeat {
    struct repository *repository;
    struct publisher *publisher;
    struct relay *relay;
    const char *epoch;
    struct position last; /* where the relay stood at the last tick */
    bool reading;         /* the store has been asked */
    bool abandoned;       /* freed meanwhile: its answer frees what is left */
};

static void heads_write(const char *epoch, const struct topic_head *topics, size_t count,
                        struct buffer *json)
{
    struct json_writer w = {.out = json};
    json_open_object(&w);
    json_key(&w, "epoch");
    json_string_of(&w, epoch);
    json_key(&w, "heads");
    json_open_object(&w);
    for (size_t i = 0; i < count; i++) {
        json_key(&w, topics[i].topic);
        json_string_of(&w, topics[i].position.text);
    }
    json_close_object(&w);
    json_close_object(&w);
}

static void heartbeat_send(struct heartbeat *heartbeat, const struct stream_ends *ends)
{
    const struct position *head = &ends->head;
    struct buffer json = {0};
    heads_write(heartbeat->epoch, ends->topics, ends->topic_count, &json);
    const struct bus_frame frames[] = {
        {.data = "heartbeat", .size = strlen("heartbeat")},
        {.data = head->text, .size = strlen(head->text)},
        {.data = "", .size = 0},
        {.data = json.data, .size = json.size},
    };
    if (publisher_send(heartbeat->publisher, frames, 4) != STATUS_OK)
        log_warning("heartbeat not sent");
    buffer_release(&json);
}

static void on_ends(void *arg, enum status status, const struct stream_ends *ends,
                    const struct fault *fault)
{
    struct heartbeat *heartbeat = arg;
    heartbeat->reading = false;
    if (heartbeat->abandoned) {
        free(heartbeat);
        return;
    }
    if (status != STATUS_OK)
        log_warning("heads not read", LOG_TEXT("reason", fault->text));
    else if (strcmp(ends->head.text, relay_position(heartbeat->relay)->text) == 0)
        heartbeat_send(heartbeat, ends);
    else
        relay_wake(heartbeat->relay);
}

void heartbeat_tick(struct heartbeat *heartbeat)
{
    const struct position *now = relay_position(heartbeat->relay);
    bool quiet = strcmp(heartbeat->last.text, now->text) == 0;
    heartbeat->last = *now;
    if (!quiet || heartbeat->reading || !relay_idle(heartbeat->relay))
        return;
    heartbeat->reading = true;
    repository_events_ends(heartbeat->repository, on_ends, heartbeat);
}

struct heartbeat *heartbeat_new(struct repository *repository, struct publisher *publisher,
                                struct relay *relay, const char *epoch)
{
    struct heartbeat *heartbeat = memory_new(sizeof(*heartbeat));
    heartbeat->repository = repository;
    heartbeat->publisher = publisher;
    heartbeat->relay = relay;
    heartbeat->epoch = epoch;
    return heartbeat;
}

void heartbeat_free(struct heartbeat **heartbeat)
{
    struct heartbeat *freed = *heartbeat;
    if (!freed)
        return;
    *heartbeat = NULL;
    if (freed->reading)
        freed->abandoned = true;
    else
        free(freed);
}
