/* The string library for scripts: Lua's own, with find, match, gmatch and gsub on our matcher. What
 * goes through its texts pays for them first; the rest is bounded by the memory that its result
 * takes. */
#include "host/vm_private.h"

#include "host/pattern.h"

#include <lualib.h>
#include <string.h>

/* ---- a pattern and its subject out of a call's arguments ---- */

/* With `may_anchor` a '^' in front anchors; otherwise it is a character like others. */
static void prepare(lua_State *L, struct pattern *m, bool may_anchor)
{
    size_t length;
    m->subject = luaL_checklstring(L, 1, &length);
    m->subject_end = m->subject + length;
    m->text = luaL_checklstring(L, 2, &length);
    m->text_end = m->text + length;
    m->anchored = may_anchor && length > 0 && *m->text == '^';
    m->text += m->anchored;
    m->fault = NULL;
    m->depth = 0;
    m->count = 0;
}

/* pattern_find on the budget of the code that runs. */
static bool find_next(lua_State *L, struct pattern *m, const char *from, const char *not_end,
                      struct span *found)
{
    int64_t left = vm_of(L)->budget.left;
    m->steps = left;
    bool matched = pattern_find(m, from, not_end, found);
    budget_charge(L, left - m->steps);
    if (m->fault)
        luaL_error(L, "%s", m->fault);
    return matched;
}

/* The byte at which a search that is told to begin at `init` begins; beyond the end when it says
 * so. */
static size_t start_of(lua_Integer init, size_t length)
{
    if (init > 0)
        return (size_t)init - 1;
    if (init == 0 || init < -(lua_Integer)length)
        return 0;
    return length + (size_t)init;
}

/* ---- captures ---- */

/* Pushes capture number `index`; number 0 of a pattern without any is the whole match. */
static void push_capture(lua_State *L, const struct pattern *m, int index, struct span found)
{
    if (index >= m->count) {
        if (index > 0)
            luaL_error(L, "invalid capture index %%%d", index + 1);
        lua_pushlstring(L, found.start, (size_t)(found.end - found.start));
        return;
    }
    const struct capture *capture = &m->captures[index];
    if (capture->length == CAPTURE_OPEN)
        luaL_error(L, "unfinished capture");
    else if (capture->length == CAPTURE_POSITION)
        lua_pushinteger(L, capture->start - m->subject + 1);
    else
        lua_pushlstring(L, capture->start, (size_t)capture->length);
}

/* All captures; without any, the whole match when that is wanted. */
static int push_captures(lua_State *L, const struct pattern *m, struct span found, bool whole)
{
    int count = m->count == 0 && whole ? 1 : m->count;
    luaL_checkstack(L, count, "too many captures");
    for (int i = 0; i < count; i++)
        push_capture(L, m, i, found);
    return count;
}

/* ---- find and match ---- */

static int push_places(lua_State *L, const char *subject, const char *start, const char *end)
{
    lua_pushinteger(L, start - subject + 1);
    lua_pushinteger(L, end - subject);
    return 2;
}

static int find_plain(lua_State *L, const struct pattern *m, const char *from, const char *text)
{
    size_t length = (size_t)(m->text_end - text);
    budget_charge_bytes(L, (size_t)(m->subject_end - from));
    const char *start = memmem(from, (size_t)(m->subject_end - from), text, length);
    if (start)
        return push_places(L, m->subject, start, start + length);
    lua_pushnil(L);
    return 1;
}

