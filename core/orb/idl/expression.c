/* Reading constant expressions: precedence as in C, one function for each kind of operand. */
#include "idl/constant.h"

#include <string.h>

static bool read_level(struct compiler *c, const struct value_target *target, int level,
                       struct value *value);

/* ---- operands ---- */

/* The one code point of a character, which is UTF-8. */
static uint32_t code_point(const char *text)
{
    uint8_t lead = (uint8_t)*text;
    int more = lead < 0x80 ? 0 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    uint32_t code = more ? lead & (0x3fu >> more) : lead;
    for (int i = 1; i <= more; i++)
        code = code << 6 | ((uint8_t)text[i] & 0x3f);
    return code;
}

static bool take_text(struct compiler *c, enum value_kind kind, struct value *value)
{
    struct token token = parser_take(c);
    *value = (struct value){.kind = kind, .place = token.place};
    value->text = token.text;
    value->length = token.length;
    if (kind == VALUE_CHAR || kind == VALUE_WCHAR)
        value->integer = code_point(token.text);
    return true;
}

/* "abc" "def" is "abcdef" (7.2.6.3). */
static bool take_strings(struct compiler *c, int token_kind, struct value *value)
{
    struct buffer whole = {0};
    (void)take_text(c, token_kind == TOKEN_STRING ? VALUE_STRING : VALUE_WSTRING, value);
    if (parser_peek(c)->kind != token_kind)
        return true;
    buffer_append(&whole, value->text, value->length);
    while (parser_peek(c)->kind == token_kind) {
        struct token more = parser_take(c);
        buffer_append(&whole, more.text, more.length);
    }
    value->text = typecode_arena_text(c->scratch, whole.data, whole.size);
    value->length = whole.size;
    buffer_release(&whole);
    return compiler_ok(c);
}

static bool take_number(struct compiler *c, const struct value_target *target, struct value *value)
{
    struct token token = parser_take(c);
    *value = (struct value){.place = token.place};
    if (token.kind == TOKEN_FLOAT) {
        value->kind = VALUE_REAL;
        value->real = token.real;
        return true;
    }
    if (token.kind == TOKEN_FIXED) {
        value->kind = VALUE_FIXED;
        return decimal_parse(token.text, token.length, &value->fixed) ||
               compiler_refuse(c, token.place, "%.60sd has more than %d digits", token.text,
                               DECIMAL_DIGITS);
    }
    value->kind = VALUE_INTEGER;
    value->integer = token.integer;
    return value->integer <= target->most ||
           compiler_refuse(c, token.place, "%s is out of the range of the type that it is for",
                           token.text);
}

/* What a constant that was defined before holds. */
static bool value_of_constant(struct compiler *c, const struct idl_constant *constant,
                              struct value *value)
{
    static const enum value_kind kinds[] = {
        [TK_FLOAT] = VALUE_REAL,      [TK_DOUBLE] = VALUE_REAL,     [TK_LONGDOUBLE] = VALUE_REAL,
        [TK_BOOLEAN] = VALUE_BOOLEAN, [TK_CHAR] = VALUE_CHAR,       [TK_WCHAR] = VALUE_WCHAR,
        [TK_STRING] = VALUE_STRING,   [TK_WSTRING] = VALUE_WSTRING, [TK_FIXED] = VALUE_FIXED,
        [TK_ENUM] = VALUE_ENUM,
    };
    const struct typecode *type = typecode_resolve(constant->type);
    value->kind = kinds[type->kind];
    value->real = constant->real;
    value->text = constant->text;
    value->length = constant->text_length;
    value->type = type;
    value->integer = type->kind == TK_ULONGLONG ? (integer)(uint64_t)constant->integer
                                                : (integer)constant->integer;
    if (value->kind == VALUE_CHAR || value->kind == VALUE_WCHAR)
        value->integer = code_point(constant->text);
    if (value->kind != VALUE_FIXED)
        return true;
    bool negative = *constant->text == '-';
    bool fits =
        decimal_parse(constant->text + negative, constant->text_length - negative, &value->fixed);
    value->fixed.negative = negative;
    return fits || compiler_refuse(c, value->place, "a number of at most %d digits expected",
                                   DECIMAL_DIGITS);
}

