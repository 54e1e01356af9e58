/* What orderctl asks, answered by the main thread. */
#include "server/control.h"

#include "base/buffer.h"
#include "base/clock.h"
#include "base/json_writer.h"
#include "base/memory.h"
#include "http/problem.h"
#include "http/server.h"
#include "server/reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct control {
    struct server *server;
    struct http_server *http;
};

/* ---- answers ---- */

static void answer_json(struct http_request *request, struct buffer *json)
{
    static const struct http_header type = {.name = "Content-Type", .value = "application/json"};
    http_respond(request, 200, &type, 1, json->data, json->size);
    buffer_release(json);
}

static void answer_problem(struct http_request *request, const char *code, const char *detail)
{
    const struct problem problem = {.kind = problem_find(code, strlen(code)), .detail = detail};
    problem_respond(request, &problem, NULL, 0);
}

/* ---- GET /status ---- */

static void member_text(struct json_writer *w, const char *name, const char *text)
{
    json_key(w, name);
    json_string_of(w, text);
}

static void member_number(struct json_writer *w, const char *name, int64_t number)
{
    json_key(w, name);
    json_number(w, number);
}

static void threads_write(const struct server *server, struct json_writer *w)
{
    json_key(w, "threads");
    json_open_array(w);
    for (size_t i = 0; i < server->thread_count; i++) {
        struct thread *thread = server->threads[i];
        json_open_object(w);
        member_text(w, "name", thread->name);
        member_number(w, "lua_memory_bytes", (int64_t)vm_set_memory(&thread->vms));
        member_number(w, "tasks", (int64_t)vm_set_tasks(&thread->vms));
        json_close_object(w);
    }
    json_close_array(w);
}

static void status_answer(const struct server *server, struct http_request *request)
{
    struct buffer json = {0};
    struct json_writer w = {.out = &json};
    json_open_object(&w);
    member_text(&w, "version", ORDERD_VERSION);
    member_number(&w, "pid", getpid());
    json_key(&w, "ready");
    json_truth(&w, !server->stopping);
    json_key(&w, "leading");
    json_truth(&w, atomic_load(&server->bus_thread.leading));
    member_text(&w, "http", server->http);
    member_text(&w, "iiop", server->iiop);
    member_text(&w, "publish", server->publish);
    member_text(&w, "store", server->store ? store_name(server->store) : NULL);
    member_text(&w, "epoch", server->store ? store_epoch(server->store) : NULL);
    member_number(&w, "generation", (int64_t)server->generation);
    member_text(&w, "hash", bundle_hash(server->bundle));
    member_number(&w, "uptime_seconds", (clock_monotonic_us() - server->started_us) / 1000000);
    threads_write(server, &w);
    json_close_object(&w);
    answer_json(request, &json);
}

/* ---- POST /reload ---- */

struct reload_call {
    struct server *server;
    struct http_request *request;
};

static void on_reloaded(void *arg, enum status status, const struct fault *fault)
{
    struct reload_call *call = arg;
    struct buffer json = {0};
    struct json_writer w = {.out = &json};
    char detail[sizeof(fault->where) + sizeof(fault->text) + 2];
    if (status == STATUS_OK) {
        json_open_object(&w);
        member_number(&w, "generation", (int64_t)call->server->generation);
        member_text(&w, "hash", bundle_hash(call->server->bundle));
        json_close_object(&w);
        answer_json(call->request, &json);
    } else {
        snprintf(detail, sizeof(detail), "%s%s%s", fault->where, fault->where[0] ? ": " : "",
                 fault->text);
        answer_problem(call->request, "validation-failed", detail);
    }
    free(call);
}

static void reload_answer(struct server *server, struct http_request *request)
{
    struct reload_call *call = memory_new(sizeof(*call));
    *call = (struct reload_call){.server = server, .request = request};
    reload_ask(server->reload, on_reloaded, call);
}

/* ---- which ---- */

static bool text_is(struct text text, const char *expected)
{
    return text.length == strlen(expected) && memcmp(text.data, expected, text.length) == 0;
}

static void refuse_method(struct http_request *request, const char *allow)
{
    const struct http_header header = {.name = "Allow", .value = allow};
    const struct problem problem = {.kind = problem_find("method-not-allowed", 18)};
    problem_respond(request, &problem, &header, 1);
}

static void on_request(struct http_request *request, void *arg)
{
    struct control *control = arg;
    struct text method = http_request_method(request), path = http_request_path(request);
    if (text_is(path, "/status") && text_is(method, "GET"))
        status_answer(control->server, request);
    else if (text_is(path, "/reload") && text_is(method, "POST"))
        reload_answer(control->server, request);
    else if (text_is(path, "/status"))
        refuse_method(request, "GET");
    else if (text_is(path, "/reload"))
        refuse_method(request, "POST");
    else
        answer_problem(request, "route-not-found", NULL);
}

/* ---- life ---- */

enum status control_open(struct server *server, struct control **control, struct fault *fault)
{
    char *address = NULL;
    struct http_server_options options = http_server_defaults();
    options.connection_limit = 64;
    if (asprintf(&address, "unix:%s/control.sock", server->config->state_dir) < 0)
        return fault_set(fault, STATUS_INTERNAL, NULL, "no memory for the control socket's name");
    struct control *made = memory_new(sizeof(*made));
    made->server = server;
    made->http = http_server_new(server->base, &options, on_request, made);
    enum status status = http_server_listen(made->http, address, false, fault);
    free(address);
    if (status == STATUS_OK)
        *control = made;
    else
        control_close(&made);
    return status;
}

void control_close(struct control **control)
{
    if (!*control)
        return;
    http_server_free(&(*control)->http);
    free(*control);
    *control = NULL;
}
