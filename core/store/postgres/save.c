/* Saving orders: many in one transaction of a few statements, a row of arrays for each table.
 *
 * New orders are inserted plainly: what must not be there twice (an order, a key, an inbound event)
 * violates a unique index, the group is split, and the save at fault is found. Changed orders are
 * written where their version is the expected one, and only then their events; the statement
 * answers which. So a conflict costs its neighbours nothing.
 *
 * A save whose connection broke is sent again. If it had been committed, that meets its own rows:
 * then the stored order is looked up, and when it is as this save would have left it, the save has
 * succeeded. */
#include "store/postgres/repository.h"
#include "store/postgres/row.h"
#include "store/postgres/save_columns.h"

#include "base/memory.h"

#include <stdlib.h>

/* ---- statements ---- */

static void insert_orders(struct pg_batch *batch)
{
    pg_put_new_orders(pg_batch_arguments(batch), &batch->jobs);
    pg_batch_statement(batch, PG_INSERT_ORDERS);
    pg_put_new_items(pg_batch_arguments(batch), &batch->jobs);
    pg_batch_statement(batch, PG_INSERT_ITEMS);
    pg_put_new_events(pg_batch_arguments(batch), &batch->jobs);
    pg_batch_statement(batch, PG_INSERT_EVENTS);
}

/* A key that has expired makes room for the new one. */
static void forget_keys(struct pg_batch *batch)
{
    pg_put_key_names(pg_batch_arguments(batch), &batch->jobs);
    pg_put_number(&batch->owner->arguments, batch->owner->store->options.key_ms);
    pg_batch_statement(batch, PG_FORGET_KEYS);
}

static void insert_keys(struct pg_batch *batch)
{
    pg_put_new_keys(pg_batch_arguments(batch), &batch->jobs);
    pg_batch_statement(batch, PG_INSERT_KEYS);
}

static void insert_inbox(struct pg_batch *batch)
{
    pg_put_new_inbox(pg_batch_arguments(batch), &batch->jobs);
    pg_batch_statement(batch, PG_INSERT_INBOX);
}

static void change_orders(struct pg_batch *batch)
{
    pg_put_changes(pg_batch_arguments(batch), &batch->jobs);
    batch->change_index = batch->unit.sent;
    pg_batch_statement(batch, PG_CHANGE_ORDERS);
}

/* Both statements do nothing unless this transaction has changed the order. */
static void replace_items(struct pg_batch *batch, const struct save_copy *copy)
{
    pg_put_uuid(pg_batch_arguments(batch), &copy->record.order_id);
    pg_batch_statement(batch, PG_DELETE_ITEMS);
    pg_put_items_of(pg_batch_arguments(batch), copy);
    pg_put_uuid(&batch->owner->arguments, &copy->record.order_id);
    pg_batch_statement(batch, PG_REPLACE_ITEMS);
}

static void replace_all_items(struct pg_batch *batch)
{
    const struct pg_job *job;

    TAILQ_FOREACH(job, &batch->jobs, place)
    if (pg_save_changed(&job->save.copy) && job->save.copy.items_replaced)
        replace_items(batch, &job->save.copy);
}

/* ---- a group ---- */

/* Orders first: a save that is sent again then meets its own order, not its own key. */
static void save_send(struct pg_batch *batch)
{
    if (pg_saves_some(&batch->jobs, pg_save_new))
        insert_orders(batch);
    if (pg_saves_some(&batch->jobs, pg_save_keyed))
        forget_keys(batch);
    if (pg_saves_some(&batch->jobs, pg_save_new_keyed))
        insert_keys(batch);
    if (pg_saves_some(&batch->jobs, pg_save_new_caused))
        insert_inbox(batch);
    if (pg_saves_some(&batch->jobs, pg_save_changed)) {
        change_orders(batch);
        replace_all_items(batch);
    }
}

static void mark_changed(struct pg_batch *batch, const struct uuid *order_id)
{
    struct pg_job *job;

    TAILQ_FOREACH(job, &batch->jobs, place)
    if (uuid_equal(&job->save.copy.record.order_id, order_id))
        job->save.changed = true;
}

