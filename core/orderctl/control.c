/* orderctl reload and orderctl status: questions to a running orderd through its control socket,
 * which speaks HTTP. */
#include "base/buffer.h"
#include "base/json.h"
#include "http/client.h"
#include "orderctl/command.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_MS = 2000, TIMEOUT_MS = 60000 };

/* What came back. */
struct reply {
    struct event_base *base; /* runs until it is here */
    enum status status;
    int http_status;
    json_t *body; /* NULL when it is not JSON */
    struct fault fault;
};

static void answered(void *arg, enum status status, const struct http_answer *answer,
                     const struct fault *fault)
{
    struct reply *reply = arg;
    event_base_loopbreak(reply->base);
    reply->status = status;
    if (fault)
        reply->fault = *fault;
    if (!answer)
        return;
    reply->http_status = answer->status;
    if (json_read(answer->body, answer->body_length, &reply->body, NULL) != STATUS_OK)
        reply->body = NULL;
}

static enum status ask(const char *socket_path, const char *method, const char *url,
                       struct reply *reply)
{
    struct http_call call = {
        .method = method,
        .url = url,
        .unix_socket = socket_path,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
        .timeout_ms = TIMEOUT_MS,
    };
    reply->base = event_base_new();
    if (!reply->base)
        return fault_set(&reply->fault, STATUS_INTERNAL, NULL, "there is no event loop");
    struct http_client *client = http_client_new(reply->base);
    http_client_call(client, &call, answered, reply);
    event_base_dispatch(reply->base);
    http_client_free(&client);
    event_base_free(reply->base);
    return reply->status;
}

/* ---- what is printed ---- */

static int fail_without_answer(const struct invocation *in, struct reply *reply,
                               const char *socket_path)
{
    bool there = access(socket_path, R_OK | W_OK) == 0 || errno == ENOENT;
    if (!there)
        (void)fault_set(&reply->fault, STATUS_UNAVAILABLE, socket_path, "cannot open it: %s",
                        strerror(errno));
    else if (reply->status == STATUS_UNAVAILABLE)
        (void)fault_set(&reply->fault, STATUS_UNAVAILABLE, socket_path,
                        "no orderd listens there. Is it running, and is this its state directory "
                        "(--state-dir, ORDERD_STATE_DIR)?");
    return invocation_fail(in, &reply->fault);
}

/* orderd says why in a problem's detail (RFC 9457), for a script with file:line in front. */
static int fail_with_problem(const struct invocation *in, struct reply *reply)
{
    const char *detail = json_string_value(json_object_get(reply->body, "detail"));
    if (!detail)
        detail = json_string_value(json_object_get(reply->body, "title"));
    if (!detail)
        detail = "no reason was given";
    fprintf(in->err, "orderctl %s: orderd refused (%d): %s\n", in->command->name,
            reply->http_status, detail);
    return ORDERCTL_FAILED;
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

static int run(const struct invocation *in, const char *method, const char *url)
{
    struct reply reply = {.status = STATUS_INTERNAL};
    struct buffer path = {0};
    buffer_printf(&path, "%s/control.sock", invocation_state_dir(in));
    buffer_append(&path, "", 1);
    int code;
    if (ask(path.data, method, url, &reply) != STATUS_OK)
        code = fail_without_answer(in, &reply, path.data);
    else if (reply.http_status != 200 || !json_is_object(reply.body))
        code = fail_with_problem(in, &reply);
    else
        code = print_answer(in, reply.body);
    json_decref(reply.body);
    buffer_release(&path);
    return code;
}

static int run_reload(const struct invocation *in)
{
    return run(in, "POST", "http://orderd/reload");
}

static int run_status(const struct invocation *in)
{
    return run(in, "GET", "http://orderd/status");
}

const struct command command_reload = {
    .name = "reload",
    .summary = "make orderd load its scripts and keys again",
    .description =
        "Asks the running orderd to load all scripts and the file of keys anew. Either every part "
        "of it takes the new ones, and their generation and hash are printed, or none does, and "
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
