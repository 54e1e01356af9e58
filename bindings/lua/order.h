/* Orders inside Lua: userdata around the entity, which keeps its own rules. */
#ifndef BINDINGS_ORDER_H
#define BINDINGS_ORDER_H

#include "domain/order.h"

#include <lua.h>
#include <stdbool.h>

struct order_box {
    struct order *order; /* NULL: released */
    bool saving;         /* on its way to the store: it must not change now */
};

/* Pushes an order and takes it over: *order becomes NULL. When this raises, it is still the
 * caller's. */
void order_push(lua_State *L, struct order **order);

/* The order at the index, or NULL when it is none, or released. Never raises. */
struct order *order_test(lua_State *L, int index);

/* Raises unless the argument is an order. */
struct order_box *order_check(lua_State *L, int argument);

#endif
