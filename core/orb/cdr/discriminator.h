/* Private: the values by which a union switches. `type` is a resolved one. */
#ifndef CDR_DISCRIMINATOR_H
#define CDR_DISCRIMINATOR_H

#include "cdr/cdr.h"
#include "cdr/typecode.h"

/* Whether a union can switch by it: integers, boolean, char, enums. */
bool discriminator_is(const struct typecode *type);
/* As struct typecode_member's label. MARSHAL for a boolean of 2 or an enumerator that is none. */
int64_t discriminator_read(struct cdr_reader *r, const struct typecode *type);
/* A label that the type has. */
void discriminator_write(struct cdr_writer *w, const struct typecode *type, int64_t label);

#endif
