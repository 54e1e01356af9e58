/* A client of the server: its messages sorted, its limits kept, and the ways in which it goes. */
#include "base/memory.h"
#include "iiop/server_private.h"

#include <stdlib.h>

/* ---- the end ---- */

static void orphan_requests(struct orb_caller *caller)
{
    struct orb_request *request;
    while ((request = TAILQ_FIRST(&caller->kept)))
        orb_request_orphan(request);
}

void orb_caller_close(struct orb_caller *caller)
{
    struct orb_server *server = caller->server;
    orphan_requests(caller);
    orb_connection_close(&caller->connection);
    TAILQ_REMOVE(&server->callers, caller, links);
    server->caller_count--;
    gauge_add(server->connections, -1);
    free(caller);
    orb_server_check_stopped(server);
}

/* What waits to be written goes out still; nothing is read any more. */
static void leave(struct orb_caller *caller)
{
    caller->leaving = true;
    orphan_requests(caller);
    orb_connection_finish(caller->connection);
}

void orb_caller_refuse(struct orb_caller *caller, const char *why)
{
    struct orb_server *server = caller->server;
    counter_add(server->refused, 1);
    orb_server_note(server, NOTE_REFUSED, orb_connection_peer(caller->connection), why);
    giop_write_bare(orb_connection_out(caller->connection), caller->minor, GIOP_MESSAGE_ERROR);
    leave(caller);
}

void orb_caller_close_unused(struct orb_caller *caller)
{
    if (caller->leaving || caller->kept_count > 0)
        return;
    giop_write_bare(orb_connection_out(caller->connection), caller->minor, GIOP_CLOSE_CONNECTION);
    leave(caller);
}

/* ---- messages ---- */

void orb_caller_throttle(struct orb_caller *caller)
{
    const struct orb_server_options *options = &caller->server->options;
    orb_connection_read(caller->connection,
                        caller->kept_count < options->pipelined &&
                            orb_connection_unsent(caller->connection) <= options->unsent_bytes);
}

/* Of an id that is unknown here: answered already, or never come; there is nothing to do. */
static void cancel(struct orb_caller *caller, const struct giop_message *message)
{
    uint32_t id;
    struct orb_request *request;
    if (!giop_read_cancel(message, &id)) {
        orb_caller_refuse(caller, "a CancelRequest that cannot be read");
        return;
    }
    TAILQ_FOREACH(request, &caller->kept, caller_links)
    if (request->head.id == id)
        request->cancelled = true;
}

static void on_message(void *arg, const struct giop_message *message)
{
    struct orb_caller *caller = arg;
    caller->minor = message->minor;
    switch (message->type) {
    case GIOP_REQUEST: orb_server_dispatch(caller, message); break;
    case GIOP_LOCATE_REQUEST: orb_server_locate(caller, message); break;
    case GIOP_CANCEL_REQUEST: cancel(caller, message); break;
    case GIOP_CLOSE_CONNECTION:
    case GIOP_MESSAGE_ERROR: orb_caller_close(caller); break;
    default: orb_caller_refuse(caller, "a message that only a server sends");
    }
}

static bool is_refusal(enum orb_connection_end end)
{
    return end == ORB_END_BROKEN || end == ORB_END_DROPPED;
}

static void note_end(struct orb_caller *caller, enum orb_connection_end end, const char *why)
{
    struct orb_server *server = caller->server;
    if (is_refusal(end))
        counter_add(server->refused, 1);
    if (is_refusal(end) || end == ORB_END_LATE)
        orb_server_note(server, NOTE_REFUSED, orb_connection_peer(caller->connection), why);
}

/* MessageError is to reach the caller, and so are the replies for one that only sends no more. */
static bool has_last_words(const struct orb_caller *caller, enum orb_connection_end end)
{
    return end == ORB_END_BROKEN ||
           (end == ORB_END_CLOSED && orb_connection_unsent(caller->connection) > 0);
}

static void on_ended(void *arg, const char *why)
{
    struct orb_caller *caller = arg;
    enum orb_connection_end end = orb_connection_end(caller->connection);
    bool again = caller->leaving;
    if (!again)
        note_end(caller, end, why);
    if (!again && has_last_words(caller, end))
        leave(caller);
    else
        orb_caller_close(caller);
}

static void on_drained(void *arg)
{
    orb_caller_throttle(arg);
}

static void on_idle(void *arg)
{
    orb_caller_close_unused(arg);
}

void orb_caller_open(struct orb_server *server, int descriptor)
{
    static const struct orb_connection_calls calls = {
        .message = on_message,
        .ended = on_ended,
        .drained = on_drained,
        .idle = on_idle,
    };
    struct orb_caller *caller = memory_new(sizeof(*caller));
    caller->server = server;
    TAILQ_INIT(&caller->kept);
    caller->connection = orb_connection_new(server->base, descriptor, &server->connection_options,
                                            &server->budget, &calls, caller);
    TAILQ_INSERT_TAIL(&server->callers, caller, links);
    server->caller_count++;
    gauge_add(server->connections, 1);
}
