/* orderd.money: amounts of the configured currency, as text and as minor units. */
#include "domain/money.h"

#include "bindings/module.h"
#include "bindings/open.h"

#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_SIZE = 64 };

/* The shortest decimal that reads back as the same double: what the sender wrote, as JSON numbers
 * have at most 15 digits here (base/json.h). */
static void write_number(lua_State *L, int index, char text[NUMBER_SIZE])
{
    if (lua_isinteger(L, index)) {
        snprintf(text, NUMBER_SIZE, "%lld", (long long)lua_tointeger(L, index));
        return;
    }
    lua_Number number = lua_tonumber(L, index);
    snprintf(text, NUMBER_SIZE, "%.15g", number);
    if (strtod(text, NULL) != number)
        snprintf(text, NUMBER_SIZE, "%.17g", number);
}

static int lua_parse(lua_State *L)
{
    const struct currency *currency = services_currency(L);
    char number[NUMBER_SIZE];
    if (lua_type(L, 1) == LUA_TNUMBER) {
        write_number(L, 1, number);
        lua_pushstring(L, number);
        lua_replace(L, 1);
    }
    struct fault fault;
    int64_t minor;
    size_t length = 0;
    const char *text = lua_type(L, 1) == LUA_TSTRING ? lua_tolstring(L, 1, &length) : NULL;
    if (text && money_parse(currency, text, length, &minor, &fault) == STATUS_OK) {
        lua_pushinteger(L, minor);
        return 1;
    }
    lua_pushnil(L);
    lua_pushstring(L, text ? fault.text : "an amount is a text or a number");
    return 2;
}

static int lua_format(lua_State *L)
{
    char text[MONEY_TEXT_SIZE];
    money_format(services_currency(L), luaL_checkinteger(L, 1), text);
    lua_pushstring(L, text);
    return 1;
}

int open_money(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"parse", lua_parse}, {"format", lua_format}, {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
