/* What a bundle is made of, for the files that make it. */
#ifndef HOST_BUNDLE_PRIVATE_H
#define HOST_BUNDLE_PRIVATE_H

#include "host/bundle.h"

#include <stdatomic.h>
#include <stdbool.h>

enum { BUNDLE_HASH_SIZE = 64 };

struct bundle {
    atomic_uint holders;
    struct script *scripts;
    size_t count;
    size_t bytes; /* of all texts */
    char hash[BUNDLE_HASH_SIZE + 1];
};

struct bundle *bundle_new(void);
/* Sorts the scripts and computes the hash: from then on nothing changes. */
MUST_CHECK enum status bundle_seal(struct bundle *bundle, struct fault *fault);

#endif
