/* From an event or a message to the Lua hook that takes it: what the bus thread calls. Each answers
 * what it was given once (bus/delivery.h, bus/redelivery.h): done when the hook returned, failed
 * with what it raised; put off when the state has no room for another task. `vm` may be NULL, and
 * the hook may have gone: then it is put off, too, for somebody else to deal with. */
#ifndef BINDINGS_HOOK_H
#define BINDINGS_HOOK_H

#include "bus/delivery.h"
#include "bus/redelivery.h"
#include "host/vm.h"
#include "store/repository.h"

#include <stdbool.h>
#include <stddef.h>

/* A hook.on as the scripts declare it; lent. */
struct hook_declaration {
    const char *name, *topic;
    bool from_head; /* where it begins when it is new */
};
typedef void lua_hook_each(void *arg, const struct hook_declaration *declaration);
void lua_hooks_each(struct vm *vm, lua_hook_each *each, void *arg);

/* Runs the hook.on of this name with the event. */
void lua_hook_event(struct vm *vm, const char *name, struct delivery *delivery,
                    const struct stored_event *event, int attempt);

/* Runs the hook.inbound of the message's topic. A topic that no script takes fails for good. */
void lua_hook_message(struct vm *vm, struct delivery *delivery,
                      const struct stored_inbound *message, int attempt);

/* Runs the hook that could not handle this dead letter once more. */
void lua_hook_letter(struct vm *vm, struct retrial *retrial,
                     const struct stored_dead_letter *letter);

/* The topics that hook.inbound was declared for; NULL ends. Lives as long as the vm. */
const char *const *lua_hook_inbound_topics(struct vm *vm);

/* Starts the timers that scripts declared with timer.every, and ends them. */
void lua_timers_start(struct vm *vm);
void lua_timers_stop(struct vm *vm);

#endif
