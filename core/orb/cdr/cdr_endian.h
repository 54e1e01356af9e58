/* Private: our own byte order, and that of a message. */
#ifndef CDR_CDR_ENDIAN_H
#define CDR_CDR_ENDIAN_H

#include "cdr/cdr.h"

enum { HOST_LITTLE = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ };

static inline bool cdr_is_little(const struct cdr_reader *r)
{
    return r->swap != (bool)HOST_LITTLE;
}

#endif
