/* The table and utf8 libraries for scripts. */
#include "host/vm_private.h"

#include <lualib.h>

int open_bounded_table(lua_State *L)
{
    return luaopen_table(L);
}

int open_bounded_utf8(lua_State *L)
{
    return luaopen_utf8(L);
}
