/* W3C Trace Context: reading and writing traceparent, and making new trace ids. */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

#include "base/status.h"

#include <stddef.h>

enum { TRACE_ID_SIZE = 33, TRACE_PARENT_SIZE = 56 }; /* with the terminator */

struct trace {
    char id[TRACE_ID_SIZE];         /* 32 lower-case hexadecimal digits */
    char parent[TRACE_PARENT_SIZE]; /* traceparent of this service's own span */
};

/* Continues the caller's traceparent (W3C Trace Context, 3.2) with a new span id, or starts a new
 * trace when the text is NULL or not a valid traceparent. */
void trace_begin(struct trace *trace, const char *traceparent, size_t length);

#endif
