/* Fuzzes the pattern matcher: a pattern, a NUL, the subject. Nothing is read beyond either, it ends
 * when its steps do, and where it ends early enough for Lua's own to be asked, both say the same.
 */
#include "host/pattern.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS = 200000, COMPARED_STEPS = 20000 };

/* Copies of their own, so that a byte too far is seen. */
static char *copy(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size ? size : 1);
    if (!text)
        abort();
    memcpy(text, bytes, size);
    return text;
}

static lua_State *lua(void)
{
    static lua_State *L;
    if (!L) {
        L = luaL_newstate();
        luaL_requiref(L, "string", luaopen_string, 1);
    }
    lua_settop(L, 0);
    return L;
}

/* Lua's own never takes "%z" for the letter, and gives up at another depth. */
static bool is_comparable(const struct pattern *m)
{
    for (const char *p = m->text; p + 1 < m->text_end; p++) {
        if (p[0] == '%' && (p[1] == 'z' || p[1] == 'Z'))
            return false;
    }
    return m->steps > STEPS - COMPARED_STEPS && (!m->fault || !strstr(m->fault, "complex"));
}

static void compare(const struct pattern *m, bool matched, struct span found)
{
    lua_State *L = lua();
    const char *text = m->text - m->anchored;
    lua_getglobal(L, "string");
    lua_getfield(L, -1, "find");
    lua_pushlstring(L, m->subject, (size_t)(m->subject_end - m->subject));
    lua_pushlstring(L, text, (size_t)(m->text_end - text));
    int called = lua_pcall(L, 2, 2, 0);
    if (called != LUA_OK) {
        bool unfinished = false;
        for (int i = 0; i < m->count; i++)
            unfinished |= m->captures[i].length == CAPTURE_OPEN;
        if (!m->fault && !unfinished && !strstr(lua_tostring(L, -1), "complex"))
            abort();
        return;
    }
    if (m->fault || matched != (lua_type(L, -2) == LUA_TNUMBER))
        abort();
    if (matched && (lua_tointeger(L, -2) != found.start - m->subject + 1 ||
                    lua_tointeger(L, -1) != found.end - m->subject))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = memchr(data, '\0', size);
    size_t length = end ? (size_t)(end - data) : size;
    size_t rest = end ? size - length - 1 : 0;
    char *pattern = copy(data, length), *subject = copy(end ? end + 1 : data, rest);
    struct pattern m = {.subject = subject,
                        .subject_end = subject + rest,
                        .text = pattern,
                        .text_end = pattern + length,
                        .steps = STEPS};
    m.anchored = length > 0 && *pattern == '^';
    m.text += m.anchored;
    struct span found = {0};
    bool matched = pattern_find(&m, subject, NULL, &found);
    if (m.depth != 0 || m.steps < -(int64_t)(size + 64))
        abort();
    if (matched && (found.start < subject || found.end > m.subject_end || found.start > found.end))
        abort();
    if (is_comparable(&m) && !pattern_is_plain(pattern, length))
        compare(&m, matched, found);
    free(pattern);
    free(subject);
    return 0;
}
