/* Asking for the next page, printing it, and waiting for an orderd that is away. */
#include "orderctl/events_reader.h"

#include "base/clock.h"
#include "base/json.h"
#include "http/query.h"
#include "orderctl/events_page.h"
#include "orderctl/plain.h"

#include <string.h>
#include <time.h>

enum {
    PAGE = 1000,
    WAIT_S = 25, /* for one answer, when more is waited for */
    ASK_AGAIN_NS = 500000000,
    TOPIC_WIDTH = 20, /* of order.status_changed */
};

/* ---- printing ---- */

static void append_member(struct buffer *line, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    buffer_append_text(line, "  ");
    plain_append(line, text ? text : "-", 0);
}

static void append_span(struct buffer *line, struct span span, size_t width)
{
    char text[256];
    snprintf(text, sizeof(text), "%.*s", (int)span.length, span.data);
    buffer_append_text(line, "  ");
    plain_append(line, text, 0);
    if (span.length < width)
        buffer_printf(line, "%*s", (int)(width - span.length), "");
}

/* Time, position, topic, order, status. */
static void print_plain(struct reader *reader, const struct event_line *event,
                        const json_t *envelope)
{
    struct buffer *line = &reader->line;
    buffer_clear(line);
    plain_append(line, json_string_value(json_object_get(envelope, "time")), 0);
    append_span(line, event->position, 0);
    append_span(line, event->topic, TOPIC_WIDTH);
    append_member(line, envelope, "subject");
    append_member(line, json_object_get(envelope, "data"), "status");
    buffer_append_text(line, "\n");
    fwrite(line->data, 1, line->size, reader->in->out);
}

static void print_json(const struct reader *reader, const struct event_line *event)
{
    fwrite(event->envelope.data, 1, event->envelope.length, reader->in->out);
    fputc('\n', reader->in->out);
}

static bool is_behind(const struct reader *reader, const struct event_line *event,
                      const json_t *envelope)
{
    int64_t time;
    if (reader->to_position) {
        size_t length = strlen(reader->to_position), common = event->position.length;
        int order =
            memcmp(event->position.data, reader->to_position, common < length ? common : length);
        return order > 0 || (order == 0 && common > length);
    }
    const char *text = json_string_value(json_object_get(envelope, "time"));
    return reader->has_to_time && text && clock_parse(text, strlen(text), &time) == STATUS_OK &&
           time > reader->to_time;
}

/* False when it is no event. */
static bool take_event(struct reader *reader, struct span line)
{
    struct event_line event;
    json_t *envelope = NULL;
    if (!event_line_read(line, &event))
        return false;
    if ((!reader->json || reader->has_to_time) &&
        json_read(event.envelope.data, event.envelope.length, &envelope, NULL) != STATUS_OK)
        return false;
    reader->done = reader->done || is_behind(reader, &event, envelope);
    if (!reader->done && reader->json)
        print_json(reader, &event);
    else if (!reader->done)
        print_plain(reader, &event, envelope);
    reader->done = reader->done || --reader->left == 0;
    json_decref(envelope);
    return true;
}

/* ---- a page ---- */

/* False when it is no end. */
static bool take_end(struct reader *reader, struct span line)
{
    json_t *end = NULL;
    if (json_read(line.data, line.length, &end, NULL) != STATUS_OK)
        return false;
    const char *position = json_string_value(json_object_get(end, "position"));
    const char *epoch = json_string_value(json_object_get(end, "epoch"));
    bool good = position && strlen(position) < sizeof(reader->position) && epoch &&
                strlen(epoch) < sizeof(reader->epoch);
    if (good) {
        memcpy(reader->position, position, strlen(position) + 1);
        memcpy(reader->epoch, epoch, strlen(epoch) + 1);
        reader->has_position = true;
    }
    if (!json_is_false(json_object_get(end, "begun")))
        reader->from_time = NULL;
    bool complete = json_is_true(json_object_get(end, "complete")) && !reader->follow;
    bool behind = reader->to_position && strcmp(reader->position, reader->to_position) >= 0;
    reader->done = reader->done || complete || behind;
    json_decref(end);
    return good;
}

/* Prints its events; false when it is not a whole page. */
static bool take_page(struct reader *reader, const struct buffer *body)
{
    struct span page = {body->data, body->size}, line;
    while (page_line(&page, &line)) {
        if (line.length > 0 && line.data[0] == '{')
            return take_end(reader, line) && page.length == 0;
        if (!reader->done && !take_event(reader, line))
            return false;
    }
    return false;
}

