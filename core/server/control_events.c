/* /events: what is stored, page by page, and what comes, for whoever waits.
 *
 * A page is JSON lines: for each event an array of what PUB's four frames hold, the CloudEvent
 * being the same bytes, and last an object that says where the reader stands. A page looks at as
 * many events as its limit says, and ends early when it has grown long, so that an answer is
 * bounded whatever is asked for.
 *
 * A call that waits is in `waiting` while its timer runs. The timer is the only way out: a word of
 * the store lets it run off at once, and then the call reads again in a turn of its own, never from
 * within a callback of the store. */
#include "base/clock.h"
#include "base/memory.h"
#include "bus/cloudevent.h"
#include "server/control_private.h"
#include "store/repository.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PAGE = 100,
    PAGE_LIMIT = 1000,
    PAGE_BYTES = 1024 * 1024, /* a page that has grown beyond it ends */
    WAIT_LIMIT_S = 30,
    WAITING_LIMIT = 32, /* calls that wait at a time; more are answered at once. A client that went
                           away holds its connection until then, so some are always left */
    TOPICS_LIMIT = 32,
    TOPIC_LIMIT = 128,
};

struct events_call {
    TAILQ_ENTRY(events_call) links;
    struct control *control;
    struct http_request *request;
    /* What is asked for. */
    struct position after; /* moves on while the call waits */
    char epoch[64];        /* of `after`; "": nobody said */
    bool has_after, has_time;
    int64_t from_time;
    char topics[TOPICS_LIMIT][TOPIC_LIMIT + 1]; /* prefixes; none: all topics */
    size_t topic_count;
    int64_t limit, wait_s;
    /* What is found. */
    bool begun; /* the first event of from_time or later has been met, if any was asked for */
    struct buffer lines;
    int64_t count;
    /* Of one that may wait. */
    struct event *timer; /* NULL: it may not */
    int64_t deadline_us;
    uint64_t commits; /* what the control socket had heard when the last read began */
};

static void events_read(struct events_call *call);

/* ---- the query ---- */

static enum status take_topic(struct events_call *call, const char *value, struct fault *fault)
{
    if (call->topic_count == TOPICS_LIMIT)
        return fault_set(fault, STATUS_INVALID, "/topic", "comes more than %d times", TOPICS_LIMIT);
    return control_query_text("topic", value, call->topics[call->topic_count++], TOPIC_LIMIT + 1,
                              fault);
}

static enum status take_time(struct events_call *call, const char *value, struct fault *fault)
{
    call->has_time = true;
    if (clock_parse(value, strlen(value), &call->from_time) != STATUS_OK)
        return fault_set(fault, STATUS_INVALID, "/from_time", "is no time (RFC 3339)");
    return STATUS_OK;
}

static enum status take(void *arg, const char *name, const char *value, struct fault *fault)
{
    struct events_call *call = arg;
    if (strcmp(name, "after") == 0) {
        call->has_after = true;
        return control_query_text(name, value, call->after.text, sizeof(call->after.text), fault);
    }
    if (strcmp(name, "epoch") == 0)
        return control_query_text(name, value, call->epoch, sizeof(call->epoch), fault);
    if (strcmp(name, "from_time") == 0)
        return take_time(call, value, fault);
    if (strcmp(name, "topic") == 0)
        return take_topic(call, value, fault);
    if (strcmp(name, "limit") == 0)
        return control_query_number(name, value, 1, PAGE_LIMIT, &call->limit, fault);
    if (strcmp(name, "wait") == 0)
        return control_query_number(name, value, 0, WAIT_LIMIT_S, &call->wait_s, fault);
    return control_query_unknown(name, fault);
}

/* ---- waiting ---- */

static void on_committed(void *arg)
{
    struct control *control = arg;
    struct events_call *call;
    control->commits++;
    TAILQ_FOREACH(call, &control->waiting, links)
    event_active(call->timer, EV_TIMEOUT, 0);
}

/* To be told of commits costs PostgreSQL some questions, so nobody is told while nobody waits. */
static void watch(const struct control *control, bool wanted)
{
    if (!control->closing)
        repository_watch(control->repository, wanted ? on_committed : NULL, (void *)control);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
    struct events_call *call = arg;
    (void)fd;
    (void)what;
    TAILQ_REMOVE(&call->control->waiting, call, links);
    event_del(call->timer);
    events_read(call);
}

