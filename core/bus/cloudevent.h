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

#endif
