/* Migrations, the epoch, and databases that were restored from a dump.
 *
 * All of it happens in one transaction under an advisory lock, so that processes that start at the
 * same moment find either nothing or everything done. */
#include "store/postgres/migrate.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/postgres/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The lock is of the database and the schema in which the tables stand or will stand. */
static const char begin[] = "BEGIN; SELECT pg_advisory_xact_lock(hashtext('orderd'),"
                            " hashtext(current_schema()))";

static enum status read_version(PGconn *conn, const struct pg_patience *patience, int *version,
                                struct fault *fault)
{
    char found[32];
    enum status status =
        pg_ask_text(conn, patience, "SELECT to_regclass('meta')", found, sizeof(found), fault);

    *version = 0;
    if (status != STATUS_OK || found[0] == '\0')
        return status;
    status = pg_ask_text(conn, patience, "SELECT value FROM meta WHERE name = 'schema'", found,
                         sizeof(found), fault);
    /* "" is 0: a table of that name which is not ours fails later */
    if (status == STATUS_OK && (strspn(found, "0123456789") != strlen(found) || strlen(found) > 9))
        return fault_set(fault, STATUS_REFUSED, NULL,
                         "the table meta of the database is not orderd's: its schema has the"
                         " version '%s'",
                         found);
    if (status == STATUS_OK)
        *version = (int)strtol(found, NULL, 10);
    if (status == STATUS_OK && *version > pg_migration_count)
        return fault_set(fault, STATUS_REFUSED, NULL,
                         "the database has schema version %d, and this program knows only up to"
                         " %d: use the newer program",
                         *version, pg_migration_count);
    return status;
}

enum status pg_schema_check(PGconn *conn, const struct pg_patience *patience, struct fault *fault)
{
    int version = 0;
    enum status status = read_version(conn, patience, &version, fault);

    if (status == STATUS_OK && version < pg_migration_count)
        return fault_set(fault, STATUS_REFUSED, NULL,
                         "the database has schema version %d and version %d is needed: run"
                         " `orderctl migrate`, or start orderd once",
                         version, pg_migration_count);
    return status;
}

static enum status check_right(PGconn *conn, const struct pg_patience *patience, int version,
                               struct fault *fault)
{
    char may[8];
    enum status status =
        pg_ask_text(conn, patience, "SELECT has_schema_privilege(current_schema(), 'CREATE')", may,
                    sizeof(may), fault);

    if (status == STATUS_OK && strcmp(may, "t") != 0)
        return fault_set(fault, STATUS_REFUSED, NULL,
                         "the database has schema version %d and version %d is needed, but this"
                         " role may not create tables: run `orderctl migrate` as one that may",
                         version, pg_migration_count);
    return status;
}

static enum status apply_missing(PGconn *conn, const struct pg_patience *patience, int version,
                                 struct fault *fault)
{
    char record[128];
    enum status status = check_right(conn, patience, version, fault);

    for (int i = version; status == STATUS_OK && i < pg_migration_count; i++) {
        status = pg_do(conn, patience, pg_migrations[i].sql, fault);
        if (status != STATUS_OK)
            log_error("migration failed", LOG_TEXT("migration", pg_migrations[i].name),
                      LOG_TEXT("reason", fault->text));
    }
    if (status != STATUS_OK)
        return status;
    snprintf(record, sizeof(record),
             "INSERT INTO meta (name, value) VALUES ('schema', '%d') ON CONFLICT (name)"
             " DO UPDATE SET value = excluded.value",
             pg_migration_count);
    return pg_do(conn, patience, record, fault);
}

/* ---- the epoch ---- */

static enum status write_epoch(PGconn *conn, const struct pg_patience *patience,
                               const char *otherwise, struct fault *fault)
{
    char epoch[UUID_TEXT_SIZE], sql[192];
    struct uuid uuid = uuid_v7(clock_wall_ms());

    uuid_format(&uuid, epoch);
    snprintf(sql, sizeof(sql),
             "INSERT INTO meta (name, value) VALUES ('epoch', '%s') ON CONFLICT (name) DO %s",
             epoch, otherwise);
    return pg_do(conn, patience, sql, fault);
}

