/* Reading what is stored under an idempotency key. */
#include "store/postgres/repository.h"
#include "store/postgres/row.h"

#include <stdlib.h>
#include <string.h>

static void key_answer_job(struct pg_job *job, enum status status, const struct keyed_answer *found,
                           const struct fault *fault)
{
    repository_key_found *answer = job->key_found;
    void *arg = job->arg;

    pg_job_settle(job);
    answer(arg, status, found, fault); /* `found` lends the key of the job */
    free(job);
}

static void key_send(struct pg_batch *batch)
{
    const struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_arguments *arguments = &batch->owner->arguments;

    pg_arguments_clear(arguments);
    pg_put_uuid(arguments, &job->keyed.user_id);
    pg_put_string(arguments, job->keyed.key);
    pg_put_number(arguments, batch->owner->store->options.key_ms);
    pg_session_send(batch->lane->session, &batch->unit, PG_FIND_KEY, arguments);
}

static void key_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    key_answer_job(job, fault_set(&fault, status, where, "%s", why), NULL, &fault);
}

static void take_key(struct pg_job *job, const PGresult *result)
{
    struct keyed_answer found = {.user_id = job->keyed.user_id, .key = job->keyed.key};
    struct pg_row row = {result, 0};
    struct fault fault = {0};
    size_t length;
    const char *hash = pg_column_text(&row, 0, &length);

    if (hash == NULL || length != KEY_HASH_SIZE) {
        key_fail(job, STATUS_INTERNAL, NULL, "the stored key is damaged");
        return;
    }
    memcpy(found.request_hash, hash, KEY_HASH_SIZE);
    found.answer = pg_column_text(&row, 1, &found.answer_length);
    key_answer_job(job, STATUS_OK, &found, &fault);
}

static void key_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);

    (void)index;
    if (job == NULL)
        return;
    if (PQntuples(result) == 0)
        key_fail(job, STATUS_NOT_FOUND, NULL, "nothing is stored under this key");
    else
        take_key(job, result);
}

static const struct pg_job_kind kind_key_find = {
    .operation = STORE_GET,
    .repeatable = true,
    .send = key_send,
    .answer = key_answer,
    .finish = pg_batch_unanswered,
    .fail = key_fail,
};

void pg_key_find(struct repository *repository, const struct uuid *user_id, const char *key,
                 repository_key_found *found, void *arg)
{
    size_t size = strlen(key) + 1;
    struct fault fault = {0};
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), &kind_key_find, size, &why);

    if (job == NULL) {
        found(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), NULL, &fault);
        return;
    }
    job->key_found = found;
    job->arg = arg;
    job->keyed.user_id = *user_id;
    job->keyed.key = memcpy(job + 1, key, size);
    pg_job_submit(job, PG_QUEUE_READS);
}
