/* Calls: one question, one answer, one question to the store or two. */
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/memory.h"
#include "bus/replay_private.h"

#include <stdlib.h>
#include <string.h>

struct call {
    struct replay *replay;
    struct caller caller;
    enum replay_verb verb;
    char *user;
    char cursor[REPLAY_CURSOR_LIMIT + 1];
    struct position position;
};

/* ---- life ---- */

static struct call *call_new(struct replay *replay, const struct caller *caller, const char *user,
                             const struct replay_request *request)
{
    struct call *call = memory_new(sizeof(*call));
    call->replay = replay;
    call->caller = *caller;
    call->verb = request->verb;
    call->user = user ? memory_text(user, strlen(user)) : NULL;
    call->position = request->position;
    memcpy(call->cursor, request->cursor, sizeof(call->cursor));
    replay->calls++;
    return call;
}

static void call_free(struct call *call)
{
    free(call->user);
    free(call);
}

/* Before each question to the store, and first in its answer; false: nobody wants to know any more,
 * and the call is gone. */
static struct repository *call_asks(struct call *call)
{
    replay_wait(call->replay);
    return call->replay->repository;
}

static bool call_asked(struct call *call)
{
    if (replay_waited(call->replay))
        return true;
    call_free(call);
    return false;
}

static void call_end(struct call *call)
{
    replay_call_over(call->replay);
    call_free(call);
}

/* ---- answers ---- */

static void call_fail(struct call *call, struct replay_error error)
{
    replay_refuse(call->replay, &call->caller, &error);
    call_end(call);
}

static struct json_writer answer_begin(struct call *call)
{
    struct json_writer w = {.out = &call->replay->scratch};
    buffer_clear(w.out);
    json_open_object(&w);
    return w;
}

static void answer_end(struct call *call, struct json_writer *w)
{
    json_close_object(w);
    replay_answer(call->replay, &call->caller, "OK", w->out);
    call_end(call);
}

static void member(struct json_writer *w, const char *name, const char *text)
{
    json_key(w, name);
    json_string_of(w, text);
}

static void answer_cursor(struct call *call, const struct position *position)
{
    struct json_writer w = answer_begin(call);
    member(&w, "cursor", call->cursor);
    if (position)
        member(&w, "position", position->text);
    answer_end(call, &w);
}

static void on_gone_ends(void *arg, enum status status, const struct stream_ends *ends,
                         const struct fault *fault)
{
    struct call *call = arg;
    (void)fault;
    if (!call_asked(call))
        return;
    struct replay_error error = {
        .code = REPLAY_POSITION_GONE, .floor = &ends->floor, .head = &ends->head};
    if (status != STATUS_OK)
        error = (struct replay_error){.code = REPLAY_UNAVAILABLE};
    call_fail(call, error);
}

static void call_refused(struct call *call, enum status status, const struct fault *fault)
{
    struct replay_error error = {.code = replay_code_of(status)};
    if (error.code == REPLAY_UNAVAILABLE)
        log_warning("call to replay not answered", LOG_TEXT("reason", fault->text));
    if (error.code == REPLAY_LIMIT)
        error.detail = "there are as many cursors as there may be";
    if (error.code == REPLAY_POSITION_GONE)
        repository_events_ends(call_asks(call), on_gone_ends, call);
    else
        call_fail(call, error);
}

/* ---- HEAD ---- */

static void heads_write(const struct call *call, const struct stream_ends *ends,
                        struct json_writer *w)
{
    const struct bus_rights *rights = replay_rights(call->replay, call->user);
    json_key(w, "heads");
    json_open_object(w);
    for (size_t i = 0; i < ends->topic_count; i++) {
        if (replay_may_read(rights, ends->topics[i].topic))
            member(w, ends->topics[i].topic, ends->topics[i].position.text);
    }
    json_close_object(w);
}

static void on_head(void *arg, enum status status, const struct stream_ends *ends,
                    const struct fault *fault)
{
    struct call *call = arg;
    if (!call_asked(call))
        return;
    if (status != STATUS_OK) {
        call_refused(call, status, fault);
        return;
    }
    struct json_writer w = answer_begin(call);
    member(&w, "epoch", store_epoch(call->replay->store));
    member(&w, "floor", ends->floor.text);
    member(&w, "head", ends->head.text);
    heads_write(call, ends, &w);
    answer_end(call, &w);
}

static void head_begin(struct call *call)
{
    repository_events_ends(call_asks(call), on_head, call);
}

/* ---- CURSOR-CREATE ---- */

static void on_created(void *arg, enum status status, const struct fault *fault)
{
    struct call *call = arg;
    if (!call_asked(call))
        return;
    if (status == STATUS_OK)
        answer_cursor(call, &call->position);
    else
        call_refused(call, status, fault);
}

