/* The object adapter: which servant answers for which object key.
 *
 * A key is bytes. A servant stands for one key, or, as a default servant, for every key that begins
 * with a prefix (the longest one wins; an exact key beats all). An adapter can stand before
 * another: what it does not know is looked up behind it. One thread. */
#ifndef IIOP_ADAPTER_H
#define IIOP_ADAPTER_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>

struct orb_adapter;
struct orb_request;

struct orb_servant {
    /* The repository id of its most derived interface, for references; outlives the servant. */
    const char *type_id;
    /* Whether it is of this interface; Object has been asked already. */
    bool (*is_a)(void *arg, const char *id, size_t length);
    /* Runs one operation: reads orb_request_arguments before it returns, and answers now or later
     * (server.h), exactly once. */
    void (*invoke)(void *arg, struct orb_request *request);
    /* Whether the object of this key exists, where that can be told at once (LocateRequest,
     * _non_existent). NULL: it does. */
    bool (*exists)(void *arg, const void *key, size_t size);
    /* When it is no longer needed; may be NULL. */
    void (*released)(void *arg);
    void *arg;
};

/* `behind` is lent and outlives it; may be NULL. */
struct orb_adapter *orb_adapter_new(const struct orb_adapter *behind);
void orb_adapter_free(struct orb_adapter **adapter); /* `released` runs for each servant */

/* Copies key and servant. STATUS_DUPLICATE: the key, or the prefix, is taken in this adapter. */
MUST_CHECK enum status orb_adapter_add(struct orb_adapter *adapter, const void *key, size_t size,
                                       const struct orb_servant *servant);
MUST_CHECK enum status orb_adapter_add_default(struct orb_adapter *adapter, const void *prefix,
                                               size_t size, const struct orb_servant *servant);
/* STATUS_NOT_FOUND. Exact keys only. */
MUST_CHECK enum status orb_adapter_remove(struct orb_adapter *adapter, const void *key,
                                          size_t size);

/* NULL: no object. `prefix_size` is how much of the key a default servant's prefix was; the whole
 * key for an exact one. */
const struct orb_servant *orb_adapter_find(const struct orb_adapter *adapter, const void *key,
                                           size_t size, size_t *prefix_size);

#endif
