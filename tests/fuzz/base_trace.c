/* Any bytes as traceparent and as UUID: what comes out is always well-formed. */
#include "base/trace.h"
#include "base/uuid.h"

#include <strings.h>

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_trace(const char *text, size_t size)
{
    struct trace trace;
    struct trace next;

    trace_begin(&trace, text, size);
    if (strlen(trace.id) != TRACE_ID_SIZE - 1 || strlen(trace.parent) != TRACE_PARENT_SIZE - 1)
        abort();
    trace_begin(&next, trace.parent, TRACE_PARENT_SIZE - 1);
    if (strcmp(trace.id, next.id) != 0) /* our own traceparent must be a valid one */
        abort();
}

static void check_uuid(const char *text, size_t size)
{
    char again[UUID_TEXT_SIZE];
    struct uuid uuid;

    if (uuid_parse(text, size, &uuid) != STATUS_OK)
        return;
    uuid_format(&uuid, again);
    if (strncasecmp(text, again, UUID_TEXT_SIZE - 1) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_trace((const char *)data, size);
    check_uuid((const char *)data, size);
    return 0;
}
