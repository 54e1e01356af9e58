/* Exceptions: tables with a _repid and the members that IDL gives them; system exceptions have
 * minor and completed. */
#include "bindings/orb_except.h"

#include "bindings/module.h"

#include <stdio.h>
#include <string.h>

/* Addresses: in the registry, the exceptions' metatable, and the keys of fields that are read where
 * nothing may be allocated. */
static const char except_mark_key, repid_key, minor_key, completed_key, why_key;

enum {
    SHOWN_TEXT = 60,
    SHOWN_WHY = 240, /* these are our own words, mostly */
};

/* ---- the mark ---- */

static int except_tostring(lua_State *L)
{
    char text[512];
    except_describe(L, 1, text, sizeof(text));
    lua_pushstring(L, text);
    return 1;
}

static void keep_key(lua_State *L, const void *key, const char *name)
{
    lua_pushstring(L, name);
    lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

void except_begin(lua_State *L)
{
    keep_key(L, &repid_key, "_repid");
    keep_key(L, &minor_key, "minor");
    keep_key(L, &completed_key, "completed");
    keep_key(L, &why_key, "why");
    lua_createtable(L, 0, 3);
    lua_pushliteral(L, "exception");
    lua_setfield(L, -2, "__name");
    lua_pushboolean(L, 0);
    lua_setfield(L, -2, "__metatable");
    lua_pushcfunction(L, except_tostring);
    lua_setfield(L, -2, "__tostring");
    lua_rawsetp(L, LUA_REGISTRYINDEX, &except_mark_key);
}

void except_mark(lua_State *L, const char *id, size_t length)
{
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_pushliteral(L, "_repid");
    lua_pushlstring(L, id, length);
    lua_rawset(L, -3);
    lua_rawgetp(L, LUA_REGISTRYINDEX, &except_mark_key);
    lua_setmetatable(L, -2);
}

bool except_is(lua_State *L, int index)
{
    if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index))
        return false;
    bool marked = lua_rawgetp(L, LUA_REGISTRYINDEX, &except_mark_key) == LUA_TTABLE &&
                  lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return marked;
}

/* ---- fields ---- */

/* Pushes a member, raw, by a key that the registry keeps; nil when there is none. */
static int push_field(lua_State *L, int index, const void *key)
{
    index = lua_absindex(L, index);
    lua_rawgetp(L, LUA_REGISTRYINDEX, key);
    return lua_rawget(L, index);
}

static const char *field_text(lua_State *L, int index, const void *key, size_t *length)
{
    const char *text = NULL;
    if (push_field(L, index, key) == LUA_TSTRING)
        text = lua_tolstring(L, -1, length);
    lua_pop(L, 1); /* the table keeps it */
    return text;
}

const char *except_id(lua_State *L, int index, size_t *length)
{
    if (lua_type(L, index) != LUA_TTABLE)
        return NULL;
    return field_text(L, index, &repid_key, length);
}

/* ---- system exceptions ---- */

static const char *const completed_words[] = {"YES", "NO", "MAYBE"};

static void set_text(lua_State *L, const char *name, const char *text)
{
    lua_pushstring(L, text);
    lua_setfield(L, -2, name);
}

void except_push_system(lua_State *L, const struct system_exception *exception, const char *why)
{
    const char *id = exception_id(exception->kind);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_createtable(L, 0, 4);
    lua_pushinteger(L, exception->minor);
    lua_setfield(L, -2, "minor");
    set_text(L, "completed", completed_words[exception->completed]);
    if (why)
        set_text(L, "why", why);
    except_mark(L, id, strlen(id));
}

static enum exception_completed completed_of(const char *word)
{
    for (size_t i = 0; word && i < 3; i++) {
        if (strcmp(word, completed_words[i]) == 0)
            return (enum exception_completed)i;
    }
    return COMPLETED_MAYBE;
}

static bool is_system_id(const char *id, size_t length, enum exception_kind *kind)
{
    *kind = exception_of_id(id, length);
    const char *known = exception_id(*kind);
    return strlen(known) == length && memcmp(known, id, length) == 0;
}

/* By repository id or bare name; EXCEPTION_NONE: it is none. */
static enum exception_kind system_named(const char *name, size_t length)
{
    enum exception_kind kind;
    if (is_system_id(name, length, &kind))
        return kind;
    kind = exception_of_name(name, length);
    return strcmp(exception_name(kind), name) == 0 ? kind : EXCEPTION_NONE;
}

bool except_read_system(lua_State *L, int index, struct system_exception *exception)
{
    size_t length;
    const char *id = except_id(L, index, &length);
    exception->kind = id ? system_named(id, length) : EXCEPTION_NONE;
    if (!exception->kind)
        return false;
    exception->completed = completed_of(field_text(L, index, &completed_key, &length));
    push_field(L, index, &minor_key);
    lua_Integer minor = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
    exception->minor = minor >= 0 && minor <= UINT32_MAX ? (uint32_t)minor : 0;
    lua_pop(L, 1);
    return true;
}

/* ---- as text ---- */

struct line {
    char *text;
    size_t size, used;
};

static void add(struct line *line, const char *separator, const char *name, const char *value)
{
    if (line->used >= line->size)
        return;
    int length = snprintf(line->text + line->used, line->size - line->used, "%s%s=%s", separator,
                          name, value);
    line->used += (size_t)length;
}

