/* Which ids a page of a list may hold: the cursor and the range of creation times as bounds of the
 * primary key. The same in every implementation of the store. Private to this room. */
#ifndef STORE_LIST_RANGE_H
#define STORE_LIST_RANGE_H

#include "store/repository.h"

#include <stdbool.h>

/* Orders looked at for one page: a narrow filter on amounts ends a page early, with a cursor,
 * rather than hold everybody up. */
enum { STORE_SCAN_LIMIT = 20000 };

struct store_range {
    struct uuid low, high; /* both ends included */
};

/* False when no order can be in it. `before`: only lower ids, or NULL. */
bool store_range_of(const struct order_query *query, const struct uuid *before,
                    struct store_range *range);

#endif
