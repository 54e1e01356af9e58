/* orderctl events tail, replay and head: what their command lines mean. */
#include "base/clock.h"
#include "orderctl/events_reader.h"

#include <string.h>

enum { LIMIT = 1000000000 };

static const struct command_option option_from = {
    .name = "from",
    .value = "WHERE",
    .help = "A position: begin with the event after it; a time (RFC 3339): begin with the first "
            "event that happened then or later; beginning; or head.",
};
static const struct command_option option_to = {
    .name = "to",
    .value = "WHERE",
    .help = "A position: end with the event that has it; a time (RFC 3339): end before the first "
            "event that happened later. Default: the end of what is stored.",
};
const struct command_option option_topic = {
    .name = "topic",
    .value = "PREFIX",
    .help = "Only events of topics that begin so, order.c say.",
    .many = true,
};
static const struct command_option option_limit = {
    .name = "limit", .value = "N", .help = "End after so many events."};
static const struct command_option option_json = {
    .name = "json",
    .help = "One line of JSON: of each event the CloudEvent, byte for byte as it is published; of "
            "head, what it tells.",
};

/* ---- the command line ---- */

static bool is_position(const char *text)
{
    size_t length = strspn(text, "0123456789abcdef-");
    return length >= 16 && length < POSITION_SIZE && text[length] == '\0';
}

static bool is_time(const char *text, int64_t *time)
{
    return clock_parse(text, strlen(text), time) == STATUS_OK;
}

/* "head" is left to the reader, which asks where it is. */
static int read_from(struct reader *reader, const char *from)
{
    int64_t time;
    if (strcmp(from, "head") == 0)
        return ORDERCTL_DONE;
    reader->has_position = !is_time(from, &time);
    if (!reader->has_position)
        reader->from_time = from;
    else if (is_position(from))
        memcpy(reader->position, from, strlen(from) + 1);
    else if (strcmp(from, "beginning") != 0)
        return invocation_misused(reader->in,
                                  "--from must be a position, a time as 2026-01-31T12:00:00Z, "
                                  "beginning, or head");
    return ORDERCTL_DONE;
}

static int read_to(struct reader *reader, const char *to)
{
    reader->has_to_time = to && is_time(to, &reader->to_time);
    if (!to || reader->has_to_time)
        return ORDERCTL_DONE;
    if (!is_position(to))
        return invocation_misused(reader->in,
                                  "--to must be a position, or a time as 2026-01-31T12:00:00Z");
    reader->to_position = to;
    return ORDERCTL_DONE;
}

/* What can be seen beforehand; a position and a time only the stream can compare. */
static int check_order(const struct reader *reader)
{
    int64_t from_time;
    bool times = reader->has_to_time && reader->from_time && is_time(reader->from_time, &from_time);
    bool positions = reader->to_position && reader->has_position;
    if ((times && from_time > reader->to_time) ||
        (positions && strcmp(reader->position, reader->to_position) > 0))
        return invocation_misused(reader->in, "--from is behind --to: there is nothing between");
    return ORDERCTL_DONE;
}

static int read_options(struct reader *reader, const char *from)
{
    const struct invocation *in = reader->in;
    reader->json = invocation_has(in, &option_json);
    reader->left = INT64_MAX;
    int code = read_from(reader, invocation_value(in, &option_from, from));
    if (code == ORDERCTL_DONE)
        code = read_to(reader, invocation_value(in, &option_to, NULL));
    if (code == ORDERCTL_DONE)
        code = check_order(reader);
    if (code == ORDERCTL_DONE)
        code = invocation_number(in, &option_limit, 1, LIMIT, &reader->left);
    return code;
}

static int read_events(const struct invocation *in, bool follow, const char *from)
{
    struct reader reader = {.in = in, .follow = follow};
    int code = read_options(&reader, from);
    if (code != ORDERCTL_DONE)
        return code;
    return reader_run(&reader);
}

/* ---- the commands ---- */

static int run_tail(const struct invocation *in)
{
    return read_events(in, true, "head");
}

static int run_replay(const struct invocation *in)
{
    return read_events(in, false, "beginning");
}

static const char *text_or_dash(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && *text ? text : "-";
}

static void print_ends(FILE *out, const json_t *ends)
{
    static const char *const names[] = {"epoch", "floor", "head"};
    const char *topic;
    json_t *position;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        fprintf(out, "%s: %s\n", names[i], text_or_dash(json_object_get(ends, names[i])));
    json_object_foreach(json_object_get(ends, "heads"), topic, position)
    {
        fprintf(out, "head of %s: %s\n", topic, text_or_dash(position));
    }
}

static int run_head(const struct invocation *in)
{
    struct service *service = service_open(in);
    json_t *ends = service_json(service, "GET", "/events/head");
    service_close(&service);
    if (!ends)
        return ORDERCTL_FAILED;
    if (invocation_has(in, &option_json)) {
        (void)json_dumpf(ends, in->out, JSON_COMPACT);
        fputc('\n', in->out);
    } else {
        print_ends(in->out, ends);
    }
    json_decref(ends);
    return ORDERCTL_DONE;
}

const struct command command_events_tail = {
    .name = "events tail",
    .summary = "print events as they come",
    .description =
        "Prints the events of the running orderd's store as they are committed, until it is "
        "interrupted: those that come from now on, or with --from those that are stored, too. One "
        "event a line: time, position, topic, order and status. None is left out and none comes "
        "twice, in the order of the stream.\n\n"
        "When orderd is stopped or restarts, that is said on standard error, and the reading goes "
        "on where it was as soon as orderd answers again.\n\n"
        "The exit status is 1 when events that come next have been removed (the message names the "
        "position to "
        "begin after), and when the database has become another one.",
    .options = {&option_from, &option_topic, &option_limit, &option_json, &option_state_dir},
    .examples = "orderctl events tail\n"
                "orderctl events tail --topic order.cancelled --json | jq .data.reason\n"
                "orderctl events tail --from 2026-01-31T12:00:00Z",
    .run = run_tail,
};

const struct command command_events_replay = {
    .name = "events replay",
    .summary = "print events that are stored",
    .description =
        "Prints the events that the running orderd has in its store, and ends: all of them, or "
        "from one place to another. One event a line, as events tail does. However many there "
        "are, it needs no more memory.\n\n"
        "Old events are removed as store.events_days says: a position from before that is refused "
        "with the position to begin after.",
    .options = {&option_from, &option_to, &option_topic, &option_limit, &option_json,
                &option_state_dir},
    .examples = "orderctl events replay --limit 10\n"
                "orderctl events replay --from 2026-01-31T00:00:00Z --to 2026-01-31T23:59:59.999Z\n"
                "orderctl events replay --json --topic order.created | wc -l",
    .run = run_replay,
};

const struct command command_events_head = {
    .name = "events head",
    .summary = "show where the stream of events begins and ends",
    .description =
        "Prints the stream's epoch (its name: a new database has a new one), the position of the "
        "last event that was removed (floor; - when none ever was), that of the last event "
        "(head; - when there never was one), and that of the last event of each topic.",
    .options = {&option_json, &option_state_dir},
    .run = run_head,
};
