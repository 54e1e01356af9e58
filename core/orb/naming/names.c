/* Names, references and exceptions of CosNaming, in requests and replies (OMG Naming Service 1.3,
 * 2.2 and 2.3). */
#include "naming/servants.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXCEPTION_ID(name_) "IDL:omg.org/CosNaming/NamingContext/" name_ ":1.0"

/* ---- arguments ---- */

bool asked_well(struct asked *asked)
{
    if (cdr_ok(&asked->arguments))
        return true;
    orb_reply_exception(asked->request, asked->arguments.failure, 0, COMPLETED_NO);
    return false;
}

static char *read_text(struct cdr_reader *r)
{
    struct buffer scratch = {0};
    size_t length;
    const char *text = cdr_read_string(r, 0, &scratch, &length);
    char *copy = cdr_ok(r) ? memory_text(text, length) : NULL;
    buffer_release(&scratch);
    return copy;
}

char *asked_text(struct asked *asked)
{
    char *text = read_text(&asked->arguments);
    asked_well(asked);
    return text;
}

static bool component_good(const struct name_component *component)
{
    return component->id && component->kind && strlen(component->id) <= NAME_BYTES_LIMIT &&
           strlen(component->kind) <= NAME_BYTES_LIMIT;
}

bool asked_name(struct asked *asked, struct name_component **name, size_t *count)
{
    struct cdr_reader *r = &asked->arguments;
    uint32_t length = cdr_read_length(r, 0, 10); /* two empty strings and what lies between */
    bool good = length > 0 && length <= NAME_COMPONENTS_LIMIT;
    *name = good ? memory_new(length * sizeof(**name)) : NULL;
    *count = 0;
    while (good && *count < length) {
        struct name_component *component = &(*name)[(*count)++];
        component->id = read_text(r);
        component->kind = read_text(r);
        good = component_good(component);
    }
    if (good)
        return true;
    name_free(*name, *count);
    if (asked_well(asked))
        answer_raise(asked->request, EXCEPTION_ID("InvalidName"));
    return false;
}

/* ---- references ---- */

struct ior *context_reference(const struct naming_servants *servants, uint64_t context)
{
    char key[64] = CONTEXT_KEY;
    if (context != TREE_ROOT)
        snprintf(key, sizeof(key), CONTEXT_KEY "/%" PRIx64, context);
    return ior_new(CONTEXT_EXT_ID, servants->host, servants->port, key, strlen(key));
}

/* ---- answers ---- */

/* Binding {Name binding_name; BindingType binding_type}. */
void write_listed(struct cdr_writer *w, const struct listed *entry)
{
    const struct name_component name = {.id = entry->id, .kind = entry->kind};
    name_write(w, &name, 1);
    cdr_write_ulong(w, entry->is_context);
}

void write_listing(struct cdr_writer *w, const struct listing *listing, size_t count)
{
    cdr_write_ulong(w, (uint32_t)count);
    for (size_t i = 0; i < count; i++)
        write_listed(w, &listing->entries[i]);
}

static struct cdr_writer *open_exception(struct orb_request *request, const char *id)
{
    struct cdr_writer *w = orb_reply_open(request, GIOP_USER_EXCEPTION);
    cdr_write_identifier(w, id, strlen(id));
    return w;
}

void answer_raise(struct orb_request *request, const char *id)
{
    open_exception(request, id);
    orb_reply_send(request);
}

void answer_reference(struct orb_request *request, const struct ior *ior)
{
    ior_write(orb_reply_open(request, GIOP_NO_EXCEPTION), ior);
    orb_reply_send(request);
}

void answer_text(struct orb_request *request, const char *text, size_t length)
{
    cdr_write_string(orb_reply_open(request, GIOP_NO_EXCEPTION), 0, text, length);
    orb_reply_send(request);
}

/* NotFound {NotFoundReason why; Name rest_of_name}; the reasons stand in this order. */
enum not_found { MISSING_NODE, NOT_CONTEXT, NOT_OBJECT };

static void answer_not_found(struct orb_request *request, enum not_found why,
                             const struct name_component *rest, size_t count)
{
    struct cdr_writer *w = open_exception(request, EXCEPTION_ID("NotFound"));
    cdr_write_ulong(w, why);
    name_write(w, rest, count);
    orb_reply_send(request);
}

/* CannotProceed {NamingContext cxt; Name rest_of_name}: the caller goes on there itself. */
static void answer_foreign(struct orb_request *request, const char *foreign,
                           const struct name_component *rest, size_t count)
{
    struct ior *ior = NULL;
    if (ior_parse(foreign, strlen(foreign), &ior, NULL) != STATUS_OK) {
        orb_reply_exception(request, EXCEPTION_INTERNAL, 0, COMPLETED_NO);
        return;
    }
    struct cdr_writer *w = open_exception(request, EXCEPTION_ID("CannotProceed"));
    ior_write(w, ior);
    name_write(w, rest, count);
    orb_reply_send(request);
    ior_release(&ior);
}

void answer_end(struct orb_request *request, const struct outcome *outcome,
                const struct name_component *name, size_t count)
{
    /* The component that leads into a foreign service has been used, too. */
    size_t used = outcome->done + (outcome->end == NAMING_FOREIGN);
    size_t left = name && count > used ? count - used : 0;
    const struct name_component *rest = left > 0 ? name + used : NULL;
    switch (outcome->end) {
    case NAMING_MISSING: answer_not_found(request, MISSING_NODE, rest, left); break;
    case NAMING_NOT_CONTEXT: answer_not_found(request, NOT_CONTEXT, rest, left); break;
    case NAMING_NOT_OBJECT: answer_not_found(request, NOT_OBJECT, rest, left); break;
    case NAMING_FOREIGN: answer_foreign(request, outcome->foreign, rest, left); break;
    case NAMING_TAKEN: answer_raise(request, EXCEPTION_ID("AlreadyBound")); break;
    case NAMING_NOT_EMPTY: answer_raise(request, EXCEPTION_ID("NotEmpty")); break;
    case NAMING_GONE:
        orb_reply_exception(request, EXCEPTION_OBJECT_NOT_EXIST, 0, COMPLETED_NO);
        break;
    case NAMING_ROOT: orb_reply_exception(request, EXCEPTION_NO_PERMISSION, 0, COMPLETED_NO); break;
    case NAMING_FULL: orb_reply_exception(request, EXCEPTION_NO_RESOURCES, 0, COMPLETED_NO); break;
    case NAMING_NOT_STORED:
        orb_reply_exception(request, EXCEPTION_PERSIST_STORE, 0, COMPLETED_MAYBE);
        break;
    case NAMING_DONE: break;
    }
}
