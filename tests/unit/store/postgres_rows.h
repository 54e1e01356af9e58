/* A database for plans: as many rows as a test asks for, and statistics when it asks for them. */
#ifndef UNIT_STORE_POSTGRES_ROWS_H
#define UNIT_STORE_POSTGRES_ROWS_H

const char *rows_begin(void); /* makes it, with empty tables; its url */
void rows_end(void);          /* no session is on it any more */

/* Adds orders by `orderctl seed`. */
void rows_add_orders(const char *orders, const char *users);
/* Adds so many events of transactions long ended, on all topics but order.cancelled; as many keys,
 * of which half have expired; as many messages ("in-1", ...), of which every third waits, as many
 * inbox ids of the same names, and dead letters, of which every hundredth is to be tried again. */
void rows_add_others(int count);
void rows_take_others_away(void);

/* VACUUM, ANALYZE, ... as the superuser; else nobody does. */
void rows_maintain(const char *sql);

#endif
