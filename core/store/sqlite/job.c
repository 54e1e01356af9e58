/* Making jobs: one allocation with everything that the writer will need, laid out behind it. */
#include "store/sqlite/job.h"

#include "base/memory.h"

#include <string.h>

/* The free part of a job's allocation. What needs alignment is placed before any text. */
struct space {
    char *next;
};

static void *place(struct space *space, const void *bytes, size_t size)
{
    void *at = space->next;

    if (size > 0)
        memcpy(at, bytes, size);
    space->next += size;
    return at;
}

/* Texts get a terminator; memory_new has zeroed it. NULL stays NULL. */
static const char *place_text(struct space *space, const char *text, size_t length)
{
    const char *at = NULL;

    if (text != NULL) {
        at = place(space, text, length);
        space->next++;
    }
    return at;
}

static const char *place_string(struct space *space, const char *text)
{
    return place_text(space, text, text == NULL ? 0 : strlen(text));
}

static size_t string_size(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static struct sqlite_job *job_new(enum sqlite_job_kind kind, size_t extra, struct space *space)
{
    struct sqlite_job *job = memory_new(sizeof(*job) + extra);

    job->kind = kind;
    space->next = (char *)(job + 1);
    return job;
}

static size_t save_size(const struct save *save, const struct order_record *record,
                        const struct order_event *events, size_t event_count)
{
    size_t size = record->item_count * sizeof(*record->items) + event_count * sizeof(*events) +
                  record->notes_length + 1 + record->reason_length + 1 +
                  string_size(save->traceparent) + string_size(save->inbox_id);

    for (size_t i = 0; i < event_count; i++)
        size += events[i].data_length + 1;
    return size;
}

struct sqlite_job *sqlite_job_save(const struct save *save)
{
    struct order_record record = order_record(save->order);
    size_t count = 0;
    const struct order_event *events = order_events(save->order, &count);
    struct space space;
    struct sqlite_job *job = job_new(JOB_SAVE, save_size(save, &record, events, count), &space);
    struct sqlite_job_save *copy = &job->save;
    struct order_event *copied;

    copy->record = record;
    copy->stored_version = order_stored_version(save->order);
    copy->record.items = place(&space, record.items, record.item_count * sizeof(*record.items));
    copied = place(&space, events, count * sizeof(*events));
    copy->events = copied;
    copy->event_count = count;
    for (size_t i = 0; i < count; i++)
        copied[i].data = place_text(&space, events[i].data, events[i].data_length);
    copy->record.notes = place_text(&space, record.notes, record.notes_length);
    copy->record.reason = place_text(&space, record.reason, record.reason_length);
    copy->traceparent = place_string(&space, save->traceparent);
    copy->inbox_id = place_string(&space, save->inbox_id);
    return job;
}

struct sqlite_job *sqlite_job_cursor(const char *name, int64_t position)
{
    struct space space;
    struct sqlite_job *job = job_new(JOB_WRITE_CURSOR, string_size(name), &space);

    job->cursor.name = place_string(&space, name);
    job->cursor.position = position;
    return job;
}

struct sqlite_job *sqlite_job_inbox(const char *inbox_id)
{
    struct space space;
    struct sqlite_job *job = job_new(JOB_ADD_INBOX, string_size(inbox_id), &space);

    job->inbox_id = place_string(&space, inbox_id);
    return job;
}

struct sqlite_job *sqlite_job_dead_letter(const struct dead_letter *letter)
{
    struct space space;
    size_t size = string_size(letter->source) + string_size(letter->topic) +
                  string_size(letter->reason) + letter->payload_length;
    struct sqlite_job *job = job_new(JOB_ADD_DEAD_LETTER, size, &space);

    job->dead_letter = (struct dead_letter){
        .source = place_string(&space, letter->source),
        .topic = place_string(&space, letter->topic),
        .reason = place_string(&space, letter->reason),
        .payload = place(&space, letter->payload, letter->payload_length),
        .payload_length = letter->payload_length,
    };
    return job;
}

struct sqlite_job *sqlite_job_ping(void)
{
    struct space space;

    return job_new(JOB_PING, 0, &space);
}