static void save_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct uuid order_id;

    if (index != batch->change_index)
        return;
    for (int row = 0; row < PQntuples(result); row++)
        if (pg_column_uuid(&(struct pg_row){result, row}, 0, &order_id))
            mark_changed(batch, &order_id);
}

static void save_finish(struct pg_batch *batch)
{
    struct pg_store *store = batch->owner->store;
    bool events = false;
    struct pg_job *job;

    while ((job = TAILQ_FIRST(&batch->jobs)) != NULL) {
        if (pg_save_new(&job->save.copy) || job->save.changed) {
            events = events || job->save.copy.event_count > 0;
            pg_job_done(job);
        } else {
            job->kind->fail(job, STATUS_CONFLICT, NULL, "another change of this order came first");
        }
    }
    if (events)
        pg_store_tell_watchers(store);
}

/* An uncertain save that is refused may be refused because of itself. */
static void save_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    if (!job->uncertain || (status != STATUS_CONFLICT && status != STATUS_DUPLICATE) ||
        job->owner->closing) {
        pg_job_fail_done(job, status, where, why);
        return;
    }
    job->save.status = status;
    job->save.where = where;
    job->save.why = why;
    pg_tokens_release(job);
    TAILQ_REMOVE(job->list, job, place);
    if (job->batch != NULL)
        job->batch->count--;
    job->kind = &pg_kind_look_up;
    pg_job_resubmit(job, PG_QUEUE_WRITES);
}

static bool save_may_wait(const struct pg_job *job)
{
    return pg_save_changed(&job->save.copy);
}

const struct pg_job_kind pg_kind_save = {
    .operation = STORE_SAVE,
    .writes = true,
    .grouped = true,
    .may_wait = save_may_wait,
    .repeatable = true,
    .send = save_send,
    .answer = save_answer,
    .finish = save_finish,
    .fail = save_fail,
};

void pg_save(struct repository *repository, const struct save *save, repository_done *done,
             void *arg)
{
    const char *why;
    struct pg_job *job =
        pg_job_new(pg_repository_of(repository), &pg_kind_save, save_copy_size(save), &why);

    if (job == NULL) {
        pg_answer(done, arg, STATUS_UNAVAILABLE, NULL, why);
        return;
    }
    save_copy_place(&job->save.copy, save, job + 1);
    pg_tokens_make(job);
    job->done = done;
    job->arg = arg;
    pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- looking a save up ---- */

static void look_up_send(struct pg_batch *batch)
{
    pg_put_uuid(pg_batch_arguments(batch), &TAILQ_FIRST(&batch->jobs)->save.copy.record.order_id);
    pg_batch_statement(batch, PG_LOOK_UP);
}

/* A new order's id is this save's alone. A changed one has succeeded when the stored order is just
 * what this save would have made of it; behind a later version nothing can be seen. */
static void look_up_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_row row = {result, 0};
    const struct order_record *record;

    (void)index;
    if (job == NULL || PQntuples(result) == 0)
        return;
    record = &job->save.copy.record;
    job->save.changed =
        pg_save_new(&job->save.copy) || (pg_column_number(&row, 0) == record->version &&
                                         pg_column_number(&row, 1) == (int64_t)record->status &&
                                         pg_column_time(&row, 2) == record->updated_at);
    if (!job->save.changed && pg_column_number(&row, 0) > record->version) {
        job->save.status = STATUS_TIMEOUT;
        job->save.why = "the connection to the database broke, and the order has changed since";
    }
}

static void look_up_finish(struct pg_batch *batch)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);

    if (job == NULL)
        return;
    if (job->save.changed) {
        pg_job_done(job);
        pg_store_tell_watchers(batch->owner->store);
    } else {
        pg_job_fail_done(job, job->save.status, job->save.where, job->save.why);
    }
}

const struct pg_job_kind pg_kind_look_up = {
    .operation = STORE_SAVE,
    .writes = true, /* asked of the server that would have written it */
    .repeatable = true,
    .send = look_up_send,
    .answer = look_up_answer,
    .finish = look_up_finish,
    .fail = pg_job_fail_done,
};
