/* The text of every statement. What saves takes arrays, an element for each row, so that a group of
 * saves is a few statements whatever its size.
 *
 * A statement is planned once for a connection, without its values and perhaps on tables that are
 * still empty, and the plan must be right for any values and a hundred million rows. So nothing is
 * left to the planner's estimates: reading whole tables and sorting are its last resort
 * (database.c), and what is written here can be answered along one index without. Where several
 * would do, these forms leave only the one that is meant:
 * - x = ANY (ARRAY[y]) is x = y, but it can neither be hashed nor merged, and it does not make x
 *   dispensable in an ORDER BY;
 * - an ORDER BY names every column of the index, and which way each of them goes.
 * tests/unit/store/postgres_plans.c looks at the plans. */
#include "store/postgres/statements.h"

#define ORDER_COLUMNS                                                                              \
    "order_id, user_id, status, currency, total_amount, notes, reason, version, created_at,"       \
    " updated_at, completed_at"

/* clang-format off */

/* An order is one row with arrays of its items, so that both are of one snapshot. */
#define ITEMS_OF_O                                                                                 \
    " LEFT JOIN LATERAL (SELECT array_agg(product_id) AS products,"                                \
    " array_agg(quantity) AS quantities, array_agg(price) AS prices"                               \
    " FROM (SELECT product_id, quantity, price FROM order_items"                                   \
    " WHERE order_items.order_id = o.order_id ORDER BY line) AS lines) AS i ON true"

#define EVENT_COLUMNS "event_id, order_id, topic, type, occurred_at, traceparent, data"

/* A page. $1 and $2 bound the ids: they stand in for the cursor and for the range of creation times
 * alike. No index answers what $4 to $7 ask, so a page looks at $3 orders at most; when that is more
 * than the $8 that it gives, a short page tells where it has stopped. */
#define SCANNED(condition, order)                                                                  \
    "FROM orders WHERE " condition "order_id BETWEEN $1::uuid AND $2::uuid ORDER BY " order        \
    "order_id DESC"
#define LIST(condition, order)                                                                     \
    "WITH o AS (SELECT * FROM"                                                                     \
    " (SELECT " ORDER_COLUMNS " " SCANNED(condition, order) " LIMIT $3::int8) AS scanned"          \
    " WHERE total_amount BETWEEN $4::int8 AND $5::int8"                                            \
    " AND created_at BETWEEN $6::timestamptz AND $7::timestamptz LIMIT $8::int8)"                  \
    " SELECT o.*, i.products, i.quantities, i.prices, s.stopped FROM"                              \
    " (SELECT CASE WHEN $3::int8 > $8::int8 AND (SELECT count(*) FROM o) < $8::int8 THEN"          \
    " (SELECT order_id " SCANNED(condition, order) " OFFSET $3::int8 - 1 LIMIT 1) END AS stopped)" \
    " AS s LEFT JOIN o ON true" ITEMS_OF_O " ORDER BY o.order_id DESC"

/* Up to where retention has removed the stream. What is behind it may still be in the indexes, as
 * long as some old transaction could see it, so nobody looks there. */
#define FLOOR                                                                                      \
    "(SELECT xid, id FROM event_floors UNION ALL SELECT '0'::xid8, 0"                              \
    " ORDER BY 1 DESC, 2 DESC LIMIT 1)"

/* The last event of each topic in the array `topics` up to a position, or its floor. */
#define TAILS(topics, xid, id)                                                                     \
    "SELECT t.topic, coalesce(e.xid, f.xid), coalesce(e.id, f.id)"                                 \
    " FROM unnest(" topics ") AS t (topic)"                                                        \
    " LEFT JOIN event_floors AS f ON f.topic = ANY (ARRAY[t.topic])"                               \
    " LEFT JOIN LATERAL (SELECT xid, id FROM events WHERE topic = ANY (ARRAY[t.topic])"            \
    " AND (xid, id) > (coalesce(f.xid, '0'::xid8), coalesce(f.id, 0))"                             \
    " AND (xid, id) <= (" xid ", " id ")"                                                          \
    " ORDER BY topic DESC, xid DESC, id DESC LIMIT 1) AS e ON true"                                \
    " WHERE coalesce(e.xid, f.xid) IS NOT NULL"

