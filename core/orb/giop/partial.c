/* Putting messages together from their fragments (CORBA 3.3, part 2, 9.4.9).
 *
 * In 1.2 a Fragment names its request, so those of different messages may come in between each
 * other; in 1.1 it belongs to the one message that is unfinished. Every byte that is kept here has
 * come: the memory of a message at most doubles when it is full. */
#include "base/memory.h"
#include "giop/stream_private.h"
#include "giop/wire.h"

#include <stdlib.h>

static struct giop_message message_of(const struct buffer *bytes, const struct partial *partial)
{
    const uint8_t *data = (const uint8_t *)bytes->data;
    return (struct giop_message){
        .type = (enum giop_type)data[AT_TYPE],
        .minor = partial->minor,
        .little = partial->little,
        .data = data,
        .size = bytes->size,
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

/* Takes it off the list; its bytes are the caller's. */
static struct buffer take_out(struct giop_stream *stream, struct partial *partial)
{
    struct buffer bytes = partial->bytes;
    *partial = stream->partials[--stream->partial_count];
    stream->partial_bytes -= bytes.size;
    return bytes;
}

static void forget(struct giop_stream *stream, struct partial *partial)
{
    struct buffer bytes = take_out(stream, partial);
    stream_let_go(stream, &bytes, 0);
}

void partial_forget_all(struct giop_stream *stream)
{
    while (stream->partial_count > 0)
        forget(stream, &stream->partials[0]);
}

static const char *append(struct giop_stream *stream, struct partial *partial, const uint8_t *data,
                          size_t size)
{
    struct buffer *bytes = &partial->bytes;
    size_t total = bytes->size + size;
    if (total > stream->limits.message_bytes)
        return "a fragmented message beyond the limit on its size";
    if (stream->partial_bytes + size > stream->limits.reassembly_bytes)
        return "unfinished messages beyond the limit of a connection";
    size_t capacity = total > bytes->capacity * 2 ? total : bytes->capacity * 2;
    if (total > bytes->capacity && !stream_grow(stream, bytes, capacity, 0))
        return "unfinished messages beyond the limit of all connections";
    buffer_append(bytes, data, size);
    stream->partial_bytes += size;
    return NULL;
}

static struct partial *add(struct giop_stream *stream, const struct giop_message *first)
{
    if (!stream->partials)
        stream->partials = memory_new(stream->limits.partial_messages * sizeof(struct partial));
    struct partial *partial = &stream->partials[stream->partial_count++];
    *partial = (struct partial){.minor = first->minor, .little = first->little};
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
    *reason = append(stream, partial, first->data, first->size);
    return !*reason;
}

/* The header says what the message is now: whole, and of this size. */
static void finish(struct giop_stream *stream, struct partial *partial,
                   struct giop_message *message)
{
    struct partial finished = *partial;
    stream->whole = take_out(stream, partial);
    uint8_t *header = (uint8_t *)stream->whole.data;
    uint32_t size = (uint32_t)(stream->whole.size - GIOP_HEADER_SIZE);
    if (finished.little != OUR_ORDER)
        size = __builtin_bswap32(size);
    header[AT_FLAGS] &= (uint8_t)~FLAG_MORE;
    memcpy(header + AT_SIZE, &size, sizeof(size));
    *message = message_of(&stream->whole, &finished);
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
        *reason = append(stream, partial, fragment->data + begin, fragment->size - begin);
    if (*reason)
        return false;
    *finished = !more;
    if (*finished)
        finish(stream, partial, message);
    return true;
}

/* Only what a client sends can be cancelled. In 1.1 the id is where the header has it, if that much
 * of the header has come. */
static bool is_cancelled(const struct partial *partial, uint32_t id)
{
    uint32_t its_id;
    struct giop_message begun = message_of(&partial->bytes, partial);
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
