/* orderd.timer: waiting, and what runs every so often.
 *
 * A declared timer belongs to its vm and runs as a task on the vm's thread. It is armed again when
 * its run has ended, so two runs of one timer never overlap, not even when the timers are stopped
 * and started again in the middle of one. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/trace.h"
#include "bindings/hook.h"
#include "bindings/hook_failure.h"
#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "host/task.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

/* ---- sleep ---- */

/* Stands on the task's stack while the task sleeps. */
struct nap {
    struct wait *wait;
    struct event *event;
};

static int push_nothing(lua_State *L, void *arg)
{
    (void)L;
    (void)arg;
    return 0;
}

static void wake(void *arg)
{
    struct nap *nap = arg;
    event_free(nap->event);
    wait_finish(nap->wait, push_nothing, NULL);
}

static void on_nap_over(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    wake(arg);
}

static struct timeval milliseconds(int64_t ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
}

/* Ends the process when there is no memory, as memory.h does. */
static struct event *timer_event(struct event_base *base, event_callback_fn run, void *arg)
{
    struct event *event = evtimer_new(base, run, arg);
    if (!event)
        abort();
    return event;
}

static int lua_sleep(lua_State *L)
{
    struct timeval delay = milliseconds(argument_milliseconds(L, 1, luaL_checknumber(L, 1)));
    struct nap *nap = lua_newuserdatauv(L, sizeof(*nap), 0);
    nap->wait = wait_begin(L, wake, nap);
    nap->event = timer_event(vm_base(vm_of(L)), on_nap_over, nap);
    evtimer_add(nap->event, &delay);
    return wait_yield(L, nap->wait);
}

/* ---- every ---- */

struct timer {
    struct timer *next;
    struct timers *timers;
    char *name; /* "timer sweep" */
    int period_ms;
    int handler; /* its place in the registry */
    int64_t due_us;
    bool running;
    struct event *event; /* NULL unless started */
};

struct timers {
    struct vm *vm;
    struct timer *first;
};

static void disarm(struct timer *timer)
{
    if (timer->event)
        event_free(timer->event);
    timer->event = NULL;
}

static int release(lua_State *L)
{
    struct timers *timers = lua_touserdata(L, 1);
    while (timers->first) {
        struct timer *timer = timers->first;
        timers->first = timer->next;
        disarm(timer);
        free(timer->name);
        free(timer);
    }
    return 0;
}

static const struct kind timers_kind = {.name = "timers", .release = release};

static int lua_every(lua_State *L)
{
    vm_check_loading(L, "timer.every");
    int period_ms = argument_milliseconds(L, 1, luaL_checknumber(L, 1));
    const char *name = luaL_checkstring(L, 2);
    luaL_checktype(L, 3, LUA_TFUNCTION);
    lua_settop(L, 3);
    struct timers *timers = kind_only(L, &timers_kind, sizeof(*timers));
    timers->vm = vm_of(L);
    name = lua_pushfstring(L, "timer %s", name);
    lua_pushvalue(L, 3);
    int handler = luaL_ref(L, LUA_REGISTRYINDEX);
    struct timer *timer = memory_new(sizeof(*timer));
    *timer = (struct timer){.next = timers->first,
                            .timers = timers,
                            .name = memory_text(name, strlen(name)),
                            .period_ms = period_ms,
                            .handler = handler};
    timers->first = timer;
    return 0;
}

static int64_t period_us(const struct timer *timer)
{
    return timer->period_ms * INT64_C(1000);
}

/* For when it is due; at once when that has passed. */
static void arm(struct timer *timer)
{
    if (!timer->event)
        return; /* stopped meanwhile */
    int64_t now = clock_monotonic_us();
    timer->due_us += period_us(timer);
    if (timer->due_us < now)
        timer->due_us = now;
    struct timeval delay = milliseconds((timer->due_us - now + 999) / 1000);
    evtimer_add(timer->event, &delay);
}

static int prepare_run(lua_State *L, void *arg)
{
    const struct timer *timer = arg;
    lua_rawgeti(L, LUA_REGISTRYINDEX, timer->handler);
    return 0;
}

static void run_done(const struct task_result *result, void *arg)
{
    struct timer *timer = arg;
    timer->running = false;
    if (result->end != TASK_RETURNED)
        hook_failed(timer->name, result);
    arm(timer);
}

static void on_due(evutil_socket_t descriptor, short what, void *arg)
{
    (void)descriptor;
    (void)what;
    struct timer *timer = arg;
    struct trace trace;
    trace_begin(&trace, NULL, 0);
    struct task_start start = {.name = timer->name,
                               .trace_id = trace.id,
                               .traceparent = trace.parent,
                               .prepare = prepare_run,
                               .done = run_done,
                               .arg = timer};
    timer->running = true;
    if (task_start(timer->timers->vm, &start)) {
        timer->running = false;
        log_warning("a timer is put off: too many tasks", LOG_TEXT("timer", timer->name));
        arm(timer);
    }
}

void lua_timers_start(struct vm *vm)
{
    struct timers *timers = kind_find_only(vm_state(vm), &timers_kind);
    int64_t now = clock_monotonic_us();
    for (struct timer *timer = timers ? timers->first : NULL; timer; timer = timer->next) {
        if (timer->event)
            continue;
        timer->event = timer_event(vm_base(vm), on_due, timer);
        timer->due_us = now;
        if (!timer->running)
            arm(timer); /* else the end of its run does */
    }
}

void lua_timers_stop(struct vm *vm)
{
    struct timers *timers = kind_find_only(vm_state(vm), &timers_kind);
    for (struct timer *timer = timers ? timers->first : NULL; timer; timer = timer->next)
        disarm(timer);
}

int open_timer(lua_State *L)
{
    static const luaL_Reg functions[] = {{"every", lua_every}, {"sleep", lua_sleep}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
