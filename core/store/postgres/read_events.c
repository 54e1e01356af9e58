/* Reading the stream: events after a position, with the position before each on its topic.
 *
 * The position before an event is not stored, for it is not known when the event is written:
 * transactions do not begin in the order in which they end. Within a batch the reader sees it; for
 * the first event of a topic the database is asked, unless this read goes on where another one
 * ended, as readers do. */
#include "base/memory.h"
#include "store/postgres/repository.h"
#include "store/postgres/row.h"
#include "store/postgres/tails.h"

#include <stdlib.h>

enum { EVENTS_LIMIT = 4096 };

/* The columns of PG_READ_EVENTS. */
enum {
    COLUMN_GONE,
    COLUMN_XID,
    COLUMN_ID,
    COLUMN_EVENT_ID,
    COLUMN_ORDER_ID,
    COLUMN_TOPIC,
    COLUMN_TYPE,
    COLUMN_OCCURRED_AT,
    COLUMN_TRACEPARENT,
    COLUMN_DATA,
};

/* The tails come first, so that the events' previous positions can be filled in at once. */
static void events_send(struct pg_batch *batch)
{
    const struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_tails *tails = memory_new(sizeof(*tails));
    struct pg_arguments *arguments;

    batch->scratch = tails;
    if (!pg_tails_find(batch->owner->tails, &job->read.after, tails)) {
        tails->at = job->read.after;
        arguments = pg_batch_arguments(batch);
        pg_put_place(arguments, &job->read.after);
        pg_put_topics(arguments);
        pg_batch_statement(batch, PG_READ_TAILS);
    }
    arguments = pg_batch_arguments(batch);
    pg_put_place(arguments, &job->read.after);
    pg_put_number(arguments, (int64_t)job->read.limit);
    pg_batch_statement(batch, PG_READ_EVENTS);
}

/* False when it is none of ours, or out of order. */
static bool read_event(const struct pg_row *row, struct pg_tails *tails, struct stored_event *event)
{
    struct pg_position place = pg_column_place(row, COLUMN_XID);
    bool follows = pg_position_before(&tails->at, &place);
    size_t length;
    int topic;

    event->topic = pg_column_text(row, COLUMN_TOPIC, &length);
    event->type = pg_column_text(row, COLUMN_TYPE, &length);
    event->traceparent = pg_column_text(row, COLUMN_TRACEPARENT, &length);
    event->data = pg_column_text(row, COLUMN_DATA, &event->data_length);
    event->occurred_at = pg_column_time(row, COLUMN_OCCURRED_AT);
    topic = pg_topic_index(event->topic);
    pg_position_write(&place, &event->position);
    if (topic >= 0) {
        pg_position_write(&tails->last[topic], &event->previous);
        tails->last[topic] = place;
    }
    pg_position_write(&tails->at, &event->follows);
    tails->at = place;
    return follows && topic >= 0 && event->type != NULL && event->data != NULL &&
           pg_column_uuid(row, COLUMN_EVENT_ID, &event->event_id) &&
           pg_column_uuid(row, COLUMN_ORDER_ID, &event->order_id);
}

static void events_answer_job(struct pg_job *job, enum status status,
                              const struct stored_event *events, size_t count,
                              const struct fault *fault)
{
    repository_events *read = job->events;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    read(arg, status, events, count, fault);
}

static void events_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    events_answer_job(job, fault_set(&fault, status, where, "%s", why), NULL, 0, &fault);
}

/* A single row without an event: there is none. */
static size_t count_events(const PGresult *result)
{
    return PQgetisnull(result, 0, COLUMN_XID) ? 0 : (size_t)PQntuples(result);
}

static void take_events(struct pg_batch *batch, struct pg_job *job, const PGresult *result)
{
    size_t count = count_events(result);
    struct stored_event *events = memory_new((count + 1) * sizeof(*events));
    struct pg_tails *tails = batch->scratch;
    struct fault fault = {0};
    enum status status = STATUS_OK;

    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        if (!read_event(&(struct pg_row){result, (int)i}, tails, &events[i]))
            status = fault_set(&fault, STATUS_INTERNAL, NULL, "the stored event %s is damaged",
                               events[i].position.text);
    if (status == STATUS_OK && count > 0)
        pg_tails_keep(&batch->owner->tails, &job->read.after, tails);
    events_answer_job(job, status, events, status == STATUS_OK ? count : 0, &fault);
    free(events);
}

static void events_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_tails *tails = batch->scratch;

    if (index < batch->unit.sent - 1)
        pg_tails_take(result, tails->last);
    else if (job == NULL || PQntuples(result) == 0)
        return;
    else if (pg_column_truth(&(struct pg_row){result, 0}, COLUMN_GONE))
        events_fail(job, STATUS_GONE, "/position", "events after it have been removed");
    else
        take_events(batch, job, result);
}

static void free_scratch(struct pg_batch *batch)
{
    free(batch->scratch);
}

static const struct pg_job_kind kind_events = {
    .operation = STORE_EVENTS,
    .repeatable = true,
    .send = events_send,
    .answer = events_answer,
    .finish = pg_batch_unanswered,
    .release = free_scratch,
    .fail = events_fail,
};

void pg_events_after(struct repository *repository, const struct position *after, size_t limit,
                     repository_events *read, void *arg)
{
    struct fault fault = {0};
    struct pg_position place;
    const char *why;
    struct pg_job *job;

    if (pg_position_read(after, &place, &fault) != STATUS_OK) {
        read(arg, fault.status, NULL, 0, &fault);
        return;
    }
    job = pg_job_new(pg_repository_of(repository), &kind_events, 0, &why);
    if (job == NULL) {
        read(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), NULL, 0, &fault);
        return;
    }
    job->events = read;
    job->arg = arg;
    job->read.after = place;
    job->read.limit = limit < EVENTS_LIMIT ? limit : EVENTS_LIMIT;
    pg_job_submit(job, PG_QUEUE_READS);
}
