/* Serving objects over IIOP, in one event loop.
 *
 * A request is handed to its servant as soon as it has come; replies go out in whatever order they
 * are made. What every object answers (_is_a, _non_existent, _interface as INTF_REPOS,
 * _repository_id, LocateRequest) is answered here. Requests for unknown keys get OBJECT_NOT_EXIST,
 * more requests than the limits allow TRANSIENT, and broken GIOP MessageError and a close. Replies
 * speak the request's version.
 *
 * A request stays valid until it is answered, though its connection may be gone or the client may
 * have cancelled it: the answer is dropped then. One thread owns a server and its requests. */
#ifndef IIOP_SERVER_H
#define IIOP_SERVER_H

#include "base/status.h"
#include "cdr/cdr.h"
#include "giop/message.h"
#include "giop/stream.h"
#include "iiop/adapter.h"

#include <stdbool.h>
#include <stddef.h>

struct event_base;
struct orb_server;
struct orb_request;

struct orb_server_options {
    struct giop_stream_limits stream;
    struct cdr_limits cdr;
    size_t reassembly_total_bytes; /* of all connections */
    size_t fragment_bytes;         /* replies longer than this are sent in fragments; 0: never */
    size_t connections;            /* one more is closed at once */
    size_t pipelined;    /* requests under way on one connection; beyond it nothing more is read */
    size_t requests;     /* under way in all; one more gets TRANSIENT */
    size_t unsent_bytes; /* replies that a client does not take; beyond it nothing more is read */
    int message_deadline_ms; /* for the rest of a message that has begun, fragments included */
    int idle_timeout_ms;     /* without requests: CloseConnection */
    int write_timeout_ms;    /* a client that takes nothing of a waiting reply: close */
};
struct orb_server_options orb_server_defaults(void);

/* `adapter` is lent; may be NULL, and changed at any time: requests under way are not touched. */
struct orb_server *orb_server_new(struct event_base *base, const struct orb_server_options *options,
                                  const struct orb_adapter *adapter);
void orb_server_use(struct orb_server *server, const struct orb_adapter *adapter);

/* "127.0.0.1:2810", "[::1]:2810". As http_server_listen: with `shared` several servers of this
 * process share the address; port 0 takes a free one. */
MUST_CHECK enum status orb_server_listen(struct orb_server *server, const char *address,
                                         bool shared, struct fault *fault);
const char *orb_server_address(const struct orb_server *server); /* as bound; "" before */

/* Takes no new connections and no new requests (they get TRANSIENT), lets those under way finish,
 * sends CloseConnection, and calls `stopped` from the loop. The caller bounds the wait. */
void orb_server_stop(struct orb_server *server, void (*stopped)(void *arg), void *arg);
/* Closes everything at once. Requests that are not answered stay valid until they are. Not from
 * within a servant's invoke. */
void orb_server_free(struct orb_server **server);

/* ---- a request ---- */

const char *orb_request_operation(const struct orb_request *request, size_t *length);
const void *orb_request_key(const struct orb_request *request, size_t *size);
/* What follows a default servant's prefix; empty for an exact key. */
const void *orb_request_object_id(const struct orb_request *request, size_t *size);
/* Only until invoke returns; empty after it. */
struct cdr_reader orb_request_arguments(const struct orb_request *request);
const struct service_contexts *orb_request_contexts(const struct orb_request *request);
const char *orb_request_peer(const struct orb_request *request); /* "127.0.0.1:40112" */
/* False: nobody will see the answer (oneway, cancelled, connection gone). It is to be answered
 * still. */
bool orb_request_wanted(const struct orb_request *request);
bool orb_request_oneway(const struct orb_request *request);

/* ---- the answer: one of these, once; the request is gone after it ---- */

/* A context for the reply that follows; copied. Those beyond GIOP_CONTEXTS_LIMIT are left out. */
void orb_reply_add_context(struct orb_request *request, uint32_t id, const void *data, size_t size);

/* Opens the reply, for result and out values (GIOP_NO_EXCEPTION) or a user exception, its
 * repository id first. Until orb_reply_send or orb_reply_abandon nothing else of this server may
 * run. */
struct cdr_writer *orb_reply_open(struct orb_request *request, enum giop_reply_status status);
/* Sends it. When the writer has failed a system exception of its kind goes instead. */
void orb_reply_send(struct orb_request *request);
/* Takes an opened reply back; the request is still to be answered. */
void orb_reply_abandon(struct orb_request *request);

void orb_reply_exception(struct orb_request *request, enum exception_kind kind, uint32_t minor,
                         enum exception_completed completed);
void orb_reply_forward(struct orb_request *request, const struct ior *to);
/* void, or what nobody waits for. */
void orb_reply_nothing(struct orb_request *request);

#endif
