/* Calls: begun, sent, given up; their memory, which is used again. */
#include "base/clock.h"
#include "base/memory.h"
#include "iiop/client_private.h"
#include "iiop/peer.h"

#include <stdlib.h>
#include <string.h>

enum {
    SPARE_LIMIT = 256,
    KEPT_BYTES = 65536,                       /* of a spare call's body */
    CONTEXTS_LIMIT = GIOP_CONTEXTS_LIMIT - 1, /* one is for the code sets */
};

/* ---- memory ---- */

static struct orb_call *call_take(struct orb_client *client)
{
    struct orb_call *call = TAILQ_FIRST(&client->spare);
    if (!call)
        return memory_new(sizeof(*call));
    TAILQ_REMOVE(&client->spare, call, links);
    client->spare_count--;
    memset(call, 0, offsetof(struct orb_call, why));
    return call;
}

static void call_free(struct orb_call *call)
{
    buffer_release(&call->body);
    buffer_release(&call->texts);
    free(call);
}

/* The object is let go of last: it may be what keeps the caller's things alive. */
static void call_give_back(struct orb_call *call)
{
    struct orb_client *client = call->client;
    struct orb_object *object = call->object;
    ior_release(&call->target);
    if (client->spare_count >= SPARE_LIMIT || call->body.capacity > KEPT_BYTES) {
        call_free(call);
    } else {
        call->state = CALL_TOLD;
        TAILQ_INSERT_HEAD(&client->spare, call, links);
        client->spare_count++;
    }
    orb_object_release(&object);
}

void orb_call_free_spare(struct orb_client *client)
{
    struct orb_call *call;
    while ((call = TAILQ_FIRST(&client->spare)) != NULL) {
        TAILQ_REMOVE(&client->spare, call, links);
        call_free(call);
    }
}

/* ---- where it stands ---- */

void orb_call_move(struct orb_call *call, struct call_list *list, enum call_state state)
{
    if (call->list)
        TAILQ_REMOVE(call->list, call, links);
    call->list = list;
    call->state = state;
    if (list)
        TAILQ_INSERT_TAIL(list, call, links);
}

void orb_call_detach(struct orb_call *call)
{
    if (call->peer)
        orb_peer_drop(call->peer, call);
    orb_call_move(call, NULL, CALL_NEW);
    orb_peer_release(&call->peer);
}

/* ---- begin ---- */

struct orb_call *orb_call_new(struct orb_object *object, const char *operation,
                              size_t operation_length, enum giop_response response,
                              struct cdr_writer **body)
{
    struct orb_call *call = call_take(object->client);
    orb_object_locate(object);
    call->client = object->client;
    call->object = orb_object_hold(object);
    call->response = response;
    call->operation_length = operation_length;
    buffer_clear(&call->texts);
    buffer_append(&call->texts, operation, operation_length);
    call->contexts.count = 0;
    buffer_clear(&call->body);
    call->writer.out = &call->body;
    call->writer.minor = object->minor;
    call->writer.char_set = object->char_set;
    call->writer.wchar_set = object->wchar_set;
    *body = &call->writer;
    return call;
}

void orb_call_add_context(struct orb_call *call, uint32_t id, const void *data, size_t size)
{
    struct service_contexts *contexts = &call->contexts;
    if (contexts->count == CONTEXTS_LIMIT) {
        call->context_error = EXCEPTION_IMP_LIMIT;
        return;
    }
    call->context_at[contexts->count] = call->texts.size;
    contexts->list[contexts->count++] = (struct service_context){.id = id, .size = size};
    buffer_append(&call->texts, data, size);
}

void orb_call_drop(struct orb_call *call)
{
    call_give_back(call);
}

/* What keeps the call from being sent at all. */
static enum exception_kind refusal(const struct orb_call *call)
{
    if (call->client->closing)
        return EXCEPTION_COMM_FAILURE;
    return call->writer.failure != EXCEPTION_NONE ? call->writer.failure : call->context_error;
}

void orb_call_send(struct orb_call *call, int timeout_ms, orb_answered *answered, void *arg)
{
    struct orb_client *client = call->client;
    call->answered = answered;
    call->arg = arg;
    call->begun_us = clock_monotonic_us();
    enum exception_kind refused = refusal(call);
    if (refused != EXCEPTION_NONE) {
        orb_call_fail(call, refused, COMPLETED_NO,
                      client->closing ? "the client has ended" : "the arguments cannot be written");
        return;
    }
    if (timeout_ms <= 0)
        timeout_ms = client->options.call_timeout_ms;
    orb_client_set_deadline(client, call, call->begun_us + timeout_ms * INT64_C(1000));
    orb_call_start(call);
}

