/* The CloudEvents envelope around what the store keeps of an event.
 *
 * Written for every event that is published or replayed, so what needs no look is copied as it is:
 * names, identifiers, times, positions and epochs have no character that JSON would escape. */
#include "bus/cloudevent.h"

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/uuid.h"

/* A literal. */
#define PUT(json, text) buffer_append(json, text, sizeof(text) - 1)

static void put_uuid(struct buffer *json, const struct uuid *uuid)
{
    uuid_format(uuid, buffer_reserve(json, UUID_TEXT_SIZE));
    json->size += UUID_TEXT_SIZE - 1;
}

static void put_time(struct buffer *json, int64_t wall_ms)
{
    clock_format(wall_ms, buffer_reserve(json, CLOCK_TEXT_SIZE));
    json->size += CLOCK_TEXT_SIZE - 1;
}

static void put_quoted(struct buffer *json, const char *text)
{
    struct json_writer w = {.out = json};
    json_string_of(&w, text);
}

void cloudevent_write(const struct stored_event *event, const char *epoch, struct buffer *json)
{
    PUT(json, "{\"specversion\":\"1.0\",\"id\":\"");
    put_uuid(json, &event->event_id);
    PUT(json, "\",\"source\":\"/orderd/");
    buffer_append_text(json, epoch);
    PUT(json, "\",\"type\":");
    put_quoted(json, event->type);
    PUT(json, ",\"subject\":\"");
    put_uuid(json, &event->order_id);
    PUT(json, "\",\"time\":\"");
    put_time(json, event->occurred_at);
    PUT(json, "\",\"datacontenttype\":\"application/json\",\"sequence\":\"");
    buffer_append_text(json, event->position.text);
    PUT(json, "\",\"follows\":\"");
    buffer_append_text(json, event->follows.text);
    PUT(json, "\",\"partitionkey\":\"");
    put_uuid(json, &event->order_id);
    PUT(json, "\"");
    if (event->traceparent) {
        PUT(json, ",\"traceparent\":");
        put_quoted(json, event->traceparent);
    }
    PUT(json, ",\"data\":");
    buffer_append(json, event->data, event->data_length);
    PUT(json, "}");
}
