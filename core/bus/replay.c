/* The REPLAY socket: who gets a turn, and what a request leads to.
 *
 * One read takes one step in a turn of the loop, and all that can go on take theirs in turn, so a
 * batch is the longest that the relay, the hooks and the timers wait for replays, however many
 * there are. A call to the store takes the rest of the turn from the requests behind it, and when
 * many wait for the store none is taken in: a flood of them waits where it came from. */
#include "bus/replay.h"

#include "base/clock.h"
#include "base/memory.h"
#include "bus/replay_private.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

enum {
    ANSWERS_MARK = 1000,  /* answers to one client, beside the events that it gave credit for */
    REQUESTS_MARK = 1000, /* requests of one client that wait here */
    RETRY_MS = 5,
    IDLE_LOOK_LEAST_MS = 10,
    IDLE_LOOK_MOST_MS = 1000,
};

/* ---- who waits for the store ---- */

static void replay_free(struct replay *replay)
{
    buffer_release(&replay->scratch);
    free(replay->reads);
    free(replay);
}

void replay_wait(struct replay *replay)
{
    replay->waiting++;
}

bool replay_waited(struct replay *replay)
{
    replay->waiting--;
    if (!replay->closed)
        return true;
    if (replay->waiting == 0)
        replay_free(replay);
    return false;
}

/* ---- rights ---- */

const struct bus_rights *replay_rights(const struct replay *replay, const char *user)
{
    static const char *const every_topic[] = {""};
    static const struct bus_rights all = {.topics = every_topic, .topic_count = 1, .cursors = true};
    return replay->rights ? replay->rights(replay->rights_arg, user) : &all;
}

bool replay_may_read(const struct bus_rights *rights, const char *prefix)
{
    for (size_t i = 0; i < rights->topic_count; i++) {
        if (strncmp(prefix, rights->topics[i], strlen(rights->topics[i])) == 0)
            return true;
    }
    return false;
}

/* ---- requests ---- */

static void request_refuse(struct replay *replay, const struct caller *caller, enum status status,
                           const struct fault *fault)
{
    char detail[sizeof(fault->where) + sizeof(fault->text) + 2];
    struct replay_error error = {.code = REPLAY_MALFORMED, .detail = detail};
    snprintf(detail, sizeof(detail), "%s%s%s", fault->where, fault->where[0] ? ": " : "",
             fault->text);
    if (status == STATUS_NOT_FOUND)
        error.code = REPLAY_UNKNOWN_VERB;
    else if (status == STATUS_LIMIT)
        error.code = REPLAY_POSITION_INVALID;
    replay_refuse(replay, caller, &error);
}

static void call_begin(struct replay *replay, const struct caller *caller, const char *user,
                       const struct replay_request *request)
{
    entrance_pause(replay->entrance);
    replay_call(replay, caller, user, request);
    if (replay->calls < REPLAY_CALLS_LIMIT)
        entrance_resume(replay->entrance);
}

void replay_call_over(struct replay *replay)
{
    replay->calls--;
    entrance_resume(replay->entrance);
}

static void on_request(void *arg, const struct bus_message *message)
{
    struct replay *replay = arg;
    struct caller caller;
    struct caller_request from;
    struct replay_request request;
    struct fault fault = {0};
    enum status status = caller_read(message, &caller, &from, &fault);
    if (status == STATUS_OK)
        status = replay_request_read(&from, &request, &fault);
    if (status != STATUS_OK)
        request_refuse(replay, &caller, status, &fault);
    else if (request.verb == REPLAY_READ)
        replay_read_begin(replay, &caller, message, &request);
    else if (request.verb == REPLAY_CREDIT)
        replay_read_credit(replay, &caller, &request);
    else if (request.verb == REPLAY_CANCEL)
        replay_read_cancel(replay, &caller);
    else
        call_begin(replay, &caller, message->user, &request);
}

/* ---- turns ---- */

static void timer_arm(struct event *timer, int delay_ms)
{
    struct timeval delay = {delay_ms / 1000, (delay_ms % 1000) * 1000L};
    if (!event_pending(timer, EV_TIMEOUT, NULL))
        event_add(timer, &delay);
}

void replay_turn_soon(struct replay *replay)
{
    timer_arm(replay->turn, 0);
}

void replay_retry_soon(struct replay *replay)
{
    timer_arm(replay->retry, RETRY_MS);
}

