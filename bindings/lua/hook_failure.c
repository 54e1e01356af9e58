/* Counting and logging of failed hooks and timers. */
#include "bindings/hook_failure.h"

#include "base/log.h"
#include "base/metrics.h"
#include "bindings/problem.h"

/* Failures are rare enough for the lookup of the series. */
static void count_failure(const char *name)
{
    struct buffer labels = {0};
    metrics_label(&labels, "hook", name);
    buffer_append(&labels, "", 1);
    counter_add(metrics_counter("orderd_hook_failures_total",
                                "Runs of event hooks, inbound hooks and timers that failed.",
                                labels.data),
                1);
    buffer_release(&labels);
}

void hook_failed(const char *name, const struct task_result *result)
{
    char text[512];
    problem_describe(result->L, -1, text, sizeof(text));
    log_error("a hook failed", LOG_TEXT("hook", name), LOG_TEXT("error", text),
              LOG_TEXT("traceback", result->traceback),
              LOG_INT("generation", (int64_t)vm_generation(vm_of(result->L))));
    count_failure(name);
}
