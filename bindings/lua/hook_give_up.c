/* An error value that says: to the dead letters with it. */
#include "bindings/hook_give_up.h"

#include "bindings/kind.h"
#include "bindings/problem.h"

#include <lauxlib.h>
#include <stdio.h>

struct give_up {
    char reason[512];
};

static int text(lua_State *L)
{
    const struct give_up *give_up = lua_touserdata(L, 1);
    lua_pushstring(L, give_up->reason);
    return 1;
}

static const struct kind give_up_kind = {.name = "give_up", .text = text};

/* The reason may be what was caught: a text, a problem, an exception. */
int hook_give_up(lua_State *L)
{
    luaL_checkany(L, 1);
    lua_settop(L, 1);
    struct give_up *give_up = kind_new(L, &give_up_kind, sizeof(*give_up), 0);
    problem_describe(L, 1, give_up->reason, sizeof(give_up->reason));
    return lua_error(L);
}

bool give_up_is(lua_State *L, int index)
{
    return kind_test(L, index, &give_up_kind) != NULL;
}

void give_up_describe(lua_State *L, int index, char *described, size_t size)
{
    const struct give_up *give_up = kind_test(L, index, &give_up_kind);
    snprintf(described, size, "%s", give_up ? give_up->reason : "?");
}
