/* Private to `call`: arguments from the command line into a request, results from a reply to JSON.
 */
#ifndef ORDERCTL_CALL_VALUES_H
#define ORDERCTL_CALL_VALUES_H

#include "base/buffer.h"
#include "base/status.h"
#include "cdr/cdr.h"
#include "giop/reference.h"
#include "idl/idl.h"

#include <stdbool.h>

/* A reference, bare or in the quotes that `call` printed it with. The caller's (ior_release). */
MUST_CHECK enum status call_read_reference(const char *text, struct ior **ior, struct fault *fault);

/* One argument for each in and inout parameter, in order. An argument is JSON; where the parameter
 * is a text, an enumerator or an object, it may also be the bare text. */
MUST_CHECK enum status call_write_arguments(struct cdr_writer *w,
                                            const struct idl_operation *operation,
                                            const char *const *arguments, struct fault *fault);

/* One value alone, several as {"result": ..., "name": ...}; nothing at all for none. False: the
 * reply does not fit the IDL. */
MUST_CHECK bool call_read_results(struct cdr_reader *r, const struct idl_operation *operation,
                                  struct buffer *json);

/* The members of an exception as an object. */
MUST_CHECK bool call_read_exception(struct cdr_reader *r, const struct typecode *type,
                                    struct buffer *json);

#endif
