/* How requests end: exceptions that the IDL declares go to the caller as they are; everything else
 * goes to the log, and to the caller as a system exception that says no more than that. */
#include "bindings/orb_serve_end.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "bindings/orb_except.h"
#include "bindings/orb_intercept.h"
#include "bindings/problem.h"

#include <string.h>

enum { TELL_INSTRUCTIONS = 100000 };

/* ---- figures ---- */

/* Looked up once for each operation and end, as that takes a lock. */
static struct histogram *series_of(struct serving *serving)
{
    static const char *const ends[] = {"returned", "exception", "failed"};
    struct histogram **series = &serving->plan->seconds[serving->end];
    if (!*series) {
        struct buffer labels = {0};
        metrics_label(&labels, "operation", serving->plan->task + strlen("orb "));
        metrics_label(&labels, "end", ends[serving->end]);
        buffer_append(&labels, "", 1);
        *series = metrics_histogram("orderd_orb_request_seconds",
                                    "Time from a request's arrival to its answer.", labels.data);
        buffer_release(&labels);
    }
    return *series;
}

static void record(struct serving *serving)
{
    histogram_observe_us(series_of(serving), clock_monotonic_us() - serving->began_us);
}

/* ---- system exceptions ---- */

static enum exception_completed completed(const struct serving *serving)
{
    if (serving->returned)
        return COMPLETED_YES;
    return serving->entered ? COMPLETED_MAYBE : COMPLETED_NO;
}

static void answer_system(struct serving *serving, enum exception_kind kind, uint32_t minor,
                          enum exception_completed how_far)
{
    orb_reply_exception(serving->request, kind, minor, how_far);
    serving->request = NULL;
}

static void log_failure(const struct serving *serving, lua_State *L, const char *traceback)
{
    char text[512];
    problem_describe(L, -1, text, sizeof(text));
    log_set_trace(serving->trace.id);
    log_error("a servant's operation failed",
              LOG_TEXT("operation", serving->plan->task + strlen("orb ")), LOG_TEXT("error", text),
              LOG_TEXT("traceback", traceback),
              LOG_INT("generation", (int64_t)vm_generation(serving->servant->orb->vm)));
    log_set_trace(NULL);
}

/* ---- exceptions of the IDL ---- */

static const struct typecode *declared(const struct serving *serving, const char *id)
{
    const struct idl_operation *operation = serving->operation;
    for (uint32_t i = 0; i < operation->exception_count; i++) {
        if (strcmp(operation->exceptions[i]->id, id) == 0)
            return operation->exceptions[i];
    }
    return NULL;
}

struct raised {
    struct serving *serving;
    const struct typecode *type;
};

/* The exception at 1, a struct raised at 2. */
static int write_exception(lua_State *L)
{
    struct raised *raised = lua_touserdata(L, 2);
    struct serving *serving = raised->serving;
    const struct typecode *type = raised->type;
    struct marshal m = {.L = L, .orb = serving->servant->orb, .raw = true};
    lua_settop(L, 1);
    m.out = orb_reply_open(serving->request, GIOP_USER_EXCEPTION);
    serving->open = true;
    cdr_write_identifier(m.out, type->id, strlen(type->id));
    for (uint32_t i = 0; i < type->member_count; i++) {
        struct place at = {.name = type->members[i].name};
        lua_pushstring(L, at.name);
        lua_rawget(L, 1);
        marshal_value(&m, type->members[i].type, 2, &at);
        lua_settop(L, 1);
    }
    orb_reply_send(serving->request);
    serving->open = false;
    serving->request = NULL;
    return 0;
}

/* The exception on the top of `main`; false, with the reason in its place, when it cannot be
 * written. */
static bool answer_user(struct serving *serving, lua_State *main, const struct typecode *type)
{
    struct raised raised = {.serving = serving, .type = type};
    lua_pushcfunction(main, write_exception);
    lua_pushvalue(main, -2);
    lua_pushlightuserdata(main, &raised);
    if (lua_pcall(main, 2, 0, 0) == LUA_OK)
        return true;
    lua_replace(main, -2);
    if (serving->open)
        orb_reply_abandon(serving->request);
    serving->open = false;
    return false;
}

/* ---- telling the interceptor ---- */

/* The exception at 1, the serving at 2. */
static int tell(lua_State *L)
{
    struct serving *serving = lua_touserdata(L, 2);
    int told = serving->told;
    serving->told = LUA_NOREF;
    intercept_answer(L, serving->servant->orb, told, serving->request, 1);
    return 0;
}

/* Of the error value on the top of `main`, which stays. */
static void tell_interceptor(struct serving *serving, lua_State *main)
{
    if (serving->told == LUA_NOREF)
        return;
    lua_pushcfunction(main, tell);
    lua_pushvalue(main, -2);
    lua_pushlightuserdata(main, serving);
    if (task_call_bounded(main, 2, 0, TELL_INSTRUCTIONS) == STATUS_OK)
        return;
    log_failure(serving, main, NULL);
    lua_pop(main, 1);
}

/* ---- the end of the task ---- */

static void answer_raised(struct serving *serving, const struct task_result *result)
{
    lua_State *main = vm_state(serving->servant->orb->vm);
    int top = lua_gettop(main);
    size_t length;
    struct system_exception system;
    lua_xmove(result->L, main, 1);
    tell_interceptor(serving, main);
    const char *id = except_id(main, -1, &length);
    const struct typecode *type = id ? declared(serving, id) : NULL;
    bool answered = false;
    serving->end = SERVING_RAISED;
    if (type) {
        answered = answer_user(serving, main, type);
    } else if (id && except_read_system(main, -1, &system)) {
        answer_system(serving, system.kind, system.minor, system.completed);
        answered = true;
    }
    if (!answered) {
        serving->end = SERVING_FAILED;
        log_failure(serving, main, result->traceback);
        answer_system(serving, EXCEPTION_UNKNOWN, 0, completed(serving));
    }
    lua_settop(main, top);
}

static void answer_stopped(struct serving *serving, const struct task_result *result)
{
    enum exception_kind kind = EXCEPTION_NO_RESOURCES;
    if (result->status == STATUS_TIMEOUT)
        kind = EXCEPTION_TIMEOUT;
    else if (result->status == STATUS_UNAVAILABLE)
        kind = EXCEPTION_TRANSIENT;
    serving->end = SERVING_FAILED;
    log_failure(serving, result->L, result->traceback);
    answer_system(serving, kind, 0, completed(serving));
}

static void answer_refused(struct serving *serving)
{
    serving->end = SERVING_FAILED;
    answer_system(serving, serving->refused, 0, COMPLETED_NO);
}

void serving_done(const struct task_result *result, void *arg)
{
    struct serving *serving = arg;
    lua_State *main = vm_state(serving->servant->orb->vm);
    if (serving->open)
        orb_reply_abandon(serving->request);
    serving->open = false;
    if (!serving->request)
        serving->end = SERVING_RETURNED;
    else if (result->end == TASK_RETURNED)
        answer_refused(serving);
    else if (result->end == TASK_RAISED)
        answer_raised(serving, result);
    else
        answer_stopped(serving, result);
    luaL_unref(main, LUA_REGISTRYINDEX, serving->told);
    record(serving);
    serving_give_back(serving);
}
