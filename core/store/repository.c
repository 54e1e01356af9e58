/* The interface of the store: picks the implementation by the url, checks what every
 * implementation would have to check, and passes the calls on. */
#include "store/repository.h"

#include "store/claims.h"
#include "store/list_cursor.h"
#include "store/postgres/store.h"
#include "store/repository_ops.h"
#include "store/sqlite/store.h"
#include "store/store_url.h"

#include <stdatomic.h>

enum {
    DEADLINE_MS = 5000,
    GROUP_LIMIT = 256,
    QUEUE_LIMIT = 10000,
    KEY_MS = 24 * 60 * 60 * 1000,
    CONNECTIONS = 2,
    CONNECT_MS = 2000,
    PRUNE_LIMIT = 10000,
};

static struct store_options with_defaults(const struct store_options *options)
{
    struct store_options full = *options;

    if (full.deadline_ms <= 0)
        full.deadline_ms = DEADLINE_MS;
    if (full.group_limit == 0)
        full.group_limit = GROUP_LIMIT;
    if (full.queue_limit == 0)
        full.queue_limit = QUEUE_LIMIT;
    if (full.key_ms <= 0)
        full.key_ms = KEY_MS;
    if (full.connections == 0)
        full.connections = CONNECTIONS;
    if (full.connect_ms <= 0)
        full.connect_ms = CONNECT_MS;
    return full;
}

static enum status open_implementation(const struct store_options *options, struct store **store,
                                       struct fault *fault)
{
    enum store_kind kind;
    enum status status = store_url_kind(options->url, &kind, fault);

    if (status != STATUS_OK)
        return status;
    if (kind == STORE_SQLITE)
        return sqlite_store_open(store_url_path(options->url), options, store, fault);
    return postgres_store_open(options, store, fault);
}

enum status store_open(const struct store_options *options, struct store **store,
                       struct fault *fault)
{
    struct store_options full = with_defaults(options);
    enum status status = open_implementation(&full, store, fault);

    if (status == STATUS_OK)
        (*store)->claims = claims_new();
    return status;
}

void store_close(struct store **store)
{
    if (*store != NULL) {
        claims_free(&(*store)->claims);
        (*store)->ops->close(*store);
    }
    *store = NULL;
}

const char *store_name(const struct store *store)
{
    return store->name;
}

enum status store_check_url(const char *url, bool replica, struct fault *fault)
{
    enum store_kind kind;
    enum status status = store_url_kind(url, &kind, fault);

    if (status == STATUS_OK && kind == STORE_POSTGRES)
        return postgres_store_check_url(url, replica, fault);
    if (status == STATUS_OK && replica)
        return fault_set(fault, STATUS_INVALID, "/replica", "must be postgres://...");
    return status;
}

const char *store_epoch(const struct store *store)
{
    return atomic_load_explicit(&store->epoch, memory_order_acquire);
}

enum status repository_open(struct store *store, struct event_base *base,
                            struct repository **repository, struct fault *fault)
{
    enum status status = store->ops->repository_open(store, base, repository, fault);

    if (status == STATUS_OK)
        (*repository)->store = store;
    return status;
}

void repository_close(struct repository **repository)
{
    if (*repository != NULL)
        (*repository)->ops->close(*repository);
    *repository = NULL;
}

void repository_save(struct repository *repository, const struct save *save, repository_done *done,
                     void *arg)
{
    repository->ops->save(repository, save, done, arg);
}

void repository_get(struct repository *repository, const struct uuid *order_id, enum read_kind kind,
                    repository_got *got, void *arg)
{
    repository->ops->get(repository, order_id, kind, got, arg);
}

void repository_key_find(struct repository *repository, const struct uuid *user_id, const char *key,
                         repository_key_found *found, void *arg)
{
    repository->ops->key_find(repository, user_id, key, found, arg);
}

bool repository_key_claim(struct repository *repository, const struct uuid *user_id,
                          const char *key)
{
    return claims_take(repository->store->claims, user_id, key);
}

void repository_key_release(struct repository *repository, const struct uuid *user_id,
                            const char *key)
{
    claims_give_back(repository->store->claims, user_id, key);
}

static enum status query_check(const struct order_query *query, struct uuid *before,
                               struct fault *fault)
{
    if (query->limit < 1 || query->limit > ORDER_QUERY_LIMIT)
        return fault_set(fault, STATUS_INVALID, "/limit", "must be 1 to %d", ORDER_QUERY_LIMIT);
    if (query->cursor != NULL &&
        store_cursor_read(query->cursor, query->cursor_length, before) != STATUS_OK)
        return fault_set(fault, STATUS_INVALID, "/cursor", "is not a cursor of this service");
    return STATUS_OK;
}

void repository_list(struct repository *repository, const struct order_query *query,
                     repository_listed *listed, void *arg)
{
    struct uuid before;
    struct fault fault = {0};
    struct order_page none = {0};

    if (query_check(query, &before, &fault) != STATUS_OK)
        listed(arg, fault.status, &none, &fault);
    else
        repository->ops->list(repository, query, query->cursor == NULL ? NULL : &before, listed,
                              arg);
}

void repository_events_after(struct repository *repository, const struct position *after,
                             size_t limit, repository_events *read, void *arg)
{
    repository->ops->events_after(repository, after, limit, read, arg);
}

void repository_events_heads(struct repository *repository, repository_heads *read, void *arg)
{
    repository->ops->events_heads(repository, read, arg);
}

void repository_watch(struct repository *repository, void (*committed)(void *arg), void *arg)
{
    repository->ops->watch(repository, committed, arg);
}

void repository_cursor_read(struct repository *repository, const char *name,
                            repository_cursor *read, void *arg)
{
    repository->ops->cursor_read(repository, name, read, arg);
}

void repository_cursor_write(struct repository *repository, const char *name,
                             const struct position *position, repository_done *done, void *arg)
{
    repository->ops->cursor_write(repository, name, position, done, arg);
}

void repository_prune(struct repository *repository, const struct prune *prune,
                      repository_pruned *pruned, void *arg)
{
    struct fault fault = {0};

    if (prune->limit < 1 || prune->limit > PRUNE_LIMIT)
        pruned(arg, fault_set(&fault, STATUS_INVALID, "/limit", "must be 1 to %d", PRUNE_LIMIT), 0,
               &fault);
    else
        repository->ops->prune(repository, prune, pruned, arg);
}

void repository_lead(struct repository *repository, void (*changed)(void *arg, const char *epoch),
                     void *arg)
{
    repository->ops->lead(repository, changed, arg);
}

void repository_inbox_add(struct repository *repository, const char *inbox_id,
                          repository_done *done, void *arg)
{
    repository->ops->inbox_add(repository, inbox_id, done, arg);
}

void repository_dead_letter_add(struct repository *repository, const struct dead_letter *letter,
                                repository_done *done, void *arg)
{
    repository->ops->dead_letter_add(repository, letter, done, arg);
}

void repository_ping(struct repository *repository, repository_done *done, void *arg)
{
    repository->ops->ping(repository, done, arg);
}
