/* An HTTP/1.1 server (RFC 9110, RFC 9112) for one event loop: llhttp on bufferevents.
 *
 * One thread owns a server and everything that comes from it. A request is handed over when it is
 * complete, its body included. Its owner answers it once, now or later, with http_respond; from
 * then on it must not be touched. Requests that are pipelined on one connection are handed over
 * one after the other, each when the one before it has been answered. When the client goes away
 * early the request stays valid until it is answered, and the answer is dropped.
 *
 * Broken or hostile HTTP is answered here, with problem+json, and the connection closed. CONNECT
 * and TRACE are 501, Upgrade is ignored (RFC 9110, 7.8), trailers are read and dropped. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "base/status.h"
#include "base/trace.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct event_base;
struct http_server;
struct http_request;

struct http_server_options {
    size_t header_bytes_limit; /* request line and header fields together: 431 */
    size_t header_count_limit; /* 431 */
    size_t body_bytes_limit;   /* 413 */
    size_t bodies_bytes_limit; /* of all bodies that the server holds at a time, as far as they have
                                  come; their memory is at most twice that. The request that would
                                  go beyond it: 503 and close */
    size_t connection_limit;   /* beyond it: 503 and close */
    int header_deadline_ms;    /* for the whole header, from its first byte (or accept): 408, or
                                  close when not one byte came */
    int body_deadline_ms;      /* for the whole body: 408 */
    int idle_timeout_ms;       /* between requests: close */
    int write_timeout_ms;      /* a client that takes less than 16 KiB of a waiting answer in this
                                  time: close */
};
/* 16 KiB, 100, 1 MiB, 64 MiB, 10,000, 10 s, 30 s, 60 s, 30 s. */
struct http_server_options http_server_defaults(void);

typedef void http_handler(struct http_request *request, void *arg);

/* A server that does not listen yet. The handler runs in the base's thread. The process ignores
 * SIGPIPE from here on, unless it has a handler for it: libevent's writes cannot ask for less. */
struct http_server *http_server_new(struct event_base *base,
                                    const struct http_server_options *options,
                                    http_handler *handler, void *arg);

/* "127.0.0.1:8080", "[::1]:8080", or "unix:PATH" (mode 0600; a stale socket is replaced, one that
 * somebody listens on is refused). With `shared` several servers of this process listen on one TCP
 * address (SO_REUSEPORT) and the kernel spreads the connections; somebody else's listener there is
 * still STATUS_UNAVAILABLE. Port 0 takes a free one; http_server_address tells which. Host names
 * are STATUS_INVALID. May be called for more than one address. */
MUST_CHECK enum status http_server_listen(struct http_server *server, const char *address,
                                          bool shared, struct fault *fault);
/* As bound, "127.0.0.1:8080"; of several the last; "" before any. */
const char *http_server_address(const struct http_server *server);

/* Stops accepting, closes idle connections, lets requests in flight finish (answers carry
 * Connection: close), and calls `stopped` from the loop when none is left; the server may be freed
 * in it. The caller bounds the wait. */
void http_server_stop(struct http_server *server, void (*stopped)(void *arg), void *arg);

/* Closes everything at once and sets *server to NULL. Requests that are not answered yet stay valid
 * until they are. Not from within a handler. */
void http_server_free(struct http_server **server);

/* ---- a request; all text is lent and lives until http_respond ---- */

struct text {
    const char *data; /* not terminated; NULL when absent */
    size_t length;
};

struct text http_request_method(const struct http_request *request); /* "GET" */
struct text http_request_path(const struct http_request *request);   /* as sent, before '?' */
struct text http_request_query(const struct http_request *request);  /* after '?', as sent */
/* Case-insensitive. Fields of one name are joined with ", " (RFC 9110, 5.3). */
struct text http_request_header(const struct http_request *request, const char *name);
struct text http_request_body(const struct http_request *request);
const struct trace *http_request_trace(struct http_request *request); /* made on first use */
/* clock_monotonic_us when its first byte was taken up. */
int64_t http_request_started_us(const struct http_request *request);

/* ---- the answer ---- */

struct http_header {
    const char *name;  /* terminated */
    const char *value; /* terminated */
};

/* Answers and gives the request up. Adds Date, Content-Length, Connection where needed, and
 * nothing of the body to HEAD, 204 and 304. Header and body are copied. A header whose name is not
 * a token, whose value has CR or LF, or that is the server's own business (Date, Content-Length,
 * Connection, Transfer-Encoding) is dropped and logged. A status outside 200 to 599 becomes 500. */
void http_respond(struct http_request *request, int status, const struct http_header *headers,
                  size_t header_count, const char *body, size_t body_length);

#endif