/* The next one, in the order of places, that can go on; NULL: none. */
static struct replay_read *next_runnable(struct replay *replay)
{
    for (size_t i = 0; i < replay->read_count; i++) {
        struct replay_read *read = replay->reads[replay->next++ % replay->read_count];
        if (replay_read_runnable(read))
            return read;
    }
    return NULL;
}

static void on_turn(evutil_socket_t fd, short what, void *arg)
{
    struct replay *replay = arg;
    (void)fd;
    (void)what;
    struct replay_read *read = next_runnable(replay);
    if (!read)
        return;
    replay_read_step(read);
    replay_turn_soon(replay);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    replay_reads_retry(arg);
}

static void on_left(void *arg, int connection)
{
    replay_reads_left(arg, connection);
}

static void on_idle(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    replay_reads_expire(arg);
}

/* ---- life ---- */

static void counters_find(struct replay *replay)
{
    replay->reading = metrics_gauge("orderd_replays", "Reads of REPLAY under way", "");
    replay->replayed = metrics_counter("orderd_events_replayed_total", "Events sent by REPLAY", "");
    replay->dropped = metrics_counter("orderd_replay_answers_dropped_total",
                                      "Answers of REPLAY whose client was gone, or took none", "");
    for (enum replay_code code = 0; code < REPLAY_CODES; code++) {
        struct buffer labels = {0};
        metrics_label(&labels, "code", replay_code_name(code));
        buffer_append(&labels, "", 1);
        replay->errors[code] =
            metrics_counter("orderd_replay_errors_total", "Errors of REPLAY, by code", labels.data);
        buffer_release(&labels);
    }
}

static void timers_start(struct replay *replay, struct event_base *base, int idle_ms)
{
    int look_ms = idle_ms / 4;
    if (look_ms < IDLE_LOOK_LEAST_MS)
        look_ms = IDLE_LOOK_LEAST_MS;
    if (look_ms > IDLE_LOOK_MOST_MS)
        look_ms = IDLE_LOOK_MOST_MS;
    replay->turn = event_new(base, -1, 0, on_turn, replay);
    replay->retry = event_new(base, -1, 0, on_retry, replay);
    replay->idle = event_new(base, -1, EV_PERSIST, on_idle, replay);
    timer_arm(replay->idle, look_ms);
}

static enum status listen_at(struct replay *replay, struct event_base *base, void *context,
                             const struct bus_options *options, struct fault *fault)
{
    const struct entrance_options entrance = {
        .name = ENTRANCE_REPLAY,
        .address = options->replay,
        .type = ZMQ_ROUTER,
        .high_water_mark = options->replay_credit + ANSWERS_MARK,
        .receive_mark = REQUESTS_MARK,
        .message_limit = options->message_bytes,
        .received = on_request,
        .left = on_left,
        .arg = replay,
    };
    return entrance_open(base, context, options, &entrance, &replay->entrance, fault);
}

enum status replay_open(struct event_base *base, void *context, struct repository *repository,
                        const struct bus_options *options, struct replay **replay,
                        struct fault *fault)
{
    struct replay *made = memory_new(sizeof(*made));
    made->repository = repository;
    made->store = options->store;
    made->rights = options->rights;
    made->rights_arg = options->rights_arg;
    made->credit = options->replay_credit;
    made->idle_us = options->replay_idle_ms * (int64_t)1000;
    made->read_limit = options->replays;
    made->client_limit = options->client_replays;
    made->reads = memory_new((options->replays + 1) * sizeof(struct replay_read *));
    enum status status = listen_at(made, base, context, options, fault);
    if (status != STATUS_OK) {
        replay_free(made);
        return status;
    }
    counters_find(made);
    timers_start(made, base, options->replay_idle_ms);
    *replay = made;
    return STATUS_OK;
}

void replay_close(struct replay **replay)
{
    struct replay *closing = *replay;
    if (!closing)
        return;
    *replay = NULL;
    replay_reads_end(closing);
    entrance_close(&closing->entrance);
    event_free(closing->turn);
    event_free(closing->retry);
    event_free(closing->idle);
    closing->closed = true;
    if (closing->waiting == 0)
        replay_free(closing);
}

bool replay_healthy(const struct replay *replay)
{
    return entrance_is_open(replay->entrance);
}

const char *replay_address(const struct replay *replay)
{
    return entrance_address(replay->entrance);
}
