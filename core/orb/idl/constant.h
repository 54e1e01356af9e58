/* Private: values of constant expressions (CORBA 3.3, part 1, 7.8). What an expression may hold
 * depends on the type that it is for. */
#ifndef IDL_CONSTANT_H
#define IDL_CONSTANT_H

#include "idl/decimal.h"
#include "idl/parser.h"

enum value_kind {
    VALUE_INTEGER,
    VALUE_REAL,
    VALUE_FIXED,
    VALUE_BOOLEAN,
    VALUE_CHAR,
    VALUE_WCHAR,
    VALUE_STRING,
    VALUE_WSTRING,
    VALUE_ENUM,
};

/* Every value of 64 bits, signed or not, and room to see that a result is none. */
__extension__ typedef __int128 integer;

struct value {
    enum value_kind kind;
    struct place place;
    integer integer; /* also a boolean, an enum's ordinal, a character's code point */
    double real;
    struct decimal fixed;
    const char *text; /* of strings and characters: UTF-8 */
    size_t length;
    const struct typecode *type; /* of an enum */
};

/* What the expression is for. */
struct value_target {
    integer least, most; /* of the values within an integer expression */
    bool is_signed;
};

/* An expression for a value of this type (const_exp), checked against it and its range. */
bool constant_expression(struct compiler *c, const struct typecode *type, struct value *value);
/* positive_int_const: 1 to 2^32-1. */
bool constant_positive(struct compiler *c, uint32_t *value);
/* The expression alone (expression.c). */
bool expression_read(struct compiler *c, const struct value_target *target, struct value *value);
/* The operators (operator.c): `kind` is the token. */
bool operator_apply(struct compiler *c, const struct token *operation,
                    const struct value_target *target, const struct value *a, const struct value *b,
                    struct value *result);
bool operator_apply_unary(struct compiler *c, const struct token *operation,
                          const struct value_target *target, struct value *value);
/* "an integer", "an enumerator". */
const char *value_kind_name(enum value_kind kind);

void parse_const(struct compiler *c);

#endif
