/* An HTTP client for one event loop, on libcurl's multi interface: for calls to other services.
 *
 * http and https only, HTTP/1.1, no redirects, no proxy from the environment, answers not
 * decompressed. Connections are kept and reused; to one host 64 at most, further calls wait for one
 * within their time-out. A request goes out once; only an idempotent one (RFC 9110, 9.2.2) is sent
 * again when a kept connection turns out to be dead. Everything of a client belongs to its loop's
 * thread. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/status.h"
#include "http/server.h"

#include <stddef.h>

struct http_client;

/* The process ignores SIGPIPE from here on, unless it has a handler for it. */
struct http_client *http_client_new(struct event_base *base);
/* Ends the calls in flight, with STATUS_TIMEOUT where the request may have left and with
 * STATUS_UNAVAILABLE where it has not, then frees and sets *client to NULL. Not from within an
 * `answered`. */
void http_client_free(struct http_client **client);

struct http_call {
    const char *method; /* "POST" */
    const char *url;
    /* Content-Length, Transfer-Encoding and Connection are the client's own business; a line break
     * in a value is STATUS_INVALID. No Content-Type is added. */
    const struct http_header *headers;
    size_t header_count;
    const char *body; /* or NULL */
    size_t body_length;
    int connect_timeout_ms;    /* 0: 3 s */
    int timeout_ms;            /* for the whole call; 0: 30 s */
    size_t answer_bytes_limit; /* of the answer's body; 0: 1 MiB */
    const char *unix_socket;   /* a path to connect to instead of the url's host, or NULL */
};

struct http_answer {
    int status;
    const struct http_header *headers; /* names in lower case */
    size_t header_count;
    const char *body;
    size_t body_length;
};

/* Exactly once, from the loop, never before http_client_call returns. The answer and the fault are
 * lent. It may make and cancel calls.
 * STATUS_OK: there is an answer, of any HTTP status, whole.
 * STATUS_TIMEOUT: no whole answer, for time or the connection ended; the request may have arrived.
 * STATUS_UNAVAILABLE: no connection, or none in time; the request has not left.
 * STATUS_LIMIT: the answer's body or header (64 KiB) is too long.
 * STATUS_INVALID: the call was not made, its url or a header is no good; or the answer is not HTTP.
 */
typedef void http_answered(void *arg, enum status status, const struct http_answer *answer,
                           const struct fault *fault);

struct http_exchange;
/* Copies what it is given. The exchange is valid until `answered` has run. NULL only from within
 * http_client_free, when the call is not made and `answered` will not run. */
struct http_exchange *http_client_call(struct http_client *client, const struct http_call *call,
                                       http_answered *answered, void *arg);
/* Gives it up: `answered` will not run. Within its own `answered`, and for NULL, it does nothing.
 */
void http_exchange_cancel(struct http_exchange *exchange);

#endif
