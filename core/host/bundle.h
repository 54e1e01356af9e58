/* The scripts as they stood on disk at one moment: every .lua file below a directory, read once,
 * so that all states are made from the same bytes. Immutable and reference-counted; any thread. */
#ifndef HOST_BUNDLE_H
#define HOST_BUNDLE_H

#include "base/status.h"

#include <stddef.h>

struct bundle;

/* Text only, 1 MiB a file and 16 MiB in all. Hidden files are left out, and the directories named
 * in `except` (relative, as "demo"; NULL-terminated; may be NULL). */
MUST_CHECK enum status bundle_read(const char *directory, const char *const *except,
                                   struct bundle **bundle, struct fault *fault);
struct bundle *bundle_hold(struct bundle *bundle);
void bundle_release(struct bundle **bundle);

const char *bundle_hash(const struct bundle *bundle); /* SHA-256 of names and bytes, 64 digits */

struct script {
    const char *module; /* "usecases.create_order" */
    const char *path;   /* "scripts/usecases/create_order.lua", for messages */
    const char *text;
    size_t length;
};
size_t bundle_count(const struct bundle *bundle);
const struct script *bundle_at(const struct bundle *bundle, size_t index); /* sorted by module */
const struct script *bundle_find(const struct bundle *bundle, const char *module);

#endif