static bool take_name(struct compiler *c, const struct value_target *target, struct value *value)
{
    struct place place;
    const struct declaration *d = parser_scoped_name(c, &place);
    if (!d)
        return false;
    *value = (struct value){.place = place};
    if (d->kind == DECLARED_ENUMERATOR) {
        value->kind = VALUE_ENUM;
        value->type = d->type;
        value->integer = d->ordinal;
        return true;
    }
    if (d->kind != DECLARED_CONSTANT)
        return compiler_refuse(c, place, "a constant or an enumerator expected, but '%s' is %s",
                               declaration_name(d), declaration_kind_name(d));
    if (!value_of_constant(c, d->constant, value))
        return false;
    bool fits = value->integer >= target->least && value->integer <= target->most;
    return value->kind != VALUE_INTEGER || fits ||
           compiler_refuse(c, place, "'%s' is out of the range of the type that it is for here",
                           declaration_name(d));
}

static bool take_boolean(struct compiler *c, struct value *value)
{
    struct token token = parser_take(c);
    *value = (struct value){.kind = VALUE_BOOLEAN, .place = token.place};
    value->integer = token.kind == KEYWORD_TRUE;
    return true;
}

static bool take_parentheses(struct compiler *c, const struct value_target *target,
                             struct value *value)
{
    struct token token = parser_take(c);
    bool taken =
        compiler_enter(c, token.place) && read_level(c, target, 0, value) && parser_expect(c, ')');
    compiler_leave(c);
    return taken;
}

static bool take_operand(struct compiler *c, const struct value_target *target, struct value *value)
{
    int kind = parser_peek(c)->kind;
    switch (kind) {
    case TOKEN_INTEGER:
    case TOKEN_FLOAT:
    case TOKEN_FIXED: return take_number(c, target, value);
    case TOKEN_CHAR: return take_text(c, VALUE_CHAR, value);
    case TOKEN_WCHAR: return take_text(c, VALUE_WCHAR, value);
    case TOKEN_STRING:
    case TOKEN_WSTRING: return take_strings(c, kind, value);
    case KEYWORD_TRUE:
    case KEYWORD_FALSE: return take_boolean(c, value);
    case '(': return take_parentheses(c, target, value);
    case TOKEN_IDENTIFIER:
    case TOKEN_SCOPE: return take_name(c, target, value);
    default: return parser_refuse(c, "a constant value");
    }
}

/* A literal behind a '-' may be one more than what the largest positive one is. */
static bool take_unary(struct compiler *c, const struct value_target *target, struct value *value)
{
    int kind = parser_peek(c)->kind;
    if (kind != '-' && kind != '+' && kind != '~')
        return take_operand(c, target, value);
    struct token operation = parser_take(c);
    bool taken = compiler_enter(c, operation.place) && take_operand(c, target, value) &&
                 operator_apply_unary(c, &operation, target, value);
    compiler_leave(c);
    return taken;
}

/* ---- levels, the weakest first ---- */

enum { LEVELS = 6 };

static bool is_of_level(int kind, int level)
{
    switch (level) {
    case 0: return kind == '|';
    case 1: return kind == '^';
    case 2: return kind == '&';
    case 3: return kind == TOKEN_SHIFT_LEFT || kind == TOKEN_SHIFT_RIGHT;
    case 4: return kind == '+' || kind == '-';
    default: return kind == '*' || kind == '/' || kind == '%';
    }
}

static bool read_level(struct compiler *c, const struct value_target *target, int level,
                       struct value *value)
{
    if (level == LEVELS)
        return take_unary(c, target, value);
    if (!read_level(c, target, level + 1, value))
        return false;
    while (is_of_level(parser_peek(c)->kind, level)) {
        struct token operation = parser_take(c);
        struct value left = *value, right;
        if (!read_level(c, target, level + 1, &right) ||
            !operator_apply(c, &operation, target, &left, &right, value))
            return false;
    }
    return compiler_ok(c);
}

bool expression_read(struct compiler *c, const struct value_target *target, struct value *value)
{
    return read_level(c, target, 0, value);
}
