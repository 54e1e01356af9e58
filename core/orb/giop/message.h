/* GIOP messages (CORBA 3.3, part 2, 9.4): headers of 1.0, 1.1 and 1.2, in and out. No sockets. */
#ifndef GIOP_MESSAGE_H
#define GIOP_MESSAGE_H

#include "cdr/cdr.h"
#include "giop/reference.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GIOP_HEADER_SIZE = 12 };

enum giop_type {
    GIOP_REQUEST = 0,
    GIOP_REPLY = 1,
    GIOP_CANCEL_REQUEST = 2,
    GIOP_LOCATE_REQUEST = 3,
    GIOP_LOCATE_REPLY = 4,
    GIOP_CLOSE_CONNECTION = 5,
    GIOP_MESSAGE_ERROR = 6,
    GIOP_FRAGMENT = 7, /* 1.1 and up */
};

/* One complete message, put together from its fragments. */
struct giop_message {
    enum giop_type type;
    uint8_t minor;       /* GIOP 1.minor */
    bool little;         /* its byte order */
    const uint8_t *data; /* from its 12-byte header on: alignment counts from here */
    size_t size;         /* of all */
    /* Of a message that came in fragments of 1.1: how many bytes each of them has, the first one
     * with its header, the others without. A reader needs to know (cdr.h); else NULL and 0. */
    const size_t *fragments;
    size_t fragment_count;
};

/* A reader that stands behind the 12-byte header. */
struct cdr_reader giop_message_reader(const struct giop_message *message,
                                      const struct cdr_limits *limits);

/* ---- service contexts ---- */

enum {
    CONTEXT_CODE_SETS = 1,
    /* Ours, "ORD" and 1: an encapsulation with one string, a W3C traceparent. */
    CONTEXT_TRACEPARENT = 0x4f524401,
};

struct service_context {
    uint32_t id;
    const uint8_t *data; /* an encapsulation, mostly: its first octet is its byte order */
    size_t size;
};

/* More of them in a message, or more than limits->contexts, is IMP_LIMIT: it is refused, they are
 * not dropped. */
enum { GIOP_CONTEXTS_LIMIT = 32 };

struct service_contexts {
    struct service_context list[GIOP_CONTEXTS_LIMIT];
    size_t count;
};
/* NULL: there is none of this id. */
const struct service_context *giop_context_find(const struct service_contexts *contexts,
                                                uint32_t id);
/* The code sets that a CodeSets context names (7.10.2.5); false: it is no good. */
bool giop_context_codesets(const struct service_context *context, uint32_t *char_set,
                           uint32_t *wchar_set);
/* The context's bytes for them, appended to `out`. */
void giop_codesets_context(struct buffer *out, uint32_t char_set, uint32_t wchar_set);
/* Likewise for a string in an encapsulation (CONTEXT_TRACEPARENT). Lent from the context; NULL: it
 * is no good. */
const char *giop_context_text(const struct service_context *context, size_t *length);
void giop_text_context(struct buffer *out, const char *text, size_t length);

/* ---- requests and replies ---- */

enum giop_response { /* response_flags of 1.2; 1.0 and 1.1 know only none and target */
                     GIOP_RESPONSE_NONE = 0,
                     GIOP_RESPONSE_SERVER = 1,
                     GIOP_RESPONSE_TARGET = 3,
};

enum giop_reply_status {
    GIOP_NO_EXCEPTION = 0,
    GIOP_USER_EXCEPTION = 1,
    GIOP_SYSTEM_EXCEPTION = 2,
    GIOP_LOCATION_FORWARD = 3,
    GIOP_LOCATION_FORWARD_PERM = 4,
    GIOP_NEEDS_ADDRESSING_MODE = 5,
};

enum giop_locate_status {
    GIOP_UNKNOWN_OBJECT = 0,
    GIOP_OBJECT_HERE = 1,
    GIOP_OBJECT_FORWARD = 2,
    GIOP_OBJECT_FORWARD_PERM = 3,
    GIOP_LOC_SYSTEM_EXCEPTION = 4,
    GIOP_LOC_NEEDS_ADDRESSING_MODE = 5,
};

enum giop_address { GIOP_KEY_ADDR = 0, GIOP_PROFILE_ADDR = 1, GIOP_REFERENCE_ADDR = 2 };

