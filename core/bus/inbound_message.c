/* Names and limits of what other services send. */
#include "bus/inbound_message.h"

#include "base/json.h"
#include "base/utf8.h"
#include "base/uuid.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* ---- texts ---- */

/* Names are shown to people, in logs and on terminals. */
static bool is_plain(const char *text, size_t length)
{
    size_t size;
    for (size_t at = 0; at < length; at += size) {
        size = utf8_character(text + at, length - at);
        if (size == 0 || !utf8_is_shown(text + at, size))
            return false;
    }
    return true;
}

/* `value` is not NULL; `text` has room for the limit and its end. */
static enum status text_read(const json_t *value, const char *where, size_t limit, char *text,
                             struct fault *fault)
{
    size_t length = json_string_length(value);
    if (!json_is_string(value))
        return fault_set(fault, STATUS_INVALID, where, "expected a text");
    if (length == 0 || length > limit)
        return fault_set(fault, STATUS_INVALID, where, "expected 1 to %zu bytes", limit);
    if (!is_plain(json_string_value(value), length))
        return fault_set(fault, STATUS_INVALID, where, "expected no control characters");
    memcpy(text, json_string_value(value), length + 1);
    return STATUS_OK;
}

static enum status member_read(const json_t *object, const char *name, size_t limit, char *text,
                               struct fault *fault)
{
    const json_t *value = json_object_get(object, name);
    char where[32];
    snprintf(where, sizeof(where), "/%s", name);
    if (!value)
        return fault_set(fault, STATUS_INVALID, where, "is missing");
    return text_read(value, where, limit, text, fault);
}

/* ---- the event's name ---- */

/* A URI has no spaces, so two events never get one name. Together they have the limit of a name. */
static enum status cloudevent_name(const json_t *message, struct inbound_head *head,
                                   struct fault *fault)
{
    char *name = head->event_id;
    enum status status = member_read(message, "source", INBOUND_ID_LIMIT - 2, name, fault);
    if (status == STATUS_OK && strchr(name, ' '))
        status = fault_set(fault, STATUS_INVALID, "/source", "expected a URI, without spaces");
    if (status != STATUS_OK)
        return status;
    size_t length = strlen(name);
    name[length++] = ' ';
    return member_read(message, "id", INBOUND_ID_LIMIT - length, name + length, fault);
}

static enum status name_read(const json_t *message, bool cloudevent, struct inbound_head *head,
                             struct fault *fault)
{
    if (cloudevent && !json_object_get(message, "event_id"))
        return cloudevent_name(message, head, fault);
    return member_read(message, "event_id", INBOUND_ID_LIMIT, head->event_id, fault);
}

/* ---- what it is about ---- */

/* The same order, however its id was written, is one thing. */
static void about_normalise(char *about)
{
    struct uuid uuid;
    if (uuid_parse(about, strlen(about), &uuid) == STATUS_OK)
        uuid_format(&uuid, about);
}

/* In the order in which they count. */
static const struct place {
    const char *where;
    const char *name;
    bool in_data;
    bool of_cloudevent;
} places[] = {
    {"/order_id", "order_id", false, false},
    {"/partitionkey", "partitionkey", false, true},
    {"/subject", "subject", false, true},
    {"/data/order_id", "order_id", true, true},
};

static enum status about_read(const json_t *message, bool cloudevent, struct inbound_head *head,
                              struct fault *fault)
{
    const json_t *data = json_object_get(message, "data");
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const struct place *place = &places[i];
        const json_t *value = json_object_get(place->in_data ? data : message, place->name);
        if ((place->of_cloudevent && !cloudevent) || !value || json_is_null(value))
            continue;
        enum status status =
            text_read(value, place->where, INBOUND_ABOUT_LIMIT, head->about, fault);
        if (status == STATUS_OK)
            about_normalise(head->about);
        return status;
    }
    return STATUS_OK;
}

enum status inbound_head_read(const char *payload, size_t length, struct inbound_head *head,
                              struct fault *fault)
{
    json_t *message = NULL;
    *head = (struct inbound_head){.event_id = ""};
    enum status status = json_read(payload, length, &message, fault);
    if (status != STATUS_OK)
        return status;
    bool cloudevent = json_object_get(message, "specversion") != NULL;
    if (!json_is_object(message))
        status = fault_set(fault, STATUS_INVALID, NULL, "expected a JSON object");
    if (status == STATUS_OK)
        status = name_read(message, cloudevent, head, fault);
    if (status == STATUS_OK)
        status = about_read(message, cloudevent, head, fault);
    json_decref(message);
    return status;
}
