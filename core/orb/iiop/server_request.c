/* Requests: taken up, kept beyond their servant's return, given back, and what may be asked. */
#include "base/clock.h"
#include "base/memory.h"
#include "iiop/server_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SPARE_LIMIT = 64,
    SPARE_BUFFER_LIMIT = 65536, /* what a spare request may keep of memory in each buffer */
};

static struct orb_request *spare_request(struct orb_server *server)
{
    struct orb_request *request = TAILQ_FIRST(&server->spare);
    if (!request)
        return memory_new(sizeof(*request));
    TAILQ_REMOVE(&server->spare, request, links);
    server->spare_count--;
    return request;
}

struct orb_request *orb_request_take(struct orb_server *server, struct orb_caller *caller)
{
    struct orb_request *request = spare_request(server);
    request->server = server;
    request->caller = caller;
    request->prefix_size = 0;
    request->started_us = orb_connection_time_us(caller->connection);
    request->minor = caller->minor;
    request->kept = request->cancelled = false;
    return request;
}

void orb_request_free(struct orb_request *request)
{
    buffer_release(&request->copies);
    buffer_release(&request->contexts);
    buffer_release(&request->unwanted);
    free(request);
}

/* ---- kept ---- */

static void copy_names(struct orb_request *request)
{
    struct giop_request *head = &request->head;
    struct buffer *copies = &request->copies;
    buffer_append(copies, head->operation, head->operation_length);
    buffer_append(copies, head->key, head->key_size);
    (void)buffer_reserve(copies, 1); /* so that even nothing has an address */
    head->operation = copies->data;
    head->key = (const uint8_t *)copies->data + head->operation_length;
}

void orb_request_keep(struct orb_request *request)
{
    copy_names(request);
    request->head.contexts.count = 0;
    request->head.body.position = request->head.body.size = request->head.body.behind = 0;
    request->kept = true;
    TAILQ_INSERT_TAIL(&request->server->kept, request, links);
    request->server->kept_count++;
    TAILQ_INSERT_TAIL(&request->caller->kept, request, caller_links);
    request->caller->kept_count++;
    orb_caller_throttle(request->caller);
}

static void leave_caller(struct orb_request *request)
{
    TAILQ_REMOVE(&request->caller->kept, request, caller_links);
    request->caller->kept_count--;
}

void orb_request_orphan(struct orb_request *request)
{
    snprintf(request->peer_name, sizeof(request->peer_name), "%s",
             orb_connection_peer(request->caller->connection));
    leave_caller(request);
    request->caller = NULL;
}

static void leave_lists(struct orb_request *request)
{
    if (request->caller)
        leave_caller(request);
    if (request->server) {
        TAILQ_REMOVE(&request->server->kept, request, links);
        request->server->kept_count--;
    }
    request->kept = false;
}

/* ---- given back ---- */

static void empty(struct buffer *buffer)
{
    buffer_clear(buffer);
    if (buffer->capacity > SPARE_BUFFER_LIMIT)
        buffer_release(buffer);
}

void orb_request_give_back(struct orb_request *request)
{
    struct orb_server *server = request->server;
    if (!server || server->spare_count >= SPARE_LIMIT) {
        orb_request_free(request);
        return;
    }
    empty(&request->copies);
    empty(&request->contexts);
    empty(&request->unwanted);
    TAILQ_INSERT_HEAD(&server->spare, request, links);
    server->spare_count++;
}

static enum orb_result result_of(enum giop_reply_status status)
{
    switch (status) {
    case GIOP_USER_EXCEPTION: return RESULT_USER_EXCEPTION;
    case GIOP_SYSTEM_EXCEPTION: return RESULT_SYSTEM_EXCEPTION;
    default: return RESULT_OK;
    }
}

static void count(struct orb_server *server, const struct orb_request *request,
                  enum giop_reply_status status)
{
    counter_add(server->requests[result_of(status)], 1);
    histogram_observe_us(server->seconds, clock_monotonic_us() - request->started_us);
}

void orb_request_done(struct orb_request *request, enum giop_reply_status status)
{
    struct orb_server *server = request->server;
    struct orb_caller *caller = request->caller;
    if (request->kept)
        leave_lists(request);
    if (server) {
        count(server, request, status);
        if (server->current == request)
            server->current = NULL;
    }
    orb_request_give_back(request);
    if (caller)
        orb_caller_throttle(caller);
    if (server && server->stopping) {
        if (caller)
            orb_caller_close_unused(caller);
        orb_server_check_stopped(server);
    }
}

/* ---- what may be asked ---- */

const char *orb_request_operation(const struct orb_request *request, size_t *length)
{
    *length = request->head.operation_length;
    return request->head.operation;
}

const void *orb_request_key(const struct orb_request *request, size_t *size)
{
    *size = request->head.key_size;
    return request->head.key;
}

const void *orb_request_object_id(const struct orb_request *request, size_t *size)
{
    *size = request->head.key_size - request->prefix_size;
    return request->head.key + request->prefix_size;
}

struct cdr_reader orb_request_arguments(const struct orb_request *request)
{
    return request->head.body;
}

const struct service_contexts *orb_request_contexts(const struct orb_request *request)
{
    return &request->head.contexts;
}

const char *orb_request_peer(const struct orb_request *request)
{
    return request->caller ? orb_connection_peer(request->caller->connection) : request->peer_name;
}

bool orb_request_wanted(const struct orb_request *request)
{
    return request->caller && !request->cancelled && !orb_request_oneway(request);
}

bool orb_request_oneway(const struct orb_request *request)
{
    return request->head.response == GIOP_RESPONSE_NONE;
}
