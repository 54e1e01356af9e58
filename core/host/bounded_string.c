/* The string library for scripts. */
#include "host/vm_private.h"

#include <lualib.h>

int open_bounded_string(lua_State *L)
{
    luaopen_string(L);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump");
    return 1;
}
