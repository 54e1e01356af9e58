/* One READ: from where it begins to its last answer.
 *
 * A read is a chain of steps, and each is one call to the store or one attempt to send its last
 * answer. States say when the next step may be taken:
 *
 *     READY    in its turn (replay.c takes them round)
 *     ASKING   the store has been asked, and its answer goes on from there
 *     WAITING  a CREDIT comes, or the idle time is over
 *     FULL     the peer's queue has room again, which is tried after a pause that doubles
 *
 * Nothing is kept of a batch: a read that stops in the middle of one, for want of credit or room,
 * knows the position of the last event that was sent or passed over, and reads on from there. An
 * event is looked at when there is no credit, too: whether another one follows decides between
 * waiting and END. */
#include "bus/replay_read.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "bus/cloudevent.h"

#include <string.h>

enum {
    BATCH = 256,         /* events read at a time */
    BATCH_FILTERED = 32, /* at least so many when not every one is wanted */
    ROOM_LONGEST_US = 320000,
};

/* ---- from step to step ---- */

static void read_next(struct replay_read *read, void (*step)(struct replay_read *read))
{
    read->step = step;
    read->state = READ_READY;
    replay_turn_soon(read->replay);
}

static void read_ask(struct replay_read *read)
{
    read->state = READ_ASKING;
    replay_wait(read->replay);
}

/* The store has answered: false when nobody wants to know any more; the read may be gone then. */
static bool read_asked(struct replay_read *read)
{
    if (!replay_waited(read->replay)) {
        read_free(read);
        return false;
    }
    if (read->left)
        read_remove(read);
    else if (read->cancelled && read->placed)
        read_finish(read);
    else
        return true;
    return false;
}

/* ---- the last answer ---- */

static void end_write(const struct replay_read *read, struct buffer *json)
{
    struct json_writer w = {.out = json};
    json_open_object(&w);
    json_key(&w, "epoch");
    json_string_of(&w, store_epoch(read->replay->store));
    json_key(&w, "position");
    json_string_of(&w, read->position.text);
    json_key(&w, "head");
    json_string_of(&w, read->head.text);
    json_key(&w, "count");
    json_number(&w, read->sent);
    json_key(&w, "complete");
    json_truth(&w, read->complete);
    json_close_object(&w);
}

static void failure_write(const struct replay_read *read, struct buffer *json)
{
    struct replay_error error = {.code = read->code};
    if (read->placed && (read->code == REPLAY_TIMED_OUT || read->code == REPLAY_UNAVAILABLE))
        error.position = &read->position;
    if (read->code == REPLAY_POSITION_GONE) {
        error.floor = &read->floor;
        error.head = &read->head;
    }
    replay_error_write(&error, json);
}

enum status read_last_answer_send(struct replay_read *read)
{
    struct replay *replay = read->replay;
    struct buffer *json = &replay->scratch;
    buffer_clear(json);
    if (read->failed)
        failure_write(read, json);
    else
        end_write(read, json);
    const struct bus_frame frame = {.data = json->data, .size = json->size};
    return caller_answer(replay->entrance, &read->caller, read->failed ? "ERROR" : "END", &frame,
                         1);
}

static void read_pause_for_room(struct replay_read *read)
{
    int64_t now = clock_monotonic_us();
    if (read->room_us == READ_ROOM_FIRST_US)
        read->moved_us = now;
    read->state = READ_FULL;
    read->again_us = now + read->room_us;
    read->room_us = read->room_us < ROOM_LONGEST_US / 2 ? read->room_us * 2 : ROOM_LONGEST_US;
    replay_retry_soon(read->replay);
}

static void step_finish(struct replay_read *read)
{
    if (read_last_answer_send(read) == STATUS_UNAVAILABLE)
        read_pause_for_room(read);
    else
        read_remove(read);
}

void read_finish(struct replay_read *read)
{
    if (read->failed)
        counter_add(read->replay->errors[read->code], 1);
    read->step = step_finish;
    step_finish(read);
}

void read_fail(struct replay_read *read, enum replay_code code)
{
    read->failed = true;
    read->code = code;
    read_finish(read);
}

/* ---- a position that is gone ---- */

static void on_gone_ends(void *arg, enum status status, const struct stream_ends *ends,
                         const struct fault *fault)
{
    struct replay_read *read = arg;
    (void)fault;
    if (!read_asked(read))
        return;
    read->floor = ends->floor;
    read->head = ends->head;
    read_fail(read, status == STATUS_OK ? REPLAY_POSITION_GONE : REPLAY_UNAVAILABLE);
}

static void step_gone(struct replay_read *read)
{
    read_ask(read);
    repository_events_ends(read->replay->repository, on_gone_ends, read);
}

static void read_store_failed(struct replay_read *read, enum status status,
                              const struct fault *fault)
{
    enum replay_code code = replay_code_of(status);
    if (code == REPLAY_UNAVAILABLE)
        log_warning("events not read", LOG_TEXT("reader", "replay"),
                    LOG_TEXT("reason", fault->text));
    if (code == REPLAY_POSITION_GONE)
        read_next(read, step_gone);
    else
        read_fail(read, code);
}

/* ---- events ---- */

/* An older one is passed over only in front of the first that is not. */
static bool read_wants(struct replay_read *read, const struct bus_rights *rights,
                       const struct stored_event *event)
{
    bool wanted = read->topic_count == 0;
    if (read->skipping && event->occurred_at < read->from_time)
        return false;
    read->skipping = false;
    for (size_t i = 0; i < read->topic_count && !wanted; i++)
        wanted = strncmp(event->topic, read->topics[i], strlen(read->topics[i])) == 0;
    return wanted && replay_may_read(rights, event->topic);
}

