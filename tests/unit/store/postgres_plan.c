/* Asking for plans (EXPLAIN) and reading them. */
#include "postgres_plan.h"

#include "store/postgres/database.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { DEADLINE_MS = 60000 };

static char last_run[512]; /* the command, cut off */

static const char *const tables[PLAN_TABLES] = {
    "orders", "order_items", "events", "idempotency_keys", "inbox", "inbound", "dead_letters"};

PGconn *plan_session(const char *url)
{
    PGconn *conn = PQconnectdb(url);
    struct fault fault = {0};

    if (PQstatus(conn) != CONNECTION_OK)
        fail_msg("%s", PQerrorMessage(conn));
    if (pg_session_prepare(conn, -1, DEADLINE_MS, &fault) != STATUS_OK)
        fail_msg("%s", fault.text);
    assert_int_equal(PQexitPipelineMode(conn), 1);
    assert_int_equal(PQsetnonblocking(conn, 0), 0);
    return conn;
}

const char *plan_ask(PGconn *conn, const char *sql)
{
    static char *answer;
    PGresult *result = PQexec(conn, sql);
    ExecStatusType status = PQresultStatus(result);

    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        char why[512];
        snprintf(why, sizeof(why), "%s", PQerrorMessage(conn));
        PQclear(PQexec(conn, "ROLLBACK")); /* the next test begins in a session that works */
        fail_msg("%s: %s", sql, why);
    }
    free(answer);
    answer = strdup(PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
    PQclear(result);
    return answer;
}

/* ---- reading a plan ---- */

struct reading {
    const char *statement;
    const char *text; /* of the whole plan */
    struct plan plan;
};

static int64_t number_of(const json_t *node, const char *name)
{
    const json_t *found = json_object_get(node, name);

    return found == NULL ? 0 : (int64_t)json_number_value(found);
}

static const char *text_of(const json_t *node, const char *name)
{
    const char *found = json_string_value(json_object_get(node, name));

    return found == NULL ? "" : found;
}

static int table_of(const json_t *node)
{
    for (int i = 0; i < PLAN_TABLES; i++)
        if (strcmp(text_of(node, "Relation Name"), tables[i]) == 0)
            return i;
    return -1;
}

/* An index is read from where its first column is right, or as a whole; what waits is the whole of
 * its index. */
static bool reads_by_index(const json_t *node)
{
    static const char *const begins[][2] = {
        {"orders_pkey", "order_id"},
        {"orders_by_user", "user_id"},
        {"orders_by_status", "status"},
        {"orders_by_user_and_status", "user_id"},
        {"order_items_pkey", "order_id"},
        {"events_pkey", "xid"},
        {"events_by_topic", "topic"},
        {"idempotency_keys_pkey", "user_id"},
        {"idempotency_keys_by_age", "created_at"},
        {"inbox_pkey", "inbox_id"},
        {"inbox_by_age", "received_at"},
        {"inbound_pkey", "event_id"},
        {"inbound_pending", ""},
        {"inbound_by_age", "handled_at"},
        {"dead_letters_pkey", "dead_letter_id"},
        {"dead_letters_by_age", "received_at"},
        {"dead_letters_new", "retrying"},
        {"dead_letters_retrying", "dead_letter_id"},
    };

    for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
        if (strcmp(text_of(node, "Index Name"), begins[i][0]) == 0)
            return strstr(text_of(node, "Index Cond"), begins[i][1]) != NULL;
    return false;
}

static void read_scan(struct reading *reading, const json_t *node)
{
    int table = table_of(node);
    int64_t rows = number_of(node, "Actual Rows") + number_of(node, "Rows Removed by Filter") +
                   number_of(node, "Rows Removed by Index Recheck");

    if (table < 0 || strcmp(text_of(node, "Node Type"), "ModifyTable") == 0)
        return;
    if (!reads_by_index(node)) {
        print_error("%s\n", reading->text);
        fail_msg("%s reads all of %s", reading->statement, tables[table]);
    }
    reading->plan.read[table] += rows * number_of(node, "Actual Loops");
}

static void read_sort(struct reading *reading, const json_t *node)
{
    int64_t rows = number_of(node, "Actual Rows") * number_of(node, "Actual Loops");

    if (strstr(text_of(node, "Node Type"), "Sort") != NULL && rows > reading->plan.sorted)
        reading->plan.sorted = rows;
}

static void read_node(struct reading *reading, const json_t *node)
{
    size_t i;
    const json_t *child;

    read_scan(reading, node);
    read_sort(reading, node);
    json_array_foreach(json_object_get(node, "Plans"), i, child)
    {
        read_node(reading, child);
    }
}

static struct plan explain(PGconn *conn, enum pg_statement statement, const char *command)
{
    const char *answer = plan_ask(conn, command);
    json_error_t error;
    json_t *json = json_loads(answer, 0, &error);
    json_t *top = json_object_get(json_array_get(json, 0), "Plan");
    struct reading reading = {.statement = pg_statement_text(statement)->name, .text = answer};

    if (top == NULL)
        fail_msg("%s: %s", error.text, answer);
    read_node(&reading, top);
    reading.plan.blocks =
        number_of(top, "Shared Hit Blocks") + number_of(top, "Shared Read Blocks");
    json_decref(json);
    return reading.plan;
}

/* ---- asking for one ---- */

/* "NULL, NULL, ..." for every parameter: the greatest number behind a '$'. */
static void write_nulls(const char *sql, char *arguments)
{
    int count = 0;

    for (const char *at = strchr(sql, '$'); at != NULL; at = strchr(at + 1, '$'))
        count = atoi(at + 1) > count ? atoi(at + 1) : count;
    for (int i = 0; i < count; i++)
        arguments = stpcpy(arguments, i == 0 ? "(NULL" : ", NULL");
    strcpy(arguments, count == 0 ? "" : ")");
}

void plan_check(PGconn *conn, enum pg_statement statement)
{
    const struct pg_statement_text *text = pg_statement_text(statement);
    char arguments[256], command[512];

    write_nulls(text->sql, arguments);
    snprintf(command, sizeof(command), "EXPLAIN (FORMAT JSON) EXECUTE %s%s", text->name, arguments);
    (void)explain(conn, statement, command);
}

struct plan plan_run(PGconn *conn, enum pg_statement statement, const char *arguments,
                     const char *end)
{
    char making[4096], *command;
    struct plan plan;

    snprintf(making, sizeof(making),
             "SELECT 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) EXECUTE %s' || (%s)",
             pg_statement_text(statement)->name, arguments);
    command = strdup(plan_ask(conn, making));
    snprintf(last_run, sizeof(last_run), "%s", command);
    (void)plan_ask(conn, "BEGIN");
    plan = explain(conn, statement, command);
    (void)plan_ask(conn, end);
    free(command);
    return plan;
}

void plan_bound(const char *what, int64_t number, int64_t least, int64_t most)
{
    if (number < least || number > most)
        fail_msg("%s: %lld, not %lld to %lld: %s", what, (long long)number, (long long)least,
                 (long long)most, last_run);
}
