/* GET /status and POST /reload: what this process runs, and that it shall run it anew. */
#include "base/clock.h"
#include "server/control_private.h"
#include "server/reload.h"

#include <stdlib.h>
#include <unistd.h>

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

static void feeds_write(const struct server *server, struct json_writer *w)
{
    json_key(w, "feeds");
    json_open_array(w);
    for (size_t i = 0; i < server->config->bus.feeds->count; i++)
        json_text(w, server->feeds[i], strlen(server->feeds[i]));
    json_close_array(w);
}

void control_status(struct control *control, struct http_request *request, const char *parameter)
{
    struct server *server = control->server;
    struct buffer json = {0};
    struct json_writer w = {.out = &json};
    (void)parameter;
    json_open_object(&w);
    member_text(&w, "version", ORDERD_VERSION);
    member_number(&w, "pid", getpid());
    member_truth(&w, "ready", !server->stopping);
    member_truth(&w, "leading", atomic_load(&server->bus_thread.leading));
    member_text(&w, "http", server->http);
    member_text(&w, "iiop", server->iiop);
    member_text(&w, "publish", server->publish);
    feeds_write(server, &w);
    member_text(&w, "replay", server->replay[0] ? server->replay : NULL);
    member_text(&w, "ingest", server->ingest[0] ? server->ingest : NULL);
    member_truth(&w, "curve", server->config->bus.curve);
    member_text(&w, "store", server->store ? store_name(server->store) : NULL);
    member_text(&w, "epoch", server->store ? store_epoch(server->store) : NULL);
    member_number(&w, "generation", (int64_t)server->generation);
    member_text(&w, "hash", bundle_hash(server->bundle));
    member_number(&w, "uptime_seconds", (clock_monotonic_us() - server->started_us) / 1000000);
    threads_write(server, &w);
    json_close_object(&w);
    control_answer_json(request, &json);
}

static void on_reloaded(void *arg, enum status status, const struct fault *fault)
{
    struct control_call *call = arg;
    const struct server *server = call->control->server;
    struct buffer json = {0};
    struct json_writer w = {.out = &json};
    if (status == STATUS_OK) {
        json_open_object(&w);
        member_number(&w, "generation", (int64_t)server->generation);
        member_text(&w, "hash", bundle_hash(server->bundle));
        json_close_object(&w);
        control_answer_json(call->request, &json);
    } else {
        control_answer_failure(call->request, fault, STATUS_INVALID, NULL);
    }
    free(call);
}

void control_reload(struct control *control, struct http_request *request, const char *parameter)
{
    (void)parameter;
    reload_ask(control->server->reload, on_reloaded, control_call_new(control, request));
}
