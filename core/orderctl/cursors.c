/* orderctl cursors: who reads the events, and how far each has come. */
#include "base/clock.h"
#include "http/query.h"
#include "orderctl/service.h"
#include "orderctl/table.h"

#include <inttypes.h>
#include <string.h>

static const struct command_option option_json = {.name = "json",
                                                  .help = "One JSON object a line, for programs."};
static const struct command_option option_force = {.name = "force",
                                                   .help = "Delete a hook's cursor, too."};

static const char *const columns[] = {"NAME", "KIND", "POSITION", "LAG", "MOVED"};

/* "12 min ago". Of a time that is none: "-". */
static void age_write(const char *time, char *text, size_t size)
{
    int64_t then, seconds;
    if (!time || clock_parse(time, strlen(time), &then) != STATUS_OK) {
        snprintf(text, size, "-");
        return;
    }
    seconds = (clock_wall_ms() - then) / 1000;
    if (seconds < 120)
        snprintf(text, size, "%" PRId64 " s ago", seconds < 0 ? 0 : seconds);
    else if (seconds < 7200)
        snprintf(text, size, "%" PRId64 " min ago", seconds / 60);
    else if (seconds < 172800)
        snprintf(text, size, "%" PRId64 " h ago", seconds / 3600);
    else
        snprintf(text, size, "%" PRId64 " days ago", seconds / 86400);
}

static const char *text_of(const json_t *cursor, const char *name)
{
    const char *text = json_string_value(json_object_get(cursor, name));
    return text ? text : "-";
}

static void row_add(struct table *table, const json_t *cursor)
{
    char lag[32], age[48];
    const char *position = text_of(cursor, "position");
    snprintf(lag, sizeof(lag), "%" PRId64 "%s",
             (int64_t)json_integer_value(json_object_get(cursor, "lag")),
             json_is_true(json_object_get(cursor, "lag_is_more")) ? " or more" : "");
    age_write(json_string_value(json_object_get(cursor, "updated_at")), age, sizeof(age));
    const char *const cells[] = {text_of(cursor, "name"), text_of(cursor, "kind"),
                                 *position ? position : "beginning", lag, age};
    table_add(table, cells);
}

static void cursors_print(const struct invocation *in, const json_t *cursors)
{
    struct table table = {.names = columns, .columns = sizeof(columns) / sizeof(columns[0])};
    bool json = invocation_has(in, &option_json);
    const json_t *cursor;
    size_t i;
    json_array_foreach(cursors, i, cursor)
    {
        if (json) {
            (void)json_dumpf(cursor, in->out, JSON_COMPACT);
            fputc('\n', in->out);
        } else {
            row_add(&table, cursor);
        }
    }
    table_print(&table, in->out);
    table_release(&table);
}

static int run_list(const struct invocation *in)
{
    struct service *service = service_open(in);
    json_t *answer = service_json(service, "GET", "/cursors");
    service_close(&service);
    if (!answer)
        return ORDERCTL_FAILED;
    cursors_print(in, json_object_get(answer, "cursors"));
    json_decref(answer);
    return ORDERCTL_DONE;
}

const struct command command_cursors = {
    .name = "cursors",
    .summary = "show who reads the events, and how far each has come",
    .description =
        "Prints the cursors of the running orderd's store: the relay's, which publishes; those of "
        "hooks; and those of readers outside, which REPLAY keeps for them. Lag is how many events "
        "come after the position, and moved when the cursor was written last. What a cursor has "
        "not passed is kept in the store, however old it is: delete those of readers that are no "
        "more.",
    .options = {&option_json, &option_state_dir},
    .examples = "orderctl cursors\n"
                "orderctl cursors --json | jq -r 'select(.lag > 1000) | .name'",
    .run = run_list,
};

/* ---- delete ---- */

static json_t *delete_ask(const struct invocation *in)
{
    struct service *service = service_open(in);
    struct buffer path = {0};
    buffer_append_text(&path, "/cursors/");
    query_encode(in->operands[0], &path);
    if (invocation_has(in, &option_force))
        buffer_append_text(&path, "?force=yes");
    buffer_append(&path, "", 1);
    json_t *deleted = service_json(service, "DELETE", path.data);
    buffer_release(&path);
    service_close(&service);
    return deleted;
}

static int run_delete(const struct invocation *in)
{
    json_t *deleted = delete_ask(in);
    if (!deleted)
        return ORDERCTL_FAILED;
    fprintf(in->out, "%s: deleted\n", in->operands[0]);
    if (strcmp(text_of(deleted, "kind"), "hook") == 0)
        fprintf(in->err,
                "orderctl %s: this was a hook's: the hook begins anew when an orderd begins to "
                "lead, at the head or at the beginning as its script says\n",
                in->command->name);
    json_decref(deleted);
    return ORDERCTL_DONE;
}

const struct command command_cursors_delete = {
    .name = "cursors delete",
    .summary = "forget how far a reader has come",
    .description =
        "Deletes the cursor of a reader that is no more, so that the events that it has not read "
        "may be removed when they are old. The reader gets cursor-not-found if it comes back.\n\n"
        "The relay's is never deleted. A hook's is deleted with --force only: the hook then begins "
        "anew, at the head or at the beginning as its script says, and so leaves events out or "
        "handles them again. While an orderd leads that runs this hook, it writes the cursor "
        "again with the next event: take the hook away first, or stop orderd after.",
    .options = {&option_force, &option_state_dir},
    .operands = "NAME",
    .least = 1,
    .most = 1,
    .examples = "orderctl cursors delete warehouse-2024",
    .run = run_delete,
};
