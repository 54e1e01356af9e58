/* GIOP written and read by hand. */
#include "server_wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ---- writing ---- */

void wire_begin(struct wire *wire, uint8_t type)
{
    const uint8_t header[] = {'G', 'I', 'O', 'P', 1, wire->minor, !wire->big, type, 0, 0, 0, 0};
    wire->begin = wire->bytes.size;
    buffer_append(&wire->bytes, header, sizeof(header));
}

static void put(const struct wire *wire, uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> (wire->big ? 24 - 8 * i : 8 * i));
}

void wire_end(struct wire *wire)
{
    uint8_t *header = (uint8_t *)wire->bytes.data + wire->begin;
    put(wire, header + 8, (uint32_t)(wire->bytes.size - wire->begin - 12));
}

void wire_align(struct wire *wire, size_t alignment)
{
    while ((wire->bytes.size - wire->begin) % alignment)
        wire_octet(wire, 0);
}

void wire_octet(struct wire *wire, uint8_t value)
{
    buffer_append(&wire->bytes, &value, 1);
}

void wire_ulong(struct wire *wire, uint32_t value)
{
    uint8_t bytes[4];
    wire_align(wire, 4);
    put(wire, bytes, value);
    buffer_append(&wire->bytes, bytes, sizeof(bytes));
}

void wire_octets(struct wire *wire, const void *bytes, size_t size)
{
    wire_ulong(wire, (uint32_t)size);
    buffer_append(&wire->bytes, bytes, size);
}

void wire_string(struct wire *wire, const char *text)
{
    wire_octets(wire, text, strlen(text) + 1);
}

struct context {
    uint32_t count, id;
    const void *data;
    size_t size;
};

static void put_context(struct wire *wire, const struct context *context)
{
    wire_ulong(wire, context->count);
    if (context->count) {
        wire_ulong(wire, context->id);
        wire_octets(wire, context->data, context->size);
    }
}

/* 1.0 and 1.1. */
static void put_old_head(struct wire *wire, uint32_t id, uint8_t flags, const char *key,
                         const char *operation, const struct context *context)
{
    put_context(wire, context);
    wire_ulong(wire, id);
    wire_octet(wire, flags != 0);
    for (int i = 0; i < 3 && wire->minor == 1; i++)
        wire_octet(wire, 0);
    wire_octets(wire, key, strlen(key));
    wire_string(wire, operation);
    wire_ulong(wire, 0); /* nobody is the principal */
}

static void put_head(struct wire *wire, uint32_t id, uint8_t flags, const char *key,
                     const char *operation, const struct context *context)
{
    wire_ulong(wire, id);
    wire_octet(wire, flags);
    for (int i = 0; i < 3; i++)
        wire_octet(wire, 0);
    wire_octet(wire, 0); /* KeyAddr, a short */
    wire_octet(wire, 0);
    wire_octets(wire, key, strlen(key));
    wire_string(wire, operation);
    put_context(wire, context);
}

static void request_of(struct wire *wire, uint32_t id, uint8_t flags, const char *key,
                       const char *operation, const struct context *context)
{
    wire_begin(wire, MESSAGE_REQUEST);
    if (wire->minor < 2)
        put_old_head(wire, id, flags, key, operation, context);
    else
        put_head(wire, id, flags, key, operation, context);
}

static void align_body(struct wire *wire)
{
    if (wire->minor >= 2)
        wire_align(wire, 8);
}

void wire_request(struct wire *wire, uint32_t id, uint8_t flags, const char *key,
                  const char *operation)
{
    request_of(wire, id, flags, key, operation, &(struct context){0});
    align_body(wire);
}

void wire_request_with(struct wire *wire, uint32_t id, uint8_t flags, const char *key,
                       const char *operation, uint32_t context, const void *data, size_t size)
{
    request_of(wire, id, flags, key, operation, &(struct context){1, context, data, size});
    align_body(wire);
}

void wire_call(struct wire *wire, uint32_t id, uint8_t flags, const char *key,
               const char *operation)
{
    request_of(wire, id, flags, key, operation, &(struct context){0});
    wire_end(wire);
}

void wire_call_text(struct wire *wire, uint32_t id, const char *key, const char *operation,
                    const char *text)
{
    wire_request(wire, id, 3, key, operation);
    wire_string(wire, text);
    wire_end(wire);
}

void wire_call_ulong(struct wire *wire, uint32_t id, const char *key, const char *operation,
                     uint32_t value)
{
    wire_request(wire, id, 3, key, operation);
    wire_ulong(wire, value);
    wire_end(wire);
}

void wire_locate(struct wire *wire, uint32_t id, const char *key)
{
    wire_begin(wire, MESSAGE_LOCATE);
    wire_ulong(wire, id);
    if (wire->minor >= 2) {
        wire_octet(wire, 0);
        wire_octet(wire, 0);
    }
    wire_octets(wire, key, strlen(key));
    wire_end(wire);
}

void wire_cancel(struct wire *wire, uint32_t id)
{
    wire_begin(wire, MESSAGE_CANCEL);
    wire_ulong(wire, id);
    wire_end(wire);
}

/* ---- reading ---- */

bool reading_begin(struct reading *reading, const void *bytes, size_t size)
{
    *reading = (struct reading){.data = bytes, .size = size, .at = 8};
    if (size < 12)
        return false;
    assert_memory_equal(bytes, "GIOP\1", 5);
    reading->minor = reading->data[5];
    reading->flags = reading->data[6];
    reading->type = reading->data[7];
    reading->size = 12 + (size_t)reading_ulong(reading);
    return reading->size <= size;
}

void reading_align(struct reading *reading, size_t alignment)
{
    reading->at = (reading->at + alignment - 1) / alignment * alignment;
}

uint8_t reading_octet(struct reading *reading)
{
    assert_true(reading->at < reading->size);
    return reading->data[reading->at++];
}

uint32_t reading_ulong(struct reading *reading)
{
    uint32_t value = 0;
    reading_align(reading, 4);
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)reading_octet(reading) << (reading->flags & 1 ? 8 * i : 24 - 8 * i);
    return value;
}

const char *reading_string(struct reading *reading)
{
    uint32_t size = reading_ulong(reading);
    const char *text = (const char *)reading->data + reading->at;
    assert_true(size > 0 && size <= reading->size - reading->at && text[size - 1] == '\0');
    reading->at += size;
    return text;
}

static void read_contexts(struct answer *answer)
{
    answer->context_count = reading_ulong(&answer->reading);
    for (uint32_t i = 0; i < answer->context_count; i++) {
        uint32_t id = reading_ulong(&answer->reading);
        uint32_t size = reading_ulong(&answer->reading);
        answer->reading.at += size;
        if (i == 0)
            answer->context_id = id;
    }
}

struct answer answer_of(const struct reading *reading)
{
    struct answer answer = {.reading = *reading};
    bool is_reply = reading->type == MESSAGE_REPLY;
    assert_true(is_reply || reading->type == MESSAGE_LOCATED);
    if (is_reply && reading->minor < 2)
        read_contexts(&answer);
    answer.id = reading_ulong(&answer.reading);
    answer.status = reading_ulong(&answer.reading);
    if (is_reply && reading->minor >= 2) {
        read_contexts(&answer);
        if (answer.reading.at < answer.reading.size)
            reading_align(&answer.reading, 8);
    }
    return answer;
}
