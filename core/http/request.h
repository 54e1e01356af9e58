/* Private: a request while it is read, while its owner has it, and while it waits to be used again.
 *
 * A connection takes a request with the first byte of a header and loses it with the answer, so an
 * idle connection has none, and a busy server uses the same few, warm in the cache. Its head and
 * body keep their memory from one use to the next, up to a bound. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "base/buffer.h"
#include "http/server.h"

#include <llhttp.h>
#include <stdbool.h>
#include <sys/queue.h>

struct connection;
struct evbuffer;

enum request_phase {
    REQUEST_HEAD,         /* llhttp reads the header */
    REQUEST_SIZED_BODY,   /* body_left bytes are still to come */
    REQUEST_CHUNKED_BODY, /* llhttp reads chunks and trailers */
    REQUEST_WHOLE,
};

struct request_field {
    struct text name, value;
};

struct http_request {
    TAILQ_ENTRY(http_request) links; /* in the server's in_flight or spare, or in neither */
    struct http_server *server;      /* NULL when it was freed meanwhile */
    struct connection *connection;   /* NULL when the client went away meanwhile */

    enum request_phase phase;
    llhttp_t parser;
    struct buffer head; /* the header's bytes; does not move once they are complete */
    struct buffer body;
    size_t body_held; /* what of the server's bodies_bytes is this request's */
    uint64_t body_left;
    uint64_t framing; /* bytes of a chunked body that are not its content */

    struct text method, path, query; /* in head */
    bool keep_alive;
    bool wants_continue; /* Expect: 100-continue, not answered yet */

    const char *refusal; /* the problem's code when the request is broken */
    const char *refusal_detail;

    struct trace trace;
    bool traced;
    int64_t started_us;

    size_t field_count;
    struct request_field fields[]; /* header_count_limit of them, in head */
};

TAILQ_HEAD(request_list, http_request);

/* A clean request of the connection: a spare one, or a new one. */
struct http_request *request_take(struct http_server *server, struct connection *connection);

/* Makes it a spare one, or frees it. It is in no list. */
void request_give_back(struct http_request *request);
void request_free(struct http_request *request);

/* Counts bytes of the body that are about to be kept, until the request is given back: true, or
 * refused because the server holds as much as it may. */
bool request_hold_body(struct http_request *request, size_t length);

enum request_progress { REQUEST_NEEDS_MORE, REQUEST_IS_WHOLE, REQUEST_IS_REFUSED };

/* Takes from the input what belongs to this request and not one byte more. */
enum request_progress request_read(struct http_request *request, struct evbuffer *input);

/* Notes why the request is broken, for good; the first reason counts. Gives false back. */
bool request_refuse(struct http_request *request, const char *code, const char *detail);

/* Splits a complete head into its lines and checks them: true, or refused. */
bool head_split(struct http_request *request);
bool head_check(struct http_request *request);

#endif
