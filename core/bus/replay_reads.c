/* The reads under way: begun, given credit and cancelled by clients, taken up again after a pause,
 * and ended when nobody waits for them any more. */
#include "base/clock.h"
#include "base/memory.h"
#include "bus/replay_read.h"

#include <stdlib.h>
#include <string.h>

/* ---- life ---- */

static void topics_copy(struct replay_read *read, const struct replay_request *request)
{
    read->topic_count = request->topic_count;
    read->topics = memory_new((request->topic_count + 1) * sizeof(*read->topics));
    for (size_t i = 0; i < request->topic_count; i++)
        read->topics[i] = memory_text(request->topics[i], strlen(request->topics[i]));
}

static struct replay_read *read_new(struct replay *replay, const struct caller *caller,
                                    const struct bus_message *message,
                                    const struct replay_request *request)
{
    const char *user = message->user;
    struct replay_read *read = memory_new(sizeof(*read));
    read->replay = replay;
    read->caller = *caller;
    read->connection = message->connection;
    read->user = user ? memory_text(user, strlen(user)) : NULL;
    read->position = request->position;
    if (request->given & MEMBER_CURSOR)
        read->cursor = memory_text(request->cursor, strlen(request->cursor));
    read->timed = (request->given & MEMBER_FROM_TIME) != 0;
    read->from_time = request->from_time;
    topics_copy(read, request);
    read->limit = request->limit;
    read->credit = replay->credit;
    if ((request->given & MEMBER_CREDIT) && request->credit < replay->credit)
        read->credit = request->credit;
    read->moved_us = clock_monotonic_us();
    read->room_us = READ_ROOM_FIRST_US;
    return read;
}

void read_free(struct replay_read *read)
{
    for (size_t i = 0; i < read->topic_count; i++)
        free(read->topics[i]);
    free(read->topics);
    free(read->cursor);
    free(read->user);
    free(read);
}

/* The last one takes the freed place. */
void read_remove(struct replay_read *read)
{
    struct replay *replay = read->replay;
    struct replay_read *last = replay->reads[--replay->read_count];
    replay->reads[read->place] = last;
    last->place = read->place;
    gauge_add(replay->reading, -1);
    read_free(read);
}

static struct replay_read *read_find(const struct replay *replay, const struct caller *caller)
{
    for (size_t i = 0; i < replay->read_count; i++) {
        if (caller_equal(&replay->reads[i]->caller, caller))
            return replay->reads[i];
    }
    return NULL;
}

/* A client is its key, or, where it has none, its connection; by the routing id, for a descriptor
 * may have been another one's a moment ago. */
static bool same_client(const struct replay_read *a, const struct replay_read *b)
{
    if (a->user && b->user)
        return strcmp(a->user, b->user) == 0;
    return !a->user && !b->user && caller_equal_connection(&a->caller, &b->caller);
}

static bool share_used_up(const struct replay_read *read)
{
    const struct replay *replay = read->replay;
    size_t count = 0;
    for (size_t i = 0; i < replay->read_count; i++)
        count += same_client(replay->reads[i], read);
    return count >= replay->client_limit;
}

/* ---- what clients ask for ---- */

bool read_allowed(const struct replay_read *read)
{
    const struct bus_rights *rights = replay_rights(read->replay, read->user);
    bool allowed = rights->topic_count > 0;
    for (size_t i = 0; i < read->topic_count && allowed; i++)
        allowed = replay_may_read(rights, read->topics[i]);
    if (read->cursor)
        allowed = allowed && rights->cursors && replay_cursor_allowed(read->cursor);
    return allowed;
}

static struct replay_error read_refusal(const struct replay_read *read,
                                        const struct replay_request *request)
{
    const struct replay *replay = read->replay;
    const char *epoch = store_epoch(replay->store);
    struct replay_error error = {.code = REPLAY_CODES};
    if (read_find(replay, &read->caller))
        error.code = REPLAY_ID_IN_USE;
    else if (replay->read_count == replay->read_limit)
        error = (struct replay_error){.code = REPLAY_LIMIT, .detail = "too many replays"};
    else if (share_used_up(read))
        error = (struct replay_error){.code = REPLAY_LIMIT,
                                      .detail = "too many replays of this client"};
    else if (!read_allowed(read))
        error.code = REPLAY_FORBIDDEN;
    else if (!epoch)
        error.code = REPLAY_UNAVAILABLE;
    else if ((request->given & MEMBER_EPOCH) && strcmp(request->epoch, epoch) != 0)
        error = (struct replay_error){.code = REPLAY_EPOCH_MISMATCH, .epoch = epoch};
    return error;
}

