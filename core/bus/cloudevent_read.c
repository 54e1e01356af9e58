/* An envelope of ours back to the event that it was made of. */
#include "bus/cloudevent.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/uuid.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(const json_t *envelope, const char *name)
{
    return json_string_value(json_object_get(envelope, name));
}

static bool id_of(const json_t *envelope, const char *name, struct uuid *id)
{
    const char *text = text_of(envelope, name);
    return text && uuid_parse(text, strlen(text), id) == STATUS_OK;
}

static bool position_of(const json_t *envelope, const char *name, struct position *position)
{
    const char *text = text_of(envelope, name);
    return text && (size_t)snprintf(position->text, sizeof(position->text), "%s", text) <
                       sizeof(position->text);
}

/* The topic stands in no member: it is that of the type. */
static const char *topic_of(const char *type)
{
    for (int kind = 0; type && kind < ORDER_EVENT_KIND_COUNT; kind++)
        if (strcmp(order_event_type((enum order_event_kind)kind), type) == 0)
            return order_event_topic((enum order_event_kind)kind);
    return NULL;
}

static bool fill(const json_t *envelope, struct read_event *read)
{
    struct stored_event *event = &read->event;
    const char *time = text_of(envelope, "time");
    const json_t *data = json_object_get(envelope, "data");
    event->type = text_of(envelope, "type");
    event->topic = topic_of(event->type);
    event->traceparent = text_of(envelope, "traceparent");
    read->data = json_is_object(data) ? json_dumps(data, JSON_COMPACT) : NULL;
    event->data = read->data;
    event->data_length = read->data ? strlen(read->data) : 0;
    return event->topic && read->data && time &&
           clock_parse(time, strlen(time), &event->occurred_at) == STATUS_OK &&
           id_of(envelope, "id", &event->event_id) &&
           id_of(envelope, "subject", &event->order_id) &&
           position_of(envelope, "sequence", &event->position) &&
           position_of(envelope, "follows", &event->follows);
}

enum status cloudevent_read(const char *json, size_t length, struct read_event *read,
                            struct fault *fault)
{
    json_t *envelope = NULL;
    enum status status = json_read(json, length, &envelope, fault);
    *read = (struct read_event){.envelope = envelope};
    if (status == STATUS_OK && !fill(envelope, read))
        status = fault_set(fault, STATUS_INVALID, "", "this is no event of an order");
    if (status != STATUS_OK)
        cloudevent_release(read);
    return status;
}

void cloudevent_release(struct read_event *read)
{
    json_decref(read->envelope);
    free(read->data);
    *read = (struct read_event){0};
}
