/* Start and stop of the whole service. The main thread makes everything, runs its own small loop
 * (signals, control socket, reload), and takes everything down in the reverse order. */
#include "server/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/metrics.h"
#include "server/access.h"
#include "server/control.h"
#include "server/directory.h"
#include "server/notify.h"
#include "server/reload.h"
#include "server/scripts.h"

#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    REQUESTS_SECONDS = 7, /* of a stop: for what is under way; then the threads are ended */
    STOP_SECONDS = 10,    /* of a stop: then the process ends with whatever is left */
};

/* ---- starting ---- */

static enum status store_start(struct server *server, struct fault *fault)
{
    const struct config *config = server->config;
    const struct store_options options = {
        .url = config->store.url,
        .deadline_ms = (int)config->store.deadline_ms,
        .group_limit = (size_t)config->store.group,
        .queue_limit = (size_t)config->store.queue,
        .key_ms = config->store.key_ms,
        .connections = (size_t)config->store.connections,
        .connect_ms = (int)config->store.connect_ms,
        .replica = config->store.replica,
    };
    return config->has_store ? store_open(&options, &server->store, fault) : STATUS_OK;
}

/* A first start may come before the first key. */
static enum status keys_start(struct server *server, struct fault *fault)
{
    enum status status = keys_read(server->config, &server->keys, fault);
    if (status == STATUS_OK && !server->keys)
        log_warning("no keys: nobody can be identified until there are some and a reload",
                    LOG_TEXT("file", server->config->identity.jwks));
    return status;
}

static enum status seal_start(struct server *server, struct fault *fault)
{
    char *path = NULL;
    if (asprintf(&path, "%s/seal.key", server->config->state_dir) < 0)
        return fault_set(fault, STATUS_INTERNAL, NULL, "no memory for the name of the seal's key");
    enum status status = seal_open_file(path, &server->seal, fault);
    free(path);
    return status;
}

static enum status threads_open(struct server *server, struct fault *fault)
{
    const struct config *config = server->config;
    server->worker_count = (size_t)config->workers;
    server->thread_count = server->worker_count + 1;
    server->workers = memory_new(server->worker_count * sizeof(*server->workers));
    server->threads = memory_new(server->thread_count * sizeof(struct thread *));
    for (size_t i = 0; i < server->worker_count; i++)
        server->threads[i] = &server->workers[i].thread;
    server->threads[server->worker_count] = &server->bus_thread.thread;

    enum status status =
        bus_thread_open(&server->bus_thread, config, server->store, server->keys, fault);
    for (size_t i = 0; status == STATUS_OK && i < server->worker_count; i++)
        status = worker_open(&server->workers[i], i, config, server->store, server->keys, fault);
    for (size_t i = 0; status == STATUS_OK && i < server->thread_count; i++)
        server->threads[i]->services.seal = server->seal;
    return status;
}

static enum status scripts_start(struct server *server, struct fault *fault)
{
    enum status status = scripts_read(server->config, false, &server->bundle, fault);
    for (size_t i = 0; status == STATUS_OK && i < server->thread_count; i++) {
        struct vm *vm = NULL;
        status = scripts_load(server->config, server->bundle, false, server->generation,
                              &server->threads[i]->services, &vm, fault);
        if (status == STATUS_OK)
            thread_attach(server->threads[i], vm);
    }
    return status;
}

static enum status naming_start(struct server *server, struct fault *fault)
{
    const struct naming_limits limits = naming_limits_default();
    char *path = NULL;
    if (!server->config->orb.naming)
        return STATUS_OK;
    if (asprintf(&path, "%s/names", server->config->state_dir) < 0)
        return fault_set(fault, STATUS_INTERNAL, NULL, "no memory for the name of the names' file");
    enum status status = naming_open(path, &limits, &server->naming, fault);
    free(path);
    for (size_t i = 0; status == STATUS_OK && i < server->worker_count; i++) {
        struct thread *thread = server->threads[i];
        status = naming_serve(server->naming, thread->base, thread->adapter, thread->orb_host,
                              thread->services.orb_port);
        if (status != STATUS_OK)
            return fault_set(fault, status, NULL, "the naming service cannot be served");
    }
    return status;
}

/* The first worker takes the ports, which may be any free ones; the others share them. */
static enum status workers_listen(struct server *server, struct fault *fault)
{
    const char *http = server->config->http.listen, *iiop = server->config->orb.listen;
    enum status status = STATUS_OK;
    for (size_t i = 0; status == STATUS_OK && i < server->worker_count; i++) {
        status = worker_listen(&server->workers[i], http, iiop, fault);
        http = http_server_address(server->workers[0].http);
        iiop = orb_server_address(server->workers[0].orb);
    }
    if (status != STATUS_OK)
        return status;
    snprintf(server->http, sizeof(server->http), "%s", http);
    snprintf(server->iiop, sizeof(server->iiop), "%s", iiop);
    for (size_t i = 0; i < server->thread_count; i++)
        thread_publish(server->threads[i], server->config, server->iiop);
    return naming_start(server, fault);
}

