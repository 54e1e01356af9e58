/* Where a call goes: its object's place, then the other places of the reference, and back from a
 * forward that leads nowhere. */
#include "iiop/client_private.h"
#include "iiop/peer.h"

static void set_target(struct orb_call *call, struct ior *target)
{
    struct ior *old = call->target;
    call->target = ior_hold(target);
    call->forwarded = target != call->object->ior;
    ior_release(&old);
}

/* The object knows a place for this body, mostly. */
static void take_known_place(struct orb_call *call)
{
    const struct orb_object *object = call->object;
    call->place = object->place;
    call->tried = 0;
    call->address = object->address;
    if (!object->peer || object->minor != call->writer.minor ||
        object->char_set != call->writer.char_set || object->wchar_set != call->writer.wchar_set)
        return;
    call->peer = orb_peer_hold(object->peer);
    call->profile = object->profile;
    call->minor = object->minor;
}

void orb_call_start(struct orb_call *call)
{
    struct orb_object *object = call->object;
    struct ior *target = orb_object_target(object);
    if (!target) {
        orb_object_resolve(object, call);
        return;
    }
    if (call->target != target)
        set_target(call, target);
    orb_object_locate(object);
    take_known_place(call);
    orb_call_go(call);
}

static size_t count_places(const struct ior *ior)
{
    size_t count = 0;
    size_t profile;
    while (ior_endpoint(ior, count, &profile))
        count++;
    return count;
}

/* What stands in the way of every place, or of the last one that was tried. */
struct obstacle {
    enum exception_kind kind;
    const char *why;
};

/* Finds the peer at the call's place. */
static bool find_peer(struct orb_call *call, struct obstacle *obstacle)
{
    struct place place;
    if (place_find(call->target, call->place, &place) != EXCEPTION_NONE) {
        *obstacle = (struct obstacle){EXCEPTION_CODESET_INCOMPATIBLE, "no code set in common"};
        return false;
    }
    if (!place_fit(call->target, &place, &call->writer)) {
        *obstacle = (struct obstacle){EXCEPTION_TRANSIENT,
                                      "the call was marshalled for another place; call again"};
        return false;
    }
    call->peer = orb_peer_find(call->client, place.endpoint, place.char_set, place.wchar_set);
    call->profile = place.profile;
    call->minor = place.minor;
    return true;
}

static bool take_place(struct orb_call *call, struct obstacle *obstacle)
{
    if (!call->peer && !find_peer(call, obstacle))
        return false;
    if (orb_peer_take(call->peer, call))
        return true;
    *obstacle = (struct obstacle){EXCEPTION_TRANSIENT, "the peer is left alone for a while"};
    orb_peer_release(&call->peer);
    return false;
}

static void next_place(struct orb_call *call, size_t count)
{
    call->tried++;
    call->place = count ? (call->place + 1) % count : 0;
}

static void go(struct orb_call *call, struct obstacle obstacle)
{
    if (call->peer && take_place(call, &obstacle))
        return;
    size_t count = count_places(call->target);
    while (call->tried < count) {
        if (take_place(call, &obstacle))
            return;
        next_place(call, count);
    }
    const struct system_exception exception = {obstacle.kind, 0, COMPLETED_NO};
    if (!orb_call_fall_back(call, &exception))
        orb_call_fail(call, obstacle.kind, COMPLETED_NO, obstacle.why);
}

void orb_call_go(struct orb_call *call)
{
    go(call, (struct obstacle){EXCEPTION_INV_OBJREF, "the reference has no IIOP address"});
}

void orb_call_try_next(struct orb_call *call, enum exception_kind kind, const char *why)
{
    orb_call_detach(call);
    next_place(call, count_places(call->target));
    go(call, (struct obstacle){kind, why});
}

static bool is_place_gone(const struct system_exception *exception)
{
    return exception->completed == COMPLETED_NO &&
           (exception->kind == EXCEPTION_COMM_FAILURE || exception->kind == EXCEPTION_TRANSIENT ||
            exception->kind == EXCEPTION_OBJECT_NOT_EXIST);
}

bool orb_call_fall_back(struct orb_call *call, const struct system_exception *exception)
{
    if (!call->forwarded || call->fell_back || !is_place_gone(exception))
        return false;
    call->fell_back = true;
    orb_object_forget(call->object, call->target);
    orb_call_detach(call);
    orb_call_start(call);
    return true;
}
