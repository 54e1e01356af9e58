/* The request object: its fields are read from the C request when a script asks for them; the
 * tables of parameters are built once. */
#include "bindings/request.h"

#include "bindings/json.h"
#include "bindings/kind.h"
#include "bindings/problem.h"
#include "bindings/query.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

struct request_box {
    struct call *call;
    uint64_t serial;
};

enum { PARAMS_VALUE = 1, QUERY_VALUE = 2, USER_VALUES = 2 };

static struct call *open_call(lua_State *L, void *object)
{
    const struct request_box *box = object;
    if (!box->call || box->call->serial != box->serial)
        luaL_error(L, "the request has been answered and is closed");
    return box->call;
}

static int push_text(lua_State *L, struct text text)
{
    lua_pushlstring(L, text.data ? text.data : "", text.length);
    return 1;
}

static int push_method(lua_State *L, void *object)
{
    return push_text(L, http_request_method(open_call(L, object)->request));
}

static int push_path(lua_State *L, void *object)
{
    return push_text(L, http_request_path(open_call(L, object)->request));
}

static int push_body(lua_State *L, void *object)
{
    return push_text(L, http_request_body(open_call(L, object)->request));
}

static int push_trace_id(lua_State *L, void *object)
{
    lua_pushstring(L, http_request_trace(open_call(L, object)->request)->id);
    return 1;
}

static int push_params(lua_State *L, void *object)
{
    const struct route_match *match = &open_call(L, object)->match;
    if (lua_getiuservalue(L, 1, PARAMS_VALUE) == LUA_TTABLE)
        return 1;
    lua_createtable(L, 0, (int)match->parameter_count);
    for (size_t i = 0; i < match->parameter_count; i++) {
        lua_pushstring(L, match->parameters[i].value);
        lua_setfield(L, -2, match->parameters[i].name);
    }
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, PARAMS_VALUE);
    return 1;
}

static int push_query(lua_State *L, void *object)
{
    struct call *call = open_call(L, object);
    if (lua_getiuservalue(L, 1, QUERY_VALUE) == LUA_TTABLE)
        return 1;
    query_push(L, http_request_query(call->request));
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, QUERY_VALUE);
    return 1;
}

static int header(lua_State *L)
{
    struct call *call = request_check(L, 1);
    struct text value = http_request_header(call->request, luaL_checkstring(L, 2));
    if (!value.data)
        lua_pushnil(L);
    else
        push_text(L, value);
    return 1;
}

/* "application/json" or "application/anything+json", parameters aside (RFC 6839, 3.1). */
static bool is_json_type(struct text type)
{
    size_t length = 0;
    while (length < type.length && !strchr("; \t", type.data[length]))
        length++;
    static const char json[] = "application/json";
    static const char prefix[] = "application/";
    static const char suffix[] = "+json";
    if (length == strlen(json) && strncasecmp(type.data, json, length) == 0)
        return true;
    return length > strlen(prefix) + strlen(suffix) &&
           strncasecmp(type.data, prefix, strlen(prefix)) == 0 &&
           strncasecmp(type.data + length - strlen(suffix), suffix, strlen(suffix)) == 0;
}

static int json(lua_State *L)
{
    struct call *call = request_check(L, 1);
    struct text type = http_request_header(call->request, "content-type");
    if (!type.data || !is_json_type(type))
        return problem_raise(L, "unsupported-media-type", "The body must be application/json.");
    struct text body = http_request_body(call->request);
    struct fault fault;
    if (json_decode(L, body.data ? body.data : "", body.length, &fault))
        return problem_raise(L, "invalid-json", fault.text);
    return 1;
}

static const struct kind_field fields[] = {
    {"method", push_method},
    {"path", push_path},
    {"params", push_params},
    {"query", push_query},
    {"body", push_body},
    {"trace_id", push_trace_id},
    {NULL, NULL},
};

static const luaL_Reg methods[] = {{"header", header}, {"json", json}, {NULL, NULL}};

static const struct kind request_kind = {.name = "request", .fields = fields, .methods = methods};

void request_push(lua_State *L, struct call *call)
{
    struct request_box *box = kind_new(L, &request_kind, sizeof(*box), USER_VALUES);
    box->call = call;
    box->serial = call->serial;
}

struct call *request_check(lua_State *L, int argument)
{
    return open_call(L, kind_check(L, argument, &request_kind));
}
