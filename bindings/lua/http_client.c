/* orderd.http_client: calls to other services. */
#include "http/client.h"

#include "bindings/json.h"
#include "bindings/kind.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "host/task.h"

#include <string.h>
#include <strings.h>

#define DEFAULT_TIMEOUT_S 5.0
#define DEFAULT_CONNECT_TIMEOUT_S 1.0

/* Its address is the registry key of the answers' metatable. */
static const char answer_mark;

/* ---- answers ---- */

static int answer_json(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    size_t length = 0;
    const char *body = option_text(L, 1, "body", &length);
    struct fault fault;
    if (json_decode(L, body ? body : "", length, &fault) == STATUS_OK)
        return 1;
    lua_pushnil(L);
    lua_pushstring(L, fault.text);
    return 2;
}

static void push_answer_mark(lua_State *L)
{
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &answer_mark) == LUA_TTABLE)
        return;
    lua_pop(L, 1);
    lua_createtable(L, 0, 2);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, answer_json);
    lua_setfield(L, -2, "json");
    lua_setfield(L, -2, "__index");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &answer_mark);
}

static void push_answer(lua_State *L, const struct http_answer *answer)
{
    lua_createtable(L, 0, 3);
    lua_pushinteger(L, answer->status);
    lua_setfield(L, -2, "status");
    lua_pushlstring(L, answer->body ? answer->body : "", answer->body_length);
    lua_setfield(L, -2, "body");
    lua_createtable(L, 0, (int)answer->header_count);
    for (size_t i = 0; i < answer->header_count; i++) {
        lua_pushstring(L, answer->headers[i].value);
        lua_setfield(L, -2, answer->headers[i].name);
    }
    lua_setfield(L, -2, "headers");
    push_answer_mark(L);
    lua_setmetatable(L, -2);
}

static const char *failure_word(enum status status)
{
    switch (status) {
    case STATUS_TIMEOUT: return "timeout";
    case STATUS_UNAVAILABLE: return "unavailable";
    case STATUS_LIMIT: return "limit";
    default: return "invalid";
    }
}

/* ---- waiting ---- */

/* Stands on the task's stack while the call is under way, so it lives as long as it is needed:
 * when the task ends first, the call is given up. */
struct outgoing {
    struct wait *wait;
    struct http_exchange *exchange;
    enum status status;
    const struct http_answer *answer;
    const struct fault *fault;
};

static int push_outcome(lua_State *L, void *arg)
{
    const struct outgoing *outgoing = arg;
    if (outgoing->status == STATUS_OK) {
        push_answer(L, outgoing->answer);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, failure_word(outgoing->status));
    lua_pushstring(L, outgoing->fault->text);
    return 3;
}

static void answered(void *arg, enum status status, const struct http_answer *answer,
                     const struct fault *fault)
{
    struct outgoing *outgoing = arg;
    outgoing->status = status;
    outgoing->answer = answer;
    outgoing->fault = fault;
    wait_finish(outgoing->wait, push_outcome, outgoing);
}

static void give_up(void *arg)
{
    struct outgoing *outgoing = arg;
    http_exchange_cancel(outgoing->exchange);
    wait_finish(outgoing->wait, push_outcome, outgoing);
}

/* ---- the call ---- */

/* The headers of a call in memory that stands on the stack. */
struct header_list {
    struct http_header *items;
    size_t count;
    size_t capacity;
    bool typed; /* Content-Type is among them */
};

static void add_header(struct header_list *list, const char *name, const char *value)
{
    if (strcasecmp(name, "content-type") == 0)
        list->typed = true;
    list->items[list->count++] = (struct http_header){.name = name, .value = value};
}

/* Pushes the table `headers` (or nil) and the list; the table keeps the texts. */
static void read_headers(lua_State *L, struct header_list *list)
{
    size_t given = 0;
    lua_getfield(L, 1, "headers");
    int headers = lua_gettop(L);
    if (!lua_isnil(L, headers)) {
        luaL_argcheck(L, lua_istable(L, headers), 1, "'headers' must be a table");
        for (lua_pushnil(L); lua_next(L, headers); lua_pop(L, 1))
            given++;
    }
    list->capacity = given + 2;
    list->items = lua_newuserdatauv(L, list->capacity * sizeof(*list->items), 0);
    if (given == 0)
        return;
    for (lua_pushnil(L); lua_next(L, headers); lua_pop(L, 1)) {
        luaL_argcheck(L, lua_type(L, -2) == LUA_TSTRING && lua_type(L, -1) == LUA_TSTRING, 1,
                      "the headers must be texts");
        add_header(list, lua_tostring(L, -2), lua_tostring(L, -1));
    }
}

/* Pushes the body, if there is one. */
static void read_body(lua_State *L, struct http_call *call, struct header_list *headers)
{
    call->body = option_text(L, 1, "body", &call->body_length);
    lua_getfield(L, 1, "json");
    if (lua_isnil(L, -1))
        return;
    luaL_argcheck(L, !call->body, 1, "'body' and 'json' exclude each other");
    struct buffer *scratch = scratch_take(L);
    struct json_writer w = {.out = scratch};
    json_encode(L, -1, &w);
    scratch_push(L, scratch);
    call->body = lua_tolstring(L, -1, &call->body_length);
    if (!headers->typed)
        add_header(headers, "content-type", "application/json");
}

static int read_timeout(lua_State *L, const char *name, lua_Number seconds)
{
    option_number(L, 1, name, &seconds);
    return argument_milliseconds(L, 1, seconds);
}

static void read_call(lua_State *L, struct http_call *call, struct header_list *headers)
{
    static const char *const names[] = {"method", "url",     "headers",         "body",
                                        "json",   "timeout", "connect_timeout", NULL};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    options_check(L, 1, names);
    call->method = option_text(L, 1, "method", NULL);
    if (!call->method)
        call->method = "GET";
    call->url = option_text(L, 1, "url", NULL);
    luaL_argcheck(L, call->url, 1, "'url' is missing");
    call->timeout_ms = read_timeout(L, "timeout", DEFAULT_TIMEOUT_S);
    call->connect_timeout_ms = read_timeout(L, "connect_timeout", DEFAULT_CONNECT_TIMEOUT_S);
    read_headers(L, headers);
    read_body(L, call, headers);
}

static int lua_call_service(lua_State *L)
{
    struct http_client *client = services_of(L)->client;
    if (!client)
        return luaL_error(L, "this thread has no HTTP client");
    struct http_call call = {0};
    struct header_list headers = {0};
    read_call(L, &call, &headers);
    struct outgoing *outgoing = lua_newuserdatauv(L, sizeof(*outgoing), 0);
    outgoing->wait = wait_begin(L, give_up, outgoing);
    const char *traceparent = task_traceparent(task_of(L));
    if (*traceparent)
        add_header(&headers, "traceparent", traceparent);
    call.headers = headers.items;
    call.header_count = headers.count;
    outgoing->exchange = http_client_call(client, &call, answered, outgoing);
    return wait_yield(L, outgoing->wait);
}

int open_http_client(lua_State *L)
{
    static const luaL_Reg functions[] = {{"call", lua_call_service}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
