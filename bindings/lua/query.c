/* Reading a query string: name=value pairs between '&', '+' for a space, percent-encoding. */
#include "bindings/query.h"

#include "base/utf8.h"
#include "bindings/module.h"
#include "bindings/problem.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that "%41" at text[0] stands for; -1 when it is broken or a NUL. */
static int escaped_byte(const char *text, size_t left)
{
    if (left < 3)
        return -1;
    int high = hex_digit(text[1]);
    int low = hex_digit(text[2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0))
        return -1;
    return high * 16 + low;
}

static bool decode(const char *text, size_t length, struct buffer *out)
{
    buffer_clear(out);
    for (size_t i = 0; i < length; i++) {
        int byte = text[i] == '+' ? ' ' : (unsigned char)text[i];
        if (text[i] == '%') {
            byte = escaped_byte(text + i, length - i);
            i += 2;
        }
        if (byte <= 0)
            return false;
        char c = (char)byte;
        buffer_append(out, &c, 1);
    }
    return true;
}

static void push_decoded(lua_State *L, const char *text, size_t length)
{
    struct buffer *scratch = scratch_take(L);
    if (!decode(text, length, scratch) || utf8_count(scratch->data, scratch->size) < 0)
        problem_raise(L, "validation-failed", "The query is not well percent-encoded UTF-8.");
    lua_pushlstring(L, scratch->size ? scratch->data : "", scratch->size);
}

/* Adds one name=value to the table on the top. */
static void add_pair(lua_State *L, const char *pair, size_t length)
{
    const char *equals = memchr(pair, '=', length);
    size_t name_length = equals ? (size_t)(equals - pair) : length;
    push_decoded(L, pair, name_length);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) != LUA_TNIL)
        problem_raise_invalid_at(L, lua_pushfstring(L, "/%s", lua_tostring(L, -2)),
                                 "is given more than once in the query");
    lua_pop(L, 1);
    push_decoded(L, equals ? equals + 1 : "", equals ? length - name_length - 1 : 0);
    lua_rawset(L, -3);
}

void query_push(lua_State *L, struct text query)
{
    lua_newtable(L);
    const char *rest = query.data;
    size_t left = query.length;
    while (left > 0) {
        const char *end = memchr(rest, '&', left);
        size_t length = end ? (size_t)(end - rest) : left;
        if (length > 0)
            add_pair(L, rest, length);
        size_t used = end ? length + 1 : length;
        rest += used;
        left -= used;
    }
}
