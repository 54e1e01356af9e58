/* orderctl reload and orderctl status: a running orderd is asked, and its answer printed line by
 * line. */
#include "orderctl/command.h"
#include "orderctl/service.h"

#include <inttypes.h>

/* A list of texts on one line; what else is in lists is for programs. */
static void print_list(FILE *out, const char *name, const json_t *list)
{
    const json_t *value;
    size_t i;
    json_array_foreach(list, i, value)
    {
        if (!json_is_string(value))
            return;
        fprintf(out, "%s%s%s", i == 0 ? name : "", i == 0 ? ": " : ", ", json_string_value(value));
    }
    if (json_array_size(list) > 0)
        fputc('\n', out);
}

static void print_member(FILE *out, const char *name, const json_t *value)
{
    if (json_is_string(value))
        fprintf(out, "%s: %s\n", name, json_string_value(value));
    else if (json_is_integer(value))
        fprintf(out, "%s: %" PRId64 "\n", name, (int64_t)json_integer_value(value));
    else if (json_is_boolean(value))
        fprintf(out, "%s: %s\n", name, json_is_true(value) ? "yes" : "no");
    else if (json_is_real(value))
        fprintf(out, "%s: %g\n", name, json_real_value(value));
    else if (json_is_array(value))
        print_list(out, name, value);
}

static int print_answer(const struct invocation *in, const json_t *body)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)body, name, value)
    {
        print_member(in->out, name, value);
    }
    return ORDERCTL_DONE;
}

static int run(const struct invocation *in, const char *method, const char *path)
{
    struct service *service = service_open(in);
    json_t *answer = service_json(service, method, path);
    int code = answer ? print_answer(in, answer) : ORDERCTL_FAILED;
    json_decref(answer);
    service_close(&service);
    return code;
}

static int run_reload(const struct invocation *in)
{
    return run(in, "POST", "/reload");
}

static int run_status(const struct invocation *in)
{
    return run(in, "GET", "/status");
}

const struct command command_reload = {
    .name = "reload",
    .summary = "make orderd load its scripts, keys and clients again",
    .description =
        "Asks the running orderd to load all scripts, the file of keys and the list of clients "
        "anew. Either every part of it takes the new ones, and their generation and hash are "
        "printed, or none does, and "
        "the reason is printed with file and line while orderd goes on with the old ones. Requests "
        "in flight finish on what they began with. SIGHUP does the same without an answer.",
    .options = {&option_state_dir},
    .run = run_reload,
};

const struct command command_status = {
    .name = "status",
    .summary = "show what a running orderd runs",
    .description =
        "Prints what the running orderd says of itself: the generation and the hash of its "
        "scripts, where it listens, whether it takes requests (ready; GET /readyz asks the store, "
        "too), and whether it leads the processes that share its store (publishes the events, "
        "runs the hooks and timers); one \"name: value\" a line.",
    .options = {&option_state_dir},
    .run = run_status,
};
