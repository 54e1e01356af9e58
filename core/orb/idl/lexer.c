/* Tokens: blanks, comments, identifiers and keywords, punctuation; literals are in literal.c. */
#include "idl/lexer.h"

#include "idl/preprocess.h"
#include "idl/source.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* In the order of enum keyword, which is that of the alphabet. */
static const char *const keywords[KEYWORD_END - TOKEN_KEYWORD] = {
    "abstract", "any",       "attribute",  "boolean",     "case",      "char",   "component",
    "const",    "consumes",  "context",    "custom",      "default",   "double", "emits",
    "enum",     "eventtype", "exception",  "factory",     "FALSE",     "finder", "fixed",
    "float",    "getraises", "home",       "import",      "in",        "inout",  "interface",
    "local",    "long",      "module",     "multiple",    "native",    "Object", "octet",
    "oneway",   "out",       "primarykey", "private",     "provides",  "public", "publishes",
    "raises",   "readonly",  "sequence",   "setraises",   "short",     "string", "struct",
    "supports", "switch",    "TRUE",       "truncatable", "typedef",   "typeid", "typeprefix",
    "union",    "unsigned",  "uses",       "ValueBase",   "valuetype", "void",   "wchar",
    "wstring"};

/* Nothing that differs from a keyword in case only is an identifier (7.2.3). But words that became
 * keywords with CORBA 2.3 and later are names in IDL that is older, the OMG's own (EventType,
 * Factory): those are taken as they are spelled alone. */
static bool is_young(int keyword)
{
    switch (keyword) {
    case KEYWORD_ABSTRACT:
    case KEYWORD_COMPONENT:
    case KEYWORD_CONSUMES:
    case KEYWORD_CUSTOM:
    case KEYWORD_EMITS:
    case KEYWORD_EVENTTYPE:
    case KEYWORD_FACTORY:
    case KEYWORD_FINDER:
    case KEYWORD_GETRAISES:
    case KEYWORD_HOME:
    case KEYWORD_IMPORT:
    case KEYWORD_LOCAL:
    case KEYWORD_MULTIPLE:
    case KEYWORD_NATIVE:
    case KEYWORD_PRIMARYKEY:
    case KEYWORD_PRIVATE:
    case KEYWORD_PROVIDES:
    case KEYWORD_PUBLIC:
    case KEYWORD_PUBLISHES:
    case KEYWORD_SETRAISES:
    case KEYWORD_SUPPORTS:
    case KEYWORD_TRUNCATABLE:
    case KEYWORD_TYPEID:
    case KEYWORD_TYPEPREFIX:
    case KEYWORD_USES:
    case KEYWORD_VALUEBASE:
    case KEYWORD_VALUETYPE: return true;
    default: return false;
    }
}

/* ---- blanks ---- */

static bool pass_comment(struct compiler *c)
{
    struct source *s = c->source;
    struct place begin = source_place(s);
    (void)source_take(s);
    (void)source_take(s);
    int last = 0;
    for (int next = source_take(s); next != SOURCE_END; next = source_take(s)) {
        if (last == '*' && next == '/')
            return true;
        last = next;
    }
    return compiler_refuse(c, begin, "this comment has no end ('*/')");
}

static void pass_to_line_end(struct source *s)
{
    while (source_peek(s) != '\n' && source_peek(s) != SOURCE_END)
        (void)source_take(s);
}

static bool is_blank(int c, bool in_line)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v' || (c == '\n' && !in_line);
}

bool lexer_pass_blanks(struct compiler *c, bool in_line)
{
    struct source *s = c->source;
    for (;;) {
        int next = source_peek(s), second = next == '/' ? source_second(s) : 0;
        if (is_blank(next, in_line))
            (void)source_take(s);
        else if (second == '/')
            pass_to_line_end(s);
        else if (second != '*')
            return true;
        else if (!pass_comment(c))
            return false;
    }
}

void lexer_pass_line(struct compiler *c)
{
    struct source *s = c->source;
    while (lexer_pass_blanks(c, true)) {
        int next = source_peek(s);
        if (next == '\n' || next == SOURCE_END)
            return;
        (void)source_take(s);
    }
}

/* ---- identifiers ---- */

