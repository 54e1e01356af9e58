/* A save on its way: everything that writing it needs, copied into one piece of memory, because the
 * order may change or go before its turn comes. Private to this room. */
#ifndef STORE_SAVE_COPY_H
#define STORE_SAVE_COPY_H

#include "domain/order.h"
#include "store/repository.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct save_copy {
    struct order_record record; /* pointers lead into the memory of save_copy_place */
    int64_t stored_version;     /* 0: the order is new */
    bool items_replaced;        /* since the store has seen them */
    const struct order_event *events;
    size_t event_count;
    const char *traceparent;          /* or NULL */
    const char *inbox_id;             /* or NULL */
    const struct keyed_answer *keyed; /* or NULL */
};

/* How many bytes save_copy_place needs for this. */
size_t save_copy_size(const struct save *save);

/* `memory` is zeroed, aligned as malloc's and stays the caller's; it must live as long as `copy` is
 * used. The save must not have changed since it was measured. */
void save_copy_place(struct save_copy *copy, const struct save *save, void *memory);

#endif
