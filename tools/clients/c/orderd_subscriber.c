/* A subscriber as a chain of steps: HEAD, the cursor, then READ whenever something is missing, and
 * the live feed.
 *
 *     head -> cursor -> connect -> read -> live
 *                          ^         |       |  a gap, or silence
 *                          +---------+-------+
 *
 * A step waits for one thing, for so long as it is told, and gives an event or nothing. Beside the
 * steps there is at most one question under way (`asking`), with which acknowledgements are told.
 */
#include "orderd_subscriber.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zmq.h>

enum {
    CREDIT = 1000,   /* events of a replay that may be on their way */
    AGAIN_MS = 2000, /* what is silent for so long is asked again */
    DEAD_MS = 8000,  /* and a connection anew; longer than the store may take */
    QUIET_MS = 5000, /* PUB without even a heartbeat for so long: REPLAY is asked */
    STEP_MS = 500,
    PAUSE_MS = 200, /* when orderd says that it cannot just now; doubles up to PAUSE_LONGEST_MS */
    PAUSE_LONGEST_MS = 3200,
    FRAMES_LIMIT = 6,
    TOPIC_SIZE = 256,
    POSITION_SIZE = 128,
    EPOCH_SIZE = 128,
    KEY_SIZE = 41,
};

struct frames {
    zmq_msg_t parts[FRAMES_LIMIT];
    size_t count; /* more than FRAMES_LIMIT: there were, and they are gone */
};

/* A DEALER to one of several endpoints; a new one, to the next of them, whenever that helps. While
 * it is not connected nothing is sent, so nothing old arrives late. */
struct line {
    void *socket;
    size_t turn;
    uint64_t last_id;
};

/* Asked again until there is an answer, and anew while orderd is not available. The same question
 * twice has its effect once, whatever it is. */
struct question {
    const char *verb; /* NULL: there is none */
    char *body;
    uint64_t first_id; /* answers to ids from here on are answers to this */
    int pause_ms;
    int64_t heard_at, again_at;
};

struct orderd_subscriber {
    void *context, *feed;
    struct line reads, calls;
    char **replay, **topics; /* end with NULL */
    char *cursor;
    bool has_keys, from_beginning, listens;
    bool alone; /* one topic is a chain of its own; several are only together, in their order */
    char public_key[KEY_SIZE], secret_key[KEY_SIZE], server_key[KEY_SIZE];
    int receive_mark, ack_every, ack_ms;
    /* Where it stands. */
    enum orderd_result (*step)(struct orderd_subscriber *s, int wait_ms);
    char epoch[EPOCH_SIZE], position[POSITION_SIZE];
    bool has_position;
    char given[POSITION_SIZE];  /* the last event that was given out */
    char marked[POSITION_SIZE]; /* and the last that is acknowledged */
    char told[POSITION_SIZE], telling[POSITION_SIZE];
    int unsent; /* acknowledgements since orderd was told */
    int64_t told_at;
    struct question asking;
    unsigned long replays;
    unsigned owed; /* events of a READ that were taken since credit was given */
    int read_pause_ms;
    int64_t heard_at, silent_since, asked_at, again_at;
    /* The event that was given out. */
    struct frames frames;
    char topic[TOPIC_SIZE], previous[POSITION_SIZE];
    char floor[POSITION_SIZE], error[512];
};

typedef struct orderd_subscriber subscriber;

static enum orderd_result step_connect(subscriber *s, int wait_ms);
static enum orderd_result step_live(subscriber *s, int wait_ms);

/* ---- small things ---- */

__attribute__((format(printf, 3, 4))) static enum orderd_result
fail(subscriber *s, enum orderd_result result, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(s->error, sizeof(s->error), format, arguments);
    va_end(arguments);
    return result;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int lesser(int64_t a, int64_t b)
{
    int64_t least = a < b ? a : b;
    return least < 0 ? 0 : (int)(least > INT_MAX ? INT_MAX : least);
}

/* False: it does not fit. */
static bool copy(char *to, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length >= size)
        return false;
    memcpy(to, text, length + 1);
    return true;
}

