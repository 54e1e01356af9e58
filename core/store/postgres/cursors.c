/* Cursors: how far named readers of the stream have come. */
#include "store/postgres/repository.h"
#include "store/postgres/row.h"
#include "store/space.h"

#include "base/memory.h"

#include <stdlib.h>

/* What PG_CREATE_CURSOR and PG_ACK_CURSOR have answered. */
enum cursor_verdict {
    CURSOR_FINE,
    CURSOR_EXISTS,
    CURSOR_TOO_MANY,
    CURSOR_AHEAD,
    CURSOR_GONE,
    CURSOR_MISSING,
};

static const struct {
    enum status status;
    const char *where, *why;
} refusals[] = {
    [CURSOR_EXISTS] = {STATUS_DUPLICATE, "/cursor", "there is a cursor of this name already"},
    [CURSOR_TOO_MANY] = {STATUS_LIMIT, NULL, "there are too many cursors"},
    [CURSOR_AHEAD] = {STATUS_INVALID, "/position", "is behind the head of the stream"},
    [CURSOR_GONE] = {STATUS_GONE, "/position", "events after it have been removed"},
    [CURSOR_MISSING] = {STATUS_NOT_FOUND, NULL, "there is no cursor of this name"},
};

static void name_job(struct pg_job *job, const char *name)
{
    job->named.name = space_string(&(struct space){.next = (char *)(job + 1)}, name);
}

static void put_named(struct pg_batch *batch)
{
    const struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_arguments *arguments = pg_batch_arguments(batch);

    pg_put_string(arguments, job->named.name);
    pg_put_place(arguments, &job->named.place);
}

/* NULL: it has been answered. */
static struct pg_job *placed_job(struct repository *repository, const struct pg_job_kind *kind,
                                 const char *name, const struct position *position,
                                 repository_done *done, void *arg)
{
    struct fault fault = {0};
    struct pg_position place;
    struct pg_job *job;

    if (pg_position_read(position, &place, &fault) != STATUS_OK) {
        done(arg, fault.status, &fault);
        return NULL;
    }
    job = pg_job_or_answer(repository, kind, space_string_size(name), done, arg);
    if (job == NULL)
        return NULL;
    name_job(job, name);
    job->named.place = place;
    return job;
}

/* ---- writing ---- */

static void write_send(struct pg_batch *batch)
{
    put_named(batch);
    pg_batch_statement(batch, PG_WRITE_CURSOR);
}

/* Not repeated after a lost connection: a later position may have been written meanwhile. */
static const struct pg_job_kind kind_write = {
    .operation = STORE_WRITE,
    .writes = true,
    .send = write_send,
    .finish = pg_batch_done,
    .fail = pg_job_fail_done,
};

void pg_cursor_write(struct repository *repository, const char *name,
                     const struct position *position, repository_done *done, void *arg)
{
    struct pg_job *job = placed_job(repository, &kind_write, name, position, done, arg);

    if (job != NULL)
        pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- creating ---- */

static void create_send(struct pg_batch *batch)
{
    (void)pg_batch_arguments(batch);
    pg_batch_statement(batch, PG_HOLD_FLOOR);
    put_named(batch);
    pg_put_number(&batch->owner->arguments, CURSORS_LIMIT);
    pg_batch_statement(batch, PG_CREATE_CURSOR);
}

static void create_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);

    if (index > 0 && job != NULL && PQntuples(result) > 0)
        job->named.verdict = (int)pg_column_number(&(struct pg_row){result, 0}, 0);
}

static void create_finish(struct pg_batch *batch)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    int verdict = job == NULL ? CURSOR_FINE : job->named.verdict;

    if (verdict == CURSOR_FINE)
        pg_batch_done(batch);
    else
        pg_job_fail_done(job, refusals[verdict].status, refusals[verdict].where,
                         refusals[verdict].why);
}

/* Not repeated: whether the first attempt or somebody else has made it could not be told. */
static const struct pg_job_kind kind_create = {
    .operation = STORE_WRITE,
    .writes = true,
    .send = create_send,
    .answer = create_answer,
    .finish = create_finish,
    .fail = pg_job_fail_done,
};

void pg_cursor_create(struct repository *repository, const char *name,
                      const struct position *position, repository_done *done, void *arg)
{
    struct pg_job *job = placed_job(repository, &kind_create, name, position, done, arg);

    if (job != NULL)
        pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- moving forward ---- */

static void ack_send(struct pg_batch *batch)
{
    put_named(batch);
    pg_batch_statement(batch, PG_ACK_CURSOR);
}

static void ack_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_row row = {result, 0};

    (void)index;
    if (job == NULL || PQntuples(result) == 0)
        return;
    if (!pg_column_truth(&row, 0))
        job->named.verdict = CURSOR_AHEAD;
    else if (PQgetisnull(result, 0, 1))
        job->named.verdict = CURSOR_MISSING;
    job->named.place = pg_column_place(&row, 1);
}

static void ack_finish(struct pg_batch *batch)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    int verdict = job == NULL ? CURSOR_FINE : job->named.verdict;

    if (job == NULL)
        return;
    if (verdict == CURSOR_FINE)
        pg_job_place(job, job->named.place);
    else
        pg_job_fail_place(job, refusals[verdict].status, refusals[verdict].where,
                          refusals[verdict].why);
}

