/* orderd.uuid: identifiers. */
#include "base/uuid.h"

#include "base/clock.h"
#include "bindings/open.h"

#include <lauxlib.h>

static int lua_new(lua_State *L)
{
    struct uuid id = uuid_v7(clock_wall_ms());
    char text[UUID_TEXT_SIZE];
    uuid_format(&id, text);
    lua_pushlstring(L, text, UUID_TEXT_SIZE - 1);
    return 1;
}

static int lua_is(lua_State *L)
{
    struct uuid id;
    size_t length = 0;
    const char *text = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &length) : NULL;
    lua_pushboolean(L, text && uuid_parse(text, length, &id) == STATUS_OK);
    return 1;
}

int open_uuid(lua_State *L)
{
    static const luaL_Reg functions[] = {{"new", lua_new}, {"is", lua_is}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
