/* What scripts say about a hook besides its function: name, start, retry. */
#include "bindings/hooks.h"

#include "bindings/module.h"

#include <string.h>

enum {
    NAME_LIMIT = 64,
    ATTEMPTS = 12,
    ATTEMPTS_LIMIT = 1000,
    FIRST_MS = 500,
    LONGEST_MS = 60000,
    DAY_S = 24 * 60 * 60,
};

static bool is_name(const char *text, size_t length)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                  "0123456789._-";
    return length >= 1 && length <= NAME_LIMIT && strlen(text) == length &&
           strspn(text, allowed) == length;
}

const char *hook_check_name(lua_State *L, int options)
{
    size_t length = 0;
    const char *name = option_text(L, options, "name", &length);
    luaL_argcheck(L, name && is_name(name, length), options,
                  "a hook needs a name of 1 to 64 of A-Z a-z 0-9 . _ -");
    return name;
}

bool hook_check_start(lua_State *L, int options)
{
    const char *start = option_text(L, options, "start", NULL);
    bool from_head = !start || strcmp(start, "head") == 0;
    luaL_argcheck(L, from_head || strcmp(start, "beginning") == 0, options,
                  "start must be \"head\" or \"beginning\"");
    return from_head;
}

/* Seconds as milliseconds, or `otherwise` when there are none. */
static int check_seconds(lua_State *L, int table, const char *name, int otherwise)
{
    lua_Number seconds;
    if (!option_number(L, table, name, &seconds))
        return otherwise;
    if (!(seconds >= 0.001 && seconds <= DAY_S))
        luaL_error(L, "retry.%s must be from 0.001 to 86400", name);
    return (int)(seconds * 1000);
}

static struct retry read_retry(lua_State *L, int table)
{
    static const char *const names[] = {"attempts", "first_seconds", "longest_seconds", NULL};
    struct retry retry = {.attempts = ATTEMPTS};
    lua_Integer attempts;
    options_check(L, table, names);
    if (option_integer(L, table, "attempts", &attempts)) {
        if (attempts < 0 || attempts > ATTEMPTS_LIMIT)
            luaL_error(L, "retry.attempts must be from 1 to %d, or 0 for no end", ATTEMPTS_LIMIT);
        retry.attempts = (int)attempts;
    }
    retry.first_ms = check_seconds(L, table, "first_seconds", FIRST_MS);
    retry.longest_ms = check_seconds(L, table, "longest_seconds",
                                     retry.first_ms > LONGEST_MS ? retry.first_ms : LONGEST_MS);
    if (retry.longest_ms < retry.first_ms)
        luaL_error(L, "retry.longest_seconds must not be less than retry.first_seconds");
    return retry;
}

struct retry hook_check_retry(lua_State *L, int options)
{
    struct retry retry = {.attempts = ATTEMPTS, .first_ms = FIRST_MS, .longest_ms = LONGEST_MS};
    if (options == 0)
        return retry;
    lua_pushliteral(L, "retry");
    lua_rawget(L, options);
    if (!lua_isnil(L, -1)) {
        luaL_argcheck(L, lua_istable(L, -1), options, "retry must be a table");
        retry = read_retry(L, lua_gettop(L));
    }
    lua_pop(L, 1);
    return retry;
}
