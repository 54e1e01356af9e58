/* Private: what the files of this room share about the bytes of a message. */
#ifndef GIOP_WIRE_H
#define GIOP_WIRE_H

#include "giop/message.h"

/* Offsets in the 12-byte header (CORBA 3.3, part 2, 9.4.1). */
enum { AT_MAJOR = 4, AT_MINOR = 5, AT_FLAGS = 6, AT_TYPE = 7, AT_SIZE = 8 };
enum { FLAG_LITTLE = 1, FLAG_MORE = 2 }; /* FLAG_MORE: 1.1 and up */

/* The GIOP header of a Fragment in 1.2 and the request id behind it. */
enum { FRAGMENT_HEADER_SIZE = GIOP_HEADER_SIZE + 4 };

/* The byte order that we write. */
enum { OUR_ORDER = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

/* 32 bits at any address, in the given byte order. */
static inline uint32_t wire_ulong(const uint8_t *at, bool little)
{
    uint32_t value;
    memcpy(&value, at, sizeof(value));
    return little == OUR_ORDER ? value : __builtin_bswap32(value);
}

static inline bool wire_more(const uint8_t *header)
{
    return header[AT_MINOR] > 0 && (header[AT_FLAGS] & FLAG_MORE);
}

/* A reader behind the byte order that an encapsulation's bytes begin with; MARSHAL without one. */
static inline struct cdr_reader encapsulation_reader(const void *data, size_t size,
                                                     const struct cdr_limits *limits)
{
    const uint8_t *bytes = data;
    struct cdr_reader r = cdr_reader_of(data, size, size > 0 && (bytes[0] & 1), limits);
    if (cdr_read_octet(&r) > 1)
        cdr_fail(&r, EXCEPTION_MARSHAL);
    return r;
}

/* A writer behind the header of a new message at the end of `out`. */
struct cdr_writer message_open(struct buffer *out, uint8_t minor, enum giop_type type);
/* The body begins here; `aligned`: on a multiple of 8, if it is not going to be empty. */
void message_body(struct cdr_writer *w, bool aligned);

/* A reader in front of a body; `aligned` as above. */
struct cdr_reader message_body_of(const struct cdr_reader *header, bool aligned);

/* Cuts the closed message at `origin` of `out` into fragments of at most `fragment_bytes`. */
void message_cut(struct buffer *out, size_t origin, size_t fragment_bytes);

/* IMP_LIMIT: there are more than are kept; the reader stands behind all of them even so, and goes
 * on to what tells whom to answer. A failure of the reader leaves no contexts. */
enum exception_kind contexts_read(struct cdr_reader *r, struct service_contexts *contexts);
void contexts_write(struct cdr_writer *w, const struct service_contexts *contexts); /* or NULL */

/* The request id, wherever this version has it; false: the bytes do not reach that far. */
bool message_id(const struct giop_message *message, uint32_t *id);

/* TargetAddress (9.4.2.1) of 1.2; the object key of 1.0 and 1.1. */
void address_read(struct cdr_reader *r, const uint8_t **key, size_t *key_size);
void address_write(struct cdr_writer *w, const struct giop_request_head *head);

#endif
