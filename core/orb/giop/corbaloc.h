/* Private: references that people write, corbaloc and corbaname (CORBA 3.3, part 2, 7.6.10). */
#ifndef GIOP_CORBALOC_H
#define GIOP_CORBALOC_H

#include "giop/reference.h"

/* As ior_parse; also says what it might have been when it is neither. */
MUST_CHECK enum status corbaloc_parse(const char *text, size_t length, struct ior **ior,
                                      struct fault *fault);
/* Of a reference with a name. */
void corbaname_format(const struct ior *ior, struct buffer *text);

#endif
