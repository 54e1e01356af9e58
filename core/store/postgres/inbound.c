/* What came in: the durable queue, and the inbox that remembers what has had its effect. */
#include "store/postgres/repository.h"
#include "store/postgres/row.h"
#include "store/space.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

enum { PENDING_LIMIT = 4096 };

/* The columns of PG_READ_INBOUND. */
enum {
    COLUMN_LOW,
    COLUMN_XID,
    COLUMN_NUMBER,
    COLUMN_RECEIVED_AT,
    COLUMN_EVENT_ID,
    COLUMN_TOPIC,
    COLUMN_ABOUT,
    COLUMN_PAYLOAD,
};

/* The first of the batch's jobs on this event that has not hit yet: of several that put or handle
 * one event the statement has done one. */
static void note_event(struct pg_batch *batch, const char *event_id)
{
    struct pg_job *job;

    TAILQ_FOREACH(job, &batch->jobs, place)
    if (!job->hit && event_id != NULL && strcmp(job->message.event_id, event_id) == 0) {
        job->hit = true;
        return;
    }
}

/* Both statements answer with the events of which they have written the row. */
static void note_events(struct pg_batch *batch, int index, const PGresult *result)
{
    size_t length;

    (void)index;
    for (int i = 0; i < PQntuples(result); i++)
        note_event(batch, pg_column_text(&(struct pg_row){result, i}, 0, &length));
}

/* ---- putting ---- */

static const char *event_id_of(const struct inbound *message)
{
    return message->event_id;
}

static const char *topic_of(const struct inbound *message)
{
    return message->topic;
}

static const char *about_of(const struct inbound *message)
{
    return message->about;
}

static void put_column(struct pg_batch *batch, const char *(*text)(const struct inbound *message))
{
    struct pg_arguments *arguments = &batch->owner->arguments;
    const struct pg_job *job;

    pg_begin_array(arguments, PG_TEXT);
    TAILQ_FOREACH(job, &batch->jobs, place)
    pg_put_string(arguments, text(&job->message));
    pg_end_array(arguments);
}

static void put_send(struct pg_batch *batch)
{
    struct pg_arguments *arguments = pg_batch_arguments(batch);
    const struct pg_job *job;

    put_column(batch, event_id_of);
    put_column(batch, topic_of);
    put_column(batch, about_of);
    pg_begin_array(arguments, PG_BYTEA);
    TAILQ_FOREACH(job, &batch->jobs, place)
    pg_put_bytes(arguments, job->message.payload, job->message.payload_length);
    pg_end_array(arguments);
    pg_batch_statement(batch, PG_PUT_INBOUND);
}

/* One that meets itself, from before its connection broke, is new to the watchers. */
static void put_finish(struct pg_batch *batch)
{
    struct pg_store *store = batch->owner->store;
    const struct pg_job *job;
    bool news = false;

    TAILQ_FOREACH(job, &batch->jobs, place)
    news = news || job->hit || job->uncertain;
    pg_batch_done_hits(batch, STATUS_DUPLICATE, "/event_id", "this event has come before");
    if (news)
        pg_store_tell_watchers(store);
}

static const struct pg_job_kind kind_put = {
    .operation = STORE_WRITE,
    .writes = true,
    .grouped = true,
    .repeatable = true,
    .send = put_send,
    .answer = note_events,
    .finish = put_finish,
    .fail = pg_job_fail_done,
};

void pg_inbound_put(struct repository *repository, const struct inbound *message,
                    repository_done *done, void *arg)
{
    size_t size = space_string_size(message->event_id) + space_string_size(message->topic) +
                  space_string_size(message->about) + message->payload_length;
    struct pg_job *job = pg_job_or_answer(repository, &kind_put, size, done, arg);
    struct space space;

    if (job == NULL)
        return;
    space.next = (char *)(job + 1);
    job->message = (struct inbound){
        .event_id = space_string(&space, message->event_id),
        .topic = space_string(&space, message->topic),
        .about = space_string(&space, message->about),
        .payload = space_place(&space, message->payload, message->payload_length),
        .payload_length = message->payload_length,
    };
    pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- what waits ---- */

static void pending_answer_job(struct pg_job *job, enum status status,
                               const struct stored_inbound *messages, size_t count,
                               const struct fault *fault)
{
    repository_inbound *read = job->messages;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    read(arg, status, messages, count, fault);
}

static void pending_send(struct pg_batch *batch)
{
    struct pg_arguments *arguments = pg_batch_arguments(batch);

    pg_put_number(arguments, batch->owner->waiting_from);
    pg_put_number(arguments, (int64_t)TAILQ_FIRST(&batch->jobs)->limit);
    pg_batch_statement(batch, PG_READ_INBOUND);
}

static void read_message(const struct pg_row *row, struct stored_inbound *message)
{
    size_t length;

    message->number = pg_column_number(row, COLUMN_NUMBER);
    message->received_at = pg_column_time(row, COLUMN_RECEIVED_AT);
    message->message.event_id = pg_column_text(row, COLUMN_EVENT_ID, &length);
    message->message.topic = pg_column_text(row, COLUMN_TOPIC, &length);
    message->message.about = pg_column_text(row, COLUMN_ABOUT, &length);
    message->message.payload =
        pg_column_text(row, COLUMN_PAYLOAD, &message->message.payload_length);
}

/* Whatever waits, now or later, is of no transaction before those that wait now and those that had
 * not ended yet. */
static void note_waiting(struct pg_repository *repository, const PGresult *result, size_t count)
{
    int64_t from = pg_column_number(&(struct pg_row){result, 0}, COLUMN_LOW);

    for (size_t i = 0; i < count; i++) {
        int64_t xid = pg_column_number(&(struct pg_row){result, (int)i}, COLUMN_XID);
        from = xid < from ? xid : from;
    }
    repository->waiting_from = from;
}

/* A single row without a message: none waits. */
static size_t count_messages(const PGresult *result)
{
    return PQgetisnull(result, 0, COLUMN_XID) ? 0 : (size_t)PQntuples(result);
}

static void pending_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct stored_inbound *messages;
    struct fault fault = {0};
    size_t count;

    (void)index;
    if (job == NULL || PQntuples(result) == 0)
        return;
    count = count_messages(result);
    note_waiting(batch->owner, result, count);
    messages = memory_new((count + 1) * sizeof(*messages));
    for (size_t i = 0; i < count; i++)
        read_message(&(struct pg_row){result, (int)i}, &messages[i]);
    pending_answer_job(job, STATUS_OK, messages, count, &fault);
    free(messages);
}

