/* #if and its like: which branch is read, and passing over the others. */
#include "idl/lexer.h"
#include "idl/preprocess.h"
#include "idl/source.h"

#include <string.h>

/* ---- the expression: numbers, defined, !, &&, ||, parentheses ---- */

struct question {
    struct compiler *c;
    struct token token; /* that comes */
};

static bool either(struct question *q);

static void step(struct question *q)
{
    q->token = lexer_next_in_line(q->c);
}

static bool expect(struct question *q, int kind)
{
    if (q->token.kind != kind) {
        char came[80];
        lexer_describe(&q->token, came, sizeof(came));
        return compiler_refuse(q->c, q->token.place, "%s expected, but %s came",
                               lexer_kind_name(kind), came);
    }
    step(q);
    return true;
}

static bool is_defined(struct question *q)
{
    uint64_t value = 0;
    step(q);
    bool parenthesis = q->token.kind == '(';
    if (parenthesis)
        step(q);
    struct token name = q->token;
    if (!expect(q, TOKEN_IDENTIFIER) || (parenthesis && !expect(q, ')')))
        return false;
    return macro_value(q->c, &name, &value);
}

/* A name that is not defined is 0, as everywhere in C. */
static bool operand(struct question *q)
{
    struct token token = q->token;
    uint64_t value = token.integer;
    if (token.kind == TOKEN_IDENTIFIER && strcmp(token.text, "defined") == 0)
        return is_defined(q);
    if (token.kind != TOKEN_IDENTIFIER && token.kind != TOKEN_INTEGER)
        return compiler_refuse(q->c, token.place,
                               "a number, a name, defined(name), ! or ( expected in #if");
    if (token.kind == TOKEN_IDENTIFIER)
        (void)macro_value(q->c, &token, &value);
    step(q);
    return value != 0;
}

static bool term(struct question *q)
{
    bool result = false, negative = false;
    if (compiler_enter(q->c, q->token.place)) {
        for (; q->token.kind == '!'; step(q))
            negative = !negative;
        if (q->token.kind == '(') {
            step(q);
            result = either(q);
            (void)expect(q, ')');
        } else {
            result = operand(q);
        }
    }
    compiler_leave(q->c);
    return result != negative;
}

/* && and || come as two tokens each. */
static bool both(struct question *q)
{
    bool result = term(q);
    while (compiler_ok(q->c) && q->token.kind == '&') {
        step(q);
        if (!expect(q, '&'))
            break;
        result = term(q) && result;
    }
    return result;
}

static bool either(struct question *q)
{
    bool result = both(q);
    while (compiler_ok(q->c) && q->token.kind == '|') {
        step(q);
        if (!expect(q, '|'))
            break;
        result = both(q) || result;
    }
    return result;
}

static bool evaluate(struct compiler *c)
{
    struct question q = {.c = c};
    step(&q);
    bool result = either(&q);
    if (compiler_ok(c))
        (void)expect(&q, TOKEN_LINE_END);
    return result;
}

/* ---- branches ---- */

static struct condition *innermost(struct source *s)
{
    return s->condition_count ? &s->conditions[s->condition_count - 1] : NULL;
}

/* Passes over what cannot matter in a branch that is not read, up to the end of the line. */
static void pass_unread_line(struct compiler *c)
{
    struct source *s = c->source;
    while (lexer_pass_blanks(c, true)) {
        int next = source_peek(s);
        if (next == '\n' || next == SOURCE_END)
            return;
        (void)source_take(s);
        if (next != '"')
            continue;
        for (next = source_peek(s); next != '\n' && next != SOURCE_END; next = source_peek(s)) {
            (void)source_take(s);
            if (next == '"')
                break;
            if (next == '\\' && source_peek(s) == '"')
                (void)source_take(s);
        }
    }
}

static bool is_letter(int c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* The next directive of a branch that is not read; false at the end of the file. */
static bool next_unread_directive(struct compiler *c, struct token *word)
{
    struct source *s = c->source;
    while (compiler_ok(c) && lexer_pass_blanks(c, false)) {
        int next = source_peek(s);
        if (next == SOURCE_END)
            return compiler_refuse(c, innermost(s)->place, "this #if has no #endif");
        if (next == '#' && !s->line_begun) {
            (void)source_take(s);
            (void)lexer_pass_blanks(c, true);
            if (is_letter(source_peek(s))) {
                *word = lexer_next_in_line(c);
                return compiler_ok(c);
            }
        }
        pass_unread_line(c);
    }
    return false;
}

/* Whether the branch that an #elif or #else begins is to be read. */
static bool begins_branch(struct compiler *c, const struct token *word)
{
    struct condition *condition = innermost(c->source);
    bool last = strcmp(word->text, "else") == 0;
    if (condition->else_begun)
        return compiler_refuse(c, word->place, "#endif expected, but #%s came behind #else",
                               word->text);
    condition->else_begun = last;
    if (!last && !condition->taken)
        return evaluate(c);
    lexer_pass_line(c);
    return !condition->taken;
}

/* Up to the branch to be read, or behind the #endif. */
static void pass_branches(struct compiler *c)
{
    struct token word = {.text = ""};
    size_t deeper = 0;
    while (next_unread_directive(c, &word)) {
        if (strncmp(word.text, "if", 2) == 0) {
            deeper++;
        } else if (strcmp(word.text, "endif") == 0) {
            lexer_pass_line(c);
            if (deeper-- == 0) {
                c->source->condition_count--;
                return;
            }
        } else if (!deeper && (strcmp(word.text, "else") == 0 || strcmp(word.text, "elif") == 0)) {
            if (begins_branch(c, &word)) {
                innermost(c->source)->taken = true;
                return;
            }
        }
    }
}

static void open_condition(struct compiler *c, struct place place, bool wanted)
{
    struct source *s = c->source;
    lexer_pass_line(c);
    if (s->condition_count == NESTING_LIMIT) {
        compiler_fail(c, place, STATUS_LIMIT, "more than %d levels of #if", NESTING_LIMIT);
        return;
    }
    s->conditions[s->condition_count++] = (struct condition){.place = place, .taken = wanted};
    if (!wanted)
        pass_branches(c);
}

void condition_if(struct compiler *c, struct place place)
{
    open_condition(c, place, evaluate(c));
}

void condition_ifdef(struct compiler *c, struct place place, bool wanted)
{
    uint64_t value = 0;
    struct token name = lexer_next_in_line(c);
    if (name.kind != TOKEN_IDENTIFIER)
        compiler_refuse(c, name.place, "the name of a macro expected");
    else
        open_condition(c, place, macro_value(c, &name, &value) == wanted);
}

void condition_else(struct compiler *c, const struct token *directive)
{
    if (!innermost(c->source))
        compiler_refuse(c, directive->place, "there is no #if for this #%s", directive->text);
    else if (!begins_branch(c, directive) && compiler_ok(c))
        pass_branches(c);
}

void condition_endif(struct compiler *c, struct place place)
{
    if (!innermost(c->source)) {
        compiler_refuse(c, place, "there is no #if for this #endif");
        return;
    }
    c->source->condition_count--;
    lexer_pass_line(c);
}