void replay_read_begin(struct replay *replay, const struct caller *caller,
                       const struct bus_message *message, const struct replay_request *request)
{
    entrance_look(replay->entrance);
    if (!entrance_has(replay->entrance, message->connection))
        return; /* nobody waits for it */
    struct replay_read *read = read_new(replay, caller, message, request);
    const struct replay_error error = read_refusal(read, request);
    if (error.code != REPLAY_CODES) {
        replay_refuse(replay, caller, &error);
        read_free(read);
        return;
    }
    read->place = replay->read_count;
    replay->reads[replay->read_count++] = read;
    gauge_add(replay->reading, 1);
    read_start(read);
}

static struct replay_read *read_find_or_refuse(struct replay *replay, const struct caller *caller)
{
    static const struct replay_error none = {.code = REPLAY_NO_SUCH_READ};
    struct replay_read *read = read_find(replay, caller);
    if (!read)
        replay_refuse(replay, caller, &none);
    return read;
}

void replay_read_credit(struct replay *replay, const struct caller *caller,
                        const struct replay_request *request)
{
    struct replay_read *read = read_find_or_refuse(replay, caller);
    if (!read)
        return;
    int64_t room = replay->credit - read->credit;
    read->credit += request->credit < room ? request->credit : room;
    if (read->state == READ_WAITING && read->credit > 0)
        read_resume(read);
}

void replay_read_cancel(struct replay *replay, const struct caller *caller)
{
    struct replay_read *read = read_find_or_refuse(replay, caller);
    if (!read)
        return;
    if (read->state == READ_ASKING || !read_started(read))
        read->cancelled = true;
    else if (!read_finishing(read))
        read_finish(read);
}

/* ---- turns ---- */

bool replay_read_runnable(const struct replay_read *read)
{
    return read->state == READ_READY;
}

void replay_read_step(struct replay_read *read)
{
    read->step(read);
}

/* Steps may take a read away, and put the last one into its place: so from the last to the first.
 */
void replay_reads_retry(struct replay *replay)
{
    int64_t now = clock_monotonic_us();
    for (size_t i = replay->read_count; i-- > 0;) {
        struct replay_read *read = replay->reads[i];
        if (read->state != READ_FULL)
            continue;
        if (now >= read->again_us)
            read_resume(read);
        else
            replay_retry_soon(replay);
    }
}

static void read_expire(struct replay_read *read, int64_t now)
{
    if (read_finishing(read)) { /* nor did it take its last answer */
        read_remove(read);
        return;
    }
    read->moved_us = now;
    read_fail(read, REPLAY_TIMED_OUT);
}

void replay_reads_expire(struct replay *replay)
{
    int64_t now = clock_monotonic_us();
    for (size_t i = replay->read_count; i-- > 0;) {
        struct replay_read *read = replay->reads[i];
        bool waits = read->state == READ_WAITING || read->state == READ_FULL;
        if (waits && now - read->moved_us > replay->idle_us)
            read_expire(read, now);
    }
}

void replay_rights_changed(struct replay *replay)
{
    for (size_t i = replay->read_count; i-- > 0;) {
        struct replay_read *read = replay->reads[i];
        bool waits = read->state == READ_WAITING || read->state == READ_FULL;
        if (waits && !read_finishing(read) && !read_allowed(read))
            read_fail(read, REPLAY_FORBIDDEN);
    }
}

void replay_reads_left(struct replay *replay, int connection)
{
    for (size_t i = replay->read_count; i-- > 0;) {
        struct replay_read *read = replay->reads[i];
        if (read->connection != connection)
            continue;
        read->left = true;
        if (read->state != READ_ASKING)
            read_remove(read);
    }
}

/* Those that wait for the store are found by its answer, and freed then. */
void replay_reads_end(struct replay *replay)
{
    for (size_t i = 0; i < replay->read_count; i++) {
        struct replay_read *read = replay->reads[i];
        if (!read_finishing(read)) {
            read->failed = true;
            read->code = REPLAY_UNAVAILABLE;
        }
        if (read_last_answer_send(read) != STATUS_OK)
            counter_add(replay->dropped, 1);
        if (read->state != READ_ASKING)
            read_free(read);
    }
    gauge_add(replay->reading, -(int64_t)replay->read_count);
    replay->read_count = 0;
}
