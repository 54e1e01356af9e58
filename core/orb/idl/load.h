/* Private: loading, all of it or nothing. */
#ifndef IDL_LOAD_H
#define IDL_LOAD_H

#include "idl/compiler.h"

/* A file's path, or (with `text`) a name and text. */
struct load {
    const char *name;
    const char *text;
    size_t length;
};
MUST_CHECK enum status load_run(struct idl *idl, const struct load *load, struct fault *fault);
/* What everybody knows: CORBA::TypeCode. */
void load_builtins(struct idl *idl);

#endif