static struct bus_frame text_frame(const char *text)
{
    return (struct bus_frame){.data = text, .size = strlen(text)};
}

static enum status event_send(struct replay_read *read, const struct stored_event *event)
{
    struct replay *replay = read->replay;
    buffer_clear(&replay->scratch);
    cloudevent_write(event, store_epoch(replay->store), &replay->scratch);
    const struct bus_frame frames[] = {
        text_frame(event->topic),
        text_frame(event->position.text),
        text_frame(event->previous.text),
        {.data = replay->scratch.data, .size = replay->scratch.size},
    };
    return caller_answer(replay->entrance, &read->caller, "EVENT", frames, 4);
}

/* Sends one that is wanted. False: the read does not go on to the next one now; it may be gone. */
static bool read_send(struct replay_read *read, const struct stored_event *event)
{
    if (read->credit == 0) {
        read->state = READ_WAITING;
        read->moved_us = read->replay->now_us;
        return false;
    }
    enum status status = event_send(read, event);
    if (status == STATUS_UNAVAILABLE) {
        read_pause_for_room(read);
        return false;
    }
    if (status != STATUS_OK) { /* the peer is gone */
        read_remove(read);
        return false;
    }
    counter_add(read->replay->replayed, 1);
    read->position = event->position;
    read->moved_us = read->replay->now_us;
    read->room_us = READ_ROOM_FIRST_US;
    read->credit--;
    read->sent++;
    if (read->sent != read->limit)
        return true;
    read_finish(read);
    return false;
}

/* The same for a batch. */
static bool events_send(struct replay_read *read, const struct stored_event *events, size_t count)
{
    const struct bus_rights *rights = replay_rights(read->replay, read->user);
    read->replay->now_us = clock_monotonic_us();
    for (size_t i = 0; i < count; i++) {
        if (!read_wants(read, rights, &events[i]))
            read->position = events[i].position;
        else if (!read_send(read, &events[i]))
            return false;
    }
    return true;
}

static void step_events(struct replay_read *read);

static void on_events(void *arg, enum status status, const struct stored_event *events,
                      size_t count, const struct fault *fault)
{
    struct replay_read *read = arg;
    if (!read_asked(read))
        return;
    if (status != STATUS_OK) {
        read_store_failed(read, status, fault);
        return;
    }
    if (count > 0 && strcmp(read->head.text, events[count - 1].position.text) < 0)
        read->head = events[count - 1].position;
    if (!events_send(read, events, count))
        return;
    if (count == read->asked) {
        read_next(read, step_events);
        return;
    }
    read->complete = true;
    read->position = read->head;
    read_finish(read);
}

/* As many as there is credit for, and one more to see whether any is left. */
static size_t events_wanted(const struct replay_read *read)
{
    int64_t wanted = read->credit + 1;
    if (read->limit && read->limit - read->sent < wanted)
        wanted = read->limit - read->sent;
    if ((read->topic_count > 0 || read->skipping) && wanted < BATCH_FILTERED)
        wanted = BATCH_FILTERED;
    return wanted < BATCH ? (size_t)wanted : BATCH;
}

static void step_events(struct replay_read *read)
{
    if (!read_allowed(read)) { /* any more */
        read_fail(read, REPLAY_FORBIDDEN);
        return;
    }
    read->asked = events_wanted(read);
    read_ask(read);
    repository_events_after(read->replay->repository, &read->position, read->asked, on_events,
                            read);
}

/* ---- where to begin ---- */

static void on_beginning(void *arg, enum status status, const struct position *position,
                         const struct fault *fault)
{
    struct replay_read *read = arg;
    if (status == STATUS_OK) {
        read->position = *position;
        read->skipping = read->timed;
        read->placed = true;
    }
    if (!read_asked(read))
        return;
    if (status == STATUS_OK)
        read_next(read, step_events);
    else
        read_store_failed(read, status, fault);
}

static void step_cursor(struct replay_read *read)
{
    read_ask(read);
    repository_cursor_read(read->replay->repository, read->cursor, on_beginning, read);
}

static void step_time(struct replay_read *read)
{
    read_ask(read);
    repository_events_find_time(read->replay->repository, read->from_time, on_beginning, read);
}

/* A position that lies behind the head would read nothing now and, when the stream has come so far,
 * begin somewhere in its middle: it is of another stream, whatever the client believes. */
static void on_ends(void *arg, enum status status, const struct stream_ends *ends,
                    const struct fault *fault)
{
    struct replay_read *read = arg;
    bool behind = status == STATUS_OK && strcmp(read->position.text, ends->head.text) > 0;
    if (status == STATUS_OK) {
        read->head = ends->head;
        read->placed = !behind && !read->cursor && !read->timed;
    }
    if (!read_asked(read))
        return;
    if (status != STATUS_OK)
        read_store_failed(read, status, fault);
    else if (behind)
        read_fail(read, REPLAY_POSITION_INVALID);
    else
        read_next(read, read->cursor ? step_cursor : read->timed ? step_time : step_events);
}

static void step_begin(struct replay_read *read)
{
    read_ask(read);
    repository_events_ends(read->replay->repository, on_ends, read);
}

void read_start(struct replay_read *read)
{
    read_next(read, step_begin);
}

void read_resume(struct replay_read *read)
{
    read_next(read, read->step);
}

bool read_started(const struct replay_read *read)
{
    return read->placed && read->step != step_begin;
}

bool read_finishing(const struct replay_read *read)
{
    return read->step == step_finish;
}
