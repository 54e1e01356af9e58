/* A corbaname's resolution: the naming context is asked for what the name stands for (CosNaming,
 * NamingContext::resolve), and that is remembered as a forward is. */
#include "iiop/client_private.h"

#include <string.h>

/* A corbaname is its context's corbaloc and, after '#', a name; '#' stands nowhere else in it. */
static struct ior *context_of(const struct ior *named)
{
    struct buffer text = {0};
    struct buffer location = {0};
    struct ior *context = NULL;
    ior_format(named, &text);
    const char *colon = memchr(text.data, ':', text.size);
    const char *end = memchr(text.data, '#', text.size);
    if (colon && end && colon < end) {
        buffer_append_text(&location, "corbaloc");
        buffer_append(&location, colon, (size_t)(end - colon));
        if (ior_parse(location.data, location.size, &context, NULL) != STATUS_OK)
            context = NULL;
    }
    buffer_release(&location);
    buffer_release(&text);
    return context;
}

/* ---- the answer ---- */

struct verdict {
    enum exception_kind kind;
    const char *why;
};

/* Lets those that waited go, to where they wanted or to their end. Some come back at once, when
 * what was found is no good, and wait for another answer: they are not on this list. */
static void release_waiting(struct orb_object *object, const struct verdict *verdict)
{
    struct call_list calls = TAILQ_HEAD_INITIALIZER(calls);
    struct orb_call *call;
    while ((call = TAILQ_FIRST(&object->waiting)) != NULL)
        orb_call_move(call, &calls, CALL_RESOLVING);
    while ((call = TAILQ_FIRST(&calls)) != NULL) {
        orb_call_move(call, NULL, CALL_NEW);
        if (verdict->kind == EXCEPTION_NONE)
            orb_call_start(call);
        else
            orb_call_fail(call, verdict->kind, COMPLETED_NO, verdict->why);
    }
}

static struct verdict read_found(struct orb_object *object, struct cdr_reader body)
{
    struct ior *found = ior_read(&body);
    if (!cdr_ok(&body))
        return (struct verdict){EXCEPTION_MARSHAL, "the naming service's answer cannot be read"};
    if (!found)
        return (struct verdict){EXCEPTION_OBJECT_NOT_EXIST, "the name is bound to nothing"};
    orb_object_remember(object, found);
    ior_release(&found);
    return (struct verdict){EXCEPTION_NONE, ""};
}

static struct verdict judge_exception(const struct orb_outcome *outcome)
{
    static const char not_found[] = "IDL:omg.org/CosNaming/NamingContext/NotFound:1.0";
    static const char invalid[] = "IDL:omg.org/CosNaming/NamingContext/InvalidName:1.0";
    size_t length = outcome->exception_id_length;
    if (length == sizeof(not_found) - 1 && !memcmp(outcome->exception_id, not_found, length))
        return (struct verdict){EXCEPTION_OBJECT_NOT_EXIST, "the name is not bound"};
    if (length == sizeof(invalid) - 1 && !memcmp(outcome->exception_id, invalid, length))
        return (struct verdict){EXCEPTION_INV_OBJREF, "the naming service calls the name invalid"};
    return (struct verdict){EXCEPTION_TRANSIENT, "the naming service could not resolve the name"};
}

/* Its own words would be taken for those of the object that was meant. */
static struct verdict judge_failure(const struct orb_outcome *outcome)
{
    const char *why = outcome->local ? outcome->why
                      : outcome->system.kind == EXCEPTION_OBJECT_NOT_EXIST
                          ? "there is no naming service at the address that the name gives"
                          : "the naming service raised it";
    return (struct verdict){outcome->system.kind, why};
}

static void resolved(void *arg, const struct orb_outcome *outcome)
{
    struct orb_object *object = orb_object_hold(arg);
    struct verdict verdict;
    object->resolution = NULL;
    if (outcome->end == ORB_RETURNED)
        verdict = read_found(object, outcome->body);
    else if (outcome->end == ORB_USER_EXCEPTION)
        verdict = judge_exception(outcome);
    else
        verdict = judge_failure(outcome);
    release_waiting(object, &verdict);
    orb_object_release(&object);
}

/* ---- the question ---- */

/* False: the reference is no good. */
static bool find_context(struct orb_object *object)
{
    if (object->context)
        return true;
    struct ior *context = context_of(object->ior);
    if (!context)
        return false;
    object->context = orb_object_new(object->client, context);
    ior_release(&context);
    return true;
}

static bool ask(struct orb_object *object)
{
    struct name_component *components = NULL;
    size_t count = 0;
    struct cdr_writer *body;
    if (!find_context(object) ||
        name_parse(object->ior->name, &components, &count, NULL) != STATUS_OK)
        return false;
    object->resolution =
        orb_call_new(object->context, "resolve", strlen("resolve"), GIOP_RESPONSE_TARGET, &body);
    name_write(body, components, count);
    name_free(components, count);
    orb_call_send(object->resolution, 0, resolved, object);
    return true;
}

void orb_object_resolve(struct orb_object *object, struct orb_call *call)
{
    orb_call_move(call, &object->waiting, CALL_RESOLVING);
    if (object->resolution || ask(object))
        return;
    orb_call_move(call, NULL, CALL_NEW);
    orb_call_fail(call, EXCEPTION_INV_OBJREF, COMPLETED_NO, "the name cannot be resolved");
}
