/* Reading one request from a connection's input: llhttp for the header and for chunks, plain
 * copying for a body of known size.
 *
 * The header is copied into one run of bytes, and llhttp reads it there as it comes, so garbage is
 * found at once. When llhttp says that the header is complete it pauses, and head_split reads the
 * same bytes again line by line, more strictly: both must agree before anything is believed. */
#include "http/request.h"

#include "http/server_private.h"

#include <ctype.h>
#include <event2/buffer.h>
#include <string.h>

/* A header seldom has more; pipelined requests behind it are not copied in vain. */
enum { HEAD_STEP = 1024 };

/* Chunk sizes, extensions and trailers may be this many times the content, and one header limit
 * on top: one-byte chunks without extensions need 5 times. */
enum { FRAMING_FACTOR = 8 };

static int on_headers_complete(llhttp_t *parser)
{
    parser->upgrade = 0; /* ignored: the answer comes in HTTP/1.1 (RFC 9110, 7.8) */
    return HPE_PAUSED;
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct http_request *request = parser->data;
    if (length > request->server->options.body_bytes_limit - request->body.size) {
        request_refuse(request, "payload-too-large", "The body is longer than is accepted.");
        return HPE_USER;
    }
    if (!request_hold_body(request, length))
        return HPE_USER;
    buffer_append(&request->body, at, length);
    return HPE_OK;
}

static int on_message_complete(llhttp_t *parser)
{
    struct http_request *request = parser->data;
    request->phase = REQUEST_WHOLE;
    return HPE_PAUSED;
}

const llhttp_settings_t request_parser_settings = {
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_message_complete = on_message_complete,
};

/* A method that llhttp does not know is 501 (RFC 9110, 15.6.2); what does not even look like one
 * is 400. */
static bool refuse_method(struct http_request *request, const char *line, size_t length)
{
    size_t letters = 0;
    while (letters < length && line[letters] >= 'A' && line[letters] <= 'Z')
        letters++;
    if (letters > 0 && letters < length && line[letters] == ' ')
        return request_refuse(request, "not-implemented", "The method is not known here.");
    return request_refuse(request, "bad-request", "The request line is not HTTP.");
}

/* 505 is for a version that is one (RFC 9110, 15.6.6); 400 for what is none. The request line is
 * short, so all of it is usually here; if it is not, 400 is not wrong either. */
static bool refuse_version(struct http_request *request, const char *bytes, size_t length)
{
    static const char name[] = " HTTP/";
    const char *end = bytes + length;
    const char *at = length > 0 ? memmem(bytes, length, name, sizeof(name) - 1) : NULL;
    const char *number = at != NULL ? at + sizeof(name) - 1 : end;
    if (end - number >= 5 && isdigit((unsigned char)number[0]) && number[1] == '.' &&
        isdigit((unsigned char)number[2]) && number[3] == '\r' && number[4] == '\n' &&
        memcmp(number, "1.0", 3) != 0 && memcmp(number, "1.1", 3) != 0)
        return request_refuse(request, "http-version", "Only HTTP/1.0 and HTTP/1.1 are spoken.");
    return request_refuse(request, "bad-request", "The request line is not HTTP.");
}

static bool refuse_error(struct http_request *request, llhttp_errno_t error, const char *bytes,
                         size_t length)
{
    switch (error) {
    case HPE_INVALID_METHOD: return refuse_method(request, bytes, length);
    case HPE_INVALID_VERSION:
    case HPE_PAUSED_H2_UPGRADE: return refuse_version(request, bytes, length);
    case HPE_INVALID_CONTENT_LENGTH:
    case HPE_UNEXPECTED_CONTENT_LENGTH:
    case HPE_INVALID_TRANSFER_ENCODING:
        return request_refuse(request, "bad-request", "The length of the body is ambiguous.");
    case HPE_INVALID_URL:
        return request_refuse(request, "bad-request", "The request target is malformed.");
    default: return request_refuse(request, "bad-request", "The request is not well-formed HTTP.");
    }
}

