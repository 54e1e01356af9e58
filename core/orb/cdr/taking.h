/* Private: what the files that turn JSON into values share.
 *
 * Each taking_ function writes one value of a kind, or says why it cannot: STATUS_INVALID, and the
 * fault filled in. Types are resolved ones. */
#ifndef CDR_TAKING_H
#define CDR_TAKING_H

#include "cdr/value.h"

/* Where in the JSON a value stands, back to the outermost, which is NULL. */
struct place {
    const struct place *within;
    const char *name; /* NULL: it is the element `index` */
    uint32_t index;
    unsigned depth;
};

struct taking {
    struct cdr_writer *w;
    const struct value_references *references; /* may be NULL */
    const char *where;                         /* may be NULL */
    struct fault *fault;
};

MUST_CHECK enum status taking_refuse(const struct taking *t, const struct place *at,
                                     const char *format, ...) __attribute__((format(printf, 3, 4)));

MUST_CHECK enum status taking_integer(const struct taking *t, const struct typecode *type,
                                      const json_t *value, const struct place *at);
MUST_CHECK enum status taking_real(const struct taking *t, const struct typecode *type,
                                   const json_t *value, const struct place *at);
MUST_CHECK enum status taking_boolean(const struct taking *t, const json_t *value,
                                      const struct place *at);
MUST_CHECK enum status taking_text(const struct taking *t, const struct typecode *type,
                                   const json_t *value, const struct place *at);
MUST_CHECK enum status taking_fixed(const struct taking *t, const struct typecode *type,
                                    const json_t *value, const struct place *at);
MUST_CHECK enum status taking_enumerator(const struct taking *t, const struct typecode *type,
                                         const json_t *value, const struct place *at);

/* The label that the JSON names, of a discriminator; nothing is written. */
MUST_CHECK enum status taking_label(const struct taking *t, const struct typecode *type,
                                    const json_t *value, const struct place *at, int64_t *label);

#endif
