/* orderd.policy: pure decisions. What cannot be decided is denied. */
#include "bindings/policy.h"

#include "base/log.h"
#include "base/utf8.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/plain.h"
#include "bindings/problem.h"
#include "domain/order.h"
#include "host/task.h"

#include <string.h>

/* ---- the scripts ---- */

static bool is_policy(const struct script *script)
{
    return strncmp(script->module, "policies.", strlen("policies.")) == 0;
}

static int raise_shape(lua_State *L, const char *text)
{
    return luaL_error(L, "%s", text);
}

/* The member of the table on the top, which must be of this type; it is popped. */
static void check_member(lua_State *L, const char *name, int type)
{
    lua_pushstring(L, name);
    if (lua_rawget(L, -2) != type)
        raise_shape(L, lua_pushfstring(L, "a policy's '%s' must be a %s, not %s", name,
                                       lua_typename(L, type), luaL_typename(L, -1)));
    lua_pop(L, 1);
}

static const char *check_name(lua_State *L)
{
    check_member(L, "name", LUA_TSTRING);
    const char *name = option_text(L, lua_gettop(L), "name", NULL);
    if (!*name)
        raise_shape(L, "a policy's 'name' must not be empty");
    return name;
}

bool policy_next(lua_State *L, size_t *index, struct policy *policy)
{
    const struct bundle *bundle = vm_bundle(vm_of(L));
    size_t count = bundle_count(bundle);
    while (*index < count && !is_policy(bundle_at(bundle, *index)))
        ++*index;
    if (*index == count)
        return false;
    policy->script = bundle_at(bundle, (*index)++);
    policy->name = policy->script->module;
    vm_push_module(L, policy->script->module);
    if (!lua_istable(L, -1))
        raise_shape(L, "a policy returns a table with name, check and tests");
    policy->name = check_name(L);
    check_member(L, "check", LUA_TFUNCTION);
    check_member(L, "tests", LUA_TTABLE);
    return true;
}

/* ---- asking ---- */

static enum verdict fail(lua_State *L, int top, const char *text)
{
    lua_settop(L, top);
    lua_pushstring(L, text);
    return VERDICT_FAILED;
}

/* The reason on the top goes out to the caller: it is no longer than an order's own. What is not
 * UTF-8 counts byte by byte. */
static void cut_reason(lua_State *L)
{
    size_t length, end = 0;
    const char *reason = lua_tolstring(L, -1, &length);
    for (int count = 0; count < ORDER_REASON_LIMIT && end < length; count++) {
        size_t bytes = utf8_character(reason + end, length - end);
        end += bytes ? bytes : 1;
    }
    if (end == length)
        return;
    lua_pushlstring(L, reason, end);
    lua_replace(L, -2);
}

enum verdict policy_ask(lua_State *L, int policy, int facts)
{
    int top = lua_gettop(L);
    int64_t budget = services_of(L)->policy_instructions;
    luaL_checkstack(L, 8, NULL);
    lua_pushliteral(L, "check");
    lua_rawget(L, policy);
    plain_copy(L, facts); /* what one policy does to its case, the next does not see */
    char text[512];
    if (task_call_bounded(L, 1, 2, budget > 0 ? budget : POLICY_INSTRUCTIONS)) {
        problem_describe(L, -1, text, sizeof(text));
        return fail(L, top, text);
    }
    bool allowed = lua_toboolean(L, -2);
    if (!lua_isboolean(L, -2))
        return fail(L, top, "check must return true, or false and a reason");
    if (!allowed && lua_type(L, -1) != LUA_TSTRING)
        return fail(L, top, "check must return a reason with false");
    if (allowed) {
        lua_settop(L, top);
        return VERDICT_ALLOW;
    }
    lua_replace(L, top + 1);
    lua_settop(L, top + 1);
    cut_reason(L);
    return VERDICT_DENY;
}

static int deny(lua_State *L, const char *name, const char *reason)
{
    lua_pushstring(L, name);
    lua_pushstring(L, reason);
    return 2;
}

