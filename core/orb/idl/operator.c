/* Operators of constant expressions: integers in 32 or 64 bits as the target has them, floats,
 * fixed-point numbers. Whatever does not fit is a mistake, never wrapped. */
#include "idl/constant.h"

#include <math.h>

const char *value_kind_name(enum value_kind kind)
{
    static const char *const names[] = {
        [VALUE_INTEGER] = "an integer",
        [VALUE_REAL] = "a floating-point number",
        [VALUE_FIXED] = "a fixed-point number",
        [VALUE_BOOLEAN] = "a boolean",
        [VALUE_CHAR] = "a character",
        [VALUE_WCHAR] = "a wide character",
        [VALUE_STRING] = "a string",
        [VALUE_WSTRING] = "a wide string",
        [VALUE_ENUM] = "an enumerator",
    };
    return names[kind];
}

static bool refuse_operands(struct compiler *c, const struct token *operation, enum value_kind kind)
{
    return compiler_refuse(c, operation->place, "%s is not for %s",
                           lexer_kind_name(operation->kind), value_kind_name(kind));
}

static bool check_range(struct compiler *c, const struct token *operation,
                        const struct value_target *target, integer result)
{
    return (result >= target->least && result <= target->most) ||
           compiler_refuse(c, operation->place, "the result of %s does not fit into %s",
                           lexer_kind_name(operation->kind),
                           target->most > UINT32_MAX ? "64 bits" : "32 bits");
}

/* ---- integers ---- */

/* `by` is below 64 and `value` within 64 bits: nothing is lost in 128, but for the sign bit. */
static bool shift(struct compiler *c, const struct token *operation, integer value, integer by,
                  integer *result)
{
    if (by < 0 || by > 63)
        return compiler_refuse(c, operation->place, "a shift by 0 to 63 expected");
    if (operation->kind == TOKEN_SHIFT_RIGHT)
        *result = value >> (int)by;
    else if (__builtin_mul_overflow(value, (integer)1 << (int)by, result))
        *result = (integer)1 << 100; /* out of every range */
    return true;
}

static bool divide(struct compiler *c, const struct token *operation, integer a, integer b,
                   integer *result)
{
    if (b == 0)
        return compiler_refuse(c, operation->place, "a division by zero");
    *result = operation->kind == '/' ? a / b : a % b;
    return true;
}

static bool apply_integers(struct compiler *c, const struct token *operation,
                           const struct value_target *target, integer a, integer b, integer *result)
{
    switch (operation->kind) {
    case '|': *result = a | b; break;
    case '^': *result = a ^ b; break;
    case '&': *result = a & b; break;
    case '+': *result = a + b; break;
    case '-': *result = a - b; break;
    case '*':
        if (__builtin_mul_overflow(a, b, result))
            *result = (integer)1 << 100;
        break;
    case '/':
    case '%':
        if (!divide(c, operation, a, b, result))
            return false;
        break;
    default:
        if (!shift(c, operation, a, b, result))
            return false;
    }
    return check_range(c, operation, target, *result);
}

/* ---- floats ---- */

static bool apply_reals(struct compiler *c, const struct token *operation, double a, double b,
                        double *result)
{
    switch (operation->kind) {
    case '+': *result = a + b; break;
    case '-': *result = a - b; break;
    case '*': *result = a * b; break;
    case '/':
        if (b == 0)
            return compiler_refuse(c, operation->place, "a division by zero");
        *result = a / b;
        break;
    default: return refuse_operands(c, operation, VALUE_REAL);
    }
    return isfinite(*result) ||
           compiler_refuse(c, operation->place, "the result of %s does not fit into a double",
                           lexer_kind_name(operation->kind));
}

/* ---- fixed-point numbers ---- */

static bool apply_fixed(struct compiler *c, const struct token *operation, const struct decimal *a,
                        const struct decimal *b, struct decimal *result)
{
    struct decimal negated = *b;
    bool fits = true;
    negated.negative = !b->negative;
    switch (operation->kind) {
    case '+': fits = decimal_add(a, b, result); break;
    case '-': fits = decimal_add(a, &negated, result); break;
    case '*': fits = decimal_multiply(a, b, result); break;
    case '/':
        if (decimal_is_zero(b))
            return compiler_refuse(c, operation->place, "a division by zero");
        fits = decimal_divide(a, b, result);
        break;
    default: return refuse_operands(c, operation, VALUE_FIXED);
    }
    return fits || compiler_refuse(c, operation->place, "the result of %s has more than %d digits",
                                   lexer_kind_name(operation->kind), DECIMAL_DIGITS);
}

/* ---- all ---- */

bool operator_apply(struct compiler *c, const struct token *operation,
                    const struct value_target *target, const struct value *a, const struct value *b,
                    struct value *result)
{
    *result = (struct value){.kind = a->kind, .place = a->place};
    if (a->kind != b->kind)
        return compiler_refuse(c, operation->place, "%s does not combine %s and %s",
                               lexer_kind_name(operation->kind), value_kind_name(a->kind),
                               value_kind_name(b->kind));
    switch (a->kind) {
    case VALUE_INTEGER:
        return apply_integers(c, operation, target, a->integer, b->integer, &result->integer);
    case VALUE_REAL: return apply_reals(c, operation, a->real, b->real, &result->real);
    case VALUE_FIXED: return apply_fixed(c, operation, &a->fixed, &b->fixed, &result->fixed);
    default: return refuse_operands(c, operation, a->kind);
    }
}

/* ~ is -(value+1) for a signed target, else the bits (7.8.2, table 7.14). */
static bool apply_unary_integer(struct compiler *c, const struct token *operation,
                                const struct value_target *target, struct value *value)
{
    if (operation->kind == '-')
        value->integer = -value->integer;
    else if (operation->kind == '~' && !target->is_signed && value->integer >= 0)
        value->integer = target->most - value->integer;
    else if (operation->kind == '~')
        value->integer = -(value->integer + 1);
    return check_range(c, operation, target, value->integer);
}

bool operator_apply_unary(struct compiler *c, const struct token *operation,
                          const struct value_target *target, struct value *value)
{
    value->place = operation->place;
    if (value->kind == VALUE_INTEGER)
        return apply_unary_integer(c, operation, target, value);
    if (operation->kind == '~' || value->kind > VALUE_FIXED)
        return refuse_operands(c, operation, value->kind);
    if (operation->kind == '-') {
        value->real = -value->real;
        value->fixed.negative = !value->fixed.negative && !decimal_is_zero(&value->fixed);
    }
    return true;
}