/* Before the first read, so that no commit is missed between the two. */
static void wait_allow(struct events_call *call)
{
    struct control *control = call->control;
    if (call->wait_s == 0 || control->closing || control->waiting_count == WAITING_LIMIT)
        return;
    call->timer = event_new(control->server->base, -1, 0, on_timer, call);
    call->deadline_us = clock_monotonic_us() + call->wait_s * 1000000;
    if (control->waiting_count++ == 0)
        watch(control, true);
}

static bool may_wait(const struct events_call *call)
{
    return call->timer && !call->control->closing && clock_monotonic_us() < call->deadline_us;
}

static void wait_begin(struct events_call *call)
{
    int64_t left = call->deadline_us - clock_monotonic_us();
    if (call->commits != call->control->commits || left < 0)
        left = 0;
    const struct timeval delay = {left / 1000000, left % 1000000};
    TAILQ_INSERT_TAIL(&call->control->waiting, call, links);
    event_add(call->timer, &delay);
}

/* ---- the end of a call ---- */

static void call_free(struct events_call *call)
{
    struct control *control = call->control;
    if (call->timer) {
        event_free(call->timer);
        if (--control->waiting_count == 0)
            watch(control, false);
    }
    buffer_release(&call->lines);
    free(call);
}

static void answer_end(struct events_call *call, bool complete)
{
    struct json_writer w = {.out = &call->lines};
    json_open_object(&w);
    member_text(&w, "epoch", call->epoch);
    member_text(&w, "position", call->after.text);
    member_number(&w, "count", call->count);
    member_truth(&w, "complete", complete);
    if (call->has_time)
        member_truth(&w, "begun", call->begun);
    json_close_object(&w);
    buffer_append_text(&call->lines, "\n");
    control_answer(call->request, "application/jsonl", &call->lines);
    call_free(call);
}

static void on_gone(void *arg, enum status status, const struct stream_ends *ends,
                    const struct fault *fault)
{
    struct events_call *call = arg;
    char detail[256], members[256];
    (void)fault;
    if (status == STATUS_OK) {
        snprintf(detail, sizeof(detail),
                 "events that came after %s have been removed; begin after the floor, %s",
                 call->after.text, ends->floor.text);
        snprintf(members, sizeof(members), "\"floor\":\"%s\",\"head\":\"%s\"", ends->floor.text,
                 ends->head.text);
    }
    control_answer_problem_with(call->request, "position-gone", status == STATUS_OK ? detail : NULL,
                                status == STATUS_OK ? members : NULL);
    call_free(call);
}

static void answer_failure(struct events_call *call, enum status status, const struct fault *fault)
{
    if (status == STATUS_GONE && !call->control->closing) {
        repository_events_ends(call->control->repository, on_gone, call);
        return;
    }
    if (status == STATUS_INVALID)
        control_answer_problem(call->request, "position-invalid", fault->text);
    else
        control_answer_failure(call->request, fault, status, NULL);
    call_free(call);
}

/* ---- reading ---- */

static bool is_wanted(struct events_call *call, const struct stored_event *event)
{
    call->begun = call->begun || event->occurred_at >= call->from_time;
    bool wanted = call->topic_count == 0;
    for (size_t i = 0; i < call->topic_count && !wanted; i++)
        wanted = strncmp(event->topic, call->topics[i], strlen(call->topics[i])) == 0;
    return call->begun && wanted;
}

static void event_write(struct events_call *call, const struct stored_event *event)
{
    struct json_writer w = {.out = &call->lines};
    json_open_array(&w);
    json_string_of(&w, event->topic);
    json_string_of(&w, event->position.text);
    json_string_of(&w, event->previous.text);
    buffer_append_text(&call->lines, ",");
    cloudevent_write(event, call->epoch, &call->lines);
    buffer_append_text(&call->lines, "]\n");
    call->count++;
}

static void on_events(void *arg, enum status status, const struct stored_event *events,
                      size_t count, const struct fault *fault)
{
    struct events_call *call = arg;
    size_t seen = 0;
    if (status != STATUS_OK) {
        answer_failure(call, status, fault);
        return;
    }
    for (; seen < count && call->lines.size < PAGE_BYTES; seen++) {
        call->after = events[seen].position;
        if (is_wanted(call, &events[seen]))
            event_write(call, &events[seen]);
    }
    bool complete = seen == count && count < (size_t)call->limit;
    if (complete && call->count == 0 && may_wait(call))
        wait_begin(call);
    else
        answer_end(call, complete);
}

