/* What a database on several machines would need of the statements: each that says so finds every
 * row by the key that the row's table would be placed by, so that it goes to one machine; and those
 * that cannot are few, and known. */
#include "sql_reader.h"

#include "store/postgres/statements.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* ---- the rule ---- */

/* By what the rows of a table are found in statements of a locality; NULL: not at all. Items go
 * with their orders. */
static const struct rule {
    const char *table;
    const char *key; /* that its rows are placed by, and so inserted */
    enum pg_locality home;
    const char *by[3]; /* PG_BY_ORDER, PG_BY_USER, PG_BY_INBOX */
} rules[] = {
    {"orders", "order_id", PG_BY_ORDER, {"order_id", "user_id", NULL}},
    {"order_items", "order_id", PG_BY_ORDER, {"order_id", "order_id", NULL}},
    {"events", "order_id", PG_BY_ORDER, {"order_id", NULL, NULL}},
    {"idempotency_keys", "user_id", PG_BY_USER, {NULL, "user_id", NULL}},
    {"inbox", "inbox_id", PG_BY_INBOX, {NULL, NULL, "inbox_id"}},
    {"inbound", "event_id", PG_BY_INBOX, {NULL, NULL, "event_id"}},
};

/* Every machine would hold these whole. */
static const char *const small_tables[] = {"cursors", "event_floors", "dead_letters", "health",
                                           "meta"};

struct verdict {
    enum pg_locality locality;
    int at_home; /* uses of tables that justify the locality */
    char complaint[256];
};

static const struct rule *rule_of(const char *table)
{
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
        if (strcmp(rules[i].table, table) == 0)
            return &rules[i];
    return NULL;
}

static bool is_small(const char *table)
{
    for (size_t i = 0; i < sizeof(small_tables) / sizeof(small_tables[0]); i++)
        if (strcmp(small_tables[i], table) == 0)
            return true;
    return false;
}

static void complain(struct verdict *verdict, const struct sql_use *use, const char *what)
{
    if (verdict->complaint[0] == '\0')
        snprintf(verdict->complaint, sizeof(verdict->complaint), "%s %s", use->table, what);
}

static bool is_at_home(const struct rule *rule, const struct sql_use *use,
                       enum pg_locality locality)
{
    if (rule == NULL || rule->home == locality)
        return rule != NULL;
    return !use->inserts && rule->by[locality] != NULL &&
           strcmp(rule->by[locality], rule->key) != 0; /* a user's orders */
}

/* What is inserted carries the key of its own table, wherever the other rows of the statement are.
 */
static void judge_keyed(struct verdict *verdict, const struct sql_use *use)
{
    const struct rule *rule = rule_of(use->table);
    const char *by = rule == NULL ? NULL : rule->by[verdict->locality];

    verdict->at_home += is_at_home(rule, use, verdict->locality);
    if (rule == NULL)
        complain(verdict, use, "is no table that is placed by a key");
    else if (use->inserts && !sql_names(use, rule->key))
        complain(verdict, use, "gets rows without their key");
    else if (!use->inserts && by == NULL)
        complain(verdict, use, "is placed by another key");
    else if (!use->inserts && !sql_binds(use, by))
        complain(verdict, use, "is not found by its key");
}

static void judge(void *arg, const struct sql_use *use)
{
    struct verdict *verdict = arg;

    switch (verdict->locality) {
    case PG_BY_ORDER:
    case PG_BY_USER:
    case PG_BY_INBOX: judge_keyed(verdict, use); break;
    case PG_BY_NAME:
        verdict->at_home++;
        if (!is_small(use->table))
            complain(verdict, use, "is not small");
        break;
    case PG_ANYWHERE:
        verdict->at_home++;
        if (rule_of(use->table) == NULL && !is_small(use->table))
            complain(verdict, use, "is not known");
        break;
    }
}

/* "" when the statement is what it is said to be; static memory. */
static const char *complaint_about(const char *sql, enum pg_locality locality)
{
    static struct verdict verdict;

    verdict = (struct verdict){.locality = locality};
    sql_read(sql, judge, &verdict);
    if (verdict.complaint[0] == '\0' && verdict.at_home == 0)
        return "no table of this locality is used";
    return verdict.complaint;
}

