/* The life of a thread with an event loop: made, run, told, ended, taken down. */
#include "server/thread.h"

#include "base/log.h"
#include "base/memory.h"

#include <event2/event.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- making ---- */

static struct event_base *loop_new(void)
{
    struct event_config *config = event_config_new();
    if (!config)
        return NULL;
    event_config_set_flag(config, EVENT_BASE_FLAG_NOLOCK);
    struct event_base *base = event_base_new_with_config(config);
    event_config_free(config);
    return base;
}

static void services_fill(struct services *services, const struct config *config,
                          struct jwt_keys *keys)
{
    services->keys = keys ? jwt_keys_hold(keys) : NULL;
    services->roles = config->roles;
    services->currency = config->currency;
    services->settings = config->settings;
    services->integrations = config->integrations;
    services->policy_instructions = config->scripts.policy_instructions;
    services->log_requests = config->log_all_requests;
    services->idl_directories = config->idl;
}

enum { IDENTITIES = 4096 }; /* tokens that a thread remembers */

enum status thread_open(struct thread *thread, const struct thread_role *role, const char *name,
                        const struct config *config, struct store *store, struct jwt_keys *keys,
                        struct fault *fault)
{
    thread->role = role;
    thread->opened = true;
    snprintf(thread->name, sizeof(thread->name), "%s", name);
    vm_set_init(&thread->vms);
    thread->base = loop_new();
    if (!thread->base)
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "no event loop for %s", name);
    thread->mailbox = mailbox_new(thread->base, thread);
    services_fill(&thread->services, config, keys);
    thread->services.client = http_client_new(thread->base);
    const struct orb_client_options calls = orb_client_options_of(config);
    thread->services.orb = orb_client_new(thread->base, &calls);
    thread->adapter = orb_adapter_new(NULL);
    thread->services.adapter = thread->adapter;
    thread->services.identities = identity_cache_new(IDENTITIES);
    if (!store)
        return STATUS_OK;
    return repository_open(store, thread->base, &thread->services.repository, fault);
}

void thread_publish(struct thread *thread, const struct config *config, const char *bound)
{
    orb_public_address(config, bound, thread->orb_host, &thread->services.orb_port);
    thread->services.orb_host = thread->orb_host;
}

void thread_attach(struct thread *thread, struct vm *vm)
{
    vm_attach(vm, thread->base);
    vm_set_put(&thread->vms, vm);
}

/* ---- taking down ----
 *
 * Lua states go first: what their tasks wait for is given up. Then everything that could still
 * call back into them, which finds nobody. */
static void parts_close(struct thread *thread)
{
    thread->stopping = true;
    if (!thread->role)
        return;
    vm_set_release(&thread->vms);
    if (thread->role->close)
        thread->role->close(thread);
    thread->role = NULL;
    if (thread->services.client)
        http_client_free(&thread->services.client);
    if (thread->services.orb)
        orb_client_free(&thread->services.orb);
    if (thread->adapter)
        orb_adapter_free(&thread->adapter);
    if (thread->services.repository)
        repository_close(&thread->services.repository);
    if (thread->services.identities)
        identity_cache_free(&thread->services.identities);
    jwt_keys_release(&thread->services.keys);
}

void thread_close(struct thread *thread)
{
    if (!thread->opened)
        return;
    parts_close(thread);
    vm_set_destroy(&thread->vms);
    if (thread->mailbox)
        mailbox_free(&thread->mailbox);
    if (thread->base)
        event_base_free(thread->base);
    thread->base = NULL;
    thread->opened = false;
}

/* ---- running ---- */

static void *thread_main(void *arg)
{
    struct thread *thread = arg;
    pthread_setname_np(pthread_self(), thread->name);
    if (event_base_loop(thread->base, EVLOOP_NO_EXIT_ON_EMPTY) < 0)
        log_error("event loop failed", LOG_TEXT("thread", thread->name));
    parts_close(thread);
    mailbox_post(thread->home, &thread->ended, thread->on_ended);
    return NULL;
}

enum status thread_run(struct thread *thread, struct mailbox *home,
                       void (*on_ended)(struct letter *letter, void *receiver), struct fault *fault)
{
    thread->home = home;
    thread->on_ended = on_ended;
    int error = pthread_create(&thread->id, NULL, thread_main, thread);
    if (error != 0)
        return fault_set(fault, STATUS_UNAVAILABLE, NULL, "no thread for %s: %s", thread->name,
                         strerror(error));
    thread->running = true;
    return STATUS_OK;
}

struct thread *thread_of_ended(struct letter *letter)
{
    void *thread = (char *)letter - offsetof(struct thread, ended);
    return thread;
}

void thread_join(struct thread *thread)
{
    pthread_join(thread->id, NULL);
    thread->running = false;
}

void thread_end(struct thread *thread)
{
    event_base_loopbreak(thread->base);
}

/* ---- letters ---- */

static void on_stop(struct letter *letter, void *receiver)
{
    struct thread *thread = receiver;
    (void)letter;
    if (thread->stopping)
        return;
    thread->stopping = true;
    thread->role->stop(thread);
}

void thread_ask_stop(struct thread *thread)
{
    mailbox_post(thread->mailbox, &thread->stop, on_stop);
}

static void on_end(struct letter *letter, void *receiver)
{
    free(letter);
    thread_end(receiver);
}

void thread_ask_end(struct thread *thread)
{
    mailbox_post(thread->mailbox, memory_new(sizeof(struct letter)), on_end);
}

static void state_put(struct thread *thread, struct vm *vm, struct jwt_keys *keys)
{
    struct vm *old = vm_set_current(&thread->vms);
    vm_attach(vm, thread->base);
    vm_set_put(&thread->vms, vm);
    jwt_keys_release(&thread->services.keys);
    thread->services.keys = keys;
    if (thread->role->switched)
        thread->role->switched(thread, old, vm);
    vm_set_retire(&thread->vms, old);
}

/* A thread that is on its way out takes no new state. */
static void on_switch(struct letter *letter, void *receiver)
{
    struct thread_switch *order = (struct thread_switch *)letter;
    struct thread *thread = receiver;
    if (thread->stopping) {
        vm_free(&order->vm);
        jwt_keys_release(&order->keys);
    } else {
        state_put(thread, order->vm, order->keys);
    }
    mailbox_post(thread->home, &order->letter, order->switched);
}

void thread_post_switch(struct thread_switch *order)
{
    mailbox_post(order->thread->mailbox, &order->letter, on_switch);
}