static void events_read(struct events_call *call)
{
    const struct fault stopping = {.text = "orderd stops"};
    if (call->control->closing) {
        answer_failure(call, STATUS_UNAVAILABLE, &stopping);
        return;
    }
    call->commits = call->control->commits;
    repository_events_after(call->control->repository, &call->after, (size_t)call->limit, on_events,
                            call);
}

/* A position behind the head would read nothing now and, when the stream has come so far, begin
 * somewhere in its middle. */
static void on_after_ends(void *arg, enum status status, const struct stream_ends *ends,
                          const struct fault *fault)
{
    struct events_call *call = arg;
    struct fault behind = {.status = STATUS_OK};
    if (status == STATUS_OK && strcmp(call->after.text, ends->head.text) > 0)
        status = fault_set(&behind, STATUS_INVALID, "/after",
                           "is not a position of this stream, or lies behind its last event, %s",
                           ends->head.text);
    if (status != STATUS_OK)
        answer_failure(call, status, behind.status == STATUS_OK ? fault : &behind);
    else
        events_read(call);
}

static void on_time_found(void *arg, enum status status, const struct position *position,
                          const struct fault *fault)
{
    struct events_call *call = arg;
    if (status != STATUS_OK) {
        answer_failure(call, status, fault);
        return;
    }
    call->after = *position;
    events_read(call);
}

/* ---- GET /events ---- */

/* False when the stream is not the one that is meant, or not known, and that has been answered. */
static bool epoch_settle(struct events_call *call)
{
    const char *epoch = store_epoch(call->control->server->store);
    char members[96];
    if (!epoch) {
        control_answer_problem(call->request, "store-unavailable", NULL);
    } else if (call->epoch[0] && strcmp(call->epoch, epoch) != 0) {
        snprintf(members, sizeof(members), "\"epoch\":\"%s\"", epoch);
        control_answer_problem_with(call->request, "epoch-mismatch",
                                    "this is another stream of events now: nothing that is known "
                                    "of the old one means anything in it",
                                    members);
    } else {
        snprintf(call->epoch, sizeof(call->epoch), "%s", epoch);
        return true;
    }
    return false;
}

void control_events_read(struct control *control, struct http_request *request,
                         const char *parameter)
{
    struct fault fault = {0};
    struct events_call *call = memory_new(sizeof(*call));
    (void)parameter;
    call->control = control;
    call->request = request;
    call->limit = PAGE;
    if (control_query_read(request, take, call, &fault) != STATUS_OK) {
        control_answer_failure(request, &fault, STATUS_INVALID, NULL);
        call_free(call);
        return;
    }
    if (!epoch_settle(call)) {
        call_free(call);
        return;
    }
    call->begun = !call->has_time;
    wait_allow(call);
    if (call->has_time && !call->has_after)
        repository_events_find_time(control->repository, call->from_time, on_time_found, call);
    else if (call->after.text[0])
        repository_events_ends(control->repository, on_after_ends, call);
    else
        events_read(call);
}

/* ---- GET /events/head ---- */

static void on_ends(void *arg, enum status status, const struct stream_ends *ends,
                    const struct fault *fault)
{
    struct control_call *call = arg;
    struct buffer json = {0};
    struct json_writer w = {.out = &json};
    if (status == STATUS_OK) {
        json_open_object(&w);
        member_text(&w, "epoch", store_epoch(call->control->server->store));
        member_text(&w, "floor", ends->floor.text);
        member_text(&w, "head", ends->head.text);
        json_key(&w, "heads");
        json_open_object(&w);
        for (size_t i = 0; i < ends->topic_count; i++)
            member_text(&w, ends->topics[i].topic, ends->topics[i].position.text);
        json_close_object(&w);
        json_close_object(&w);
        control_answer_json(call->request, &json);
    } else {
        control_answer_failure(call->request, fault, status, NULL);
    }
    free(call);
}

void control_events_head(struct control *control, struct http_request *request,
                         const char *parameter)
{
    (void)parameter;
    repository_events_ends(control->repository, on_ends, control_call_new(control, request));
}

/* ---- closing ---- */

void control_events_close(struct control *control)
{
    struct events_call *call;
    while ((call = TAILQ_FIRST(&control->waiting))) {
        TAILQ_REMOVE(&control->waiting, call, links);
        answer_end(call, true);
    }
}
