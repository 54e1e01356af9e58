/* Every SQL statement that runs while the store is open, prepared once for each connection. */
#ifndef STORE_POSTGRES_STATEMENTS_H
#define STORE_POSTGRES_STATEMENTS_H

enum pg_statement {
    /* saving */
    PG_FORGET_KEYS,
    PG_INSERT_KEYS,
    PG_INSERT_INBOX,
    PG_INSERT_ORDERS,
    PG_INSERT_ITEMS,
    PG_INSERT_EVENTS,
    PG_CHANGE_ORDERS,
    PG_DELETE_ITEMS,
    PG_REPLACE_ITEMS,
    /* cursors */
    PG_WRITE_CURSOR,
    PG_CREATE_CURSOR,
    PG_ACK_CURSOR,
    PG_DELETE_CURSOR,
    /* what came in */
    PG_PUT_INBOUND,
    PG_HANDLE_INBOUND,
    PG_ADD_INBOX,
    PG_ADD_DEAD_LETTER,
    PG_BURY_INBOUND,
    PG_RETRY_DEAD_LETTER,
    PG_FAIL_DEAD_LETTER,
    PG_DROP_DEAD_LETTER,
    /* other writes */
    PG_TOUCH_HEALTH,
    PG_HOLD_FLOOR,
    PG_PRUNE_EVENTS,
    PG_PRUNE_INBOUND,
    PG_PRUNE_INBOX,
    PG_PRUNE_DEAD_LETTERS,
    PG_PRUNE_KEYS,
    /* reading */
    PG_READ_ORDERS,
    PG_LOOK_UP,
    PG_LIST_ALL,
    PG_LIST_BY_USER,
    PG_LIST_BY_STATUS,
    PG_LIST_BY_USER_AND_STATUS,
    PG_FIND_KEY,
    PG_READ_EVENTS,
    PG_READ_TAILS,
    PG_READ_ENDS,
    PG_FIND_TIME,
    PG_READ_HEAD,
    PG_READ_NEWS,
    PG_READ_CURSOR,
    PG_LIST_CURSORS,
    PG_READ_INBOUND,
    PG_LIST_DEAD_LETTERS,
    PG_LIST_RETRYING,
    PG_GET_DEAD_LETTER,
};
enum { PG_STATEMENT_COUNT = PG_GET_DEAD_LETTER + 1 };

/* By what a statement finds its rows: the key that a database on several machines would place them
 * by. See docs/POSTGRESQL.md. */
enum pg_locality {
    PG_BY_ORDER, /* orders, order_items and events: order_id */
    PG_BY_USER,  /* idempotency_keys, and a user's orders: user_id */
    PG_BY_INBOX, /* inbox and inbound: the id of the event that came in */
    PG_BY_NAME,  /* small tables that every machine would hold whole */
    PG_ANYWHERE, /* reads across all orders or the whole stream */
};

struct pg_statement_text {
    const char *name; /* as the server shows it */
    enum pg_locality locality;
    const char *sql;
};

/* Static memory. */
const struct pg_statement_text *pg_statement_text(enum pg_statement statement);

#endif