/* clang-format on */

static const struct pg_statement_text texts[PG_STATEMENT_COUNT] = {
    [PG_FORGET_KEYS] = {"forget_keys", PG_BY_USER,
                        "DELETE FROM idempotency_keys AS k USING unnest($1::uuid[], $2::text[])"
                        " AS g (user_id, key) WHERE k.user_id = ANY (ARRAY[g.user_id])"
                        " AND k.key = g.key"
                        " AND k.created_at + $3::int8 * interval '1 millisecond' < now()"},
    [PG_INSERT_KEYS] = {"insert_keys", PG_BY_USER,
                        "INSERT INTO idempotency_keys (user_id, key, request_hash, answer,"
                        " created_at) SELECT *, now() FROM unnest($1::uuid[], $2::text[],"
                        " $3::bytea[], $4::bytea[])"},
    [PG_INSERT_INBOX] = {"insert_inbox", PG_BY_INBOX,
                         "INSERT INTO inbox (inbox_id, received_at)"
                         " SELECT *, now() FROM unnest($1::text[])"},
    [PG_INSERT_ORDERS] = {"insert_orders", PG_BY_ORDER,
                          "INSERT INTO orders (" ORDER_COLUMNS ") SELECT * FROM unnest($1::uuid[],"
                          " $2::uuid[], $3::int2[], $4::text[], $5::int8[], $6::text[], $7::text[],"
                          " $8::int8[], $9::timestamptz[], $10::timestamptz[],"
                          " $11::timestamptz[])"},
    [PG_INSERT_ITEMS] = {"insert_items", PG_BY_ORDER,
                         "INSERT INTO order_items (order_id, line, product_id, quantity, price)"
                         " SELECT * FROM unnest($1::uuid[], $2::int2[], $3::uuid[], $4::int8[],"
                         " $5::int8[])"},
    /* Rows are numbered in the order of the arrays, which is that of happening. */
    [PG_INSERT_EVENTS] = {"insert_events", PG_BY_ORDER,
                          "INSERT INTO events (" EVENT_COLUMNS ") SELECT * FROM unnest($1::uuid[],"
                          " $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[],"
                          " $7::text[])"},
    /* Answers with the orders that had the expected version; of the others it writes nothing. */
    [PG_CHANGE_ORDERS] =
        {"change_orders", PG_BY_ORDER,
         "WITH changed AS (UPDATE orders AS o SET status = c.status,"
         " total_amount = c.total_amount, notes = c.notes, reason = c.reason,"
         " version = c.version, updated_at = c.updated_at, completed_at = c.completed_at"
         " FROM unnest($1::uuid[], $2::int8[], $3::int2[], $4::int8[], $5::text[], $6::text[],"
         " $7::int8[], $8::timestamptz[], $9::timestamptz[]) AS c (order_id, expected, status,"
         " total_amount, notes, reason, version, updated_at, completed_at)"
         " WHERE o.order_id = ANY (ARRAY[c.order_id]) AND o.version = c.expected"
         " RETURNING o.order_id),"
         " told AS (INSERT INTO events (" EVENT_COLUMNS ") SELECT " EVENT_COLUMNS
         " FROM unnest($10::uuid[], $11::uuid[], $12::text[], $13::text[], $14::timestamptz[],"
         " $15::text[], $16::text[]) WITH ORDINALITY AS e (" EVENT_COLUMNS ", place)"
         " WHERE (e.order_id IN (SELECT changed.order_id FROM changed)) IS TRUE ORDER BY place),"
         " handled AS (INSERT INTO inbox (inbox_id, received_at) SELECT i.inbox_id, now()"
         " FROM unnest($17::uuid[], $18::text[]) AS i (order_id, inbox_id)"
         " WHERE i.order_id IN (SELECT changed.order_id FROM changed)),"
         " answered AS (INSERT INTO idempotency_keys (user_id, key, request_hash, answer,"
         " created_at) SELECT k.user_id, k.key, k.request_hash, k.answer, now()"
         " FROM unnest($19::uuid[], $20::uuid[], $21::text[], $22::bytea[], $23::bytea[])"
         " AS k (order_id, user_id, key, request_hash, answer)"
         " WHERE k.order_id IN (SELECT changed.order_id FROM changed))"
         " SELECT order_id FROM changed"},
    /* Only if this very transaction has changed the order. */
    [PG_DELETE_ITEMS] = {"delete_items", PG_BY_ORDER,
                         "DELETE FROM order_items WHERE order_id = $1::uuid AND EXISTS (SELECT FROM"
                         " orders AS o WHERE o.order_id = $1::uuid"
                         " AND o.xmin = pg_current_xact_id()::xid)"},
    [PG_REPLACE_ITEMS] = {"replace_items", PG_BY_ORDER,
                          "INSERT INTO order_items (order_id, line, product_id, quantity, price)"
                          " SELECT * FROM unnest($1::uuid[], $2::int2[], $3::uuid[], $4::int8[],"
                          " $5::int8[]) WHERE EXISTS (SELECT FROM orders AS o WHERE"
                          " o.order_id = $6::uuid AND o.xmin = pg_current_xact_id()::xid)"},
    [PG_ADD_INBOX] = {"add_inbox", PG_BY_INBOX,
                      "INSERT INTO inbox (inbox_id, received_at) VALUES ($1::text, now())"
                      " ON CONFLICT (inbox_id) DO NOTHING RETURNING 1::int2"},
    [PG_ADD_DEAD_LETTER] = {"add_dead_letter", PG_BY_NAME,
                            "INSERT INTO dead_letters (source, topic, reason, payload, received_at)"
                            " VALUES ($1::text, $2::text, $3::text, $4::bytea, now())"},
    [PG_WRITE_CURSOR] = {"write_cursor", PG_BY_NAME,
                         "INSERT INTO cursors (name, xid, id, updated_at)"
                         " VALUES ($1::text, $2::xid8, $3::int8, now()) ON CONFLICT (name)"
                         " DO UPDATE SET xid = excluded.xid, id = excluded.id,"
                         " updated_at = excluded.updated_at"},
    [PG_TOUCH_HEALTH] = {"touch_health", PG_BY_NAME,
                         "UPDATE health SET checked_at = now() WHERE row_number = 1"},
    /* From the beginning to the first that is young or that a cursor has still to read; the floors
     * remember what goes. */
    [PG_PRUNE_EVENTS] =
        {"prune_events", PG_ANYWHERE,
         "WITH first AS (SELECT xid, id, occurred_at FROM events WHERE (xid, id) > " FLOOR
         " AND (xid, id) <= (SELECT xid, id FROM cursors UNION ALL"
         " SELECT pg_snapshot_xmin(pg_current_snapshot()), 0 ORDER BY 1, 2 LIMIT 1)"
         " ORDER BY xid, id LIMIT $2::int8),"
         " last AS (SELECT xid, id FROM (SELECT xid, id, bool_and(occurred_at < $1::timestamptz)"
         " OVER (ORDER BY xid, id) AS old FROM first) AS judged WHERE old"
         " ORDER BY xid DESC, id DESC LIMIT 1),"
         " gone AS (DELETE FROM events WHERE (xid, id) > " FLOOR
         " AND (xid, id) <= (SELECT xid, id FROM last) RETURNING topic, xid, id),"
         " floors AS (INSERT INTO event_floors (topic, xid, id) SELECT DISTINCT ON (topic)"
         " topic, xid, id FROM gone ORDER BY topic, xid DESC, id DESC ON CONFLICT (topic)"
         " DO UPDATE SET xid = excluded.xid, id = excluded.id)"
         " SELECT count(*) FROM gone"},
    [PG_PRUNE_KEYS] = {"prune_keys", PG_ANYWHERE,
                       "WITH gone AS (DELETE FROM idempotency_keys AS k USING (SELECT user_id, key"
                       " FROM idempotency_keys WHERE created_at <"
                       " now() - $1::int8 * interval '1 millisecond' ORDER BY created_at"
                       " LIMIT $2::int8) AS old WHERE k.user_id = ANY (ARRAY[old.user_id])"
                       " AND k.key = old.key RETURNING 1) SELECT count(*) FROM gone"},
    [PG_READ_ORDERS] = {"read_orders", PG_BY_ORDER,
                        "WITH o AS (SELECT " ORDER_COLUMNS " FROM unnest($1::uuid[]) AS g (id),"
                        " orders WHERE orders.order_id = ANY (ARRAY[g.id]))"
                        " SELECT o.*, i.products, i.quantities, i.prices FROM o" ITEMS_OF_O},
    /* What became of a save whose connection broke. */
    [PG_LOOK_UP] = {"look_up", PG_BY_ORDER,
                    "SELECT version, status, updated_at FROM orders WHERE order_id = $1::uuid"},
    [PG_LIST_ALL] = {"list_all", PG_ANYWHERE, LIST("", "")},
    [PG_LIST_BY_USER] = {"list_by_user", PG_BY_USER,
                         LIST("user_id = ANY (ARRAY[$9::uuid]) AND ", "user_id DESC, ")},
    [PG_LIST_BY_STATUS] = {"list_by_status", PG_ANYWHERE,
                           LIST("status = ANY (ARRAY[$9::int2]) AND ", "status DESC, ")},
    /* Downwards by user is the other index. */
    [PG_LIST_BY_USER_AND_STATUS] =
        {"list_by_user_and_status", PG_BY_USER,
         LIST("user_id = ANY (ARRAY[$9::uuid]) AND status = $10::int2 AND ", "user_id ASC, ")},
    [PG_FIND_KEY] = {"find_key", PG_BY_USER,
                     "SELECT request_hash, answer FROM idempotency_keys WHERE user_id = $1::uuid"
                     " AND key = $2::text"
                     " AND created_at >= now() - $3::int8 * interval '1 millisecond'"},
    [PG_READ_EVENTS] = {"read_events", PG_ANYWHERE,
                        "SELECT xid, id, event_id, order_id, topic, type, occurred_at, traceparent,"
                        " data FROM events WHERE (xid, id) > ($1::xid8, $2::int8)"
                        " AND xid < pg_snapshot_xmin(pg_current_snapshot())"
                        " ORDER BY xid, id LIMIT $3::int8"},
    [PG_READ_TAILS] = {"read_tails", PG_ANYWHERE, TAILS("$3::text[]", "$1::xid8", "$2::int8")},
    [PG_READ_HEADS] = {"read_heads", PG_ANYWHERE,
                       TAILS("$1::text[]", "pg_snapshot_xmin(pg_current_snapshot())", "0")},
    /* The last event that may be read, and whether there are some that may not yet. */
    [PG_READ_HEAD] = {"read_head", PG_ANYWHERE,
                      "SELECT head.xid, head.id, last.xid IS DISTINCT FROM head.xid AS held"
                      " FROM (SELECT xid FROM events WHERE (xid, id) > " FLOOR
                      " ORDER BY xid DESC, id DESC LIMIT 1) AS last"
                      " LEFT JOIN LATERAL (SELECT xid, id FROM events WHERE (xid, id) > " FLOOR
                      " AND xid < pg_snapshot_xmin(pg_current_snapshot())"
                      " ORDER BY xid DESC, id DESC LIMIT 1) AS head ON true"},
    [PG_READ_CURSOR] = {"read_cursor", PG_BY_NAME,
                        "SELECT xid, id FROM cursors WHERE name = $1::text"},
};

const struct pg_statement_text *pg_statement_text(enum pg_statement statement)
{
    return &texts[statement];
}
