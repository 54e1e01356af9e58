/* Private: what is inside of an IIOP profile (CORBA 3.3, part 2, 9.7.2) and of components. */
#ifndef GIOP_PROFILE_H
#define GIOP_PROFILE_H

#include "giop/reference.h"

enum { PROFILE_LEAST_SIZE = 8 }; /* a tag and a length */

/* The object key in an IIOP profile's data, lent from it; NULL: it is none that can be read. */
const uint8_t *profile_key(const uint8_t *data, size_t size, const struct cdr_limits *limits,
                           size_t *key_size);

/* Takes a copy of the data and reads it if it is of IIOP. IMP_LIMIT: more components than the
 * limit, and the profile is to be cleared; what cannot be read is kept as it is. */
enum exception_kind profile_make(struct profile *profile, uint32_t tag, const uint8_t *data,
                                 size_t size, const struct cdr_limits *limits);
void profile_clear(struct profile *profile);

/* One component of a profile, lent. */
struct component {
    uint32_t tag;
    const uint8_t *data;
    size_t size;
};
/* How many components a profile has, and a reader in front of them for component_next, which may
 * fail there as readers do. 0 for a profile of another tag and for IIOP 1.0. */
uint32_t profile_components(const struct profile *profile, const struct cdr_limits *limits,
                            struct cdr_reader *r);
struct component component_next(struct cdr_reader *r);
bool component_codesets(const struct component *component, const struct cdr_limits *limits,
                        struct codesets *codesets);

/* The data of an IIOP profile. `codesets` may be NULL; 1.0 has no place for them. */
void profile_write(struct buffer *data, uint8_t minor, const struct endpoint *endpoint,
                   const void *key, size_t key_size, const struct codesets *codesets);

/* As ior_write, also for a corbaname: of the context in which its name is looked up. */
void reference_write(struct cdr_writer *w, const struct ior *ior);
/* A reference without profiles yet, with room for `profiles` of them. */
struct ior *reference_new(const char *type_id, size_t length, size_t profiles);
/* Adds the IIOP profile of one address; there must be room. */
void reference_add(struct ior *ior, uint8_t minor, const struct endpoint *endpoint, const void *key,
                   size_t key_size, const struct codesets *codesets);

#endif
