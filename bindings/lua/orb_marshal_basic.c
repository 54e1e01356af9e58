/* Numbers, texts and enumerators into CDR: exact, or refused. */
#include "base/utf8.h"
#include "bindings/orb_value.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- integers ---- */

struct range {
    lua_Integer least, most;
};

static bool range_of(enum typecode_kind kind, struct range *range)
{
    switch (kind) {
    case TK_OCTET: *range = (struct range){0, UINT8_MAX}; return true;
    case TK_SHORT: *range = (struct range){INT16_MIN, INT16_MAX}; return true;
    case TK_USHORT: *range = (struct range){0, UINT16_MAX}; return true;
    case TK_LONG: *range = (struct range){INT32_MIN, INT32_MAX}; return true;
    case TK_ULONG: *range = (struct range){0, UINT32_MAX}; return true;
    case TK_LONGLONG: *range = (struct range){INT64_MIN, INT64_MAX}; return true;
    case TK_ULONGLONG: *range = (struct range){0, INT64_MAX}; return true;
    default: return false;
    }
}

static void write_integer(struct cdr_writer *w, enum typecode_kind kind, lua_Integer value)
{
    switch (kind) {
    case TK_OCTET: cdr_write_octet(w, (uint8_t)value); break;
    case TK_SHORT:
    case TK_USHORT: cdr_write_ushort(w, (uint16_t)value); break;
    case TK_LONG:
    case TK_ULONG: cdr_write_ulong(w, (uint32_t)value); break;
    default: cdr_write_ulonglong(w, (uint64_t)value);
    }
}

bool orb_big_integer(const char *text, size_t length, uint64_t *value)
{
    uint64_t sum = 0;
    if (length != strlen("9223372036854775808") && length != strlen("18446744073709551615"))
        return false;
    for (size_t i = 0; i < length; i++) {
        uint64_t digit = (uint64_t)(unsigned char)text[i] - '0';
        if (digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_add_overflow(sum, digit, &sum))
            return false;
    }
    *value = sum;
    return sum > INT64_MAX && text[0] != '0';
}

static void marshal_integer(struct marshal *m, const struct typecode *type, int index,
                            const struct place *at)
{
    struct range range = {0}; /* callers pass kinds of integers only */
    uint64_t big;
    size_t length;
    (void)range_of(type->kind, &range);
    if (lua_isinteger(m->L, index)) {
        lua_Integer value = lua_tointeger(m->L, index);
        if (value < range.least || value > range.most)
            marshal_refuse_type(m, at, type, index);
        write_integer(m->out, type->kind, value);
        return;
    }
    if (type->kind != TK_ULONGLONG || lua_type(m->L, index) != LUA_TSTRING)
        marshal_refuse_type(m, at, type, index);
    const char *text = lua_tolstring(m->L, index, &length);
    if (!orb_big_integer(text, length, &big))
        marshal_refuse(m, at,
                       "a text where an unsigned long long is expected must be decimal "
                       "digits, 9223372036854775808 to 18446744073709551615");
    cdr_write_ulonglong(m->out, big);
}

/* ---- other numbers ---- */

static double check_number(struct marshal *m, const struct typecode *type, int index,
                           const struct place *at)
{
    if (lua_type(m->L, index) != LUA_TNUMBER)
        marshal_refuse_type(m, at, type, index);
    double value = lua_tonumber(m->L, index);
    /* 2^63 as a double would be cast back out of range. */
    if (lua_isinteger(m->L, index) &&
        (value >= 0x1p63 || (lua_Integer)value != lua_tointeger(m->L, index)))
        marshal_refuse(m, at, "%I is an integer that a double would round",
                       lua_tointeger(m->L, index));
    return value;
}

static void marshal_float(struct marshal *m, const struct typecode *type, int index,
                          const struct place *at)
{
    double value = check_number(m, type, index, at);
    if (type->kind == TK_DOUBLE) {
        cdr_write_double(m->out, value);
    } else if (type->kind == TK_LONGDOUBLE) {
        cdr_write_longdouble(m->out, value);
    } else {
        if (isfinite(value) && fabs(value) > FLT_MAX)
            marshal_refuse_type(m, at, type, index);
        cdr_write_float(m->out, (float)value);
    }
}

static void marshal_boolean(struct marshal *m, const struct typecode *type, int index,
                            const struct place *at)
{
    if (lua_type(m->L, index) != LUA_TBOOLEAN)
        marshal_refuse_type(m, at, type, index);
    cdr_write_boolean(m->out, lua_toboolean(m->L, index));
}

/* ---- texts ---- */

static const char *check_text(struct marshal *m, const struct typecode *type, int index,
                              size_t *length, const struct place *at)
{
    if (lua_type(m->L, index) != LUA_TSTRING)
        marshal_refuse_type(m, at, type, index);
    const char *text = lua_tolstring(m->L, index, length);
    marshal_charge(m, (int64_t)*length / 16 + 1);
    return text;
}

