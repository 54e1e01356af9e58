/* GIOP written and read by hand, byte by byte and in either byte order: what a test says to a
 * server without the code that the server itself is made of. */
#ifndef TEST_IIOP_WIRE_H
#define TEST_IIOP_WIRE_H

#include "base/buffer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MESSAGE_REQUEST, MESSAGE_REPLY, MESSAGE_CANCEL, MESSAGE_LOCATE, MESSAGE_LOCATED };
enum { MESSAGE_CLOSE = 5, MESSAGE_BROKEN = 6, MESSAGE_FRAGMENT = 7 };

/* Bytes under way; zeroed but for how they are to be written. */
struct wire {
    struct buffer bytes;
    size_t begin; /* of the message that is open */
    uint8_t minor;
    bool big;
};

void wire_begin(struct wire *wire, uint8_t type);
void wire_end(struct wire *wire); /* fills in the size */
void wire_align(struct wire *wire, size_t alignment);
void wire_octet(struct wire *wire, uint8_t value);
void wire_ulong(struct wire *wire, uint32_t value);
void wire_octets(struct wire *wire, const void *bytes, size_t size); /* with their length */
void wire_string(struct wire *wire, const char *text);               /* with length and NUL */

/* A Request's header up to where its body begins, aligned; wire_end closes it. `flags`: of 1.2; in
 * 1.0 and 1.1 anything but 0 wants a reply. No contexts. */
void wire_request(struct wire *wire, uint32_t id, uint8_t flags, const char *key,
                  const char *operation);
/* The same with a context. */
void wire_request_with(struct wire *wire, uint32_t id, uint8_t flags, const char *key,
                       const char *operation, uint32_t context, const void *data, size_t size);
/* A whole one without arguments, or with one string. */
void wire_call(struct wire *wire, uint32_t id, uint8_t flags, const char *key,
               const char *operation);
void wire_call_text(struct wire *wire, uint32_t id, const char *key, const char *operation,
                    const char *text);
void wire_call_ulong(struct wire *wire, uint32_t id, const char *key, const char *operation,
                     uint32_t value);
void wire_locate(struct wire *wire, uint32_t id, const char *key);
void wire_cancel(struct wire *wire, uint32_t id);

/* One message that came, and a place in it. */
struct reading {
    const uint8_t *data; /* from the header on */
    size_t size;
    size_t at;
    uint8_t minor, type, flags;
};

/* False: not a whole message. Fails when it is no GIOP. */
bool reading_begin(struct reading *reading, const void *bytes, size_t size);
uint8_t reading_octet(struct reading *reading);
uint32_t reading_ulong(struct reading *reading);
const char *reading_string(struct reading *reading); /* where it stands; terminated there */
void reading_align(struct reading *reading, size_t alignment);

/* What a Reply says, its body's begin being the place in `reading` from then on. */
struct answer {
    struct reading reading;
    uint32_t id, status;
    uint32_t context_count;
    uint32_t context_id; /* of the first */
};
/* Fails for anything but a Reply or LocateReply. */
struct answer answer_of(const struct reading *reading);

#endif
