/* Reading what is stored under an idempotency key. */
#include "base/clock.h"
#include "base/memory.h"
#include "store/sqlite/repository.h"
#include "store/store_metrics.h"

#include <stdlib.h>
#include <string.h>

/* The columns of SQL_READ_KEY. */
enum { COLUMN_REQUEST_HASH, COLUMN_ANSWER };

/* Takes the row on which the call stands; keyed->answer is the caller's to free. */
static enum status take_row(const struct sqlite_call *call, struct keyed_answer *keyed,
                            struct fault *fault)
{
    const void *hash = sqlite3_column_blob(call->statement, COLUMN_REQUEST_HASH);

    if (hash == NULL || sqlite3_column_bytes(call->statement, COLUMN_REQUEST_HASH) != KEY_HASH_SIZE)
        return fault_set(fault, STATUS_INTERNAL, NULL, "a stored idempotency key is damaged");
    memcpy(keyed->request_hash, hash, KEY_HASH_SIZE);
    keyed->answer_length = (size_t)sqlite3_column_bytes(call->statement, COLUMN_ANSWER);
    keyed->answer =
        memory_text(sqlite3_column_blob(call->statement, COLUMN_ANSWER), keyed->answer_length);
    return STATUS_OK;
}

static enum status read_key(struct sqlite_repository *self, struct keyed_answer *keyed,
                            struct fault *fault)
{
    struct sqlite_call call = sqlite_call(&self->connection, SQL_READ_KEY);
    enum status status;
    int code;

    sqlite_bind_uuid(&call, &keyed->user_id);
    sqlite_bind_string(&call, keyed->key);
    sqlite_bind_number(&call, clock_wall_ms() - self->key_ms);
    if (sqlite_call_row(&call))
        status = take_row(&call, keyed, fault);
    else
        status = fault_set(fault, STATUS_NOT_FOUND, NULL, "there is no such key");
    code = sqlite_call_end(&call);
    return code == SQLITE_OK ? status
                             : sqlite_fault(&self->connection, code, "reading a key", fault);
}

void sqlite_read_key(struct repository *repository, const struct uuid *user_id, const char *key,
                     repository_key_found *found, void *arg)
{
    int64_t started_us = clock_monotonic_us();
    struct keyed_answer keyed = {.user_id = *user_id, .key = key};
    struct fault fault = {0};
    enum status status = read_key((struct sqlite_repository *)repository, &keyed, &fault);

    store_metrics_observe(STORE_KEY, started_us);
    found(arg, status, status == STATUS_OK ? &keyed : NULL, &fault);
    free((char *)keyed.answer);
}
