/* Lua values into CDR: structs and sequences, and how what is wrong is told. */
#include "bindings/json.h"
#include "bindings/orb_object.h"
#include "bindings/orb_value.h"
#include "host/task.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    BODY_LIMIT = 16 * 1024 * 1024, /* bytes; one text can stand in many places */
    DEPTH_LIMIT = 64,
    CHARGE_STEP = 1024,
    PLACE_SIZE = 256,
};

/* ---- complaints ---- */

/* Appends ".name" or "[index]" of each link; the outermost first. */
static size_t place_write(const struct place *at, char *text, size_t size)
{
    size_t used = at->up ? place_write(at->up, text, size) : 0;
    int length;
    if (used >= size)
        return used;
    if (at->name)
        length = snprintf(text + used, size - used, "%s%s", at->up ? "." : "", at->name);
    else
        length = snprintf(text + used, size - used, "[%lld]", (long long)at->index);
    return used + (size_t)length;
}

/* Pushes "scripts/a.lua:12: ", of the line that called or of the function that returned. */
static void push_where(struct marshal *m)
{
    if (!m->function) {
        luaL_where(m->L, m->level);
        return;
    }
    lua_Debug info;
    lua_pushvalue(m->L, m->function);
    lua_getinfo(m->L, ">S", &info);
    lua_pushfstring(m->L, "%s:%d: ", info.short_src, info.linedefined);
}

void marshal_refuse(struct marshal *m, const struct place *at, const char *format, ...)
{
    char place[PLACE_SIZE];
    va_list arguments;
    place_write(at, place, sizeof(place));
    luaL_checkstack(m->L, 8, NULL);
    push_where(m);
    lua_pushfstring(m->L, "%s: ", place);
    va_start(arguments, format);
    lua_pushvfstring(m->L, format, arguments);
    va_end(arguments);
    lua_concat(m->L, 3);
    lua_error(m->L);
    __builtin_unreachable();
}

