/* What a peer sends: replies, which end calls or send them elsewhere, and the end of connections.
 */
#include "iiop/client_private.h"
#include "iiop/peer.h"

/* A reply that was read, and whose call waits for it. */
struct answer {
    struct orb_peer *peer;
    struct orb_call *call;
    struct giop_reply *reply;
};

static void tell(struct answer *answer, struct orb_outcome *outcome)
{
    outcome->contexts = &answer->reply->contexts;
    if (!outcome->why)
        outcome->why = "";
    orb_object_settle(answer->call->object, answer->call);
    orb_call_tell(answer->call, outcome);
}

static void refuse(struct answer *answer, enum exception_kind kind)
{
    orb_call_fail(answer->call, kind, COMPLETED_MAYBE, "the reply cannot be read");
}

static void on_result(struct answer *answer)
{
    struct orb_outcome outcome = {.end = ORB_RETURNED, .body = answer->reply->body};
    tell(answer, &outcome);
}

static void on_user_exception(struct answer *answer)
{
    struct orb_outcome outcome = {.end = ORB_USER_EXCEPTION, .body = answer->reply->body};
    outcome.exception_id = cdr_read_identifier(&outcome.body, &outcome.exception_id_length);
    if (cdr_ok(&outcome.body))
        tell(answer, &outcome);
    else
        refuse(answer, outcome.body.failure);
}

static void on_system_exception(struct answer *answer)
{
    struct orb_outcome outcome = {
        .end = ORB_SYSTEM_EXCEPTION,
        .body = answer->reply->body,
        .why = "raised by the peer",
    };
    outcome.system = giop_read_exception(&outcome.body);
    if (!cdr_ok(&outcome.body))
        refuse(answer, outcome.body.failure);
    else if (!orb_call_fall_back(answer->call, &outcome.system))
        tell(answer, &outcome);
}

/* One more detour. False: there were too many, and that was its end. */
static bool count_detour(struct orb_call *call)
{
    if (++call->forwards <= call->client->options.forward_limit)
        return true;
    orb_call_fail(call, EXCEPTION_TRANSIENT, COMPLETED_NO, "forwarded too often");
    return false;
}

static void on_forward(struct answer *answer)
{
    struct orb_call *call = answer->call;
    struct ior *to = ior_read(&answer->reply->body);
    if (!cdr_ok(&answer->reply->body)) {
        refuse(answer, answer->reply->body.failure);
    } else if (!to) {
        orb_call_fail(call, EXCEPTION_INV_OBJREF, COMPLETED_NO, "forwarded to the nil reference");
    } else if (count_detour(call)) {
        orb_object_remember(call->object, to);
        orb_call_detach(call);
        orb_call_start(call);
    }
    ior_release(&to);
}

static void on_addressing_mode(struct answer *answer)
{
    struct orb_call *call = answer->call;
    uint16_t wanted = cdr_read_ushort(&answer->reply->body);
    if (!cdr_ok(&answer->reply->body) || wanted > GIOP_REFERENCE_ADDR || call->minor < 2) {
        refuse(answer, EXCEPTION_MARSHAL);
        return;
    }
    if (!count_detour(call))
        return;
    call->address = wanted;
    if (call->target == orb_object_target(call->object))
        call->object->address = wanted;
    orb_peer_drop(call->peer, call);
    orb_call_move(call, NULL, CALL_NEW);
    orb_call_go(call);
}

static void on_answer(struct answer *answer)
{
    switch ((enum giop_reply_status)answer->reply->status) {
    case GIOP_NO_EXCEPTION: on_result(answer); return;
    case GIOP_USER_EXCEPTION: on_user_exception(answer); return;
    case GIOP_SYSTEM_EXCEPTION: on_system_exception(answer); return;
    case GIOP_LOCATION_FORWARD:
    case GIOP_LOCATION_FORWARD_PERM: on_forward(answer); return;
    case GIOP_NEEDS_ADDRESSING_MODE: on_addressing_mode(answer); return;
    }
}

/* One for an unknown id is late: its call was cancelled or timed out. */
static void on_reply(struct orb_peer *peer, const struct giop_message *message)
{
    struct giop_reply reply;
    enum exception_kind failure = giop_read_reply(message, &peer->client->options.cdr, &reply);
    if (failure != EXCEPTION_NONE && reply.id == 0) {
        orb_peer_broken(peer, "a reply whose header cannot be read");
        return;
    }
    struct answer answer = {peer, call_table_find(&peer->pending, reply.id), &reply};
    if (!answer.call)
        return;
    orb_peer_answered(peer);
    reply.body.char_set = peer->char_set;
    reply.body.wchar_set = peer->wchar_set;
    if (failure != EXCEPTION_NONE)
        refuse(&answer, failure);
    else
        on_answer(&answer);
}

void orb_peer_message(void *arg, const struct giop_message *message)
{
    struct orb_peer *peer = orb_peer_hold(arg);
    peer->reading = true;
    switch (message->type) {
    case GIOP_REPLY: on_reply(peer, message); break;
    case GIOP_LOCATE_REPLY: break; /* nobody asked */
    case GIOP_CLOSE_CONNECTION: orb_peer_closed(peer); break;
    case GIOP_MESSAGE_ERROR: orb_peer_lost(peer, "the peer answered MessageError"); break;
    case GIOP_REQUEST:
    case GIOP_CANCEL_REQUEST:
    case GIOP_LOCATE_REQUEST:
    case GIOP_FRAGMENT: orb_peer_broken(peer, "a message that only clients send"); break;
    }
    peer->reading = false;
    orb_peer_release(&peer);
}
