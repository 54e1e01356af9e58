/* The frames in a connection's bytes, and the memory that they are received into.
 *
 * What has come stands in one run of bytes, from `begin` to its end. A message is handed over by
 * moving `begin` behind it; its bytes stay until the next call for space, which starts over at the
 * front when everything is consumed, as it mostly is. Only the beginning of a message that has not
 * come in whole is ever moved, and the run grows only when it is full. */
#include "giop/stream.h"

#include "base/memory.h"
#include "giop/stream_private.h"
#include "giop/wire.h"

#include <stdlib.h>

enum {
    SPACE_LEAST = 1024, /* less than this is not worth a receive */
    KEPT_CAPACITY = 65536,
};

struct giop_stream_limits giop_stream_limits_default(void)
{
    return (struct giop_stream_limits){
        .message_bytes = 4 << 20,
        .reassembly_bytes = 8 << 20,
        .partial_messages = 16,
    };
}

struct giop_stream *giop_stream_new(const struct giop_stream_limits *limits,
                                    struct giop_budget *budget)
{
    struct giop_stream *stream = memory_new(sizeof(*stream));
    stream->limits = *limits;
    stream->budget = budget;
    stream->end = GIOP_WAIT;
    return stream;
}

void giop_stream_free(struct giop_stream **stream)
{
    struct giop_stream *s = *stream;
    *stream = NULL;
    if (!s)
        return;
    partial_forget_all(s);
    free(s->partials);
    stream_let_go_whole(s);
    stream_let_go(s, &s->input, STREAM_FREE_BYTES);
    free(s);
}

/* ---- memory ---- */

static size_t counted(size_t capacity, size_t uncounted)
{
    return capacity > uncounted ? capacity - uncounted : 0;
}

bool stream_grow(struct giop_stream *stream, struct buffer *held, size_t capacity, size_t uncounted)
{
    struct giop_budget *budget = stream->budget;
    if (capacity <= held->capacity)
        return true;
    size_t more = counted(capacity, uncounted) - counted(held->capacity, uncounted);
    if (more > 0 && (budget->used > budget->limit || more > budget->limit - budget->used))
        return false;
    held->data = memory_resize(held->data, capacity);
    held->capacity = capacity;
    budget->used += more;
    return true;
}

void stream_let_go(struct giop_stream *stream, struct buffer *held, size_t uncounted)
{
    if (!held->data)
        return;
    stream->budget->used -= counted(held->capacity, uncounted);
    buffer_release(held);
}

void stream_let_go_whole(struct giop_stream *stream)
{
    stream_let_go(stream, &stream->whole, 0);
    stream_let_go(stream, &stream->seams, 0);
}

static size_t held_input(const struct giop_stream *stream)
{
    return stream->input.size - stream->begin;
}

static const uint8_t *next_bytes(const struct giop_stream *stream)
{
    return (const uint8_t *)stream->input.data + stream->begin;
}

/* How many bytes the message that has begun still lacks, as far as can be told; at least 1. */
static size_t missing(const struct giop_stream *stream)
{
    size_t held = held_input(stream);
    if (held < GIOP_HEADER_SIZE)
        return GIOP_HEADER_SIZE - held;
    const uint8_t *header = next_bytes(stream);
    size_t total =
        (size_t)GIOP_HEADER_SIZE + wire_ulong(header + AT_SIZE, header[AT_FLAGS] & FLAG_LITTLE);
    return total > held ? total - held : 1;
}

static void move_to_front(struct giop_stream *stream)
{
    size_t held = held_input(stream);
    char *front = stream->input.data;
    if (front && stream->begin > 0)
        memmove(front, front + stream->begin, held);
    stream->begin = 0;
    stream->input.size = held;
}

/* Doubles, but for a message whose size is known takes no more than that: it is within the limit,
 * or giop_stream_next would have refused it. */
static bool grow_input(struct giop_stream *stream, size_t lacking)
{
    struct buffer *input = &stream->input;
    size_t needed = input->size + (lacking > SPACE_LEAST ? lacking : SPACE_LEAST);
    size_t doubled = input->capacity * 2;
    return stream_grow(stream, input, needed < doubled ? needed : doubled, STREAM_FREE_BYTES);
}

uint8_t *giop_stream_space(struct giop_stream *stream, size_t *size)
{
    struct buffer *input = &stream->input;
    size_t lacking = missing(stream);
    size_t wanted = lacking < SPACE_LEAST ? lacking : SPACE_LEAST;
    stream_let_go_whole(stream);
    if (!input->data && !stream_grow(stream, input, STREAM_FREE_BYTES, STREAM_FREE_BYTES))
        return NULL;
    if (input->capacity - input->size < SPACE_LEAST && stream->begin >= held_input(stream))
        move_to_front(stream);
    if (input->capacity - input->size < wanted)
        move_to_front(stream);
    if (input->capacity - input->size < wanted && !grow_input(stream, lacking))
        return NULL;
    *size = input->capacity - input->size;
    return (uint8_t *)input->data + input->size;
}

void giop_stream_filled(struct giop_stream *stream, size_t size)
{
    stream->input.size += size;
}

