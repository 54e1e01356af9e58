/* Adding old orders to a SQLite file, under the lock that a service would hold. */
#include "store/sqlite/seed.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/seed_ops.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/files.h"
#include "store/sqlite/insert.h"
#include "store/sqlite/migrate.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 5000 };

struct sqlite_seed {
    struct seed seed;
    int lock;
    struct sqlite_connection connection;
};

/* ---- writing ---- */

static enum status insert(struct sqlite_connection *connection, const struct order_record *record,
                          struct fault *fault)
{
    int code = sqlite_insert_order(connection, record);

    if (code == SQLITE_OK && sqlite3_changes(connection->db) == 0)
        return fault_set(fault, STATUS_CONFLICT, NULL, "an order of this id is there already");
    if (code == SQLITE_OK)
        code = sqlite_insert_items(connection, record);
    return code == SQLITE_OK ? STATUS_OK : sqlite_fault(connection, code, "adding an order", fault);
}

static enum status insert_all(struct sqlite_connection *connection,
                              const struct order_record *records, size_t count, struct fault *fault)
{
    enum status status = sqlite_connection_run(connection, "BEGIN IMMEDIATE", fault);

    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        status = insert(connection, &records[i], fault);
    return status == STATUS_OK ? sqlite_connection_run(connection, "COMMIT", fault) : status;
}

static enum status write_batch(struct seed *seed, const struct order_record *records, size_t count,
                               struct fault *fault)
{
    struct sqlite_seed *self = (struct sqlite_seed *)seed;
    struct fault ignored;
    enum status status = insert_all(&self->connection, records, count, fault);

    if (status != STATUS_OK && !sqlite3_get_autocommit(self->connection.db) &&
        sqlite_connection_run(&self->connection, "ROLLBACK", &ignored) != STATUS_OK)
        log_debug("not rolled back: that goes with the connection");
    return status;
}

/* ---- opening ---- */

static void close_seed(struct seed *seed)
{
    struct sqlite_seed *self = (struct sqlite_seed *)seed;

    if (self->connection.db != NULL)
        sqlite_connection_close(&self->connection);
    if (self->lock >= 0)
        close(self->lock);
    free(self);
}

static enum status check_schema(struct sqlite_seed *self, struct fault *fault)
{
    int64_t version = 0;
    enum status status = sqlite_schema_version(&self->connection, &version, fault);

    if (status == STATUS_OK && version < sqlite_migration_count)
        return fault_set(fault, STATUS_REFUSED, NULL,
                         "the database has schema version %lld and version %d is needed: run"
                         " `orderctl migrate`, or start orderd once",
                         (long long)version, sqlite_migration_count);
    return status;
}

/* A file that is not there must not be made, as taking its lock would. */
static enum status open_file(struct sqlite_seed *self, const char *path, struct fault *fault)
{
    enum status status;

    if (access(path, F_OK) != 0 && errno == ENOENT)
        return fault_set(fault, STATUS_REFUSED, path,
                         "there is no such database: run `orderctl migrate`, or start orderd once");
    status = sqlite_files_open(path, &self->lock, fault);
    if (status == STATUS_OK)
        status = sqlite_connection_open(path, SQLITE_WRITER, BUSY_MS, &self->connection, fault);
    if (status == STATUS_OK)
        status = check_schema(self, fault);
    /* The service's writer copies the log back itself; here SQLite has to. */
    if (status == STATUS_OK)
        status =
            sqlite_connection_run(&self->connection, "PRAGMA wal_autocheckpoint = 4000", fault);
    return status;
}

enum status sqlite_seed_open(const char *path, struct seed **seed, struct fault *fault)
{
    enum status status = sqlite_path_check(path, fault);
    struct sqlite_seed *self;

    if (status != STATUS_OK)
        return status;
    self = memory_new(sizeof(*self));
    self->seed.write = write_batch;
    self->seed.close = close_seed;
    self->lock = -1;
    status = open_file(self, path, fault);
    if (status == STATUS_OK) {
        *seed = &self->seed;
        return STATUS_OK;
    }
    close_seed(&self->seed);
    if (fault != NULL && fault->where[0] == '\0')
        snprintf(fault->where, sizeof(fault->where), "%s", path);
    return status;
}