/* A first start may come before the first client. */
static enum status bus_start(struct server *server, struct fault *fault)
{
    struct bus_clients *clients = NULL;
    enum status status = access_clients_read(server->config, &clients, fault);
    server->has_clients = clients != NULL;
    if (status == STATUS_OK && server->config->bus.curve && !clients)
        log_warning("no list of clients: ZeroMQ lets nobody in until there is one and a reload",
                    LOG_TEXT("file", server->config->bus.clients));
    if (status == STATUS_OK)
        status = bus_thread_start(&server->bus_thread, server->config, clients, fault);
    if (status != STATUS_OK)
        return status;
    const struct bus *bus = server->bus_thread.bus;
    const char *replay = bus_replay_address(bus), *ingest = bus_ingest_address(bus);
    size_t feeds = server->config->bus.feeds->count;
    server->feeds = memory_new((feeds + 1) * sizeof(*server->feeds));
    for (size_t i = 0; i < feeds; i++)
        snprintf(server->feeds[i], sizeof(server->feeds[i]), "%s", bus_feed_address(bus, i));
    snprintf(server->publish, sizeof(server->publish), "%s", bus_address(bus));
    snprintf(server->replay, sizeof(server->replay), "%s", replay ? replay : "");
    snprintf(server->ingest, sizeof(server->ingest), "%s", ingest ? ingest : "");
    for (size_t i = 0; i < server->worker_count; i++)
        server->workers[i].thread.services.bus = server->bus_thread.bus;
    return STATUS_OK;
}

/* ---- stopping ---- */

static bool workers_run(const struct server *server)
{
    for (size_t i = 0; i < server->worker_count; i++) {
        if (server->threads[i]->running)
            return true;
    }
    return false;
}

/* The workers go first, for they publish through the bus. */
static void bus_thread_end(struct server *server)
{
    if (server->bus_thread.thread.running)
        thread_ask_stop(&server->bus_thread.thread);
    else
        event_base_loopbreak(server->base);
}

static void on_thread_ended(struct letter *letter, void *receiver)
{
    struct server *server = receiver;
    struct thread *thread = thread_of_ended(letter);
    thread_join(thread);
    log_debug("thread ended", LOG_TEXT("thread", thread->name));
    if (!server->stopping) {
        log_error("a thread ended by itself", LOG_TEXT("thread", thread->name));
        server->failed = true;
        kill(getpid(), SIGTERM);
    }
    if (!workers_run(server))
        bus_thread_end(server);
}

static _Noreturn void stop_hard(struct server *server)
{
    for (size_t i = 0; i < server->thread_count; i++) {
        if (server->threads[i]->running)
            log_error("stopped hard", LOG_TEXT("thread", server->threads[i]->name));
    }
    _exit(EXIT_FAILURE);
}

static void deadline_arm(struct server *server, int seconds)
{
    const struct timeval delay = {seconds, 0};
    event_add(server->deadline, &delay);
}

static void on_deadline(evutil_socket_t fd, short what, void *arg)
{
    struct server *server = arg;
    (void)fd;
    (void)what;
    if (server->hard)
        stop_hard(server);
    server->hard = true;
    log_warning("what is under way is given up");
    for (size_t i = 0; i < server->worker_count; i++) {
        if (server->threads[i]->running)
            thread_ask_end(server->threads[i]);
    }
    if (!workers_run(server)) /* they have ended, and the bus thread waits for the store */
        thread_ask_end(&server->bus_thread.thread);
    deadline_arm(server, STOP_SECONDS - REQUESTS_SECONDS);
}

static void server_stop(struct server *server)
{
    server->stopping = true;
    log_info("stopping");
    notify_manager("STOPPING=1");
    reload_end(server->reload);
    deadline_arm(server, REQUESTS_SECONDS);
    for (size_t i = 0; i < server->worker_count; i++) {
        if (server->threads[i]->running)
            thread_ask_stop(server->threads[i]);
    }
    if (!workers_run(server))
        bus_thread_end(server);
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
    struct server *server = arg;
    (void)what;
    if (signal == SIGHUP)
        reload_ask(server->reload, NULL, NULL);
    else if (!server->stopping)
        server_stop(server);
    else
        stop_hard(server);
}

/* ---- the main loop ---- */

/* Threads inherit the mask, so that every signal comes to the main thread. */
static void signals_block(bool block)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    pthread_sigmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

