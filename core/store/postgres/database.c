/* Checks of the server, and the settings of connections. */
#include "store/postgres/database.h"

#include "base/buffer.h"
#include "base/log.h"
#include "store/postgres/migrate.h"
#include "store/postgres/statements.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_LEAST = 140000, MIGRATE_MS = 600000, SETTINGS_MS = 5000 };

static enum status check_server(PGconn *conn, const struct pg_patience *patience,
                                struct fault *fault)
{
    char value[16];
    enum status status;

    if (PQserverVersion(conn) < VERSION_LEAST)
        return fault_set(fault, STATUS_REFUSED, NULL,
                         "the server is PostgreSQL %d, and 14 is the oldest that will do",
                         PQserverVersion(conn) / 10000);
    status = pg_ask_text(conn, patience, "SHOW fsync", value, sizeof(value), fault);
    if (status == STATUS_OK && strcmp(value, "on") != 0)
        return fault_set(fault, STATUS_REFUSED, NULL,
                         "the server runs with fsync off: what it has committed may be lost, and"
                         " no order could be promised");
    if (status == STATUS_OK)
        status = pg_ask_text(conn, patience, "SHOW server_encoding", value, sizeof(value), fault);
    if (status == STATUS_OK && strcmp(value, "UTF8") != 0)
        return fault_set(fault, STATUS_REFUSED, NULL,
                         "the database has the encoding %s, and must have UTF8", value);
    return status;
}

/* ---- poolers ---- */

static enum status ask_pid(PGconn *conn, const struct pg_patience *patience, int *pid,
                           struct fault *fault)
{
    char text[16];
    enum status status =
        pg_ask_text(conn, patience, "SELECT pg_backend_pid()", text, sizeof(text), fault);

    *pid = (int)strtol(text, NULL, 10);
    return status;
}

/* A pooler that shares connections between transactions (pgbouncer's pool_mode = transaction)
 * would mix up our prepared statements, and give the lead to everybody. Two clients that ask in
 * turns find out: each keeps its own server process, or not. */
static enum status check_pooler(PGconn *conn, const struct pg_url *url, int interrupt,
                                int connect_ms, struct fault *fault)
{
    struct pg_patience patience = pg_patience(interrupt, connect_ms);
    int pid[4] = {0};
    PGconn *other = NULL;
    enum status status = ask_pid(conn, &patience, &pid[0], fault);

    if (status != STATUS_OK || pid[0] == PQbackendPID(conn))
        return status; /* no pooler in between */
    status = pg_connect(url, interrupt, connect_ms, &other, fault);
    if (status == STATUS_OK)
        status = ask_pid(other, &patience, &pid[1], fault);
    if (status == STATUS_OK)
        status = ask_pid(other, &patience, &pid[2], fault);
    if (status == STATUS_OK)
        status = ask_pid(conn, &patience, &pid[3], fault);
    PQfinish(other);
    if (status == STATUS_OK && (pid[0] == pid[1] || pid[1] != pid[2] || pid[0] != pid[3]))
        return fault_set(fault, STATUS_REFUSED, NULL,
                         "the url leads to a pooler that shares server connections between"
                         " transactions: prepared statements and the lock of the leading process"
                         " need one for each client (pgbouncer: pool_mode = session)");
    return status;
}

enum status pg_database_prepare(const struct pg_url *url, int interrupt, int connect_ms, int *found,
                                char epoch[UUID_TEXT_SIZE], struct fault *fault)
{
    PGconn *conn = NULL;
    struct pg_patience patience = pg_patience(interrupt, MIGRATE_MS);
    enum status status = pg_connect(url, interrupt, connect_ms, &conn, fault);

    if (status == STATUS_OK)
        status = check_server(conn, &patience, fault);
    if (status == STATUS_OK)
        status = check_pooler(conn, url, interrupt, connect_ms, fault);
    if (status == STATUS_OK)
        status = pg_migrate(conn, &patience, found, epoch, fault);
    if (status != STATUS_OK && fault->where[0] == '\0' && conn != NULL)
        snprintf(fault->where, sizeof(fault->where), "%s:%s", PQhost(conn), PQport(conn));
    PQfinish(conn);
    return status;
}

/* ---- settings of a connection ---- */

static void ignore_notice(void *arg, const PGresult *result)
{
    (void)arg;
    log_debug("the database remarks",
              LOG_TEXT("remark", PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)));
}

/* A machine of ours that is gone in the middle of a pipeline leaves a transaction behind, which
 * holds up the whole stream: the server must notice in seconds, not in its default of hours. */
#define KEEPALIVES                                                                                 \
    "SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 2; SET tcp_keepalives_count = 3;"  \
    "SET tcp_user_timeout = 10000;"

/* Locks are waited for during a part of the deadline only, so that there is time left to tell apart
 * who waits from who need not.
 * Committed means on disk whatever the server's default is. What plans may not do: statements.c. */
static void write_settings(struct buffer *sql, int deadline_ms)
{
    buffer_printf(sql,
                  "SET statement_timeout = %d; SET lock_timeout = %d;" KEEPALIVES
                  "SET idle_in_transaction_session_timeout = %d; SET jit = off;"
                  "SET plan_cache_mode = force_generic_plan; SET timezone = 'UTC';"
                  "SET enable_seqscan = off; SET enable_bitmapscan = off;"
                  "SET enable_sort = off; SET enable_incremental_sort = off;"
                  "SELECT set_config('synchronous_commit', 'on', false)"
                  " WHERE current_setting('synchronous_commit') = 'off';",
                  deadline_ms, deadline_ms / 10 < 50 ? 50 : deadline_ms / 10, deadline_ms);
}

static void write_preparations(struct buffer *sql)
{
    for (int i = 0; i < PG_STATEMENT_COUNT; i++) {
        const struct pg_statement_text *text = pg_statement_text((enum pg_statement)i);
        buffer_printf(sql, "PREPARE %s AS %s;", text->name, text->sql);
    }
}

static enum status run_settings(PGconn *conn, int interrupt, struct buffer *sql,
                                struct fault *fault)
{
    struct pg_patience patience = pg_patience(interrupt, SETTINGS_MS);
    enum status status;

    PQsetNoticeReceiver(conn, ignore_notice, NULL);
    buffer_append(sql, "", 1);
    status = pg_do(conn, &patience, sql->data, fault);
    buffer_release(sql);
    return status;
}

enum status pg_session_prepare(PGconn *conn, int interrupt, int deadline_ms, struct fault *fault)
{
    struct buffer sql = {0};
    enum status status;

    write_settings(&sql, deadline_ms);
    write_preparations(&sql);
    status = run_settings(conn, interrupt, &sql, fault);
    if (status == STATUS_OK && !PQenterPipelineMode(conn))
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "%s", "libpq refuses its pipeline mode");
    return status;
}

enum status pg_lead_prepare(PGconn *conn, int interrupt, int lease_ms, struct fault *fault)
{
    struct buffer sql = {0};

    buffer_printf(&sql, KEEPALIVES "SET idle_session_timeout = %d; SET statement_timeout = %d",
                  lease_ms, lease_ms);
    return run_settings(conn, interrupt, &sql, fault);
}
