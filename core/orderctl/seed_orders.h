/* Orders that look as if they had been placed in the past, for `seed`: of the demo catalogue's
 * products, at its prices, and of a pool of users. */
#ifndef ORDERCTL_SEED_ORDERS_H
#define ORDERCTL_SEED_ORDERS_H

#include "domain/order.h"

#include <stdint.h>

enum { SEED_ITEMS_LIMIT = 4 };

/* Times are milliseconds since 1970. */
struct seed_plan {
    int64_t orders, users;
    int64_t from_ms, until_ms; /* when the orders were created */
};

struct seed_order {
    struct order_record record; /* leads into what is below */
    struct order_item items[SEED_ITEMS_LIMIT];
    char reason[96];
};

/* Order `number` of the plan, 0 being the oldest: never PENDING, and such that order_restore takes
 * it. Nothing in it is later than until_ms. */
void seed_order_make(const struct seed_plan *plan, int64_t number, struct seed_order *order);

/* User `number` of the pool, from 1 on: 0190b000-0000-7000-8000- and the number in hexadecimal. */
struct uuid seed_user(int64_t number);

#endif
