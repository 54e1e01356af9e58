/* A query string becomes a table of texts. */
#include "bindings/query.h"

#include "bindings/module.h"
#include "bindings/problem.h"
#include "http/query.h"

static void push_decoded(lua_State *L, struct text text)
{
    struct buffer *scratch = scratch_take(L);
    if (!query_decode(text, scratch))
        problem_raise(L, "validation-failed", "The query is not well percent-encoded UTF-8.");
    lua_pushlstring(L, scratch->size ? scratch->data : "", scratch->size);
}

/* Adds one name=value to the table on the top. */
static void add_pair(lua_State *L, struct text name, struct text value)
{
    push_decoded(L, name);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL)
        problem_raise_invalid_at(L, lua_pushfstring(L, "/%s", lua_tostring(L, -2)),
                                 "is given more than once in the query");
    lua_pop(L, 1);
    push_decoded(L, value);
    lua_rawset(L, -3);
}

void query_push(lua_State *L, struct text query)
{
    struct text name, value;
    lua_newtable(L);
    while (query_next(&query, &name, &value))
        add_pair(L, name, value);
}
