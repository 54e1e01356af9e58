/* CDR into Lua values. */
#include "bindings/orb_except.h"
#include "bindings/orb_object.h"
#include "bindings/orb_value.h"

#include <stdio.h>
#include <string.h>

/* ---- numbers and texts ---- */

static void push_ulonglong(lua_State *L, uint64_t value)
{
    char text[24];
    if (value <= INT64_MAX) {
        lua_pushinteger(L, (lua_Integer)value);
        return;
    }
    int length = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    lua_pushlstring(L, text, (size_t)length);
}

static void push_character(lua_State *L, const char text[4], size_t length)
{
    lua_pushlstring(L, text, length);
}

static void unmarshal_text(struct unmarshal *u, const struct typecode *type)
{
    size_t length = 0;
    const char *text;
    char character[4];
    buffer_clear(&u->orb->scratch);
    switch (type->kind) {
    case TK_STRING: text = cdr_read_string(u->in, type->length, &u->orb->scratch, &length); break;
    case TK_WSTRING: text = cdr_read_wstring(u->in, type->length, &u->orb->scratch, &length); break;
    case TK_CHAR: push_character(u->L, character, cdr_read_char(u->in, character)); return;
    default: push_character(u->L, character, cdr_read_wchar(u->in, character)); return;
    }
    lua_pushlstring(u->L, text && length ? text : "", text ? length : 0);
}

static void unmarshal_fixed(struct unmarshal *u, const struct typecode *type)
{
    char text[FIXED_TEXT_SIZE] = "";
    cdr_read_fixed(u->in, type->fixed_digits, type->fixed_scale, text);
    lua_pushstring(u->L, text);
}

static void unmarshal_enum(struct unmarshal *u, const struct typecode *type)
{
    uint32_t ordinal = cdr_read_ulong(u->in);
    if (ordinal >= type->member_count) {
        cdr_fail(u->in, EXCEPTION_MARSHAL);
        lua_pushnil(u->L);
        return;
    }
    luaL_checkstack(u->L, 2, NULL);
    orb_names_open(u->L, type);
    orb_names_push(u->L, lua_gettop(u->L), type, ordinal);
    lua_replace(u->L, -2);
}

/* ---- structs ---- */

void unmarshal_members(struct unmarshal *u, const struct typecode *type)
{
    lua_State *L = u->L;
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    orb_names_open(L, type);
    int names = lua_gettop(L);
    lua_createtable(L, 0, (int)type->member_count);
    for (uint32_t i = 0; i < type->member_count && cdr_ok(u->in); i++) {
        orb_names_push(L, names, type, i);
        unmarshal_value(u, type->members[i].type);
        lua_rawset(L, names + 1);
    }
    lua_replace(L, names);
}

/* A struct without members takes no byte, so an array of them would be work without end. IDL has
 * none. */
static void unmarshal_struct(struct unmarshal *u, const struct typecode *type)
{
    if (type->member_count == 0)
        cdr_fail(u->in, EXCEPTION_BAD_TYPECODE);
    unmarshal_members(u, type);
}

/* An exception as a value (in an any): its id, then its members. */
static void unmarshal_exception(struct unmarshal *u, const struct typecode *type)
{
    size_t length;
    const char *id = cdr_read_identifier(u->in, &length);
    if (id && (length != strlen(type->id) || memcmp(id, type->id, length) != 0))
        cdr_fail(u->in, EXCEPTION_MARSHAL);
    unmarshal_members(u, type);
    except_mark(u->L, type->id, strlen(type->id));
}

/* ---- sequences and arrays ---- */

static void push_octets(struct unmarshal *u, const struct typecode *type)
{
    size_t size = type->length;
    const uint8_t *bytes = type->kind == TK_ARRAY ? cdr_take(u->in, size, 1)
                                                  : cdr_read_octets(u->in, type->length, &size);
    lua_pushlstring(u->L, bytes && size ? (const char *)bytes : "", bytes ? size : 0);
}

/* The elements there are; 0 with a failure when the bytes cannot hold them. */
static uint32_t read_length(struct unmarshal *u, const struct typecode *type)
{
    uint32_t least = type->content->least_size ? type->content->least_size : 1;
    if (type->kind == TK_SEQUENCE)
        return cdr_read_length(u->in, type->length, least);
    if ((uint64_t)type->length * least <= cdr_left(u->in))
        return type->length;
    cdr_fail(u->in, EXCEPTION_MARSHAL);
    return 0;
}

static void unmarshal_list(struct unmarshal *u, const struct typecode *type)
{
    lua_State *L = u->L;
    if (typecode_resolve(type->content)->kind == TK_OCTET) {
        push_octets(u, type);
        return;
    }
    uint32_t length = read_length(u, type);
    luaL_checkstack(L, LUA_MINSTACK, NULL);
    lua_createtable(L, (int)length, 0);
    for (uint32_t i = 1; i <= length && cdr_ok(u->in); i++) {
        unmarshal_value(u, type->content);
        lua_rawseti(L, -2, i);
    }
}

/* ---- any type ---- */

/* What can hold other values; null and void have none and stand in an any only. */
static void unmarshal_nested(struct unmarshal *u, const struct typecode *type)
{
    if (!cdr_enter(u->in)) {
        lua_pushnil(u->L);
        return;
    }
    switch (type->kind) {
    case TK_STRUCT: unmarshal_struct(u, type); break;
    case TK_SEQUENCE:
    case TK_ARRAY: unmarshal_list(u, type); break;
    case TK_UNION: unmarshal_union(u, type); break;
    case TK_ANY: unmarshal_any(u); break;
    case TK_EXCEPT: unmarshal_exception(u, type); break;
    default: cdr_fail(u->in, EXCEPTION_BAD_TYPECODE); lua_pushnil(u->L);
    }
    cdr_leave(u->in);
}

void unmarshal_value(struct unmarshal *u, const struct typecode *type)
{
    lua_State *L = u->L;
    while (type->kind == TK_ALIAS)
        type = type->content;
    switch (type->kind) {
    case TK_SHORT: lua_pushinteger(L, (int16_t)cdr_read_ushort(u->in)); break;
    case TK_USHORT: lua_pushinteger(L, cdr_read_ushort(u->in)); break;
    case TK_LONG: lua_pushinteger(L, (int32_t)cdr_read_ulong(u->in)); break;
    case TK_ULONG: lua_pushinteger(L, cdr_read_ulong(u->in)); break;
    case TK_LONGLONG: lua_pushinteger(L, (int64_t)cdr_read_ulonglong(u->in)); break;
    case TK_ULONGLONG: push_ulonglong(L, cdr_read_ulonglong(u->in)); break;
    case TK_OCTET: lua_pushinteger(L, cdr_read_octet(u->in)); break;
    case TK_BOOLEAN: lua_pushboolean(L, cdr_read_boolean(u->in)); break;
    case TK_FLOAT: lua_pushnumber(L, cdr_read_float(u->in)); break;
    case TK_DOUBLE: lua_pushnumber(L, cdr_read_double(u->in)); break;
    case TK_LONGDOUBLE: lua_pushnumber(L, cdr_read_longdouble(u->in)); break;
    case TK_CHAR:
    case TK_WCHAR:
    case TK_STRING:
    case TK_WSTRING: unmarshal_text(u, type); break;
    case TK_FIXED: unmarshal_fixed(u, type); break;
    case TK_ENUM: unmarshal_enum(u, type); break;
    case TK_OBJREF: unmarshal_reference(u, type); break;
    case TK_TYPECODE: unmarshal_typecode(u); break;
    default: unmarshal_nested(u, type);
    }
}
