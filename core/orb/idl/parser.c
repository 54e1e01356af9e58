/* What every part of the grammar stands on: tokens looked at and taken, names, mistakes. */
#include "idl/parser.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool compiler_fail(struct compiler *c, struct place place, enum status status, const char *format,
                   ...)
{
    char text[sizeof(c->fault->text)], where[sizeof(c->fault->where)];
    va_list arguments;
    if (!compiler_ok(c))
        return false;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    /* A long path loses its begin, for the line must stay. */
    const char *file = place.file ? place.file : "";
    size_t length = strlen(file), most = sizeof(where) - 24;
    if (length > most)
        file += length - most;
    if (place.column) /* else it is about the file as a whole; a line may be 0 by a marker */
        (void)snprintf(where, sizeof(where), "%s:%u:%u", file, place.line, place.column);
    else
        (void)snprintf(where, sizeof(where), "%s", file);
    c->status = fault_set(c->fault, status, where, "%s", text);
    return false;
}

bool compiler_enter(struct compiler *c, struct place place)
{
    return ++c->depth <= NESTING_LIMIT ||
           compiler_fail(c, place, STATUS_LIMIT, "nested more than %d levels deep", NESTING_LIMIT);
}

void compiler_leave(struct compiler *c)
{
    c->depth--;
}

/* ---- tokens ---- */

const struct token *parser_peek(struct compiler *c)
{
    if (!c->peeked || !compiler_ok(c))
        c->token = lexer_next(c);
    c->peeked = true;
    return &c->token;
}

struct token parser_take(struct compiler *c)
{
    struct token token = *parser_peek(c);
    c->peeked = false;
    return token;
}

bool parser_accept(struct compiler *c, int kind)
{
    if (parser_peek(c)->kind != kind)
        return false;
    c->peeked = false;
    return compiler_ok(c);
}

bool parser_refuse(struct compiler *c, const char *what)
{
    char came[80];
    const struct token *token = parser_peek(c);
    lexer_describe(token, came, sizeof(came));
    return compiler_refuse(c, token->place, "%s expected, but %s came", what, came);
}

bool parser_expect(struct compiler *c, int kind)
{
    return parser_accept(c, kind) || parser_refuse(c, lexer_kind_name(kind));
}

bool parser_identifier(struct compiler *c, struct token *name)
{
    *name = *parser_peek(c);
    return parser_expect(c, TOKEN_IDENTIFIER);
}

const struct declaration *parser_rest_of_name(struct compiler *c, bool absolute)
{
    struct token name;
    if (!parser_identifier(c, &name))
        return NULL;
    const struct declaration *d =
        absolute ? scope_resolve_in(c, NULL, &name) : scope_resolve(c, &name, true);
    while (d && parser_accept(c, TOKEN_SCOPE))
        d = parser_identifier(c, &name) ? scope_resolve_in(c, d, &name) : NULL;
    return compiler_ok(c) ? d : NULL;
}

const struct declaration *parser_scoped_name(struct compiler *c, struct place *place)
{
    *place = parser_peek(c)->place;
    return parser_rest_of_name(c, parser_accept(c, TOKEN_SCOPE));
}
