/* Requests to REPLAY, as frames: whatever is taken is within what was promised. The input's bytes
 * 0xff separate the frames; the routing id stands in front of them. */
#include "bus/replay_request.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct bus_message message_of(const uint8_t *data, size_t size)
{
    static const char routing[5] = "12345";
    struct bus_message message = {.frames = {{routing, sizeof(routing)}}, .count = 1};
    const uint8_t *frame = data, *end = data + size;
    while (frame <= end) {
        const uint8_t *stop = memchr(frame, 0xff, (size_t)(end - frame));
        size_t length = (size_t)((stop ? stop : end) - frame);
        if (message.count < BUS_FRAMES_LIMIT)
            message.frames[message.count] =
                (struct bus_frame){.data = (const char *)frame, .size = length};
        message.count++;
        frame += length + 1;
    }
    return message;
}

static void expect(int truth)
{
    if (!truth)
        abort();
}

static void check(const struct replay_request *request)
{
    unsigned from = request->given & (MEMBER_AFTER | MEMBER_FROM_TIME | MEMBER_CURSOR);
    expect(request->verb < REPLAY_VERBS);
    expect(memchr(request->position.text, '\0', sizeof(request->position.text)) != NULL);
    expect(memchr(request->cursor, '\0', sizeof(request->cursor)) != NULL);
    expect(memchr(request->epoch, '\0', sizeof(request->epoch)) != NULL);
    expect(request->topic_count <= REPLAY_TOPICS_LIMIT);
    expect(request->limit >= 0 && request->credit >= 0);
    expect(!(request->given & MEMBER_LIMIT) || request->limit > 0);
    expect(!(request->given & MEMBER_CURSOR) || request->cursor[0] != '\0');
    expect(!strchr(request->cursor, ':'));
    expect(request->verb != REPLAY_READ ||
           (from == MEMBER_AFTER || from == MEMBER_FROM_TIME || from == MEMBER_CURSOR));
    for (size_t i = 0; i < request->topic_count; i++)
        expect(memchr(request->topics[i], '\0', sizeof(request->topics[i])) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bus_message message = message_of(data, size);
    struct caller caller;
    struct caller_request from;
    struct replay_request request;
    struct fault fault = {0};
    enum status status = caller_read(&message, &caller, &from, &fault);
    expect(caller.routing_size == 5 && caller.id_size <= CALLER_ID_LIMIT);
    if (status == STATUS_OK) {
        expect(caller.id_size > 0);
        status = replay_request_read(&from, &request, &fault);
        if (status == STATUS_OK)
            check(&request);
    }
    expect(status == STATUS_OK || fault.text[0] != '\0');
    return 0;
}