/* The value on the top; texts beyond `most` bytes and tables only as what they are. */
static void add_value(lua_State *L, struct line *line, size_t most, const char *separator,
                      const char *name)
{
    char value[SHOWN_WHY + 32];
    size_t length;
    const char *text;
    switch (lua_type(L, -1)) {
    case LUA_TNIL: return;
    case LUA_TBOOLEAN: add(line, separator, name, lua_toboolean(L, -1) ? "true" : "false"); return;
    case LUA_TNUMBER:
        if (lua_isinteger(L, -1))
            snprintf(value, sizeof(value), "%lld", (long long)lua_tointeger(L, -1));
        else
            snprintf(value, sizeof(value), "%.14g", lua_tonumber(L, -1));
        break;
    case LUA_TSTRING:
        text = lua_tolstring(L, -1, &length);
        if (length <= most)
            snprintf(value, sizeof(value), "%s", text);
        else
            snprintf(value, sizeof(value), "(a text of %zu bytes)", length);
        break;
    default: snprintf(value, sizeof(value), "(a %s)", lua_typename(L, lua_type(L, -1)));
    }
    add(line, separator, name, value);
}

static void add_system(lua_State *L, int index, struct line *line)
{
    push_field(L, index, &completed_key);
    add_value(L, line, SHOWN_TEXT, ": ", "completed");
    push_field(L, index, &minor_key);
    add_value(L, line, SHOWN_TEXT, ", ", "minor");
    push_field(L, index, &why_key);
    add_value(L, line, SHOWN_WHY, ", ", "why");
    lua_pop(L, 3);
}

static void add_members(lua_State *L, int index, const struct typecode *type, struct line *line)
{
    orb_names_open(L, type);
    int names = lua_gettop(L);
    for (uint32_t i = 0; i < type->member_count && type->user; i++) {
        lua_rawgeti(L, names, (lua_Integer)i + 1);
        lua_rawget(L, index);
        add_value(L, line, SHOWN_TEXT, i ? ", " : ": ", type->members[i].name);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
}

void except_describe(lua_State *L, int index, char *text, size_t size)
{
    size_t length = 0;
    struct line line = {.text = text, .size = size};
    index = lua_absindex(L, index);
    const char *id = except_id(L, index, &length);
    line.used = (size_t)snprintf(text, size, "%s", id ? id : "an exception without _repid");
    if (!id)
        return;
    const struct typecode *type = idl_find_type(orb_of(L)->idl, id);
    if (type && type->kind == TK_EXCEPT)
        add_members(L, index, type, &line);
    else if (system_named(id, length))
        add_system(L, index, &line);
}

/* ---- made and looked at by scripts ---- */

/* The exception at 2 gets what a system exception needs. */
static void complete_system(lua_State *L, enum exception_kind kind)
{
    const char *id = exception_id(kind);
    if (lua_getfield(L, 2, "minor") == LUA_TNIL) {
        lua_pushinteger(L, 0);
        lua_setfield(L, 2, "minor");
    }
    if (lua_getfield(L, 2, "completed") == LUA_TNIL) {
        lua_pushliteral(L, "NO");
        lua_setfield(L, 2, "completed");
    }
    lua_settop(L, 2);
    except_mark(L, id, strlen(id));
}

static void complete_user(lua_State *L, const struct typecode *type)
{
    for (uint32_t i = 0; i < type->member_count; i++) {
        const struct typecode_member *member = &type->members[i];
        bool object = typecode_resolve(member->type)->kind == TK_OBJREF;
        if (lua_getfield(L, 2, member->name) == LUA_TNIL && !object)
            luaL_error(L, "the exception %s needs '%s'", type->name, member->name);
        lua_pop(L, 1);
    }
    lua_settop(L, 2);
    except_mark(L, type->id, strlen(type->id));
}

int orb_lua_newexcept(lua_State *L)
{
    luaL_checktype(L, 2, LUA_TTABLE);
    lua_settop(L, 2);
    size_t length = 0;
    const char *name = option_text(L, 2, "_repid", &length);
    if (!name)
        return luaL_error(L, "an exception needs _repid: a scoped name or a repository id");
    const struct typecode *type = idl_find_type(orb_of(L)->idl, name);
    enum exception_kind kind = system_named(name, length);
    if (type && type->kind == TK_EXCEPT)
        complete_user(L, type);
    else if (kind)
        complete_system(L, kind);
    else
        return luaL_error(L, "there is no exception '%s' in the IDL that has been loaded", name);
    return 1;
}

static bool is_named(lua_State *L, const char *id, const char *name, size_t length)
{
    if (strcmp(id, name) == 0)
        return true;
    enum exception_kind kind = system_named(name, length);
    if (kind)
        return strcmp(id, exception_id(kind)) == 0;
    const struct typecode *type = idl_find_type(orb_of(L)->idl, name);
    return type && strcmp(id, type->id) == 0;
}

int orb_lua_isexcept(lua_State *L)
{
    size_t length, name_length;
    luaL_checkany(L, 2);
    const char *name = luaL_optlstring(L, 3, NULL, &name_length);
    const char *id = except_is(L, 2) ? except_id(L, 2, &length) : NULL;
    lua_pushboolean(L, id && (!name || is_named(L, id, name, name_length)));
    return 1;
}
