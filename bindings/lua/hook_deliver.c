/* What the bus thread hands over, and the hook that takes it. */
#include "bindings/hook.h"

#include "base/memory.h"
#include "bindings/hook_run.h"
#include "bindings/hooks.h"

#include <string.h>

static const char hook_source[] = "hook:"; /* of dead letters and cursors */
static const struct retry once = {.attempts = 1};

static struct run *run_new(const struct hook *hook, int attempt, run_answer *answer, void *answered)
{
    struct run *run = memory_new(sizeof(*run));
    run->hook = hook;
    run->retry = hook->retry;
    run->attempt = attempt;
    run->answer = answer;
    run->answered = answered;
    return run;
}

void lua_hooks_each(struct vm *vm, lua_hook_each *each, void *arg)
{
    const struct hooks *hooks = hooks_find(vm);
    for (const struct hook *hook = hooks ? hooks->events : NULL; hook; hook = hook->next) {
        const struct hook_declaration declaration = {
            .name = hook->name, .topic = hook->topic, .from_head = hook->from_head};
        each(arg, &declaration);
    }
}

/* ---- deliveries ---- */

static void answer_delivery(struct run *run, enum status status, const char *reason)
{
    if (status == STATUS_OK)
        delivery_done(run->answered);
    else if (status == STATUS_UNAVAILABLE)
        delivery_put_off(run->answered);
    else
        delivery_failed(run->answered, status, reason,
                        status == STATUS_REFUSED ? &once : &run->retry);
}

void lua_hook_event(struct vm *vm, const char *name, struct delivery *delivery,
                    const struct stored_event *event, int attempt)
{
    const struct hooks *hooks = vm ? hooks_find(vm) : NULL;
    const struct hook *hook = hooks ? hooks_find_name(hooks->events, name) : NULL;
    if (!hook) {
        delivery_put_off(delivery);
        return;
    }
    struct run *run = run_new(hook, attempt, answer_delivery, delivery);
    run->event = event;
    hook_run(vm, run);
}

void lua_hook_message(struct vm *vm, struct delivery *delivery,
                      const struct stored_inbound *message, int attempt)
{
    const struct hooks *hooks = vm ? hooks_find(vm) : NULL;
    const struct hook *hook =
        hooks ? hooks_find_topic(hooks->inbound, message->message.topic) : NULL;
    if (!vm) {
        delivery_put_off(delivery);
    } else if (!hook) {
        delivery_failed(delivery, STATUS_NOT_FOUND, "no script takes this topic", &once);
    } else {
        struct run *run = run_new(hook, attempt, answer_delivery, delivery);
        run->message = message;
        hook_run(vm, run);
    }
}

/* ---- dead letters ---- */

static void answer_retrial(struct run *run, enum status status, const char *reason)
{
    if (status == STATUS_OK)
        retrial_done(run->answered);
    else
        retrial_failed(run->answered, reason);
}

static const struct hook *hook_of_letter(const struct hooks *hooks,
                                         const struct dead_letter *letter)
{
    const size_t prefix = sizeof(hook_source) - 1;
    if (!hooks)
        return NULL;
    if (strncmp(letter->source, hook_source, prefix) == 0)
        return hooks_find_name(hooks->events, letter->source + prefix);
    return hooks_find_topic(hooks->inbound, letter->topic);
}

static void run_message(struct vm *vm, struct run *run, const struct stored_dead_letter *letter)
{
    run->letter = (struct stored_inbound){
        .received_at = letter->received_at,
        .message = {.event_id = letter->letter.event_id ? letter->letter.event_id : "",
                    .topic = letter->letter.topic,
                    .about = letter->letter.about,
                    .payload = letter->letter.payload,
                    .payload_length = letter->letter.payload_length},
    };
    run->message = &run->letter;
    hook_run(vm, run);
}

void lua_hook_letter(struct vm *vm, struct retrial *retrial,
                     const struct stored_dead_letter *stored)
{
    const struct dead_letter *letter = &stored->letter;
    const struct hook *hook = vm ? hook_of_letter(hooks_find(vm), letter) : NULL;
    struct read_event read = {0};
    struct fault fault = {0};
    bool event = strncmp(letter->source, hook_source, sizeof(hook_source) - 1) == 0;
    if (!hook) {
        retrial_failed(retrial, event ? "no script has this hook" : "no script takes this topic");
        return;
    }
    if (event &&
        cloudevent_read(letter->payload, letter->payload_length, &read, &fault) != STATUS_OK) {
        retrial_failed(retrial, fault.text);
        return;
    }
    struct run *run = run_new(hook, letter->attempts + 1, answer_retrial, retrial);
    run->read = read;
    run->event = event ? &run->read.event : NULL;
    if (event)
        hook_run(vm, run);
    else
        run_message(vm, run, stored);
}
