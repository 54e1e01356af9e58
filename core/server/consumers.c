/* The dispatchers of the hooks follow the scripts: each hook.on has one, with the cursor
 * "hook:NAME". One whose hook has gone stops in good order, so that its cursor tells how far it
 * came; the cursor stays, for the hook may come back, and keeps what it has not read until somebody
 * deletes it. One that comes back while its dispatcher is still ending waits until it has ended:
 * two would give out the same events, and those of one order at a time. */
#include "server/consumers.h"

#include "base/log.h"
#include "base/memory.h"
#include "bindings/hook.h"
#include "bus/dispatcher.h"
#include "bus/inbox.h"
#include "bus/redelivery.h"

#include <event2/event.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum {
    HOOK_WINDOW = 256,  /* events of one hook that are read and not done */
    INBOX_WINDOW = 256, /* messages, likewise */
};
static const char prefix[] = "hook:"; /* of cursors */

struct consumer {
    TAILQ_ENTRY(consumer) among; /* the running ones, or the ending ones */
    struct consumers *consumers;
    struct dispatcher *dispatcher;
    bool declared; /* by the state in force */
    char name[];
};
TAILQ_HEAD(consumer_list, consumer);

struct consumers {
    struct event_base *base;
    struct repository *repository;
    struct vm_set *vms;
    struct consumer_list running, ending;
    struct inbox *inbox;
    struct redelivery *redelivery;
    struct look *look; /* NULL: none is under way */
    char *epoch;       /* NULL: does not lead */
    bool inbox_ended;  /* of a stop */
    struct event *ended;
    void (*stopped)(void *arg); /* set: stopping */
    void *stopped_arg;
};

/* ---- what goes to the scripts ---- */

static void on_event(void *arg, struct delivery *delivery, const struct stored_event *event,
                     int attempt)
{
    struct consumer *consumer = arg;
    lua_hook_event(vm_set_current(consumer->consumers->vms), consumer->name, delivery, event,
                   attempt);
}

static void on_message(void *arg, struct delivery *delivery, const struct stored_inbound *message,
                       int attempt)
{
    struct consumers *consumers = arg;
    lua_hook_message(vm_set_current(consumers->vms), delivery, message, attempt);
}

static void on_letter(void *arg, struct retrial *retrial, const struct stored_dead_letter *letter)
{
    struct consumers *consumers = arg;
    lua_hook_letter(vm_set_current(consumers->vms), retrial, letter);
}

/* ---- one hook's ---- */

static struct consumer *consumer_find(const struct consumer_list *list, const char *name)
{
    struct consumer *consumer;
    TAILQ_FOREACH(consumer, list, among)
    {
        if (strcmp(consumer->name, name) == 0)
            return consumer;
    }
    return NULL;
}

static void consumer_add(struct consumers *consumers, const struct hook_declaration *declaration)
{
    size_t size = strlen(declaration->name) + 1;
    struct consumer *consumer = memory_new(sizeof(*consumer) + size);
    char cursor[CURSOR_NAME_LIMIT + 1];
    const struct dispatcher_options options = {
        .cursor = cursor,
        .topic = declaration->topic,
        .from_head = declaration->from_head,
        .window = HOOK_WINDOW,
    };
    snprintf(cursor, sizeof(cursor), "%s%s", prefix, declaration->name);
    consumer->consumers = consumers;
    consumer->declared = true;
    memcpy(consumer->name, declaration->name, size);
    consumer->dispatcher =
        dispatcher_new(consumers->base, consumers->repository, &options, on_event, consumer);
    TAILQ_INSERT_TAIL(&consumers->running, consumer, among);
    if (consumers->epoch)
        dispatcher_lead(consumer->dispatcher, consumers->epoch);
}

static void consumers_look(struct consumers *consumers)
{
    static const struct timeval now = {0, 0};
    if (consumers->stopped && consumers->inbox_ended && TAILQ_EMPTY(&consumers->running) &&
        TAILQ_EMPTY(&consumers->ending))
        event_add(consumers->ended, &now);
}

static void consumer_free(struct consumer *consumer)
{
    dispatcher_free(&consumer->dispatcher);
    free(consumer);
}

/* Its hook may have come back meanwhile, and have waited for it. */
static void on_stopped(void *arg)
{
    struct consumer *consumer = arg;
    struct consumers *consumers = consumer->consumers;
    TAILQ_REMOVE(&consumers->ending, consumer, among);
    consumer_free(consumer);
    if (!consumers->stopped)
        consumers_switch(consumers);
    consumers_look(consumers);
}

static void consumer_end(struct consumer *consumer)
{
    struct consumers *consumers = consumer->consumers;
    TAILQ_REMOVE(&consumers->running, consumer, among);
    TAILQ_INSERT_TAIL(&consumers->ending, consumer, among);
    dispatcher_stop(consumer->dispatcher, on_stopped, consumer);
}

/* ---- what the scripts declare ---- */

static void on_declaration(void *arg, const struct hook_declaration *declaration)
{
    struct consumers *consumers = arg;
    struct consumer *consumer = consumer_find(&consumers->running, declaration->name);
    if (!consumer) {
        if (!consumer_find(&consumers->ending, declaration->name))
            consumer_add(consumers, declaration);
        return;
    }
    consumer->declared = true;
    dispatcher_set_topic(consumer->dispatcher, declaration->topic);
}

