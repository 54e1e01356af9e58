/* An HTTP client for one event loop, on libcurl's multi interface: for calls to other services.
 * http and https only, no redirects, connections kept and reused. One thread's. */
#ifndef HTTP_CLIENT_H
#define HTTP_CLIENT_H

#include "base/status.h"
#include "http/server.h"

#include <stddef.h>

struct http_client;

struct http_client *http_client_new(struct event_base *base);
/* Calls in flight end with STATUS_UNAVAILABLE. */
void http_client_free(struct http_client **client);

struct http_call {
    const char *method;
    const char *url;
    const struct http_header *headers;
    size_t header_count;
    const char *body; /* or NULL */
    size_t body_length;
    int connect_timeout_ms;
    int timeout_ms;            /* for the whole call */
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

/* Exactly once. STATUS_OK: there is an answer of any HTTP status, lent. STATUS_TIMEOUT: it may
 * have arrived there; STATUS_UNAVAILABLE: no connection, so it has not; STATUS_LIMIT: the answer is
 * too long; STATUS_INVALID: the url, or an answer that is not HTTP. Never before http_client_call
 * returns. */
typedef void http_answered(void *arg, enum status status, const struct http_answer *answer,
                           const struct fault *fault);

struct http_exchange;
/* Copies what it is given. The exchange is valid until `answered` has run. */
struct http_exchange *http_client_call(struct http_client *client, const struct http_call *call,
                                       http_answered *answered, void *arg);
/* Gives it up: `answered` will not run. */
void http_exchange_cancel(struct http_exchange *exchange);

#endif
