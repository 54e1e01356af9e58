/* Replies: written straight into the connection's out buffer, behind what waits there.
 *
 * One that nobody will see is written into a buffer of its request instead, so that a servant need
 * not know, and forgotten. Contexts wait in a buffer as id, size and bytes, one after the other. */
#include "iiop/server_private.h"

#include <string.h>

struct context_head {
    uint32_t id;
    uint32_t size;
};

void orb_reply_add_context(struct orb_request *request, uint32_t id, const void *data, size_t size)
{
    const struct context_head head = {id, (uint32_t)size};
    buffer_append(&request->contexts, &head, sizeof(head));
    buffer_append(&request->contexts, data, size);
}

static void list_contexts(const struct buffer *buffer, struct service_contexts *contexts)
{
    const char *at = buffer->data;
    const char *end = at + buffer->size;
    contexts->count = 0;
    while (at < end && contexts->count < GIOP_CONTEXTS_LIMIT) {
        struct context_head head;
        memcpy(&head, at, sizeof(head));
        at += sizeof(head);
        contexts->list[contexts->count++] =
            (struct service_context){head.id, (const uint8_t *)at, head.size};
        at += head.size;
    }
}

static struct cdr_writer open_reply(struct orb_request *request, enum giop_reply_status status)
{
    struct buffer *out = orb_request_wanted(request)
                             ? orb_connection_out(request->caller->connection)
                             : &request->unwanted;
    struct service_contexts contexts;
    if (!request->contexts.size)
        return giop_open_reply(out, request->minor, request->head.id, status, NULL);
    list_contexts(&request->contexts, &contexts);
    return giop_open_reply(out, request->minor, request->head.id, status, &contexts);
}

struct cdr_writer *orb_reply_open(struct orb_request *request, enum giop_reply_status status)
{
    request->writer = open_reply(request, status);
    request->writer.char_set = request->head.body.char_set;
    request->writer.wchar_set = request->head.body.wchar_set;
    request->status = status;
    return &request->writer;
}

void orb_reply_abandon(struct orb_request *request)
{
    giop_abandon(&request->writer);
}

/* The operation has run; it is its result that cannot be told. */
static void replace_by_exception(struct orb_request *request)
{
    const struct system_exception exception = {request->writer.failure, 0, COMPLETED_YES};
    orb_reply_abandon(request);
    giop_write_exception(orb_reply_open(request, GIOP_SYSTEM_EXCEPTION), &exception);
}

void orb_reply_send(struct orb_request *request)
{
    if (request->writer.failure != EXCEPTION_NONE)
        replace_by_exception(request);
    if (orb_request_wanted(request)) {
        giop_close(&request->writer, request->server->options.fragment_bytes);
        orb_connection_flush(request->caller->connection);
    }
    orb_request_done(request, request->status);
}

void orb_reply_exception(struct orb_request *request, enum exception_kind kind, uint32_t minor,
                         enum exception_completed completed)
{
    const struct system_exception exception = {kind, minor, completed};
    giop_write_exception(orb_reply_open(request, GIOP_SYSTEM_EXCEPTION), &exception);
    orb_reply_send(request);
}

void orb_reply_forward(struct orb_request *request, const struct ior *to)
{
    ior_write(orb_reply_open(request, GIOP_LOCATION_FORWARD), to);
    orb_reply_send(request);
}

void orb_reply_nothing(struct orb_request *request)
{
    if (orb_request_wanted(request))
        (void)orb_reply_open(request, GIOP_NO_EXCEPTION);
    else
        request->writer = (struct cdr_writer){.failure = EXCEPTION_NONE};
    request->status = GIOP_NO_EXCEPTION;
    orb_reply_send(request);
}
