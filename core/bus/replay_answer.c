/* Answers of REPLAY, and what goes wrong in a client's words. */
#include "base/json_writer.h"
#include "bus/replay_private.h"

static const char *const code_names[REPLAY_CODES] = {
    [REPLAY_MALFORMED] = "malformed",
    [REPLAY_UNKNOWN_VERB] = "unknown-verb",
    [REPLAY_POSITION_INVALID] = "position-invalid",
    [REPLAY_POSITION_GONE] = "position-gone",
    [REPLAY_EPOCH_MISMATCH] = "epoch-mismatch",
    [REPLAY_CURSOR_NOT_FOUND] = "cursor-not-found",
    [REPLAY_CURSOR_EXISTS] = "cursor-exists",
    [REPLAY_LIMIT] = "limit",
    [REPLAY_ID_IN_USE] = "id-in-use",
    [REPLAY_NO_SUCH_READ] = "no-such-read",
    [REPLAY_TIMED_OUT] = "timed-out",
    [REPLAY_FORBIDDEN] = "forbidden",
    [REPLAY_UNAVAILABLE] = "unavailable",
};

static const char *const code_details[REPLAY_CODES] = {
    [REPLAY_POSITION_INVALID] = "not a position of this stream, or behind its head",
    [REPLAY_POSITION_GONE] = "events after this position have been removed: begin after the floor",
    [REPLAY_EPOCH_MISMATCH] = "the position belongs to another stream",
    [REPLAY_CURSOR_NOT_FOUND] = "there is no cursor of this name",
    [REPLAY_CURSOR_EXISTS] = "there is a cursor of this name",
    [REPLAY_LIMIT] = "there are too many",
    [REPLAY_ID_IN_USE] = "a READ of this id is not over",
    [REPLAY_NO_SUCH_READ] = "no READ of this id is under way",
    [REPLAY_TIMED_OUT] = "no credit came in time",
    [REPLAY_FORBIDDEN] = "this client may not read these topics",
    [REPLAY_UNAVAILABLE] = "the store does not answer now; try again",
};

const char *replay_code_name(enum replay_code code)
{
    return code_names[code];
}

enum replay_code replay_code_of(enum status status)
{
    switch (status) {
    case STATUS_INVALID: return REPLAY_POSITION_INVALID;
    case STATUS_GONE: return REPLAY_POSITION_GONE;
    case STATUS_NOT_FOUND: return REPLAY_CURSOR_NOT_FOUND;
    case STATUS_DUPLICATE: return REPLAY_CURSOR_EXISTS;
    case STATUS_LIMIT: return REPLAY_LIMIT;
    default: return REPLAY_UNAVAILABLE;
    }
}

static void member(struct json_writer *w, const char *name, const char *text)
{
    if (!text)
        return;
    json_key(w, name);
    json_string_of(w, text);
}

void replay_error_write(const struct replay_error *error, struct buffer *json)
{
    struct json_writer w = {.out = json};
    json_open_object(&w);
    member(&w, "code", code_names[error->code]);
    member(&w, "detail", error->detail ? error->detail : code_details[error->code]);
    member(&w, "epoch", error->epoch);
    member(&w, "position", error->position ? error->position->text : NULL);
    member(&w, "floor", error->floor ? error->floor->text : NULL);
    member(&w, "head", error->head ? error->head->text : NULL);
    json_close_object(&w);
}

void replay_answer(struct replay *replay, const struct caller *caller, const char *kind,
                   const struct buffer *json)
{
    const struct bus_frame frame = {.data = json->data, .size = json->size};
    if (caller_answer(replay->entrance, caller, kind, &frame, 1) != STATUS_OK)
        counter_add(replay->dropped, 1);
}

void replay_refuse(struct replay *replay, const struct caller *caller,
                   const struct replay_error *error)
{
    buffer_clear(&replay->scratch);
    replay_error_write(error, &replay->scratch);
    counter_add(replay->errors[error->code], 1);
    replay_answer(replay, caller, "ERROR", &replay->scratch);
}
