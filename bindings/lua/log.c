/* orderd.log: structured log lines from scripts. */
#include "base/log.h"

#include "bindings/open.h"

#include <lauxlib.h>
#include <string.h>
#include <strings.h>

enum { FIELDS_LIMIT = 16 };

/* What must never stand in a log is hidden even when a script hands it over. */
static bool is_secret(const char *name)
{
    static const char *const names[] = {"token", "notes", "password", "authorization", "secret"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(name, names[i]) == 0)
            return true;
    }
    return false;
}

/* The log writes names as they are. */
static bool is_word(const char *name)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
    return *name && name[strspn(name, word)] == '\0';
}

/* The field of the key at -2 and the value at -1; its texts live in the caller's table, or on the
 * stack below. */
static struct log_field read_field(lua_State *L)
{
    if (lua_type(L, -2) != LUA_TSTRING)
        luaL_error(L, "a log field's name must be a text, not %s", luaL_typename(L, -2));
    const char *name = lua_tostring(L, -2);
    if (!is_word(name))
        luaL_error(L, "a log field's name must be of letters, digits, '_', '.' and '-'");
    if (is_secret(name))
        return LOG_TEXT(name, "[hidden]");
    switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN: return LOG_TEXT(name, lua_toboolean(L, -1) ? "true" : "false");
    case LUA_TSTRING: break;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1))
            return LOG_INT(name, lua_tointeger(L, -1));
        break;
    default:
        luaL_error(L, "log field '%s' is %s: not text, number or boolean", name,
                   luaL_typename(L, -1));
    }
    lua_pushvalue(L, -1); /* a number's text must outlive the loop */
    lua_insert(L, 3);
    size_t length;
    const char *text = lua_tolstring(L, 3, &length);
    return LOG_TEXT_N(name, text, length);
}

static int write_line(lua_State *L, enum log_level level)
{
    const char *message = luaL_checkstring(L, 1);
    struct log_field fields[FIELDS_LIMIT];
    size_t count = 0;
    lua_settop(L, 2);
    if (!log_enabled(level))
        return 0;
    if (!lua_isnil(L, 2)) {
        luaL_checktype(L, 2, LUA_TTABLE);
        luaL_checkstack(L, FIELDS_LIMIT + 4, NULL);
        for (lua_pushnil(L); lua_next(L, 2); lua_pop(L, 1)) {
            if (count == FIELDS_LIMIT)
                return luaL_error(L, "a log line has at most %d fields", FIELDS_LIMIT);
            fields[count++] = read_field(L);
        }
    }
    log_write(level, message, fields, count);
    return 0;
}

static int lua_debug(lua_State *L)
{
    return write_line(L, LOG_DEBUG);
}

static int lua_info(lua_State *L)
{
    return write_line(L, LOG_INFO);
}

static int lua_log_warning(lua_State *L)
{
    return write_line(L, LOG_WARNING);
}

static int lua_log_error(lua_State *L)
{
    return write_line(L, LOG_ERROR);
}

int open_log(lua_State *L)
{
    static const luaL_Reg functions[] = {{"debug", lua_debug},
                                         {"info", lua_info},
                                         {"warning", lua_log_warning},
                                         {"error", lua_log_error},
                                         {NULL, NULL}};
    luaL_newlib(L, functions);
    return 1;
}
