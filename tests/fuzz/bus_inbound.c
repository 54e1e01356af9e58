/* Messages of other services, as frames: which topic they carry, if any. The input's bytes 0xff
 * separate the frames. */
#include "bus/subscriber.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char declared[] = "inventory.stock_release_processed", another[] = "a";
    char *texts[] = {declared, another};
    const struct topics topics = {.texts = texts, .count = 2};
    struct bus_message message = {.count = 0};
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
    const char *topic = NULL;
    enum status status = inbound_topic(&message, &topics, &topic);
    if (status == STATUS_OK && topic &&
        (message.frames[0].size != strlen(topic) ||
         memcmp(message.frames[0].data, topic, strlen(topic)) != 0))
        abort();
    if (status == STATUS_OK &&
        (message.count < INBOUND_FRAMES_LEAST || message.count > INBOUND_FRAMES_MOST))
        abort();
    return 0;
}