static void move_to(subscriber *s, const char *position)
{
    if (!s->has_position || strcmp(position, s->position) > 0)
        copy(s->position, sizeof(s->position), position);
    s->has_position = true;
}

static void pause_longer(int *pause_ms, int64_t *again_at)
{
    *again_at = now_ms() + *pause_ms;
    *pause_ms = lesser((int64_t)*pause_ms * 2, PAUSE_LONGEST_MS);
}

/* "" when there is none. */
static const char *member(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void list_free(char **list)
{
    for (size_t i = 0; list && list[i]; i++)
        free(list[i]);
    free(list);
}

static char **list_copy(const char *const *list)
{
    size_t count = 0;
    while (list && list[count])
        count++;
    char **copied = calloc(count + 1, sizeof(*copied));
    for (size_t i = 0; copied && i < count; i++) {
        copied[i] = strdup(list[i]);
        if (!copied[i]) {
            list_free(copied);
            return NULL;
        }
    }
    return copied;
}

/* ---- frames ---- */

static void frames_clear(struct frames *frames)
{
    for (size_t i = 0; i < frames->count && i < FRAMES_LIMIT; i++)
        zmq_msg_close(&frames->parts[i]);
    frames->count = 0;
}

static bool is_ready(void *socket, short events, int wait_ms)
{
    zmq_pollitem_t item = {.socket = socket, .events = events};
    return zmq_poll(&item, 1, wait_ms) > 0;
}

/* A whole message, or false. */
static bool frames_receive(void *socket, struct frames *frames, int wait_ms)
{
    frames_clear(frames);
    if (!is_ready(socket, ZMQ_POLLIN, wait_ms))
        return false;
    for (bool more = true; more;) {
        zmq_msg_t part;
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, socket, ZMQ_DONTWAIT) < 0) {
            zmq_msg_close(&part);
            return false;
        }
        more = zmq_msg_more(&part);
        if (frames->count < FRAMES_LIMIT)
            frames->parts[frames->count] = part;
        else
            zmq_msg_close(&part);
        frames->count++;
    }
    return true;
}

static bool frame_is(struct frames *frames, size_t index, const char *text)
{
    zmq_msg_t *part = &frames->parts[index];
    size_t length = strlen(text);
    return zmq_msg_size(part) == length && memcmp(zmq_msg_data(part), text, length) == 0;
}

/* False: it is too long for what it should be, or no text. */
static bool frame_text(struct frames *frames, size_t index, char *text, size_t size)
{
    zmq_msg_t *part = &frames->parts[index];
    size_t length = zmq_msg_size(part);
    if (length >= size || memchr(zmq_msg_data(part), '\0', length))
        return false;
    memcpy(text, zmq_msg_data(part), length);
    text[length] = '\0';
    return true;
}

/* NULL: it is none. */
static json_t *frame_json(struct frames *frames, size_t index)
{
    zmq_msg_t *part = &frames->parts[index];
    return json_loadb(zmq_msg_data(part), zmq_msg_size(part), 0, NULL);
}

static enum orderd_result strange(subscriber *s)
{
    return fail(s, ORDERD_REFUSED, "that is not what orderd says");
}

static uint64_t frame_id(struct frames *frames, size_t index)
{
    char text[21];
    return frame_text(frames, index, text, sizeof(text)) ? strtoull(text, NULL, 10) : 0;
}

/* ---- lines ---- */

static bool options_set(subscriber *s, void *socket, int receive_mark)
{
    const int linger = 0, first = 100, longest = 1000;
    bool good = zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof(linger)) == 0 &&
                zmq_setsockopt(socket, ZMQ_RCVHWM, &receive_mark, sizeof(receive_mark)) == 0 &&
                zmq_setsockopt(socket, ZMQ_RECONNECT_IVL, &first, sizeof(first)) == 0 &&
                zmq_setsockopt(socket, ZMQ_RECONNECT_IVL_MAX, &longest, sizeof(longest)) == 0;
    if (good && s->has_keys)
        good = zmq_setsockopt(socket, ZMQ_CURVE_PUBLICKEY, s->public_key, KEY_SIZE) == 0 &&
               zmq_setsockopt(socket, ZMQ_CURVE_SECRETKEY, s->secret_key, KEY_SIZE) == 0 &&
               zmq_setsockopt(socket, ZMQ_CURVE_SERVERKEY, s->server_key, KEY_SIZE) == 0;
    return good;
}

