/* Private: what passing over values and telling them share. */
#ifndef CDR_VALUE_PRIVATE_H
#define CDR_VALUE_PRIVATE_H

#include "cdr/value.h"

/* Bytes of a value that is its own alignment and cannot be wrong; 0 for other kinds. */
size_t value_plain_size(enum typecode_kind kind);
/* How many elements follow: what a sequence says, what an array must have; checked against its
 * bound and against the bytes that are left. */
uint32_t value_read_count(struct cdr_reader *r, const struct typecode *type);
/* The TypeCode of an any, and the repository id before the members of an exception. NULL after a
 * failure. */
const struct typecode *value_read_any_type(struct cdr_reader *r, struct typecode_arena *arena);
/* The label of a union's value; one that is a char must be in the code set. */
int64_t value_read_label(struct cdr_reader *r, const struct typecode *discriminator);
/* Passes over an object reference. */
void value_skip_reference(struct cdr_reader *r);

#endif