static int deny_failed(lua_State *L, const struct policy *policy, const char *cause)
{
    log_error("a policy could not be evaluated", LOG_TEXT("policy", policy->name),
              LOG_TEXT("script", policy->script ? policy->script->path : NULL),
              LOG_TEXT("error", cause), LOG_INT("generation", (int64_t)vm_generation(vm_of(L))));
    return deny(L, policy->name, "the policy could not be evaluated");
}

/* policy_next behind a lua_pcall: the index at 1, the policy at 2. Returns its table, or nil. */
static int next_protected(lua_State *L)
{
    if (!policy_next(L, lua_touserdata(L, 1), lua_touserdata(L, 2)))
        lua_pushnil(L);
    return 1;
}

static int call_next(lua_State *L, size_t *index, struct policy *policy)
{
    lua_pushcfunction(L, next_protected);
    lua_pushlightuserdata(L, index);
    lua_pushlightuserdata(L, policy);
    return lua_pcall(L, 2, 1, 0);
}

static int lua_denied(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct policy policy = {.name = "policies"};
    for (size_t index = 0;; lua_settop(L, 1)) {
        if (call_next(L, &index, &policy))
            return deny_failed(L, &policy, lua_tostring(L, -1));
        if (lua_isnil(L, -1))
            return 1;
        enum verdict verdict = policy_ask(L, 2, 1);
        if (verdict == VERDICT_DENY)
            return deny(L, policy.name, lua_tostring(L, -1));
        if (verdict == VERDICT_FAILED)
            return deny_failed(L, &policy, lua_tostring(L, -1));
    }
}

/* ---- when a vm is new ---- */

static bool one_of(const char *text, const char *a, const char *b)
{
    return text && (strcmp(text, a) == 0 || strcmp(text, b) == 0);
}

/* One of a policy's own tests, on the top. */
static void check_test(lua_State *L, int number)
{
    if (!lua_istable(L, -1))
        raise_shape(L, lua_pushfstring(L, "test %d is no table", number));
    int test = lua_gettop(L);
    check_member(L, "name", LUA_TSTRING);
    check_member(L, "case", LUA_TTABLE);
    (void)option_text(L, test, "reason", NULL);
    if (!one_of(option_text(L, test, "expect", NULL), "allow", "deny"))
        raise_shape(L, lua_pushfstring(L, "test %d must expect \"allow\" or \"deny\"", number));
}

/* The policy's table is on the top. */
static void check_tests(lua_State *L)
{
    lua_pushliteral(L, "tests");
    lua_rawget(L, -2);
    size_t count = lua_rawlen(L, -1);
    if (count == 0)
        raise_shape(L, "a policy has at least one test");
    for (size_t i = 1; i <= count; i++) {
        lua_rawgeti(L, -1, (lua_Integer)i);
        check_test(L, (int)i);
        lua_pop(L, 1);
    }
}

static int check_policies(lua_State *L)
{
    struct policy *policy = lua_touserdata(L, 1);
    lua_newtable(L); /* names, and the scripts that have them */
    for (size_t index = 0; policy_next(L, &index, policy); lua_settop(L, 2)) {
        check_tests(L);
        lua_pushstring(L, policy->name);
        if (lua_rawget(L, 2) == LUA_TSTRING)
            raise_shape(L, lua_pushfstring(L, "another policy, %s, is named '%s' too",
                                           lua_tostring(L, -1), policy->name));
        lua_pushstring(L, policy->name);
        lua_pushstring(L, policy->script->path);
        lua_rawset(L, 2);
    }
    return 0;
}

enum status lua_policies_check(struct vm *vm, struct fault *fault)
{
    lua_State *L = vm_state(vm);
    int top = lua_gettop(L);
    struct policy policy = {0};
    enum status status = STATUS_OK;
    lua_pushcfunction(L, check_policies);
    lua_pushlightuserdata(L, &policy);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) {
        char text[512];
        problem_describe(L, -1, text, sizeof(text));
        status = fault_set(fault, STATUS_INVALID, policy.script ? policy.script->path : NULL, "%s",
                           text);
    }
    lua_settop(L, top);
    return status;
}

int open_policy(lua_State *L)
{
    static const luaL_Reg functions[] = {{"denied", lua_denied}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
