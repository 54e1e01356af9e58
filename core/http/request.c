/* Requests: taken up, given back, and what their owner may ask of them. */
#include "http/request.h"

#include "base/clock.h"
#include "base/memory.h"
#include "http/grammar.h"
#include "http/server_private.h"

#include <stdlib.h>
#include <string.h>

enum {
    SPARE_REQUESTS_LIMIT = 32,
    SPARE_BUFFER_LIMIT = 65536, /* what a spare request may keep of memory in each buffer */
};

static struct http_request *request_new(struct http_server *server)
{
    size_t fields = server->options.header_count_limit * sizeof(struct request_field);
    return memory_new(sizeof(struct http_request) + fields);
}

static struct http_request *spare_request(struct http_server *server)
{
    struct http_request *request = TAILQ_FIRST(&server->spare);
    if (request != NULL) {
        TAILQ_REMOVE(&server->spare, request, links);
        server->spare_count--;
    }
    return request;
}

struct http_request *request_take(struct http_server *server, struct connection *connection)
{
    struct http_request *request = spare_request(server);
    if (request == NULL)
        request = request_new(server);
    request->server = server;
    request->connection = connection;
    request->phase = REQUEST_HEAD;
    request->framing = 0;
    request->field_count = 0;
    request->method = request->path = request->query = (struct text){NULL, 0};
    request->keep_alive = request->wants_continue = request->traced = false;
    request->refusal = request->refusal_detail = NULL;
    request->started_us = clock_monotonic_us();
    buffer_clear(&request->head);
    llhttp_init(&request->parser, HTTP_REQUEST, &request_parser_settings);
    request->parser.data = request;
    return request;
}

void request_free(struct http_request *request)
{
    buffer_release(&request->head);
    buffer_release(&request->body);
    free(request);
}

bool request_hold_body(struct http_request *request, size_t length)
{
    struct http_server *server = request->server;
    if (length > server->options.bodies_bytes_limit - server->bodies_bytes)
        return request_refuse(request, "overloaded", "Too many bodies are under way.");
    server->bodies_bytes += length;
    request->body_held += length;
    return true;
}

static void forget_body(struct http_request *request)
{
    if (request->server != NULL)
        request->server->bodies_bytes -= request->body_held;
    request->body_held = 0;
    buffer_clear(&request->body);
}

static void shrink(struct buffer *buffer)
{
    if (buffer->capacity > SPARE_BUFFER_LIMIT)
        buffer_release(buffer);
}

void request_give_back(struct http_request *request)
{
    struct http_server *server = request->server;
    forget_body(request);
    if (server == NULL || server->spare_count >= SPARE_REQUESTS_LIMIT) {
        request_free(request);
        return;
    }
    shrink(&request->head);
    shrink(&request->body);
    TAILQ_INSERT_HEAD(&server->spare, request, links);
    server->spare_count++;
}

bool request_refuse(struct http_request *request, const char *code, const char *detail)
{
    if (request->refusal == NULL) {
        request->refusal = code;
        request->refusal_detail = detail;
    }
    return false;
}

struct text http_request_method(const struct http_request *request)
{
    return request->method;
}

struct text http_request_path(const struct http_request *request)
{
    return request->path;
}

struct text http_request_query(const struct http_request *request)
{
    return request->query;
}

struct text http_request_header(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->field_count; i++)
        if (grammar_same(request->fields[i].name, name))
            return request->fields[i].value;
    return (struct text){NULL, 0};
}

struct text http_request_body(const struct http_request *request)
{
    return (struct text){request->body.data, request->body.size};
}

const struct trace *http_request_trace(struct http_request *request)
{
    if (!request->traced) {
        struct text parent = http_request_header(request, "traceparent");
        trace_begin(&request->trace, parent.data, parent.length);
        request->traced = true;
    }
    return &request->trace;
}

int64_t http_request_started_us(const struct http_request *request)
{
    return request->started_us;
}
