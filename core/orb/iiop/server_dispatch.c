/* From a Request to its servant: what is refused on the way, and in which words. */
#include "iiop/server_private.h"

/* TRANSIENT's minor code of the OMG: discarded, for want of resources or because of a stop. */
enum { MINOR_DISCARDED = OMG_MINOR | 1 };
/* CODESET_INCOMPATIBLE's: the context names a code set that is not spoken here. */
enum { MINOR_NO_CODESET = OMG_MINOR | 2 };

static void refuse(struct orb_request *request, enum exception_kind kind, uint32_t minor)
{
    orb_reply_exception(request, kind, minor, COMPLETED_NO);
}

/* ---- broken headers ---- */

/* Where the header did not get as far as saying that it wants a reply, there is nobody to answer,
 * and the client would wait for ever. */
static void refuse_header(struct orb_request *request, enum exception_kind kind)
{
    struct orb_caller *caller = request->caller;
    if (!orb_request_oneway(request)) {
        counter_add(request->server->refused, 1);
        refuse(request, kind, 0);
        return;
    }
    orb_request_give_back(request);
    orb_caller_refuse(caller, "a request whose header cannot be read");
}

/* ---- code sets (7.10.2.6) ---- */

static bool speaks(uint32_t char_set, uint32_t wchar_set)
{
    return (char_set == CODESET_NONE || codeset_speaks_char(char_set)) &&
           (wchar_set == CODESET_NONE || codeset_speaks_wchar(wchar_set));
}

/* The first CodeSets context of a connection is for all of it. */
static enum exception_kind negotiate(struct orb_caller *caller,
                                     const struct service_contexts *contexts)
{
    uint32_t char_set, wchar_set;
    const struct service_context *context;
    if (caller->negotiated || !(context = giop_context_find(contexts, CONTEXT_CODE_SETS)))
        return EXCEPTION_NONE;
    if (!giop_context_codesets(context, &char_set, &wchar_set))
        return EXCEPTION_MARSHAL;
    if (!speaks(char_set, wchar_set))
        return EXCEPTION_CODESET_INCOMPATIBLE;
    caller->char_set = char_set;
    caller->wchar_set = wchar_set;
    caller->negotiated = true;
    return EXCEPTION_NONE;
}

/* ---- to the servant ---- */

/* The client waits for the server only (SYNC_WITH_SERVER): it hears that the request has come, and
 * nothing of what becomes of it. */
static void acknowledge(struct orb_request *request)
{
    struct orb_connection *connection = request->caller->connection;
    struct cdr_writer w = giop_open_reply(orb_connection_out(connection), request->minor,
                                          request->head.id, GIOP_NO_EXCEPTION, NULL);
    giop_close(&w, 0);
    orb_connection_flush(connection);
    request->head.response = GIOP_RESPONSE_NONE;
}

static void invoke(struct orb_request *request, const struct orb_servant *servant)
{
    struct orb_server *server = request->server;
    if (request->head.response == GIOP_RESPONSE_SERVER)
        acknowledge(request);
    server->current = request;
    servant->invoke(servant->arg, request);
    if (server->current == request)
        orb_request_keep(request);
    server->current = NULL;
}

static bool is_busy(const struct orb_server *server)
{
    return server->stopping || server->kept_count >= server->options.requests;
}

static void refuse_busy(struct orb_request *request)
{
    struct orb_server *server = request->server;
    orb_server_note(server, NOTE_BUSY, orb_request_peer(request),
                    server->stopping ? "the server stops" : "too many requests are under way");
    refuse(request, EXCEPTION_TRANSIENT, MINOR_DISCARDED);
}

static const struct orb_servant *find(const struct orb_server *server, struct orb_request *request)
{
    return orb_adapter_find(server->adapter, request->head.key, request->head.key_size,
                            &request->prefix_size);
}

static void deliver(struct orb_request *request)
{
    const struct orb_servant *servant = find(request->server, request);
    request->head.body.char_set = request->caller->char_set;
    request->head.body.wchar_set = request->caller->wchar_set;
    if (orb_common_operation(request, servant))
        return;
    if (servant)
        invoke(request, servant);
    else
        refuse(request, EXCEPTION_OBJECT_NOT_EXIST, MINOR_NO_OBJECT);
}

void orb_server_dispatch(struct orb_caller *caller, const struct giop_message *message)
{
    struct orb_server *server = caller->server;
    struct orb_request *request = orb_request_take(server, caller);
    enum exception_kind kind = giop_read_request(message, &server->options.cdr, &request->head);
    if (kind != EXCEPTION_NONE) {
        refuse_header(request, kind);
        return;
    }
    if (is_busy(server)) {
        refuse_busy(request);
        return;
    }
    kind = negotiate(caller, &request->head.contexts);
    if (kind != EXCEPTION_NONE)
        refuse(request, kind, kind == EXCEPTION_CODESET_INCOMPATIBLE ? MINOR_NO_CODESET : 0);
    else
        deliver(request);
}

void orb_server_locate(struct orb_caller *caller, const struct giop_message *message)
{
    const struct orb_server *server = caller->server;
    struct giop_locate_request head;
    size_t prefix_size;
    if (giop_read_locate_request(message, &server->options.cdr, &head) != EXCEPTION_NONE) {
        orb_caller_refuse(caller, "a LocateRequest that cannot be read");
        return;
    }
    const struct orb_servant *servant =
        orb_adapter_find(server->adapter, head.key, head.key_size, &prefix_size);
    enum giop_locate_status status = orb_servant_exists(servant, head.key, head.key_size)
                                         ? GIOP_OBJECT_HERE
                                         : GIOP_UNKNOWN_OBJECT;
    struct cdr_writer w = giop_open_locate_reply(orb_connection_out(caller->connection),
                                                 message->minor, head.id, status);
    giop_close(&w, 0);
    orb_caller_throttle(caller);
}
