/* Errors as RFC 9457 application/problem+json: the catalogue of codes and their one writer. */
#ifndef HTTP_PROBLEM_H
#define HTTP_PROBLEM_H

#include "base/buffer.h"
#include "http/server.h"

#include <stddef.h>

struct problem_kind {
    const char *code;  /* "order-not-found" */
    int status;        /* 404 */
    const char *title; /* "Order not found" */
};

/* NULL when there is no such code. Static memory. */
const struct problem_kind *problem_find(const char *code, size_t length);

struct problem {
    const struct problem_kind *kind;
    const char *detail;   /* for the caller's eyes: no internals; may be NULL */
    const char *instance; /* the path; may be NULL */
    const char *trace_id; /* may be NULL */
    const char *members; /* more members as JSON without braces ("\"from\":\"PENDING\""), or NULL */
};

void problem_write(const struct problem *problem, struct buffer *json);

/* Answers the request with it and gives the request up; `problem` may point into the request. Adds
 * what the status calls for (WWW-Authenticate: Bearer for 401, Retry-After: 1 for 429 and 503)
 * unless it is among the given headers, and those. */
void problem_respond(struct http_request *request, const struct problem *problem,
                     const struct http_header *headers, size_t header_count);

#endif
