/* Opening and closing a PostgreSQL store: its urls, its first look at the database, its
 * connectors. */
#include "store/postgres/store.h"

#include "base/log.h"
#include "base/memory.h"
#include "store/postgres/database.h"
#include "store/postgres/repository.h"

#include <stdlib.h>
#include <string.h>

enum { MIGRATE_CONNECT_MS = 10000, CHECK_MS = 5000 };

static void release(struct pg_store *self)
{
    pg_connector_stop(&self->connector);
    pg_connector_stop(&self->replica_connector);
    pg_url_free(&self->url);
    pg_url_free(&self->replica_url);
    pthread_mutex_destroy(&self->lock);
    free(self->store.name);
    free(self);
}

static void close_store(struct store *store)
{
    release((struct pg_store *)store);
}

static enum status open_repository(struct store *store, struct event_base *base,
                                   struct repository **repository, struct fault *fault)
{
    return pg_repository_open((struct pg_store *)store, base, repository, fault);
}

static const struct store_ops operations = {
    .close = close_store,
    .repository_open = open_repository,
};

/* In the thread that opens the store, or later in the connector's. */
static enum status prepare(void *arg, int interrupt, struct fault *fault)
{
    struct pg_store *self = arg;
    int found;
    enum status status = pg_database_prepare(self->url, interrupt, self->options.connect_ms, &found,
                                             self->store.epoch_text, fault);

    if (status == STATUS_OK)
        atomic_store_explicit(&self->store.epoch, self->store.epoch_text, memory_order_release);
    return status;
}

/* A server that is not there now will be some time; one that says no must be told to somebody. */
static enum status first_look(struct pg_store *self, bool *prepared, struct fault *fault)
{
    enum status status = prepare(self, -1, fault);

    *prepared = status == STATUS_OK;
    if (status == STATUS_UNAVAILABLE) {
        log_warning("the database cannot be reached yet", LOG_TEXT("host", fault->where),
                    LOG_TEXT("reason", fault->text));
        return STATUS_OK;
    }
    return status;
}

/* A url that leads to another database would show its orders to our callers. A replica that has not
 * come as far as the epoch has no orders to show either. */
static enum status check_replica(void *arg, PGconn *conn, int interrupt, struct fault *fault)
{
    const struct pg_store *self = arg;
    const char *ours = store_epoch(&self->store);
    struct pg_patience patience = pg_patience(interrupt, CHECK_MS);
    char epoch[UUID_TEXT_SIZE];
    enum status status = pg_ask_text(conn, &patience, "SELECT value FROM meta WHERE name = 'epoch'",
                                     epoch, sizeof(epoch), fault);

    if (status == STATUS_OK && (ours == NULL || strcmp(epoch, ours) != 0))
        return fault_set(fault, STATUS_UNAVAILABLE, "/replica",
                         ours == NULL ? "the primary has not been reached yet"
                                      : "this is no replica of the database: its epoch is another");
    return status;
}

static enum status parse_urls(struct pg_store *self, const struct store_options *options,
                              struct fault *fault)
{
    enum status status = pg_url_parse(options->url, "/url", true, &self->url, fault);

    if (status == STATUS_OK && options->replica != NULL)
        status = pg_url_parse(options->replica, "/replica", false, &self->replica_url, fault);
    return status;
}

enum status postgres_store_check_url(const char *url, bool replica, struct fault *fault)
{
    struct pg_url *parsed = NULL;
    enum status status = pg_url_parse(url, replica ? "/replica" : "/url", !replica, &parsed, fault);

    pg_url_free(&parsed);
    return status;
}

static enum status start_connectors(struct pg_store *self, bool prepared, struct fault *fault)
{
    struct pg_connector_options connecting = {
        .url = self->url,
        .connect_ms = self->options.connect_ms,
        .deadline_ms = self->options.deadline_ms,
        .prepare = prepare,
        .arg = self,
        .prepared = prepared,
    };
    enum status status = pg_connector_start(&connecting, &self->connector, fault);

    if (status != STATUS_OK || self->replica_url == NULL)
        return status;
    connecting.url = self->replica_url;
    connecting.prepare = NULL;
    connecting.check = check_replica;
    return pg_connector_start(&connecting, &self->replica_connector, fault);
}

enum status postgres_store_open(const struct store_options *options, struct store **store,
                                struct fault *fault)
{
    struct pg_store *self = memory_new(sizeof(*self));
    struct fault unread;
    bool prepared = false;
    enum status status;

    self->store.ops = &operations;
    self->options = *options;
    self->options.url = self->options.replica = NULL; /* the caller's */
    TAILQ_INIT(&self->repositories);
    pthread_mutex_init(&self->lock, NULL);
    fault = fault == NULL ? &unread : fault;
    status = parse_urls(self, options, fault);
    if (status == STATUS_OK) {
        self->store.name = pg_url_describe(self->url);
        status = first_look(self, &prepared, fault);
    }
    if (status == STATUS_OK)
        status = start_connectors(self, prepared, fault);
    if (status == STATUS_OK)
        *store = &self->store;
    else
        release(self);
    return status;
}

/* ---- without a service ---- */

enum status postgres_store_migrate(const char *text, struct store_schema *schema,
                                   struct fault *fault)
{
    struct pg_url *url = NULL;
    enum status status = pg_url_parse(text, "/url", true, &url, fault);

    if (status != STATUS_OK)
        return status;
    status = pg_database_prepare(url, -1, MIGRATE_CONNECT_MS, &schema->found, schema->epoch, fault);
    schema->version = pg_migration_count;
    pg_url_free(&url);
    return status;
}