/* ---- given up ---- */

/* Takes it back; the peer is told when it has gone there. */
static void withdraw(struct orb_call *call)
{
    if (call->state == CALL_SENT)
        orb_peer_cancel(call->peer, call);
    orb_call_detach(call);
}

void orb_call_cancel(struct orb_call *call)
{
    withdraw(call);
    deadlines_remove(&call->client->deadlines, &call->deadline);
    counter_add(call->client->calls[OUTCOME_CANCELLED], 1);
    call_give_back(call);
}

void orb_call_expire(struct orb_call *call)
{
    bool has_left = call->state == CALL_SENT || call->state == CALL_WRITTEN;
    if (call->state == CALL_SENT)
        orb_peer_silent(call->peer, call);
    withdraw(call);
    orb_call_fail(call, EXCEPTION_TIMEOUT, has_left ? COMPLETED_MAYBE : COMPLETED_NO,
                  has_left ? "no answer in time" : "not sent in time");
}

/* ---- end ---- */

static enum call_outcome outcome_of(const struct orb_outcome *outcome)
{
    switch (outcome->end) {
    case ORB_RETURNED: return OUTCOME_RETURNED;
    case ORB_USER_EXCEPTION: return OUTCOME_USER_EXCEPTION;
    case ORB_SYSTEM_EXCEPTION: break;
    }
    if (!outcome->local)
        return OUTCOME_SYSTEM_EXCEPTION;
    return outcome->system.kind == EXCEPTION_TIMEOUT ? OUTCOME_TIMEOUT : OUTCOME_FAILED;
}

/* Whether it speaks of another object than was meant, or of none. */
static bool is_astray(const struct orb_outcome *outcome)
{
    if (outcome->end != ORB_SYSTEM_EXCEPTION)
        return false;
    switch (outcome->system.kind) {
    case EXCEPTION_COMM_FAILURE:
    case EXCEPTION_OBJECT_NOT_EXIST:
    case EXCEPTION_INV_OBJREF:
    case EXCEPTION_BAD_OPERATION:
    case EXCEPTION_NO_IMPLEMENT:
    case EXCEPTION_MARSHAL: return true;
    default: return false;
    }
}

/* The next call asks for the way again: whoever gave a wrong one may know better by now. */
static void doubt_forward(struct orb_call *call, const struct orb_outcome *outcome)
{
    if (call->forwarded && is_astray(outcome))
        orb_object_forget(call->object, call->target);
}

void orb_call_tell(struct orb_call *call, const struct orb_outcome *outcome)
{
    struct orb_client *client = call->client;
    deadlines_remove(&client->deadlines, &call->deadline);
    orb_call_detach(call);
    doubt_forward(call, outcome);
    call->state = CALL_TOLD;
    counter_add(client->calls[outcome_of(outcome)], 1);
    histogram_observe_us(client->seconds, clock_monotonic_us() - call->begun_us);
    call->answered(call->arg, outcome);
    call_give_back(call);
}

/* Keeps how it ended, for orb_call_tell_ended. */
static void end_later(struct orb_call *call)
{
    deadlines_remove(&call->client->deadlines, &call->deadline);
    orb_call_detach(call);
    orb_call_move(call, &call->client->ended, CALL_ENDED);
    orb_client_turn(call->client);
}

void orb_call_fail(struct orb_call *call, enum exception_kind kind,
                   enum exception_completed completed, const char *why)
{
    call->system = (struct system_exception){.kind = kind, .completed = completed};
    size_t length = strnlen(why, sizeof(call->why) - 1);
    memcpy(call->why, why, length);
    call->why[length] = '\0';
    end_later(call);
}

void orb_call_left(struct orb_call *call)
{
    call->system = (struct system_exception){.kind = EXCEPTION_NONE};
    call->why[0] = '\0';
    end_later(call);
}

void orb_call_tell_ended(struct orb_call *call)
{
    const struct orb_outcome outcome = {
        .end = call->system.kind == EXCEPTION_NONE ? ORB_RETURNED : ORB_SYSTEM_EXCEPTION,
        .body = cdr_reader_of(NULL, 0, false, &call->client->options.cdr),
        .system = call->system,
        .local = true,
        .why = call->why,
    };
    orb_call_tell(call, &outcome);
}
