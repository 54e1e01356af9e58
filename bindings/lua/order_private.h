/* The parts of the order object among themselves. */
#ifndef BINDINGS_ORDER_PRIVATE_H
#define BINDINGS_ORDER_PRIVATE_H

#include "bindings/kind.h"
#include "domain/order.h"

extern const struct kind_field order_fields[];

/* Reads the array of items at the index into memory that it pushes. Raises validation-failed with
 * a pointer to the culprit. */
const struct order_item *order_read_items(lua_State *L, int index, size_t *count);

#endif
