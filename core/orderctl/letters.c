/* orderctl dead-letters list and show: what nobody could handle, and why. */
#include "orderctl/letters.h"

#include "base/memory.h"
#include "http/query.h"
#include "orderctl/plain.h"
#include "orderctl/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAGE = 1000, LIMIT = 1000000000, REASON_CHARACTERS = 60 };

const struct command_option option_source = {
    .name = "source",
    .value = "NAME",
    .help = "Only what this one could not handle: inbound, or hook:NAME.",
};
static const struct command_option option_limit = {
    .name = "limit", .value = "N", .help = "At most so many. Default: all."};
static const struct command_option option_json = {.name = "json",
                                                  .help = "One JSON object a line, for programs."};
static const struct command_option option_payload = {
    .name = "payload", .help = "Nothing but the payload, byte for byte, for other programs."};

/* ---- one after the other ---- */

int64_t letters_id(const json_t *letter)
{
    return json_integer_value(json_object_get(letter, "id"));
}

bool letters_id_read(const char *text, int64_t *id)
{
    return command_number(text, 1, INT64_MAX, id);
}

static json_t *page_ask(struct service *service, const char *source, int64_t after, int64_t limit)
{
    struct buffer path = {0};
    buffer_printf(&path, "/dead-letters?after=%" PRId64 "&limit=%" PRId64, after,
                  limit < PAGE ? limit : PAGE);
    if (source) {
        buffer_append_text(&path, "&source=");
        query_encode(source, &path);
    }
    buffer_append(&path, "", 1);
    json_t *page = service_json(service, "GET", path.data);
    buffer_release(&path);
    return page;
}

int letters_each(struct service *service, const char *source, int64_t limit, letters_take *take,
                 void *arg)
{
    int64_t after = 0;
    bool more = true;
    while (more && limit > 0) {
        json_t *page = page_ask(service, source, after, limit), *letter;
        size_t i;
        if (!page)
            return ORDERCTL_FAILED;
        json_array_foreach(json_object_get(page, "dead_letters"), i, letter)
        {
            take(arg, letter);
            limit--;
        }
        const json_t *next = json_object_get(page, "next_after");
        more = json_is_integer(next) && json_integer_value(next) > after;
        after = json_integer_value(next);
        json_decref(page);
    }
    return ORDERCTL_DONE;
}

/* ---- list ---- */

static const char *const columns[] = {"ID",    "RECEIVED", "SOURCE", "TOPIC",
                                      "ABOUT", "ATTEMPTS", "STATE",  "REASON"};

struct list {
    FILE *out;
    bool json;
    struct table table;
};

static const char *text_of(const json_t *letter, const char *name)
{
    const char *text = json_string_value(json_object_get(letter, name));
    return text && *text ? text : "-";
}

static void row_add(struct list *list, const json_t *letter)
{
    char id[24], attempts[24];
    struct buffer reason = {0};
    snprintf(id, sizeof(id), "%" PRId64, letters_id(letter));
    snprintf(attempts, sizeof(attempts), "%" PRId64,
             (int64_t)json_integer_value(json_object_get(letter, "attempts")));
    plain_append(&reason, text_of(letter, "reason"), REASON_CHARACTERS);
    buffer_append(&reason, "", 1);
    const char *const cells[] = {
        id,
        text_of(letter, "received_at"),
        text_of(letter, "source"),
        text_of(letter, "topic"),
        text_of(letter, "about"),
        attempts,
        json_is_true(json_object_get(letter, "retrying")) ? "retrying" : "waiting",
        reason.data,
    };
    table_add(&list->table, cells);
    buffer_release(&reason);
}

static void list_take(void *arg, const json_t *letter)
{
    struct list *list = arg;
    if (list->json) {
        (void)json_dumpf(letter, list->out, JSON_COMPACT);
        fputc('\n', list->out);
        return;
    }
    row_add(list, letter);
    if (list->table.rows == PAGE)
        table_print(&list->table, list->out);
}

