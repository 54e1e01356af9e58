/* Opening and closing a SQLite store: its files, its schema, its writer. */
#include "store/sqlite/store.h"

#include "base/memory.h"
#include "store/repository_ops.h"
#include "store/sqlite/files.h"
#include "store/sqlite/migrate.h"
#include "store/sqlite/repository.h"
#include "store/sqlite/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MIGRATE_BUSY_MS = 5000 };

struct sqlite_store {
    struct store store;
    char *path;
    int lock;
    struct store_options options; /* without its texts */
    struct sqlite_writer writer;
};

static void release(struct sqlite_store *self)
{
    if (self->lock >= 0)
        close(self->lock);
    free(self->path);
    free(self->store.name);
    free(self);
}

static void close_store(struct store *store)
{
    struct sqlite_store *self = (struct sqlite_store *)store;

    sqlite_writer_stop(&self->writer);
    release(self);
}

static enum status open_repository(struct store *store, struct event_base *base,
                                   struct repository **repository, struct fault *fault)
{
    struct sqlite_store *self = (struct sqlite_store *)store;

    return sqlite_repository_open(&self->writer.queue, self->path, &self->options, base, repository,
                                  fault);
}

static const struct store_ops operations = {
    .close = close_store,
    .repository_open = open_repository,
};

/* Opens the write connection, brings the schema up to date and hands it to the writer. */
static enum status start_writer(struct sqlite_store *self, struct fault *fault)
{
    struct sqlite_connection connection;
    enum status status = sqlite_connection_open(self->path, SQLITE_WRITER,
                                                self->options.deadline_ms, &connection, fault);

    if (status != STATUS_OK)
        return status;
    status = sqlite_migrate(&connection, self->store.epoch_text, fault);
    if (status != STATUS_OK) {
        sqlite_connection_close(&connection);
        return status;
    }
    atomic_store_explicit(&self->store.epoch, self->store.epoch_text, memory_order_release);
    return sqlite_writer_start(&self->writer, &connection, &self->options, fault);
}

/* On a file whose lock is ours. */
static enum status migrate_file(const char *path, struct store_schema *schema, struct fault *fault)
{
    struct sqlite_connection connection;
    int64_t found = 0;
    enum status status =
        sqlite_connection_open(path, SQLITE_WRITER, MIGRATE_BUSY_MS, &connection, fault);

    if (status != STATUS_OK)
        return status;
    status = sqlite_schema_version(&connection, &found, fault);
    if (status == STATUS_OK)
        status = sqlite_migrate(&connection, schema->epoch, fault);
    sqlite_connection_close(&connection);
    schema->found = (int)found;
    schema->version = sqlite_migration_count;
    return status;
}

enum status sqlite_store_migrate(const char *path, struct store_schema *schema, struct fault *fault)
{
    int lock = -1;
    enum status status = sqlite_path_check(path, fault);

    if (status == STATUS_OK)
        status = sqlite_files_open(path, &lock, fault);
    if (status == STATUS_OK) {
        status = migrate_file(path, schema, fault);
        close(lock);
    }
    if (status != STATUS_OK && fault != NULL && fault->where[0] == '\0')
        snprintf(fault->where, sizeof(fault->where), "%s", path);
    return status;
}

enum status sqlite_store_open(const char *path, const struct store_options *options,
                              struct store **store, struct fault *fault)
{
    struct sqlite_store *self;
    enum status status = sqlite_path_check(path, fault);

    if (status != STATUS_OK)
        return status;
    self = memory_new(sizeof(*self));
    self->store.ops = &operations;
    self->path = memory_text(path, strlen(path));
    if (asprintf(&self->store.name, "sqlite:%s", path) < 0)
        self->store.name = memory_text("sqlite", strlen("sqlite"));
    self->lock = -1;
    self->options = *options;
    self->options.url = self->options.replica = NULL;
    status = sqlite_files_open(path, &self->lock, fault);
    if (status == STATUS_OK)
        status = start_writer(self, fault);
    if (status == STATUS_OK)
        *store = &self->store;
    else
        release(self);
    if (status != STATUS_OK && fault != NULL && fault->where[0] == '\0')
        snprintf(fault->where, sizeof(fault->where), "%s", path);
    return status;
}
