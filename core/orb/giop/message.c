/* The frame of a message: its 12-byte header, where its body begins, how it is closed. */
#include "giop/message.h"

#include "giop/wire.h"

/* ---- reading ---- */

struct cdr_reader giop_message_reader(const struct giop_message *message,
                                      const struct cdr_limits *limits)
{
    struct cdr_reader r = cdr_reader_of(message->data, message->size, message->little, limits);
    r.minor = message->minor;
    if (message->fragment_count > 1) {
        r.size = message->fragments[0];
        r.behind = message->size - r.size;
        r.fragments = message->fragments + 1;
    }
    r.position = r.size < GIOP_HEADER_SIZE ? r.size : GIOP_HEADER_SIZE;
    return r;
}

struct cdr_reader message_body_of(const struct cdr_reader *header, bool aligned)
{
    struct cdr_reader body = *header;
    if (!aligned)
        return body;
    body.position = (body.position + 7) & ~(size_t)7;
    /* Less than the padding is left: some pad in front of an empty body. */
    if (body.position > body.size)
        body.position = body.size;
    return body;
}

bool message_id(const struct giop_message *message, uint32_t *id)
{
    struct cdr_limits limits = cdr_limits_default();
    struct service_contexts contexts;
    struct cdr_reader r = giop_message_reader(message, &limits);
    /* Too many contexts are passed over; they are no reason not to know the id. */
    if (message->minor < 2 && (message->type == GIOP_REQUEST || message->type == GIOP_REPLY))
        (void)contexts_read(&r, &contexts);
    *id = cdr_read_ulong(&r);
    return cdr_ok(&r);
}

bool giop_read_cancel(const struct giop_message *message, uint32_t *id)
{
    return message_id(message, id);
}

/* ---- writing ---- */

struct cdr_writer message_open(struct buffer *out, uint8_t minor, enum giop_type type)
{
    const uint8_t header[GIOP_HEADER_SIZE] = {
        'G', 'I', 'O', 'P', 1, minor, OUR_ORDER ? FLAG_LITTLE : 0, (uint8_t)type,
    };
    struct cdr_writer w = {.out = out, .origin = out->size, .minor = minor};
    buffer_append(out, header, sizeof(header));
    return w;
}

/* Until a message is closed, the place of its size holds where its body begins, and in the lowest
 * three bits how much padding is in front of it. */
void message_body(struct cdr_writer *w, bool aligned)
{
    uint32_t end = (uint32_t)(w->out->size - w->origin);
    uint32_t gap = aligned ? -end & 7U : 0;
    uint32_t note = (end + gap) << 3 | gap;
    memcpy(w->out->data + w->origin + AT_SIZE, &note, sizeof(note));
    if (aligned)
        cdr_align(w, 8);
}

/* Takes padding back that turned out to be in front of nothing. */
static void take_padding_back(struct cdr_writer *w)
{
    uint32_t note;
    memcpy(&note, w->out->data + w->origin + AT_SIZE, sizeof(note));
    if (w->out->size - w->origin == note >> 3)
        w->out->size -= note & 7;
}

void giop_close(struct cdr_writer *w, size_t fragment_bytes)
{
    take_padding_back(w);
    size_t total = w->out->size - w->origin;
    uint32_t size = (uint32_t)(total - GIOP_HEADER_SIZE);
    memcpy(w->out->data + w->origin + AT_SIZE, &size, sizeof(size));
    if (fragment_bytes && total > fragment_bytes)
        message_cut(w->out, w->origin, fragment_bytes);
}

void giop_abandon(struct cdr_writer *w)
{
    w->out->size = w->origin;
}

void giop_write_bare(struct buffer *out, uint8_t minor, enum giop_type type)
{
    (void)message_open(out, minor, type); /* a size of 0 is what stands there already */
}

void giop_write_cancel(struct buffer *out, uint8_t minor, uint32_t id)
{
    struct cdr_writer w = message_open(out, minor, GIOP_CANCEL_REQUEST);
    cdr_write_ulong(&w, id);
    message_body(&w, false);
    giop_close(&w, 0);
}
