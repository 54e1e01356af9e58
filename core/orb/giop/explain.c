/* What is in a reference, for people to read. */
#include "giop/profile.h"
#include "giop/reference.h"
#include "giop/url.h"
#include "giop/wire.h"

static void explain_number(struct buffer *text, const char *name, uint32_t number)
{
    if (name)
        buffer_append_text(text, name);
    else
        buffer_printf(text, "0x%08x", number);
}

/* ---- components ---- */

static const char *codeset_name(uint32_t codeset)
{
    switch (codeset) {
    case CODESET_ISO_8859_1: return "ISO-8859-1";
    case CODESET_ISO_646: return "US-ASCII";
    case CODESET_UCS_2: return "UCS-2";
    case CODESET_UTF_16: return "UTF-16";
    case CODESET_UTF_8: return "UTF-8";
    default: return NULL;
    }
}

static void explain_codeset(struct buffer *text, const char *what,
                            const struct codeset_component *codeset)
{
    buffer_printf(text, "  code set of %s: ", what);
    explain_number(text, codeset_name(codeset->native), codeset->native);
    for (size_t i = 0; i < codeset->count; i++) {
        buffer_append_text(text, i == 0 ? ", or " : ", ");
        explain_number(text, codeset_name(codeset->conversions[i]), codeset->conversions[i]);
    }
    buffer_append_text(text, "\n");
}

static bool explain_codesets(struct buffer *text, const struct component *component,
                             const struct cdr_limits *limits)
{
    struct codesets codesets;
    if (!component_codesets(component, limits, &codesets))
        return false;
    explain_codeset(text, "char", &codesets.chars);
    explain_codeset(text, "wchar", &codesets.wchars);
    return true;
}

/* Vendors have 256 numbers each. */
static const char *orb_name(uint32_t type)
{
    switch (type & 0xffffff00U) {
    case 0x41545400: return "omniORB";
    case 0x54414f00: return "TAO";
    case 0x4a414300: return "JacORB";
    case 0x53554e00: return "the JDK's";
    case 0x49424d00: return "IBM's";
    case 0x56495300: return "VisiBroker";
    default: return NULL;
    }
}

static bool explain_orb(struct buffer *text, const struct component *component,
                        const struct cdr_limits *limits)
{
    struct cdr_reader r = encapsulation_reader(component->data, component->size, limits);
    uint32_t type = cdr_read_ulong(&r);
    if (!cdr_ok(&r))
        return false;
    buffer_append_text(text, "  ORB: ");
    explain_number(text, orb_name(type), type);
    buffer_append_text(text, "\n");
    return true;
}

static bool explain_known(struct buffer *text, const struct profile *profile,
                          const struct component *component, const struct cdr_limits *limits)
{
    switch (component->tag) {
    case TAG_ORB_TYPE: return explain_orb(text, component, limits);
    case TAG_CODE_SETS: return explain_codesets(text, component, limits);
    case TAG_ALTERNATE_IIOP_ADDRESS: return profile->iiop; /* among the addresses */
    default: return false;
    }
}

static void explain_components(struct buffer *text, const struct profile *profile)
{
    struct cdr_limits limits = cdr_limits_default();
    struct cdr_reader r;
    uint32_t count = profile_components(profile, &limits, &r);
    for (uint32_t i = 0; i < count && cdr_ok(&r); i++) {
        struct component component = component_next(&r);
        if (cdr_ok(&r) && !explain_known(text, profile, &component, &limits))
            buffer_printf(text, "  component 0x%08x, %zu bytes\n", component.tag, component.size);
    }
}

/* ---- profiles ---- */

/* A host is whatever the reference says: it must not be able to say more than that here. */
static void explain_address(struct buffer *text, const struct endpoint *endpoint)
{
    bool bracketed = strchr(endpoint->host, ':');
    buffer_append_text(text, bracketed ? "[" : "");
    url_escape(text, endpoint->host, strlen(endpoint->host));
    buffer_printf(text, bracketed ? "]:%u\n" : ":%u\n", (unsigned)endpoint->port);
}

static void explain_iiop(struct buffer *text, const struct profile *profile)
{
    buffer_printf(text, "IIOP 1.%u\n", (unsigned)profile->minor);
    for (size_t i = 0; i < profile->endpoint_count; i++) {
        buffer_append_text(text, i == 0 ? "  address: " : "  alternate address: ");
        explain_address(text, &profile->endpoints[i]);
    }
    buffer_append_text(text, "  key: ");
    url_escape(text, profile->key, profile->key_size);
    buffer_printf(text, " (%zu bytes)\n", profile->key_size);
}

static void explain_profile(struct buffer *text, const struct profile *profile)
{
    if (profile->iiop)
        explain_iiop(text, profile);
    else if (profile->tag == TAG_MULTIPLE_COMPONENTS)
        buffer_append_text(text, "components for all\n");
    else if (profile->tag == TAG_INTERNET_IOP)
        buffer_printf(text, "IIOP, unreadable, %zu bytes\n", profile->size);
    else
        buffer_printf(text, "0x%08x, unknown, %zu bytes\n", profile->tag, profile->size);
    explain_components(text, profile);
}

void ior_explain(const struct ior *ior, struct buffer *text)
{
    buffer_append_text(text, "type: ");
    url_escape(text, ior->type_id, strlen(ior->type_id));
    buffer_append_text(text, *ior->type_id ? "\n" : "unknown\n");
    if (ior->name) {
        buffer_append_text(text, "name to resolve: ");
        url_escape(text, ior->name, strlen(ior->name));
        buffer_append_text(text, "\n");
    }
    for (size_t i = 0; i < ior->profile_count; i++) {
        buffer_printf(text, "profile %zu: ", i + 1);
        explain_profile(text, &ior->profiles[i]);
    }
}