static int run_list(const struct invocation *in)
{
    struct list list = {
        .out = in->out,
        .json = invocation_has(in, &option_json),
        .table = {.names = columns, .columns = sizeof(columns) / sizeof(columns[0])},
    };
    int64_t limit = INT64_MAX;
    int code = invocation_number(in, &option_limit, 1, LIMIT, &limit);
    if (code != ORDERCTL_DONE)
        return code;
    struct service *service = service_open(in);
    code =
        letters_each(service, invocation_value(in, &option_source, NULL), limit, list_take, &list);
    table_print(&list.table, in->out);
    table_release(&list.table);
    service_close(&service);
    return code;
}

const struct command command_letters_list = {
    .name = "dead-letters list",
    .summary = "list what nobody could handle",
    .description =
        "Prints the dead letters that the running orderd has in its store, the oldest first: "
        "messages of other services that could not be taken (source inbound), and events that a "
        "hook could not handle in all its attempts (source hook:NAME). About is the order that it "
        "is about; state is retrying when somebody has asked for another attempt that has not "
        "been made yet. The reason is cut; show has all of it.",
    .options = {&option_source, &option_limit, &option_json, &option_state_dir},
    .examples = "orderctl dead-letters list --source hook:ask_release\n"
                "orderctl dead-letters list --json | jq -r 'select(.attempts > 3) | .id'",
    .run = run_list,
};

/* ---- show ---- */

static void member_print(FILE *out, const char *name, const json_t *value)
{
    struct buffer text = {0};
    if (json_is_string(value))
        plain_append(&text, json_string_value(value), 0);
    else if (json_is_integer(value))
        buffer_printf(&text, "%" PRId64, (int64_t)json_integer_value(value));
    else if (json_is_boolean(value))
        buffer_append_text(&text, json_is_true(value) ? "yes" : "no");
    else
        buffer_append_text(&text, "-");
    fprintf(out, "%s: %.*s\n", name, (int)text.size, text.data);
    buffer_release(&text);
}

/* As it is, but nothing that a terminal would obey reaches one. */
static void payload_print(FILE *out, const json_t *payload)
{
    const char *text = json_string_value(payload);
    size_t length = json_string_length(payload);
    struct buffer plain = {0};
    int fd = fileno(out);
    if (fd >= 0 && isatty(fd)) {
        plain_append(&plain, text, 0);
        text = plain.data;
        length = plain.size;
    }
    if (length > 0)
        fwrite(text, 1, length, out);
    buffer_release(&plain);
}

static void letter_print(const struct invocation *in, const json_t *letter)
{
    const json_t *payload = json_object_get(letter, "payload");
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)letter, name, value)
    {
        if (value != payload)
            member_print(in->out, name, value);
    }
    fputs("payload:\n", in->out);
    payload_print(in->out, payload);
    fputc('\n', in->out);
}

static int run_show(const struct invocation *in)
{
    int64_t id;
    char path[64];
    if (!letters_id_read(in->operands[0], &id))
        return invocation_misused(in, "%s is no id of a dead letter", in->operands[0]);
    snprintf(path, sizeof(path), "/dead-letters/%" PRId64, id);
    struct service *service = service_open(in);
    json_t *letter = service_json(service, "GET", path);
    service_close(&service);
    if (!letter)
        return ORDERCTL_FAILED;
    if (invocation_has(in, &option_payload)) {
        payload_print(in->out, json_object_get(letter, "payload"));
    } else if (invocation_has(in, &option_json)) {
        (void)json_dumpf(letter, in->out, JSON_COMPACT);
        fputc('\n', in->out);
    } else {
        letter_print(in, letter);
    }
    json_decref(letter);
    return ORDERCTL_DONE;
}

const struct command command_letters_show = {
    .name = "dead-letters show",
    .summary = "show one dead letter with its payload",
    .description =
        "Prints everything that is known of one dead letter, one \"name: value\" a line, and last "
        "its payload: what the other service sent, or the event's CloudEvent. A payload is what "
        "somebody sent and may be anything, health data included; on a terminal, control "
        "characters of it are shown as ?.",
    .options = {&option_payload, &option_json, &option_state_dir},
    .operands = "ID",
    .least = 1,
    .most = 1,
    .examples = "orderctl dead-letters show 7\n"
                "orderctl dead-letters show 7 --payload | jq .",
    .run = run_show,
};