static void pending_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    pending_answer_job(job, fault_set(&fault, status, where, "%s", why), NULL, 0, &fault);
}

static const struct pg_job_kind kind_pending = {
    .operation = STORE_EVENTS,
    .repeatable = true,
    .send = pending_send,
    .answer = pending_answer,
    .finish = pg_batch_unanswered,
    .fail = pending_fail,
};

void pg_inbound_pending(struct repository *repository, size_t limit, repository_inbound *read,
                        void *arg)
{
    struct fault fault = {0};
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), &kind_pending, 0, &why);

    if (job == NULL) {
        read(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), NULL, 0, &fault);
        return;
    }
    job->messages = read;
    job->arg = arg;
    job->limit = limit < PENDING_LIMIT ? limit : PENDING_LIMIT;
    pg_job_submit(job, PG_QUEUE_READS);
}

/* ---- what has been handled ---- */

static void handled_send(struct pg_batch *batch)
{
    (void)pg_batch_arguments(batch);
    put_column(batch, event_id_of);
    pg_batch_statement(batch, PG_HANDLE_INBOUND);
}

/* When the connection broke under it, the first attempt may have done it: then it is not pending,
 * which is what was wanted. */
static void handled_finish(struct pg_batch *batch)
{
    struct pg_job *job;

    TAILQ_FOREACH(job, &batch->jobs, place)
    job->hit = job->hit || job->uncertain;
    pg_batch_done_hits(batch, STATUS_NOT_FOUND, NULL, "no event of this id waits to be handled");
}

static const struct pg_job_kind kind_handled = {
    .operation = STORE_WRITE,
    .writes = true,
    .grouped = true,
    .repeatable = true,
    .send = handled_send,
    .answer = note_events,
    .finish = handled_finish,
    .fail = pg_job_fail_done,
};

void pg_inbound_handled(struct repository *repository, const char *event_id, repository_done *done,
                        void *arg)
{
    struct pg_job *job =
        pg_job_or_answer(repository, &kind_handled, space_string_size(event_id), done, arg);

    if (job == NULL)
        return;
    job->message.event_id = space_string(&(struct space){.next = (char *)(job + 1)}, event_id);
    pg_job_submit(job, PG_QUEUE_WRITES);
}

/* ---- the inbox ---- */

static void inbox_send(struct pg_batch *batch)
{
    pg_put_string(pg_batch_arguments(batch), TAILQ_FIRST(&batch->jobs)->inbox_id);
    pg_batch_statement(batch, PG_ADD_INBOX);
}

static void inbox_finish(struct pg_batch *batch)
{
    pg_batch_done_hits(batch, STATUS_DUPLICATE, "/inbox_id", "this event has been seen before");
}

/* Not repeated: whether the first attempt or somebody else has added it could not be told. */
static const struct pg_job_kind kind_inbox = {
    .operation = STORE_WRITE,
    .writes = true,
    .send = inbox_send,
    .answer = pg_batch_note_hit,
    .finish = inbox_finish,
    .fail = pg_job_fail_done,
};

void pg_inbox_add(struct repository *repository, const char *inbox_id, repository_done *done,
                  void *arg)
{
    struct pg_job *job =
        pg_job_or_answer(repository, &kind_inbox, space_string_size(inbox_id), done, arg);

    if (job == NULL)
        return;
    job->inbox_id = space_string(&(struct space){.next = (char *)(job + 1)}, inbox_id);
    pg_job_submit(job, PG_QUEUE_WRITES);
}