static int find(lua_State *L, bool places)
{
    struct pattern m;
    struct span found;
    const char *text = luaL_checkstring(L, 2);
    prepare(L, &m, true);
    size_t length = (size_t)(m.subject_end - m.subject);
    size_t start = start_of(luaL_optinteger(L, 3, 1), length);
    if (start > length) {
        lua_pushnil(L);
        return 1;
    }
    const char *from = m.subject + start;
    budget_charge_bytes(L, (size_t)(m.text_end - text));
    bool plain = lua_toboolean(L, 4) || pattern_is_plain(text, (size_t)(m.text_end - text));
    if (places && plain)
        return find_plain(L, &m, from, text);
    if (!find_next(L, &m, from, NULL, &found)) {
        lua_pushnil(L);
        return 1;
    }
    if (!places)
        return push_captures(L, &m, found, true);
    push_places(L, m.subject, found.start, found.end);
    return 2 + push_captures(L, &m, found, false);
}

static int string_find(lua_State *L)
{
    return find(L, true);
}

static int string_match(lua_State *L)
{
    return find(L, false);
}

/* ---- gmatch ---- */

/* Upvalues: subject, pattern, the byte to go on at, the byte at which the last match ended, or -1.
 */
static int next_match(lua_State *L)
{
    struct pattern m;
    struct span found;
    lua_settop(L, 0);
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, lua_upvalueindex(2));
    prepare(L, &m, false);
    lua_Integer from = lua_tointeger(L, lua_upvalueindex(3));
    lua_Integer last = lua_tointeger(L, lua_upvalueindex(4));
    if (from > m.subject_end - m.subject ||
        !find_next(L, &m, m.subject + from, last < 0 ? NULL : m.subject + last, &found))
        return 0;
    lua_pushinteger(L, found.end - m.subject);
    lua_copy(L, -1, lua_upvalueindex(3));
    lua_replace(L, lua_upvalueindex(4));
    return push_captures(L, &m, found, true);
}

static int string_gmatch(lua_State *L)
{
    size_t length;
    luaL_checklstring(L, 1, &length);
    luaL_checkstring(L, 2);
    size_t start = start_of(luaL_optinteger(L, 3, 1), length);
    lua_settop(L, 2);
    lua_pushinteger(L, (lua_Integer)(start > length ? length + 1 : start));
    lua_pushinteger(L, -1);
    lua_pushcclosure(L, next_match, 4);
    return 1;
}

/* ---- gsub ---- */

enum { REPLACEMENT = 3 };

/* The replacement is a text in which %0 to %9 stand for captures. */
static void add_text(lua_State *L, const struct pattern *m, luaL_Buffer *b, struct span found)
{
    size_t length;
    const char *text = lua_tolstring(L, REPLACEMENT, &length);
    const char *end = text + length;
    for (const char *escape; (escape = memchr(text, '%', (size_t)(end - text)));
         text = escape + 1) {
        luaL_addlstring(b, text, (size_t)(escape - text));
        escape++;
        if (escape < end && *escape == '%') {
            luaL_addchar(b, '%');
        } else if (escape < end && *escape == '0') {
            luaL_addlstring(b, found.start, (size_t)(found.end - found.start));
        } else if (escape < end && *escape >= '1' && *escape <= '9') {
            push_capture(L, m, *escape - '1', found);
            luaL_tolstring(L, -1, NULL);
            lua_remove(L, -2);
            luaL_addvalue(b);
        } else {
            luaL_error(L, "invalid use of '%%' in replacement string");
        }
    }
    luaL_addlstring(b, text, (size_t)(end - text));
}

/* The replacement is what a table holds or a function returns; nil and false leave the match. */
static void add_value(lua_State *L, const struct pattern *m, luaL_Buffer *b, struct span found)
{
    if (lua_type(L, REPLACEMENT) == LUA_TTABLE) {
        push_capture(L, m, 0, found);
        lua_gettable(L, REPLACEMENT);
    } else {
        lua_pushvalue(L, REPLACEMENT);
        lua_call(L, push_captures(L, m, found, true), 1);
    }
    if (!lua_toboolean(L, -1)) {
        lua_pop(L, 1);
        luaL_addlstring(b, found.start, (size_t)(found.end - found.start));
    } else if (!lua_isstring(L, -1)) {
        luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
    } else {
        luaL_addvalue(b);
    }
}

