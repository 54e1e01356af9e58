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

/* From a message. A nil reference (one without profiles) gives NULL and no failure; so does a
 * failure, which is in the reader. Limits: r->limits->profiles. A profile that cannot be read is no
 * failure: it is kept and passed on. */
struct ior *ior_read(struct cdr_reader *r);
/* NULL writes nil. BAD_PARAM for one with a name: it is not known yet which object that is. */
void ior_write(struct cdr_writer *w, const struct ior *ior);

/* "IOR:" and hexadecimal digits; corbaloc with iiop addresses (several, with versions, 1.0 where
 * there is none, IPv6 in brackets, the default port 2809); corbaname the same, with its name after
 * '#' and the default key NameService. Each address becomes a profile, for each has a version. An
 * IOR that is nil, and "rir:", are STATUS_INVALID: there are no initial references here. The fault
 * says what was expected and at which character. At most 64 KiB and 16 addresses. */
MUST_CHECK enum status ior_parse(const char *text, size_t length, struct ior **ior,
                                 struct fault *fault);
/* "IOR:..." appended, or "corbaname:..." when it has a name. NULL is the nil reference. */
void ior_format(const struct ior *ior, struct buffer *text);

/* A reference to an object that is served here. IIOP 1.2, with our code sets. */
struct ior *ior_new(const char *type_id, const char *host, uint16_t port, const void *key,
                    size_t key_size);

/* For people: type, each profile with version, addresses, key (escaped as corbaloc does), code sets
 * and unknown tags. Many lines, nothing but ASCII in them. */
void ior_explain(const struct ior *ior, struct buffer *text);

/* The first IIOP profile, or NULL. */
const struct profile *ior_iiop(const struct ior *ior);
/* Each place where the object can be called, over all IIOP profiles in order, and in which of them
 * it stands; NULL beyond the last. */
const struct endpoint *ior_endpoint(const struct ior *ior, size_t index, size_t *profile);
/* Same profiles (bytewise), same name. */
bool ior_equal(const struct ior *a, const struct ior *b);

/* For value_to_json and value_from_json (value.h). */
struct value_references;
extern const struct value_references ior_references;

/* A stringified name (OMG Naming Service 1.3, 2.4; "id.kind/id2"): components in order, with \
 * escapes undone. The caller's: name_free. */
struct name_component {
    char *id, *kind;
};
MUST_CHECK enum status name_parse(const char *text, struct name_component **components,
                                  size_t *count, struct fault *fault);
void name_format(const struct name_component *components, size_t count, struct buffer *text);
/* As CosNaming::Name, a sequence of {id, kind}. */
void name_write(struct cdr_writer *w, const struct name_component *components, size_t count);
void name_free(struct name_component *components, size_t count);

#endif
