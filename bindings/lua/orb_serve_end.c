/* How requests end: exceptions that the IDL declares go to the caller as they are; everything else
 * goes to the log, and to the caller as a system exception that says no more than that.
 *
 * First it is judged how the request ends, to the point where nothing can fail any more; then the
 * interceptor is told; then the answer goes. */
#include "bindings/orb_serve_end.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"
#include "bindings/orb_except.h"
#include "bindings/problem.h"

#include <stdio.h>
#include <string.h>

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
        *series = metrics_histogram("orderd_orb_operation_seconds",
                                    "Time of a scripted operation, from its request being handed "
                                    "to its servant to the answer, waiting included.",
                                    labels.data);
        buffer_release(&labels);
    }
    return *series;
}

static void record(struct serving *serving)
{
    histogram_observe_us(series_of(serving), clock_monotonic_us() - serving->began_us);
}

/* ---- what is wrong ---- */

static enum exception_completed completed(const struct serving *serving)
{
    if (serving->returned)
        return COMPLETED_YES;
    return serving->entered ? COMPLETED_MAYBE : COMPLETED_NO;
}

static const char *operation_name(const struct serving *serving)
{
    return serving->plan->task + strlen("orb ");
}

/* For the log and the interceptor: the caller gets the kind alone. */
static void end_failed(const struct serving *serving, struct ending *ending,
                       enum exception_kind kind, const char *traceback)
{
    ending->end = SERVING_FAILED;
    ending->system = (struct system_exception){.kind = kind, .completed = completed(serving)};
    log_set_trace(serving->trace.id);
    log_error("a servant's operation failed", LOG_TEXT("operation", operation_name(serving)),
              LOG_TEXT("error", ending->why), LOG_TEXT("traceback", traceback),
              LOG_INT("generation", (int64_t)vm_generation(serving->servant->orb->vm)));
    log_set_trace(NULL);
}

/* ---- exceptions of the IDL ---- */

