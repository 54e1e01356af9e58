/* Reload, in the main thread: read the files, make one Lua state for each thread, and only when all
 * are good post each to its thread. The reload is over when the last thread has said that it runs
 * the new one. */
#include "server/reload.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "server/access.h"
#include "server/scripts.h"

#include <stdlib.h>

struct asker {
    reload_done *done;
    void *arg;
    struct asker *next;
};

struct reload {
    struct server *server;
    struct asker *answering; /* who hears of the reload under way */
    struct asker *waiting;   /* who hears of the next one */
    size_t switching;        /* threads that have not answered yet; 0: no reload under way */
    bool again;              /* somebody asked meanwhile */
    bool ended;
    struct counter *good, *refused;
    struct gauge *generation;
};

/* ---- all or none ---- */

struct candidate {
    struct bundle *bundle;
    struct jwt_keys *keys;
    struct bus_clients *clients; /* NULL: no bus.curve, or no list yet */
    struct vm **vms;             /* one for each thread */
};

static void candidate_release(struct candidate *candidate, size_t count)
{
    for (size_t i = 0; candidate->vms && i < count; i++) {
        if (candidate->vms[i])
            vm_free(&candidate->vms[i]);
    }
    free(candidate->vms);
    jwt_keys_release(&candidate->keys);
    bus_clients_free(&candidate->clients);
    if (candidate->bundle)
        bundle_release(&candidate->bundle);
}

static enum status candidate_read(const struct server *server, struct candidate *candidate,
                                  struct fault *fault)
{
    enum status status = scripts_read(server->config, false, &candidate->bundle, fault);
    if (status == STATUS_OK)
        status = keys_read(server->config, &candidate->keys, fault);
    if (status == STATUS_OK && server->keys && !candidate->keys)
        status = fault_set(fault, STATUS_NOT_FOUND, server->config->identity.jwks,
                           "the keys are gone: the ones in force stay");
    if (status == STATUS_OK)
        status = access_clients_read(server->config, &candidate->clients, fault);
    if (status == STATUS_OK && server->has_clients && !candidate->clients)
        status = fault_set(fault, STATUS_NOT_FOUND, server->config->bus.clients,
                           "the list of clients is gone: the one in force stays");
    candidate->vms = memory_new(server->thread_count * sizeof(struct vm *));
    for (size_t i = 0; status == STATUS_OK && i < server->thread_count; i++)
        status = scripts_load(server->config, candidate->bundle, false, server->generation + 1,
                              &server->threads[i]->services, &candidate->vms[i], fault);
    return status;
}

/* ---- telling ---- */

static void askers_tell(struct asker **askers, enum status status, const struct fault *fault)
{
    while (*askers) {
        struct asker *asker = *askers;
        *askers = asker->next;
        asker->done(asker->arg, status, fault);
        free(asker);
    }
}

static void reload_start(struct reload *reload);

static void reload_over(struct reload *reload, enum status status, const struct fault *fault)
{
    struct asker *answered = reload->answering;
    reload->answering = NULL;
    counter_add(status == STATUS_OK ? reload->good : reload->refused, 1);
    askers_tell(&answered, status, fault);
    if (reload->again && !reload->ended)
        reload_start(reload);
}

static void reload_refuse(struct reload *reload, enum status status, const struct fault *fault)
{
    log_error("reload refused, the running scripts stay", LOG_TEXT("where", fault->where),
              LOG_TEXT("reason", fault->text));
    reload_over(reload, status, fault);
}

/* ---- switching ---- */

static void on_switched(struct letter *letter, void *receiver)
{
    struct server *server = receiver;
    struct reload *reload = server->reload;
    const struct fault none = {.status = STATUS_OK};
    free(letter);
    if (--reload->switching > 0)
        return;
    log_info("scripts reloaded", LOG_INT("generation", (int64_t)server->generation),
             LOG_TEXT("hash", bundle_hash(server->bundle)));
    reload_over(reload, STATUS_OK, &none);
}

static void candidate_put(struct server *server, struct candidate *candidate)
{
    bundle_release(&server->bundle);
    jwt_keys_release(&server->keys);
    server->bundle = candidate->bundle;
    server->keys = candidate->keys;
    server->generation++;
    gauge_set(server->reload->generation, (int64_t)server->generation);
    server->reload->switching = server->thread_count;
    server->has_clients = candidate->clients != NULL;
    if (candidate->clients)
        bus_thread_post_clients(&server->bus_thread, candidate->clients);
    for (size_t i = 0; i < server->thread_count; i++) {
        struct thread_switch *order = memory_new(sizeof(*order));
        order->thread = server->threads[i];
        order->vm = candidate->vms[i];
        order->keys = server->keys ? jwt_keys_hold(server->keys) : NULL;
        order->switched = on_switched;
        thread_post_switch(order);
    }
    free(candidate->vms);
}

static void reload_start(struct reload *reload)
{
    struct server *server = reload->server;
    struct candidate candidate = {0};
    struct fault fault = {0};
    reload->answering = reload->waiting;
    reload->waiting = NULL;
    reload->again = false;
    enum status status = candidate_read(server, &candidate, &fault);
    if (status == STATUS_OK) {
        candidate_put(server, &candidate);
    } else {
        candidate_release(&candidate, server->thread_count);
        reload_refuse(reload, status, &fault);
    }
}

/* ---- life ---- */

struct reload *reload_new(struct server *server)
{
    struct reload *reload = memory_new(sizeof(*reload));
    const char *help = "Reloads of the scripts, by how they ended";
    reload->server = server;
    reload->good = metrics_counter("orderd_reloads_total", help, "result=\"done\"");
    reload->refused = metrics_counter("orderd_reloads_total", help, "result=\"refused\"");
    reload->generation =
        metrics_gauge("orderd_bundle_generation", "Generation of the scripts in force", "");
    gauge_set(reload->generation, (int64_t)server->generation);
    return reload;
}

static void tell_stopping(struct asker **askers)
{
    struct fault fault = {0};
    enum status status = fault_set(&fault, STATUS_UNAVAILABLE, NULL, "the service is stopping");
    askers_tell(askers, status, &fault);
}

void reload_end(struct reload *reload)
{
    reload->ended = true;
    tell_stopping(&reload->answering);
    tell_stopping(&reload->waiting);
}

void reload_free(struct reload **reload)
{
    free(*reload);
    *reload = NULL;
}

void reload_ask(struct reload *reload, reload_done *done, void *arg)
{
    if (done) {
        struct asker *asker = memory_new(sizeof(*asker));
        *asker = (struct asker){.done = done, .arg = arg, .next = reload->waiting};
        reload->waiting = asker;
    }
    if (reload->ended)
        tell_stopping(&reload->waiting);
    else if (reload->switching > 0)
        reload->again = true;
    else
        reload_start(reload);
}