/* ---- the statements ---- */

static void every_statement_finds_its_rows_where_it_says(void **state)
{
    (void)state;
    for (int i = 0; i < PG_STATEMENT_COUNT; i++) {
        const struct pg_statement_text *text = pg_statement_text((enum pg_statement)i);
        const char *complaint = complaint_about(text->sql, text->locality);
        if (complaint[0] != '\0')
            fail_msg("%s: %s", text->name, complaint);
    }
}

static void no_statement_could_say_another_key(void **state)
{
    (void)state;
    for (int i = 0; i < PG_STATEMENT_COUNT; i++) {
        const struct pg_statement_text *text = pg_statement_text((enum pg_statement)i);
        for (int other = PG_BY_ORDER; other <= PG_BY_NAME; other++)
            if (other != (int)text->locality &&
                complaint_about(text->sql, (enum pg_locality)other)[0] == '\0')
                fail_msg("%s would pass with locality %d", text->name, other);
    }
}

static void assert_listed(enum pg_locality locality, const enum pg_statement *list, size_t count)
{
    size_t next = 0;

    for (int i = 0; i < PG_STATEMENT_COUNT; i++) {
        const struct pg_statement_text *text = pg_statement_text((enum pg_statement)i);
        if (text->locality != locality)
            continue;
        if (next >= count || (int)list[next] != i)
            fail_msg("%s is not in this test's list: must it be of this locality?", text->name);
        next++;
    }
    assert_int_equal(next, count);
}

static void what_goes_to_every_machine_is_known(void **state)
{
    static const enum pg_statement anywhere[] = {
        PG_CREATE_CURSOR, PG_ACK_CURSOR,   PG_BURY_INBOUND, PG_PRUNE_EVENTS,   PG_PRUNE_INBOUND,
        PG_PRUNE_INBOX,   PG_PRUNE_KEYS,   PG_LIST_ALL,     PG_LIST_BY_STATUS, PG_READ_EVENTS,
        PG_READ_TAILS,    PG_READ_ENDS,    PG_FIND_TIME,    PG_READ_HEAD,      PG_READ_NEWS,
        PG_LIST_CURSORS,  PG_READ_INBOUND,
    };
    static const enum pg_statement by_name[] = {
        PG_WRITE_CURSOR,       PG_DELETE_CURSOR,    PG_ADD_DEAD_LETTER,   PG_RETRY_DEAD_LETTER,
        PG_FAIL_DEAD_LETTER,   PG_DROP_DEAD_LETTER, PG_TOUCH_HEALTH,      PG_HOLD_FLOOR,
        PG_PRUNE_DEAD_LETTERS, PG_READ_CURSOR,      PG_LIST_DEAD_LETTERS, PG_LIST_RETRYING,
        PG_GET_DEAD_LETTER,
    };

    (void)state;
    assert_listed(PG_ANYWHERE, anywhere, sizeof(anywhere) / sizeof(anywhere[0]));
    assert_listed(PG_BY_NAME, by_name, sizeof(by_name) / sizeof(by_name[0]));
}

/* ---- the rule itself ---- */

static void good_statements_pass(void **state)
{
    static const struct {
        const char *sql;
        enum pg_locality locality;
    } good[] = {
        {"SELECT notes FROM orders WHERE order_id = $1", PG_BY_ORDER},
        {"SELECT notes FROM orders AS o WHERE version > $2 AND o.order_id = $1::uuid", PG_BY_ORDER},
        {"SELECT FROM orders o WHERE total_amount BETWEEN $2 AND $3 AND order_id = $1",
         PG_BY_ORDER},
        {"SELECT FROM orders WHERE order_id = ANY ($1::uuid[]) ORDER BY version", PG_BY_ORDER},
        {"SELECT FROM orders JOIN order_items AS i ON i.order_id = orders.order_id"
         " WHERE orders.order_id = $1",
         PG_BY_ORDER},
        {"UPDATE orders AS o SET version = c.v FROM unnest($1::uuid[], $2::int8[]) AS c (id, v)"
         " WHERE o.order_id = ANY (ARRAY[c.id])",
         PG_BY_ORDER},
        {"WITH n AS (SELECT * FROM orders WHERE order_id = $1) SELECT FROM n UNION ALL SELECT FROM"
         " orders WHERE order_id = $2",
         PG_BY_ORDER},
        {"INSERT INTO inbox (inbox_id, received_at) VALUES ($1, now()) ON CONFLICT (inbox_id)"
         " DO UPDATE SET received_at = now()",
         PG_BY_INBOX},
        {"SELECT FROM orders WHERE user_id = $1 AND version IS DISTINCT FROM $2", PG_BY_USER},
        {"UPDATE health SET checked_at = now()", PG_BY_NAME},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        const char *complaint = complaint_about(good[i].sql, good[i].locality);
        if (complaint[0] != '\0')
            fail_msg("%s: %s", good[i].sql, complaint);
    }
}

