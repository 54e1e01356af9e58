/* Writing the rows of an order that is not there yet, in the transaction under way. */
#ifndef STORE_SQLITE_INSERT_H
#define STORE_SQLITE_INSERT_H

#include "domain/order.h"
#include "store/sqlite/connection.h"

/* SQLITE_OK without a change (sqlite3_changes) when an order of this id is there already. */
int sqlite_insert_order(struct sqlite_connection *connection, const struct order_record *record);
int sqlite_insert_items(struct sqlite_connection *connection, const struct order_record *record);

#endif
