/* Types by name and by construction: basic ones, strings, sequences, fixed, arrays, typedefs. */
#include "idl/constant.h"
#include "idl/parser.h"

#include <string.h>

/* ---- types that are declared ---- */

struct typecode *type_declare(struct compiler *c, struct declaration *d, enum typecode_kind kind)
{
    struct typecode *type = typecode_new(c->idl->arena, kind);
    type->name = declaration_name(d);
    type->id = repository_id_of(c, d);
    d->type = type;
    list_add(&c->idl->types, d);
    return type;
}

/* The struct or union without which a value of this type is not known yet; NULL: all is known. */
static const struct typecode *incomplete_part(const struct typecode *type, bool *in_sequence)
{
    *in_sequence = false;
    while (type->kind == TK_ALIAS || type->kind == TK_ARRAY || type->kind == TK_SEQUENCE) {
        *in_sequence = *in_sequence || type->kind == TK_SEQUENCE;
        type = type->content;
    }
    bool constructed = type->kind == TK_STRUCT || type->kind == TK_UNION;
    return constructed && !type->member_count ? type : NULL;
}

static bool is_being_defined(const struct compiler *c, const struct typecode *type)
{
    for (const struct scope *s = c->scope; s; s = s->parent)
        if (s->owner && s->owner->type == type)
            return true;
    return false;
}

/* A struct may hold sequences of itself (7.11.2.3), but nobody else may until it is known. */
bool type_check_complete(struct compiler *c, const struct typecode *type, struct place place)
{
    bool in_sequence = false;
    const struct typecode *part = incomplete_part(type, &in_sequence);
    if (!part || (in_sequence && is_being_defined(c, part)))
        return true;
    return compiler_refuse(c, place, "a complete type expected, but '%s' is not defined yet",
                           part->name);
}

/* ---- basic types ---- */

static const struct typecode *parse_long(struct compiler *c, bool is_unsigned)
{
    if (parser_accept(c, KEYWORD_LONG))
        return typecode_basic(is_unsigned ? TK_ULONGLONG : TK_LONGLONG);
    if (!is_unsigned && parser_accept(c, KEYWORD_DOUBLE))
        return typecode_basic(TK_LONGDOUBLE);
    return typecode_basic(is_unsigned ? TK_ULONG : TK_LONG);
}

static const struct typecode *parse_unsigned(struct compiler *c)
{
    if (parser_accept(c, KEYWORD_SHORT))
        return typecode_basic(TK_USHORT);
    return parser_expect(c, KEYWORD_LONG) ? parse_long(c, true) : NULL;
}

const struct typecode *parse_basic_type(struct compiler *c)
{
    static const struct {
        int keyword;
        enum typecode_kind kind;
    } simple[] = {
        {KEYWORD_SHORT, TK_SHORT},     {KEYWORD_FLOAT, TK_FLOAT}, {KEYWORD_DOUBLE, TK_DOUBLE},
        {KEYWORD_BOOLEAN, TK_BOOLEAN}, {KEYWORD_CHAR, TK_CHAR},   {KEYWORD_WCHAR, TK_WCHAR},
        {KEYWORD_OCTET, TK_OCTET},     {KEYWORD_ANY, TK_ANY},     {KEYWORD_OBJECT, TK_OBJREF},
    };
    if (parser_accept(c, KEYWORD_LONG))
        return parse_long(c, false);
    if (parser_accept(c, KEYWORD_UNSIGNED))
        return parse_unsigned(c);
    for (size_t i = 0; i < sizeof(simple) / sizeof(simple[0]); i++)
        if (parser_accept(c, simple[i].keyword))
            return typecode_basic(simple[i].kind);
    return NULL;
}

/* ---- templates ---- */

static const struct typecode *parse_string(struct compiler *c, enum typecode_kind kind)
{
    uint32_t bound = 0;
    (void)parser_take(c);
    if (!parser_accept(c, '<'))
        return typecode_basic(kind);
    if (!constant_positive(c, &bound) || !parser_expect(c, '>'))
        return NULL;
    struct typecode *type = typecode_new(c->idl->arena, kind);
    type->length = bound;
    typecode_finish(type);
    return type;
}

/* The element may be a struct that is not known yet: that is how types hold themselves. */
static const struct typecode *parse_sequence(struct compiler *c)
{
    uint32_t bound = 0;
    struct place place = parser_take(c).place;
    const struct typecode *element = NULL, *sequence = NULL;
    if (compiler_enter(c, place) && parser_expect(c, '<'))
        element = parse_simple_type(c);
    if (element && (!parser_accept(c, ',') || constant_positive(c, &bound)) &&
        parser_expect(c, '>')) {
        struct typecode *type = typecode_new(c->idl->arena, TK_SEQUENCE);
        type->content = element;
        type->length = bound;
        typecode_finish(type);
        sequence = type;
    }
    compiler_leave(c);
    return sequence;
}

