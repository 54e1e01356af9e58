/* const declarations, and expressions checked against the type that they are for. */
#include "idl/constant.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- what a type takes ---- */

struct range {
    enum typecode_kind kind;
    integer least, most;
};

static const struct range ranges[] = {
    {TK_SHORT, INT16_MIN, INT16_MAX},
    {TK_USHORT, 0, UINT16_MAX},
    {TK_LONG, INT32_MIN, INT32_MAX},
    {TK_ULONG, 0, UINT32_MAX},
    {TK_LONGLONG, INT64_MIN, INT64_MAX},
    {TK_ULONGLONG, 0, UINT64_MAX},
    {TK_OCTET, 0, UINT8_MAX},
};

/* NULL: the kind is none of integers. */
static const struct range *range_of(enum typecode_kind kind)
{
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
        if (ranges[i].kind == kind)
            return &ranges[i];
    return NULL;
}

/* Within an expression 32 bits count for all the smaller types, 64 for the larger (7.8.2). */
static struct value_target target_of(const struct typecode *type)
{
    const struct range *range = range_of(type->kind);
    bool small = range && range->most <= UINT32_MAX;
    return (struct value_target){
        .least = small ? INT32_MIN : INT64_MIN,
        .most = small ? (integer)UINT32_MAX : (integer)UINT64_MAX,
        .is_signed = range && range->least < 0,
    };
}

static enum value_kind kind_for(const struct typecode *type)
{
    switch (type->kind) {
    case TK_FLOAT:
    case TK_DOUBLE:
    case TK_LONGDOUBLE: return VALUE_REAL;
    case TK_FIXED: return VALUE_FIXED;
    case TK_BOOLEAN: return VALUE_BOOLEAN;
    case TK_CHAR: return VALUE_CHAR;
    case TK_WCHAR: return VALUE_WCHAR;
    case TK_STRING: return VALUE_STRING;
    case TK_WSTRING: return VALUE_WSTRING;
    case TK_ENUM: return VALUE_ENUM;
    default: return VALUE_INTEGER;
    }
}

/* ---- checks ---- */

static bool check_integer(struct compiler *c, const struct typecode *type,
                          const struct value *value)
{
    char name[64];
    const struct range *range = range_of(type->kind);
    if (value->integer >= range->least && value->integer <= range->most)
        return true;
    typecode_describe(type, name, sizeof(name));
    return compiler_refuse(c, value->place, "a value within the range of %s expected", name);
}

static size_t count_characters(const struct value *value)
{
    size_t count = 0;
    for (size_t i = 0; i < value->length; i++)
        count += ((uint8_t)value->text[i] & 0xc0) != 0x80;
    return count;
}

static bool check_text(struct compiler *c, const struct typecode *type, const struct value *value)
{
    bool fits = !type->length || count_characters(value) <= type->length;
    return fits || compiler_refuse(c, value->place, "a string of at most %u characters expected",
                                   type->length);
}

/* A fixed type of its own takes what it can hold exactly. */
static bool check_fixed(struct compiler *c, const struct typecode *type, const struct value *value)
{
    int whole = value->fixed.count - value->fixed.scale;
    if (!type->fixed_digits)
        return true;
    bool fits = value->fixed.scale <= type->fixed_scale &&
                (whole <= type->fixed_digits - type->fixed_scale || decimal_is_zero(&value->fixed));
    return fits || compiler_refuse(c, value->place,
                                   "a value of at most %u digits, %d of them "
                                   "behind the point, expected",
                                   type->fixed_digits, type->fixed_scale);
}

