/* From an event to the Lua hooks that listen to its topic: what the bus thread calls. */
#ifndef BINDINGS_HOOK_H
#define BINDINGS_HOOK_H

#include "bus/dispatcher.h"
#include "host/vm.h"

#include <stddef.h>

/* Runs every hook.on of the event's topic in one task, in the order of their declaration, and
 * tells delivery_done: STATUS_OK when all returned. No hook: done at once. */
void lua_hook_deliver(struct vm *vm, struct delivery *delivery, const struct stored_event *event,
                      int attempt);

/* Runs the hook.inbound of the topic with the payload. When it raises, or is missing, the message
 * goes to the dead letters, and the log says so. */
void lua_hook_inbound(struct vm *vm, const char *topic, const char *payload, size_t length);

/* The topics that hook.inbound was declared for; NULL ends. Lives as long as the vm. */
const char *const *lua_hook_inbound_topics(struct vm *vm);

/* Starts the timers that scripts declared with timer.every, and ends them. */
void lua_timers_start(struct vm *vm);
void lua_timers_stop(struct vm *vm);

#endif
