/* From the table that a handler returned, or the problem that it raised, to what is sent. */
#include "bindings/answer.h"

#include "bindings/json.h"
#include "bindings/problem.h"

#include <lauxlib.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* Pushes a member of the table, raw. */
static int push_member(lua_State *L, int table, const char *name)
{
    lua_pushstring(L, name);
    return lua_rawget(L, table);
}

static void add_header(lua_State *L, struct answer *answer, const char *name, const char *value)
{
    if (answer->header_count == ANSWER_HEADERS_LIMIT)
        luaL_error(L, "an answer has at most %d headers", ANSWER_HEADERS_LIMIT);
    answer->headers[answer->header_count++] = (struct http_header){.name = name, .value = value};
}

/* Reads the member `headers` (the server drops those that would break the framing); true when
 * Content-Type is among them. */
static bool read_headers(lua_State *L, int table, struct answer *answer)
{
    bool typed = false;
    int type = push_member(L, table, "headers");
    if (type != LUA_TNIL && type != LUA_TTABLE)
        luaL_error(L, "an answer's headers must be a table, not %s", luaL_typename(L, -1));
    if (type == LUA_TTABLE) {
        int headers = lua_gettop(L);
        for (lua_pushnil(L); lua_next(L, headers); lua_pop(L, 1)) {
            if (lua_type(L, -2) != LUA_TSTRING || lua_type(L, -1) != LUA_TSTRING)
                luaL_error(L, "an answer's headers must be texts");
            const char *name = lua_tostring(L, -2);
            typed = typed || strcasecmp(name, "content-type") == 0;
            add_header(L, answer, name, lua_tostring(L, -1));
        }
    }
    lua_pop(L, 1);
    return typed;
}

static int read_status(lua_State *L, int table)
{
    int whole = 0;
    lua_Integer status = 0;
    if (push_member(L, table, "status") == LUA_TNUMBER)
        status = lua_tointegerx(L, -1, &whole);
    if (!whole || status < 200 || status > 599)
        luaL_error(L, "an answer's status must be an integer from 200 to 599");
    lua_pop(L, 1);
    return (int)status;
}

static void read_body(lua_State *L, int table, struct answer *answer)
{
    int type = push_member(L, table, "body");
    if (type != LUA_TNIL && type != LUA_TSTRING)
        luaL_error(L, "an answer's body must be a text, not %s", luaL_typename(L, -1));
    answer->body = lua_tolstring(L, -1, &answer->body_length);
    if (!answer->body)
        answer->body_length = 0;
    lua_pop(L, 1);
}

static const char *default_type(lua_State *L, int table)
{
    int type = push_member(L, table, "content_type");
    const char *text = type == LUA_TSTRING ? lua_tostring(L, -1) : "text/plain; charset=utf-8";
    lua_pop(L, 1);
    return text;
}

void answer_read(lua_State *L, int index, struct answer *answer)
{
    int table = lua_absindex(L, index);
    if (lua_type(L, table) != LUA_TTABLE)
        luaL_error(L, "a handler must return an answer (http.json, http.text, http.empty), not %s",
                   luaL_typename(L, table));
    luaL_checkstack(L, 8, NULL);
    answer->header_count = 0;
    answer->status = read_status(L, table);
    read_body(L, table, answer);
    if (!read_headers(L, table, answer) && answer->body)
        add_header(L, answer, "Content-Type", default_type(L, table));
}

/* ---- problems ---- */

/* A script that caught the problem may have set anything. */
static bool is_further_member(const char *name)
{
    return !problem_reserves(name) && strcmp(name, "detail") != 0 && strcmp(name, "headers") != 0;
}

/* Pushes a copy of the problem with only its further members. */
static void push_further(lua_State *L, int problem)
{
    lua_newtable(L);
    for (lua_pushnil(L); lua_next(L, problem); lua_pop(L, 1)) {
        if (lua_type(L, -2) != LUA_TSTRING || !is_further_member(lua_tostring(L, -2)))
            continue;
        lua_pushvalue(L, -2);
        lua_pushvalue(L, -2);
        lua_rawset(L, -5);
    }
}

/* The members are an object's text without its braces. */
static void write_further(lua_State *L, int problem, struct buffer *members)
{
    push_further(L, problem);
    struct json_writer w = {.out = members};
    json_encode(L, -1, &w);
    lua_pop(L, 1);
    members->data[members->size - 1] = '\0';
}

void answer_read_problem(lua_State *L, int index, struct problem *problem, struct buffer *members,
                         struct answer *answer)
{
    int table = lua_absindex(L, index);
    luaL_checkstack(L, 10, NULL);
    answer->header_count = 0;
    size_t length = 0;
    push_member(L, table, "code");
    const char *code = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : "";
    problem->kind = problem_find(code, length);
    if (!problem->kind)
        luaL_error(L, "no problem has the code '%s'", code);
    if (push_member(L, table, "detail") == LUA_TSTRING)
        problem->detail = lua_tostring(L, -1);
    lua_pop(L, 2);
    read_headers(L, table, answer);
    write_further(L, table, members);
    problem->members = members->size > 2 ? members->data + 1 : NULL;
}