static void append_parameter(struct buffer *path, const char *name, const char *value)
{
    buffer_printf(path, "&%s=", name);
    query_encode(value, path);
}

/* One that was away is asked for a sign of life first. */
static const char *page_path(struct reader *reader)
{
    struct buffer *path = &reader->path;
    const char *topic;
    int place = 0;
    bool all = !invocation_has(reader->in, &option_topic);
    buffer_clear(path);
    buffer_printf(path, "/events?limit=%d&wait=%d",
                  (int)(all && reader->left < PAGE ? reader->left : PAGE),
                  reader->follow && !reader->away ? WAIT_S : 0);
    if (reader->has_position)
        append_parameter(path, "after", reader->position);
    if (reader->epoch[0])
        append_parameter(path, "epoch", reader->epoch);
    if (reader->from_time)
        append_parameter(path, "from_time", reader->from_time);
    while ((topic = invocation_next(reader->in, &option_topic, &place)))
        append_parameter(path, "topic", topic);
    buffer_append(path, "", 1);
    return path->data;
}

/* ---- an orderd that is away ---- */

/* It may come back: it restarts, or its store is away for a while. */
static bool may_come_back(const struct reader *reader, const struct service_reply *reply)
{
    return reader->follow && reader->heard &&
           (reply->status == STATUS_UNAVAILABLE || reply->status == STATUS_TIMEOUT ||
            reply->http_status == 503);
}

static void wait_for_it(struct reader *reader, struct service_reply *reply)
{
    const struct timespec pause = {.tv_nsec = ASK_AGAIN_NS};
    const struct invocation *in = reader->in;
    if (!reader->away && reply->status == STATUS_OK)
        (void)service_fail(reader->service, reply);
    if (!reader->away)
        fprintf(in->err, "orderctl %s: orderd does not answer; waiting for it\n",
                in->command->name);
    reader->away = true;
    nanosleep(&pause, NULL);
}

static void tell_back(struct reader *reader)
{
    const struct invocation *in = reader->in;
    if (reader->away)
        fprintf(in->err, "orderctl %s: orderd answers again; going on after %s\n",
                in->command->name, reader->position[0] ? reader->position : "the beginning");
    reader->away = false;
    reader->heard = true;
}

/* ---- going through ---- */

static int page_ask(struct reader *reader)
{
    struct service_reply reply;
    int code = ORDERCTL_DONE;
    (void)service_ask(reader->service, "GET", page_path(reader), &reply);
    if (may_come_back(reader, &reply)) {
        wait_for_it(reader, &reply);
    } else if (service_reply_good(&reply)) {
        tell_back(reader);
        if (!take_page(reader, &reply.body))
            code = service_fail(reader->service, &reply);
        if (fflush(reader->in->out) != 0)
            code = ORDERCTL_FAILED; /* main says so */
    } else {
        code = service_fail(reader->service, &reply);
    }
    service_reply_release(&reply);
    return code;
}

/* Asks which stream it is, and where its head is. */
static int reader_settle(struct reader *reader)
{
    json_t *ends = service_json(reader->service, "GET", "/events/head");
    const char *epoch = json_string_value(json_object_get(ends, "epoch"));
    const char *head = json_string_value(json_object_get(ends, "head"));
    int code = ORDERCTL_FAILED;
    if (epoch && head && strlen(head) < sizeof(reader->position)) {
        snprintf(reader->epoch, sizeof(reader->epoch), "%s", epoch);
        if (!reader->has_position && !reader->from_time)
            memcpy(reader->position, head, strlen(head) + 1);
        reader->has_position = !reader->from_time;
        reader->heard = true;
        code = ORDERCTL_DONE;
    } else if (ends) {
        fprintf(reader->in->err, "orderctl %s: orderd's answer makes no sense\n",
                reader->in->command->name);
    }
    json_decref(ends);
    return code;
}

int reader_run(struct reader *reader)
{
    reader->service = service_open(reader->in);
    int code = reader_settle(reader);
    while (code == ORDERCTL_DONE && !reader->done)
        code = page_ask(reader);
    service_close(&reader->service);
    buffer_release(&reader->path);
    buffer_release(&reader->line);
    return code;
}