static bool refuse_length(struct http_request *request)
{
    if (memchr(request->head.data, '\n', request->head.size) == NULL)
        return request_refuse(request, "uri-too-long", "The request line is too long.");
    return request_refuse(request, "header-too-large", "The header is too large.");
}

/* The header is complete and good: where does its body end? */
static void begin_body(struct http_request *request)
{
    if (request->parser.flags & F_CHUNKED) {
        request->phase = REQUEST_CHUNKED_BODY;
        llhttp_resume(&request->parser);
        return;
    }
    request->body_left = request->parser.content_length;
    request->phase = request->body_left > 0 ? REQUEST_SIZED_BODY : REQUEST_WHOLE;
}

static bool read_head(struct http_request *request, struct evbuffer *input)
{
    size_t limit = request->server->options.header_bytes_limit;
    size_t room = limit - request->head.size;
    size_t step = room < HEAD_STEP ? room : HEAD_STEP;
    char *start = buffer_reserve(&request->head, step);
    ssize_t copied = evbuffer_copyout(input, start, step);
    size_t length = copied > 0 ? (size_t)copied : 0;

    llhttp_errno_t error = llhttp_execute(&request->parser, start, length);
    if (error != HPE_OK && error != HPE_PAUSED)
        return refuse_error(request, error, start, length);

    size_t taken = error == HPE_OK
                       ? length
                       : (size_t)(llhttp_get_error_pos(&request->parser) - (const char *)start);
    request->head.size += taken;
    evbuffer_drain(input, taken);
    if (error == HPE_OK)
        return request->head.size < limit || refuse_length(request);
    if (!head_split(request) || !head_check(request))
        return false;
    begin_body(request);
    return true;
}

static bool read_sized_body(struct http_request *request, struct evbuffer *input)
{
    size_t length = evbuffer_get_length(input);
    if (length > request->body_left)
        length = (size_t)request->body_left;
    if (!request_hold_body(request, length))
        return false;
    char *place = buffer_reserve(&request->body, length);
    int removed = evbuffer_remove(input, place, length);
    if (removed > 0) {
        request->body.size += (size_t)removed;
        request->body_left -= (size_t)removed;
    }
    if (request->body_left == 0)
        request->phase = REQUEST_WHOLE;
    return true;
}

static bool framing_is_bounded(const struct http_request *request)
{
    uint64_t limit = request->server->options.header_bytes_limit;
    return request->framing <= limit + FRAMING_FACTOR * (uint64_t)request->body.size;
}

/* One contiguous piece of the input at a time. */
static bool read_chunked_body(struct http_request *request, struct evbuffer *input)
{
    struct evbuffer_iovec piece = {NULL, 0};
    if (evbuffer_peek(input, -1, NULL, &piece, 1) < 1)
        return true;
    size_t content = request->body.size;
    llhttp_errno_t error = llhttp_execute(&request->parser, piece.iov_base, piece.iov_len);
    if (error != HPE_OK && error != HPE_PAUSED)
        return refuse_error(request, error, NULL, 0);

    size_t taken =
        error == HPE_OK
            ? piece.iov_len
            : (size_t)(llhttp_get_error_pos(&request->parser) - (const char *)piece.iov_base);
    evbuffer_drain(input, taken);
    request->framing += taken - (request->body.size - content);
    return framing_is_bounded(request) ||
           request_refuse(request, "bad-request", "The chunks have too little in them.");
}

static bool read_step(struct http_request *request, struct evbuffer *input)
{
    switch (request->phase) {
    case REQUEST_HEAD: return read_head(request, input);
    case REQUEST_SIZED_BODY: return read_sized_body(request, input);
    case REQUEST_CHUNKED_BODY: return read_chunked_body(request, input);
    case REQUEST_WHOLE: break;
    }
    return true;
}

enum request_progress request_read(struct http_request *request, struct evbuffer *input)
{
    while (request->phase != REQUEST_WHOLE && evbuffer_get_length(input) > 0)
        if (!read_step(request, input))
            return REQUEST_IS_REFUSED;
    return request->phase == REQUEST_WHOLE ? REQUEST_IS_WHOLE : REQUEST_NEEDS_MORE;
}
