/* Putting messages together from their fragments (CORBA 3.3, part 2, 9.4.9).
 *
 * In 1.2 a Fragment names its request, so those of different messages may come in between each
 * other; in 1.1 it belongs to the one message that is unfinished, and where it began must be known
 * to whoever reads its values. Every byte that is kept here has come: the memory of a message at
 * most doubles when it is full. */
#include "base/memory.h"
#include "giop/stream_private.h"
#include "giop/wire.h"

#include <stdlib.h>

static struct giop_message message_of(const struct partial *partial)
{
    const uint8_t *data = (const uint8_t *)partial->bytes.data;
    return (struct giop_message){
        .type = (enum giop_type)data[AT_TYPE],
        .minor = partial->minor,
        .little = partial->little,
        .data = data,
        .size = partial->bytes.size,
        .fragments = (const size_t *)(const void *)partial->lengths.data,
        .fragment_count = partial->lengths.size / sizeof(size_t),
    };
}

static struct partial *find(struct giop_stream *stream, uint8_t minor, uint32_t id)
{
    for (size_t i = 0; i < stream->partial_count; i++) {
        struct partial *partial = &stream->partials[i];
        if (partial->minor == minor && (minor < 2 || partial->id == id))
            return partial;
    }
    return NULL;
}

/* Takes it off the list; what it holds is the caller's. */
static struct partial take_out(struct giop_stream *stream, struct partial *place)
{
    struct partial partial = *place;
    *place = stream->partials[--stream->partial_count];
    stream->partial_bytes -= partial.bytes.size + partial.lengths.size;
    return partial;
}

static void forget(struct giop_stream *stream, struct partial *place)
{
    struct partial partial = take_out(stream, place);
    stream_let_go(stream, &partial.bytes, 0);
    stream_let_go(stream, &partial.lengths, 0);
}

void partial_forget_all(struct giop_stream *stream)
{
    while (stream->partial_count > 0)
        forget(stream, &stream->partials[0]);
}

/* False: the memory of all connections is spent. */
static bool append(struct giop_stream *stream, struct buffer *to, const void *data, size_t size)
{
    size_t total = to->size + size;
    size_t doubled = to->capacity * 2;
    if (total > to->capacity && !stream_grow(stream, to, total > doubled ? total : doubled, 0))
        return false;
    buffer_append(to, data, size);
    stream->partial_bytes += size;
    return true;
}

/* NULL, or why a fragment's bytes cannot be taken. Lengths count as bytes: a peer that sends each
 * byte in a fragment of its own fills memory with them. */
static const char *take(struct giop_stream *stream, struct partial *partial, const uint8_t *data,
                        size_t size)
{
    size_t more = size + (partial->minor < 2 ? sizeof(size) : 0);
    if (size == 0)
        return NULL;
    if (partial->bytes.size + partial->lengths.size + more > stream->limits.message_bytes)
        return "a fragmented message beyond the limit on its size";
    if (stream->partial_bytes + more > stream->limits.reassembly_bytes)
        return "unfinished messages beyond the limit of a connection";
    if (!append(stream, &partial->bytes, data, size) ||
        (partial->minor < 2 && !append(stream, &partial->lengths, &size, sizeof(size))))
        return "unfinished messages beyond the limit of all connections";
    return NULL;
}

static struct partial *add(struct giop_stream *stream, const struct giop_message *first)
{
    if (!stream->partials)
        stream->partials = memory_new(stream->limits.partial_messages * sizeof(struct partial));
    struct partial *partial = &stream->partials[stream->partial_count++];
    *partial =
        (struct partial){.minor = first->minor, .little = first->little, .frame = stream->frames};
    return partial;
}

bool partial_begin(struct giop_stream *stream, const struct giop_message *first,
                   const char **reason)
{
    uint32_t id = 0;
    if (first->minor >= 2 && !message_id(first, &id))
        *reason = "a first fragment without its request id";
    else if (first->minor >= 2 && first->size % 8 != 0)
        *reason = "a fragment whose length is no multiple of 8";
    else if (find(stream, first->minor, id))
        *reason = "a message begins anew before its last fragment";
    else if (stream->partial_count >= stream->limits.partial_messages)
        *reason = "more unfinished messages than the limit";
    if (*reason)
        return false;
    struct partial *partial = add(stream, first);
    partial->id = id;
    *reason = take(stream, partial, first->data, first->size);
    return !*reason;
}

/* The header says what the message is now: whole, and of this size. */
static struct giop_message finish(struct giop_stream *stream, struct partial *place)
{
    struct partial partial = take_out(stream, place);
    uint8_t *header = (uint8_t *)partial.bytes.data;
    uint32_t size = (uint32_t)(partial.bytes.size - GIOP_HEADER_SIZE);
    if (partial.little != OUR_ORDER)
        size = __builtin_bswap32(size);
    header[AT_FLAGS] &= (uint8_t)~FLAG_MORE;
    memcpy(header + AT_SIZE, &size, sizeof(size));
    stream->whole = partial.bytes;
    stream->seams = partial.lengths;
    return message_of(&partial);
}

bool partial_continue(struct giop_stream *stream, const struct giop_message *fragment,
                      bool *finished, struct giop_message *message, const char **reason)
{
    size_t begin = fragment->minor < 2 ? GIOP_HEADER_SIZE : FRAGMENT_HEADER_SIZE;
    uint32_t id = 0;
    bool more = wire_more(fragment->data);
    *finished = false;
    if (fragment->size < begin) {
        *reason = "a fragment without its request id";
        return false;
    }
    if (fragment->minor >= 2)
        id = wire_ulong(fragment->data + GIOP_HEADER_SIZE, fragment->little);
    struct partial *partial = find(stream, fragment->minor, id);
    if (!partial) /* of a request that was cancelled, maybe */
        return true;
    if (fragment->little != partial->little)
        *reason = "a fragment in another byte order than its message";
    else if (fragment->minor >= 2 && more && fragment->size % 8 != 0)
        *reason = "a fragment whose length is no multiple of 8";
    else
        *reason = take(stream, partial, fragment->data + begin, fragment->size - begin);
    if (*reason)
        return false;
    *finished = !more;
    if (*finished)
        *message = finish(stream, partial);
    return true;
}

/* Only what a client sends can be cancelled. In 1.1 the id is where the header has it, if that much
 * of the header has come. */
static bool is_cancelled(const struct partial *partial, uint32_t id)
{
    uint32_t its_id;
    struct giop_message begun = message_of(partial);
    if (begun.type != GIOP_REQUEST && begun.type != GIOP_LOCATE_REQUEST)
        return false;
    return message_id(&begun, &its_id) && its_id == id;
}

void partial_cancel(struct giop_stream *stream, const struct giop_message *cancel)
{
    uint32_t id;
    if (!giop_read_cancel(cancel, &id))
        return;
    for (size_t i = 0; i < stream->partial_count; i++) {
        if (is_cancelled(&stream->partials[i], id)) {
            forget(stream, &stream->partials[i]);
            return;
        }
    }
}
