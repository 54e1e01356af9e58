/* Reading the stream: events after a position with the position before each on its topic, the
 * heads of the topics, and named cursors.
 *
 * The position before an event is not stored, for it is not known when the event is written:
 * transactions do not begin in the order in which they end. Within a batch the reader sees it; for
 * the first event of a topic the database is asked, unless this read goes on where the last one
 * ended, as the relay's and the hooks' reads do. */
#include "base/memory.h"
#include "store/postgres/repository.h"
#include "store/postgres/row.h"

#include <stdlib.h>
#include <string.h>

enum { TOPICS = ORDER_EVENT_KIND_COUNT, EVENTS_LIMIT = 4096 };

/* The columns of PG_READ_EVENTS. */
enum {
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

/* The last event of each topic up to a position. */
struct pg_tails {
    struct pg_position at;
    struct pg_position last[TOPICS]; /* by order_event_kind */
};

static int topic_index(const char *topic)
{
    for (int kind = 0; kind < TOPICS; kind++)
        if (topic != NULL && strcmp(topic, order_event_topic((enum order_event_kind)kind)) == 0)
            return kind;
    return -1;
}

static bool before(const struct pg_position *a, const struct pg_position *b)
{
    return a->xid < b->xid || (a->xid == b->xid && a->id < b->id);
}

static struct pg_position place_at(const struct pg_row *row, int column)
{
    return (struct pg_position){pg_column_number(row, column), pg_column_number(row, column + 1)};
}

static void put_place(struct pg_arguments *arguments, const struct pg_position *place)
{
    pg_put_number(arguments, place->xid);
    pg_put_number(arguments, place->id);
}

static void put_topics(struct pg_arguments *arguments)
{
    pg_begin_array(arguments, PG_TEXT);
    for (int kind = 0; kind < TOPICS; kind++)
        pg_put_string(arguments, order_event_topic((enum order_event_kind)kind));
    pg_end_array(arguments);
}

/* Rows of (topic, xid, id), several for a topic: the greatest counts. */
static void take_tails(const PGresult *result, struct pg_position last[TOPICS])
{
    for (int i = 0; i < PQntuples(result); i++) {
        struct pg_row row = {result, i};
        size_t length;
        int topic = topic_index(pg_column_text(&row, 0, &length));
        struct pg_position place = place_at(&row, 1);
        if (topic >= 0 && before(&last[topic], &place))
            last[topic] = place;
    }
}

/* ---- events ---- */

/* The tails come first, so that the events' previous positions can be filled in at once. */
static void events_send(struct pg_batch *batch)
{
    const struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_arguments *arguments = &batch->owner->arguments;
    const struct pg_tails *known = batch->owner->tails;
    struct pg_tails *tails = memory_new(sizeof(*tails));

    batch->scratch = tails;
    if (known != NULL && known->at.xid == job->read.after.xid &&
        known->at.id == job->read.after.id) {
        *tails = *known;
    } else {
        tails->at = job->read.after;
        pg_arguments_clear(arguments);
        put_place(arguments, &job->read.after);
        put_topics(arguments);
        pg_session_send(batch->lane->session, &batch->unit, PG_READ_TAILS, arguments);
    }
    pg_arguments_clear(arguments);
    put_place(arguments, &job->read.after);
    pg_put_number(arguments, (int64_t)job->read.limit);
    pg_session_send(batch->lane->session, &batch->unit, PG_READ_EVENTS, arguments);
}

static bool read_event(const struct pg_row *row, struct pg_tails *tails, struct stored_event *event)
{
    struct pg_position place = place_at(row, COLUMN_XID);
    size_t length;
    int topic;

    event->topic = pg_column_text(row, COLUMN_TOPIC, &length);
    event->type = pg_column_text(row, COLUMN_TYPE, &length);
    event->traceparent = pg_column_text(row, COLUMN_TRACEPARENT, &length);
    event->data = pg_column_text(row, COLUMN_DATA, &event->data_length);
    event->occurred_at = pg_column_time(row, COLUMN_OCCURRED_AT);
    topic = topic_index(event->topic);
    pg_position_write(&place, &event->position);
    if (topic >= 0) {
        pg_position_write(&tails->last[topic], &event->previous);
        tails->last[topic] = place;
    }
    pg_position_write(&tails->at, &event->follows);
    tails->at = place;
    return topic >= 0 && event->type != NULL && event->data != NULL &&
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

static void remember_tails(struct pg_repository *repository, const struct pg_tails *tails)
{
    if (repository->tails == NULL)
        repository->tails = memory_new(sizeof(*repository->tails));
    *repository->tails = *tails;
}

static void take_events(struct pg_batch *batch, struct pg_job *job, const PGresult *result)
{
    size_t count = (size_t)PQntuples(result);
    struct stored_event *events = memory_new((count + 1) * sizeof(*events));
    struct pg_tails *tails = batch->scratch;
    struct fault fault = {0};
    enum status status = STATUS_OK;

    for (size_t i = 0; i < count && status == STATUS_OK; i++)
        if (!read_event(&(struct pg_row){result, (int)i}, tails, &events[i]))
            status = fault_set(&fault, STATUS_INTERNAL, NULL, "the stored event %s is damaged",
                               events[i].position.text);
    if (status == STATUS_OK)
        remember_tails(batch->owner, tails);
    events_answer_job(job, status, events, status == STATUS_OK ? count : 0, &fault);
    free(events);
}

static void events_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_tails *tails = batch->scratch;

    if (index < batch->unit.sent - 1)
        take_tails(result, tails->last);
    else if (job != NULL)
        take_events(batch, job, result);
}

static void events_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    events_answer_job(job, fault_set(&fault, status, where, "%s", why), NULL, 0, &fault);
}

