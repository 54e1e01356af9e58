/* The services of a state's thread, options out of Lua tables, and the state's scratch buffer. */
#include "bindings/module.h"

#include "bindings/kind.h"

#include <string.h>

enum { SCRATCH_KEPT = 256 * 1024, SECONDS_LIMIT = 24 * 60 * 60 };

struct services *services_of(lua_State *L)
{
    return vm_context(vm_of(L));
}

struct repository *services_repository(lua_State *L)
{
    struct repository *repository = services_of(L)->repository;
    if (!repository)
        luaL_error(L, "this program has no store (the configuration says store = false)");
    return repository;
}

struct bus *services_bus(lua_State *L)
{
    struct bus *bus = services_of(L)->bus;
    if (!bus)
        luaL_error(L, "this program has no bus");
    return bus;
}

const struct currency *services_currency(lua_State *L)
{
    const struct currency *currency = services_of(L)->currency;
    if (!currency)
        luaL_error(L, "this program has no currency (order.currency in the configuration)");
    return currency;
}

/* Pushes the option; false, with nothing left on the stack, when it is not there. */
static bool push_option(lua_State *L, int table, const char *name)
{
    lua_pushstring(L, name);
    int type = lua_rawget(L, table);
    bool null = type == LUA_TLIGHTUSERDATA && !lua_touserdata(L, -1);
    if (type != LUA_TNIL && !null)
        return true;
    lua_pop(L, 1);
    return false;
}

static void option_error(lua_State *L, const char *name, const char *wanted)
{
    luaL_error(L, "'%s' must be %s, not %s", name, wanted, luaL_typename(L, -1));
}

const char *option_text(lua_State *L, int table, const char *name, size_t *length)
{
    if (!push_option(L, table, name))
        return NULL;
    if (lua_type(L, -1) != LUA_TSTRING)
        option_error(L, name, "a text");
    const char *text = lua_tolstring(L, -1, length);
    lua_pop(L, 1);
    return text;
}

bool option_integer(lua_State *L, int table, const char *name, lua_Integer *value)
{
    if (!push_option(L, table, name))
        return false;
    int whole = 0;
    if (lua_type(L, -1) == LUA_TNUMBER)
        *value = lua_tointegerx(L, -1, &whole);
    if (!whole)
        option_error(L, name, "an integer");
    lua_pop(L, 1);
    return true;
}

bool option_true(lua_State *L, int table, const char *name)
{
    if (!push_option(L, table, name))
        return false;
    if (lua_type(L, -1) != LUA_TBOOLEAN)
        option_error(L, name, "true or false");
    bool value = lua_toboolean(L, -1);
    lua_pop(L, 1);
    return value;
}

bool option_number(lua_State *L, int table, const char *name, lua_Number *value)
{
    if (!push_option(L, table, name))
        return false;
    if (lua_type(L, -1) != LUA_TNUMBER)
        option_error(L, name, "a number");
    *value = lua_tonumber(L, -1);
    lua_pop(L, 1);
    return true;
}

static bool option_known(const char *name, const char *const *names)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names;
}

static void options_refuse(lua_State *L, const char *name, const char *const *names)
{
    luaL_Buffer known;
    luaL_buffinit(L, &known);
    for (size_t i = 0; names[i]; i++) {
        if (i > 0)
            luaL_addstring(&known, ", ");
        luaL_addstring(&known, names[i]);
    }
    luaL_pushresult(&known);
    luaL_error(L, "there is no option '%s'; there are: %s", name, lua_tostring(L, -1));
}

void options_check(lua_State *L, int table, const char *const *names)
{
    lua_pushnil(L);
    while (lua_next(L, table)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TSTRING)
            luaL_error(L, "an option's name must be a text, not %s", luaL_typename(L, -1));
        if (!option_known(lua_tostring(L, -1), names))
            options_refuse(L, lua_tostring(L, -1), names);
    }
}

int argument_milliseconds(lua_State *L, int argument, lua_Number seconds)
{
    if (!(seconds > 0 && seconds <= SECONDS_LIMIT))
        luaL_argerror(L, argument, "seconds must be above 0 and at most a day");
    lua_Number exact = seconds * 1000;
    int whole = (int)exact;
    return whole < exact ? whole + 1 : whole;
}

/* ---- scratch ---- */

static int scratch_release(lua_State *L)
{
    buffer_release(lua_touserdata(L, 1));
    return 0;
}

static const struct kind scratch_kind = {.name = "scratch", .release = scratch_release};

struct buffer *scratch_take(lua_State *L)
{
    struct buffer *scratch = kind_only(L, &scratch_kind, sizeof(*scratch));
    if (scratch->capacity > SCRATCH_KEPT)
        buffer_release(scratch);
    buffer_clear(scratch);
    return scratch;
}

void scratch_push(lua_State *L, struct buffer *scratch)
{
    lua_pushlstring(L, scratch->size ? scratch->data : "", scratch->size);
    if (scratch->capacity > SCRATCH_KEPT)
        buffer_release(scratch);
}
