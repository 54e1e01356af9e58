/* The envelope of requests and answers: routing id, delimiter, id. */
#include "bus/caller.h"

#include <string.h>

enum status caller_read(const struct bus_message *message, struct caller *caller,
                        struct caller_request *request, struct fault *fault)
{
    const struct bus_frame *routing = &message->frames[0];
    size_t kept = message->count < BUS_FRAMES_LIMIT ? message->count : BUS_FRAMES_LIMIT;
    size_t verb = kept > 1 && message->frames[1].size == 0 ? 2 : 1;
    const struct bus_frame *id = kept > verb + 1 ? &message->frames[verb + 1] : NULL;
    *caller = (struct caller){.delimited = verb == 2};
    *request = (struct caller_request){.count = 0};
    if (kept == 0 || routing->size > CALLER_ROUTING_LIMIT)
        return fault_set(fault, STATUS_INVALID, NULL, "expected a routing id");
    caller->routing_size = (uint8_t)routing->size;
    memcpy(caller->routing, routing->data, routing->size);
    if (!id)
        return fault_set(fault, STATUS_INVALID, NULL, "expected a verb, an id and more frames");
    if (id->size == 0 || id->size > CALLER_ID_LIMIT)
        return fault_set(fault, STATUS_INVALID, NULL, "expected an id of 1 to %d bytes",
                         CALLER_ID_LIMIT);
    caller->id_size = (uint8_t)id->size;
    memcpy(caller->id, id->data, id->size);
    if (message->count > BUS_FRAMES_LIMIT)
        return fault_set(fault, STATUS_INVALID, NULL, "there are %zu frames", message->count);
    request->verb = message->frames[verb];
    request->frames = id + 1;
    request->count = kept - verb - 2;
    return STATUS_OK;
}

enum status caller_answer(struct entrance *entrance, const struct caller *caller, const char *kind,
                          const struct bus_frame *frames, size_t count)
{
    struct bus_frame all[4 + CALLER_FRAMES_LIMIT];
    size_t used = 0;
    all[used++] = (struct bus_frame){.data = caller->routing, .size = caller->routing_size};
    if (caller->delimited)
        all[used++] = (struct bus_frame){.data = "", .size = 0};
    all[used++] = (struct bus_frame){.data = kind, .size = strlen(kind)};
    all[used++] = (struct bus_frame){.data = caller->id, .size = caller->id_size};
    for (size_t i = 0; i < count && i < CALLER_FRAMES_LIMIT; i++)
        all[used++] = frames[i];
    return entrance_send(entrance, all, used);
}

static bool bytes_equal(const char *a, size_t a_size, const char *b, size_t b_size)
{
    return a_size == b_size && memcmp(a, b, a_size) == 0;
}

bool caller_equal_connection(const struct caller *a, const struct caller *b)
{
    return bytes_equal(a->routing, a->routing_size, b->routing, b->routing_size);
}

bool caller_equal(const struct caller *a, const struct caller *b)
{
    return caller_equal_connection(a, b) && bytes_equal(a->id, a->id_size, b->id, b->id_size);
}