/* All texts and bytes are lent from the message. */
struct giop_request {
    uint32_t id;
    enum giop_response response;
    const uint8_t *key; /* the object key, from whichever of the three addresses came */
    size_t key_size;
    const char *operation; /* not terminated */
    size_t operation_length;
    struct service_contexts contexts;
    struct cdr_reader body; /* aligned; empty when there is none */
};

struct giop_reply {
    uint32_t id;
    uint32_t status; /* enum giop_reply_status, checked */
    struct service_contexts contexts;
    struct cdr_reader body;
};

struct giop_locate_request {
    uint32_t id;
    const uint8_t *key;
    size_t key_size;
};

struct giop_locate_reply {
    uint32_t id;
    uint32_t status;
    struct cdr_reader body;
};

/* EXCEPTION_NONE, or what is wrong: MARSHAL, IMP_LIMIT, and INV_OBJREF for an address that holds no
 * IIOP profile. `id` and `response` are good whenever the header got that far, and 0 else. The body
 * has no code sets yet. */
enum exception_kind giop_read_request(const struct giop_message *message,
                                      const struct cdr_limits *limits,
                                      struct giop_request *request);
enum exception_kind giop_read_reply(const struct giop_message *message,
                                    const struct cdr_limits *limits, struct giop_reply *reply);
enum exception_kind giop_read_locate_request(const struct giop_message *message,
                                             const struct cdr_limits *limits,
                                             struct giop_locate_request *request);
enum exception_kind giop_read_locate_reply(const struct giop_message *message,
                                           const struct cdr_limits *limits,
                                           struct giop_locate_reply *reply);
/* The id in a CancelRequest; false when it is no good. */
bool giop_read_cancel(const struct giop_message *message, uint32_t *id);

/* Body of a SYSTEM_EXCEPTION reply. UNKNOWN for one that no standard knows; MARSHAL, with
 * COMPLETED_MAYBE and a failure in the reader, for what is none. */
struct system_exception giop_read_exception(struct cdr_reader *body);
void giop_write_exception(struct cdr_writer *body, const struct system_exception *exception);

/* ---- writing: a message is opened, its body written, and closed ----
 *
 * Everything goes to the end of `out`, where a connection's unsent bytes may stand already. Close
 * fills in the size, takes back the padding before a body that stayed empty, and cuts a message of
 * 1.2 that is longer than `fragment_bytes` (0: never) into fragments of at most that. Messages of
 * 1.1 are sent whole: there a fragment's values are aligned within it, and none may be cut in two,
 * which bytes that are marshalled already do not tell (9.4.9); fragments are the sender's choice.
 * Messages stay below 4 GiB: what may wait unsent is limited long before.
 *
 * Until it is closed a message must not be looked at: its size field is used for notes. */

/* The writer stands where the body begins, aligned as the version asks; it has no code sets yet.
 * For 1.0 and 1.1, which know no permanent forward, it becomes a plain one. */
struct cdr_writer giop_open_reply(struct buffer *out, uint8_t minor, uint32_t id,
                                  enum giop_reply_status status,
                                  const struct service_contexts *contexts);
struct cdr_writer giop_open_locate_reply(struct buffer *out, uint8_t minor, uint32_t id,
                                         enum giop_locate_status status);
void giop_close(struct cdr_writer *w, size_t fragment_bytes);
/* Takes a message that was opened back out of the buffer. */
void giop_abandon(struct cdr_writer *w);

struct giop_request_head {
    uint8_t minor;
    uint32_t id;
    enum giop_response response;
    enum giop_address address; /* in 1.2; before it there is only KEY */
    const struct ior *target;  /* for PROFILE and REFERENCE addresses; may be NULL for KEY */
    size_t profile;            /* index of the profile meant */
    const uint8_t *key;
    size_t key_size;
    const char *operation;
    size_t operation_length;
    const struct service_contexts *contexts; /* or NULL */
};
/* A whole request. The body was marshalled with alignment counted from its own begin, and so can be
 * sent again to another place under another version: the header is made to end on a multiple of 8
 * (by 1.2's own padding; in 1.0 and 1.1 by the length of requesting_principal, which nobody reads).
 */
void giop_write_request(struct buffer *out, const struct giop_request_head *head, const void *body,
                        size_t body_size, size_t fragment_bytes);
void giop_write_locate_request(struct buffer *out, uint8_t minor, uint32_t id, const uint8_t *key,
                               size_t key_size);
void giop_write_cancel(struct buffer *out, uint8_t minor, uint32_t id);
/* CloseConnection or MessageError. */
void giop_write_bare(struct buffer *out, uint8_t minor, enum giop_type type);

#endif