/* Pushes it so that it is not taken for another one: with every digit that tells it apart. */
static const char *push_number(lua_State *L, lua_Number value)
{
    char text[64];
    if (fabs(value) < 0x1p63 && (lua_Number)(lua_Integer)value == value) {
        snprintf(text, sizeof(text), "%.1f", value);
        return lua_pushstring(L, text);
    }
    snprintf(text, sizeof(text), "%.14g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof(text), "%.17g", value);
    return lua_pushstring(L, text);
}

/* What a value is, without telling what a text says: that may be a secret. */
static const char *describe_value(lua_State *L, int index)
{
    switch (lua_type(L, index)) {
    case LUA_TNUMBER:
        if (!lua_isinteger(L, index))
            return push_number(L, lua_tonumber(L, index));
        lua_pushvalue(L, index); /* the value itself stays a number */
        return lua_tostring(L, -1);
    case LUA_TBOOLEAN: return lua_toboolean(L, index) ? "true" : "false";
    case LUA_TSTRING: return "a text";
    case LUA_TTABLE: return "a table";
    case LUA_TFUNCTION: return "a function";
    default: return json_null_at(L, index) ? "json.null" : "a userdata";
    }
}

void marshal_refuse_type(struct marshal *m, const struct place *at, const struct typecode *type,
                         int index)
{
    char wanted[192];
    orb_describe_type(type, wanted, sizeof(wanted));
    luaL_checkstack(m->L, 8, NULL);
    if (lua_isnil(m->L, index))
        marshal_refuse(m, at, "missing: %s is expected", wanted);
    marshal_refuse(m, at, "%s is not %s", describe_value(m->L, index), wanted);
}

/* ---- bounds ---- */

static void check_size(struct marshal *m)
{
    if (m->out->out->size - m->out->origin > BODY_LIMIT)
        luaL_error(m->L, "the values of one call take more than %d MiB",
                   BODY_LIMIT / (1024 * 1024));
}

void marshal_charge(struct marshal *m, int64_t instructions)
{
    m->due += instructions;
    if (m->due < CHARGE_STEP)
        return;
    check_size(m);
    marshal_end(m);
}

void marshal_end(struct marshal *m)
{
    int64_t due = m->due;
    m->due = 0;
    task_charge(m->L, due);
}

void marshal_enter(struct marshal *m, const struct place *at)
{
    if (++m->depth > DEPTH_LIMIT)
        marshal_refuse(m, at, "nested deeper than %d, or holds itself", DEPTH_LIMIT);
    luaL_checkstack(m->L, LUA_MINSTACK, NULL);
}

/* ---- structs ---- */

void marshal_get(struct marshal *m, int table)
{
    if (m->raw || !lua_getmetatable(m->L, table)) {
        lua_rawget(m->L, table);
        return;
    }
    lua_pop(m->L, 1);
    lua_gettable(m->L, table);
}

static void marshal_struct(struct marshal *m, const struct typecode *type, int index,
                           const struct place *at)
{
    lua_State *L = m->L;
    if (lua_type(L, index) != LUA_TTABLE)
        marshal_refuse_type(m, at, type, index);
    marshal_enter(m, at);
    marshal_charge(m, type->member_count);
    orb_names_open(L, type);
    int names = lua_gettop(L), value = names + 1;
    for (uint32_t i = 0; i < type->member_count; i++) {
        const struct typecode_member *member = &type->members[i];
        struct place below = {.up = at, .name = member->name};
        orb_names_push(L, names, type, i);
        marshal_get(m, index);
        marshal_value(m, member->type, value, &below);
        lua_settop(L, names);
    }
    lua_settop(L, names - 1);
    m->depth--;
}

/* An exception as a value (in an any): its id, then its members. */
static void marshal_exception(struct marshal *m, const struct typecode *type, int index,
                              const struct place *at)
{
    cdr_write_identifier(m->out, type->id, strlen(type->id));
    marshal_struct(m, type, index, at);
}

/* ---- sequences and arrays ---- */

static bool holds_octets(const struct typecode *type)
{
    return typecode_resolve(type->content)->kind == TK_OCTET;
}

static void check_length(struct marshal *m, const struct typecode *type, size_t length,
                         const struct place *at)
{
    if (type->kind == TK_ARRAY && length != type->length)
        marshal_refuse(m, at, "%I elements where an array has %I", (lua_Integer)length,
                       (lua_Integer)type->length);
    if (type->kind == TK_SEQUENCE && type->length && length > type->length)
        marshal_refuse(m, at, "%I elements where the sequence has at most %I", (lua_Integer)length,
                       (lua_Integer)type->length);
    if (length > UINT32_MAX)
        marshal_refuse(m, at, "too long");
}

/* A table with names in it is no empty sequence. */
static void check_no_names(struct marshal *m, int index, const struct place *at)
{
    lua_pushnil(m->L);
    if (lua_next(m->L, index))
        marshal_refuse(m, at, "a table with other keys than 1 to n is no sequence");
}

static void marshal_octets(struct marshal *m, const struct typecode *type, int index,
                           const struct place *at)
{
    size_t size;
    const char *bytes = lua_tolstring(m->L, index, &size);
    check_length(m, type, size, at);
    if (type->kind == TK_SEQUENCE)
        cdr_write_octets(m->out, bytes, size);
    else
        buffer_append(m->out->out, bytes, size);
    marshal_charge(m, (int64_t)size / 16 + 1);
}

static void marshal_list(struct marshal *m, const struct typecode *type, int index,
                         const struct place *at)
{
    lua_State *L = m->L;
    if (lua_type(L, index) == LUA_TSTRING && holds_octets(type)) {
        marshal_octets(m, type, index, at);
        return;
    }
    if (lua_type(L, index) != LUA_TTABLE)
        marshal_refuse_type(m, at, type, index);
    size_t length = lua_rawlen(L, index);
    marshal_enter(m, at);
    if (length == 0)
        check_no_names(m, index, at);
    check_length(m, type, length, at);
    if (type->kind == TK_SEQUENCE)
        cdr_write_ulong(m->out, (uint32_t)length);
    int value = lua_gettop(L) + 1;
    for (size_t i = 1; i <= length; i++) {
        struct place below = {.up = at, .index = (lua_Integer)i};
        marshal_charge(m, 1);
        lua_rawgeti(L, index, (lua_Integer)i);
        marshal_value(m, type->content, value, &below);
        lua_settop(L, value - 1);
    }
    m->depth--;
}

/* ---- any type ---- */

void marshal_value(struct marshal *m, const struct typecode *type, int index,
                   const struct place *at)
{
    while (type->kind == TK_ALIAS)
        type = type->content;
    if (marshal_basic(m, type, index, at))
        return;
    switch (type->kind) {
    case TK_STRUCT: marshal_struct(m, type, index, at); break;
    case TK_SEQUENCE:
    case TK_ARRAY: marshal_list(m, type, index, at); break;
    case TK_UNION: marshal_union(m, type, index, at); break;
    case TK_OBJREF: marshal_reference(m, type, index, at); break;
    case TK_ANY: marshal_any(m, index, at); break;
    case TK_TYPECODE: marshal_typecode(m, index, at); break;
    case TK_EXCEPT: marshal_exception(m, type, index, at); break;
    default: marshal_refuse(m, at, "values of this type cannot be passed");
    }
}
