/* A stored event as a CloudEvents 1.0 JSON envelope (structured mode). */
#ifndef BUS_CLOUDEVENT_H
#define BUS_CLOUDEVENT_H

#include "base/buffer.h"
#include "store/repository.h"

/* Appends the envelope: id, source "/orderd/<epoch>", type, subject, time, the extensions
 * sequence, follows (the sequence of the event before it in the whole stream), partitionkey and,
 * when the event has one, traceparent (CloudEvents 1.0.2: names in lower case), and the stored data
 * as it is. */
void cloudevent_write(const struct stored_event *event, const char *epoch, struct buffer *json);

/* An event that was made of its envelope again: its texts stand in the other members. */
struct read_event {
    struct stored_event event; /* without `previous`, which an envelope does not hold */
    void *envelope;
    char *data;
};

/* STATUS_INVALID: no envelope of ours. Nothing is left behind then. */
MUST_CHECK enum status cloudevent_read(const char *json, size_t length, struct read_event *read,
                                       struct fault *fault);
void cloudevent_release(struct read_event *read);

#endif