static void free_scratch(struct pg_batch *batch)
{
    free(batch->scratch);
}

const struct pg_job_kind pg_kind_events = {
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
    job = pg_job_new(pg_repository_of(repository), &pg_kind_events, 0, &why);
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

/* ---- heads ---- */

static void heads_answer_job(struct pg_job *job, enum status status, const struct stream_ends *ends,
                             const struct fault *fault)
{
    repository_ends *heads = job->heads;
    void *arg = job->arg;

    pg_job_settle(job);
    free(job);
    heads(arg, status, ends, fault);
}

static void heads_send(struct pg_batch *batch)
{
    struct pg_arguments *arguments = &batch->owner->arguments;

    pg_arguments_clear(arguments);
    put_topics(arguments);
    pg_session_send(batch->lane->session, &batch->unit, PG_READ_HEADS, arguments);
}

static void heads_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_position last[TOPICS] = {{0}}, greatest = {0};
    struct topic_head topics[TOPICS];
    struct stream_ends ends = {.topics = topics};
    struct fault fault = {0};

    (void)index;
    if (job == NULL)
        return;
    take_tails(result, last);
    for (int kind = 0; kind < TOPICS; kind++) {
        if (last[kind].xid == 0)
            continue;
        topics[ends.topic_count].topic = order_event_topic((enum order_event_kind)kind);
        pg_position_write(&last[kind], &topics[ends.topic_count++].position);
        if (before(&greatest, &last[kind]))
            greatest = last[kind];
    }
    pg_position_write(&greatest, &ends.head);
    heads_answer_job(job, STATUS_OK, &ends, &fault);
}

static void heads_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};
    static const struct stream_ends none;

    heads_answer_job(job, fault_set(&fault, status, where, "%s", why), &none, &fault);
}

const struct pg_job_kind pg_kind_heads = {
    .operation = STORE_EVENTS,
    .repeatable = true,
    .send = heads_send,
    .answer = heads_answer,
    .finish = pg_batch_unanswered,
    .fail = heads_fail,
};

void pg_events_heads(struct repository *repository, repository_ends *read, void *arg)
{
    static const struct stream_ends none;
    struct fault fault = {0};
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), &pg_kind_heads, 0, &why);

    if (job == NULL) {
        read(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), &none, &fault);
        return;
    }
    job->heads = read;
    job->arg = arg;
    pg_job_submit(job, PG_QUEUE_READS);
}

/* ---- cursors ---- */

static void cursor_answer_job(struct pg_job *job, enum status status,
                              const struct pg_position *place, const struct fault *fault)
{
    repository_position *read = job->cursor;
    void *arg = job->arg;
    struct position position;

    pg_position_write(place, &position);
    pg_job_settle(job);
    free(job);
    read(arg, status, &position, fault);
}

static void cursor_send(struct pg_batch *batch)
{
    struct pg_arguments *arguments = &batch->owner->arguments;

    pg_arguments_clear(arguments);
    pg_put_string(arguments, TAILQ_FIRST(&batch->jobs)->named.name);
    pg_session_send(batch->lane->session, &batch->unit, PG_READ_CURSOR, arguments);
}

static void cursor_fail(struct pg_job *job, enum status status, const char *where, const char *why)
{
    struct fault fault = {0};

    cursor_answer_job(job, fault_set(&fault, status, where, "%s", why), &(struct pg_position){0},
                      &fault);
}

static void cursor_answer(struct pg_batch *batch, int index, const PGresult *result)
{
    struct pg_job *job = TAILQ_FIRST(&batch->jobs);
    struct pg_row row = {result, 0};
    struct fault fault = {0};
    struct pg_position place;

    (void)index;
    if (job == NULL)
        return;
    if (PQntuples(result) == 0) {
        cursor_fail(job, STATUS_NOT_FOUND, NULL, "there is no cursor of this name");
        return;
    }
    place = place_at(&row, 0);
    cursor_answer_job(job, STATUS_OK, &place, &fault);
}

const struct pg_job_kind pg_kind_cursor_read = {
    .operation = STORE_EVENTS,
    .repeatable = true,
    .send = cursor_send,
    .answer = cursor_answer,
    .finish = pg_batch_unanswered,
    .fail = cursor_fail,
};

void pg_cursor_read(struct repository *repository, const char *name, repository_position *read,
                    void *arg)
{
    size_t size = strlen(name) + 1;
    struct fault fault = {0};
    struct position none = {{0}};
    const char *why;
    struct pg_job *job = pg_job_new(pg_repository_of(repository), &pg_kind_cursor_read, size, &why);

    if (job == NULL) {
        read(arg, fault_set(&fault, STATUS_UNAVAILABLE, NULL, "%s", why), &none, &fault);
        return;
    }
    job->cursor = read;
    job->arg = arg;
    job->named.name = memcpy(job + 1, name, size);
    pg_job_submit(job, PG_QUEUE_READS);
}
