/* Reading dead letters: a page of them, or one. */
#include "base/memory.h"
#include "store/postgres/repository.h"
#include "store/postgres/row.h"
#include "store/space.h"

#include <stdlib.h>

/* The columns of every statement that reads them. */
enum {
    COLUMN_ID,
    COLUMN_RECEIVED_AT,
    COLUMN_RETRYING,
    COLUMN_SOURCE,
    COLUMN_TOPIC,
    COLUMN_EVENT_ID,
    COLUMN_ABOUT,
    COLUMN_REASON,
    COLUMN_ATTEMPTS,
    COLUMN_PAYLOAD,
};

static void letters_answer_job(struct pg_job *job, enum status status,
                               const struct stored_dead_letter *letters, size_t count,
                               const struct fault *fault)
{
    repository_dead_letters *answer = job->letters;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    answer(arg, status, letters, count, fault);
}

static void letters_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    letters_answer_job(job, fault_set(&fault, status, where, "%s", why), NULL, 0, &fault);
}

static void read_letter(const struct pg_row *row, struct stored_dead_letter *stored)
{
    struct dead_letter *letter = &stored->letter;
    size_t length;

    stored->id = pg_column_number(row, COLUMN_ID);
    stored->received_at = pg_column_time(row, COLUMN_RECEIVED_AT);
    stored->retrying = pg_column_truth(row, COLUMN_RETRYING);
    letter->source = pg_column_text(row, COLUMN_SOURCE, &length);
    letter->topic = pg_column_text(row, COLUMN_TOPIC, &length);
    letter->event_id = pg_column_text(row, COLUMN_EVENT_ID, &length);
    letter->about = pg_column_text(row, COLUMN_ABOUT, &length);
    letter->reason = pg_column_text(row, COLUMN_REASON, &length);
    letter->attempts = (int)pg_column_number(row, COLUMN_ATTEMPTS);
    letter->payload = pg_column_text(row, COLUMN_PAYLOAD, &letter->payload_length);
}

static void take_letters(struct pg_job *job, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    struct stored_dead_letter *letters = memory_new((count + 1) * sizeof(*letters));
    struct fault fault = {0};

    for (size_t i = 0; i < count; i++)
        read_letter(&(struct pg_row){result, (int)i}, &letters[i]);
    letters_answer_job(job, STATUS_OK, letters, count, &fault);
    free(letters);
}

static struct pg_job *letters_job(struct repository *repository, const struct pg_job_kind *kind,
                                  size_t extra, repository_dead_letters *answer, void *arg)
{
    struct fault fault = {0};
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), kind, extra, &why);

    if (job == NULL) {
        answer(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), NULL, 0, &fault);
        return NULL;
    }
    job->letters = answer;
    job->arg = arg;
    return job;
}

/* ---- a page ---- */

static void list_send(struct pg_batch *batch)
{
    const struct dead_letter_query *query = &TAILQ_FIRST(&batch->jobs)->letters_of;
    struct pg_arguments *arguments = pg_batch_arguments(batch);

    pg_put_number(arguments, query->after);
    pg_put_string(arguments, query->source);
    pg_put_number(arguments, (int64_t)query->limit);
    pg_batch_statement(batch, query->retrying ? PG_LIST_RETRYING : PG_LIST_DEAD_LETTERS);
}

static void list_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);

    (void)index;
    if (job != NULL)
        take_letters(job, result);
}

static const struct pg_job_kind kind_list = {
    .operation = STORE_LIST,
    .repeatable = true,
    .send = list_send,
    .answer = list_answer,
    .finish = pg_batch_unanswered,
    .fail = letters_fail,
};

void pg_dead_letters_list(struct repository *repository, const struct dead_letter_query *query,
                          repository_dead_letters *listed, void *arg)
{
    struct pg_job *job =
        letters_job(repository, &kind_list, space_string_size(query->source), listed, arg);

    if (job == NULL)
        return;
    job->letters_of = *query;
    job->letters_of.source =
        space_string(&(struct space){.next = (char *)(job + 1)}, query->source);
    pg_job_submit(job, PG_QUEUE_READS);
}

/* ---- one ---- */

static void get_send(struct pg_batch *batch)
{
    pg_put_number(pg_batch_arguments(batch), TAILQ_FIRST(&batch->jobs)->stored_letter.id);
    pg_batch_statement(batch, PG_GET_DEAD_LETTER);
}

static void get_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);

    (void)index;
    if (job == NULL)
        return;
    if (PQntuples(result) == 0)
        letters_fail(job, STATUS_NOT_FOUND, NULL, "there is no dead letter of this number");
    else
        take_letters(job, result);
}

static const struct pg_job_kind kind_get = {
    .operation = STORE_GET,
    .repeatable = true,
    .send = get_send,
    .answer = get_answer,
    .finish = pg_batch_unanswered,
    .fail = letters_fail,
};

void pg_dead_letter_get(struct repository *repository, int64_t id, repository_dead_letters *got,
                        void *arg)
{
    struct pg_job *job = letters_job(repository, &kind_get, 0, got, arg);

    if (job == NULL)
        return;
    job->stored_letter.id = id;
    pg_job_submit(job, PG_QUEUE_READS);
}
