/* Cutting a message into fragments (CORBA 3.3, part 2, 9.4.9), in the buffer that it stands in. */
#include "giop/wire.h"

/* Each fragment but the last has a length that is a multiple of 8, so that no value's alignment
 * changes; and the first holds the whole of any header's fixed part. */
enum { FRAGMENT_LEAST = 64 };

/* 1.0 has no fragments. In 1.1 a value is aligned from the begin of the fragment that it is in, 4
 * beside the whole message's alignment by 8, and no value may be cut: bytes that are marshalled
 * already cannot be cut so. It is the sender's choice, and ours is not to. */
static bool can_be_cut(const uint8_t *header)
{
    return header[AT_MINOR] >= 2 && header[AT_TYPE] != GIOP_CANCEL_REQUEST &&
           header[AT_TYPE] <= GIOP_LOCATE_REPLY;
}

static void set_header(uint8_t *header, enum giop_type type, size_t total, bool more)
{
    uint32_t size = (uint32_t)(total - GIOP_HEADER_SIZE);
    header[AT_TYPE] = (uint8_t)type;
    header[AT_FLAGS] = (uint8_t)((header[AT_FLAGS] & ~FLAG_MORE) | (more ? FLAG_MORE : 0));
    memcpy(header + AT_SIZE, &size, sizeof(size));
}

void message_cut(struct buffer *out, size_t origin, size_t fragment_bytes)
{
    size_t most = fragment_bytes < FRAGMENT_LEAST ? FRAGMENT_LEAST : fragment_bytes & ~(size_t)7;
    size_t total = out->size - origin;
    if (total <= most || !can_be_cut((const uint8_t *)out->data + origin))
        return;
    size_t piece = most - FRAGMENT_HEADER_SIZE; /* of the message, in each Fragment */
    size_t count = (total - most + piece - 1) / piece;
    (void)buffer_reserve(out, count * FRAGMENT_HEADER_SIZE);
    uint8_t *message = (uint8_t *)out->data + origin;
    uint8_t head[FRAGMENT_HEADER_SIZE]; /* of 1.2: the request id follows the GIOP header */
    memcpy(head, message, sizeof(head));
    /* From the last one back, so that nothing is written over that has not moved yet. */
    for (size_t i = count; i-- > 0;) {
        size_t from = most + i * piece;
        size_t length = total - from < piece ? total - from : piece;
        uint8_t *to = message + most + i * most;
        memmove(to + FRAGMENT_HEADER_SIZE, message + from, length);
        set_header(head, GIOP_FRAGMENT, FRAGMENT_HEADER_SIZE + length, i + 1 < count);
        memcpy(to, head, sizeof(head));
    }
    set_header(message, (enum giop_type)message[AT_TYPE], most, true);
    out->size += count * FRAGMENT_HEADER_SIZE;
}
