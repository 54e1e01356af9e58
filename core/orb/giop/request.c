/* Headers of Request and LocateRequest in and out (CORBA 3.3, part 2, 9.4.2 and 9.4.5). */
#include "giop/message.h"
#include "giop/wire.h"

/* ---- reading ---- */

/* Bit 0: a reply is expected; bit 1 besides: from the target itself. */
static enum giop_response response_of(uint8_t flags)
{
    if (!(flags & 1))
        return GIOP_RESPONSE_NONE;
    return flags & 2 ? GIOP_RESPONSE_TARGET : GIOP_RESPONSE_SERVER;
}

/* RequestHeader_1_2. */
static enum exception_kind read_request_2(struct cdr_reader *r, struct giop_request *request)
{
    request->id = cdr_read_ulong(r);
    request->response = response_of(cdr_read_octet(r));
    (void)cdr_take(r, 3, 1); /* reserved */
    address_read(r, &request->key, &request->key_size);
    request->operation = cdr_read_identifier(r, &request->operation_length);
    return contexts_read(r, &request->contexts);
}

/* RequestHeader_1_0 and _1_1. */
static enum exception_kind read_request_1(struct cdr_reader *r, struct giop_request *request)
{
    size_t principal_size;
    enum exception_kind limited = contexts_read(r, &request->contexts);
    request->id = cdr_read_ulong(r);
    request->response = cdr_read_boolean(r) ? GIOP_RESPONSE_TARGET : GIOP_RESPONSE_NONE;
    if (r->minor > 0)
        (void)cdr_take(r, 3, 1); /* reserved */
    address_read(r, &request->key, &request->key_size);
    request->operation = cdr_read_identifier(r, &request->operation_length);
    (void)cdr_read_octets(r, 0, &principal_size);
    return limited;
}

enum exception_kind giop_read_request(const struct giop_message *message,
                                      const struct cdr_limits *limits, struct giop_request *request)
{
    struct cdr_reader r = giop_message_reader(message, limits);
    enum exception_kind limited =
        r.minor < 2 ? read_request_1(&r, request) : read_request_2(&r, request);
    request->body = message_body_of(&r, r.minor >= 2);
    return cdr_ok(&r) ? limited : r.failure;
}

enum exception_kind giop_read_locate_request(const struct giop_message *message,
                                             const struct cdr_limits *limits,
                                             struct giop_locate_request *request)
{
    struct cdr_reader r = giop_message_reader(message, limits);
    request->id = cdr_read_ulong(&r);
    address_read(&r, &request->key, &request->key_size);
    return r.failure;
}

/* ---- writing ---- */

static void write_head_2(struct cdr_writer *w, const struct giop_request_head *head)
{
    static const uint8_t reserved[3];
    cdr_write_ulong(w, head->id);
    cdr_write_octet(w, (uint8_t)head->response);
    buffer_append(w->out, reserved, sizeof(reserved));
    address_write(w, head);
    cdr_write_identifier(w, head->operation, head->operation_length);
    contexts_write(w, head->contexts);
}

/* requesting_principal is as long as it takes for the body to begin on a multiple of 8. */
static void write_principal(struct cdr_writer *w, bool body)
{
    static const uint8_t nobody[7];
    cdr_align(w, 4);
    size_t end = w->out->size - w->origin + 4;
    cdr_write_octets(w, nobody, body ? -end & 7 : 0);
}

static void write_head_1(struct cdr_writer *w, const struct giop_request_head *head, bool body)
{
    static const uint8_t reserved[3];
    contexts_write(w, head->contexts);
    cdr_write_ulong(w, head->id);
    cdr_write_octet(w, head->response == GIOP_RESPONSE_TARGET);
    if (w->minor > 0)
        buffer_append(w->out, reserved, sizeof(reserved));
    address_write(w, head);
    cdr_write_identifier(w, head->operation, head->operation_length);
    write_principal(w, body);
}

void giop_write_request(struct buffer *out, const struct giop_request_head *head, const void *body,
                        size_t body_size, size_t fragment_bytes)
{
    struct cdr_writer w = message_open(out, head->minor, GIOP_REQUEST);
    if (head->minor >= 2)
        write_head_2(&w, head);
    else
        write_head_1(&w, head, body_size > 0);
    message_body(&w, head->minor >= 2);
    buffer_append(out, body, body_size);
    giop_close(&w, fragment_bytes);
}

void giop_write_locate_request(struct buffer *out, uint8_t minor, uint32_t id, const uint8_t *key,
                               size_t key_size)
{
    const struct giop_request_head head = {
        .address = GIOP_KEY_ADDR, .key = key, .key_size = key_size};
    struct cdr_writer w = message_open(out, minor, GIOP_LOCATE_REQUEST);
    cdr_write_ulong(&w, id);
    address_write(&w, &head);
    message_body(&w, false);
    giop_close(&w, 0);
}
