/* Bringing a database to the schema that this program knows. */
#include "store/sqlite/migrate.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdio.h>
#include <string.h>

/* A file without any table is new; any other must carry our application id. */
static enum status check_ours(struct sqlite_connection *connection, struct fault *fault)
{
    int64_t tables = 0, id = 0;
    enum status status =
        sqlite_connection_number(connection, "SELECT count(*) FROM sqlite_schema", &tables, fault);

    if (status == STATUS_OK)
        status = sqlite_connection_number(connection, "PRAGMA application_id", &id, fault);
    if (status == STATUS_OK && tables > 0 && id != SQLITE_APPLICATION_ID)
        return fault_set(fault, STATUS_REFUSED, NULL, "the file is another program's database");
    return status;
}

static enum status check_version(struct sqlite_connection *connection, int64_t *version,
                                 struct fault *fault)
{
    enum status status =
        sqlite_connection_number(connection, "PRAGMA user_version", version, fault);

    if (status == STATUS_OK && (*version > sqlite_migration_count || *version < 0))
        return fault_set(fault, STATUS_REFUSED, NULL,
                         "the database has schema version %lld, and this program knows only up to"
                         " %d: use the newer program",
                         (long long)*version, sqlite_migration_count);
    return status;
}

enum status sqlite_schema_version(struct sqlite_connection *connection, int64_t *version,
                                  struct fault *fault)
{
    enum status status = check_ours(connection, fault);

    return status == STATUS_OK ? check_version(connection, version, fault) : status;
}

static enum status apply(struct sqlite_connection *connection, int index, struct fault *fault)
{
    const struct sqlite_migration *migration = &sqlite_migrations[index];
    char finish[96];
    struct fault ignored;
    enum status status = sqlite_connection_run(connection, "BEGIN IMMEDIATE", fault);

    if (status != STATUS_OK)
        return status;
    snprintf(finish, sizeof(finish),
             "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT;", SQLITE_APPLICATION_ID,
             index + 1);
    status = sqlite_connection_run(connection, migration->sql, fault);
    if (status == STATUS_OK)
        status = sqlite_connection_run(connection, finish, fault);
    if (status != STATUS_OK && !sqlite3_get_autocommit(connection->db) &&
        sqlite_connection_run(connection, "ROLLBACK", &ignored) != STATUS_OK)
        log_error("migration not rolled back", LOG_TEXT("migration", migration->name));
    return status;
}

/* INSERT OR IGNORE: only the first opening names the stream. */
static enum status name_epoch(struct sqlite_connection *connection, struct fault *fault)
{
    char epoch[UUID_TEXT_SIZE], sql[128];
    struct uuid uuid = uuid_v7(clock_wall_ms());

    uuid_format(&uuid, epoch);
    snprintf(sql, sizeof(sql), "INSERT OR IGNORE INTO meta (name, value) VALUES ('epoch', '%s')",
             epoch);
    return sqlite_connection_run(connection, sql, fault);
}

/* Only now: the file is ours, and the journal mode stays with it. */
static enum status use_wal(struct sqlite_connection *connection, struct fault *fault)
{
    char mode[16];
    enum status status =
        sqlite_connection_text(connection, "PRAGMA journal_mode = WAL", mode, sizeof(mode), fault);

    if (status == STATUS_OK && strcmp(mode, "wal") != 0)
        return fault_set(fault, STATUS_UNAVAILABLE, NULL,
                         "the file system cannot hold a write-ahead log (journal mode %s)", mode);
    return status;
}

enum status sqlite_migrate(struct sqlite_connection *connection, char epoch[UUID_TEXT_SIZE],
                           struct fault *fault)
{
    int64_t version = 0;
    enum status status = sqlite_schema_version(connection, &version, fault);

    if (status == STATUS_OK)
        status = use_wal(connection, fault);
    for (int i = (int)version; status == STATUS_OK && i < sqlite_migration_count; i++)
        status = apply(connection, i, fault);
    if (status == STATUS_OK && version < sqlite_migration_count)
        log_info("schema migrated", LOG_INT("from", version),
                 LOG_INT("to", sqlite_migration_count));
    if (status == STATUS_OK)
        status = name_epoch(connection, fault);
    if (status == STATUS_OK)
        status = sqlite_connection_text(connection, "SELECT value FROM meta WHERE name = 'epoch'",
                                        epoch, UUID_TEXT_SIZE, fault);
    return status;
}