void consumers_switch(struct consumers *consumers)
{
    struct consumer *consumer, *next;
    struct vm *vm = vm_set_current(consumers->vms);
    TAILQ_FOREACH(consumer, &consumers->running, among)
    {
        consumer->declared = false;
    }
    if (vm)
        lua_hooks_each(vm, on_declaration, consumers);
    for (consumer = TAILQ_FIRST(&consumers->running); consumer; consumer = next) {
        next = TAILQ_NEXT(consumer, among);
        if (consumer->declared)
            continue;
        log_warning("a hook has gone: its cursor stays, and keeps what it has not read",
                    LOG_TEXT("cursor", dispatcher_cursor(consumer->dispatcher)));
        consumer_end(consumer);
    }
}

/* ---- leading ---- */

/* A look at the cursors that is under way: it may outlive who wanted it. */
struct look {
    struct consumers *consumers; /* NULL: nobody wants it any more */
};

/* Cursors that nobody moves any more keep the stream from being made shorter. */
static void on_cursors(void *arg, enum status status, const struct stored_cursor *cursors,
                       size_t count, const struct fault *fault)
{
    struct look *look = arg;
    struct consumers *consumers = look->consumers;
    (void)fault;
    free(look);
    if (!consumers)
        return;
    consumers->look = NULL;
    for (size_t i = 0; status == STATUS_OK && i < count; i++) {
        const char *name = cursors[i].name;
        if (strncmp(name, prefix, sizeof(prefix) - 1) == 0 &&
            !consumer_find(&consumers->running, name + sizeof(prefix) - 1))
            log_warning("no script has the hook of this cursor, which keeps what it has not read",
                        LOG_TEXT("cursor", name));
    }
}

static void look_abandon(struct consumers *consumers)
{
    if (consumers->look)
        consumers->look->consumers = NULL;
    consumers->look = NULL;
}

static void look_begin(struct consumers *consumers)
{
    look_abandon(consumers);
    consumers->look = memory_new(sizeof(*consumers->look));
    struct look *look = consumers->look;
    look->consumers = consumers;
    repository_cursors_list(consumers->repository, on_cursors, look);
}

void consumers_lead(struct consumers *consumers, const char *epoch)
{
    struct consumer *consumer;
    free(consumers->epoch);
    consumers->epoch = memory_text(epoch, strlen(epoch));
    TAILQ_FOREACH(consumer, &consumers->running, among)
    {
        dispatcher_lead(consumer->dispatcher, epoch);
    }
    inbox_lead(consumers->inbox);
    redelivery_lead(consumers->redelivery);
    look_begin(consumers);
}

void consumers_follow(struct consumers *consumers)
{
    struct consumer *consumer;
    look_abandon(consumers);
    free(consumers->epoch);
    consumers->epoch = NULL;
    TAILQ_FOREACH(consumer, &consumers->running, among)
    {
        dispatcher_follow(consumer->dispatcher);
    }
    TAILQ_FOREACH(consumer, &consumers->ending, among)
    {
        dispatcher_follow(consumer->dispatcher);
    }
    inbox_follow(consumers->inbox);
    redelivery_follow(consumers->redelivery);
}

void consumers_wake(struct consumers *consumers)
{
    struct consumer *consumer;
    TAILQ_FOREACH(consumer, &consumers->running, among)
    {
        dispatcher_wake(consumer->dispatcher);
    }
    inbox_wake(consumers->inbox);
    redelivery_wake(consumers->redelivery);
}

/* ---- life ---- */

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
    struct consumers *consumers = arg;
    (void)fd;
    (void)what;
    consumers->stopped(consumers->stopped_arg);
}

struct consumers *consumers_new(struct event_base *base, struct repository *repository,
                                struct vm_set *vms)
{
    struct consumers *consumers = memory_new(sizeof(*consumers));
    consumers->base = base;
    consumers->repository = repository;
    consumers->vms = vms;
    TAILQ_INIT(&consumers->running);
    TAILQ_INIT(&consumers->ending);
    consumers->ended = event_new(base, -1, 0, on_ended, consumers);
    consumers->inbox = inbox_new(base, repository, INBOX_WINDOW, on_message, consumers);
    consumers->redelivery = redelivery_new(base, repository, on_letter, consumers);
    consumers_switch(consumers);
    return consumers;
}

static void on_inbox_stopped(void *arg)
{
    struct consumers *consumers = arg;
    consumers->inbox_ended = true;
    consumers_look(consumers);
}

void consumers_stop(struct consumers *consumers, void (*stopped)(void *arg), void *arg)
{
    struct consumer *consumer;
    consumers->stopped = stopped;
    consumers->stopped_arg = arg;
    redelivery_follow(consumers->redelivery);
    inbox_stop(consumers->inbox, on_inbox_stopped, consumers);
    while ((consumer = TAILQ_FIRST(&consumers->running)) != NULL)
        consumer_end(consumer);
}

static void list_free(struct consumer_list *list)
{
    struct consumer *consumer;
    while ((consumer = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, consumer, among);
        consumer_free(consumer);
    }
}

void consumers_free(struct consumers **consumers)
{
    struct consumers *freed = *consumers;
    if (!freed)
        return;
    *consumers = NULL;
    look_abandon(freed);
    list_free(&freed->running);
    list_free(&freed->ending);
    inbox_free(&freed->inbox);
    redelivery_free(&freed->redelivery);
    event_free(freed->ended);
    free(freed->epoch);
    free(freed);
}
