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
#include <string.h>

enum {
    DEADLINE_MS = 5000,
    GROUP_LIMIT = 256,
    QUEUE_LIMIT = 10000,
    KEY_MS = 24 * 60 * 60 * 1000,
    CONNECTIONS = 2,
    CONNECT_MS = 2000,
    PRUNE_LIMIT = 10000,
    LETTERS_LIMIT = 1000,
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

void repository_events_ends(struct repository *repository, repository_ends *read, void *arg)
{
    repository->ops->events_ends(repository, read, arg);
}

void repository_events_find_time(struct repository *repository, int64_t time,
                                 repository_position *found, void *arg)
{
    repository->ops->events_find_time(repository, time, found, arg);
}

void repository_watch(struct repository *repository, void (*committed)(void *arg), void *arg)
{
    repository->ops->watch(repository, committed, arg);
}

void repository_cursor_read(struct repository *repository, const char *name,
                            repository_position *read, void *arg)
{
    repository->ops->cursor_read(repository, name, read, arg);
}

void repository_cursor_write(struct repository *repository, const char *name,
                             const struct position *position, repository_done *done, void *arg)
{
    repository->ops->cursor_write(repository, name, position, done, arg);
}

static enum status cursor_name_check(const char *name, struct fault *fault)
{
    size_t length = strlen(name);

    if (length == 0 || length > CURSOR_NAME_LIMIT)
        return fault_set(fault, STATUS_INVALID, "/cursor", "must be 1 to %d characters",
                         CURSOR_NAME_LIMIT);
    return STATUS_OK;
}

void repository_cursor_create(struct repository *repository, const char *name,
                              const struct position *position, repository_done *done, void *arg)
{
    struct fault fault = {0};

    if (cursor_name_check(name, &fault) != STATUS_OK)
        done(arg, fault.status, &fault);
    else
        repository->ops->cursor_create(repository, name, position, done, arg);
}

void repository_cursor_ack(struct repository *repository, const char *name,
                           const struct position *position, repository_position *acked, void *arg)
{
    repository->ops->cursor_ack(repository, name, position, acked, arg);
}

void repository_cursor_delete(struct repository *repository, const char *name,
                              repository_done *done, void *arg)
{
    repository->ops->cursor_delete(repository, name, done, arg);
}

void repository_cursors_list(struct repository *repository, repository_cursors *listed, void *arg)
{
    repository->ops->cursors_list(repository, listed, arg);
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

static enum status inbound_check(const struct inbound *message, struct fault *fault)
{
    size_t length = strlen(message->event_id);

    if (length == 0 || length > INBOUND_ID_LIMIT)
        return fault_set(fault, STATUS_INVALID, "/event_id", "must be 1 to %d characters",
                         INBOUND_ID_LIMIT);
    return STATUS_OK;
}

void repository_inbound_put(struct repository *repository, const struct inbound *message,
                            repository_done *done, void *arg)
{
    struct fault fault = {0};

    if (inbound_check(message, &fault) != STATUS_OK)
        done(arg, fault.status, &fault);
    else
        repository->ops->inbound_put(repository, message, done, arg);
}

void repository_inbound_pending(struct repository *repository, size_t limit,
                                repository_inbound *read, void *arg)
{
    repository->ops->inbound_pending(repository, limit, read, arg);
}

void repository_inbound_handled(struct repository *repository, const char *event_id,
                                repository_done *done, void *arg)
{
    repository->ops->inbound_handled(repository, event_id, done, arg);
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

void repository_dead_letters_list(struct repository *repository,
                                  const struct dead_letter_query *query,
                                  repository_dead_letters *listed, void *arg)
{
    struct fault fault = {0};

    if (query->limit < 1 || query->limit > LETTERS_LIMIT)
        listed(arg, fault_set(&fault, STATUS_INVALID, "/limit", "must be 1 to %d", LETTERS_LIMIT),
               NULL, 0, &fault);
    else
        repository->ops->dead_letters_list(repository, query, listed, arg);
}

void repository_dead_letter_get(struct repository *repository, int64_t id,
                                repository_dead_letters *got, void *arg)
{
    repository->ops->dead_letter_get(repository, id, got, arg);
}

void repository_dead_letter_retry(struct repository *repository, int64_t id, repository_done *done,
                                  void *arg)
{
    repository->ops->dead_letter_retry(repository, id, done, arg);
}

void repository_dead_letter_failed(struct repository *repository, int64_t id, const char *reason,
                                   repository_done *done, void *arg)
{
    repository->ops->dead_letter_failed(repository, id, reason, done, arg);
}

void repository_dead_letter_drop(struct repository *repository, int64_t id, repository_done *done,
                                 void *arg)
{
    repository->ops->dead_letter_drop(repository, id, done, arg);
}

void repository_ping(struct repository *repository, repository_done *done, void *arg)
{
    repository->ops->ping(repository, done, arg);
}