static void statements_that_look_elsewhere_are_found_out(void **state)
{
    static const char *const bad[] = {
        "SELECT notes FROM orders",
        "SELECT notes FROM orders WHERE version = $1",
        "SELECT notes FROM orders WHERE user_id = $1",
        "SELECT notes FROM orders WHERE order_id > $1",
        "SELECT notes FROM orders WHERE order_id <> $1",
        "SELECT notes FROM orders WHERE order_id BETWEEN $1 AND $2",
        "SELECT notes FROM orders WHERE order_id = $1 OR version = $2",
        "SELECT notes FROM orders WHERE NOT order_id = $1",
        "SELECT notes FROM orders WHERE 'order_id = $1' = notes",
        "SELECT notes FROM orders AS o WHERE o.order_id = o.order_id",
        "SELECT notes FROM orders WHERE order_id = user_id",
        "SELECT notes FROM orders WHERE order_id = ANY (SELECT order_id FROM events)",
        "SELECT order_id = $1 FROM orders",
        "SELECT FROM orders AS o JOIN order_items AS i ON i.line = o.version WHERE o.order_id = $1",
        "SELECT FROM orders AS o, order_items AS i WHERE o.order_id = $1",
        "SELECT FROM orders AS o, order_items AS i WHERE order_id = $1",
        "SELECT FROM unnest($1::uuid[]) AS g (order_id), orders AS o WHERE g.order_id = $2",
        "SELECT FROM orders AS o WHERE o.order_id = $1 AND EXISTS (SELECT FROM events)",
        "SELECT FROM orders WHERE order_id = $1 UNION ALL SELECT FROM orders",
        "SELECT (SELECT count(*) FROM events) FROM orders WHERE order_id = $1",
        "WITH e AS (SELECT * FROM events) SELECT FROM orders WHERE order_id = $1",
        "UPDATE orders SET version = 1",
        "UPDATE orders AS o SET order_id = $1 FROM unnest($1::uuid[]) AS c (id)",
        "DELETE FROM order_items",
        "DELETE FROM order_items AS i USING orders AS o WHERE o.order_id = $1",
        "INSERT INTO events (event_id, topic) VALUES ($1, $2)",
        "INSERT INTO order_items (line, product_id) SELECT order_id, line FROM unnest($1) AS g",
        "INSERT INTO events (order_id) SELECT order_id FROM orders",
        "SELECT FROM cursors WHERE order_id = $1",
        "SELECT FROM elsewhere WHERE order_id = $1",
        "SELECT key FROM idempotency_keys WHERE user_id = $1",
        "INSERT INTO inbox (inbox_id) VALUES ($1)",
        "SELECT 1",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (complaint_about(bad[i], PG_BY_ORDER)[0] == '\0')
            fail_msg("this passes: %s", bad[i]);
    assert_string_not_equal(complaint_about("UPDATE orders SET version = 1", PG_BY_NAME), "");
    assert_string_not_equal(complaint_about("SELECT FROM elsewhere", PG_ANYWHERE), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_finds_its_rows_where_it_says),
        cmocka_unit_test(no_statement_could_say_another_key),
        cmocka_unit_test(what_goes_to_every_machine_is_known),
        cmocka_unit_test(good_statements_pass),
        cmocka_unit_test(statements_that_look_elsewhere_are_found_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
