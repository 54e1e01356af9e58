/* The cursor of a list of orders: the id of the last order seen, as opaque text. The same in every
 * implementation of the store. Private to this room. */
#ifndef STORE_LIST_CURSOR_H
#define STORE_LIST_CURSOR_H

#include "base/status.h"
#include "base/uuid.h"

#include <stddef.h>

enum { STORE_CURSOR_SIZE = 24 }; /* 23 characters of base64url and the terminator */

void store_cursor_write(const struct uuid *order_id, char text[STORE_CURSOR_SIZE]);

/* Takes exactly what store_cursor_write gives; anything else is STATUS_INVALID. */
MUST_CHECK enum status store_cursor_read(const char *text, size_t length, struct uuid *order_id);

#endif
