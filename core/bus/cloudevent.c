/* The CloudEvents envelope around what the store keeps of an event. */
#include "bus/cloudevent.h"

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/uuid.h"

#include <stdio.h>

static void member(struct json_writer *w, const char *name, const char *text)
{
    json_key(w, name);
    json_string_of(w, text);
}

void cloudevent_write(const struct stored_event *event, const char *epoch, struct buffer *json)
{
    struct json_writer w = {.out = json};
    char id[UUID_TEXT_SIZE], order_id[UUID_TEXT_SIZE], time[CLOCK_TEXT_SIZE], source[128];
    uuid_format(&event->event_id, id);
    uuid_format(&event->order_id, order_id);
    clock_format(event->occurred_at, time);
    snprintf(source, sizeof(source), "/orderd/%s", epoch);

    json_open_object(&w);
    member(&w, "specversion", "1.0");
    member(&w, "id", id);
    member(&w, "source", source);
    member(&w, "type", event->type);
    member(&w, "subject", order_id);
    member(&w, "time", time);
    member(&w, "datacontenttype", "application/json");
    member(&w, "sequence", event->position.text);
    member(&w, "follows", event->follows.text);
    member(&w, "partitionkey", order_id);
    if (event->traceparent)
        member(&w, "traceparent", event->traceparent);
    json_key(&w, "data");
    json_raw(&w, event->data, event->data_length);
    json_close_object(&w);
}
