/* hook.give_up(reason): what a hook raises when no further attempt would help. */
#ifndef BINDINGS_HOOK_GIVE_UP_H
#define BINDINGS_HOOK_GIVE_UP_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

int hook_give_up(lua_State *L);

/* Neither raises. */
bool give_up_is(lua_State *L, int index);
void give_up_describe(lua_State *L, int index, char *text, size_t size);

#endif