/* By whatever name orb:newexcept takes. */
static const struct typecode *declared(const struct serving *serving, const char *name)
{
    const struct idl_operation *operation = serving->operation;
    const struct typecode *type = idl_find_type(serving->servant->orb->idl, name);
    for (uint32_t i = 0; type && i < operation->exception_count; i++) {
        if (strcmp(operation->exceptions[i]->id, type->id) == 0)
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
    m.out = serving_open(serving, GIOP_USER_EXCEPTION);
    cdr_write_identifier(m.out, type->id, strlen(type->id));
    for (uint32_t i = 0; i < type->member_count; i++) {
        struct place at = {.name = type->members[i].name};
        lua_pushstring(L, at.name);
        lua_rawget(L, 1);
        marshal_value(&m, type->members[i].type, 2, &at);
        lua_settop(L, 1);
    }
    return 0;
}

/* The exception on the top of `main`; false, with the reason in the ending, when it cannot be
 * written. */
static bool keep_user(struct serving *serving, lua_State *main, const struct typecode *type,
                      struct ending *ending)
{
    struct raised raised = {.serving = serving, .type = type};
    lua_pushcfunction(main, write_exception);
    lua_pushvalue(main, -2);
    lua_pushlightuserdata(main, &raised);
    if (lua_pcall(main, 2, 0, 0) == LUA_OK) {
        ending->user = type;
        serving_keep(serving);
        return true;
    }
    const char *complaint = lua_type(main, -1) == LUA_TSTRING ? lua_tostring(main, -1) : "";
    snprintf(ending->why, sizeof(ending->why), "%s: %s", type->id, complaint);
    lua_pop(main, 1);
    serving_abandon(serving);
    return false;
}

/* ---- judging ---- */

/* Why what is on the top of `main` is no exception of this operation's. */
static void describe_raised(const struct serving *serving, lua_State *main, char *text, size_t size)
{
    size_t length;
    if (!except_id(main, -1, &length)) {
        problem_describe(main, -1, text, size);
        return;
    }
    except_describe(main, -1, text, size);
    length = strlen(text);
    snprintf(text + length, size - length, " is not in the raises of %s", operation_name(serving));
}

/* The error value is on the top of `main`, and stays. */
static void judge_raised(struct serving *serving, lua_State *main, const char *traceback,
                         struct ending *ending)
{
    size_t length;
    const char *id = except_id(main, -1, &length);
    const struct typecode *type = id ? declared(serving, id) : NULL;
    ending->end = SERVING_RAISED;
    ending->user = NULL;
    ending->system.kind = EXCEPTION_NONE;
    ending->why[0] = '\0';
    if (type && keep_user(serving, main, type, ending))
        return;
    if (!type && id && except_read_system(main, -1, &ending->system))
        return;
    if (!type)
        describe_raised(serving, main, ending->why, sizeof(ending->why));
    end_failed(serving, ending, EXCEPTION_UNKNOWN, traceback);
}

static void judge_stopped(struct serving *serving, lua_State *main,
                          const struct task_result *result, struct ending *ending)
{
    enum exception_kind kind = EXCEPTION_NO_RESOURCES;
    if (result->status == STATUS_TIMEOUT)
        kind = EXCEPTION_TIMEOUT;
    else if (result->status == STATUS_UNAVAILABLE)
        kind = EXCEPTION_TRANSIENT;
    problem_describe(main, -1, ending->why, sizeof(ending->why));
    end_failed(serving, ending, kind, result->traceback);
}

/* Before the method was called. That is the caller's mistake, or known to the log already. */
static void judge_refused(const struct serving *serving, struct ending *ending)
{
    const char *why = serving->refused == EXCEPTION_NO_IMPLEMENT ? "the servant lacks the operation"
                                                                 : "the arguments cannot be read";
    ending->end = SERVING_FAILED;
    ending->system = (struct system_exception){serving->refused, 0, COMPLETED_NO};
    snprintf(ending->why, sizeof(ending->why), "%s", why);
}

/* ---- the end of the task ---- */

static void answer(struct serving *serving, const struct ending *ending)
{
    const struct system_exception *system = &ending->system;
    struct orb_request *request = serving->request;
    if (system->kind)
        orb_reply_exception(request, system->kind, system->minor, system->completed);
    else if (ending->user || serving->operation->output_count > 0)
        serving_send_kept(serving);
    else
        orb_reply_nothing(request);
    serving->request = NULL;
    serving->end = ending->end;
}

/* What the task left is on the top of `main`. */
static void end_request(struct serving *serving, lua_State *main, const struct task_result *result)
{
    struct ending ending;
    ending.end = SERVING_RETURNED;
    ending.user = NULL;
    ending.system = (struct system_exception){.kind = EXCEPTION_NONE};
    ending.why[0] = '\0';
    if (result->end == TASK_RAISED)
        judge_raised(serving, main, result->traceback, &ending);
    else if (result->end == TASK_STOPPED)
        judge_stopped(serving, main, result, &ending);
    else if (serving->refused)
        judge_refused(serving, &ending);
    if (!serving_tell(serving, main, &ending))
        judge_raised(serving, main, NULL, &ending); /* told is told: it is not asked again */
    answer(serving, &ending);
}

void serving_done(const struct task_result *result, void *arg)
{
    struct serving *serving = arg;
    lua_State *main = vm_state(serving->servant->orb->vm);
    int top = lua_gettop(main);
    serving_abandon(serving);
    if (serving->request) {
        if (result->end == TASK_RETURNED)
            lua_pushnil(main);
        else
            lua_xmove(result->L, main, 1);
        end_request(serving, main, result);
    } else {
        serving->end = SERVING_RETURNED;
    }
    lua_settop(main, top);
    luaL_unref(main, LUA_REGISTRYINDEX, serving->told);
    record(serving);
    serving_give_back(serving);
}
