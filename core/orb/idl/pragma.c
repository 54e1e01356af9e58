/* #pragma prefix, ID and version (CORBA 3.3, part 1, 14.7.5). Others are for other compilers. */
#include "idl/lexer.h"
#include "idl/preprocess.h"
#include "idl/scope.h"
#include "idl/source.h"

#include <string.h>

static bool is_name(struct compiler *c, const struct token *token)
{
    return token->kind == TOKEN_IDENTIFIER ||
           compiler_refuse(c, token->place, "a name expected behind this #pragma");
}

/* What a scoped name means here; the token behind it comes in `behind`. */
static struct declaration *read_name(struct compiler *c, struct token *behind)
{
    const struct declaration *d = NULL;
    struct token token = lexer_next_in_line(c);
    bool absolute = token.kind == TOKEN_SCOPE;
    if (absolute)
        token = lexer_next_in_line(c);
    if (!is_name(c, &token))
        return NULL;
    d = absolute ? scope_resolve_in(c, NULL, &token) : scope_resolve(c, &token, false);
    for (*behind = lexer_next_in_line(c); d && behind->kind == TOKEN_SCOPE;
         *behind = lexer_next_in_line(c)) {
        token = lexer_next_in_line(c);
        d = is_name(c, &token) ? scope_resolve_in(c, d, &token) : NULL;
    }
    return (struct declaration *)d;
}

static void give_id(struct compiler *c)
{
    struct token id;
    struct declaration *d = read_name(c, &id);
    if (!d)
        return;
    if (id.kind != TOKEN_STRING)
        compiler_refuse(c, id.place, "a repository id expected, as a string");
    else
        (void)repository_id_give(c, d, id.place, id.text, id.length);
}

static void give_version(struct compiler *c)
{
    struct token version;
    struct declaration *d = read_name(c, &version);
    if (!d)
        return;
    if (version.kind != TOKEN_FLOAT)
        compiler_refuse(c, version.place, "a version expected, as 1.0");
    else
        (void)repository_id_version(c, d, version.place, version.text);
}

static void set_prefix(struct compiler *c)
{
    struct token prefix = lexer_next_in_line(c);
    if (prefix.kind != TOKEN_STRING)
        compiler_refuse(c, prefix.place, "a string expected behind #pragma prefix");
    else
        (void)repository_prefix(c, &prefix);
}

static void pass_unknown(struct compiler *c)
{
    struct source *s = c->source;
    while (source_peek(s) != '\n' && source_peek(s) != SOURCE_END)
        (void)source_take(s);
}

void pragma_obey(struct compiler *c)
{
    struct source *s = c->source;
    (void)lexer_pass_blanks(c, true);
    int first = source_peek(s);
    if ((first | 0x20) < 'a' || (first | 0x20) > 'z') {
        pass_unknown(c);
        return;
    }
    struct token word = lexer_next_in_line(c);
    if (strcmp(word.text, "prefix") == 0)
        set_prefix(c);
    else if (strcmp(word.text, "ID") == 0)
        give_id(c);
    else if (strcmp(word.text, "version") == 0)
        give_version(c);
    else {
        pass_unknown(c);
        return;
    }
    struct token end = lexer_next_in_line(c);
    if (compiler_ok(c) && end.kind != TOKEN_LINE_END)
        compiler_refuse(c, end.place, "the end of the line expected behind #pragma %s", word.text);
}