/* Events that were dumped and restored elsewhere carry the numbers of the other cluster's
 * transactions. When those lie ahead of this one's, the stream would stand still and later run
 * backwards; so they are numbered anew, cursors with them, as a new stream. */
static const char find_foreign[] =
    "SELECT EXISTS (SELECT FROM events WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))"
    " OR EXISTS (SELECT FROM cursors WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))"
    " OR EXISTS (SELECT FROM event_floors WHERE xid >= pg_snapshot_xmax(pg_current_snapshot()))";
static const char number_anew[] =
    "LOCK TABLE events, cursors IN EXCLUSIVE MODE;"
    "UPDATE cursors AS c SET xid = pg_current_xact_id(),"
    " id = (SELECT count(*) FROM events AS e WHERE (e.xid, e.id) <= (c.xid, c.id));"
    "UPDATE event_floors SET xid = pg_current_xact_id(), id = 0;"
    "UPDATE events AS e SET xid = pg_current_xact_id(), id = n.place FROM (SELECT xid, id,"
    " row_number() OVER (ORDER BY xid, id) AS place FROM events) AS n"
    " WHERE (e.xid, e.id) = (n.xid, n.id);"
    "SELECT setval('event_numbers', (SELECT count(*) + 1 FROM events))";

/* What waits for somebody is news again. */
static const char renew_waiting[] =
    "UPDATE inbound SET xid = pg_current_xact_id() WHERE handled_at IS NULL"
    " AND xid >= pg_snapshot_xmax(pg_current_snapshot());"
    "UPDATE dead_letters SET retrying = pg_current_xact_id()"
    " WHERE retrying >= pg_snapshot_xmax(pg_current_snapshot())";

static enum status settle_restored(PGconn *conn, const struct pg_patience *patience,
                                   struct fault *fault)
{
    char foreign[8];
    enum status status = pg_ask_text(conn, patience, find_foreign, foreign, sizeof(foreign), fault);

    if (status == STATUS_OK)
        status = pg_do(conn, patience, renew_waiting, fault);
    if (status != STATUS_OK || strcmp(foreign, "t") != 0)
        return status;
    status = pg_do(conn, patience, number_anew, fault);
    if (status == STATUS_OK)
        status = write_epoch(conn, patience, "UPDATE SET value = excluded.value", fault);
    if (status == STATUS_OK)
        log_warning(
            "the database was restored from another cluster: its events begin a new stream");
    return status;
}

/* ---- all of it ---- */

static enum status settle(PGconn *conn, const struct pg_patience *patience, int *found,
                          struct fault *fault)
{
    enum status status = read_version(conn, patience, found, fault);

    if (status == STATUS_OK && *found < pg_migration_count)
        status = apply_missing(conn, patience, *found, fault);
    if (status == STATUS_OK && *found < pg_migration_count) {
        log_info("schema migrated", LOG_INT("from", *found), LOG_INT("to", pg_migration_count));
        status = write_epoch(conn, patience, "NOTHING", fault);
    }
    if (status == STATUS_OK)
        status = settle_restored(conn, patience, fault);
    return status;
}

enum status pg_migrate(PGconn *conn, const struct pg_patience *patience, int *found,
                       char epoch[UUID_TEXT_SIZE], struct fault *fault)
{
    struct fault ignored;
    enum status status = pg_do(conn, patience, begin, fault);

    if (status == STATUS_OK)
        status = settle(conn, patience, found, fault);
    if (status == STATUS_OK)
        status = pg_do(conn, patience, "COMMIT", fault);
    else if (pg_do(conn, patience, "ROLLBACK", &ignored) != STATUS_OK)
        log_debug("not rolled back: the connection goes anyway");
    if (status == STATUS_OK)
        status = pg_ask_text(conn, patience, "SELECT value FROM meta WHERE name = 'epoch'", epoch,
                             UUID_TEXT_SIZE, fault);
    return status;
}
