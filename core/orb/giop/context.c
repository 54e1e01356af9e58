/* Service contexts (CORBA 3.3, part 2, 9.7.1): lists of them in messages, and what is in those that
 * we know. */
#include "giop/message.h"
#include "giop/wire.h"

enum { CONTEXT_LEAST_SIZE = 8 }; /* an id and a length */

/* ---- lists ---- */

enum exception_kind contexts_read(struct cdr_reader *r, struct service_contexts *contexts)
{
    uint32_t count = cdr_read_length(r, 0, CONTEXT_LEAST_SIZE);
    uint32_t limit = r->limits->contexts;
    if (limit > GIOP_CONTEXTS_LIMIT)
        limit = GIOP_CONTEXTS_LIMIT;
    contexts->count = 0;
    for (uint32_t i = 0; i < count && cdr_ok(r); i++) {
        struct service_context context = {.id = cdr_read_ulong(r)};
        context.data = cdr_read_octets(r, 0, &context.size);
        if (i < limit)
            contexts->list[contexts->count++] = context;
    }
    if (!cdr_ok(r))
        contexts->count = 0;
    return count > limit ? EXCEPTION_IMP_LIMIT : EXCEPTION_NONE;
}

void contexts_write(struct cdr_writer *w, const struct service_contexts *contexts)
{
    size_t count = contexts ? contexts->count : 0;
    cdr_write_ulong(w, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        cdr_write_ulong(w, contexts->list[i].id);
        cdr_write_octets(w, contexts->list[i].data, contexts->list[i].size);
    }
}

const struct service_context *giop_context_find(const struct service_contexts *contexts,
                                                uint32_t id)
{
    for (size_t i = 0; i < contexts->count; i++)
        if (contexts->list[i].id == id)
            return &contexts->list[i];
    return NULL;
}

/* ---- what is in them: encapsulations (9.3.3) ---- */

bool giop_context_codesets(const struct service_context *context, uint32_t *char_set,
                           uint32_t *wchar_set)
{
    struct cdr_limits limits = cdr_limits_default();
    struct cdr_reader r = encapsulation_reader(context->data, context->size, &limits);
    *char_set = cdr_read_ulong(&r);
    *wchar_set = cdr_read_ulong(&r);
    return cdr_ok(&r);
}

void giop_codesets_context(struct buffer *out, uint32_t char_set, uint32_t wchar_set)
{
    struct cdr_writer w = {.out = out, .origin = out->size};
    cdr_write_octet(&w, OUR_ORDER);
    cdr_write_ulong(&w, char_set);
    cdr_write_ulong(&w, wchar_set);
}

const char *giop_context_text(const struct service_context *context, size_t *length)
{
    struct cdr_limits limits = cdr_limits_default();
    struct cdr_reader r = encapsulation_reader(context->data, context->size, &limits);
    const char *text = cdr_read_identifier(&r, length);
    return cdr_ok(&r) ? text : NULL;
}

void giop_text_context(struct buffer *out, const char *text, size_t length)
{
    struct cdr_writer w = {.out = out, .origin = out->size};
    cdr_write_octet(&w, OUR_ORDER);
    cdr_write_identifier(&w, text, length);
}
