/* What an implementation of the store gives for seeding: it embeds struct seed as the first member
 * of its own. Private to this room. */
#ifndef STORE_SEED_OPS_H
#define STORE_SEED_OPS_H

#include "store/seed.h"

struct seed {
    /* The same contracts as in seed.h. */
    enum status (*write)(struct seed *seed, const struct order_record *records, size_t count,
                         struct fault *fault);
    void (*close)(struct seed *seed);
};

#endif