void giop_stream_rest(struct giop_stream *stream)
{
    stream_let_go_whole(stream);
    if (held_input(stream) > 0)
        return;
    stream_let_go(stream, &stream->input, STREAM_FREE_BYTES);
    stream->begin = 0;
}

bool giop_stream_waiting(const struct giop_stream *stream)
{
    return held_input(stream) > 0 || stream->partial_count > 0;
}

uint64_t giop_stream_oldest(const struct giop_stream *stream)
{
    uint64_t oldest = held_input(stream) > 0 ? stream->frames + 1 : 0;
    for (size_t i = 0; i < stream->partial_count; i++)
        if (oldest == 0 || stream->partials[i].frame < oldest)
            oldest = stream->partials[i].frame;
    return oldest;
}

/* ---- frames ---- */

static enum giop_next end_with(struct giop_stream *stream, enum giop_next end, struct fault *fault,
                               const char *reason)
{
    stream->end = end;
    partial_forget_all(stream);
    (void)fault_set(fault, STATUS_INVALID, NULL, "%s", reason);
    return end;
}

/* Whether what has come so far can still become "GIOP". */
static bool is_magic(const uint8_t *bytes, size_t size)
{
    return memcmp(bytes, "GIOP", size < 4 ? size : 4) == 0;
}

static bool may_have_fragments(uint8_t minor, uint8_t type)
{
    switch (type) {
    case GIOP_REQUEST:
    case GIOP_REPLY: return minor >= 1;
    case GIOP_LOCATE_REQUEST:
    case GIOP_LOCATE_REPLY: return minor >= 2;
    case GIOP_FRAGMENT: return true;
    default: return false;
    }
}

/* What is wrong with a header of 12 bytes; NULL: nothing. */
static const char *header_fault(const uint8_t *header, size_t total, size_t limit)
{
    uint8_t minor = header[AT_MINOR];
    if (header[AT_MAJOR] != 1 || minor > 2)
        return "a version of GIOP that is not spoken here";
    if (header[AT_TYPE] > GIOP_FRAGMENT || (minor == 0 && header[AT_TYPE] == GIOP_FRAGMENT))
        return "a type of message that its version of GIOP does not have";
    if (minor == 0 && header[AT_FLAGS] > 1)
        return "a byte order that is none";
    if (wire_more(header) && !may_have_fragments(minor, header[AT_TYPE]))
        return "fragments of a message that cannot have any";
    if (total > limit)
        return "a message beyond the limit on its size";
    return NULL;
}

/* The frame at `begin`, when all of it is there. */
static enum giop_next read_frame(struct giop_stream *stream, struct giop_message *message,
                                 struct fault *fault)
{
    size_t held = held_input(stream);
    if (held == 0)
        return GIOP_WAIT;
    const uint8_t *header = next_bytes(stream);
    if (!is_magic(header, held))
        return end_with(stream, GIOP_DROPPED, fault, "what came is no GIOP");
    if (held < GIOP_HEADER_SIZE)
        return GIOP_WAIT;
    bool little = header[AT_FLAGS] & FLAG_LITTLE;
    size_t total = (size_t)GIOP_HEADER_SIZE + wire_ulong(header + AT_SIZE, little);
    const char *wrong = header_fault(header, total, stream->limits.message_bytes);
    if (wrong)
        return end_with(stream, GIOP_BROKEN, fault, wrong);
    if (held < total)
        return GIOP_WAIT;
    *message = (struct giop_message){
        .type = (enum giop_type)header[AT_TYPE],
        .minor = header[AT_MINOR],
        .little = little,
        .data = header,
        .size = total,
    };
    stream->begin += total;
    stream->frames++;
    return GIOP_MESSAGE;
}

/* Nothing is lent any more and nothing waits: a big message's memory need not stay. */
static void trim(struct giop_stream *stream)
{
    if (held_input(stream) == 0 && stream->input.capacity > KEPT_CAPACITY)
        giop_stream_rest(stream);
}

/* A frame that is not a message by itself. GIOP_WAIT: on to the next. */
static enum giop_next take_fragment(struct giop_stream *stream, struct giop_message *message,
                                    struct fault *fault)
{
    const char *reason = NULL;
    bool finished = false;
    const struct giop_message frame = *message;
    bool taken = frame.type == GIOP_FRAGMENT
                     ? partial_continue(stream, &frame, &finished, message, &reason)
                     : partial_begin(stream, &frame, &reason);
    if (!taken)
        return end_with(stream, GIOP_BROKEN, fault, reason);
    return finished ? GIOP_MESSAGE : GIOP_WAIT;
}

enum giop_next giop_stream_next(struct giop_stream *stream, struct giop_message *message,
                                struct fault *fault)
{
    if (stream->end != GIOP_WAIT)
        return end_with(stream, stream->end, fault, "the stream has ended");
    stream_let_go_whole(stream);
    for (;;) {
        enum giop_next next = read_frame(stream, message, fault);
        if (next != GIOP_MESSAGE) {
            trim(stream);
            return next;
        }
        if (message->type == GIOP_FRAGMENT || wire_more(message->data)) {
            next = take_fragment(stream, message, fault);
            if (next != GIOP_WAIT)
                return next;
            continue;
        }
        if (message->type == GIOP_CANCEL_REQUEST)
            partial_cancel(stream, message);
        return GIOP_MESSAGE;
    }
}
