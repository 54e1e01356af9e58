/* Events made up on the spot. */
#include "stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH_LIMIT = 256 };

static struct stream *of(struct repository *repository)
{
    return (struct stream *)repository;
}

static struct position position_of(size_t number)
{
    struct position position = {{0}};
    if (number > 0)
        snprintf(position.text, sizeof(position.text), "%016zu", number);
    return position;
}

static const struct fault *fault_of(enum status status)
{
    static struct fault fault;
    (void)fault_set(&fault, status, NULL, "as the test wants it");
    return &fault;
}

/* ---- events ---- */

static struct stored_event event_of(const struct stream *stream, size_t number, const char *data)
{
    struct stored_event event = {
        .position = position_of(number),
        .previous = position_of(number - 1),
        .follows = position_of(number - 1),
        .topic = number % 2 ? "odd" : "even",
        .type = "Event",
        .occurred_at = (int64_t)number,
        .data = data,
        .data_length = stream->data_size,
    };
    return event;
}

static void events_after(struct repository *repository, const struct position *after, size_t limit,
                         repository_events *read, void *arg)
{
    struct stream *stream = of(repository);
    static struct stored_event events[BATCH_LIMIT];
    static char data[65536];
    size_t number = strtoul(after->text, NULL, 10), count = 0;
    enum status status = stream->events_status;
    memset(data, '1', stream->data_size);
    if (status == STATUS_OK && number > 0 && number < stream->floor)
        status = STATUS_GONE;
    if (number < stream->floor)
        number = stream->floor;
    while (status == STATUS_OK && count < limit && count < BATCH_LIMIT && number < stream->count)
        events[count++] = event_of(stream, ++number, data);
    read(arg, status, events, count, fault_of(status));
}

static void events_ends(struct repository *repository, repository_ends *read, void *arg)
{
    struct stream *stream = of(repository);
    const struct topic_head topics[] = {{.topic = "odd", .position = position_of(stream->count)},
                                        {.topic = "even", .position = position_of(stream->count)}};
    const struct stream_ends ends = {.floor = position_of(stream->floor),
                                     .head = position_of(stream->count),
                                     .topics = topics,
                                     .topic_count = 2};
    read(arg, stream->ends_status, &ends, fault_of(stream->ends_status));
}

/* Two before the first that is to be read: the ones in between are for the reader to pass over. */
static void events_find_time(struct repository *repository, int64_t time,
                             repository_position *found, void *arg)
{
    size_t number = time > 3 ? (size_t)time - 3 : 0;
    const struct position position = position_of(number);
    found(arg, of(repository)->events_status, &position, fault_of(of(repository)->events_status));
}

/* ---- cursors ---- */

static void cursor_asked(struct stream *stream, const char *name, const struct position *position)
{
    snprintf(stream->cursor_name, sizeof(stream->cursor_name), "%s", name);
    if (position)
        stream->cursor_position = *position;
}

static void cursor_tell(struct stream *stream, repository_position *tell, void *arg)
{
    const struct position position = position_of(stream->cursor);
    tell(arg, stream->cursor_status, &position, fault_of(stream->cursor_status));
}

static void cursor_read(struct repository *repository, const char *name, repository_position *read,
                        void *arg)
{
    cursor_asked(of(repository), name, NULL);
    cursor_tell(of(repository), read, arg);
}

static void cursor_write(struct repository *repository, const char *name,
                         const struct position *position, repository_done *done, void *arg)
{
    cursor_asked(of(repository), name, position);
    done(arg, of(repository)->cursor_status, fault_of(of(repository)->cursor_status));
}

static void cursor_create(struct repository *repository, const char *name,
                          const struct position *position, repository_done *done, void *arg)
{
    struct stream *stream = of(repository);
    cursor_asked(stream, name, position);
    done(arg, stream->cursor_status, fault_of(stream->cursor_status));
}

static void cursor_ack(struct repository *repository, const char *name,
                       const struct position *position, repository_position *acked, void *arg)
{
    cursor_asked(of(repository), name, position);
    cursor_tell(of(repository), acked, arg);
}

static void cursor_delete(struct repository *repository, const char *name, repository_done *done,
                          void *arg)
{
    struct stream *stream = of(repository);
    cursor_asked(stream, name, NULL);
    done(arg, stream->cursor_status, fault_of(stream->cursor_status));
}

static void cursors_list(struct repository *repository, repository_cursors *listed, void *arg)
{
    struct stream *stream = of(repository);
    const struct stored_cursor cursors[] = {
        {.name = "hook:ask_release", .position = position_of(1)},
        {.name = "mine", .position = position_of(stream->cursor), .lag = 7, .updated_at = 1000},
        {.name = "relay", .position = position_of(stream->count)},
    };
    listed(arg, stream->cursor_status, cursors, stream->cursor_status == STATUS_OK ? 3 : 0,
           fault_of(stream->cursor_status));
}

void stream_init(struct stream *stream, size_t count)
{
    static const struct repository_ops operations = {
        .events_after = events_after,
        .events_ends = events_ends,
        .events_find_time = events_find_time,
        .cursor_read = cursor_read,
        .cursor_write = cursor_write,
        .cursor_create = cursor_create,
        .cursor_ack = cursor_ack,
        .cursor_delete = cursor_delete,
        .cursors_list = cursors_list,
    };
    *stream = (struct stream){.repository = {.ops = &operations}, .count = count, .data_size = 100};
    snprintf(stream->store.epoch_text, sizeof(stream->store.epoch_text), "an-epoch");
    stream->store.epoch = stream->store.epoch_text;
    stream->repository.store = &stream->store;
}