static bool is_letter(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_identifier(int c)
{
    return is_letter(c) || (c >= '0' && c <= '9') || c == '_';
}

void lexer_keep(struct compiler *c, struct token *token)
{
    token->text = typecode_arena_text(c->scratch, c->spelling.data, c->spelling.size);
    token->length = c->spelling.size;
}

static void read_identifier(struct compiler *c, struct token *token)
{
    while (is_identifier(source_peek(c->source))) {
        char taken = (char)source_take(c->source);
        buffer_append(&c->spelling, &taken, 1);
    }
    lexer_keep(c, token);
    token->kind = TOKEN_IDENTIFIER;
    if (token->length > NAME_LIMIT)
        compiler_fail(c, token->place, STATUS_LIMIT, "an identifier of more than %d bytes",
                      NAME_LIMIT);
}

/* The keyword that a name is, in whatever case, or TOKEN_IDENTIFIER. */
static int keyword_of(const char *name)
{
    size_t low = 0, high = sizeof(keywords) / sizeof(keywords[0]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcasecmp(name, keywords[middle]);
        if (order == 0)
            return TOKEN_KEYWORD + (int)middle;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return TOKEN_IDENTIFIER;
}

/* Of the program, not of a directive: keywords, escapes (7.2.3.1), macros. */
static void classify(struct compiler *c, struct token *token)
{
    if (token->text[0] == '_') {
        token->text++;
        token->length--;
        if (!is_letter(token->text[0]))
            compiler_refuse(c, token->place, "a letter expected behind the '_' that escapes '_%s'",
                            token->text);
        return;
    }
    if (preprocess_is_macro(c, token))
        compiler_refuse(c, token->place, "'%s' is a macro; those are known to #if alone here",
                        token->text);
    int kind = keyword_of(token->text);
    if (kind == TOKEN_IDENTIFIER)
        return;
    const char *keyword = keywords[kind - TOKEN_KEYWORD];
    if (strcmp(token->text, keyword) == 0)
        token->kind = kind;
    else if (!is_young(kind))
        compiler_refuse(c, token->place, "'%s' is too like the keyword '%s' (write _%s)",
                        token->text, keyword, token->text);
}

/* ---- one token ---- */

static void read_punctuation(struct compiler *c, struct token *token)
{
    static const char one_character[] = "{}()[]<>;:,=|^&+-*/%~!.";
    struct source *s = c->source;
    int first = source_take(s), second = source_peek(s);
    token->kind = first;
    if ((first == '<' || first == '>' || first == ':') && second == first) {
        (void)source_take(s);
        token->kind = first == '<'   ? TOKEN_SHIFT_LEFT
                      : first == '>' ? TOKEN_SHIFT_RIGHT
                                     : TOKEN_SCOPE;
    } else if (first < ' ' || first > '~') {
        compiler_refuse(c, token->place, "no token begins with the byte 0x%02x", (unsigned)first);
    } else if (!strchr(one_character, first)) {
        compiler_refuse(c, token->place, "no token begins with '%c'", first);
    }
}

/* Behind blanks, not at the end. */
static struct token read_token(struct compiler *c)
{
    struct source *s = c->source;
    struct token token = {.place = source_place(s), .text = ""};
    int first = source_peek(s), second = source_second(s);
    s->line_begun = true;
    buffer_clear(&c->spelling);
    if ((first == 'L' && (second == '\'' || second == '"'))) {
        (void)source_take(s);
        lexer_text(c, &token, true);
    } else if (first == '\'' || first == '"') {
        lexer_text(c, &token, false);
    } else if (is_letter(first) || first == '_') {
        read_identifier(c, &token);
    } else if ((first >= '0' && first <= '9') || (first == '.' && second >= '0' && second <= '9')) {
        lexer_number(c, &token);
    } else {
        read_punctuation(c, &token);
    }
    if (!compiler_ok(c))
        token.kind = TOKEN_END;
    return token;
}

struct token lexer_next_in_line(struct compiler *c)
{
    struct token token = {.kind = TOKEN_LINE_END, .place = source_place(c->source)};
    if (!compiler_ok(c) || !lexer_pass_blanks(c, true))
        return token;
    token.place = source_place(c->source);
    int next = source_peek(c->source);
    if (next == '\n' || next == SOURCE_END)
        return token;
    token = read_token(c);
    if (!compiler_ok(c))
        token.kind = TOKEN_LINE_END;
    return token;
}

struct token lexer_next(struct compiler *c)
{
    struct token end = {.kind = TOKEN_END};
    while (compiler_ok(c) && lexer_pass_blanks(c, false)) {
        struct source *s = c->source;
        int next = source_peek(s);
        end.place = source_place(s);
        if (next == '#' && !s->line_begun) {
            preprocess_directive(c);
        } else if (next != SOURCE_END) {
            struct token token = read_token(c);
            if (token.kind == TOKEN_IDENTIFIER)
                classify(c, &token);
            return compiler_ok(c) ? token : end;
        } else if (!preprocess_end_file(c)) {
            return end;
        }
    }
    return end;
}

/* ---- for messages ---- */

const char *lexer_kind_name(int kind)
{
    static const char *const names[] = {"an identifier",
                                        "an integer",
                                        "a floating-point number",
                                        "a fixed-point number",
                                        "a character",
                                        "a wide character",
                                        "a string",
                                        "a wide string",
                                        "'::'",
                                        "'<<'",
                                        "'>>'",
                                        "the end of the line"};
    static const char punctuation[] = "'{'\0'}'\0'('\0')'\0'['\0']'\0'<'\0'>'\0';'\0':'\0','\0'='\0"
                                      "'|'\0'^'\0'&'\0'+'\0'-'\0'*'\0'/'\0'%'\0'~'\0'!'\0'.'";
    if (kind == TOKEN_END)
        return "the end of the file";
    if (kind >= TOKEN_KEYWORD)
        return keywords[kind - TOKEN_KEYWORD];
    if (kind >= TOKEN_IDENTIFIER)
        return names[kind - TOKEN_IDENTIFIER];
    for (size_t i = 0; i < sizeof(punctuation); i += 4)
        if (punctuation[i + 1] == kind)
            return punctuation + i;
    return "?";
}

void lexer_describe(const struct token *token, char *text, size_t size)
{
    int kind = token->kind;
    bool literal = kind >= TOKEN_INTEGER && kind <= TOKEN_FIXED;
    if (kind == TOKEN_IDENTIFIER || kind >= TOKEN_KEYWORD || literal)
        (void)snprintf(text, size, "'%.60s'", token->text);
    else
        (void)snprintf(text, size, "%s", lexer_kind_name(kind));
}
