/* One message: three bytes (type, version, byte order), then what follows its GIOP header. What
 * reads, and is written again, reads as the same. */
#include "base/memory.h"
#include "giop/message.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct cdr_limits *limits;

static void require(bool promise)
{
    if (!promise)
        abort();
}

static bool same(const void *a, size_t a_size, const void *b, size_t b_size)
{
    return a_size == b_size && (a_size == 0 || memcmp(a, b, a_size) == 0);
}

static struct giop_message message_of(const struct buffer *bytes, enum giop_type type,
                                      uint8_t minor, bool little)
{
    return (struct giop_message){
        .type = type,
        .minor = minor,
        .little = little,
        .data = (const uint8_t *)bytes->data,
        .size = bytes->size,
    };
}

static void check_contexts(const struct service_contexts *contexts)
{
    size_t length;
    uint32_t char_set;
    uint32_t wchar_set;
    for (size_t i = 0; i < contexts->count; i++) {
        (void)giop_context_codesets(&contexts->list[i], &char_set, &wchar_set);
        (void)giop_context_text(&contexts->list[i], &length);
    }
}

static void check_request(const struct giop_message *message)
{
    struct giop_request request;
    struct giop_request again;
    struct buffer out = {0};
    if (giop_read_request(message, limits, &request) != EXCEPTION_NONE)
        return;
    check_contexts(&request.contexts);
    struct giop_request_head head = {
        .minor = message->minor,
        .id = request.id,
        .response = request.response,
        .key = request.key,
        .key_size = request.key_size,
        .operation = request.operation,
        .operation_length = request.operation_length,
        .contexts = &request.contexts,
    };
    size_t body_size = cdr_left(&request.body);
    const uint8_t *body = cdr_take(&request.body, body_size, 1);
    giop_write_request(&out, &head, body, body_size, 0);
    struct giop_message copy = message_of(&out, GIOP_REQUEST, message->minor, out.data[6] & 1);
    require(giop_read_request(&copy, limits, &again) == EXCEPTION_NONE);
    require(again.id == request.id && again.response == request.response);
    require(same(again.key, again.key_size, request.key, request.key_size));
    require(
        same(again.operation, again.operation_length, request.operation, request.operation_length));
    require(again.contexts.count == request.contexts.count);
    require(cdr_left(&again.body) == body_size);
    buffer_release(&out);
}

/* References and exceptions are what replies hold that this room reads. */
static void check_body(struct cdr_reader body, uint32_t status)
{
    struct cdr_reader copy = body;
    struct system_exception exception = giop_read_exception(&copy);
    require(exception.completed <= COMPLETED_MAYBE);
    if (status == GIOP_LOCATION_FORWARD || status == GIOP_OBJECT_FORWARD) {
        struct ior *ior = ior_read(&body);
        ior_release(&ior);
    }
}

static void check_rest(const struct giop_message *message)
{
    struct giop_reply reply;
    struct giop_locate_request asked;
    struct giop_locate_reply located;
    uint32_t id;
    switch (message->type) {
    case GIOP_REPLY:
        if (giop_read_reply(message, limits, &reply) != EXCEPTION_NONE)
            break;
        check_contexts(&reply.contexts);
        check_body(reply.body, reply.status);
        break;
    case GIOP_LOCATE_REQUEST: (void)giop_read_locate_request(message, limits, &asked); break;
    case GIOP_LOCATE_REPLY:
        if (giop_read_locate_reply(message, limits, &located) == EXCEPTION_NONE)
            check_body(located.body, located.status);
        break;
    default: (void)giop_read_cancel(message, &id); break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct cdr_limits defaults;
    struct buffer bytes = {0};
    if (size < 3)
        return 0;
    defaults = cdr_limits_default();
    limits = &defaults;
    buffer_append(&bytes, "GIOP\1\0\0\0\0\0\0\0", GIOP_HEADER_SIZE);
    buffer_append(&bytes, data + 3, size - 3);
    bytes.data = memory_resize(bytes.data, bytes.size); /* so that reading on is seen */
    bytes.capacity = bytes.size;
    struct giop_message message =
        message_of(&bytes, (enum giop_type)(data[0] % 5), data[1] % 3, data[2] & 1);
    if (message.type == GIOP_REQUEST)
        check_request(&message);
    else
        check_rest(&message);
    buffer_release(&bytes);
    return 0;
}
