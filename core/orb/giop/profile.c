/* Profiles: an IIOP profile's bytes read and made, its components (CORBA 3.3, part
 * 2, 9.7.2, 7.6.6).
 */
#include "giop/profile.h"

#include "base/memory.h"
#include "giop/wire.h"

#include <stdlib.h>
#include <string.h>

/* The part of an IIOP profile that every version has; all lent. */
struct iiop_head {
    uint8_t minor;
    const char *host;
    size_t host_length;
    uint16_t port;
    const uint8_t *key;
    size_t key_size;
};

/* A reader behind it; failed when it is none of IIOP 1.x. */
static struct cdr_reader read_head(const uint8_t *data, size_t size,
                                   const struct cdr_limits *limits, struct iiop_head *head)
{
    struct cdr_reader r = encapsulation_reader(data, size, limits);
    if (cdr_read_octet(&r) != 1)
        cdr_fail(&r, EXCEPTION_MARSHAL);
    uint8_t minor = cdr_read_octet(&r);
    head->minor = minor < 2 ? minor : 2; /* what a later one adds stands behind */
    head->host = cdr_read_identifier(&r, &head->host_length);
    head->port = cdr_read_ushort(&r);
    head->key = cdr_read_octets(&r, 0, &head->key_size);
    return r;
}

const uint8_t *profile_key(const uint8_t *data, size_t size, const struct cdr_limits *limits,
                           size_t *key_size)
{
    struct iiop_head head;
    struct cdr_reader r = read_head(data, size, limits, &head);
    if (!cdr_ok(&r))
        return NULL;
    *key_size = head.key_size;
    return head.key;
}

/* ---- components ---- */

uint32_t profile_components(const struct profile *profile, const struct cdr_limits *limits,
                            struct cdr_reader *r)
{
    struct iiop_head head = {.minor = 2};
    if (profile->tag == TAG_INTERNET_IOP)
        *r = read_head(profile->data, profile->size, limits, &head);
    else
        *r = encapsulation_reader(profile->data, profile->size, limits);
    if (profile->tag > TAG_MULTIPLE_COMPONENTS || head.minor == 0)
        return 0;
    return cdr_read_length(r, 0, PROFILE_LEAST_SIZE);
}

struct component component_next(struct cdr_reader *r)
{
    struct component component = {.tag = cdr_read_ulong(r)};
    component.data = cdr_read_octets(r, 0, &component.size);
    return component;
}

static void read_codeset(struct cdr_reader *r, struct codeset_component *codeset)
{
    codeset->native = cdr_read_ulong(r);
    uint32_t count = cdr_read_length(r, 0, sizeof(uint32_t));
    for (uint32_t i = 0; i < count && cdr_ok(r); i++) {
        uint32_t conversion = cdr_read_ulong(r);
        if (codeset->count < CODESET_CONVERSIONS)
            codeset->conversions[codeset->count++] = conversion;
    }
}

bool component_codesets(const struct component *component, const struct cdr_limits *limits,
                        struct codesets *codesets)
{
    struct cdr_reader r = encapsulation_reader(component->data, component->size, limits);
    *codesets = (struct codesets){0};
    read_codeset(&r, &codesets->chars);
    read_codeset(&r, &codesets->wchars);
    return cdr_ok(&r);
}

static void add_endpoint(struct profile *profile, const char *host, size_t length, uint16_t port)
{
    profile->endpoints[profile->endpoint_count++] =
        (struct endpoint){.host = memory_text(host, length), .port = port};
}

static void take_alternate(struct profile *profile, const struct component *component,
                           const struct cdr_limits *limits)
{
    size_t length;
    struct cdr_reader r = encapsulation_reader(component->data, component->size, limits);
    const char *host = cdr_read_identifier(&r, &length);
    uint16_t port = cdr_read_ushort(&r);
    if (cdr_ok(&r))
        add_endpoint(profile, host, length, port);
}

static void take_component(struct profile *profile, const struct component *component,
                           const struct cdr_limits *limits)
{
    if (component->tag == TAG_CODE_SETS && !profile->has_codesets)
        profile->has_codesets = component_codesets(component, limits, &profile->codesets);
    else if (component->tag == TAG_ALTERNATE_IIOP_ADDRESS && profile->iiop)
        take_alternate(profile, component, limits);
}

/* ---- a profile ---- */

/* Whether it can be read as IIOP; makes room for its address and `more` alternates. */
static void take_head(struct profile *profile, const struct cdr_limits *limits, size_t more)
{
    struct iiop_head head;
    struct cdr_reader r = read_head(profile->data, profile->size, limits, &head);
    if (profile->tag != TAG_INTERNET_IOP || !cdr_ok(&r))
        return;
    profile->iiop = true;
    profile->minor = head.minor;
    profile->key = head.key;
    profile->key_size = head.key_size;
    profile->endpoints = memory_new((1 + more) * sizeof(struct endpoint));
    add_endpoint(profile, head.host, head.host_length, head.port);
}

enum exception_kind profile_make(struct profile *profile, uint32_t tag, const uint8_t *data,
                                 size_t size, const struct cdr_limits *limits)
{
    struct cdr_reader r;
    *profile = (struct profile){.tag = tag, .size = size};
    profile->data = memory_new(size + 1);
    if (size > 0)
        memcpy(profile->data, data, size);
    uint32_t count = profile_components(profile, limits, &r);
    if (count > limits->profiles)
        return EXCEPTION_IMP_LIMIT;
    take_head(profile, limits, count);
    for (uint32_t i = 0; i < count && cdr_ok(&r); i++) {
        struct component component = component_next(&r);
        if (cdr_ok(&r))
            take_component(profile, &component, limits);
    }
    return EXCEPTION_NONE;
}

void profile_clear(struct profile *profile)
{
    for (size_t i = 0; i < profile->endpoint_count; i++)
        free(profile->endpoints[i].host);
    free(profile->endpoints);
    free(profile->data);
    *profile = (struct profile){0};
}

/* ---- writing ---- */

static void write_codeset(struct cdr_writer *w, const struct codeset_component *codeset)
{
    cdr_write_ulong(w, codeset->native);
    cdr_write_ulong(w, (uint32_t)codeset->count);
    for (size_t i = 0; i < codeset->count; i++)
        cdr_write_ulong(w, codeset->conversions[i]);
}

static void write_components(struct cdr_writer *w, const struct codesets *codesets)
{
    cdr_write_ulong(w, codesets ? 1 : 0);
    if (!codesets)
        return;
    cdr_write_ulong(w, TAG_CODE_SETS);
    struct cdr_writer inner = cdr_open_encapsulation(w);
    write_codeset(&inner, &codesets->chars);
    write_codeset(&inner, &codesets->wchars);
    cdr_close_encapsulation(w, &inner);
}

void profile_write(struct buffer *data, uint8_t minor, const struct endpoint *endpoint,
                   const void *key, size_t key_size, const struct codesets *codesets)
{
    struct cdr_writer w = {.out = data, .origin = data->size, .minor = minor};
    cdr_write_octet(&w, OUR_ORDER);
    cdr_write_octet(&w, 1);
    cdr_write_octet(&w, minor);
    cdr_write_identifier(&w, endpoint->host, strlen(endpoint->host));
    cdr_write_ushort(&w, endpoint->port);
    cdr_write_octets(&w, key, key_size);
    if (minor > 0)
        write_components(&w, codesets);
}