static bool check_value(struct compiler *c, const struct typecode *type, const struct value *value)
{
    enum value_kind wanted = kind_for(type);
    if (value->kind != wanted)
        return compiler_refuse(c, value->place, "%s expected, but %s came", value_kind_name(wanted),
                               value_kind_name(value->kind));
    switch (wanted) {
    case VALUE_INTEGER: return check_integer(c, type, value);
    case VALUE_REAL:
        return type->kind != TK_FLOAT || fabs(value->real) <= FLT_MAX ||
               compiler_refuse(c, value->place, "a value within the range of float expected");
    case VALUE_FIXED: return check_fixed(c, type, value);
    case VALUE_CHAR:
        return value->integer <= 0xff ||
               compiler_refuse(c, value->place, "a character of ISO-8859-1 expected for a char");
    case VALUE_STRING:
    case VALUE_WSTRING: return check_text(c, type, value);
    case VALUE_ENUM:
        return value->type == type ||
               compiler_refuse(c, value->place, "an enumerator of %s expected, not of %s",
                               type->name, value->type->name);
    default: return true;
    }
}

bool constant_expression(struct compiler *c, const struct typecode *type, struct value *value)
{
    type = typecode_resolve(type);
    struct value_target target = target_of(type);
    return expression_read(c, &target, value) && check_value(c, type, value);
}

bool constant_positive(struct compiler *c, uint32_t *number)
{
    struct value value;
    if (!constant_expression(c, typecode_basic(TK_ULONG), &value))
        return false;
    *number = (uint32_t)value.integer;
    return *number || compiler_refuse(c, value.place, "a number of at least 1 expected");
}

/* ---- const ---- */

/* Of the constant alone: as many digits as it has. */
static const struct typecode *own_fixed(struct compiler *c, const struct decimal *value)
{
    struct typecode *type = typecode_new(c->idl->arena, TK_FIXED);
    type->fixed_digits = value->count ? value->count : 1;
    type->fixed_scale = value->scale;
    typecode_finish(type);
    return type;
}

static void keep_value(struct compiler *c, struct idl_constant *constant, const struct value *value)
{
    char decimal[DECIMAL_TEXT_SIZE];
    const char *text = value->text ? value->text : "";
    size_t length = value->length;
    if (value->kind == VALUE_FIXED) {
        length = decimal_text(&value->fixed, decimal);
        text = decimal;
    }
    bool character = value->kind == VALUE_CHAR || value->kind == VALUE_WCHAR;
    constant->integer = character ? 0 : (int64_t)value->integer;
    constant->real = constant->type->kind == TK_FLOAT ? (double)(float)value->real : value->real;
    constant->text = typecode_arena_text(c->idl->arena, text, length);
    constant->text_length = length;
}

/* const_type: NULL after a mistake. A fixed has no digits yet. */
static const struct typecode *parse_const_type(struct compiler *c)
{
    static const struct typecode any_fixed = {.kind = TK_FIXED, .id = "", .name = ""};
    struct place place = parser_peek(c)->place;
    if (parser_accept(c, KEYWORD_FIXED))
        return &any_fixed;
    const struct typecode *type = parse_simple_type(c);
    if (!type)
        return NULL;
    const struct typecode *real = typecode_resolve(type);
    if (kind_for(real) != VALUE_INTEGER || range_of(real->kind))
        return type;
    compiler_refuse(c, place,
                    "an integer, char, boolean, float, string, octet, fixed or enum type "
                    "expected for a constant");
    return NULL;
}

void parse_const(struct compiler *c)
{
    struct token name;
    struct value value = {.text = NULL};
    struct idl *idl = c->idl;
    (void)parser_take(c);
    const struct typecode *type = parse_const_type(c);
    if (!type || !parser_identifier(c, &name) || !parser_expect(c, '=') ||
        !constant_expression(c, type, &value))
        return;
    struct declaration *d = scope_declare(c, DECLARED_CONSTANT, &name);
    if (!d)
        return;
    struct idl_constant *constant = typecode_arena_take(idl->arena, sizeof(*constant));
    bool unsized = type->kind == TK_FIXED && !type->fixed_digits;
    constant->type = unsized ? own_fixed(c, &value.fixed) : type;
    constant->scoped = scope_name(c, d);
    keep_value(c, constant, &value);
    d->constant = constant;
    d->complete = true;
    list_add(&idl->constants, constant);
}