static void create_begin(struct call *call)
{
    repository_cursor_create(call_asks(call), call->cursor, &call->position, on_created, call);
}

static void on_create_ends(void *arg, enum status status, const struct stream_ends *ends,
                           const struct fault *fault)
{
    struct call *call = arg;
    if (!call_asked(call))
        return;
    if (status != STATUS_OK) {
        call_refused(call, status, fault);
        return;
    }
    call->position = ends->head;
    create_begin(call);
}

static void create_at_head_begin(struct call *call)
{
    repository_events_ends(call_asks(call), on_create_ends, call);
}

/* ---- CURSOR-ACK ---- */

static void on_acked(void *arg, enum status status, const struct position *position,
                     const struct fault *fault)
{
    struct call *call = arg;
    if (!call_asked(call))
        return;
    if (status == STATUS_OK)
        answer_cursor(call, position);
    else
        call_refused(call, status, fault);
}

static void ack_begin(struct call *call)
{
    repository_cursor_ack(call_asks(call), call->cursor, &call->position, on_acked, call);
}

/* ---- CURSOR-LIST ---- */

static void cursor_write(const struct stored_cursor *cursor, struct json_writer *w)
{
    char updated_at[CLOCK_TEXT_SIZE];
    clock_format(cursor->updated_at, updated_at);
    json_open_object(w);
    member(w, "cursor", cursor->name);
    member(w, "position", cursor->position.text);
    json_key(w, "lag");
    json_number(w, (int64_t)cursor->lag);
    member(w, "updated_at", updated_at);
    json_close_object(w);
}

static void on_listed(void *arg, enum status status, const struct stored_cursor *cursors,
                      size_t count, const struct fault *fault)
{
    struct call *call = arg;
    if (!call_asked(call))
        return;
    if (status != STATUS_OK) {
        call_refused(call, status, fault);
        return;
    }
    struct json_writer w = answer_begin(call);
    json_key(&w, "cursors");
    json_open_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (replay_cursor_allowed(cursors[i].name))
            cursor_write(&cursors[i], &w);
    }
    json_close_array(&w);
    answer_end(call, &w);
}

static void list_begin(struct call *call)
{
    repository_cursors_list(call_asks(call), on_listed, call);
}

/* ---- CURSOR-DELETE ---- */

static void on_deleted(void *arg, enum status status, const struct fault *fault)
{
    struct call *call = arg;
    if (!call_asked(call))
        return;
    if (status == STATUS_OK)
        answer_cursor(call, NULL);
    else
        call_refused(call, status, fault);
}

static void delete_begin(struct call *call)
{
    repository_cursor_delete(call_asks(call), call->cursor, on_deleted, call);
}

/* ---- which ---- */

static void (*const begins[REPLAY_VERBS])(struct call *call) = {
    [REPLAY_HEAD] = head_begin,
    [REPLAY_CURSOR_CREATE] = create_begin,
    [REPLAY_CURSOR_ACK] = ack_begin,
    [REPLAY_CURSOR_LIST] = list_begin,
    [REPLAY_CURSOR_DELETE] = delete_begin,
};

static bool call_allowed(const struct replay *replay, const char *user,
                         const struct replay_request *request)
{
    const struct bus_rights *rights = replay_rights(replay, user);
    bool named = (request->given & MEMBER_CURSOR) != 0;
    if (request->verb == REPLAY_HEAD)
        return rights->topic_count > 0;
    return rights->cursors && (!named || replay_cursor_allowed(request->cursor));
}

void replay_call(struct replay *replay, const struct caller *caller, const char *user,
                 const struct replay_request *request)
{
    const char *epoch = store_epoch(replay->store);
    struct replay_error error = {.code = REPLAY_CODES};
    if (!call_allowed(replay, user, request))
        error = (struct replay_error){
            .code = REPLAY_FORBIDDEN,
            .detail = request->verb == REPLAY_HEAD ? "this client may read nothing"
                                                   : "this client may not use this cursor, or any"};
    else if (!epoch)
        error.code = REPLAY_UNAVAILABLE;
    else if ((request->given & MEMBER_EPOCH) && strcmp(request->epoch, epoch) != 0)
        error = (struct replay_error){.code = REPLAY_EPOCH_MISMATCH, .epoch = epoch};
    if (error.code != REPLAY_CODES) {
        replay_refuse(replay, caller, &error);
        return;
    }
    struct call *call = call_new(replay, caller, user, request);
    if (request->at_head)
        create_at_head_begin(call);
    else
        begins[request->verb](call);
}
