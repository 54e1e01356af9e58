/* Reading and writing traceparent. */
#include "base/trace.h"

#include "base/hex.h"
#include "base/random.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* 00-<trace id, 32>-<parent id, 16>-<flags, 2>: where each part starts. */
enum {
    TRACE_ID_AT = 3,
    TRACE_SPAN_AT = 36,
    TRACE_FLAGS_AT = 53,
    TRACE_PARENT_LENGTH = TRACE_PARENT_SIZE - 1,
};

static bool trace_hex(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (hex_value(text[i]) < 0 || (text[i] >= 'A' && text[i] <= 'F'))
            return false;
    return true;
}

static bool trace_not_zero(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] != '0')
            return true;
    return false;
}

static bool trace_id_valid(const char *text, size_t length)
{
    return trace_hex(text, length) && trace_not_zero(text, length);
}

/* Version ff is invalid; a version above 00 may append "-" and more (3.2.2.1, 3.2.4). */
static bool trace_version_valid(const char *text, size_t length)
{
    if (length < TRACE_PARENT_LENGTH || !trace_hex(text, 2) || memcmp(text, "ff", 2) == 0)
        return false;
    if (length == TRACE_PARENT_LENGTH)
        return true;
    return memcmp(text, "00", 2) != 0 && text[TRACE_PARENT_LENGTH] == '-';
}

static bool trace_valid(const char *text, size_t length)
{
    return trace_version_valid(text, length) && text[TRACE_ID_AT - 1] == '-' &&
           trace_id_valid(text + TRACE_ID_AT, TRACE_ID_SIZE - 1) &&
           text[TRACE_SPAN_AT - 1] == '-' && trace_id_valid(text + TRACE_SPAN_AT, 16) &&
           text[TRACE_FLAGS_AT - 1] == '-' && trace_hex(text + TRACE_FLAGS_AT, 2);
}

/* An identifier of all zeros is invalid, so it is drawn again. */
static void trace_draw(char *text, size_t size)
{
    static const uint8_t zeros[16];
    uint8_t bytes[16];

    do
        random_bytes(bytes, size);
    while (memcmp(bytes, zeros, size) == 0);
    hex_write(text, bytes, size);
}

void trace_begin(struct trace *trace, const char *traceparent, size_t length)
{
    bool sampled = true; /* our logs carry the trace, so a trace that starts here is recorded */

    if (traceparent && trace_valid(traceparent, length)) {
        memcpy(trace->id, traceparent + TRACE_ID_AT, TRACE_ID_SIZE - 1);
        sampled = hex_value(traceparent[TRACE_FLAGS_AT + 1]) & 1;
    } else {
        trace_draw(trace->id, 16);
    }
    trace->id[TRACE_ID_SIZE - 1] = '\0';

    memcpy(trace->parent, "00-", 3);
    memcpy(trace->parent + TRACE_ID_AT, trace->id, TRACE_ID_SIZE - 1);
    trace->parent[TRACE_SPAN_AT - 1] = '-';
    trace_draw(trace->parent + TRACE_SPAN_AT, 8);
    memcpy(trace->parent + TRACE_FLAGS_AT - 1, sampled ? "-01" : "-00", sizeof("-00"));
}