static void line_close(struct line *line)
{
    if (line->socket)
        zmq_close(line->socket);
    line->socket = NULL;
}

/* A new socket, to the next endpoint. */
static enum orderd_result line_renew(subscriber *s, struct line *line)
{
    const int at_once = 1;
    const char *endpoint = s->replay[line->turn];
    line->turn = s->replay[line->turn + 1] ? line->turn + 1 : 0;
    line_close(line);
    line->socket = zmq_socket(s->context, ZMQ_DEALER);
    if (!line->socket || !options_set(s, line->socket, CREDIT + 100) ||
        zmq_setsockopt(line->socket, ZMQ_IMMEDIATE, &at_once, sizeof(at_once)) != 0 ||
        zmq_connect(line->socket, endpoint) != 0)
        return fail(s, ORDERD_FAILED, "%s: %s", endpoint, zmq_strerror(errno));
    return ORDERD_OK;
}

/* About what was sent last; false: it is not connected. */
static bool line_send_again(struct line *line, const char *verb, const char *body)
{
    char id[21];
    snprintf(id, sizeof(id), "%" PRIu64, line->last_id);
    return zmq_send(line->socket, verb, strlen(verb), ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0 &&
           zmq_send(line->socket, id, strlen(id), ZMQ_DONTWAIT | ZMQ_SNDMORE) >= 0 &&
           zmq_send(line->socket, body, strlen(body), ZMQ_DONTWAIT) >= 0;
}

static bool line_send(struct line *line, const char *verb, const char *body)
{
    line->last_id++;
    return line_send_again(line, verb, body);
}

/* ---- questions ---- */

/* Takes the members. */
static enum orderd_result ask(subscriber *s, const char *verb, json_t *members)
{
    char *body = members ? json_dumps(members, JSON_COMPACT) : NULL;
    json_decref(members);
    if (!body)
        return fail(s, ORDERD_FAILED, "%s: no memory, or a text that is not UTF-8", verb);
    free(s->asking.body);
    s->asking = (struct question){.verb = verb,
                                  .body = body,
                                  .first_id = s->calls.last_id + 1,
                                  .pause_ms = PAUSE_MS,
                                  .heard_at = now_ms()};
    return ORDERD_NOTHING;
}

static enum orderd_result question_send(subscriber *s, int wait_ms)
{
    struct question *asking = &s->asking;
    int64_t now = now_ms();
    if (now - asking->heard_at >= DEAD_MS) {
        asking->heard_at = now;
        enum orderd_result result = line_renew(s, &s->calls);
        if (result != ORDERD_OK)
            return result;
    }
    if (is_ready(s->calls.socket, ZMQ_POLLOUT, lesser(wait_ms, 100)) &&
        line_send(&s->calls, asking->verb, asking->body))
        asking->again_at = now_ms() + AGAIN_MS;
    return ORDERD_OK;
}

static enum orderd_result refused(subscriber *s, const json_t *told)
{
    const char *code = member(told, "code");
    if (strcmp(code, "epoch-mismatch") == 0)
        return fail(s, ORDERD_EPOCH_CHANGED, "the stream %s is gone: this is %s", s->epoch,
                    member(told, "epoch"));
    if (strcmp(code, "position-gone") == 0) {
        copy(s->floor, sizeof(s->floor), member(told, "floor"));
        return fail(s, ORDERD_POSITION_GONE,
                    "events that were not read have been removed from the stream, up to %s",
                    s->floor);
    }
    return fail(s, ORDERD_REFUSED, "%s: %s", code, member(told, "detail"));
}

/* ORDERD_OK: the answer is in *told, and the caller's; ORDERD_NOTHING: none so far. What refuses is
 * there, too, beside its result. */
static enum orderd_result question_answer(subscriber *s, json_t **told)
{
    struct question *asking = &s->asking;
    if (s->frames.count != 3 || frame_id(&s->frames, 1) < asking->first_id)
        return ORDERD_NOTHING;
    *told = frame_json(&s->frames, 2);
    if (!json_is_object(*told))
        return strange(s);
    if (strcmp(member(*told, "code"), "unavailable") == 0) {
        json_decref(*told);
        *told = NULL;
        asking->heard_at = now_ms();
        asking->first_id = s->calls.last_id + 1;
        pause_longer(&asking->pause_ms, &asking->again_at);
        return ORDERD_NOTHING;
    }
    asking->verb = NULL;
    return frame_is(&s->frames, 0, "OK") ? ORDERD_OK : refused(s, *told);
}

static enum orderd_result question_step(subscriber *s, int wait_ms, json_t **told)
{
    *told = NULL;
    enum orderd_result result = ORDERD_OK;
    if (now_ms() >= s->asking.again_at)
        result = question_send(s, wait_ms);
    if (result != ORDERD_OK)
        return result;
    int left = lesser(wait_ms, s->asking.again_at - now_ms());
    if (!frames_receive(s->calls.socket, &s->frames, left))
        return ORDERD_NOTHING;
    return question_answer(s, told);
}

/* ---- acknowledging: one at a time, so that what comes meanwhile goes together ---- */

/* When all that was given out is handled, so is what nobody wanted behind it. "": nothing yet. */
static const char *acknowledged(const subscriber *s)
{
    bool all = s->step == step_live && strcmp(s->marked, s->given) == 0;
    return all ? s->position : s->marked;
}

static bool all_told(const subscriber *s)
{
    const char *position = acknowledged(s);
    return !s->cursor || *position == '\0' || (!s->asking.verb && strcmp(position, s->told) == 0);
}

static bool ack_is_due(const subscriber *s)
{
    return now_ms() - s->told_at >= s->ack_ms || s->unsent >= s->ack_every;
}

static enum orderd_result ack_send(subscriber *s)
{
    copy(s->telling, sizeof(s->telling), acknowledged(s));
    s->unsent = 0;
    return ask(
        s, "CURSOR-ACK",
        json_pack("{s:s,s:s,s:s}", "cursor", s->cursor, "position", s->telling, "epoch", s->epoch));
}

/* `at_once`: without waiting until it is due. ORDERD_NOTHING, or an error. */
static enum orderd_result ack_step(subscriber *s, bool at_once, int wait_ms)
{
    enum orderd_result result = ORDERD_NOTHING;
    if (!s->cursor || !s->has_position)
        return result; /* the question that is asked is one of the first steps' */
    if (!s->asking.verb && !all_told(s) && (at_once || ack_is_due(s)))
        result = ack_send(s);
    if (!s->asking.verb || result != ORDERD_NOTHING)
        return result;
    json_t *told;
    result = question_step(s, wait_ms, &told);
    json_decref(told);
    if (result != ORDERD_OK)
        return result;
    copy(s->told, sizeof(s->told), s->telling);
    s->told_at = now_ms();
    return ORDERD_NOTHING;
}

/* ---- beginning ---- */

static enum orderd_result epoch_check(subscriber *s, const char *found)
{
    if (*found && *s->epoch && strcmp(found, s->epoch) != 0)
        return fail(s, ORDERD_EPOCH_CHANGED, "the stream %s is gone: this is %s", s->epoch, found);
    if (*found == '\0' || !copy(s->epoch, sizeof(s->epoch), found))
        return strange(s);
    return ORDERD_NOTHING;
}

static enum orderd_result read_begin(subscriber *s)
{
    s->replays++;
    s->silent_since = s->asked_at = now_ms();
    s->step = step_connect;
    return ORDERD_NOTHING;
}

static enum orderd_result step_cursor(subscriber *s, int wait_ms)
{
    json_t *told;
    enum orderd_result result = question_step(s, wait_ms, &told);
    if (result == ORDERD_OK || strcmp(member(told, "code"), "cursor-exists") == 0)
        result = read_begin(s);
    json_decref(told);
    return result;
}

static enum orderd_result begin_at(subscriber *s, const char *head)
{
    const char *at = s->from_beginning ? "" : head;
    if (!s->cursor) {
        if (!s->has_position)
            move_to(s, at);
        return read_begin(s);
    }
    s->step = step_cursor;
    if (*at == '\0')
        return ask(s, "CURSOR-CREATE",
                   json_pack("{s:s,s:s}", "cursor", s->cursor, "at", "beginning"));
    return ask(s, "CURSOR-CREATE",
               json_pack("{s:s,s:s,s:s}", "cursor", s->cursor, "at", at, "epoch", s->epoch));
}

/* The feed is open: what happens from now on is seen there, or missed and noticed. */
static enum orderd_result step_head(subscriber *s, int wait_ms)
{
    json_t *told;
    enum orderd_result result = question_step(s, wait_ms, &told);
    if (result == ORDERD_OK)
        result = epoch_check(s, member(told, "epoch"));
    else
        goto done;
    if (result == ORDERD_NOTHING)
        result = begin_at(s, member(told, "head"));
done:
    json_decref(told);
    return result;
}

/* ---- events ---- */

static bool is_wanted(const subscriber *s, const char *topic)
{
    if (!s->topics[0])
        return true;
    for (char **wanted = s->topics; *wanted; wanted++) {
        size_t length = strlen(*wanted);
        bool beginning = length > 0 && (*wanted)[length - 1] == '.';
        if (beginning ? strncmp(topic, *wanted, length) == 0 : strcmp(topic, *wanted) == 0)
            return true;
    }
    return false;
}

/* Takes topic, position and previous from the frames. */
static bool event_take(subscriber *s, size_t first, char position[POSITION_SIZE])
{
    return frame_text(&s->frames, first, s->topic, sizeof(s->topic)) &&
           frame_text(&s->frames, first + 1, position, POSITION_SIZE) &&
           frame_text(&s->frames, first + 2, s->previous, sizeof(s->previous));
}

/* ---- the live feed ---- */

/* Has each topic come as far as it stands? Then there was nothing else. */
static enum orderd_result heartbeat_take(subscriber *s, const json_t *told)
{
    enum orderd_result result = epoch_check(s, member(told, "epoch"));
    const char *topic, *last = "";
    json_t *head, *heads = json_object_get(told, "heads");
    if (result != ORDERD_NOTHING)
        return result;
    json_object_foreach(heads, topic, head)
    {
        const char *position = json_string_value(head);
        if (!position)
            continue;
        if (is_wanted(s, topic) && strcmp(position, s->position) > 0)
            return read_begin(s);
        if (strcmp(position, last) > 0)
            last = position;
    }
    move_to(s, last);
    return ORDERD_NOTHING;
}

static enum orderd_result live_take(subscriber *s, const json_t *event, const char *position)
{
    const char *epoch = strrchr(member(event, "source"), '/');
    enum orderd_result result = epoch_check(s, epoch ? epoch + 1 : "");
    if (result != ORDERD_NOTHING)
        return result;
    bool wanted = is_wanted(s, s->topic);
    if (strcmp(position, s->position) <= 0)
        return ORDERD_NOTHING; /* seen: another process has taken over, or it was replayed */
    if (s->alone && !wanted)
        return ORDERD_NOTHING; /* its name only begins so */
    if (!json_is_string(json_object_get(event, "follows")))
        return strange(s);
    if (strcmp(s->alone ? s->previous : member(event, "follows"), s->position) > 0)
        return read_begin(s);
    move_to(s, position);
    return wanted ? ORDERD_OK : ORDERD_NOTHING;
}

static enum orderd_result live_message(subscriber *s)
{
    char position[POSITION_SIZE];
    if (s->frames.count != 4)
        return ORDERD_NOTHING; /* what a script publishes is in no store */
    if (!event_take(s, 0, position))
        return strange(s);
    json_t *told = frame_json(&s->frames, 3);
    enum orderd_result result =
        strcmp(s->topic, "heartbeat") == 0 ? heartbeat_take(s, told) : live_take(s, told, position);
    json_decref(told);
    return result;
}

static enum orderd_result step_live(subscriber *s, int wait_ms)
{
    int64_t quiet_ms = s->listens ? QUIET_MS : 1000;
    if (frames_receive(s->feed, &s->frames, wait_ms)) {
        s->heard_at = now_ms();
        return live_message(s);
    }
    return now_ms() - s->heard_at >= quiet_ms ? read_begin(s) : ORDERD_NOTHING;
}

/* ---- replay ---- */

static void credit_give(subscriber *s, unsigned count)
{
    char body[40];
    snprintf(body, sizeof(body), "{\"credit\":%u}", count);
    if (line_send_again(&s->reads, "CREDIT", body))
        s->owed = 0;
}

static enum orderd_result replay_event(subscriber *s)
{
    char position[POSITION_SIZE];
    s->read_pause_ms = PAUSE_MS;
    if (++s->owed >= CREDIT / 4)
        credit_give(s, s->owed);
    if (!event_take(s, 2, position))
        return strange(s);
    if (s->has_position && strcmp(position, s->position) <= 0)
        return ORDERD_NOTHING;
    move_to(s, position);
    return is_wanted(s, s->topic) ? ORDERD_OK : ORDERD_NOTHING;
}

static enum orderd_result replay_end(subscriber *s, const json_t *told)
{
    enum orderd_result result = epoch_check(s, member(told, "epoch"));
    if (result != ORDERD_NOTHING)
        return result;
    move_to(s, member(told, "position"));
    s->heard_at = now_ms();
    s->step = step_live;
    return json_is_true(json_object_get(told, "complete")) ? ORDERD_NOTHING : read_begin(s);
}

static enum orderd_result replay_failure(subscriber *s, const json_t *told)
{
    const char *code = member(told, "code");
    if (strcmp(code, "unavailable") == 0 || strcmp(code, "limit") == 0)
        pause_longer(&s->read_pause_ms, &s->again_at);
    else if (strcmp(code, "no-such-read") != 0 && strcmp(code, "timed-out") != 0)
        return refused(s, told);
    return read_begin(s);
}

static enum orderd_result replay_answer(subscriber *s)
{
    if (s->frames.count < 3 || frame_id(&s->frames, 1) != s->reads.last_id)
        return ORDERD_NOTHING; /* of an earlier one */
    s->silent_since = s->asked_at = now_ms();
    if (frame_is(&s->frames, 0, "EVENT") && s->frames.count == 6)
        return replay_event(s);
    json_t *told = frame_json(&s->frames, 2);
    enum orderd_result result = ORDERD_NOTHING;
    if (frame_is(&s->frames, 0, "END"))
        result = replay_end(s, told);
    else if (frame_is(&s->frames, 0, "ERROR"))
        result = replay_failure(s, told);
    json_decref(told);
    return result;
}

/* What says nothing at all is left. */
static enum orderd_result replay_dead(subscriber *s)
{
    if (now_ms() - s->silent_since < DEAD_MS)
        return ORDERD_NOTHING;
    enum orderd_result result = line_renew(s, &s->reads);
    s->replays--;
    read_begin(s);
    return result == ORDERD_OK ? ORDERD_NOTHING : result;
}

/* A read is over when its connection is, and nobody says so: one that is asked does. */
static enum orderd_result step_read(subscriber *s, int wait_ms)
{
    if (frames_receive(s->reads.socket, &s->frames, lesser(wait_ms, 100)))
        return replay_answer(s);
    if (s->owed > 0) {
        credit_give(s, s->owed);
    } else if (now_ms() - s->asked_at >= AGAIN_MS) {
        credit_give(s, 0);
        s->asked_at = now_ms();
    }
    return replay_dead(s);
}

static json_t *read_members(const subscriber *s)
{
    json_t *members = s->has_position
                          ? json_pack("{s:s,s:s}", "after", s->position, "epoch", s->epoch)
                          : json_pack("{s:s}", "cursor", s->cursor);
    json_object_set_new(members, "credit", json_integer(CREDIT));
    json_t *topics = s->topics[0] ? json_array() : NULL;
    for (char **topic = s->topics; *topic; topic++)
        json_array_append_new(topics, json_string(*topic));
    if (topics)
        json_object_set_new(members, "topics", topics);
    return members;
}

static enum orderd_result read_send(subscriber *s)
{
    json_t *members = read_members(s);
    char *body = members ? json_dumps(members, JSON_COMPACT) : NULL;
    json_decref(members);
    if (!body)
        return fail(s, ORDERD_FAILED, "READ: no memory, or a topic that is not UTF-8");
    if (line_send(&s->reads, "READ", body)) {
        s->owed = 0;
        s->silent_since = s->asked_at = now_ms();
        s->step = step_read;
    }
    free(body);
    return ORDERD_NOTHING;
}

static enum orderd_result step_connect(subscriber *s, int wait_ms)
{
    int64_t left = s->again_at - now_ms();
    if (left > 0) {
        zmq_poll(NULL, 0, lesser(left, wait_ms));
        return ORDERD_NOTHING;
    }
    if (is_ready(s->reads.socket, ZMQ_POLLOUT, lesser(wait_ms, 100)))
        return read_send(s);
    return replay_dead(s);
}

/* ---- opening and closing ---- */

static enum orderd_result feed_open(subscriber *s, const char *const *endpoints)
{
    const int ping_ms = 5000;
    s->feed = zmq_socket(s->context, ZMQ_SUB);
    const char *topic = s->alone ? s->topics[0] : "";
    if (!s->feed || !options_set(s, s->feed, s->receive_mark) ||
        zmq_setsockopt(s->feed, ZMQ_HEARTBEAT_IVL, &ping_ms, sizeof(ping_ms)) != 0 ||
        zmq_setsockopt(s->feed, ZMQ_SUBSCRIBE, topic, strlen(topic)) != 0 ||
        zmq_setsockopt(s->feed, ZMQ_SUBSCRIBE, "heartbeat", strlen("heartbeat")) != 0)
        return fail(s, ORDERD_FAILED, "cannot listen: %s", zmq_strerror(errno));
    for (; endpoints && *endpoints; endpoints++) {
        if (zmq_connect(s->feed, *endpoints) != 0)
            return fail(s, ORDERD_FAILED, "%s: %s", *endpoints, zmq_strerror(errno));
        s->listens = true;
    }
    return ORDERD_OK;
}

static bool key_copy(char key[KEY_SIZE], const char *text)
{
    return strlen(text) == KEY_SIZE - 1 && copy(key, KEY_SIZE, text);
}

static enum orderd_result keys_take(subscriber *s, const struct orderd_keys *keys)
{
    s->has_keys = keys != NULL;
    if (keys &&
        (!key_copy(s->public_key, keys->public_key) || !key_copy(s->secret_key, keys->secret_key) ||
         !key_copy(s->server_key, keys->server_key)))
        return fail(s, ORDERD_FAILED, "a key has 40 characters");
    return ORDERD_OK;
}

static enum orderd_result place_take(subscriber *s, const struct orderd_options *options)
{
    const char *epoch = options->epoch ? options->epoch : "";
    if (options->after && (options->cursor || (*options->after && !*epoch)))
        return fail(s, ORDERD_FAILED, "a position needs its epoch, and excludes a cursor");
    if (!copy(s->epoch, sizeof(s->epoch), epoch) ||
        !copy(s->position, sizeof(s->position), options->after ? options->after : ""))
        return fail(s, ORDERD_FAILED, "a position, or an epoch, is shorter");
    s->has_position = options->after != NULL;
    return ORDERD_OK;
}

static enum orderd_result options_take(subscriber *s, const struct orderd_options *options)
{
    s->replay = list_copy(options->replay);
    s->topics = list_copy(options->topics);
    s->cursor = options->cursor ? strdup(options->cursor) : NULL;
    if (!s->replay || !s->topics || (options->cursor && !s->cursor))
        return fail(s, ORDERD_FAILED, "no memory");
    if (!s->replay[0])
        return fail(s, ORDERD_FAILED, "an endpoint of REPLAY is needed");
    const char *first = s->topics[0] ? s->topics[0] : "";
    s->alone = *first && !s->topics[1] && first[strlen(first) - 1] != '.';
    s->from_beginning = options->from_beginning;
    s->receive_mark = options->receive_mark ? options->receive_mark : 10000;
    s->ack_every = options->ack_every ? options->ack_every : 100;
    s->ack_ms = options->ack_ms ? options->ack_ms : 1000;
    s->read_pause_ms = PAUSE_MS;
    s->heard_at = s->told_at = now_ms();
    enum orderd_result result = place_take(s, options);
    return result == ORDERD_OK ? keys_take(s, options->keys) : result;
}

enum orderd_result orderd_subscriber_open(const struct orderd_options *options, subscriber **opened)
{
    subscriber *s = calloc(1, sizeof(*s));
    *opened = s;
    if (!s)
        return ORDERD_FAILED;
    enum orderd_result result = options_take(s, options);
    if (result != ORDERD_OK)
        return result;
    s->context = zmq_ctx_new();
    if (!s->context)
        return fail(s, ORDERD_FAILED, "%s", zmq_strerror(errno));
    result = feed_open(s, options->publish);
    if (result == ORDERD_OK)
        result = line_renew(s, &s->reads);
    if (result == ORDERD_OK)
        result = line_renew(s, &s->calls);
    if (result == ORDERD_OK)
        result = ask(s, "HEAD", json_object());
    s->step = step_head;
    return result == ORDERD_NOTHING ? ORDERD_OK : result;
}

void orderd_subscriber_close(subscriber **closed)
{
    subscriber *s = *closed;
    if (!s)
        return;
    *closed = NULL;
    frames_clear(&s->frames);
    line_close(&s->reads);
    line_close(&s->calls);
    if (s->feed)
        zmq_close(s->feed);
    if (s->context)
        zmq_ctx_term(s->context);
    list_free(s->replay);
    list_free(s->topics);
    free(s->cursor);
    free(s->asking.body);
    explicit_bzero(s->secret_key, sizeof(s->secret_key));
    free(s);
}

/* ---- for users ---- */

enum orderd_result orderd_subscriber_next(subscriber *s, struct orderd_event *event, int timeout_ms)
{
    int64_t until = now_ms() + timeout_ms, left = timeout_ms;
    enum orderd_result result = ORDERD_NOTHING;
    do {
        result = ack_step(s, false, 0);
        if (result == ORDERD_NOTHING)
            result = s->step(s, lesser(left, STEP_MS));
        left = until - now_ms();
    } while (result == ORDERD_NOTHING && left > 0);
    if (result != ORDERD_OK)
        return result;
    zmq_msg_t *json = &s->frames.parts[s->frames.count - 1];
    copy(s->given, sizeof(s->given), s->position);
    *event = (struct orderd_event){.topic = s->topic,
                                   .position = s->given,
                                   .previous = s->previous,
                                   .json = zmq_msg_data(json),
                                   .length = zmq_msg_size(json)};
    return ORDERD_OK;
}

void orderd_subscriber_ack(subscriber *s)
{
    copy(s->marked, sizeof(s->marked), s->given);
    s->unsent++;
}

enum orderd_result orderd_subscriber_flush(subscriber *s, int timeout_ms)
{
    int64_t until = now_ms() + timeout_ms;
    while (s->has_position && !all_told(s)) {
        if (now_ms() > until)
            return fail(s, ORDERD_TIMED_OUT, "orderd did not take the acknowledgement");
        enum orderd_result result = ack_step(s, true, 100);
        if (result != ORDERD_NOTHING)
            return result;
    }
    return ORDERD_OK;
}

const char *orderd_subscriber_error(const subscriber *s)
{
    return s->error;
}

const char *orderd_subscriber_epoch(const subscriber *s)
{
    return s->epoch;
}

const char *orderd_subscriber_position(const subscriber *s)
{
    return s->position;
}

const char *orderd_subscriber_floor(const subscriber *s)
{
    return s->floor;
}

bool orderd_subscriber_answered(const subscriber *s)
{
    return s->step != step_head;
}

unsigned long orderd_subscriber_replays(const subscriber *s)
{
    return s->replays;
}
