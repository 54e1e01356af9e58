/* Objects: a reference, and what is remembered of it: where it was forwarded to, which of its
 * addresses answers. */
#include "base/memory.h"
#include "iiop/client_private.h"
#include "iiop/peer.h"

#include <stdlib.h>

struct orb_object *orb_object_new(struct orb_client *client, struct ior *ior)
{
    struct orb_object *object = memory_new(sizeof(*object));
    object->client = client;
    object->references = 1;
    object->ior = ior_hold(ior);
    object->address = client->options.address;
    TAILQ_INIT(&object->waiting);
    TAILQ_INSERT_TAIL(&client->objects, object, links);
    return object;
}

struct orb_object *orb_object_hold(struct orb_object *object)
{
    object->references++;
    return object;
}

/* What was looked up holds no longer. */
static void unlocate(struct orb_object *object)
{
    orb_peer_release(&object->peer);
}

void orb_object_orphan(struct orb_object *object)
{
    unlocate(object);
    TAILQ_REMOVE(&object->client->objects, object, links);
    object->client = NULL;
}

void orb_object_release(struct orb_object **held)
{
    struct orb_object *object = *held;
    *held = NULL;
    if (!object || --object->references > 0)
        return;
    if (object->resolution)
        orb_call_cancel(object->resolution);
    if (object->client)
        orb_object_orphan(object);
    orb_object_release(&object->context);
    ior_release(&object->forward);
    ior_release(&object->ior);
    free(object);
}

struct ior *orb_object_target(const struct orb_object *object)
{
    if (object->forward)
        return object->forward;
    return object->ior->name ? NULL : object->ior;
}

/* What a body is marshalled in while nobody knows for whom it will be. */
static void expect_most(struct orb_object *object)
{
    object->minor = 2;
    object->char_set = CODESET_UTF_8;
    object->wchar_set = CODESET_UTF_16;
}

void orb_object_locate(struct orb_object *object)
{
    if (object->peer)
        return;
    struct place place;
    const struct ior *target = orb_object_target(object);
    if (!target || place_find(target, object->place, &place) != EXCEPTION_NONE) {
        expect_most(object);
        return;
    }
    object->minor = place.minor;
    object->profile = place.profile;
    object->char_set = place.char_set;
    object->wchar_set = place.wchar_set;
    object->peer = orb_peer_find(object->client, place.endpoint, place.char_set, place.wchar_set);
}

void orb_object_remember(struct orb_object *object, struct ior *forward)
{
    struct ior *old = object->forward;
    object->forward = ior_hold(forward);
    object->place = 0;
    object->address = object->client->options.address;
    unlocate(object);
    ior_release(&old);
}

void orb_object_forget(struct orb_object *object, const struct ior *forward)
{
    if (object->forward != forward)
        return;
    ior_release(&object->forward);
    object->place = 0;
    object->address = object->client->options.address;
    unlocate(object);
}

void orb_object_settle(struct orb_object *object, const struct orb_call *call)
{
    if (call->place == object->place || call->target != orb_object_target(object))
        return;
    object->place = call->place;
    unlocate(object);
}

const char *orb_object_peer(const struct orb_object *object)
{
    return object->peer ? orb_peer_name(object->peer) : "";
}
