/* Private: from characters to tokens (CORBA 3.3, part 1, 7.2). Directives are obeyed on the way and
 * never come out. */
#ifndef IDL_LEXER_H
#define IDL_LEXER_H

#include "idl/compiler.h"

enum keyword {
    KEYWORD_ABSTRACT = TOKEN_KEYWORD,
    KEYWORD_ANY,
    KEYWORD_ATTRIBUTE,
    KEYWORD_BOOLEAN,
    KEYWORD_CASE,
    KEYWORD_CHAR,
    KEYWORD_COMPONENT,
    KEYWORD_CONST,
    KEYWORD_CONSUMES,
    KEYWORD_CONTEXT,
    KEYWORD_CUSTOM,
    KEYWORD_DEFAULT,
    KEYWORD_DOUBLE,
    KEYWORD_EMITS,
    KEYWORD_ENUM,
    KEYWORD_EVENTTYPE,
    KEYWORD_EXCEPTION,
    KEYWORD_FACTORY,
    KEYWORD_FALSE,
    KEYWORD_FINDER,
    KEYWORD_FIXED,
    KEYWORD_FLOAT,
    KEYWORD_GETRAISES,
    KEYWORD_HOME,
    KEYWORD_IMPORT,
    KEYWORD_IN,
    KEYWORD_INOUT,
    KEYWORD_INTERFACE,
    KEYWORD_LOCAL,
    KEYWORD_LONG,
    KEYWORD_MODULE,
    KEYWORD_MULTIPLE,
    KEYWORD_NATIVE,
    KEYWORD_OBJECT,
    KEYWORD_OCTET,
    KEYWORD_ONEWAY,
    KEYWORD_OUT,
    KEYWORD_PRIMARYKEY,
    KEYWORD_PRIVATE,
    KEYWORD_PROVIDES,
    KEYWORD_PUBLIC,
    KEYWORD_PUBLISHES,
    KEYWORD_RAISES,
    KEYWORD_READONLY,
    KEYWORD_SEQUENCE,
    KEYWORD_SETRAISES,
    KEYWORD_SHORT,
    KEYWORD_STRING,
    KEYWORD_STRUCT,
    KEYWORD_SUPPORTS,
    KEYWORD_SWITCH,
    KEYWORD_TRUE,
    KEYWORD_TRUNCATABLE,
    KEYWORD_TYPEDEF,
    KEYWORD_TYPEID,
    KEYWORD_TYPEPREFIX,
    KEYWORD_UNION,
    KEYWORD_UNSIGNED,
    KEYWORD_USES,
    KEYWORD_VALUEBASE,
    KEYWORD_VALUETYPE,
    KEYWORD_VOID,
    KEYWORD_WCHAR,
    KEYWORD_WSTRING,
    KEYWORD_END,
};

/* The next token of the program; TOKEN_END at its end and after a mistake. */
struct token lexer_next(struct compiler *c);
/* The next of a directive: TOKEN_LINE_END where its line ends, which is not taken. Identifiers are
 * not looked at twice: keywords and macros come as TOKEN_IDENTIFIER. */
struct token lexer_next_in_line(struct compiler *c);
/* One token, no directive, the blanks and comments before it passed over; with `in_line` up to the
 * end of the line only. */

/* Passes over blanks and comments; with `in_line` it stops before a line break. */
bool lexer_pass_blanks(struct compiler *c, bool in_line);
/* Passes over the rest of a line, comments that begin on it included. */
void lexer_pass_line(struct compiler *c);

/* "';'", "an identifier": for messages, of a kind of token. */
const char *lexer_kind_name(int kind);
/* The same of one that came: "'Foo'", "the end of the file". */
void lexer_describe(const struct token *token, char *text, size_t size);

/* Literals (literal.c). The first character is still to come. */
void lexer_number(struct compiler *c, struct token *token);
void lexer_text(struct compiler *c, struct token *token, bool wide);

/* Copies c->spelling into the token. */
void lexer_keep(struct compiler *c, struct token *token);

#endif