static int string_gsub(lua_State *L)
{
    struct pattern m;
    struct span found;
    luaL_Buffer b;
    prepare(L, &m, true);
    int type = lua_type(L, REPLACEMENT);
    luaL_argexpected(L,
                     type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                         type == LUA_TTABLE,
                     REPLACEMENT, "string/function/table");
    bool text = type == LUA_TNUMBER || type == LUA_TSTRING;
    lua_Integer limit = luaL_optinteger(L, 4, m.subject_end - m.subject + 1);
    lua_Integer count = 0;
    const char *from = m.subject, *last = NULL;
    luaL_buffinit(L, &b);
    while (count < limit && find_next(L, &m, from, last, &found)) {
        luaL_addlstring(&b, from, (size_t)(found.start - from));
        if (text)
            add_text(L, &m, &b, found);
        else
            add_value(L, &m, &b, found);
        count++;
        from = last = found.end;
        if (m.anchored)
            break;
    }
    luaL_addlstring(&b, from, (size_t)(m.subject_end - from));
    luaL_pushresult(&b);
    lua_pushinteger(L, count);
    return 2;
}

/* ---- the library ---- */

/* Where a slice that is told to end with the byte `last` ends. */
static size_t end_of(lua_Integer last, size_t length)
{
    if (last >= 0)
        return (lua_Unsigned)last < length ? (size_t)last : length;
    return last < -(lua_Integer)length ? 0 : length + (size_t)last + 1;
}

/* Pays for the bytes that it returns, each a value, and not for the text: a loop that looks at one
 * byte after the other is no work on all of them. */
static int string_byte(lua_State *L)
{
    size_t length;
    luaL_checklstring(L, 1, &length);
    lua_Integer first = luaL_optinteger(L, 2, 1);
    size_t start = start_of(first, length);
    size_t end = end_of(luaL_optinteger(L, 3, first), length);
    budget_charge(L, end > start ? (int64_t)(end - start) : 0);
    return bounded_go_on(L);
}

/* Pays for the format, and not for all the data: a loop that takes one value after the other is no
 * work on all of it. Texts that are taken out pay as memory. */
static int string_unpack(lua_State *L)
{
    size_t length;
    luaL_checklstring(L, 1, &length);
    budget_charge_bytes(L, length);
    return bounded_go_on(L);
}

/* Lua's own counts repetitions even of nothing. */
static int string_rep(lua_State *L)
{
    size_t length, separator;
    luaL_checklstring(L, 1, &length);
    luaL_optlstring(L, 3, "", &separator);
    luaL_checkinteger(L, 2);
    if (length + separator == 0)
        lua_pushliteral(L, "");
    else
        return bounded_go_on(L);
    return 1;
}

/* Texts have methods through one metatable, whose library no script can get at. */
static void protect_methods(lua_State *L)
{
    lua_pushliteral(L, "");
    lua_getmetatable(L, -1);
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 2);
}

int open_bounded_string(lua_State *L)
{
    static const luaL_Reg functions[] = {{"find", string_find},
                                         {"gmatch", string_gmatch},
                                         {"gsub", string_gsub},
                                         {"match", string_match},
                                         {NULL, NULL}};
    static const luaL_Reg paid[] = {{"byte", string_byte},          {"format", bounded_by_texts},
                                    {"lower", bounded_by_texts},    {"pack", bounded_by_texts},
                                    {"packsize", bounded_by_texts}, {"rep", string_rep},
                                    {"reverse", bounded_by_texts},  {"unpack", string_unpack},
                                    {"upper", bounded_by_texts},    {NULL, NULL}};
    luaopen_string(L);
    luaL_setfuncs(L, functions, 0);
    bounded_wrap(L, paid);
    lua_pushnil(L);
    lua_setfield(L, -2, "dump"); /* bytecode is nobody's business */
    protect_methods(L);
    return 1;
}
