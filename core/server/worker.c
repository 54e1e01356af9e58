/* Requests to the Lua state in force; a stop that lets those under way finish. */
#include "server/worker.h"

#include "bindings/http.h"
#include "bindings/orb.h"

#include <stdio.h>

static void on_request(struct http_request *request, void *arg)
{
    struct worker *worker = arg;
    lua_http_serve(vm_set_current(&worker->thread.vms), request);
}

static void worker_switched(struct thread *thread, struct vm *old, struct vm *now)
{
    struct worker *worker = (struct worker *)thread;
    (void)old;
    orb_server_use(worker->orb, lua_orb_adapter(now));
}

static void on_stopped(void *arg)
{
    struct worker *worker = arg;
    if (--worker->serving == 0)
        thread_end(&worker->thread);
}

static void worker_stop(struct thread *thread)
{
    struct worker *worker = (struct worker *)thread;
    worker->serving = 2;
    http_server_stop(worker->http, on_stopped, worker);
    orb_server_stop(worker->orb, on_stopped, worker);
}

static void worker_close(struct thread *thread)
{
    struct worker *worker = (struct worker *)thread;
    if (worker->http)
        http_server_free(&worker->http);
    if (worker->orb)
        orb_server_free(&worker->orb);
}

static const struct thread_role worker_role = {
    .switched = worker_switched,
    .stop = worker_stop,
    .close = worker_close,
};

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
    struct http_server_options http = server_options(config);
    struct orb_server_options orb = orb_server_options_of(config);
    snprintf(name, sizeof(name), "worker-%zu", index);
    enum status status =
        thread_open(&worker->thread, &worker_role, name, config, store, keys, fault);
    if (status != STATUS_OK)
        return status;
    worker->http = http_server_new(worker->thread.base, &http, on_request, worker);
    worker->orb = orb_server_new(worker->thread.base, &orb, NULL);
    return STATUS_OK;
}

enum status worker_listen(struct worker *worker, const char *http, const char *iiop,
                          struct fault *fault)
{
    orb_server_use(worker->orb, lua_orb_adapter(vm_set_current(&worker->thread.vms)));
    enum status status = http_server_listen(worker->http, http, true, fault);
    if (status == STATUS_OK)
        status = orb_server_listen(worker->orb, iiop, true, fault);
    return status;
}
