/* orderd.test: cases that scripts declare, run as tasks one after the other, and the policies' own
 * tests among them. */
#include "bindings/test.h"

#include "base/memory.h"
#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/policy.h"
#include "bindings/problem.h"
#include "bindings/test_check.h"
#include "host/task.h"

#include <stdlib.h>
#include <string.h>

struct test {
    struct test *next;
    char *name;
    int handler;   /* of a declared case: its place in the registry; LUA_NOREF: a policy's */
    size_t policy; /* the number of the policy's script in the bundle */
    int number;    /* of its test, from 1 */
};

struct tests {
    struct test *first;
    struct test **last;
    bool collected; /* the policies' tests are in the list */
    /* A run: */
    struct vm *vm;
    struct script_test_run run;
    struct test *next;
    bool starting; /* run_next is on the C stack and goes on by itself */
    bool waiting;  /* a test is under way */
    size_t passed, failed;
};

static int release(lua_State *L)
{
    struct tests *tests = lua_touserdata(L, 1);
    while (tests->first) {
        struct test *test = tests->first;
        tests->first = test->next;
        free(test->name);
        free(test);
    }
    return 0;
}

static const struct kind tests_kind = {.name = "tests", .release = release};

static struct tests *tests_of(lua_State *L)
{
    struct tests *tests = kind_only(L, &tests_kind, sizeof(*tests));
    if (!tests->last)
        tests->last = &tests->first;
    return tests;
}

static struct test *append(struct tests *tests, const char *name, int handler)
{
    struct test *test = memory_new(sizeof(*test));
    test->name = memory_text(name, strlen(name));
    test->handler = handler;
    *tests->last = test;
    tests->last = &test->next;
    return test;
}

/* ---- the policies' tests ---- */

/* The policy's table is at `policy`. */
static void collect_policy(lua_State *L, struct tests *tests, int policy, size_t index,
                           const char *path)
{
    lua_pushliteral(L, "tests");
    lua_rawget(L, policy);
    int list = lua_gettop(L);
    size_t count = lua_rawlen(L, list);
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, list, (lua_Integer)i);
        const char *name = lua_istable(L, -1) ? option_text(L, lua_gettop(L), "name", NULL) : NULL;
        name = lua_pushfstring(L, "%s: %s", path, name ? name : "a test without a name");
        struct test *test = append(tests, name, LUA_NOREF);
        test->policy = index;
        test->number = (int)i;
        lua_settop(L, list);
    }
}

static int collect(lua_State *L)
{
    struct tests *tests = tests_of(L);
    struct policy policy;
    for (size_t index = 0; policy_next(L, &index, &policy); lua_settop(L, 0))
        collect_policy(L, tests, 1, index - 1, policy.script->path);
    tests->collected = true;
    return 0;
}

static int fail_policy(lua_State *L, const char *wanted, const char *got)
{
    return luaL_error(L, "expected %s, but the policy answered: %s", wanted, got);
}

/* What the test at `test` expects, against the verdict; its reason, if any, is on the top. */
static int compare_verdict(lua_State *L, int test, enum verdict verdict)
{
    const char *got = verdict == VERDICT_ALLOW ? "allow" : lua_tostring(L, -1);
    const char *expected = option_text(L, test, "expect", NULL);
    if (verdict == VERDICT_FAILED)
        return luaL_error(L, "the policy could not be evaluated: %s", got);
    if (!expected || strcmp(expected, verdict == VERDICT_ALLOW ? "allow" : "deny") != 0)
        return fail_policy(L, expected ? expected : "allow or deny", got);
    const char *reason = option_text(L, test, "reason", NULL);
    if (reason && strcmp(reason, got) != 0)
        return fail_policy(L, reason, got);
    return 0;
}

/* Runs as a task. */
static int run_policy_test(lua_State *L)
{
    const struct tests *tests = task_arg(task_of(L));
    size_t index = tests->next->policy;
    struct policy policy;
    lua_settop(L, 0);
    policy_next(L, &index, &policy);
    lua_pushliteral(L, "tests");
    lua_rawget(L, 1);
    lua_rawgeti(L, 2, tests->next->number);
    luaL_checktype(L, 3, LUA_TTABLE);
    lua_pushliteral(L, "case");
    lua_rawget(L, 3);
    luaL_checktype(L, 4, LUA_TTABLE);
    return compare_verdict(L, 3, policy_ask(L, 1, 4));
}

/* ---- running ---- */

static void report(struct tests *tests, const char *name, const char *message)
{
    struct script_test_result result = {.name = name, .passed = !message, .message = message};
    if (message)
        tests->failed++;
    else
        tests->passed++;
    if (tests->run.result)
        tests->run.result(tests->run.arg, &result);
}

static void run_next(struct tests *tests);

static int prepare(lua_State *L, void *arg)
{
    const struct tests *tests = arg;
    if (tests->next->handler == LUA_NOREF)
        lua_pushcfunction(L, run_policy_test);
    else
        lua_rawgeti(L, LUA_REGISTRYINDEX, tests->next->handler);
    return 0;
}

static void test_done(const struct task_result *result, void *arg)
{
    struct tests *tests = arg;
    char message[512];
    if (result->end != TASK_RETURNED)
        problem_describe(result->L, -1, message, sizeof(message));
    report(tests, tests->next->name, result->end == TASK_RETURNED ? NULL : message);
    tests->next = tests->next->next;
    tests->waiting = false;
    run_next(tests);
}

static void start_test(struct tests *tests)
{
    struct task_start start = {
        .name = tests->next->name, .prepare = prepare, .done = test_done, .arg = tests};
    tests->waiting = true;
    if (task_start(tests->vm, &start) == STATUS_OK)
        return;
    report(tests, tests->next->name, "too many tasks");
    tests->next = tests->next->next;
    tests->waiting = false;
}

/* A test may be done before it is started, so to say: then the loop that started it goes on. */
static void run_next(struct tests *tests)
{
    if (tests->starting)
        return;
    tests->starting = true;
    while (tests->next && !tests->waiting)
        start_test(tests);
    tests->starting = false;
    if (!tests->next)
        tests->run.finished(tests->run.arg, tests->passed, tests->failed);
}

static int make_tests(lua_State *L)
{
    (void)tests_of(L);
    return 0;
}

void lua_tests_run(struct vm *vm, const struct script_test_run *run)
{
    lua_State *L = vm_state(vm);
    int top = lua_gettop(L);
    lua_pushcfunction(L, make_tests);
    struct tests *tests = lua_pcall(L, 0, 0, 0) == LUA_OK ? kind_find_only(L, &tests_kind) : NULL;
    if (!tests) {
        lua_settop(L, top);
        run->finished(run->arg, 0, 1);
        return;
    }
    tests->vm = vm;
    tests->run = *run;
    tests->passed = tests->failed = 0;
    lua_pushcfunction(L, collect);
    if (!tests->collected && lua_pcall(L, 0, 0, 0) != LUA_OK)
        report(tests, "policies", lua_tostring(L, -1));
    lua_settop(L, top);
    tests->next = tests->first;
    run_next(tests);
}

/* ---- the module ---- */

static int lua_case(lua_State *L)
{
    vm_check_loading(L, "test.case");
    const char *name = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    luaL_where(L, 1);
    name = lua_pushfstring(L, "%s%s", lua_tostring(L, -1), name);
    lua_pushvalue(L, 2);
    struct tests *tests = tests_of(L);
    append(tests, name, luaL_ref(L, LUA_REGISTRYINDEX));
    return 0;
}

int open_test(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"case", lua_case}, {"equal", test_equal}, {"problem", test_problem}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
