/* Object references: made, counted, compared, in and out of messages (CORBA 3.3, part 2, 7.6.2). */
#include "base/memory.h"
#include "cdr/value.h"
#include "giop/profile.h"
#include "giop/reference.h"

#include <stdlib.h>
#include <string.h>

struct ior *reference_new(const char *type_id, size_t length, size_t profiles)
{
    struct ior *ior = memory_new(sizeof(*ior));
    ior->references = 1;
    ior->type_id = memory_text(type_id, length);
    ior->profiles = memory_new((profiles + 1) * sizeof(struct profile));
    return ior;
}

void reference_add(struct ior *ior, uint8_t minor, const struct endpoint *endpoint, const void *key,
                   size_t key_size, const struct codesets *codesets)
{
    struct buffer data = {0};
    struct cdr_limits limits = cdr_limits_default();
    struct profile *profile = &ior->profiles[ior->profile_count++];
    profile_write(&data, minor, endpoint, key, key_size, codesets);
    /* One component at most: no limit is exceeded. */
    (void)profile_make(profile, TAG_INTERNET_IOP, (const uint8_t *)data.data, data.size, &limits);
    buffer_release(&data);
}

struct ior *ior_new(const char *type_id, const char *host, uint16_t port, const void *key,
                    size_t key_size)
{
    struct ior *ior = reference_new(type_id, strlen(type_id), 1);
    struct buffer name = {0};
    buffer_append(&name, host, strlen(host) + 1);
    struct endpoint endpoint = {.host = name.data, .port = port};
    reference_add(ior, 2, &endpoint, key, key_size, &codesets_ours);
    buffer_release(&name);
    return ior;
}

struct ior *ior_hold(struct ior *ior)
{
    if (ior)
        ior->references++;
    return ior;
}

void ior_release(struct ior **ior)
{
    struct ior *held = *ior;
    *ior = NULL;
    if (!held || --held->references > 0)
        return;
    for (size_t i = 0; i < held->profile_count; i++)
        profile_clear(&held->profiles[i]);
    free(held->profiles);
    free(held->type_id);
    free(held->name);
    free(held);
}

/* ---- in ---- */

static void read_profile(struct cdr_reader *r, struct ior *ior)
{
    size_t size;
    uint32_t tag = cdr_read_ulong(r);
    const uint8_t *data = cdr_read_octets(r, 0, &size);
    if (!cdr_ok(r))
        return;
    struct profile *profile = &ior->profiles[ior->profile_count++];
    enum exception_kind failure = profile_make(profile, tag, data, size, r->limits);
    if (failure != EXCEPTION_NONE)
        cdr_fail(r, failure);
}

/* IIOP 1.0 has no components of its own: a profile of nothing but components speaks for it. */
static void lend_codesets(struct ior *ior)
{
    const struct profile *common = NULL;
    for (size_t i = 0; i < ior->profile_count && !common; i++)
        if (ior->profiles[i].tag == TAG_MULTIPLE_COMPONENTS && ior->profiles[i].has_codesets)
            common = &ior->profiles[i];
    for (size_t i = 0; i < ior->profile_count && common; i++) {
        struct profile *profile = &ior->profiles[i];
        if (profile->iiop && profile->minor == 0) {
            profile->has_codesets = true;
            profile->codesets = common->codesets;
        }
    }
}

struct ior *ior_read(struct cdr_reader *r)
{
    size_t length;
    const char *type_id = cdr_read_identifier(r, &length);
    uint32_t count = cdr_read_length(r, 0, PROFILE_LEAST_SIZE);
    if (count > r->limits->profiles)
        cdr_fail(r, EXCEPTION_IMP_LIMIT);
    if (!cdr_ok(r) || count == 0)
        return NULL;
    struct ior *ior = reference_new(type_id, length, count);
    for (uint32_t i = 0; i < count && cdr_ok(r); i++)
        read_profile(r, ior);
    if (cdr_ok(r))
        lend_codesets(ior);
    else
        ior_release(&ior);
    return ior;
}

/* ---- out ---- */

void reference_write(struct cdr_writer *w, const struct ior *ior)
{
    cdr_write_identifier(w, ior->type_id, strlen(ior->type_id));
    cdr_write_ulong(w, (uint32_t)ior->profile_count);
    for (size_t i = 0; i < ior->profile_count; i++) {
        const struct profile *profile = &ior->profiles[i];
        cdr_write_ulong(w, profile->tag);
        cdr_write_octets(w, profile->data, profile->size);
    }
}

void ior_write(struct cdr_writer *w, const struct ior *ior)
{
    static char nothing[] = "";
    static const struct ior nil = {.type_id = nothing};
    if (ior && ior->name)
        cdr_refuse(w, EXCEPTION_BAD_PARAM);
    else
        reference_write(w, ior ? ior : &nil);
}

/* ---- questions ---- */

const struct profile *ior_iiop(const struct ior *ior)
{
    for (size_t i = 0; i < ior->profile_count; i++)
        if (ior->profiles[i].iiop)
            return &ior->profiles[i];
    return NULL;
}

const struct endpoint *ior_endpoint(const struct ior *ior, size_t index, size_t *profile)
{
    for (*profile = 0; *profile < ior->profile_count; ++*profile) {
        const struct profile *at = &ior->profiles[*profile];
        if (index < at->endpoint_count)
            return &at->endpoints[index];
        index -= at->endpoint_count;
    }
    return NULL;
}

static bool same_name(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool ior_equal(const struct ior *a, const struct ior *b)
{
    if (a->profile_count != b->profile_count || !same_name(a->name, b->name))
        return false;
    for (size_t i = 0; i < a->profile_count; i++) {
        const struct profile *p = &a->profiles[i];
        const struct profile *q = &b->profiles[i];
        if (p->tag != q->tag || p->size != q->size || memcmp(p->data, q->data, p->size) != 0)
            return false;
    }
    return true;
}

/* ---- as values (value.h) ---- */

static void value_read(struct cdr_reader *r, struct buffer *text)
{
    struct ior *ior = ior_read(r);
    if (ior)
        ior_format(ior, text);
    ior_release(&ior);
}

static enum status value_write(struct cdr_writer *w, const char *text, size_t length,
                               struct fault *fault)
{
    struct ior *ior = NULL;
    enum status status = STATUS_OK;
    if (length > 0)
        status = ior_parse(text, length, &ior, fault);
    if (status == STATUS_OK && ior && ior->name)
        status = fault_set(fault, STATUS_INVALID, NULL,
                           "a corbaname must be resolved before it can be passed on");
    if (status == STATUS_OK)
        ior_write(w, ior);
    ior_release(&ior);
    return status;
}

const struct value_references ior_references = {.read = value_read, .write = value_write};
