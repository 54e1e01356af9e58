/* Headers of Reply and LocateReply in and out, and the body of a system exception (CORBA 3.3, part
 * 2, 9.4.3 and 9.4.6). */
#include "giop/message.h"
#include "giop/wire.h"

/* What 1.0 and 1.1 know: no permanent forwards, no addressing modes, no reasons why an object could
 * not be located. */
enum { REPLY_STATUSES_OLD = 4, REPLY_STATUSES = 6 };
enum { LOCATE_STATUSES_OLD = 3, LOCATE_STATUSES = 6 };

/* ---- reading ---- */

static void check_status(struct cdr_reader *r, uint32_t status, uint32_t old, uint32_t all)
{
    if (status >= (r->minor < 2 ? old : all))
        cdr_fail(r, EXCEPTION_MARSHAL);
}

enum exception_kind giop_read_reply(const struct giop_message *message,
                                    const struct cdr_limits *limits, struct giop_reply *reply)
{
    struct cdr_reader r = giop_message_reader(message, limits);
    enum exception_kind limited = EXCEPTION_NONE;
    if (r.minor < 2)
        limited = contexts_read(&r, &reply->contexts);
    reply->id = cdr_read_ulong(&r);
    reply->status = cdr_read_ulong(&r);
    check_status(&r, reply->status, REPLY_STATUSES_OLD, REPLY_STATUSES);
    if (r.minor >= 2)
        limited = contexts_read(&r, &reply->contexts);
    reply->body = message_body_of(&r, r.minor >= 2);
    return cdr_ok(&r) ? limited : r.failure;
}

/* The body of a LocateReply follows at once, in 1.2 as well (9.4.6.2). */
enum exception_kind giop_read_locate_reply(const struct giop_message *message,
                                           const struct cdr_limits *limits,
                                           struct giop_locate_reply *reply)
{
    struct cdr_reader r = giop_message_reader(message, limits);
    reply->id = cdr_read_ulong(&r);
    reply->status = cdr_read_ulong(&r);
    check_status(&r, reply->status, LOCATE_STATUSES_OLD, LOCATE_STATUSES);
    reply->body = message_body_of(&r, false);
    return r.failure;
}

struct system_exception giop_read_exception(struct cdr_reader *body)
{
    size_t length;
    const char *id = cdr_read_identifier(body, &length);
    uint32_t minor = cdr_read_ulong(body);
    uint32_t completed = cdr_read_ulong(body);
    if (completed > COMPLETED_MAYBE)
        cdr_fail(body, EXCEPTION_MARSHAL);
    if (!cdr_ok(body))
        return (struct system_exception){.kind = EXCEPTION_MARSHAL, .completed = COMPLETED_MAYBE};
    return (struct system_exception){
        .kind = exception_of_id(id, length),
        .minor = minor,
        .completed = (enum exception_completed)completed,
    };
}

/* ---- writing ---- */

static enum giop_reply_status status_for(uint8_t minor, enum giop_reply_status status)
{
    bool permanent = status == GIOP_LOCATION_FORWARD_PERM;
    return minor < 2 && permanent ? GIOP_LOCATION_FORWARD : status;
}

static enum giop_locate_status locate_status_for(uint8_t minor, enum giop_locate_status status)
{
    bool permanent = status == GIOP_OBJECT_FORWARD_PERM;
    return minor < 2 && permanent ? GIOP_OBJECT_FORWARD : status;
}

struct cdr_writer giop_open_reply(struct buffer *out, uint8_t minor, uint32_t id,
                                  enum giop_reply_status status,
                                  const struct service_contexts *contexts)
{
    struct cdr_writer w = message_open(out, minor, GIOP_REPLY);
    if (minor < 2)
        contexts_write(&w, contexts);
    cdr_write_ulong(&w, id);
    cdr_write_ulong(&w, status_for(minor, status));
    if (minor >= 2)
        contexts_write(&w, contexts);
    message_body(&w, minor >= 2);
    return w;
}

struct cdr_writer giop_open_locate_reply(struct buffer *out, uint8_t minor, uint32_t id,
                                         enum giop_locate_status status)
{
    struct cdr_writer w = message_open(out, minor, GIOP_LOCATE_REPLY);
    cdr_write_ulong(&w, id);
    cdr_write_ulong(&w, locate_status_for(minor, status));
    message_body(&w, false);
    return w;
}

void giop_write_exception(struct cdr_writer *body, const struct system_exception *exception)
{
    const char *id = exception_id(exception->kind);
    cdr_write_identifier(body, id, strlen(id));
    cdr_write_ulong(body, exception->minor);
    cdr_write_ulong(body, exception->completed);
}
