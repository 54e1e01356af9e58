/* From an HTTP request to the Lua handler of its route, and from what that returns or raises to
 * the answer.
 *
 * Lua runs in two places only, both protected: in the task, where `handle` calls the handler and
 * reads its answer while an error can still be raised; and, when a handler has raised, in a
 * lua_pcall on the main state that reads the error value (the task's own coroutine is dead by
 * then). What is sent points into Lua values that stay on a stack until it is sent. */
#include "bindings/http.h"

#include "base/log.h"
#include "bindings/access.h"
#include "bindings/answer.h"
#include "bindings/module.h"
#include "bindings/problem.h"
#include "bindings/request.h"
#include "host/task.h"

#include <stdio.h>
#include <string.h>

/* ---- answering ---- */

static void respond(struct call *call)
{
    struct answer *answer = &call->answer;
    access_record(call, answer->status);
    http_respond(call->request, answer->status, answer->headers, answer->header_count, answer->body,
                 answer->body_length);
    call_give_back(call);
}

static void respond_problem(struct call *call, struct problem *problem)
{
    struct text path = http_request_path(call->request);
    char instance[1024];
    snprintf(instance, sizeof(instance), "%.*s", (int)path.length, path.data);
    problem->instance = instance;
    problem->trace_id = http_request_trace(call->request)->id;
    access_record(call, problem->kind->status);
    problem_respond(call->request, problem, call->answer.headers, call->answer.header_count);
    problem->instance = NULL; /* ends with this function */
    call_give_back(call);
}

static void respond_code(struct call *call, const char *code, const char *detail)
{
    struct problem problem = {.kind = problem_find(code, strlen(code)), .detail = detail};
    call->answer.header_count = 0;
    respond_problem(call, &problem);
}

/* ---- a handler that raised ---- */

struct raised {
    struct call *call;
    struct problem problem;
};

/* Upvalue-free and protected: the error value at 1, a struct raised at 2. */
static int read_raised(lua_State *L)
{
    struct raised *raised = lua_touserdata(L, 2);
    answer_read_problem(L, 1, &raised->problem, scratch_take(L), &raised->call->answer);
    return 0;
}

/* Answers with the problem on the top of the main state's stack; false when it cannot be written,
 * with the reason in its place. */
static bool respond_raised(lua_State *main, struct call *call)
{
    struct raised raised = {.call = call};
    lua_pushcfunction(main, read_raised);
    lua_pushvalue(main, -2);
    lua_pushlightuserdata(main, &raised);
    if (lua_pcall(main, 2, 0, 0) != LUA_OK) {
        lua_replace(main, -2);
        return false;
    }
    respond_problem(call, &raised.problem);
    return true;
}

static void log_failure(struct call *call, lua_State *L, const char *traceback)
{
    char text[512];
    problem_describe(L, -1, text, sizeof(text));
    log_set_trace(http_request_trace(call->request)->id);
    log_error("a handler failed", LOG_TEXT("route", call->route->name), LOG_TEXT("error", text),
              LOG_TEXT("traceback", traceback),
              LOG_INT("generation", (int64_t)vm_generation(call->vm)));
    log_set_trace(NULL);
}

static void answer_raised(struct call *call, const struct task_result *result)
{
    lua_State *main = vm_state(call->vm);
    int top = lua_gettop(main);
    lua_xmove(result->L, main, 1);
    if (!problem_is(main, -1) || !respond_raised(main, call)) {
        log_failure(call, main, result->traceback);
        respond_code(call, "internal", NULL);
    }
    lua_settop(main, top);
}

static void answer_stopped(struct call *call, const struct task_result *result)
{
    log_failure(call, result->L, result->traceback);
    if (result->status == STATUS_TIMEOUT)
        respond_code(call, "overloaded", "The request took too long.");
    else if (result->status == STATUS_UNAVAILABLE)
        respond_code(call, "overloaded", "The service is stopping.");
    else
        respond_code(call, "internal", NULL);
}

/* ---- the task ---- */

/* After the handler has returned: its answer is on the top. */
static int read_answer(lua_State *L, int status, lua_KContext context)
{
    (void)status;
    (void)context;
    struct call *call = task_arg(task_of(L));
    answer_read(L, -1, &call->answer);
    return 1;
}

/* The handler at 1, the request at 2. */
static int handle(lua_State *L)
{
    lua_callk(L, 1, 1, 0, read_answer);
    return read_answer(L, LUA_OK, 0);
}

static int prepare(lua_State *L, void *arg)
{
    struct call *call = arg;
    lua_pushcfunction(L, handle);
    lua_rawgeti(L, LUA_REGISTRYINDEX, call->route->handler);
    request_push(L, call);
    return 2;
}

static void done(const struct task_result *result, void *arg)
{
    struct call *call = arg;
    switch (result->end) {
    case TASK_RETURNED: respond(call); break;
    case TASK_RAISED: answer_raised(call, result); break;
    case TASK_STOPPED: answer_stopped(call, result); break;
    }
}

static void start(struct call *call)
{
    const struct trace *trace = http_request_trace(call->request);
    struct task_start start = {
        .name = call->route->name,
        .trace_id = trace->id,
        .traceparent = trace->parent,
        .prepare = prepare,
        .done = done,
        .arg = call,
    };
    if (task_start(call->vm, &start))
        respond_code(call, "overloaded", "Too many requests are under way.");
}

/* ---- requests that no route takes ---- */

/* The path has other methods than the one that was asked for. */
static void answer_methods(struct call *call)
{
    char allow[sizeof(call->match.allow) + 16];
    snprintf(allow, sizeof(allow), "%s, OPTIONS", call->match.allow);
    struct answer *answer = &call->answer;
    answer->headers[0] = (struct http_header){.name = "Allow", .value = allow};
    answer->header_count = 1;
    struct text method = http_request_method(call->request);
    if (method.length == strlen("OPTIONS") && memcmp(method.data, "OPTIONS", method.length) == 0) {
        answer->status = 204;
        answer->body = NULL;
        answer->body_length = 0;
        respond(call);
        return;
    }
    struct problem problem = {.kind = problem_find("method-not-allowed", 18)};
    respond_problem(call, &problem);
}

void lua_http_serve(struct vm *vm, struct http_request *request)
{
    struct routes *routes = routes_find(vm_state(vm));
    if (!routes) {
        struct problem problem = {.kind = problem_find("route-not-found", 15)};
        problem_respond(request, &problem, NULL, 0);
        return;
    }
    struct call *call = call_take(routes, request);
    call->vm = vm;
    enum status status = router_match(routes->router, http_request_method(request),
                                      http_request_path(request), &call->match);
    if (status == STATUS_OK) {
        call->route = call->match.route;
        start(call);
    } else if (status == STATUS_REFUSED) {
        answer_methods(call);
    } else if (status == STATUS_INVALID) {
        respond_code(call, "bad-request", "The path is not well percent-encoded.");
    } else {
        respond_code(call, "route-not-found", NULL);
    }
}
