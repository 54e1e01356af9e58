/* What is done about a hook, an inbound hook or a timer that failed: a log line and a figure. */
#ifndef BINDINGS_HOOK_FAILURE_H
#define BINDINGS_HOOK_FAILURE_H

#include "host/task.h"

#include <stddef.h>

/* `name` is the hook's or timer's; `result` is of its task, which did not return. */
void hook_failed(const char *name, const struct task_result *result);

#endif