/* The writer has refused the text: why. */
static void refuse_text(struct marshal *m, const struct typecode *type, const char *text,
                        size_t length, const struct place *at)
{
    enum exception_kind failure = m->out->failure;
    m->out->failure = EXCEPTION_NONE;
    ptrdiff_t characters = utf8_count(text, length);
    if (characters < 0)
        marshal_refuse(m, at, "the text is not UTF-8");
    if (memchr(text, '\0', length))
        marshal_refuse(m, at, "the text holds a NUL character");
    if ((type->kind == TK_CHAR || type->kind == TK_WCHAR) && characters != 1)
        marshal_refuse(m, at, "a text of %I characters where one character is expected",
                       (lua_Integer)characters);
    if (type->length && length > type->length && failure == EXCEPTION_BAD_PARAM)
        marshal_refuse(m, at, "the text is longer than %I %s", (lua_Integer)type->length,
                       type->kind == TK_STRING ? "bytes, as it is sent" : "UTF-16 units");
    if (type->kind == TK_WCHAR || type->kind == TK_WSTRING)
        marshal_refuse(m, at, "the other side takes no wide characters, or not this one");
    marshal_refuse(m, at,
                   "the text has a character that does not exist in the code set of the "
                   "other side");
}

static void marshal_text(struct marshal *m, const struct typecode *type, int index,
                         const struct place *at)
{
    size_t length;
    const char *text = check_text(m, type, index, &length, at);
    switch (type->kind) {
    case TK_STRING: cdr_write_string(m->out, type->length, text, length); break;
    case TK_WSTRING: cdr_write_wstring(m->out, type->length, text, length); break;
    case TK_CHAR: cdr_write_char(m->out, text, length); break;
    default: cdr_write_wchar(m->out, text, length);
    }
    if (m->out->failure)
        refuse_text(m, type, text, length, at);
}

static void marshal_fixed(struct marshal *m, const struct typecode *type, int index,
                          const struct place *at)
{
    size_t length;
    const char *text = check_text(m, type, index, &length, at);
    cdr_write_fixed(m->out, type->fixed_digits, type->fixed_scale, text, length);
    if (!m->out->failure)
        return;
    m->out->failure = EXCEPTION_NONE;
    marshal_refuse(m, at,
                   "the text is no decimal number of at most %d digits, %d of them after "
                   "the point",
                   (int)type->fixed_digits, (int)type->fixed_scale);
}

/* ---- enumerators ---- */

/* Quoted only when it looks like one. */
static void refuse_enumerator(struct marshal *m, const struct typecode *type, const char *text,
                              size_t length, const struct place *at)
{
    static const char word[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    char wanted[192];
    orb_describe_type(type, wanted, sizeof(wanted));
    if (length > 0 && length <= 40 && strspn(text, word) == length)
        marshal_refuse(m, at, "'%s' is not %s", text, wanted);
    marshal_refuse(m, at, "a text is not %s", wanted);
}

static void marshal_enum(struct marshal *m, const struct typecode *type, int index,
                         const struct place *at)
{
    lua_State *L = m->L;
    int64_t ordinal = -1;
    size_t length;
    if (lua_type(L, index) != LUA_TSTRING)
        marshal_refuse_type(m, at, type, index);
    const char *text = lua_tolstring(L, index, &length);
    if (type->user) {
        luaL_checkstack(L, 2, NULL);
        orb_names_open(L, type);
        lua_pushvalue(L, index);
        if (lua_rawget(L, -2) == LUA_TNUMBER)
            ordinal = lua_tointeger(L, -1);
        lua_pop(L, 2);
    } else {
        ordinal = typecode_enumerator(type, text, length);
    }
    if (ordinal < 0)
        refuse_enumerator(m, type, text, length, at);
    cdr_write_ulong(m->out, (uint32_t)ordinal);
}

bool marshal_basic(struct marshal *m, const struct typecode *type, int index,
                   const struct place *at)
{
    switch (type->kind) {
    case TK_SHORT:
    case TK_LONG:
    case TK_USHORT:
    case TK_ULONG:
    case TK_OCTET:
    case TK_LONGLONG:
    case TK_ULONGLONG: marshal_integer(m, type, index, at); return true;
    case TK_FLOAT:
    case TK_DOUBLE:
    case TK_LONGDOUBLE: marshal_float(m, type, index, at); return true;
    case TK_BOOLEAN: marshal_boolean(m, type, index, at); return true;
    case TK_CHAR:
    case TK_WCHAR:
    case TK_STRING:
    case TK_WSTRING: marshal_text(m, type, index, at); return true;
    case TK_FIXED: marshal_fixed(m, type, index, at); return true;
    case TK_ENUM: marshal_enum(m, type, index, at); return true;
    default: return false;
    }
}