static enum status main_loop_open(struct server *server, struct fault *fault)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP};
    server->base = event_base_new();
    if (!server->base)
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "no event loop");
    server->mailbox = mailbox_new(server->base, server);
    server->reload = reload_new(server);
    server->deadline = event_new(server->base, -1, 0, on_deadline, server);
    for (size_t i = 0; i < 3; i++) {
        server->signals[i] = evsignal_new(server->base, numbers[i], on_signal, server);
        event_add(server->signals[i], NULL);
    }
    return STATUS_OK;
}

static enum status server_open(struct server *server, struct fault *fault)
{
    enum status status = directory_make(server->config->state_dir, fault);
    if (status == STATUS_OK)
        status = main_loop_open(server, fault);
    if (status == STATUS_OK)
        status = store_start(server, fault);
    if (status == STATUS_OK)
        status = keys_start(server, fault);
    if (status == STATUS_OK)
        status = seal_start(server, fault);
    if (status == STATUS_OK)
        status = threads_open(server, fault);
    if (status == STATUS_OK)
        status = scripts_start(server, fault);
    if (status == STATUS_OK)
        status = control_open(server, &server->control, fault);
    if (status == STATUS_OK)
        status = bus_start(server, fault);
    if (status == STATUS_OK)
        status = workers_listen(server, fault);
    return status;
}

/* The bus thread first, then the workers. */
static enum status threads_start(struct server *server, struct fault *fault)
{
    enum status status =
        watchdog_start(server->threads, server->thread_count, &server->watchdog, fault);
    for (size_t i = server->thread_count; status == STATUS_OK && i > 0; i--)
        status = thread_run(server->threads[i - 1], server->mailbox, on_thread_ended, fault);
    return status;
}

static void server_close(struct server *server)
{
    control_close(&server->control);
    watchdog_stop(&server->watchdog);
    for (size_t i = 0; i < server->thread_count; i++)
        thread_close(server->threads[i]);
    if (server->mailbox)
        mailbox_free(&server->mailbox);
    reload_free(&server->reload);
    naming_close(&server->naming);
    seal_free(&server->seal);
    jwt_keys_release(&server->keys);
    if (server->bundle)
        bundle_release(&server->bundle);
    if (server->store)
        store_close(&server->store);
    for (size_t i = 0; i < 3; i++) {
        if (server->signals[i])
            event_free(server->signals[i]);
    }
    if (server->deadline)
        event_free(server->deadline);
    if (server->base)
        event_base_free(server->base);
    free(server->workers);
    free(server->threads);
    free(server->feeds);
}

static void feeds_tell(const struct server *server)
{
    const struct conf_value *feeds = server->config->bus.feeds;
    for (size_t i = 0; i < feeds->count; i++)
        log_info("serving a feed", LOG_TEXT("publish", server->feeds[i]),
                 LOG_TEXT("first_topic", feeds->members[i].members[0].text),
                 LOG_INT("topics", (int64_t)feeds->members[i].count));
}

static void tell_ready(const struct server *server)
{
    feeds_tell(server);
    if (server->config->bus.open_to_all && !server->config->bus.curve)
        log_warning("bus.open_to_all: whoever reaches the ZeroMQ sockets reads every event and may "
                    "send in");
    gauge_set(metrics_gauge("orderd_build_info", "The version that runs",
                            "version=\"" ORDERD_VERSION "\""),
              1);
    log_info("serving", LOG_TEXT("http", server->http), LOG_TEXT("iiop", server->iiop),
             LOG_TEXT("publish", server->publish), LOG_TEXT("replay", server->replay),
             LOG_TEXT("ingest", server->ingest),
             LOG_TEXT("curve", server->config->bus.curve ? "on" : "off"),
             LOG_TEXT("store", server->store ? store_name(server->store) : "none"),
             LOG_INT("workers", (int64_t)server->worker_count),
             LOG_TEXT("scripts", bundle_hash(server->bundle)),
             LOG_INT("start_ms", (clock_monotonic_us() - server->started_us) / 1000));
    notify_manager("READY=1");
}

int server_run(const struct config *config, int64_t started_us)
{
    struct server server = {.config = config, .started_us = started_us, .generation = 1};
    struct fault fault = {0};
    signals_block(true);
    enum status status = server_open(&server, &fault);
    if (status == STATUS_OK)
        status = threads_start(&server, &fault);
    signals_block(false);
    if (status == STATUS_OK) {
        tell_ready(&server);
        event_base_loop(server.base, EVLOOP_NO_EXIT_ON_EMPTY);
    } else {
        log_error("not started", LOG_TEXT("where", fault.where), LOG_TEXT("reason", fault.text));
        if (server.bus_thread.thread.running) { /* and perhaps some workers */
            server_stop(&server);
            event_base_loop(server.base, EVLOOP_NO_EXIT_ON_EMPTY);
        }
    }
    server_close(&server);
    if (status == STATUS_OK)
        log_info("stopped");
    return status == STATUS_OK && !server.failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
