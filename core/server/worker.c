/* Requests to the Lua state in force; a stop that lets those under way finish. */
#include "server/worker.h"

#include "bindings/http.h"

#include <stdio.h>

static void on_request(struct http_request *request, void *arg)
{
    struct worker *worker = arg;
    lua_http_serve(vm_set_current(&worker->thread.vms), request);
}

static void on_http_stopped(void *arg)
{
    struct worker *worker = arg;
    thread_end(&worker->thread);
}

static void worker_stop(struct thread *thread)
{
    struct worker *worker = (struct worker *)thread;
    http_server_stop(worker->http, on_http_stopped, worker);
}

static void worker_close(struct thread *thread)
{
    struct worker *worker = (struct worker *)thread;
    if (worker->http)
        http_server_free(&worker->http);
}

static const struct thread_role worker_role = {.stop = worker_stop, .close = worker_close};

static struct http_server_options server_options(const struct config *config)
{
    return (struct http_server_options){
        .header_bytes_limit = (size_t)config->http.header_bytes,
        .header_count_limit = (size_t)config->http.header_count,
        .body_bytes_limit = (size_t)config->http.body_bytes,
        .bodies_bytes_limit = (size_t)config->http.bodies_bytes,
        .connection_limit = (size_t)config->http.connections,
        .header_deadline_ms = (int)config->http.header_ms,
        .body_deadline_ms = (int)config->http.body_ms,
        .idle_timeout_ms = (int)config->http.idle_ms,
        .write_timeout_ms = (int)config->http.write_ms,
    };
}

enum status worker_open(struct worker *worker, size_t index, const struct config *config,
                        struct store *store, struct jwt_keys *keys, struct fault *fault)
{
    char name[16];
    struct http_server_options options = server_options(config);
    snprintf(name, sizeof(name), "worker-%zu", index);
    enum status status =
        thread_open(&worker->thread, &worker_role, name, config, store, keys, fault);
    if (status == STATUS_OK)
        worker->http = http_server_new(worker->thread.base, &options, on_request, worker);
    return status;
}

enum status worker_listen(struct worker *worker, const char *address, struct fault *fault)
{
    return http_server_listen(worker->http, address, true, fault);
}
