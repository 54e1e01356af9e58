/* How a message names the object that it is for: by key, by profile, by reference (CORBA 3.3, part
 * 2, 9.4.2.1). */
#include "giop/profile.h"
#include "giop/wire.h"

/* A TaggedProfile: the object key when it is one of IIOP, NULL when it is not. */
static const uint8_t *read_profile_key(struct cdr_reader *r, size_t *key_size)
{
    size_t size;
    uint32_t tag = cdr_read_ulong(r);
    const uint8_t *data = cdr_read_octets(r, 0, &size);
    if (!cdr_ok(r) || tag != TAG_INTERNET_IOP)
        return NULL;
    return profile_key(data, size, r->limits, key_size);
}

static const uint8_t *read_profile(struct cdr_reader *r, size_t *key_size)
{
    const uint8_t *key = read_profile_key(r, key_size);
    if (cdr_ok(r) && !key)
        cdr_fail(r, EXCEPTION_INV_OBJREF);
    return key;
}

/* IORAddressingInfo: which of the profiles, then the whole reference. */
static const uint8_t *read_reference(struct cdr_reader *r, size_t *key_size)
{
    size_t id_length;
    const uint8_t *key = NULL;
    uint32_t selected = cdr_read_ulong(r);
    (void)cdr_read_identifier(r, &id_length);
    uint32_t count = cdr_read_length(r, 0, PROFILE_LEAST_SIZE);
    if (count > r->limits->profiles)
        cdr_fail(r, EXCEPTION_IMP_LIMIT);
    for (uint32_t i = 0; i < count && cdr_ok(r); i++) {
        size_t size;
        const uint8_t *found = read_profile_key(r, &size);
        if (i == selected && found) {
            key = found;
            *key_size = size;
        }
    }
    if (cdr_ok(r) && !key)
        cdr_fail(r, EXCEPTION_INV_OBJREF);
    return key;
}

static const uint8_t *read_target(struct cdr_reader *r, size_t *key_size)
{
    switch (cdr_read_ushort(r)) {
    case GIOP_KEY_ADDR: return cdr_read_octets(r, 0, key_size);
    case GIOP_PROFILE_ADDR: return read_profile(r, key_size);
    case GIOP_REFERENCE_ADDR: return read_reference(r, key_size);
    default: cdr_fail(r, EXCEPTION_MARSHAL); return NULL;
    }
}

void address_read(struct cdr_reader *r, const uint8_t **key, size_t *key_size)
{
    const uint8_t *found =
        r->minor < 2 ? cdr_read_octets(r, 0, key_size) : read_target(r, key_size);
    *key = cdr_ok(r) ? found : NULL;
    if (!cdr_ok(r))
        *key_size = 0;
}

/* ---- writing ---- */

static void write_profile(struct cdr_writer *w, const struct profile *profile)
{
    cdr_write_ushort(w, GIOP_PROFILE_ADDR);
    cdr_write_ulong(w, profile->tag);
    cdr_write_octets(w, profile->data, profile->size);
}

static void write_reference(struct cdr_writer *w, const struct giop_request_head *head)
{
    cdr_write_ushort(w, GIOP_REFERENCE_ADDR);
    cdr_write_ulong(w, (uint32_t)head->profile);
    reference_write(w, head->target);
}

void address_write(struct cdr_writer *w, const struct giop_request_head *head)
{
    if (w->minor >= 2 && head->address == GIOP_PROFILE_ADDR) {
        write_profile(w, &head->target->profiles[head->profile]);
        return;
    }
    if (w->minor >= 2 && head->address == GIOP_REFERENCE_ADDR) {
        write_reference(w, head);
        return;
    }
    if (w->minor >= 2)
        cdr_write_ushort(w, GIOP_KEY_ADDR);
    cdr_write_octets(w, head->key, head->key_size);
}
