/* What other services publish, on its way to the hook that takes it or to the dead letters. */
#include "bindings/hook.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/trace.h"
#include "bindings/hook_failure.h"
#include "bindings/hooks.h"
#include "bindings/problem.h"
#include "bindings/services.h"
#include "host/task.h"

#include <stdlib.h>
#include <string.h>

struct arrival {
    const struct hook *hook; /* NULL: nobody takes the topic */
    const struct services *services;
    char *topic;
    char *payload;
    size_t length;
};

static void arrival_free(struct arrival *arrival)
{
    free(arrival->topic);
    free(arrival->payload);
    free(arrival);
}

static void letter_done(void *arg, enum status status, const struct fault *fault)
{
    struct arrival *arrival = arg;
    if (status)
        log_error("a message is lost: it could not be put to the dead letters",
                  LOG_TEXT("topic", arrival->topic), LOG_TEXT("error", fault->text));
    arrival_free(arrival);
}

/* Takes the arrival over. */
static void bury(struct arrival *arrival, const char *reason)
{
    log_error("a message goes to the dead letters", LOG_TEXT("topic", arrival->topic),
              LOG_TEXT("error", reason));
    if (!arrival->services->repository) {
        arrival_free(arrival);
        return;
    }
    struct dead_letter letter = {.source = "inbound",
                                 .topic = arrival->topic,
                                 .reason = reason,
                                 .payload = arrival->payload,
                                 .payload_length = arrival->length};
    repository_dead_letter_add(arrival->services->repository, &letter, letter_done, arrival);
}

static int prepare_inbound(lua_State *L, void *arg)
{
    const struct arrival *arrival = arg;
    lua_rawgeti(L, LUA_REGISTRYINDEX, arrival->hook->handler);
    lua_createtable(L, 0, 3);
    lua_pushlstring(L, arrival->payload, arrival->length);
    lua_setfield(L, -2, "payload");
    lua_pushstring(L, arrival->topic);
    lua_setfield(L, -2, "topic");
    lua_pushinteger(L, 1);
    lua_setfield(L, -2, "attempt");
    return 1;
}

static void inbound_done(const struct task_result *result, void *arg)
{
    struct arrival *arrival = arg;
    if (result->end == TASK_RETURNED) {
        arrival_free(arrival);
        return;
    }
    char reason[512];
    problem_describe(result->L, -1, reason, sizeof(reason));
    hook_failed(arrival->hook->name, result);
    bury(arrival, reason);
}

static struct arrival *arrival_new(struct vm *vm, const char *topic, const char *payload,
                                   size_t length)
{
    struct hooks *hooks = hooks_find(vm);
    struct arrival *arrival = memory_new(sizeof(*arrival));
    arrival->hook = hooks ? hooks_find_topic(hooks->inbound, topic) : NULL;
    arrival->services = vm_context(vm);
    arrival->topic = memory_text(topic, strlen(topic));
    arrival->payload = memory_text(payload, length);
    arrival->length = length;
    return arrival;
}

void lua_hook_inbound(struct vm *vm, const char *topic, const char *payload, size_t length)
{
    struct arrival *arrival = arrival_new(vm, topic, payload, length);
    if (!arrival->hook) {
        bury(arrival, "no hook takes this topic");
        return;
    }
    struct trace trace;
    trace_begin(&trace, NULL, 0);
    struct task_start start = {.name = arrival->hook->name,
                               .trace_id = trace.id,
                               .traceparent = trace.parent,
                               .prepare = prepare_inbound,
                               .done = inbound_done,
                               .arg = arrival};
    if (task_start(vm, &start)) {
        hook_refused(arrival->hook->name);
        bury(arrival, "too many tasks");
    }
}
