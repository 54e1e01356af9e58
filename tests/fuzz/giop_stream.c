/* Bytes into a stream, in pieces of changing size; what comes out is read by its type. Whatever
 * they are: messages lie where they say, limits hold, and the common budget is back at 0 at the
 * end.
 *
 * The first byte seeds the sizes of the pieces. */
#include "giop/stream.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_LIMIT = 20000, REASSEMBLY_LIMIT = 30000, BUDGET = 60000 };

static void require(bool promise)
{
    if (!promise)
        abort();
}

/* Every byte that a reader can reach, through as many fragments as there are. */
static void read_on(struct cdr_reader *r)
{
    size_t left = cdr_left(r);
    while (left > 0 && cdr_ok(r)) {
        (void)cdr_take(r, (left & 7) + 1 < left ? (left & 7) + 1 : left, 1);
        require(!cdr_ok(r) || cdr_left(r) < left);
        left = cdr_left(r);
        if (left % 3 == 0)
            (void)cdr_read_ulonglong(r);
        left = cdr_left(r);
    }
}

static void read_message(const struct giop_message *message)
{
    struct cdr_limits limits = cdr_limits_default();
    struct giop_request request;
    struct giop_reply reply;
    struct giop_locate_request asked;
    struct giop_locate_reply located;
    uint32_t id;
    if (message->type == GIOP_REQUEST &&
        giop_read_request(message, &limits, &request) == EXCEPTION_NONE)
        read_on(&request.body);
    if (message->type == GIOP_REPLY && giop_read_reply(message, &limits, &reply) == EXCEPTION_NONE)
        read_on(&reply.body);
    if (message->type == GIOP_LOCATE_REQUEST)
        (void)giop_read_locate_request(message, &limits, &asked);
    if (message->type == GIOP_LOCATE_REPLY &&
        giop_read_locate_reply(message, &limits, &located) == EXCEPTION_NONE)
        read_on(&located.body);
    if (message->type == GIOP_CANCEL_REQUEST)
        (void)giop_read_cancel(message, &id);
}

static enum giop_next drain(struct giop_stream *stream)
{
    struct giop_message message;
    struct fault fault;
    enum giop_next next = giop_stream_next(stream, &message, &fault);
    while (next == GIOP_MESSAGE) {
        require(message.size >= GIOP_HEADER_SIZE && message.size <= MESSAGE_LIMIT);
        require(memcmp(message.data, "GIOP", 4) == 0 && message.type != GIOP_FRAGMENT);
        read_message(&message);
        next = giop_stream_next(stream, &message, &fault);
    }
    return next;
}

static void feed(struct giop_stream *stream, const uint8_t *data, size_t size, uint32_t seed)
{
    while (size > 0 && drain(stream) == GIOP_WAIT) {
        size_t space;
        uint8_t *to = giop_stream_space(stream, &space);
        if (!to)
            break;
        seed = seed * 1664525 + 1013904223;
        size_t piece = 1 + (seed >> 16) % (seed & 0x8000 ? 4000 : 30);
        piece = piece < space ? piece : space;
        piece = piece < size ? piece : size;
        memcpy(to, data, piece);
        giop_stream_filled(stream, piece);
        data += piece;
        size -= piece;
    }
    (void)drain(stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct giop_stream_limits limits = {MESSAGE_LIMIT, REASSEMBLY_LIMIT, 4};
    struct giop_budget budget = {.limit = BUDGET};
    struct giop_stream *stream = giop_stream_new(&limits, &budget);
    if (size > 0)
        feed(stream, data + 1, size - 1, data[0]);
    require(budget.used <= budget.limit);
    (void)giop_stream_waiting(stream);
    giop_stream_rest(stream);
    giop_stream_free(&stream);
    require(budget.used == 0);
    return 0;
}