static const struct pg_job_kind kind_ack = {
    .operation = STORE_WRITE,
    .writes = true,
    .repeatable = true,
    .send = ack_send,
    .answer = ack_answer,
    .finish = ack_finish,
    .fail = pg_job_fail_place,
};

void pg_cursor_ack(struct repository *repository, const char *name, const struct position *position,
                   repository_position *acked, void *arg)
{
    struct fault fault = {0};
    struct position none = {{0}};
    struct pg_position place;
    struct pg_job *job;

    if (pg_position_read(position, &place, &fault) != STATUS_OK) {
        acked(arg, fault.status, &none, &fault);
        return;
    }
    job = pg_job_or_answer_place(repository, &kind_ack, space_string_size(name), acked, arg);
    if (job == NULL)
        return;
    name_job(job, name);
    job->named.place = place;
    pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- deleting ---- */

static void delete_send(struct pg_batch *batch)
{
    pg_put_string(pg_batch_arguments(batch), TAILQ_FIRST(&batch->jobs)->named.name);
    pg_batch_statement(batch, PG_DELETE_CURSOR);
}

static void delete_finish(struct pg_batch *batch)
{
    pg_batch_done_hits(batch, STATUS_NOT_FOUND, NULL, refusals[CURSOR_MISSING].why);
}

static const struct pg_job_kind kind_delete = {
    .operation = STORE_WRITE,
    .writes = true,
    .send = delete_send,
    .answer = pg_batch_note_hit,
    .finish = delete_finish,
    .fail = pg_job_fail_done,
};

void pg_cursor_delete(struct repository *repository, const char *name, repository_done *done,
                      void *arg)
{
    struct pg_job *job =
        pg_job_or_answer(repository, &kind_delete, space_string_size(name), done, arg);

    if (job == NULL)
        return;
    name_job(job, name);
    pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- reading one ---- */

static void read_send(struct pg_batch *batch)
{
    pg_put_string(pg_batch_arguments(batch), TAILQ_FIRST(&batch->jobs)->named.name);
    pg_batch_statement(batch, PG_READ_CURSOR);
}

static void read_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);

    (void)index;
    if (job == NULL)
        return;
    if (PQntuples(result) == 0)
        pg_job_fail_place(job, STATUS_NOT_FOUND, NULL, refusals[CURSOR_MISSING].why);
    else
        pg_job_place(job, pg_column_place(&(struct pg_row){result, 0}, 0));
}

static const struct pg_job_kind kind_read = {
    .operation = STORE_EVENTS,
    .repeatable = true,
    .send = read_send,
    .answer = read_answer,
    .finish = pg_batch_unanswered,
    .fail = pg_job_fail_place,
};

void pg_cursor_read(struct repository *repository, const char *name, repository_position *read,
                    void *arg)
{
    struct pg_job *job =
        pg_job_or_answer_place(repository, &kind_read, space_string_size(name), read, arg);

    if (job == NULL)
        return;
    name_job(job, name);
    pg_job_submit(job, PG_QUEUE_READS);
}

/* ---- reading all ---- */

static void list_answer_job(struct pg_job *job, enum status status,
                            const struct stored_cursor *cursors, size_t count,
                            const struct fault *fault)
{
    repository_cursors *listed = job->cursors;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    listed(arg, status, cursors, count, fault);
}

static void list_send(struct pg_batch *batch)
{
    pg_put_number(pg_batch_arguments(batch), CURSOR_LAG_LIMIT);
    pg_batch_statement(batch, PG_LIST_CURSORS);
}

static void read_row(const struct pg_row *row, struct stored_cursor *cursor)
{
    struct pg_position place = pg_column_place(row, 1);
    size_t length;

    cursor->name = pg_column_text(row, 0, &length);
    pg_position_write(&place, &cursor->position);
    cursor->updated_at = pg_column_time(row, 3);
    cursor->lag = (uint64_t)pg_column_number(row, 4);
}

static void list_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    size_t count = (size_t)PQntuples(result);
    struct stored_cursor *cursors;
    struct fault fault = {0};

    (void)index;
    if (job == NULL)
        return;
    cursors = memory_new((count + 1) * sizeof(*cursors));
    for (size_t i = 0; i < count; i++)
        read_row(&(struct pg_row){result, (int)i}, &cursors[i]);
    list_answer_job(job, STATUS_OK, cursors, count, &fault);
    free(cursors);
}

static void list_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    list_answer_job(job, fault_set(&fault, status, where, "%s", why), NULL, 0, &fault);
}

static const struct pg_job_kind kind_list = {
    .operation = STORE_EVENTS,
    .repeatable = true,
    .send = list_send,
    .answer = list_answer,
    .finish = pg_batch_unanswered,
    .fail = list_fail,
};

void pg_cursors_list(struct repository *repository, repository_cursors *listed, void *arg)
{
    struct fault fault = {0};
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), &kind_list, 0, &why);

    if (job == NULL) {
        listed(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), NULL, 0, &fault);
        return;
    }
    job->cursors = listed;
    job->arg = arg;
    pg_job_submit(job, PG_QUEUE_READS);
}
