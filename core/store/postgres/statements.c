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

/* Events of transactions below it will never have others before them. */
#define XMIN "pg_snapshot_xmin(pg_current_snapshot())"

/* The last event that may be read; the floor when there is none. */
#define HEAD                                                                                       \
    "(SELECT xid, id FROM (SELECT xid, id FROM events WHERE (xid, id) > " FLOOR " AND xid < " XMIN \
    " ORDER BY xid DESC, id DESC LIMIT 1) AS last UNION ALL SELECT xid, id FROM " FLOOR            \
    " AS floor ORDER BY 1 DESC, 2 DESC LIMIT 1)"

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

/* Is it waiting to be handled? Said so that only the index by event_id can be meant, not the one
 * over all that wait. */
#define PENDING "(handled_at IS NULL) IS TRUE"

/* Does anything wait that did not when this was asked before, with a snapshot from $1 to $2? That is
 * what transactions wrote that were open then and have ended, and those that have come since.
 * Nothing older is looked at, and what waits for long is told of twice at the most. */
#define WAITS(table, column, condition, low, high)                                                 \
    "(SELECT " column " FROM " table " WHERE " condition " AND " column " >= " low                 \
    " AND " column " < " high " ORDER BY " column " LIMIT 1) IS NOT NULL"
#define NEWS(table, column, condition)                                                             \
    WAITS(table, column, condition, "$1::xid8", "now.low")                                         \
    " OR " WAITS(table, column, condition, "$2::xid8", "now.high")

/* A dead letter, with its payload or without. */
#define LETTER(payload)                                                                            \
    "SELECT dead_letter_id, received_at, retrying IS NOT NULL, source, topic, event_id, about,"    \
    " reason, attempts, " payload " FROM dead_letters WHERE "
#define LETTER_COLUMNS                                                                             \
    "source, topic, event_id, about, reason, attempts, payload, received_at"
#define LETTER_VALUES                                                                              \
    "$1::text, $2::text, $3::text, $4::text, $5::text, $6::int8, $7::bytea, now()"
