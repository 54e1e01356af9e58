/* orderd.http: scripts declare routes and make answers with it. */
#include "bindings/json.h"
#include "bindings/module.h"
#include "bindings/open.h"
#include "bindings/routes.h"

static int declare(lua_State *L, const char *method, const char *function)
{
    vm_check_loading(L, function);
    const char *pattern = luaL_checkstring(L, 1);
    luaL_checktype(L, 2, LUA_TFUNCTION);
    lua_settop(L, 2);
    lua_pushvalue(L, 2);
    routes_add(L, method, pattern, luaL_ref(L, LUA_REGISTRYINDEX));
    return 0;
}

static int lua_get(lua_State *L)
{
    return declare(L, "GET", "http.get");
}

static int lua_post(lua_State *L)
{
    return declare(L, "POST", "http.post");
}

static int lua_put(lua_State *L)
{
    return declare(L, "PUT", "http.put");
}

static int lua_patch(lua_State *L)
{
    return declare(L, "PATCH", "http.patch");
}

static int lua_delete(lua_State *L)
{
    return declare(L, "DELETE", "http.delete");
}

/* Pushes the answer of the status at 1 with the headers at `headers` and no body yet. */
static void push_answer(lua_State *L, int headers)
{
    luaL_checkinteger(L, 1);
    lua_settop(L, headers);
    if (!lua_isnil(L, headers))
        luaL_checktype(L, headers, LUA_TTABLE);
    lua_createtable(L, 0, 4);
    lua_pushliteral(L, "status");
    lua_pushvalue(L, 1);
    lua_rawset(L, -3);
    if (lua_istable(L, headers)) {
        lua_pushliteral(L, "headers");
        lua_pushvalue(L, headers);
        lua_rawset(L, -3);
    }
}

static int lua_json(lua_State *L)
{
    luaL_checkany(L, 2);
    push_answer(L, 3);
    lua_pushliteral(L, "body");
    struct buffer *scratch = scratch_take(L);
    struct json_writer w = {.out = scratch};
    json_encode(L, 2, &w);
    scratch_push(L, scratch);
    lua_rawset(L, -3);
    lua_pushliteral(L, "content_type");
    lua_pushliteral(L, "application/json");
    lua_rawset(L, -3);
    return 1;
}

static int lua_text(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TSTRING);
    push_answer(L, 3);
    lua_pushliteral(L, "body");
    lua_pushvalue(L, 2);
    lua_rawset(L, -3);
    return 1;
}

static int lua_empty(lua_State *L)
{
    push_answer(L, 2);
    return 1;
}

int open_http(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"get", lua_get},     {"post", lua_post},     {"put", lua_put},
        {"patch", lua_patch}, {"delete", lua_delete}, {"json", lua_json},
        {"text", lua_text},   {"empty", lua_empty},   {NULL, NULL}};
    routes_of(L);
    luaL_newlib(L, functions);
    return 1;
}
