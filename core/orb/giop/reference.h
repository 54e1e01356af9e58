/* Object references: IORs with their profiles (CORBA 3.3, part 2, 7.6 and 9.7), and their texts,
 * "IOR:...", "corbaloc:..." and "corbaname:..." (7.6.9, 7.6.10). */
#ifndef GIOP_REFERENCE_H
#define GIOP_REFERENCE_H

#include "base/buffer.h"
#include "base/status.h"
#include "cdr/cdr.h"
#include "cdr/codeset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TAG_INTERNET_IOP = 0, TAG_MULTIPLE_COMPONENTS = 1 };
enum { TAG_ORB_TYPE = 0, TAG_CODE_SETS = 1, TAG_ALTERNATE_IIOP_ADDRESS = 3 };

struct endpoint {
    char *host; /* a name or an address, without brackets */
    uint16_t port;
};

struct profile {
    uint32_t tag;
    uint8_t
        *data; /* the profile's own bytes, kept as they came: what we do not know is passed on */
    size_t size;
    /* Of an IIOP profile that could be read: */
    bool iiop;
    uint8_t minor;              /* IIOP 1.minor */
    struct endpoint *endpoints; /* its own and alternate addresses */
    size_t endpoint_count;
    const uint8_t *key; /* inside of data */
    size_t key_size;
    bool has_codesets;
    struct codesets codesets;
};

/* Never changes once made; counted, so that many may keep it. One thread at a time. */
struct ior {
    size_t references;
    char *type_id; /* terminated; "" when unknown */
    struct profile *profiles;
    size_t profile_count;
    char *name; /* of a corbaname: the stringified name to be resolved there; else NULL */
};

struct ior *ior_hold(struct ior *ior);
void ior_release(struct ior **ior); /* NULL is nothing to release */

/* From a message. A nil reference gives NULL and no failure. Limits: r->limits->profiles. */
struct ior *ior_read(struct cdr_reader *r);
void ior_write(struct cdr_writer *w, const struct ior *ior); /* NULL writes nil */

/* "IOR:" and hexadecimal digits; corbaloc with iiop addresses (several, with versions, IPv6 in
 * brackets, the default port 2809) and rir when `initial` knows the name; corbaname the same, with
 * its name after '#'. A nil IOR is STATUS_INVALID. The fault says what was expected and at which
 * character. At most 64 KiB. */
MUST_CHECK enum status ior_parse(const char *text, size_t length, struct ior **ior,
                                 struct fault *fault);
/* "IOR:..." appended. NULL is the nil reference. */
void ior_format(const struct ior *ior, struct buffer *text);

/* A reference to an object that is served here. IIOP 1.2, with our code sets. */
struct ior *ior_new(const char *type_id, const char *host, uint16_t port, const void *key,
                    size_t key_size);

/* For people: type, each profile with version, addresses, key (escaped as corbaloc does), code sets
 * and unknown tags. Many lines. */
void ior_explain(const struct ior *ior, struct buffer *text);

/* The first IIOP profile, or NULL. */
const struct profile *ior_iiop(const struct ior *ior);
/* Same profiles (bytewise). */
bool ior_equal(const struct ior *a, const struct ior *b);

/* For value_to_json and value_from_json (value.h). */
struct value_references;
extern const struct value_references ior_references;

/* A stringified name (CosNaming, "id.kind/id2"): components in order, with \ escapes undone. */
struct name_component {
    char *id, *kind;
};
MUST_CHECK enum status name_parse(const char *text, struct name_component **components,
                                  size_t *count, struct fault *fault);
void name_format(const struct name_component *components, size_t count, struct buffer *text);
void name_free(struct name_component *components, size_t count);

#endif