#define LETTERS_PAGE                                                                               \
    "dead_letter_id > $1::int8 AND ($2::text IS NULL OR source = $2::text)"                        \
    " ORDER BY dead_letter_id LIMIT $3::int8"

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
    /* What another transaction puts at the same moment under the same id is waited for. */
    [PG_PUT_INBOUND] = {"put_inbound", PG_BY_INBOX,
                        "INSERT INTO inbound (event_id, topic, about, payload, received_at)"
                        " SELECT *, now() FROM unnest($1::text[], $2::text[], $3::text[],"
                        " $4::bytea[]) ON CONFLICT (event_id) DO NOTHING RETURNING event_id"},
    [PG_HANDLE_INBOUND] = {"handle_inbound", PG_BY_INBOX,
                           "UPDATE inbound AS i SET handled_at = now(), payload = NULL"
                           " FROM unnest($1::text[]) AS h (event_id)"
                           " WHERE i.event_id = ANY (ARRAY[h.event_id]) AND " PENDING
                           " RETURNING i.event_id"},
    [PG_ADD_DEAD_LETTER] = {"add_dead_letter", PG_BY_NAME,
                            "INSERT INTO dead_letters (" LETTER_COLUMNS ") VALUES (" LETTER_VALUES
                            ")"},
    /* The same, of what waits in `inbound`, or else of nothing. */
    [PG_BURY_INBOUND] = {"bury_inbound", PG_ANYWHERE,
                         "WITH buried AS (UPDATE inbound SET handled_at = now(), payload = NULL"
                         " WHERE event_id = $3::text AND " PENDING " RETURNING event_id)"
                         " INSERT INTO dead_letters (" LETTER_COLUMNS ") SELECT " LETTER_VALUES
                         " FROM buried"},
    [PG_RETRY_DEAD_LETTER] = {"retry_dead_letter", PG_BY_NAME,
                              "UPDATE dead_letters SET retrying = pg_current_xact_id()"
                              " WHERE dead_letter_id = $1::int8 RETURNING 1::int2"},
    [PG_FAIL_DEAD_LETTER] = {"fail_dead_letter", PG_BY_NAME,
                             "UPDATE dead_letters SET attempts = attempts + 1, reason = $2::text,"
                             " retrying = NULL WHERE dead_letter_id = $1::int8 RETURNING 1::int2"},
    [PG_DROP_DEAD_LETTER] = {"drop_dead_letter", PG_BY_NAME,
                             "DELETE FROM dead_letters WHERE dead_letter_id = $1::int8"
                             " RETURNING 1::int2"},
    [PG_WRITE_CURSOR] = {"write_cursor", PG_BY_NAME,
                         "INSERT INTO cursors (name, xid, id, updated_at)"
                         " VALUES ($1::text, $2::xid8, $3::int8, now()) ON CONFLICT (name)"
                         " DO UPDATE SET xid = excluded.xid, id = excluded.id,"
                         " updated_at = excluded.updated_at"},
    /* Answers with an enum cursor_verdict (cursors.c). "" is where the stream begins now. */
    [PG_CREATE_CURSOR] =
        {"create_cursor", PG_ANYWHERE,
         "WITH asked AS (SELECT CASE"
         " WHEN EXISTS (SELECT FROM cursors WHERE name = $1::text) THEN 1"
         " WHEN (SELECT count(*) FROM cursors) >= $4::int8 THEN 2"
         " WHEN ($2::xid8, $3::int8) > " HEAD " THEN 3"
         " WHEN $2::xid8 <> '0' AND ($2::xid8, $3::int8) < " FLOOR " THEN 4"
         " ELSE 0 END AS verdict),"
         " made AS (INSERT INTO cursors (name, xid, id, updated_at) SELECT $1::text,"
         " CASE WHEN $2::xid8 = '0' THEN floor.xid ELSE $2::xid8 END,"
         " CASE WHEN $2::xid8 = '0' THEN floor.id ELSE $3::int8 END, now()"
         " FROM asked, " FLOOR " AS floor WHERE verdict = 0 ON CONFLICT (name) DO NOTHING"
         " RETURNING name)"
         " SELECT CASE WHEN verdict = 0 AND NOT EXISTS (SELECT FROM made) THEN 1 ELSE verdict END"
         " FROM asked"},
    /* Of two that come at once the second waits for the first, and looks again where it stands. */
    [PG_ACK_CURSOR] =
        {"ack_cursor", PG_ANYWHERE,
         "WITH asked AS (SELECT ($2::xid8, $3::int8) <= " HEAD " AS valid),"
         " acked AS (UPDATE cursors AS c SET"
         " xid = CASE WHEN (c.xid, c.id) < ($2::xid8, $3::int8) THEN $2::xid8 ELSE c.xid END,"
         " id = CASE WHEN (c.xid, c.id) < ($2::xid8, $3::int8) THEN $3::int8 ELSE c.id END,"
         " updated_at = CASE WHEN (c.xid, c.id) < ($2::xid8, $3::int8) THEN now()"
         " ELSE c.updated_at END"
         " FROM asked WHERE name = $1::text AND valid RETURNING c.xid, c.id)"
         " SELECT asked.valid, acked.xid, acked.id FROM asked LEFT JOIN acked ON true"},
    [PG_DELETE_CURSOR] = {"delete_cursor", PG_BY_NAME,
                          "DELETE FROM cursors WHERE name = $1::text RETURNING 1::int2"},
    [PG_TOUCH_HEALTH] = {"touch_health", PG_BY_NAME,
                         "UPDATE health SET checked_at = now() WHERE row_number = 1"},
    /* Until the transaction ends, events are removed or cursors are made, not both: a cursor is
     * made where nothing behind it goes before it is seen. */
    [PG_HOLD_FLOOR] = {"hold_floor", PG_BY_NAME,
                       "SELECT pg_advisory_xact_lock(hashtext('orderd floor'),"
                       " 'cursors'::regclass::oid::int) FROM meta WHERE name = 'epoch'"},
    /* From the beginning to the first that is young or that a cursor has still to read; the floors
     * remember what goes. */
    [PG_PRUNE_EVENTS] =
        {"prune_events", PG_ANYWHERE,
         "WITH first AS (SELECT xid, id, occurred_at FROM events WHERE (xid, id) > " FLOOR
         " AND (xid, id) <= (SELECT xid, id FROM cursors UNION ALL"
         " SELECT " XMIN ", 0 ORDER BY 1, 2 LIMIT 1)"
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
    [PG_PRUNE_INBOUND] = {"prune_inbound", PG_ANYWHERE,
                          "WITH gone AS (DELETE FROM inbound AS i USING (SELECT event_id"
                          " FROM inbound WHERE handled_at < $1::timestamptz ORDER BY handled_at"
                          " LIMIT $2::int8) AS old WHERE i.event_id = ANY (ARRAY[old.event_id])"
                          " RETURNING 1) SELECT count(*) FROM gone"},
    /* A message that waits may have had its effect already: what was remembered since the first of
     * them came stays (an hour's grace, for their order is only roughly that of coming). */
    [PG_PRUNE_INBOX] =
        {"prune_inbox", PG_ANYWHERE,
         "WITH first AS (SELECT received_at - interval '1 hour' AS since FROM inbound"
         " WHERE handled_at IS NULL ORDER BY xid, number LIMIT 1),"
         " gone AS (DELETE FROM inbox AS i USING (SELECT inbox_id FROM inbox WHERE"
         " received_at < least($1::timestamptz, (SELECT since FROM first)) ORDER BY received_at"
         " LIMIT $2::int8) AS old WHERE i.inbox_id = ANY (ARRAY[old.inbox_id])"
         " RETURNING 1) SELECT count(*) FROM gone"},
    [PG_PRUNE_DEAD_LETTERS] =
        {"prune_dead_letters", PG_BY_NAME,
         "WITH gone AS (DELETE FROM dead_letters AS d USING (SELECT dead_letter_id"
         " FROM dead_letters WHERE received_at < $1::timestamptz AND retrying IS NULL"
         " ORDER BY received_at LIMIT $2::int8) AS old"
         " WHERE d.dead_letter_id = ANY (ARRAY[old.dead_letter_id])"
         " AND (d.retrying IS NULL) IS TRUE RETURNING 1) SELECT count(*) FROM gone"},
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
    /* Is the position below the floor? And the events after it, if it is not; "" is the floor. */
    [PG_READ_EVENTS] = {"read_events", PG_ANYWHERE,
                        "SELECT f.gone, e.* FROM (SELECT"
                        " $1::xid8 <> '0' AND (xid, id) > ($1::xid8, $2::int8) AS gone,"
                        " CASE WHEN $1::xid8 = '0' THEN xid ELSE $1::xid8 END AS xid,"
                        " CASE WHEN $1::xid8 = '0' THEN id ELSE $2::int8 END AS id FROM " FLOOR
                        " AS floor) AS f"
                        " LEFT JOIN LATERAL (SELECT xid, id, " EVENT_COLUMNS " FROM events"
                        " WHERE (xid, id) > (f.xid, f.id) AND xid < " XMIN " AND NOT f.gone"
                        " ORDER BY xid, id LIMIT $3::int8) AS e ON true"},
    [PG_READ_TAILS] = {"read_tails", PG_ANYWHERE, TAILS("$3::text[]", "$1::xid8", "$2::int8")},
    /* The last of each topic, and without a topic the floor. */
    [PG_READ_ENDS] = {"read_ends", PG_ANYWHERE,
                      TAILS("$1::text[]", XMIN, "0") " UNION ALL SELECT NULL, xid, id FROM " FLOOR
                                                     " AS floor"},
    /* Halves the transactions between the floor and those that have not ended. `xid` and `id` are
     * of an event that is older than the time, as all before it are; the first event of transaction
     * `high` or later is not, or there is none. */
    [PG_FIND_TIME] =
        {"find_time", PG_ANYWHERE,
         "WITH RECURSIVE search AS (SELECT '0'::xid8 AS xid, 0::int8 AS id,"
         " floor.xid::text::int8 AS low, " XMIN "::text::int8 AS high FROM " FLOOR " AS floor"
         " UNION ALL SELECT CASE WHEN e.old THEN e.xid ELSE s.xid END,"
         " CASE WHEN e.old THEN e.id ELSE s.id END,"
         " CASE WHEN e.old THEN e.xid::text::int8 ELSE s.low END,"
         " CASE WHEN e.old THEN s.high ELSE s.middle END"
         " FROM (SELECT *, low + (high - low) / 2 AS middle FROM search WHERE high - low > 1) AS s"
         " LEFT JOIN LATERAL (SELECT xid, id, occurred_at < $1::timestamptz AS old FROM events"
         " WHERE xid >= s.middle::text::xid8 AND xid < s.high::text::xid8"
         " ORDER BY xid, id LIMIT 1) AS e ON true)"
         " SELECT xid, id FROM search WHERE high - low <= 1"},
    /* The last event that may be read, and whether there are some that may not yet. */
    [PG_READ_HEAD] = {"read_head", PG_ANYWHERE,
                      "SELECT head.xid, head.id, last.xid IS DISTINCT FROM head.xid AS held"
                      " FROM (SELECT xid FROM events WHERE (xid, id) > " FLOOR
                      " ORDER BY xid DESC, id DESC LIMIT 1) AS last"
                      " LEFT JOIN LATERAL (SELECT xid, id FROM events WHERE (xid, id) > " FLOOR
                      " AND xid < " XMIN " ORDER BY xid DESC, id DESC LIMIT 1) AS head ON true"},
    /* The snapshot, and whether there is news since the last one, from $1 to $2. */
    [PG_READ_NEWS] =
        {"read_news", PG_ANYWHERE,
         "SELECT now.low, now.high, " NEWS("inbound", "xid", "handled_at IS NULL") " OR " NEWS(
             "dead_letters", "retrying",
             "retrying IS NOT NULL") " FROM (SELECT " XMIN " AS low,"
                                     " pg_snapshot_xmax(pg_current_snapshot()) AS high) AS now"},
    [PG_READ_CURSOR] = {"read_cursor", PG_BY_NAME,
                        "SELECT xid, id FROM cursors WHERE name = $1::text"},
    /* With how many events there are after each, $1 standing for that many and more. Those between
     * two neighbours are counted once, and none before the place at which $1 are reached. */
    [PG_LIST_CURSORS] =
        {"list_cursors", PG_ANYWHERE,
         "WITH placed AS (SELECT name, c.xid, c.id, updated_at,"
         " CASE WHEN (c.xid, c.id) < (f.xid, f.id) THEN f.xid ELSE c.xid END AS low_xid,"
         " CASE WHEN (c.xid, c.id) < (f.xid, f.id) THEN f.id ELSE c.id END AS low_id"
         " FROM cursors AS c, " FLOOR " AS f),"
         " bound AS (SELECT xid, id FROM events WHERE (xid, id) >"
         " (SELECT low_xid, low_id FROM placed ORDER BY low_xid, low_id LIMIT 1) AND xid < " XMIN
         " ORDER BY xid DESC, id DESC OFFSET $1::int8 - 1 LIMIT 1),"
         " between_two AS (SELECT *, ((low_xid, low_id) < (SELECT xid, id FROM bound)) IS TRUE"
         " AS far, lag(low_xid, 1, " XMIN ") OVER down AS high_xid,"
         " lag(low_id, 1, 0::int8) OVER down AS high_id FROM placed"
         " WINDOW down AS (ORDER BY low_xid DESC, low_id DESC, name)),"
         " counted AS (SELECT b.*, (SELECT count(*) FROM events"
         " WHERE (events.xid, events.id) > (b.low_xid, b.low_id)"
         " AND (events.xid, events.id) <= (b.high_xid, b.high_id) AND events.xid < " XMIN
         " AND NOT b.far) AS step FROM between_two AS b)"
         " SELECT name, xid, id, updated_at, CASE WHEN far THEN $1::int8 ELSE (sum(step)"
         " OVER (ORDER BY low_xid DESC, low_id DESC, name ROWS UNBOUNDED PRECEDING))::int8 END"
         " FROM counted ORDER BY name"},
    /* Of transactions from $1 on, and up to where transactions have ended: nothing that comes later
     * is before that. */
    [PG_READ_INBOUND] =
        {"read_inbound", PG_ANYWHERE,
         "SELECT now.low, i.* FROM (SELECT " XMIN " AS low) AS now LEFT JOIN LATERAL (SELECT xid,"
         " number, received_at, event_id, topic, about, payload FROM inbound"
         " WHERE handled_at IS NULL AND xid >= $1::xid8 ORDER BY xid, number LIMIT $2::int8) AS i"
         " ON true ORDER BY i.number"},
    [PG_LIST_DEAD_LETTERS] = {"list_dead_letters", PG_BY_NAME, LETTER("NULL::bytea") LETTERS_PAGE},
    [PG_LIST_RETRYING] = {"list_retrying", PG_BY_NAME,
                          LETTER("payload") "retrying IS NOT NULL AND " LETTERS_PAGE},
    [PG_GET_DEAD_LETTER] = {"get_dead_letter", PG_BY_NAME,
                            LETTER("payload") "dead_letter_id = $1::int8"},
};

const struct pg_statement_text *pg_statement_text(enum pg_statement statement)
{
    return &texts[statement];
}
