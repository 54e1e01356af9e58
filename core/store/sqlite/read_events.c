/* Reading the events after a position. */
#include "base/buffer.h"
#include "base/clock.h"
#include "base/memory.h"
#include "store/sqlite/repository.h"
#include "store/store_metrics.h"

#include <stdlib.h>

/* The columns of SQL_READ_EVENTS. */
enum {
    COLUMN_POSITION,
    COLUMN_PREVIOUS,
    COLUMN_EVENT_ID,
    COLUMN_ORDER_ID,
    COLUMN_TOPIC,
    COLUMN_TYPE,
    COLUMN_OCCURRED_AT,
    COLUMN_TRACEPARENT,
    COLUMN_DATA,
};

enum { EVENTS_LIMIT = 4096 };

/* Where an event's texts begin in the batch's buffer, plus one; 0 is NULL. */
struct places {
    size_t topic, type, traceparent, data;
};

/* Events under construction. Their texts move while the buffer grows, so pointers to them are made
 * at the end. */
struct batch {
    struct stored_event *events;
    struct places *places;
    size_t count;
    int64_t first; /* the number of the first */
    struct buffer texts;
};

static size_t keep(struct batch *batch, const struct sqlite_call *call, int column, size_t *length)
{
    size_t place = batch->texts.size + 1;
    const char *text = sqlite_column_string(call, column, length);

    if (text == NULL)
        return 0;
    buffer_append(&batch->texts, text, *length + 1); /* SQLite terminates it */
    return place;
}

static bool add_event(struct batch *batch, const struct sqlite_call *call,
                      const struct position *after)
{
    struct stored_event *event = &batch->events[batch->count];
    struct places *places = &batch->places[batch->count];
    int64_t number = sqlite3_column_int64(call->statement, COLUMN_POSITION);
    size_t length;

    if (batch->count == 0)
        batch->first = number;
    sqlite_position_write(number, &event->position);
    sqlite_position_write(sqlite3_column_int64(call->statement, COLUMN_PREVIOUS),
                          &event->previous); /* null reads as 0, before the first */
    event->follows = batch->count == 0 ? *after : event[-1].position;
    event->occurred_at = sqlite3_column_int64(call->statement, COLUMN_OCCURRED_AT);
    places->topic = keep(batch, call, COLUMN_TOPIC, &length);
    places->type = keep(batch, call, COLUMN_TYPE, &length);
    places->traceparent = keep(batch, call, COLUMN_TRACEPARENT, &length);
    places->data = keep(batch, call, COLUMN_DATA, &event->data_length);
    batch->count++;
    return sqlite_column_uuid(call, COLUMN_EVENT_ID, &event->event_id) &&
           sqlite_column_uuid(call, COLUMN_ORDER_ID, &event->order_id) && places->topic != 0 &&
           places->type != 0 && places->data != 0;
}

static const char *text_at(const struct batch *batch, size_t place)
{
    return place == 0 ? NULL : batch->texts.data + place - 1;
}

static void point_to_texts(struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        batch->events[i].topic = text_at(batch, batch->places[i].topic);
        batch->events[i].type = text_at(batch, batch->places[i].type);
        batch->events[i].traceparent = text_at(batch, batch->places[i].traceparent);
        batch->events[i].data = text_at(batch, batch->places[i].data);
    }
}

static enum status read_batch(struct sqlite_repository *self, const struct position *after,
                              int64_t number, size_t limit, struct batch *batch,
                              struct fault *fault)
{
    struct sqlite_call call = sqlite_call(&self->connection, SQL_READ_EVENTS);
    bool sound = true;
    int code;

    sqlite_bind_number(&call, number);
    sqlite_bind_number(&call, (int64_t)limit);
    while (sound && sqlite_call_row(&call))
        sound = add_event(batch, &call, after);
    code = sqlite_call_end(&call);
    if (code != SQLITE_OK)
        return sqlite_fault(&self->connection, code, "reading events", fault);
    if (!sound)
        return fault_set(fault, STATUS_INTERNAL, NULL, "the stored event %s is damaged",
                         batch->events[batch->count - 1].position.text);
    point_to_texts(batch);
    return STATUS_OK;
}

/* Nothing is missing when the first event is the next one. Otherwise the floor tells, as it is now:
 * where it has passed the position, the events are gone, if not before then now. */
static enum status check_gone(struct sqlite_repository *self, int64_t after,
                              const struct batch *batch, struct fault *fault)
{
    int64_t floor = 0;
    int code;

    if (after == 0 || (batch->count > 0 && batch->first == after + 1))
        return STATUS_OK;
    code = sqlite_read_floor(&self->connection, &floor);
    if (code != SQLITE_OK)
        return sqlite_fault(&self->connection, code, "reading the floor", fault);
    if (after < floor)
        return fault_set(fault, STATUS_GONE, "/position",
                         "events that came after this position have been removed");
    return STATUS_OK;
}

void sqlite_read_events(struct repository *repository, const struct position *after, size_t limit,
                        repository_events *read, void *arg)
{
    int64_t started_us = clock_monotonic_us(), number;
    size_t room = limit < EVENTS_LIMIT ? limit : EVENTS_LIMIT;
    struct batch batch = {.events = memory_new((room + 1) * sizeof(*batch.events)),
                          .places = memory_new((room + 1) * sizeof(*batch.places))};
    struct fault fault = {0};
    enum status status = sqlite_position_read(after, &number, &fault);

    if (status == STATUS_OK)
        status =
            read_batch((struct sqlite_repository *)repository, after, number, room, &batch, &fault);
    if (status == STATUS_OK)
        status = check_gone((struct sqlite_repository *)repository, number, &batch, &fault);
    store_metrics_observe(STORE_EVENTS, started_us);
    read(arg, status, batch.events, status == STATUS_OK ? batch.count : 0, &fault);
    buffer_release(&batch.texts);
    free(batch.places);
    free(batch.events);
}
