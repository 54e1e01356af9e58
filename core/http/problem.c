/* The catalogue of problems, and their JSON. */
#include "http/problem.h"

#include "base/json_writer.h"
#include "base/memory.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* In the order of their codes' text: problem_find halves it. */
static const struct problem_kind kinds[] = {
    {"bad-request", 400, "The request is not valid HTTP"},
    {"cursor-in-use", 409, "The service itself reads with this cursor"},
    {"cursor-not-found", 404, "No such cursor"},
    {"dead-letter-not-found", 404, "No such dead letter"},
    {"epoch-mismatch", 409, "The position belongs to another stream of events"},
    {"expectation-failed", 417, "The expectation cannot be met"},
    {"forbidden", 403, "The caller may not do this"},
    {"header-too-large", 431, "The header is too large"},
    {"http-version", 505, "The HTTP version is not supported"},
    {"idempotency-in-flight", 409, "A request with this idempotency key is in flight"},
    {"idempotency-key-reused", 422, "The idempotency key was used with another request"},
    {"integration-unavailable", 503, "A service that is needed does not answer"},
    {"internal", 500, "Something went wrong on our side"},
    {"invalid-json", 400, "The body is not valid JSON"},
    {"invalid-transition", 409, "The order's status does not allow this"},
    {"method-not-allowed", 405, "The path does not have this method"},
    {"not-implemented", 501, "The request needs something that is not offered here"},
    {"order-not-found", 404, "No such order"},
    {"out-of-stock", 409, "There is not enough in stock"},
    {"overloaded", 503, "The service has too much to do"},
    {"payload-too-large", 413, "The body is too large"},
    {"policy-denied", 422, "A policy does not allow this"},
    {"position-gone", 410, "Events after this position have been removed"},
    {"position-invalid", 422, "This is no position of the stream"},
    {"price-mismatch", 409, "The price has changed"},
    {"rate-limited", 429, "Too many requests"},
    {"request-timeout", 408, "The request took too long to arrive"},
    {"route-not-found", 404, "There is nothing at this path"},
    {"store-unavailable", 503, "The store does not answer"},
    {"unauthenticated", 401, "A valid token is needed"},
    {"unknown-product", 422, "No such product"},
    {"unsupported-media-type", 415, "The body must be application/json"},
    {"uri-too-long", 414, "The request target is too long"},
    {"validation-failed", 422, "The request breaks a rule"},
    {"version-mismatch", 412, "The order was changed by somebody else"},
};

static int compare_code(const char *code, size_t length, const char *other)
{
    int order = strncmp(code, other, length);
    return order != 0 ? order : (other[length] == '\0' ? 0 : -1);
}

const struct problem_kind *problem_find(const char *code, size_t length)
{
    size_t low = 0;
    size_t high = sizeof(kinds) / sizeof(kinds[0]);
    if (memchr(code, '\0', length) != NULL)
        return NULL;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_code(code, length, kinds[middle].code);
        if (order == 0)
            return &kinds[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

static void write_type(struct json_writer *w, const char *code)
{
    char type[80] = "urn:orderd:problem:";
    strncat(type, code, sizeof(type) - strlen(type) - 1);
    json_key(w, "type");
    json_string_of(w, type);
}

static void write_optional(struct json_writer *w, const char *name, const char *text)
{
    if (text == NULL)
        return;
    json_key(w, name);
    json_string_of(w, text);
}

void problem_write(const struct problem *problem, struct buffer *json)
{
    struct json_writer w = {.out = json};
    json_open_object(&w);
    write_type(&w, problem->kind->code);
    write_optional(&w, "title", problem->kind->title);
    json_key(&w, "status");
    json_number(&w, problem->kind->status);
    write_optional(&w, "detail", problem->detail);
    write_optional(&w, "instance", problem->instance);
    write_optional(&w, "code", problem->kind->code);
    write_optional(&w, "trace_id", problem->trace_id);
    if (problem->members != NULL && problem->members[0] != '\0') {
        buffer_append_text(json, ",");
        buffer_append_text(json, problem->members);
    }
    json_close_object(&w);
}

static bool is_given(const struct http_header *headers, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(headers[i].name, name) == 0)
            return true;
    return false;
}

/* What the status calls for (RFC 9110, 11.6.1 and 10.2.3), or no name. */
static struct http_header header_of_status(int status)
{
    switch (status) {
    case 401: return (struct http_header){"WWW-Authenticate", "Bearer"};
    case 429:
    case 503: return (struct http_header){"Retry-After", "1"};
    default: return (struct http_header){NULL, NULL};
    }
}

void problem_respond(struct http_request *request, const struct problem *problem,
                     const struct http_header *headers, size_t header_count)
{
    struct http_header *all = memory_new((header_count + 2) * sizeof(*all));
    struct http_header due = header_of_status(problem->kind->status);
    struct buffer json = {0};
    size_t count = 0;
    all[count++] = (struct http_header){"Content-Type", "application/problem+json"};
    if (due.name != NULL && !is_given(headers, header_count, due.name))
        all[count++] = due;
    for (size_t i = 0; i < header_count; i++)
        all[count++] = headers[i];
    problem_write(problem, &json);
    http_respond(request, problem->kind->status, all, count, json.data, json.size);
    buffer_release(&json);
    free(all);
}