/* fixed<digits,scale>: at most 31 digits, and no more decimals than digits (7.11.3.4). */
static const struct typecode *parse_fixed(struct compiler *c)
{
    struct value scale = {.integer = 0};
    uint32_t digits = 0;
    (void)parser_take(c);
    struct place place = parser_peek(c)->place;
    if (!parser_expect(c, '<') || !constant_positive(c, &digits) || !parser_expect(c, ',') ||
        !constant_expression(c, typecode_basic(TK_ULONG), &scale) || !parser_expect(c, '>'))
        return NULL;
    if (digits > DECIMAL_DIGITS || scale.integer > digits) {
        compiler_refuse(c, place, "fixed<1 to %d, 0 to as many> expected", DECIMAL_DIGITS);
        return NULL;
    }
    struct typecode *type = typecode_new(c->idl->arena, TK_FIXED);
    type->fixed_digits = (uint16_t)digits;
    type->fixed_scale = (int16_t)scale.integer;
    typecode_finish(type);
    return type;
}

/* ---- by name ---- */

/* TypeCode alone, as IDL of old wrote it, unless somebody declared it. */
static bool is_bare_typecode(struct compiler *c)
{
    const struct token *token = parser_peek(c);
    if (token->kind != TOKEN_IDENTIFIER || strcmp(token->text, "TypeCode") != 0)
        return false;
    for (const struct scope *s = c->scope; s; s = s->parent)
        if (scope_own(c->idl, s, token))
            return false;
    return true;
}

static const struct typecode *parse_named_type(struct compiler *c)
{
    struct place place;
    if (is_bare_typecode(c)) {
        (void)parser_take(c);
        return typecode_basic(TK_TYPECODE);
    }
    const struct declaration *d = parser_scoped_name(c, &place);
    if (!d || d->kind == DECLARED_TYPE || d->kind == DECLARED_INTERFACE)
        return d ? d->type : NULL;
    compiler_refuse(c, place, "a type expected, but '%s' is %s", declaration_name(d),
                    declaration_kind_name(d));
    return NULL;
}

const struct typecode *parse_simple_type(struct compiler *c)
{
    const struct typecode *type = NULL;
    switch (parser_peek(c)->kind) {
    case KEYWORD_SEQUENCE: return parse_sequence(c);
    case KEYWORD_STRING: return parse_string(c, TK_STRING);
    case KEYWORD_WSTRING: return parse_string(c, TK_WSTRING);
    case KEYWORD_FIXED: return parse_fixed(c);
    case KEYWORD_VALUEBASE:
        compiler_refuse(c, parser_peek(c)->place, "ValueBase is not supported");
        return NULL;
    case TOKEN_IDENTIFIER:
    case TOKEN_SCOPE: return parse_named_type(c);
    default:
        type = parse_basic_type(c);
        if (!type)
            (void)parser_refuse(c, "a type");
        return type;
    }
}

const struct typecode *parse_type(struct compiler *c)
{
    switch (parser_peek(c)->kind) {
    case KEYWORD_STRUCT: return parse_struct(c);
    case KEYWORD_UNION: return parse_union(c);
    case KEYWORD_ENUM: return parse_enum(c);
    default: return parse_simple_type(c);
    }
}

const struct typecode *parse_parameter_type(struct compiler *c)
{
    struct token token = *parser_peek(c);
    if (token.kind == KEYWORD_SEQUENCE || token.kind == KEYWORD_FIXED) {
        compiler_refuse(c, token.place, "a type with a name expected (typedef), but '%s' came",
                        token.text);
        return NULL;
    }
    const struct typecode *type = parse_simple_type(c);
    return type && type_check_complete(c, type, token.place) ? type : NULL;
}

/* ---- declarators ---- */

/* The last dimension is the innermost array. */
const struct typecode *parse_dimensions(struct compiler *c, const struct typecode *type)
{
    uint32_t length = 0;
    struct place place = parser_peek(c)->place;
    const struct typecode *whole = NULL;
    if (!parser_accept(c, '['))
        return type;
    if (compiler_enter(c, place) && constant_positive(c, &length) && parser_expect(c, ']'))
        type = parse_dimensions(c, type);
    if (compiler_ok(c) && type) {
        struct typecode *array = typecode_new(c->idl->arena, TK_ARRAY);
        array->content = type;
        array->length = length;
        typecode_finish(array);
        whole = array;
    }
    compiler_leave(c);
    return whole;
}

static bool parse_typedef_name(struct compiler *c, const struct typecode *type)
{
    struct token name;
    if (!parser_identifier(c, &name))
        return false;
    const struct typecode *content = parse_dimensions(c, type);
    struct declaration *d = content ? scope_declare(c, DECLARED_TYPE, &name) : NULL;
    if (!d)
        return false;
    struct typecode *alias = type_declare(c, d, TK_ALIAS);
    alias->content = content;
    typecode_finish(alias);
    d->complete = true;
    return true;
}

/* `typedef sequence<S> List` is how a struct that is not known yet gets its list. */
static bool check_aliased(struct compiler *c, const struct typecode *type, struct place place)
{
    bool in_sequence = false;
    const struct typecode *part = incomplete_part(type, &in_sequence);
    return !part || in_sequence || type_check_complete(c, type, place);
}

void parse_typedef(struct compiler *c)
{
    (void)parser_take(c);
    struct place place = parser_peek(c)->place;
    const struct typecode *type = parse_type(c);
    if (!type || !check_aliased(c, type, place))
        return;
    do {
        if (!parse_typedef_name(c, type))
            return;
    } while (parser_accept(c, ','));
}
